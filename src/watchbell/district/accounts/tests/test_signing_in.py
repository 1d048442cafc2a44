"""From nothing to signed in without mail; the sealed account; a lost phone; tokens of one's own."""

from urllib.parse import urlsplit

import pytest
from allauth.mfa.models import Authenticator
from django.core.cache import cache
from django.test import Client

from watchbell.district.accounts import actions, queries
from watchbell.district.accounts.models import ApiToken, BreakGlassUse, Membership, User
from watchbell.kernel.acting import acting_in
from watchbell.kernel.changes import recorded_batch
from watchbell.kernel.models import AuditRow, District
from watchbell.line.errors import Conflict, NotFound, Refused

PASSWORD = "seven green lanterns"


@pytest.fixture(autouse=True)
def no_guesses_yet(committed_db, settings):
    """Guesses are counted in this process alone: tests beside it guess at the same names."""
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    cache.clear()


def sign_in(email, password, client=None):
    client = client or Client()
    client.post("/accounts/login/", {"login": email, "password": password})
    return client


def is_signed_in(client):
    return "_auth_user_id" in client.session


def set_password(path, password=PASSWORD):
    client = Client()
    page = client.get(path, follow=True)
    assert b"Set your password" in page.content
    return client.post(page.redirect_chain[-1][0], {"password1": password, "password2": password}, follow=True)


def test_a_district_begins_and_its_director_signs_in_without_any_mail():
    path = actions.begin_district("elm", "Elm School District", "America/Denver", "Dana@elm.invalid", "Dana")
    assert b"Your password is set" in set_password(path).content
    assert b"does not work any more" in Client().get(path, follow=True).content, "a link works once"
    client = sign_in("dana@elm.invalid", PASSWORD)
    assert is_signed_in(client)
    assert client.get("/people").headers["Location"] == "/accounts/2fa/", "with the rights comes a second factor"
    with acting_in(District.objects.get(code="elm").id):
        assert set(AuditRow.objects.values_list("action", flat=True)) == {
            "accounts.add_user", "accounts.make_set_up_link", "accounts.set_password", "accounts.sign_in",
        }  # fmt: skip
    with pytest.raises(Conflict):
        actions.begin_district("elm", "Elm again", "America/Denver", "x@elm.invalid", "X")


def protected(actor):
    """A client signed in as `actor`, with a second factor."""
    client = Client()
    client.force_login(User.objects.get(id=actor.user_id))
    with recorded_batch("a test's authenticator"):
        Authenticator.objects.create(user_id=actor.user_id, type="totp", data={})
    return client


def test_an_account_is_added_on_the_page_and_its_link_is_shown_once(actor):
    client = protected(actor)
    form = {"name": "Noor Haddad", "email": "noor@cedar.invalid", "role": "teacher", "site": ""}
    page = client.post("/people/accounts/add", form).content.decode()
    link = page.split('<textarea id="link"')[1].split(">")[1].split("<")[0]
    assert b"Your password is set" in set_password(urlsplit(link).path).content
    user = User.objects.get(email="noor@cedar.invalid")
    role = Membership.objects.get(user=user)
    assert b"Set-up link</label>" not in client.get(f"/people/accounts/{role.id}").content
    assert is_signed_in(sign_in("noor@cedar.invalid", PASSWORD))


def test_nobody_sets_the_password_of_somebody_of_another_district(actor, other_district, make_actor):
    elsewhere = make_actor(other_district, "director")
    with pytest.raises(NotFound):
        actions.make_set_up_link(actor, elsewhere.user_id)
    actions.add_user(actor, User.objects.get(id=elsewhere.user_id).email, "Taken in", "teacher")
    with pytest.raises(Refused, match="other districts"):
        actions.make_set_up_link(actor, elsewhere.user_id)
    with pytest.raises(Refused, match="other districts"):
        actions.remove_second_factor(actor, elsewhere.user_id, "they asked")


def test_a_teacher_makes_no_link(actor, actor_as):
    with pytest.raises(Refused):
        actions.make_set_up_link(actor_as("teacher"), actor.user_id)


def test_a_lost_phone_is_taken_off_with_a_reason_and_signs_out_everywhere(actor, actor_as):
    officer = actor_as("officer")
    user = User.objects.get(id=officer.user_id)
    with recorded_batch("a test's password"):
        user.set_password(PASSWORD)
        user.save()
    client = sign_in(user.email, PASSWORD)
    with recorded_batch("a test's authenticator"):
        Authenticator.objects.create(user=user, type="totp", data={})
    assert client.get("/incidents/").status_code == 200
    with pytest.raises(Refused, match="why"):
        actions.remove_second_factor(actor, officer.user_id, " ")
    actions.remove_second_factor(actor, officer.user_id, "Came to my office")
    assert not Authenticator.objects.filter(user_id=officer.user_id).exists()
    assert AuditRow.objects.get(action="accounts.remove_second_factor").why == "Came to my office"
    assert client.get("/incidents/").status_code == 302


