"""Who wants what: a school reads of its own families; families choose; what the office is told is written down."""

import re
from datetime import time

import pytest

from tests.messages.test_pages import send
from watchbell.communication.channels.actions import record_consent
from watchbell.communication.channels.facts import QuietHours
from watchbell.communication.channels.models import Consent, ContactChange, Delivery, Recipient
from watchbell.communication.channels.queries.wishes import quiet_hours, wishes_of_person
from watchbell.communication.notices import jobs
from watchbell.communication.notices.models import Notice
from watchbell.communication.notices.rules import times
from watchbell.communication.notices.tests.builders import write_form
from watchbell.district.people.actions import load_people
from watchbell.district.people.queries import person_facts
from watchbell.kernel.changes import recorded_batch
from watchbell.kernel.models import AuditRow
from watchbell.kernel.permissions import system_actor
from watchbell.kernel.tests.reading import one_line
from watchbell.line.clock import now
from watchbell.line.ids import new_id, same_uuid

pytestmark = pytest.mark.usefixtures("committed_db", "no_bus")


@pytest.fixture
def two_schools(family, district):
    """Maria at Birch, Omar at Oak, and a subscriber nobody knows; each has declined newsletters or routine."""
    student, father = same_uuid("family", "zoe"), same_uuid("family", "omar")
    load_people({
        "person": [
            {"id": student, "kind": "student", "given": "Zoe", "family": "Hall", "site_id": family.other_site},
            {"id": father, "kind": "guardian", "given": "Omar", "family": "Hall", "email": "omar@x.invalid",
             "phones": ["573.555.0202"]},
        ],
        "guardianship": [{"id": new_id(), "student_id": student, "guardian_id": father, "relation": "parent"}],
    })  # fmt: skip
    actor = system_actor(district.pk)
    for channel, address in (("text", "+15735550101"), ("email", "maria@x.invalid"), ("text", "+15735550202"),
                             ("email", "omar@x.invalid"), ("email", "stranger@x.invalid")):  # fmt: skip
        record_consent(actor, channel, address, "routine", False, "Wrote STOP")
    return family


def addresses(client, query=""):
    page = client.get(f"/messages/wishes{query}").content.decode()
    known = ("+15735550101", "maria@x.invalid", "+15735550202", "omar@x.invalid", "stranger@x.invalid")
    return {one for one in known if one in page}


def test_a_school_reads_the_wishes_of_its_own_families_only(client_as, two_schools):
    birch, oak = client_as("office", site=two_schools.site), client_as("principal", site=two_schools.other_site)
    assert addresses(birch) == {"+15735550101", "maria@x.invalid"}
    assert addresses(oak) == {"+15735550202", "omar@x.invalid"}
    assert addresses(birch, "?q=omar") == set()


def test_the_district_s_people_read_all_and_of_whom_nobody_knows(client_as, two_schools):
    assert len(addresses(client_as("director"))) == 5
    assert addresses(client_as("director"), "?q=stranger") == {"stranger@x.invalid"}


def test_a_corrected_address_is_still_the_school_s(client_as, two_schools, district):
    with recorded_batch("a test's correction"):
        ContactChange.objects.create(person_id=two_schools.mother, kind="phone", old="+15735550101",
                                     value="+15735550777", confirmed_at=now())  # fmt: skip
    record_consent(system_actor(district.pk), "text", "+15735550777", "routine", False, "Wrote STOP")
    birch, oak = client_as("office", site=two_schools.site), client_as("principal", site=two_schools.other_site)
    assert "+15735550777" in birch.get("/messages/wishes").content.decode()
    assert "+15735550777" not in oak.get("/messages/wishes").content.decode()


# -- a family's own page ----------------------------------------------------------------------------------------------


@pytest.fixture
def contacts(client_as, family, client):
    """(path of Maria's own page, {address: its name in the form})."""
    notice = send(client_as("director"), family)
    jobs.send(str(notice.pk))
    path = f"/m/{Recipient.objects.get().token}/contacts"
    person = person_facts(family.mother)
    return path, {row.address: row.key for row in wishes_of_person(person)}


def ledger():
    rows = Consent.objects.order_by("at", "id").values_list("channel", "address", "purpose", "is_wanted", "how")
    return [row[:4] for row in rows]


def test_a_family_chooses_by_way_and_purpose_and_each_change_is_a_line(contacts, client):
    path, at = contacts
    ask = {"what": "wishes", "at": at["+15735550101"]}
    client.post(path, ask | {"wish": ["text:routine", "text:newsletter", "voice:newsletter"]})
    assert ledger() == [("voice", "+15735550101", "routine", False)]
    page = one_line(client.get(path).content)
    assert "Algunos de los mensajes" in page and "Nadie puede desactivarlas" in page
    client.post(path, ask | {"wish": ["text:routine", "text:newsletter", "voice:newsletter"]})
    assert len(ledger()) == 1, "what stays as it was is no line"
    client.post(path, {"what": "wishes", "at": at["maria@x.invalid"], "wish": ["email:routine"]})
    assert ledger()[1:] == [("email", "maria@x.invalid", "newsletter", False)]
    assert {row.how for row in Consent.objects.all()} == {"On their own page"}
    client.post(path, ask | {"wish": ["text:routine", "voice:routine", "text:newsletter", "voice:newsletter"]})
    assert ledger()[-1] == ("voice", "+15735550101", "routine", True)


