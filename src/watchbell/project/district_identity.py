"""How allauth learns of a district's identity providers, and what becomes of whoever comes back from one.

Loaded by the first sign-in by a provider. Nothing is signed up here, and no table of allauth's is written: whom a
subject stands for is said by the district's own rows, behind its wall.
"""

from typing import Any

from allauth.account.adapter import get_adapter as get_account_adapter
from allauth.account.internal.flows.login import record_authentication
from allauth.account.utils import perform_login
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialApp, SocialLogin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from watchbell.communication.families.actions import begin_device
from watchbell.communication.families.pages import device_name, remember
from watchbell.district.accounts.queries import is_demo_outside
from watchbell.district.identity import actions, queries
from watchbell.district.identity.adapters.http import Session
from watchbell.district.identity.facts import Identity
from watchbell.district.identity.pages.signing import not_let_in
from watchbell.district.identity.rules import counts_as_second_factor
from watchbell.kernel import fields
from watchbell.kernel.permissions import system_actor
from watchbell.line.errors import Refused

CANCELLED = "You stopped signing in at the provider. Nothing has happened."
NOT_OURS = "The answer does not belong to a question this browser asked, or came too late. Try again."
FAILED = "The provider did not let you in, or its answer cannot be read. Try again, or sign in with your password."


class SocialAdapter(DefaultSocialAccountAdapter):
    """Providers are rows of the district acted in; an identity is matched by `identity.actions`, by nothing else."""

    def list_apps(self, request: HttpRequest, provider: Any = None, client_id: Any = None) -> list[SocialApp]:
        return [self.get_app(request, provider, client_id)] if provider else []

    def get_app(self, request: HttpRequest, provider: Any, client_id: Any = None) -> SocialApp:
        """A provider that is on in the acting district. key: its part of addresses. Raises NotFound."""
        row = queries.provider_by_id(provider)
        kind = {"oidc": "openid_connect", "saml": "saml"}[row.kind]
        more = {"server_url": row.issuer, "scope": row.scopes.split(), "entity_id": row.entity_id,
                "sso_url": row.sso_url, "certificates": row.certificates, "mail_attribute": row.mail_attribute,
                "subject_attribute": row.subject_attribute}  # fmt: skip
        return SocialApp(
            provider=kind, provider_id=str(row.id), name=row.name, client_id=row.client_id, secret=row.secret or "",
            key=queries.ref_of(row.district.code, row.slug), settings=more,
        )  # fmt: skip

    def get_requests_session(self) -> Session:
        return Session()

    def authenticate_by_email(self, sociallogin: SocialLogin) -> None:
        return None

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        return False

    def on_authentication_error(
        self, request: HttpRequest, provider: Any, error: Any = None, exception: Any = None, extra_context: Any = None
    ) -> None:
        told = CANCELLED if error == "cancelled" else FAILED if exception is not None or "state" in (
            extra_context or {}) else NOT_OURS  # fmt: skip
        row = request.identity_provider  # type: ignore[attr-defined]
        where = str(request.META.get("REMOTE_ADDR", ""))
        actions.note_refusal(system_actor(row.district_id, "District sign-in", where), row, told)
        raise ImmediateHttpResponse(not_let_in(request, told))

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        from watchbell.district.identity.adapters import oidc

        identity = oidc.identity_of(sociallogin)
        row = request.identity_provider  # type: ignore[attr-defined]
        end = oidc.end_session_url(row.issuer, row.client_id, sociallogin.told["hint"])
        raise ImmediateHttpResponse(self.let_in(request, identity, sociallogin.state, end))

    def let_in(self, request: HttpRequest, identity: Identity, state: dict[str, Any], end: str = "") -> HttpResponse:
        """Signs in whom the provider has vouched for. end: where they sign out of the provider. Raises Refused."""
        row = request.identity_provider  # type: ignore[attr-defined]
        actor = system_actor(row.district_id, "District sign-in", str(request.META.get("REMOTE_ADDR", "")))
        if state.get("purpose") == "family":
            person = actions.recognise_guardian(actor, row, identity)
            key = begin_device(actor, person, device_name(request), row.name)
            return remember(request, redirect("notices:family_home"), row.district_id, key)
        user = actions.recognise(actor, row, identity)
        if is_demo_outside(user):
            raise Refused("A demo account signs in only where the demo runs.")
        if request.user.is_authenticated:
            get_account_adapter(request).logout(request)
        is_strong = counts_as_second_factor(row.second_factor, identity)
        request.is_strong_arrival = is_strong  # type: ignore[attr-defined]
        request.session["arriving"] = {
            "provider": str(row.id), "district": str(row.district_id), "name": row.name,
            "is_strong": is_strong, "end": fields.encrypt(end) if end else "",
        }  # fmt: skip
        record_authentication(request, user, "socialaccount", provider=str(row.id), uid=identity.subject)
        answer: HttpResponse = perform_login(request, user, redirect_url=state.get("next") or None)
        return answer
