"""Sign-in by SAML 2.0: signed answers let people in; everything a liar has tried does not."""

import base64

import pytest
from django.core.cache import cache
from django.test import Client
from onelogin.saml2.constants import OneLogin_Saml2_Constants as Names

from watchbell.district.identity.adapters import saml
from watchbell.district.identity.models import IdentityLink
from watchbell.district.identity.tests.saml_peer import Idp, read_request, wrapped
from watchbell.kernel.acting import acting_in
from watchbell.kernel.models import AuditRow
from watchbell.line import clock
from watchbell.line.errors import Refused

START = "/sign-in/cedar.cedar-sso"


@pytest.fixture(scope="module")
def idp():
    return Idp()


@pytest.fixture
def keep_saml(keep):
    def make(idp, by=None, **given):
        read = saml.read_metadata(idp.metadata())
        words = {"name": "Cedar SSO", "kind": "saml", "metadata": idp.metadata(), "vouches": True, **read, **given}
        return keep(by=by, secret="", **words)

    return make


def is_in(client):
    return "_auth_user_id" in client.session


def out(client, start=START):
    answer = client.get(start)
    assert answer.status_code == 302, answer.content[-800:]
    return answer.headers["Location"]


def back(client, raw, start=START):
    """The POST comes from the provider's site, without cookies; the GET after it has them."""
    posted = Client(enforce_csrf_checks=True).post(
        f"{start}/acs", {"SAMLResponse": raw, "RelayState": "https://evil.invalid/"}
    )
    if posted.status_code != 302:
        return posted
    return client.get(posted.headers["Location"])


def coded(xml):
    return base64.b64encode(xml.encode()).decode()


def test_a_signed_answer_lets_in_once(idp, keep_saml, actor_as):
    keep_saml(idp)
    teacher = actor_as("teacher")
    client = Client()
    asked = out(client)
    assert asked.startswith("https://idp.cedar.invalid/sso?SAMLRequest=")
    assert read_request(asked)["AssertionConsumerServiceURL"].endswith("/sign-in/cedar.cedar-sso/acs")
    raw = idp.answer(asked)
    answer = back(client, raw)
    assert answer.status_code == 302 and client.session["_auth_user_id"] == str(teacher.user_id)
    assert IdentityLink.objects.get().subject == "s-1"
    client.post("/accounts/logout/")
    assert back(client, raw).status_code == 403 and not is_in(client), "replayed"
    assert AuditRow.objects.filter(action="identity.refuse_sign_in").exists()
    again = Client()
    back(again, idp.answer(out(again), mail="other@elsewhere.invalid"))
    assert is_in(again), "the NameID counts, whatever the address"
    third = Client()
    assert back(third, idp.answer(out(third), name_id="s-2", mail="no@cedar.invalid")).status_code == 403


def test_a_signed_message_does_as_well(idp, keep_saml, actor_as):
    keep_saml(idp)
    actor_as("teacher")
    client = Client()
    back(client, coded(idp.sign(idp.response(out(client), is_signed=False))))
    assert is_in(client)


def forgeries(idp, other, asked):
    """(what, SAMLResponse) of everything that must not let anybody in."""
    request = read_request(asked)
    forged = idp.assertion(request, name_id="director", mail="director@cedar.invalid", id="_forged")
    genuine = idp.response(asked)
    yield "unsigned", idp.answer(asked, is_signed=False)
    yield "signed by another", other.answer(asked, issuer=idp.entity_id)
    yield "another provider", other.answer(asked)
    yield "for somebody else", idp.answer(asked, audience="https://other.invalid/metadata")
    yield "too old", idp.answer(asked, until=-600)
    yield "to another address", idp.answer(asked, acs="http://localhost:8000/sign-in/birch.cedar-sso/acs")
    yield "to another question", idp.answer(asked, to="_never-asked")
    yield "no lasting name", idp.answer(asked, format="urn:oasis:names:tc:SAML:2.0:nameid-format:transient")
    yield "no name", idp.answer(asked, name_id="")
    yield "altered", coded(genuine.replace("teacher@cedar.invalid", "director@cedar.invalid"))
    yield "with a comment", coded(idp.response(asked, name_id="s-1").replace(">s-1<", ">director<!-- -->s-1<"))
    yield "no answer at all", "%%%"
    yield "no XML", coded("not xml")
    yield "an entity", coded('<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>')
    weak = idp.sign(idp.response(asked, is_signed=False), Names.RSA_SHA1, Names.SHA1)
    yield "weak", coded(weak)
    for how in ("before", "after", "inside", "object"):
        yield f"wrapped {how}", coded(wrapped(genuine, forged, how))