def test_an_emergency_cannot_be_switched_off_nor_another_s_address(contacts, client):
    path, at = contacts
    everything = ["text:routine", "text:newsletter", "voice:routine", "voice:newsletter"]
    client.post(path, {"what": "wishes", "at": at["+15735550101"], "wish": [*everything, "text:emergency"]})
    assert client.post(path, {"what": "wishes", "at": "x", "wish": everything}).status_code == 200
    assert ledger() == []


def test_what_was_declined_by_call_still_comes_by_text(contacts, client, client_as, family):
    path, at = contacts
    client.post(path, {"what": "wishes", "at": at["+15735550101"], "wish": ["text:routine"]})
    client_as("director").post("/messages/new", write_form(family, channels=["text", "voice"], title_en="Picnic"))
    notice = Notice.objects.order_by("-number").first()
    client_as("director").post(f"/messages/{notice.pk}/submit", {"count": "1"})
    jobs.send(str(notice.pk))
    sent = Delivery.objects.filter(mailing__about=f"notice:{notice.pk}").values_list("channel", "because")
    assert dict(sent) == {"text": "", "voice": "Has declined this."}


# -- told to the office -----------------------------------------------------------------------------------------------


def test_a_wish_told_to_the_office_is_written_down_with_who_and_why(client_as, family):
    office = client_as("office", site=family.site)
    path = f"/messages/wishes/{family.mother}"
    page = office.get(path).content.decode()
    assert "+15735550101" in page and "Nobody can switch them off" in page
    assert f"{path}" in office.get(f"/people/{family.mother}").content.decode()
    at = re.search(r'name="at" value="(\w+)"', page)[1]
    form = {"at": at, "wish": ["text:routine", "text:newsletter"], "told": "paper", "why": "No calls at work"}
    office.post(f"{path}/told", form)
    assert ledger() == [("voice", "+15735550101", "routine", False), ("voice", "+15735550101", "newsletter", False)]
    row = Consent.objects.first()
    assert row.how == "Told to the office on paper: No calls at work" and row.by_name
    assert AuditRow.objects.filter(action="channels.record_consent").count() == 2
    assert "No calls at work" in office.get(path).content.decode()


def test_without_why_how_or_change_nothing_is_written(client_as, family):
    office = client_as("office", site=family.site)
    path = f"/messages/wishes/{family.mother}"
    at = re.search(r'name="at" value="(\w+)"', office.get(path).content.decode())[1]
    every = ["text:routine", "voice:routine", "text:newsletter", "voice:newsletter"]
    for words, told in (({"why": " "}, "Write what they said"), ({"told": "pigeon"}, "Say how they told you"),
                        ({"wish": every}, "Nothing is different"), ({"at": "x"}, "no such address")):  # fmt: skip
        form = {"at": at, "wish": every[:2], "told": "phone", "why": "Asked for it"} | words
        answer = office.post(f"{path}/told", form, follow=True)
        assert told in answer.content.decode()
    assert ledger() == []


def test_another_school_neither_reads_nor_writes_a_person_s_wishes(client_as, two_schools):
    before = len(ledger())
    oak = client_as("principal", site=two_schools.other_site)
    path = f"/messages/wishes/{two_schools.mother}"
    assert oak.get(path).status_code == 404
    row = wishes_of_person(person_facts(two_schools.mother))[0]
    assert oak.post(f"{path}/told", {"at": row.key, "told": "phone", "why": "x"}).status_code == 404
    assert len(ledger()) == before
    assert client_as("teacher", site=two_schools.site).get(path).status_code == 403


# -- quiet hours ------------------------------------------------------------------------------------------------------


def test_the_district_sets_its_quiet_hours(client_as, family):
    director = client_as("director")
    assert "21:00 and 07:00" in one_line(director.get("/messages/wishes").content)
    director.post("/messages/wishes/quiet", {"from": "19:30", "until": "06:45"})
    assert quiet_hours() == QuietHours(time(19, 30), time(6, 45))
    assert "19:30 and 06:45" in one_line(director.get("/messages/wishes").content)
    row = AuditRow.objects.get(action="channels.set_quiet_hours")
    assert row.target == "19:30 to 06:45"
    for hours, told in ((("7:00x", ""), "Write both times"), (("08:00", "08:00"), "different times"),
                        (("08:00", "23:00"), "14 hours at most")):  # fmt: skip
        answer = director.post("/messages/wishes/quiet", dict(zip(("from", "until"), hours, strict=True)), follow=True)
        assert told in answer.content.decode()
    assert quiet_hours().begins == time(19, 30)
    assert client_as("office", site=family.site).post("/messages/wishes/quiet", {"from": "20:00", "until": "06:00"}
                                                      ).status_code == 403  # fmt: skip


def test_the_last_look_says_which_hours_it_spares(client_as, family, goto, monkeypatch):
    director = client_as("director")
    director.post("/messages/wishes/quiet", {"from": "20:15", "until": "06:45"})
    monkeypatch.setattr(times, "is_quiet", lambda at, purpose, quiet: quiet.holds(at))
    goto(23)
    director.post("/messages/new", write_form(family))
    page = one_line(director.get(f"/messages/{Notice.objects.get().pk}/check").content)
    assert "nothing routine goes out from 20:15 to 06:45" in page and "06:45" in page.split("It waits until")[1]
