"""Cedar and Birch, filled; Birch's texts carry the marker."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest


@dataclass
class Two:
    """Both districts, their directors, and a connection that no wall holds back."""

    cedar: Any
    birch: Any
    cedar_director: Any
    birch_director: Any
    behind: Any
    by_hand: list[str]


@pytest.fixture
def two(
    behind_the_wall: Any, make_district: Callable[[str], Any], make_actor: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Two]:  # fmt: skip
    """Two districts that use everything."""
    from allauth.mfa.models import Authenticator

    from tests.tenancy.filling import fill_district, fill_the_rest, mark_texts  # needs Django's apps
    from watchbell.kernel.bus_thread import bus_thread

    monkeypatch.setattr(bus_thread, "keep", lambda *given, **more: True)
    cedar, birch = make_district("cedar"), make_district("birch")
    directors = [make_actor(district, "director") for district in (cedar, birch)]
    for district, director in zip((cedar, birch), directors, strict=True):
        fill_district(district, director)
        # Directors see nothing without a second factor, and then refusals would prove nothing.
        Authenticator.objects.create(user_id=director.user_id, type=Authenticator.Type.TOTP, data={})
    by_hand = fill_the_rest(behind_the_wall, [cedar.id, birch.id])
    assert mark_texts(behind_the_wall, birch.id) > 20
    yield Two(cedar, birch, *directors, behind_the_wall, by_hand)
