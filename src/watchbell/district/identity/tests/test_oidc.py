"""Sign-in by OpenID Connect over real sockets: who is let in, whom it turns away, and what is written down."""

import pytest
from allauth.mfa.models import Authenticator
from django.core.cache import cache
from django.test import Client

from watchbell.district.accounts.models import Membership, User
from watchbell.district.identity import actions
from watchbell.district.identity.models import IdentityLink, IdentityProvider
from watchbell.district.identity.tests.peer import consent, path_of, person, query_of
from watchbell.district.people.models import Guardianship, Person
from watchbell.kernel.acting import acting_in
from watchbell.kernel.changes import recorded_batch
from watchbell.kernel.models import AuditRow

START = "/sign-in/cedar.cedar-account"


def is_in(client):
    return "_auth_user_id" in client.session


def out(client, start=START, **query):
    """Out to the provider; the address it is asked at."""
    answer = client.get(start, query)
    assert answer.status_code == 302, answer.content[-1500:]
    return answer.headers["Location"]


def round_trip(client, sub, start=START, **query):
    return client.get(path_of(consent(out(client, start, **query), sub)))


def test_a_checked_address_finds_the_account_once_and_the_subject_ever_after(issuer, keep, actor_as):
    keep(issuer=issuer)
    teacher = actor_as("teacher")
    person(issuer, "t-1", email="Teacher@Cedar.invalid", email_verified=True)
    client = Client()
    asked = out(client, next="/press")
    query = query_of(asked)
    assert query["code_challenge_method"] == "S256" and len(query["nonce"]) > 20 and len(query["state"]) > 10
    assert len(query_of(asked)["code_challenge"]) > 40 and query["redirect_uri"].endswith(f"{START}/callback")
    answer = client.get(path_of(consent(asked, "t-1")))
    assert answer.status_code == 302 and answer.headers["Location"] == "/press" and is_in(client)
    assert client.session["_auth_user_id"] == str(teacher.user_id)
    link = IdentityLink.objects.get()
    assert (link.subject, link.user_id) == ("t-1", teacher.user_id)
    actions_done = list(AuditRow.objects.order_by("at", "id").values_list("action", flat=True))
    assert actions_done[-2:] == ["identity.link", "accounts.sign_in"]
    assert AuditRow.objects.get(action="accounts.sign_in").details == {"by": "Cedar account"}
    person(issuer, "t-1", email="elsewhere@other.invalid", email_verified=False)
    again = Client()
    round_trip(again, "t-1")
    assert again.session["_auth_user_id"] == str(teacher.user_id), "the subject counts, whatever the address"
    assert IdentityLink.objects.count() == 1
    person(issuer, "t-9", email="teacher@cedar.invalid", email_verified=True)
    heir = Client()
    answer = round_trip(heir, "t-9")
    assert answer.status_code == 403 and b"to unlink it" in answer.content and not is_in(heir), "an address given on"


REFUSED = (
    ({"email": "teacher@cedar.invalid", "email_verified": False}, b"has not checked", "unverified address"),
    ({"email": "teacher@cedar.invalid"}, b"has not checked", "unverified address"),
    ({"email": "teacher@cedar.invalid", "email_verified": "true"}, b"has not checked", "unverified address"),
    ({"email": "teacher@birch.invalid", "email_verified": True}, b"no address of this district", "foreign domain"),
    ({"email": "nobody@cedar.invalid", "email_verified": True}, b"Watchbell does not yet", "unknown person"),
    ({}, b"did not tell your e-mail", "no address"),
)


def test_who_is_not_known_is_told_what_to_do(issuer, keep, actor_as):
    keep(issuer=issuer)
    actor_as("teacher")
    for number, (claims, told, why) in enumerate(REFUSED):
        person(issuer, f"p-{number}", **claims)
        client = Client()
        answer = round_trip(client, f"p-{number}")
        assert answer.status_code == 403 and told in answer.content and not is_in(client), why
        assert AuditRow.objects.filter(action="identity.refuse_sign_in").latest("at").why == why
    assert AuditRow.objects.filter(action="identity.refuse_sign_in").count() == len(REFUSED), "each once"
    assert not IdentityLink.objects.exists() and not User.objects.filter(email__startswith="nobody").exists()


