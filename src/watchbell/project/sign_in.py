"""How allauth behaves here: no open sign-up, demo accounts only where the demo runs, every sign-in on record."""

import contextlib
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.auth_backends import AuthenticationBackend
from allauth.account.internal.flows.login import get_authentication_records
from allauth.mfa.adapter import DefaultMFAAdapter
from cryptography.fernet import InvalidToken
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.shortcuts import redirect
from django.urls import reverse

from watchbell.district.accounts.actions import record_sign_in
from watchbell.district.accounts.queries import is_demo_outside, user_with_roles
from watchbell.district.identity.queries import required_of
from watchbell.kernel import fields
from watchbell.kernel.acting import acting_district
from watchbell.project.account_record import note, note_failure, note_told

SECOND_STEP = "allauth.mfa.stages.AuthenticateStage"


def arrival_of(request: HttpRequest, user: Any) -> dict[str, Any] | None:
    """What a district's provider told at this very sign-in; None where a password or a passkey came last."""
    arriving = request.session.get("arriving")
    steps = [one for one in get_authentication_records(request, user)
             if one.get("method") != "mfa" or one.get("passwordless")]  # fmt: skip
    last = steps[-1] if steps else {}
    is_theirs = last.get("method") == "socialaccount" and arriving and last.get("provider") == arriving["provider"]
    return arriving if is_theirs else None


class Adapter(DefaultAccountAdapter):
    """Accounts are made by administrators; a demo account never signs in outside `--demo`."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def authenticate(self, request: HttpRequest, **credentials: Any) -> Any:
        user = super().authenticate(request, **credentials)
        return None if user is not None and is_demo_outside(user) else user

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        try:
            super().pre_authenticate(request, **credentials)
        except ValidationError as error:
            note_failure(request, str(credentials.get("email", "")), "password", error)
            raise

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        super().authentication_failed(request, **credentials)
        note_failure(request, str(credentials.get("email", "")), "password")

    def send_notification_mail(self, template_prefix: str, user: Any, *more: Any, **words: Any) -> None:
        """No mail is sent; what it would have told stands in the record."""
        super().send_notification_mail(template_prefix, user, *more, **words)
        note_told(self.request, user, template_prefix)

    def pre_login(self, request: HttpRequest, user: Any, **more: Any) -> Any:
        """Who must sign in by the district's provider does so; the sealed account never must."""
        answer = super().pre_login(request, user, **more)
        if answer or user.is_break_glass or user.agency_id or arrival_of(request, user):
            return answer
        name = required_of(user.id, list(user.districts.order_by("id").values_list("id", flat=True)))
        if not name:
            return None
        messages.error(request, f"Your district asks you to sign in with {name}, not with a password.")
        return redirect("account_login")

    def get_login_stages(self) -> list[str]:
        """Whose provider asked for a second factor is not asked for another."""
        stages: list[str] = super().get_login_stages()
        is_strong = getattr(self.request, "is_strong_arrival", False)
        return [one for one in stages if one != SECOND_STEP] if is_strong else stages

    def login(self, request: HttpRequest, user: Any) -> None:
        arrival = arrival_of(request, user)
        super().login(request, user)
        for earlier in ("arriving", "identity"):
            request.session.pop(earlier, None)
        if arrival:
            request.session["district"], request.session["identity"] = arrival["district"], arrival
        record_sign_in(user, request.META.get("REMOTE_ADDR", ""), arrival["name"] if arrival else "")

    def logout(self, request: HttpRequest) -> None:
        """Out of Watchbell; where the district's provider let them in, its own way out stands ready."""
        identity, user = request.session.get("identity") or {}, request.user
        super().logout(request)
        note(request, user, "accounts.sign_out")
        if identity.get("end"):
            with contextlib.suppress(InvalidToken):  # signed out here all the same
                request.session["leaving"] = {"url": fields.decrypt(identity["end"]), "name": identity["name"]}

    def get_logout_redirect_url(self, request: HttpRequest) -> str:
        is_by_provider = bool((request.session.get("identity") or {}).get("end"))
        return reverse("identity:signed_out_page") if is_by_provider else str(super().get_logout_redirect_url(request))


class Backend(AuthenticationBackend):  # type: ignore[misc]
    """Who a session belongs to; where the request acts in a district already, with their roles in the same query."""

    def get_user(self, user_id: Any) -> Any:
        district = acting_district()
        user = None if district is None else user_with_roles(user_id, district)
        return super().get_user(user_id) if user is None else user if self.user_can_authenticate(user) else None

    def user_can_authenticate(self, user: Any) -> bool:
        """A session that began in the demo ends with it too."""
        return bool(super().user_can_authenticate(user)) and not is_demo_outside(user)


class SecondFactors(DefaultMFAAdapter):
    """Seeds of authenticator apps and recovery codes lie encrypted in the table."""

    def encrypt(self, text: str) -> str:
        return fields.encrypt(text)

    def decrypt(self, encrypted_text: str) -> str:
        """A seed no key opens accepts no code: the person is helped by an administrator, as with a lost phone."""
        try:
            return fields.decrypt(encrypted_text)
        except InvalidToken:
            return ""
