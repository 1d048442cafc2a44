"""A way through a silenced telephone: the card of the alert numbers, a trial to oneself, and who has proved it."""

import base64
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from tests.messages.test_pages import send
from watchbell.communication.channels import jobs as channel_jobs
from watchbell.communication.channels.facts import BUSY
from watchbell.communication.channels.models import (
    AlertCard,
    AlertTrial,
    BadAddress,
    Batch,
    Body,
    Delivery,
    Mailing,
    Recipient,
)
from watchbell.communication.channels.tests.builders import add_carrier, hand_out, tell
from watchbell.communication.families import jobs as family_jobs
from watchbell.communication.notices import jobs
from watchbell.district.equipment.models import Equipment
from watchbell.district.people.models import Person
from watchbell.kernel.changes import recorded_batch
from watchbell.kernel.models import AuditRow
from watchbell.line import clock
from watchbell.line.languages import LANGUAGES

pytestmark = pytest.mark.usefixtures("committed_db", "no_bus")
NUMBER, OTHER, TEXTS = "+15735550199", "+15735550188", "57355"


@pytest.fixture
def carriers(district):
    """A trunk, a carrier of texts with a short code and one for trials."""
    texts = add_carrier("text_carrier", "sms", settings={"from": TEXTS, "priority": 1})
    calls = add_carrier("sip_trunk", "siptrunk", settings={"from": NUMBER, "priority": 1})
    add_carrier("call_carrier", "voicecall", settings={"from": "+15735550000"}, is_test=True)
    add_carrier("text_carrier", "sms", settings={"from": "MG0123", "priority": 2})
    return calls, texts


@pytest.fixture
def token(client_as, family, carriers):
    notice = send(client_as("principal", site=family.site), family)
    jobs.send(str(notice.pk))
    return Recipient.objects.get().token


def unfolded(card: bytes) -> dict[str, list[str]]:
    """{name: values} of a card, as RFC 2425 unfolds it."""
    assert b"\n" not in card.replace(b"\r\n", b"") and max(map(len, card.split(b"\r\n"))) <= 75
    found: dict[str, list[str]] = {}
    for line in card.decode().replace("\r\n ", "").split("\r\n")[:-1]:
        name, _, value = line.partition(":")
        found.setdefault(name.partition(";")[0], []).append(value)
    return found


def trial(here, path, way="call"):
    page = here.get(path).content.decode()
    key = re.search(r'<option value="(\w+)"', page)[1]
    return here.post(path, {"way": way, "number": key}, follow=True).content.decode()


def test_the_card_holds_the_numbers_that_alerts_come_from(token, district):
    here, path = Client(), f"/m/{token}/alerts"
    page = here.get(path).content.decode()
    assert NUMBER in page and TEXTS in page and "+15735550000" not in page and "MG0123" not in page
    answer = here.get(f"{path}/card.vcf")
    assert answer["Content-Type"] == "text/vcard; charset=utf-8" and "attachment" in answer["Content-Disposition"]
    card = unfolded(answer.content)
    assert (
        card["VERSION"] == ["3.0"]
        and card["TEL"] == [NUMBER, TEXTS]
        and card["FN"] == ["Alertas de Cedar School District"]
    )
    assert card["ORG"] == ["Cedar School District"] and card["X-ABSHOWAS"] == ["COMPANY"]
    assert base64.b64decode(card["PHOTO"][0]).startswith(b"\x89PNG")
    assert card["UID"] == unfolded(here.get(f"{path}/card.vcf?language=ar").content)["UID"]
    assert AlertCard.objects.count() == 1 and AuditRow.objects.filter(action="channels.note_card").count() == 1


