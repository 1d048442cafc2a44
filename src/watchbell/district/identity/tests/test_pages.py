"""A district keeps its providers on pages: who may, what is asked, what is said of what is wrong, and what is kept."""

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client

from watchbell.district.accounts import actions as accounts
from watchbell.district.accounts.models import User
from watchbell.district.identity import rules
from watchbell.district.identity.facts import Identity
from watchbell.district.identity.models import IdentityLink, IdentityProvider
from watchbell.district.identity.tests.saml_peer import Idp
from watchbell.kernel.changes import recorded_batch
from watchbell.kernel.models import AuditRow
from watchbell.line.errors import Refused

FORM = {"name": "Cedar account", "audience": "staff", "domains": "cedar.invalid", "second_factor": "no",
        "issuer": "", "client_id": "watchbell", "secret": "very secret", "scopes": "openid email"}  # fmt: skip


@pytest.fixture
def client(actor):
    """The safety director, with a second factor."""
    client = Client()
    client.force_login(User.objects.get(id=actor.user_id))
    with recorded_batch("a test's authenticator"):
        Authenticator.objects.create(user_id=actor.user_id, type="totp", data={})
    return client


def test_a_provider_is_added_tested_changed_switched_and_removed(client, issuer, behind_the_wall):
    assert b"No identity provider yet" in client.get("/people/identity").content
    page = client.post("/people/identity/new/oidc", {**FORM, "issuer": f"{issuer}/"}, follow=True)
    text = page.content.decode()
    assert "It answers as it should" in text and "It publishes 1 key to" in text
    assert "/sign-in/cedar.cedar-account/callback" in text and "very secret" not in text
    row = IdentityProvider.objects.get()
    assert (row.secret, row.issuer, row.domains) == ("very secret", issuer, ["cedar.invalid"])
    (stored,) = behind_the_wall.execute("select secret from identity_identityprovider").fetchone()
    assert "very secret" not in stored, "encrypted at rest"
    assert "very secret" not in str(AuditRow.objects.get(action="identity.add_provider").details)
    where = f"/people/identity/{row.id}"
    assert b'value="watchbell"' in client.get(f"{where}/edit").content
    client.post(f"{where}/edit", {**FORM, "issuer": issuer, "secret": "", "name": "Cedar ID", "kind": "saml"})
    row.refresh_from_db()
    assert (row.name, row.secret, row.slug, row.kind) == ("Cedar ID", "very secret", "cedar-account", "oidc")
    assert AuditRow.objects.get(action="identity.change_provider").details["changed"] == ["name"]
    assert b"It is off" in client.post(f"{where}/switch", {"on": "0"}, follow=True).content
    assert b"Removed" in client.post(f"{where}/remove", follow=True).content
    assert not IdentityProvider.objects.exists() and client.get(where).status_code == 404


def test_what_is_wrong_is_said_and_nothing_is_kept(client, issuer):
    for wrong, told in (
        ({"name": " "}, "what stands on the button"), ({"domains": ""}, "whose addresses it may vouch for"),
        ({"domains": "cedar"}, "is no e-mail domain"), ({"issuer": "http://login.invalid"}, "must begin with https"),
        ({"issuer": "file:///etc/passwd"}, "whole address"), ({"client_id": ""}, "when Watchbell is registered"),
        ({"scopes": "email"}, "must contain"), ({"audience": "everybody"}, "whom it is for"),
        ({"is_required": "on"}, "Seal a break-glass account first"), ({"name": "x" * 61}, "too long"),
    ):  # fmt: skip
        page = client.post("/people/identity/new/oidc", {**FORM, "issuer": issuer, **wrong}).content.decode()
        assert told in page, wrong
    page = client.post("/people/identity/new/saml", {**FORM, "metadata": "<x/>"}).content.decode()
    assert "no SAML metadata" in page or "entity ID" in page
    assert not IdentityProvider.objects.exists()


