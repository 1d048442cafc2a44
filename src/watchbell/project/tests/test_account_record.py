"""What people do to their own accounts and who tries to get in stands in the record, without a secret in it."""

import json

import pytest
from allauth.account.utils import user_pk_to_url_str
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal import auth as totp
from allauth.usersessions.models import UserSession
from django.core.cache import cache
from django.test import Client
from fido2.utils import websafe_encode

from watchbell.district.accounts import actions
from watchbell.district.accounts.models import User
from watchbell.kernel.changes import recorded_batch
from watchbell.kernel.models import AuditRow

PASSWORD = "seven green lanterns"
OTHER = "eight blue lanterns too"


@pytest.fixture(autouse=True)
def no_guesses_yet(committed_db, settings):
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    cache.clear()


@pytest.fixture
def user(district, actor_as):
    found = User.objects.get(id=actor_as("driver").user_id)
    with recorded_batch("a test's password"):
        found.set_password(PASSWORD)
        found.save()
    return found


def sign_in(user, password=PASSWORD):
    client = Client()
    client.post("/accounts/login/", {"login": user.email, "password": password})
    return client


def rows(action):
    found = list(AuditRow.objects.filter(action=f"accounts.{action}").order_by("at"))
    for row in found:
        told = f"{row.target}{row.why}{row.details}"
        assert PASSWORD not in told and OTHER not in told and "wrong one" not in told
        assert row.from_where == "127.0.0.1"
    return found


def test_a_wrong_password_is_written_down_of_accounts_there_are_and_throttling_once(user):
    for _ in range(5):
        sign_in(user, "wrong one")
    assert len(rows("fail_sign_in")) == 5 and not rows("throttle_sign_in")
    first = rows("fail_sign_in")[0]
    assert (first.target, first.target_id, first.details) == (str(user), str(user.pk), {"step": "password"})
    assert first.actor_id is None, "nobody knows who it was"
    for _ in range(3):
        sign_in(user, PASSWORD)
    assert len(rows("fail_sign_in")) == 5 and len(rows("throttle_sign_in")) == 1
    before = AuditRow.objects.count()
    Client().post("/accounts/login/", {"login": "nobody@cedar.invalid", "password": "wrong one"})
    assert AuditRow.objects.count() == before


def test_signing_out_is_written_down(user):
    sign_in(user).post("/accounts/logout/")
    (row,) = rows("sign_out")
    assert row.actor_id == user.pk and row.target == str(user)
    Client().post("/accounts/logout/")
    assert len(rows("sign_out")) == 1, "nobody signed out"


def test_a_password_set_by_a_link_and_changed_later(user, actor):
    path = actions.make_set_up_link(actor, user.pk)
    client = Client()
    page = client.get(path, follow=True)
    client.post(page.redirect_chain[-1][0], {"password1": OTHER, "password2": OTHER})
    (row,) = rows("set_password")
    assert row.details == {"by": "a set-up link"}
    client = sign_in(user, OTHER)
    words = {"oldpassword": OTHER, "password1": PASSWORD, "password2": PASSWORD}
    client.post("/accounts/password/change/", words | {"oldpassword": "wrong one"})
    assert not rows("change_password")
    client.post("/accounts/password/change/", words)
    assert rows("change_password")[0].actor_id == user.pk


def test_the_other_sessions_are_ended(user):
    here, _ = sign_in(user), sign_in(user)
    assert UserSession.objects.filter(user=user).count() == 2
    here.post("/accounts/sessions/")
    assert rows("end_sessions")[0].details == {"count": 1} and UserSession.objects.filter(user=user).count() == 1


def test_an_authenticator_app_is_added_and_removed_and_codes_are_made(user):
    client = sign_in(user)
    client.post("/accounts/reauthenticate/", {"password": "wrong one"})
    assert [row.details for row in rows("fail_sign_in")] == [{"step": "password"}]
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    client.get("/accounts/2fa/totp/activate/")
    counter = next(totp.yield_hotp_counters_from_time())
    code = totp.format_hotp_value(totp.hotp_value(client.session[totp.SECRET_SESSION_KEY], counter))
    client.post("/accounts/2fa/totp/activate/", {"code": code})
    assert Authenticator.objects.filter(user=user, type="totp").exists()
    (added,) = rows("add_authenticator")
    assert added.details == {"kind": "authenticator app", "recovery_codes": "made along with it"}
    client.post("/accounts/2fa/recovery-codes/generate/")
    assert len(rows("make_recovery_codes")) == 1
    client.post("/accounts/2fa/totp/deactivate/")
    assert rows("remove_authenticator")[0].details == {"kind": "authenticator app"}


def test_a_wrong_code_and_a_recovery_code_that_is_used_up(user):
    with recorded_batch("a test's authenticator"):
        totp.TOTP.activate(user, totp.generate_totp_secret())
        codes = RecoveryCodes.activate(user).generate_codes()
    client = sign_in(user)
    client.post("/accounts/2fa/authenticate/", {"code": "000000"})
    (failed,) = rows("fail_sign_in")
    assert failed.details == {"step": "code"} and not rows("use_recovery_code")
    client.post("/accounts/2fa/authenticate/", {"credential": '{"id": "forged"}'})
    assert [row.details["step"] for row in rows("fail_sign_in")] == ["code", "passkey"]
    client.post("/accounts/2fa/authenticate/", {"code": codes[0]})
    (used,) = rows("use_recovery_code")
    assert used.actor_id == user.pk and codes[0] not in str(used.details)
    assert "_auth_user_id" in client.session


@pytest.mark.parametrize(
    "said", ["{}", "[]", "5", '{"id": "x"}', '{"response": {"userHandle": 5}}', '{"response": []}', "no JSON"]
)
def test_a_passkey_that_names_nobody_leaves_no_trace(user, said):
    client = Client()
    client.get("/accounts/2fa/webauthn/login/")
    before = AuditRow.objects.count()
    assert client.post("/accounts/2fa/webauthn/login/", {"credential": said}).status_code < 500
    assert AuditRow.objects.count() == before


def test_a_forged_passkey_of_somebody_is_written_down_a_few_times(user):
    told = websafe_encode(b'{"type": "webauthn.get", "challenge": "AA", "origin": "https://x.invalid"}')
    said = {
        "userHandle": websafe_encode(user_pk_to_url_str(user).encode()), "clientDataJSON": told, "signature": "AA",
        "authenticatorData": websafe_encode(bytes(37)),
    }  # fmt: skip
    forged = {"id": "AAAA", "rawId": "AAAA", "type": "public-key", "clientExtensionResults": {}, "response": said}
    client = Client()
    for _ in range(8):
        client.get("/accounts/2fa/webauthn/login/")
        client.post("/accounts/2fa/webauthn/login/", {"credential": json.dumps(forged)})
    assert [row.details["step"] for row in rows("fail_sign_in")] == ["passkey"] * 5