def test_who_has_the_old_card_is_told_when_a_number_changes(token, carriers):
    here, path = Client(), f"/m/{token}/alerts"
    here.get(f"{path}/card.vcf")
    page = here.get(path).content.decode()
    assert "Ya guardó este contacto." in page and "cambiaron desde" not in page
    with recorded_batch("a test's number"):
        Equipment.objects.filter(pk=carriers[0]).update(settings={"from": OTHER})
    page = here.get(path).content.decode()
    assert "cambiaron desde que guardó el contacto" in page and OTHER in page and NUMBER not in page
    here.get(f"{path}/card.vcf", headers={"Sec-Purpose": "prefetch"})
    assert "cambiaron desde" in here.get(path).content.decode(), "a browser that fetches ahead has saved nothing"
    here.get(f"{path}/card.vcf")
    assert "cambiaron desde" not in here.get(path).content.decode()


def test_a_trial_call_goes_to_one_s_own_number_once_and_says_that_it_is_one(token, family):
    here, path = Client(), f"/m/{token}/alerts"
    page = trial(here, path)
    assert "Estamos llamando a … 0101. Es una prueba." in page and "¿Sonó?" in page
    row = AlertTrial.objects.get()
    assert (row.way, row.to, row.rang) == ("voice", "+15735550101", None)
    channel_jobs.send_trial(str(row.pk))
    mailing = Mailing.objects.get(about=f"trial:{row.pk}")
    body = Body.objects.get(mailing=mailing)
    assert mailing.mode == "real" and body.language == "es" and "solo una prueba" in body.spoken
    sent = Delivery.objects.get(mailing=mailing)
    assert sent.channel == "voice" and sent.to == "+15735550101"
    batch = Batch.objects.get(mailing=mailing)
    carrier = add_carrier("call_carrier", "voicecall")
    tell(batch, carrier, hand_out(batch, carrier), {sent.pk: "no_answer"})
    sent.refresh_from_db()
    assert sent.state == BUSY
    with clock_at(hours=1):
        channel_jobs.tend_mailings()
    mailing.refresh_from_db()
    assert mailing.state == "done" and Batch.objects.filter(mailing=mailing).count() == 1, "nobody is called again"
    audit = AuditRow.objects.get(action="channels.ask_trial")
    assert audit.details == {"way": "voice", "number": "… 0101"} and audit.actor_name == "Maria Lopez"
    text = trial(here, path, "text")
    assert "Estamos enviando un texto a … 0101" in text
    channel_jobs.send_trial(str(AlertTrial.objects.latest("asked_at").pk))
    assert Mailing.objects.latest("made_at").options["path"] == "/alerts"


@contextmanager
def clock_at(**later: float) -> Iterator[None]:
    """Inside, it is so much later."""
    with pytest.MonkeyPatch.context() as patch:
        seconds, real = timedelta(**later).total_seconds(), clock.unix
        patch.setattr(clock, "unix", lambda: real() + seconds)
        yield


def test_trials_are_rare_and_reach_nobody_else(token, family):
    here, path = Client(), f"/m/{token}/alerts"
    for _ in range(2):
        trial(here, path)
    page = trial(here, path)
    assert "Acaba de probarlo" in page and AlertTrial.objects.count() == 2
    with recorded_batch("a test's time"):
        AlertTrial.objects.update(asked_at=clock.now() - timedelta(minutes=11))
    trial(here, path)
    assert AlertTrial.objects.count() == 3
    for number in ("x", "", "+15735550102"):
        answer = here.post(path, {"way": "call", "number": number})
        assert answer.status_code == 404
    assert here.post(path, {"way": "email", "number": "x"}).status_code == 403
    with recorded_batch("a test's bad number"):
        AlertTrial.objects.all().delete()
        BadAddress.objects.create(channel="voice", address="+15735550101", because="no such")
    assert "corrija primero" in trial(here, path).casefold() and not AlertTrial.objects.exists()