def test_the_district_may_vouch_for_its_own_domains(issuer, keep, actor_as):
    keep(issuer=issuer, vouches=True)
    actor_as("teacher")
    person(issuer, "entra", email="teacher@cedar.invalid")
    client = Client()
    round_trip(client, "entra")
    assert is_in(client)


def test_a_subject_of_one_district_never_signs_into_another(issuer, keep, actor_as, other_district, make_actor):
    keep(issuer=issuer)
    teacher = actor_as("teacher")
    director = make_actor(other_district, "director")
    keep(by=director, issuer=issuer, name="Cedar account", domains=["birch.invalid", "cedar.invalid"])
    person(issuer, "both", email="teacher@cedar.invalid", email_verified=True)
    client = Client()
    round_trip(client, "both")
    assert client.session["district"] == str(teacher.district)
    stranger = Client()
    answer = round_trip(stranger, "both", "/sign-in/birch.cedar-account")
    assert answer.status_code == 403 and not is_in(stranger), "linked in Cedar is nobody in Birch"
    with acting_in(other_district.id):
        assert not IdentityLink.objects.exists()
        assert AuditRow.objects.filter(action="identity.refuse_sign_in").count() == 1
    crossed = Client()
    back = path_of(consent(out(crossed), "both")).replace("cedar.cedar-account", "birch.cedar-account")
    assert crossed.get(back).status_code == 403 and not is_in(crossed), "Cedar's question, no answer of Birch's"


def test_an_account_of_two_districts_stays_in_the_one_that_let_it_in(issuer, keep, actor_as, other_district):
    keep(issuer=issuer, second_factor="always")
    teacher = actor_as("teacher")
    user = User.objects.get(id=teacher.user_id)
    with acting_in(other_district.id), recorded_batch("a test's second role"):
        Membership.objects.create(user=user, role="director")
        user.districts.add(other_district)
    person(issuer, "two", email="teacher@cedar.invalid", email_verified=True)
    client = Client()
    round_trip(client, "two")
    assert client.session["district"] == str(teacher.district)
    for path in ("/accounts/2fa/", "/accounts/2fa/webauthn/add/", "/accounts/password/change/", "/accounts/email/",
                 "/accounts/sessions/"):  # fmt: skip
        assert client.get(path).status_code == 403, path
    assert client.get("/people").status_code == 403, "a teacher here, whatever they are elsewhere"
    assert client.get("/accounts/logout/").status_code == 200


def test_a_wrong_state_and_a_replayed_answer_let_nobody_in(issuer, keep, actor_as):
    keep(issuer=issuer)
    actor_as("teacher")
    person(issuer, "t-2", email="teacher@cedar.invalid", email_verified=True)
    mine, other = Client(), Client()
    back = path_of(consent(out(mine), "t-2"))
    assert other.get(back).status_code == 403 and not is_in(other), "another browser's question"
    assert mine.get(back.replace("state=", "state=x")).status_code == 403 and not is_in(mine)
    mine.get(back)
    assert is_in(mine)
    mine.post("/accounts/logout/")
    assert mine.get(back).status_code == 403 and not is_in(mine), "an answer counts once"
    assert b"You stopped" in client_denied(mine, issuer).content


def client_denied(client, issuer):
    state = query_of(out(client))["state"]
    return client.get(f"{START}/callback", {"state": state, "error": "access_denied"})


WRONG = (
    {"nonce": "another"}, {"nonce": ""}, {"nonce": None}, {"aud": "another"}, {"iss": "https://evil.invalid"},
    {"exp": 1000}, {"azp": "another", "aud": ["watchbell", "another"]}, {"sub": ""}, {"sub": "x" * 300}, {"sub": 5},
)  # fmt: skip