def test_the_sealed_account_signs_in_with_its_passphrase_alone_and_raises_an_alarm(actor, actor_as, hints):
    login, passphrase = actions.seal_break_glass(actor)
    client = sign_in(login, passphrase)
    assert client.get("/people").status_code == 200, "no second factor is asked"
    (use,) = queries.break_glass_alarms()
    assert AuditRow.objects.filter(action="accounts.use_break_glass").exists() and "accounts:alarms" in hints
    other = protected(actor_as("it"))
    assert b"break-glass account was used" in other.get("/people/break-glass/uses").content
    sealed = queries.actor_of(use.user, actor.district)
    with pytest.raises(Refused, match="Somebody else"):
        actions.look_into_break_glass(sealed, use.id, "It was me")
    with pytest.raises(Refused, match="who used it"):
        actions.look_into_break_glass(actor, use.id, "")
    actions.look_into_break_glass(actor, use.id, "The yearly trial")
    assert not queries.break_glass_alarms() and BreakGlassUse.objects.get().seen_by == actor.name
    with pytest.raises(Conflict):
        actions.look_into_break_glass(actor, use.id, "Again")


def test_sealed_anew_the_old_passphrase_is_worth_nothing(actor, actor_as):
    login, old = actions.seal_break_glass(actor)
    inside = sign_in(login, old)
    again, new = actions.seal_break_glass(actor)
    assert again == login and new != old and len(new) >= 39
    assert inside.get("/people").status_code == 302, "who was inside is outside"
    assert not is_signed_in(sign_in(login, old)) and is_signed_in(sign_in(login, new))
    assert Membership.objects.filter(user__is_break_glass=True).count() == 1
    with pytest.raises(Refused):
        actions.seal_break_glass(actor_as("it"))


def test_guessing_is_throttled(actor):
    user = User.objects.get(id=actor.user_id)
    with recorded_batch("a test's password"):
        user.set_password(PASSWORD)
        user.save()
    client = Client()
    for _ in range(5):
        sign_in(user.email, "wrong", client)
    page = client.post("/accounts/login/", {"login": user.email, "password": PASSWORD})
    assert not is_signed_in(client) and b"Too many" in page.content


def test_a_demo_account_never_signs_in_outside_the_demo(actor, settings):
    user = User.objects.get(id=actor.user_id)
    user.is_demo = True
    user.set_password(PASSWORD)
    with recorded_batch("a test's demo account"):
        user.save()
    settings.IS_DEMO = False
    assert not is_signed_in(sign_in(user.email, PASSWORD))
    settings.IS_DEMO = True
    assert is_signed_in(sign_in(user.email, PASSWORD))


def test_a_demo_accounts_token_and_session_are_worth_nothing_outside_the_demo(actor, settings):
    settings.IS_DEMO = True
    user = User.objects.get(id=actor.user_id)
    with recorded_batch("a test's demo account"):
        User.objects.filter(id=user.id).update(is_demo=True)
    user.refresh_from_db()
    token, client = actions.make_token(actor, user, "Demo"), protected(actor)
    headers = {"authorization": f"Bearer {token}"}
    assert client.get("/people").status_code == Client().get("/api/v1/people", headers=headers).status_code == 200
    settings.IS_DEMO = False
    assert queries.token_actor(token) is None
    assert Client().get("/api/v1/people", headers=headers).status_code == 401
    assert "/accounts/login/" in client.get("/people").headers["Location"]


def test_a_token_of_ones_own_has_at_most_ones_own_rights(actor_as):
    it = actor_as("it")
    client = protected(it)
    form = {"name": "Roster sync", "days": "30", "scope": ["people.import", "incidents.all_clear"]}
    page = client.post("/people/tokens/add", form).content.decode()
    token = page.split('<textarea id="token"')[1].split(">")[1].split("<")[0]
    assert ApiToken.objects.get().permissions == ["people.import"]
    assert queries.token_actor(token).permissions == {"people.import"}
    days = [{"days": said} for said in ("0", "4000", "²", "9" * 5000)]
    for wrong in (*days, {"name": ""}, {"scope": []}, {"scope": ["incidents.all_clear"]}):
        client.post("/people/tokens/add", form | wrong)
    assert ApiToken.objects.count() == 1
    assert client.get("/api/v1/people", headers={"authorization": f"Bearer {token}"}).status_code == 403


def test_the_list_of_ones_sessions_signs_the_others_out(actor):
    client, elsewhere = protected(actor), Client()
    user = User.objects.get(id=actor.user_id)
    with recorded_batch("a test's password"):
        user.set_password(PASSWORD)
        user.save()
        Authenticator.objects.filter(user=user).delete()
    sign_in(user.email, PASSWORD, client)
    sign_in(user.email, PASSWORD, elsewhere)
    for one in (client, elsewhere):
        one.get("/press")
    page = client.get("/accounts/sessions/")
    assert page.status_code == 200 and b"Sign out all other devices" in page.content
    client.post("/accounts/sessions/")
    assert client.get("/press").status_code == 200 and elsewhere.get("/press").status_code == 302
