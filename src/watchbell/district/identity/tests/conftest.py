"""A district with a provider, and people who may sign in by it."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from watchbell.district.identity.facts import SCOPES
from watchbell.district.identity.tests.peer import Crooked, provider_process
from watchbell.kernel.acting import acting_in

GIVEN = {
    "name": "Cedar account", "kind": "oidc", "audience": "staff", "domains": ["cedar.invalid"], "vouches": False,
    "second_factor": "no", "is_required": False, "issuer": "", "client_id": "watchbell", "scopes": SCOPES,
    "metadata": "", "entity_id": "", "sso_url": "", "certificates": [], "mail_attribute": "", "subject_attribute": "",
}  # fmt: skip


@pytest.fixture(autouse=True)
def no_tries_yet(committed_db: None, settings: Any) -> None:
    from django.core.cache import cache

    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    cache.clear()


@pytest.fixture(scope="session")
def issuer() -> Iterator[str]:
    with provider_process() as found:
        yield found


@pytest.fixture
def crooked() -> Iterator[Crooked]:
    with Crooked().running() as found:
        yield found


@pytest.fixture
def keep(actor: Any) -> Callable[..., Any]:
    """`keep(issuer=…, **settings)`: a provider of `district`, or of the actor's that is named."""

    from watchbell.district.identity import actions  # needs Django's apps

    def make(by: Any = None, secret: str = "s3cret", **given: Any) -> Any:
        who = by or actor
        with acting_in(who.district):
            return actions.keep_provider(who, {**GIVEN, **given}, None, secret)

    return make
