"""A number is marked as a text telephone's: by the family, the office, the API; calls to it say so to the gateway."""

import pytest
from django.test import Client

from tests.messages.test_pages import send
from watchbell.communication.channels import inbox
from watchbell.communication.channels import jobs as channel_jobs
from watchbell.communication.channels.facts import ANSWERED, DELIVERED
from watchbell.communication.channels.models import Batch, Delivery, Recipient, TextTelephone
from watchbell.communication.channels.tests.builders import add_carrier, hand_out, tell
from watchbell.communication.notices import jobs
from watchbell.district.people.actions import import_roster
from watchbell.district.people.models import Person
from watchbell.district.people.tests.builders import BULK, package
from watchbell.kernel.bus_thread import bus_thread
from watchbell.kernel.changes import recorded_batch
from watchbell.kernel.models import AuditRow
from watchbell.line.ids import new_id
from watchbell.line.languages import LANGUAGES
from watchbell.wire.base import encode
from watchbell.wire.tell import Heard

pytestmark = pytest.mark.usefixtures("committed_db", "no_bus")
NUMBER = "+15735550101"


@pytest.fixture
def told(client_as, family):
    """A message by call to the family; (office's browser, token)."""
    add_carrier("call_carrier", "voicecall")
    office = client_as("principal", site=family.site)
    notice = send(office, family, channels=["voice"])
    jobs.send(str(notice.pk))
    return office, Recipient.objects.get().token


def batches(monkeypatch):
    found = []
    monkeypatch.setattr(bus_thread, "keep", lambda subject, message, key: found.append(message) or True)
    channel_jobs.feed_carriers()
    return [one for one in found if hasattr(one, "recipients")]


def test_a_family_marks_its_number_in_its_own_language_and_the_call_is_typed(told, monkeypatch):
    _, token = told
    here, path = Client(), f"/m/{token}/contacts"
    page = here.get(path).content.decode()
    assert "teléfono de texto (TTY)" in page and "Ahí no hay" not in page
    page = here.post(path, {"what": "tty", "old": "… 0101"}).content.decode()
    assert "se escriben desde ahora" in page and "Ahí no hay teléfono de texto" in page
    assert TextTelephone.objects.get().number == NUMBER
    row = AuditRow.objects.get(action="channels.mark_text_telephone")
    assert row.details == {"number": "… 0101", "is_text_telephone": True} and row.actor_name == "Maria Lopez"
    here.post(path, {"what": "tty", "old": "… 0101"})
    assert AuditRow.objects.filter(action="channels.mark_text_telephone").count() == 1, "that was so already"
    [sent] = batches(monkeypatch)
    assert [one.is_text_telephone for one in sent.recipients] == [True]
    page = here.post(path, {"what": "no_tty", "old": "… 0101"}).content.decode()
    assert "vuelven a ser habladas" in page and not TextTelephone.objects.exists()
    for other in ("m…a@x.invalid", "nobody"):
        here.post(path, {"what": "tty", "old": other})
    assert not TextTelephone.objects.exists()


def test_each_language_has_its_words(told):
    _, token = told
    seen = {Client().get(f"/m/{token}/contacts?language={code}").content.decode().count("TTY") for code in LANGUAGES}
    assert seen <= {1} or seen <= {0, 1}  # French says ATS


def test_the_office_and_the_api_mark_it_for_their_own_people_only(client_as, family, told, make_actor, district):
    office, _ = told
    path = f"/messages/wishes/{family.mother}"
    page = office.get(path).content.decode()
    assert "Calls to it are spoken." in page and "It is a text telephone (TTY)" in page
    at = page.split('name="at" value="')[1].split('"')[0]
    page = office.post(f"{path}/telephone", {"at": at, "is_text_telephone": "1"}, follow=True).content.decode()
    assert "typed, not spoken" in page and TextTelephone.objects.count() == 1
    api = client_as("director")
    rows = api.get(f"/api/v1/people/{family.mother}/wishes").json()["items"]
    assert {row["kind"]: row["is_text_telephone"] for row in rows} == {"phone": True, "email": False}
    body = {"at": at, "is_text_telephone": False}
    answer = api.post(f"/api/v1/people/{family.mother}/text-telephone", body, content_type="application/json")
    assert answer.json() == {"changed": True} and not TextTelephone.objects.exists()
    answer = api.post(f"/api/v1/people/{family.mother}/text-telephone", {**body, "at": "x"},
                      content_type="application/json")  # fmt: skip
    assert answer.status_code == 404
    elsewhere = client_as("office", site=family.other_site)
    assert elsewhere.post(f"{path}/telephone", {"at": at, "is_text_telephone": "1"}).status_code in (302, 403, 404)
    teacher = client_as("teacher", site=family.site)
    teacher.post(f"{path}/telephone", {"at": at, "is_text_telephone": "1"})
    assert not TextTelephone.objects.exists()


def test_a_roster_does_not_undo_it(told, family, make_actor, district):
    _, token = told
    Client().post(f"/m/{token}/contacts", {"what": "tty", "old": "… 0101"})
    import_roster(make_actor(district, "director"), package(BULK))
    with recorded_batch("a test's roster"):
        Person.objects.filter(pk=family.mother).update(phones=["573.555.0101"])
    assert "Ahí no hay teléfono" in Client().get(f"/m/{token}/contacts").content.decode()


def test_typed_to_the_end_reaches_a_family_and_an_answer_goes_to_the_desk(told, family):
    batch = Batch.objects.get(channel="voice")
    carrier = add_carrier("sip_trunk", "siptrunk")
    row = Delivery.objects.get(batch=batch)
    tell(batch, carrier, hand_out(batch, carrier), {row.pk: "delivered"}, because="Typed in English.")
    row.refresh_from_db()
    assert (row.state, row.because) == (DELIVERED, "Typed in English.")
    assert Recipient.objects.get().reached_by == "voice"
    heard = Heard(id=new_id().hex, district=str(row.district_id), gateway="siptrunk", endpoint=str(carrier),
                  kind="reply", at=1.0, channel="voice", sender=NUMBER, delivery=row.pk.hex, text="OK")  # fmt: skip
    inbox.take_all([encode(heard)])
    row.refresh_from_db()
    assert row.state == ANSWERED