def test_an_id_token_that_is_not_the_answer_lets_nobody_in(crooked, keep, actor_as):
    keep(issuer=crooked.issuer)
    actor_as("teacher")
    for wrong in WRONG:
        client = Client()
        asked = out(client)
        crooked.vouch(asked)
        crooked.claims |= wrong
        answer = client.get(f"{START}/callback", {"code": "c", "state": query_of(asked)["state"]})
        assert answer.status_code == 403 and not is_in(client), wrong


def test_a_token_signed_by_another_key_or_by_none_lets_nobody_in(crooked, keep, actor_as):
    from cryptography.hazmat.primitives.asymmetric import rsa

    keep(issuer=crooked.issuer)
    actor_as("teacher")
    for key, algorithm in ((rsa.generate_private_key(public_exponent=65537, key_size=2048), "RS256"),
                           ("s3cret-s3cret-s3cret-s3cret-s3cret", "HS256"), (None, "none")):  # fmt: skip
        client = Client()
        asked = out(client)
        crooked.vouch(asked)
        crooked.signed_by, crooked.algorithm = key, algorithm
        answer = client.get(f"{START}/callback", {"code": "c", "state": query_of(asked)["state"]})
        assert answer.status_code == 403 and not is_in(client), algorithm
    crooked.signed_by, crooked.algorithm = crooked.key, "RS256"
    client = Client()
    asked = out(client)
    crooked.vouch(asked)
    crooked.info = {"sub": "somebody else", "email": "director@cedar.invalid", "email_verified": True}
    assert client.get(f"{START}/callback", {"code": "c", "state": query_of(asked)["state"]}).status_code == 403
    crooked.info = {"sub": "s-1"}
    client = Client()
    asked = out(client)
    crooked.vouch(asked)
    client.get(f"{START}/callback", {"code": "c", "state": query_of(asked)["state"]})
    assert is_in(client), "else the refusals would prove nothing"


def test_the_sealed_account_and_ended_roles_are_not_let_in(crooked, keep, actor, actor_as):
    keep(issuer=crooked.issuer, domains=["cedar.invalid"])
    login, _ = actions_of_accounts().seal_break_glass(actor)
    for mail in (login, ended(actor_as("nurse"))):
        client = Client()
        asked = out(client)
        crooked.vouch(asked, email=mail, sub=f"of {mail}")
        answer = client.get(f"{START}/callback", {"code": "c", "state": query_of(asked)["state"]})
        assert answer.status_code == 403 and not is_in(client)


def actions_of_accounts():
    from watchbell.district.accounts import actions as accounts

    return accounts


def ended(who):
    with recorded_batch("a test's end of a role"):
        Membership.objects.filter(user_id=who.user_id).update(is_active=False)
    return User.objects.get(id=who.user_id).email


def test_a_linked_account_whose_role_has_ended_is_not_let_in(issuer, keep, actor_as):
    keep(issuer=issuer)
    nurse = actor_as("nurse")
    person(issuer, "n-1", email="nurse@cedar.invalid", email_verified=True)
    client = Client()
    round_trip(client, "n-1")
    assert is_in(client)
    ended(nurse)
    again = Client()
    assert round_trip(again, "n-1").status_code == 403 and not is_in(again)


@pytest.mark.parametrize(
    ("setting", "amr", "is_asked"),
    [("no", ["mfa"], True), ("told", ["pwd"], True), ("told", ["pwd", "mfa"], False), ("always", [], False)],
)
def test_a_second_factor_is_asked_unless_the_provider_asked_for_it(crooked, keep, actor_as, setting, amr, is_asked):
    keep(issuer=crooked.issuer, second_factor=setting)
    officer = actor_as("officer")
    with recorded_batch("a test's authenticator"):
        Authenticator.objects.create(user_id=officer.user_id, type="totp", data={"secret": ""})
    client = Client()
    asked = out(client)
    crooked.vouch(asked, email="officer@cedar.invalid", amr=amr)
    answer = client.get(f"{START}/callback", {"code": "c", "state": query_of(asked)["state"]})
    assert answer.status_code == 302
    assert ("2fa" in answer.headers["Location"]) == is_asked and is_in(client) != is_asked
    if not is_asked:
        with recorded_batch("a test's lost phone"):
            Authenticator.objects.all().delete()
        assert client.get("/people").status_code == 200, "nor is one set up here"