def test_whether_it_rang_is_kept_and_counted_where_contacts_are_looked_after(token, family, client_as, carriers):
    here, path = Client(), f"/m/{token}/alerts"
    assert here.post(path, {"rang": "yes"}).status_code == 404, "nothing was tried"
    office = client_as("office", site=family.site)
    words = " ".join(office.get("/messages/addresses").content.decode().split())
    assert "0 of 1 family</strong> have tried it" in words
    trial(here, path)
    page = here.post(path, {"rang": "no"}, follow=True).content.decode()
    assert "Siguió en silencio cuando lo probó" in page
    words = " ".join(office.get("/messages/addresses").content.decode().split())
    assert "Of 1 it stayed silent" in words and "Maria Lopez" in words
    page = here.post(path, {"rang": "yes"}, follow=True).content.decode()
    assert "Sonó cuando lo probó" in page and AuditRow.objects.filter(action="channels.tell_trial").count() == 2
    words = " ".join(office.get("/messages/addresses").content.decode().split())
    assert "1 of 1 family</strong> has tried it on a silenced phone, and it rang (100 %)" in words
    assert "Maria Lopez" in office.get("/messages/addresses?format=trials").content.decode()
    api = client_as("director")
    assert api.get("/api/v1/alert-reach").json() == {"families": 1, "rang": 1, "silent": 0, "numbers": [NUMBER, TEXTS]}
    assert [row["rang"] for row in api.get("/api/v1/alert-trials").json()["items"]] == [True]
    assert api.get("/api/v1/alert-trials?rang=false").json()["items"] == []
    elsewhere = client_as("nurse", site=family.other_site)
    assert "Maria Lopez" not in elsewhere.get("/messages/addresses").content.decode()
    with recorded_batch("a test's number"):
        Equipment.objects.filter(pk=carriers[0]).update(settings={"from": OTHER})
    assert api.get("/api/v1/alert-reach").json()["rang"] == 0, "of another number nothing is proved"


def test_a_remembered_family_and_staff_have_the_same_page(token, family, client_as, district):
    assert Client().get("/family/alerts").status_code == 302, "nobody is signed in"
    assert Client().get("/family/alerts/card.vcf").status_code == 302
    family_jobs.send_link("email", "maria@x.invalid", "es")
    text = Body.objects.get(mailing=Delivery.objects.filter(to="maria@x.invalid").latest("id").mailing).short
    here = Client()
    here.post(re.search(r"/family/sign-in/\S+", text)[0])
    assert "/family/alerts" in here.get("/family").content.decode()
    page = trial(here, "/family/alerts")
    assert "Estamos llamando" in page
    assert unfolded(here.get("/family/alerts/card.vcf").content)["TEL"] == [NUMBER, TEXTS]
    staff = client_as("teacher", site=family.site)
    page = staff.get("/family/alerts").content.decode()
    assert "Save the contact" in page and "has no telephone number of yours" in page
    assert staff.post("/family/alerts", {"way": "call", "number": "x"}).status_code == 404
    with recorded_batch("a test's teacher"):
        user = staff.session["_auth_user_id"]
        Person.objects.create(kind="staff", given="Tea", family="Cher", phones=["5735550177"], user_id=user)
    assert "We are calling … 0177 now" in trial(staff, "/family/alerts")
    assert AuditRow.objects.filter(action="channels.ask_trial").latest("at").actor_id is not None
    assert "/family/alerts" in staff.get(reverse("accounts:devices_page")).content.decode()


def test_every_language_has_the_steps_and_turns_the_page(token):
    seen = set()
    for code in LANGUAGES:
        page = Client().get(f"/m/{token}/alerts?language={code}").content.decode()
        assert f'<html lang="{code}" dir="{"rtl" if code == "ar" else "ltr"}"' in page
        assert page.count("Emergency Bypass") >= 2 and "Do Not Disturb" in page
        seen.add(re.search(r"<h1>(.*?)</h1>", page, re.DOTALL)[1].strip())
    assert len(seen) == len(LANGUAGES)


def test_without_carriers_there_is_no_card_and_a_link_of_nobody_opens_nothing(client_as, family):
    notice = send(client_as("principal", site=family.site), family)
    jobs.send(str(notice.pk))
    token = Recipient.objects.get().token
    page = Client().get(f"/m/{token}/alerts").content.decode()
    assert "todavía no tiene número de alerta" in page and "card.vcf" not in page
    assert Client().get(f"/m/{token}/alerts/card.vcf").status_code == 404
    assert Client().get("/m/gone/alerts").status_code == 404