def test_everything_a_liar_has_tried_lets_nobody_in(idp, keep_saml, actor, actor_as):
    keep_saml(idp)
    actor_as("teacher")
    other = Idp("https://idp.elsewhere.invalid/metadata")
    count = len(list(forgeries(idp, other, out(Client()))))
    assert count > 15
    for number in range(count):
        cache.clear()
        client = Client()
        what, raw = list(forgeries(idp, other, out(client)))[number]
        answer = back(client, raw)
        assert answer.status_code == 403 and not is_in(client), what
        assert b"not signed in" in answer.content, what
    assert not IdentityLink.objects.exists()


def test_an_answer_belongs_to_the_browser_that_asked(idp, keep_saml, actor_as):
    keep_saml(idp)
    actor_as("teacher")
    mine, other = Client(), Client()
    asked = out(mine)
    assert back(other, idp.answer(asked)).status_code == 403 and not is_in(other)
    assert Client().post(f"{START}/acs", {}).status_code == 403
    assert mine.get(f"{START}/finish", {"of": "x"}).status_code == 403
    assert mine.get(f"{START}/callback").status_code == 404, "another way of signing in"


def test_another_districts_provider_lets_nobody_in(idp, keep_saml, actor_as, other_district, make_actor):
    keep_saml(idp)
    actor_as("teacher")
    elsewhere = Idp("https://idp.birch.invalid/metadata")
    keep_saml(elsewhere, by=make_actor(other_district, "director"), domains=["cedar.invalid"])
    client = Client()
    asked = out(client)
    assert back(client, elsewhere.answer(asked)).status_code == 403
    client = Client()
    asked = out(client, "/sign-in/birch.cedar-sso")
    assert back(client, elsewhere.answer(asked), START).status_code == 403, "posted to Cedar's address"
    client = Client()
    answer = back(client, elsewhere.answer(out(client, "/sign-in/birch.cedar-sso")), "/sign-in/birch.cedar-sso")
    assert answer.status_code == 403 and not is_in(client), "Cedar's teacher is nobody in Birch"
    with acting_in(other_district.id):
        assert not IdentityLink.objects.exists()


def test_an_address_counts_only_where_the_district_vouches_for_it(idp, keep_saml, actor_as):
    keep_saml(idp, vouches=False)
    actor_as("teacher")
    client = Client()
    assert b"has not checked" in back(client, idp.answer(out(client))).content


def test_metadata_is_read_and_what_is_wrong_with_it_is_said(idp):
    found = saml.read_metadata(idp.metadata())
    assert found["entity_id"] == idp.entity_id and len(found["certificates"]) == 1
    assert saml.days_left(found["certificates"], clock.unix()) in (89, 90)
    for wrong, told in (
        ("nonsense", "no SAML metadata"), ("<x/>", "entity ID"), (idp.metadata(url="http://idp.invalid/"), "https"),
        (idp.metadata(binding=Names.BINDING_SOAP), "redirect"),
        (idp.metadata().replace("X509Certificate", "Other"), "certificate"),
        ('<!DOCTYPE x [<!ENTITY a "b">]>' + idp.metadata(), "no SAML metadata"),
    ):  # fmt: skip
        with pytest.raises(Refused, match=told):
            saml.read_metadata(wrong)


def test_our_metadata_says_where_answers_go(idp, keep_saml):
    keep_saml(idp)
    answer = Client().get(f"{START}/metadata")
    assert answer.status_code == 200 and b"/sign-in/cedar.cedar-sso/acs" in answer.content
    assert b"WantAssertionsSigned" in answer.content