def test_who_must_use_the_provider_does_not_sign_in_by_password(issuer, keep, actor, actor_as):
    sealed, passphrase = actions_of_accounts().seal_break_glass(actor)
    keep(issuer=issuer, is_required=True)
    teacher, dispatcher = actor_as("teacher"), actor_as("dispatcher")
    for who in (teacher, dispatcher):
        user = User.objects.get(id=who.user_id)
        with recorded_batch("a test's password"):
            user.set_password("seven green lanterns")
            user.save()
    client = Client()
    form = {"login": "teacher@cedar.invalid", "password": "seven green lanterns"}
    page = client.post("/accounts/login/", form, follow=True).content
    assert not is_in(client) and b"sign in with Cedar account" in page
    outside = Client()
    outside.post("/accounts/login/", {**form, "login": "dispatcher@cedar.invalid"})
    assert is_in(outside), "the 911 centre is no staff of the district"
    glass = Client()
    glass.post("/accounts/login/", {"login": sealed, "password": passphrase})
    assert is_in(glass)
    person(issuer, "t-5", email="teacher@cedar.invalid", email_verified=True)
    round_trip(client, "t-5")
    assert is_in(client), "as they must"


def test_a_provider_that_is_off_or_gone_lets_nobody_in(issuer, keep, actor, actor_as):
    provider = keep(issuer=issuer)
    actor_as("teacher")
    person(issuer, "t-3", email="teacher@cedar.invalid", email_verified=True)
    client = Client()
    back = path_of(consent(out(client), "t-3"))
    assert b"Continue with Cedar account" in Client().get("/accounts/login/").content
    actions.switch_provider(actor, provider, False)
    assert client.get(back).status_code == 404 and not is_in(client)
    assert b"Continue with" not in Client().get("/accounts/login/").content
    assert Client().get(START).status_code == 404 and Client().get("/sign-in/nowhere.x").status_code == 404
    actions.remove_provider(actor, provider)
    assert not IdentityProvider.objects.exists()


def test_a_provider_that_is_down_or_talks_nonsense_is_a_clear_page(crooked, keep, actor_as):
    keep(issuer=crooked.issuer)
    actor_as("teacher")
    discovery = "/.well-known/openid-configuration"
    good = crooked.documents[discovery]
    nonsense = (b"<html>", b"[]", b'"x"', {}, {**good, "issuer": "https://evil.invalid"}, b"x" * 1_100_000,
                {**good, "jwks_uri": "file:///etc/passwd"}, {**good, "token_endpoint": "http://10.0.0.1/token"},
                "file:///etc/passwd", "http://10.0.0.1/", f"{crooked.issuer}{discovery}")  # fmt: skip
    for document in nonsense:
        crooked.documents[discovery] = document
        answer = Client().get(START)
        assert answer.status_code in (403, 503) and b"not signed in" in answer.content, document[:40]
    crooked.documents[discovery] = good
    client = Client()
    asked = out(client)
    crooked.vouch(asked)
    for path, broken in (("/token", b"{}"), ("/token", b"\xff"), ("/jwks", b"[]"), ("/jwks", {"keys": [{"kid": "o"}]}),
                         ("/userinfo", b"[1]"), ("/userinfo", b"nothing")):  # fmt: skip
        kept = crooked.documents[path]
        crooked.documents[path] = broken
        asked = out(client)
        crooked.vouch(asked)
        answer = client.get(f"{START}/callback", {"code": "c", "state": query_of(asked)["state"]})
        assert answer.status_code in (403, 503) and not is_in(client), (path, broken)
        crooked.documents[path] = kept
        cache.clear()


def test_nothing_listens_where_the_provider_was(keep, actor_as):
    from watchbell.district.identity.tests.peer import free_port

    keep(issuer=f"http://127.0.0.1:{free_port()}")
    answer = Client().get(START)
    assert answer.status_code == 503 and b"cannot be reached" in answer.content and b"password" in answer.content


