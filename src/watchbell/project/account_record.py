"""What people do to their own accounts, and who tries to get into them, as part of each district's record.

Passwords, codes and seeds never come here; an address that nobody has leaves no trace.
"""

from typing import Any

from allauth.core import context
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.forms import AuthenticateWebAuthnForm, LoginWebAuthnForm, ReauthenticateWebAuthnForm
from allauth.mfa.webauthn.internal import auth
from allauth.usersessions.adapter import DefaultUserSessionsAdapter
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest

from watchbell.district.accounts.actions import record_of_account
from watchbell.district.accounts.queries import account_with_mail
from watchbell.kernel.limits import is_too_often
from watchbell.kernel.web import address_of

#: allauth tells its owner by mail of what was done to an account: which row each such telling is, and what it says.
TOLD = {
    "account/email/password_changed": ("accounts.change_password", {}),
    "account/email/password_set": ("accounts.set_password", {}),
    "account/email/password_reset": ("accounts.set_password", {"by": "a set-up link"}),
    "mfa/email/totp_activated": ("accounts.add_authenticator", {"kind": "authenticator app"}),
    "mfa/email/totp_deactivated": ("accounts.remove_authenticator", {"kind": "authenticator app"}),
    "mfa/email/webauthn_added": ("accounts.add_authenticator", {"kind": "passkey"}),
    "mfa/email/webauthn_removed": ("accounts.remove_authenticator", {"kind": "passkey"}),
    "mfa/email/recovery_codes_generated": ("accounts.make_recovery_codes", {}),
}
TOO_OFTEN = "too_many_login_attempts"
#: Whoever is throttled and goes on trying is written down once in this time.
THROTTLED_SECONDS = 300.0
#: A passkey alone says itself whose it is: so many forged ones of a person are written down in the same time.
MOST_CLAIMED = 5


def note(request: HttpRequest, user: Any, action: str, *, is_them: bool = True, **details: Any) -> None:
    """An audit row in each district of `user`, once what is being written is committed."""
    where = address_of(request)
    transaction.on_commit(lambda: record_of_account(user, action, where, is_them=is_them, **details))


def note_told(request: HttpRequest, user: Any, template: str) -> None:
    """What allauth would tell the owner of the account by mail."""
    if template not in TOLD:
        return
    action, details = TOLD[template]
    has_first = action == "accounts.add_authenticator" and (
        Authenticator.objects.filter(user=user).exclude(type="recovery_codes").count() == 1
    )
    note(request, user, action, **details, **({"recovery_codes": "made along with it"} if has_first else {}))


def note_failure(request: HttpRequest, mail: str, step: str, error: ValidationError | None = None) -> None:
    """Somebody did not get in: a wrong password, code or passkey for an account that there is, or throttled."""
    user = account_with_mail(mail)
    if user is None:
        return
    if error is None or error.code != TOO_OFTEN:
        note(request, user, "accounts.fail_sign_in", is_them=False, step=step)
    elif not is_too_often("throttled", str(user.pk), 1, THROTTLED_SECONDS):
        note(request, user, "accounts.throttle_sign_in", is_them=False, step=step)


class _NotesCodes:
    """A form that takes a code: wrong ones and used-up recovery codes are written down."""

    user: Any
    authenticator: Any

    def clean_code(self) -> str:
        try:
            return super().clean_code()
        except ValidationError as error:
            note_failure(context.request, self.user.email, "code", error)
            raise

    def save(self) -> None:
        super().save()
        if self.authenticator.type == "recovery_codes":
            note(context.request, self.user, "accounts.use_recovery_code")


class CodeForm(_NotesCodes, AuthenticateForm):
    """The second step of a sign-in."""


class CodeAgainForm(_NotesCodes, ReauthenticateForm):
    """Asked for again before the account itself is changed."""


class _NotesPasskeys:
    """A form that takes a passkey: those that do not open anything are written down."""

    user: Any
    cleaned_data: dict[str, Any]

    def clean_credential(self) -> Any:
        try:
            return self._read_credential()
        except ValidationError as error:
            if self.user is not None:
                note_failure(context.request, self.user.email, "passkey", error)
            elif (claimed := _claimed(self.cleaned_data.get("credential"))) is not None:
                note_failure(context.request, claimed.email, "passkey", error)
            raise

    def _read_credential(self) -> Any:
        try:
            return super().clean_credential()
        except (AttributeError, KeyError, TypeError, ValueError) as error:  # what no browser sends: allauth trusts it
            if isinstance(error, ValidationError):
                raise
            raise get_adapter().validation_error("incorrect_code") from error


def _claimed(credential: Any) -> Any:
    """Whose passkey it says it is; None for nobody's, and once somebody has been named too often: anybody may."""
    try:
        user = auth.extract_user_from_response(credential)
    except (ValidationError, AttributeError, KeyError, TypeError, ValueError):
        return None
    return None if is_too_often("passkey", str(user.pk), MOST_CLAIMED, THROTTLED_SECONDS) else user


class PasskeyForm(_NotesPasskeys, AuthenticateWebAuthnForm):
    """A passkey as the second step."""


class PasskeyLoginForm(_NotesPasskeys, LoginWebAuthnForm):
    """A passkey alone."""


class PasskeyAgainForm(_NotesPasskeys, ReauthenticateWebAuthnForm):
    """Asked for again before the account itself is changed."""


class Sessions(DefaultUserSessionsAdapter):
    """The list of one's own sessions."""

    def end_sessions(self, sessions: Any) -> None:
        ended = list(sessions)
        super().end_sessions(ended)
        if ended:
            note(context.request, ended[0].user, "accounts.end_sessions", count=len(ended))