def test_a_provider_that_cannot_be_reached_is_kept_and_said_so(client, crooked):
    crooked.documents["/.well-known/openid-configuration"]["issuer"] = "https://other.invalid"
    page = client.post("/people/identity/new/oidc", {**FORM, "issuer": crooked.issuer}, follow=True).content.decode()
    assert "Something is not right yet" in page and "https://other.invalid" in page
    crooked.documents["/.well-known/openid-configuration"] = b"<html>"
    assert "is no JSON" in client.get(f"/people/identity/{IdentityProvider.objects.get().id}?test=1").content.decode()


def test_saml_metadata_is_fetched_or_pasted(client, crooked):
    idp = Idp()
    crooked.documents["/metadata"] = idp.metadata().encode()
    form = {**FORM, "metadata_url": f"{crooked.issuer}/metadata", "vouches": "on"}
    page = client.post("/people/identity/new/saml", form, follow=True).content.decode()
    assert "It answers as it should" in page and "/sign-in/cedar.cedar-account/acs" in page
    row = IdentityProvider.objects.get()
    assert (row.entity_id, row.sso_url) == (idp.entity_id, "https://idp.cedar.invalid/sso") and row.vouches
    page = client.post("/people/identity/new/saml", {**form, "metadata_url": f"{crooked.issuer}/none"}).content.decode()
    assert "answered 404" in page


def test_only_who_keeps_accounts_may(actor_as, keep, issuer):
    provider = keep(issuer=issuer)
    for role, status in (("it", 200), ("principal", 403), ("teacher", 403)):
        client = Client()
        user = User.objects.get(id=actor_as(role).user_id)
        client.force_login(user)
        with recorded_batch("a test's authenticator"):
            Authenticator.objects.create(user=user, type="totp", data={})
        assert client.get(f"/people/identity/{provider}").status_code == status, role


def test_a_link_is_taken_off(client, keep, issuer, actor):
    provider = keep(issuer=issuer)
    with recorded_batch("a test's link"):
        link = IdentityLink.objects.create(provider_id=provider, subject="x", user_id=actor.user_id)
    assert b"Director Cedar" in client.get(f"/people/identity/{provider}").content
    client.post(f"/people/identity/links/{link.id}/remove")
    assert not IdentityLink.objects.exists() and AuditRow.objects.filter(action="identity.remove_link").exists()


def test_required_needs_the_sealed_account(client, actor, issuer):
    accounts.seal_break_glass(actor)
    client.post("/people/identity/new/oidc", {**FORM, "issuer": issuer, "is_required": "on"})
    assert IdentityProvider.objects.get().is_required
    assert b"Sign in another way" in Client().get("/accounts/login/").content


def test_rules_are_total_on_what_a_provider_says():
    for nonsense in ({}, {"sub": None}, {"sub": []}, {"sub": "a\0b"}):
        with pytest.raises(Refused):
            rules.read_oidc(nonsense, {})
    found = rules.read_oidc({"sub": "1", "email": 7, "amr": "mfa", "acr": {}}, {"sub": "1", "email": "A@b.co"})
    assert found == Identity("1", "a@b.co", False, False, "")
    assert rules.read_oidc(
        {"sub": "1", "email": "a@b.co", "email_verified": True}, {"sub": "1", "email": "x@b.co"}
    ).is_verified
    crossed = rules.read_oidc({"sub": "1", "email": "a@b.co"}, {"sub": "1", "email": "a@b.co", "email_verified": True})
    assert not crossed.is_verified, "one document's address is not checked by the other's word"
    assert rules.read_oidc({"sub": "1", "amr": ["pwd", "mfa", 3]}, {}).is_strong
    assert (
        rules.slug_of("Cedar: Google!", ["cedar-google"]) == "cedar-google-2" and rules.slug_of("—", []) == "provider"
    )
    assert rules.find_discovery_faults([], "https://x.invalid", may_be_local=False)
    for url in ("http://[::1", "https://user@host.invalid", "javascript:x", "https://", "http://127.0.0.1"):
        assert rules.fault_of_url(url, may_be_local=False), url
    assert rules.fault_of_mail(Identity("1", "a@b.co", True), (), vouches=False) == ""
    assert rules.fault_of_mail(Identity("1", "a@b.co", False), (), vouches=True) == "unverified address"