def test_out_of_watchbell_is_out_of_the_provider_too(issuer, keep, actor_as):
    keep(issuer=issuer)
    actor_as("teacher")
    person(issuer, "t-4", email="teacher@cedar.invalid", email_verified=True)
    client = Client()
    round_trip(client, "t-4")
    answer = client.post("/accounts/logout/")
    assert answer.headers["Location"] == "/signed-out" and not is_in(client)
    page = client.get("/signed-out")
    url = page.headers["Refresh"].partition("url=")[2]
    assert url.startswith(f"{issuer}/oauth2/end_session?") and "id_token_hint=ey" in url
    assert query_of(url)["post_logout_redirect_uri"].endswith("/accounts/login/")
    assert "Refresh" not in client.get("/signed-out").headers, "once"


def test_several_districts_ask_for_the_domain_and_tell_nothing_of_accounts(issuer, keep, other_district, make_actor):
    keep(issuer=issuer)
    keep(by=make_actor(other_district, "director"), issuer=issuer, name="Birch", domains=["birch.invalid"])
    client = Client()
    page = client.get("/accounts/login/").content
    assert b"Find my district" in page and b"Continue with" not in page
    answers = []
    for mail in ("director@birch.invalid", "nobody@birch.invalid"):
        answers.append(client.post("/sign-in/find", {"email": mail}).headers["Location"])
    assert answers == ["/accounts/login/?district=birch"] * 2
    page = client.get(answers[0]).content
    assert b"Continue with Birch" in page and b"Cedar" not in page
    assert b"Continue with Birch" in client.get("/accounts/login/").content, "this browser keeps it"
    unknown = Client()
    assert unknown.post("/sign-in/find", {"email": "x@gmail.invalid"}).headers["Location"].endswith("?district=-")
    assert b"No district signs in" in unknown.get("/accounts/login/?district=-").content


def guardian(given, mail):
    with recorded_batch("a test's family"):
        child = Person.objects.create(kind="student", given="Mia", family="Lopez")
        one = Person.objects.create(kind="guardian", given=given, family="Lopez", email=mail)
        Guardianship.objects.create(student=child, guardian=one)
    return one


def test_a_guardian_comes_to_their_own_pages_and_to_no_account(issuer, keep, actor_as):
    keep(issuer=issuer, audience="families", domains=[])
    actor_as("teacher")
    ana = guardian("Ana", "ana@home.invalid")
    person(issuer, "g-1", email="Ana@home.invalid", email_verified=True)
    assert b"Continue with Cedar account" in Client().get("/family/sign-in").content
    assert b"Continue with" not in Client().get("/accounts/login/").content
    client = Client()
    answer = client.get(path_of(consent(out(client, **{"for": "family"}), "g-1")))
    assert answer.headers["Location"] == "/family" and not is_in(client)
    assert b"Ana Lopez" in client.get("/family").content
    assert IdentityLink.objects.get().person_id == ana.pk
    assert client.get(START).status_code == 404, "it is for no accounts"
    person(issuer, "g-2", email="ana@home.invalid", email_verified=False)
    stranger = Client()
    answer = stranger.get(path_of(consent(out(stranger, **{"for": "family"}), "g-2")))
    assert answer.headers["Location"] == "/family/sign-in?refused=provider"
    page = stranger.get(answer.headers["Location"], headers={"accept-language": "es"}).content.decode()
    assert "no le dejó entrar" in page, "said on their own page, in their language"
    guardian("Twin", "both@home.invalid")
    guardian("Other", "both@home.invalid")
    person(issuer, "g-3", email="both@home.invalid", email_verified=True)
    answer = stranger.get(path_of(consent(out(stranger, **{"for": "family"}), "g-3")))
    assert answer.headers["Location"] == "/family/sign-in?refused=provider"
    assert "unknown guardian" in str(list(AuditRow.objects.values_list("why", "details"))), "the office can look it up"
    assert stranger.get("/family").status_code == 302
