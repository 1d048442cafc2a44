"""How allauth behaves here: no open sign-up, demo accounts only where the demo runs, every sign-in on record."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.auth_backends import AuthenticationBackend
from allauth.mfa.adapter import DefaultMFAAdapter
from cryptography.fernet import InvalidToken
from django.conf import settings
from django.http import HttpRequest

from watchbell.district.accounts.actions import record_sign_in
from watchbell.district.accounts.queries import user_with_roles
from watchbell.kernel import fields
from watchbell.kernel.acting import acting_district


class Adapter(DefaultAccountAdapter):
    """Accounts are made by administrators; a demo account never signs in outside `--demo`."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def authenticate(self, request: HttpRequest, **credentials: Any) -> Any:
        user = super().authenticate(request, **credentials)
        return None if user is not None and user.is_demo and not settings.IS_DEMO else user

    def login(self, request: HttpRequest, user: Any) -> None:
        super().login(request, user)
        record_sign_in(user, request.META.get("REMOTE_ADDR", ""))


class Backend(AuthenticationBackend):  # type: ignore[misc]
    """Who a session belongs to; where the request acts in a district already, with their roles in the same query."""

    def get_user(self, user_id: Any) -> Any:
        district = acting_district()
        user = None if district is None else user_with_roles(user_id, district)
        return super().get_user(user_id) if user is None else user if self.user_can_authenticate(user) else None


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
