"""The ledger by household, the next way that can still reach one, and who answered what."""

import csv
import io

import pytest

from watchbell.communication.channels import jobs as channel_jobs
from watchbell.communication.channels.facts import FAILED, SENT, WAITING
from watchbell.communication.channels.models import BadAddress, Consent, Delivery, Mailing, Recipient
from watchbell.communication.notices import jobs
from watchbell.communication.notices.models import Notice
from watchbell.communication.notices.tests.builders import confirm, write_form
from watchbell.district.people.actions import load_people
from watchbell.kernel.changes import recorded_batch
from watchbell.kernel.models import AuditRow
from watchbell.kernel.tests.reading import one_line
from watchbell.line.clock import now
from watchbell.line.ids import new_id, same_uuid

pytestmark = pytest.mark.usefixtures("committed_db", "no_bus")
FATHER, OTHER = same_uuid("family", "luis"), same_uuid("family", "kim")


@pytest.fixture
def asked(client_as, family):
    """A question by mail to Maria and Luis Lopez of one home, and to Kim Ash, who has a telephone, too."""
    with recorded_batch("a test's families"):
        load_people({
            "person": [
                {"id": FATHER, "kind": "guardian", "given": "Luis", "family": "Lopez", "email": "luis@x.invalid"},
                {"id": OTHER, "kind": "guardian", "given": "Kim", "family": "Ash", "email": "kim@x.invalid",
                 "phones": ["+15735550155"]},
            ],
            "membership": [{"id": new_id(), "household_id": same_uuid("family", "home"), "person_id": FATHER}],
            "guardianship": [{"id": new_id(), "student_id": family.student, "guardian_id": pk, "relation": "parent"}
                             for pk in (FATHER, OTHER)],
        })  # fmt: skip
    client = client_as("director")
    client.post("/messages/new", write_form(family, channels=["email"], options=["Picked up", "Need help"]))
    client.post(f"/messages/{Notice.objects.get().pk}/submit", {"count": "3"})
    confirm(Notice.objects.get().pk)
    jobs.send(str(Notice.objects.get().pk))
    assert Recipient.objects.count() == 3
    return Notice.objects.get()


def person(pk):
    return Recipient.objects.get(person_id=pk)


def reach(pk):
    with recorded_batch("a test's family is reached"):
        Recipient.objects.filter(person_id=pk).update(reached_at=now(), reached_by="email")


def bounce(pk):
    with recorded_batch("a test's mail comes back"):
        Delivery.objects.filter(recipient__person_id=pk).update(state=FAILED, because="No such mailbox")


def look(client, notice, query=""):
    return one_line(client.get(f"/messages/{notice.pk}/ledger{query}").content).split('id="ledger"')[1]


def test_a_family_is_reached_when_one_of_them_is(client_as, asked):
    reach(FATHER)
    client = client_as("director")
    missed = look(client, asked, "?show=not")
    assert "Kim Ash" in missed and "Maria" not in missed and "Luis" not in missed
    there = look(client, asked, "?show=reached")
    assert "Kim" not in there and there.index("Luis Lopez") < there.index("Maria Lopez")
    everybody = look(client, asked)
    assert everybody.count('class="warn"') == 1 and "Not yet" in everybody
    assert "2 families" in one_line(client.get(f"/messages/{asked.pk}/ledger").content)


def test_a_family_is_never_torn_over_two_pages(client_as, asked):
    page = look(client_as("director"), asked, "?q=Luis")
    assert "Maria Lopez" in page and "Kim" not in page, "whoever is found stands with the household"


def test_nothing_more_can_come_to_a_family_of_whom_all_have_failed(client_as, asked):
    bounce(same_uuid("family", "maria"))
    bounce(OTHER)
    page = look(client_as("director"), asked, "?show=failed")
    assert "Kim" in page and "Maria" not in page, "Luis' mail may still arrive"


def test_the_next_way_is_one_the_message_has_not_used(client_as, asked):
    bounce(OTHER)
    client = client_as("director")
    assert "Next: text" in look(client, asked, "?show=not")
    client.post(f"/messages/{asked.pk}/again", {"people": [str(person(OTHER).pk)], "channel": "next"})
    channel_jobs.try_again(str(Mailing.objects.get().pk), [str(person(OTHER).pk)], "next", "Director")
    made = Delivery.objects.get(recipient=person(OTHER), channel="text")
    assert (made.to, made.state) == ("+15735550155", WAITING) and made.batch.state == "waiting"
    channel_jobs.try_again(str(Mailing.objects.get().pk), [str(person(OTHER).pk)], "text", "Director")
    assert Delivery.objects.filter(recipient=person(OTHER), channel="text").count() == 1, "it is on its way"


def test_the_next_way_keeps_to_what_people_want_and_to_what_works(client_as, asked):
    bounce(OTHER)
    with recorded_batch("a test's wishes"):
        Consent.objects.create(channel="text", address="+15735550155", purpose="routine", is_wanted=False, how="page")
    client = client_as("director")
    assert "Next: call" in look(client, asked, "?q=Kim")
    with recorded_batch("a test's bad number"):
        BadAddress.objects.create(channel="voice", address="+15735550155", because="No such number", code="1")
    assert "Next: e-mail" in look(client, asked, "?q=Kim"), "once more, where it failed"
    channel_jobs.try_again(str(Mailing.objects.get().pk), [str(person(OTHER).pk)], "text", "Director")
    assert not Delivery.objects.filter(channel__in=("text", "voice")).exists()


def test_what_is_on_its_way_is_not_asked_again(client_as, asked):
    with recorded_batch("a test's mail has gone"):
        Delivery.objects.update(state=SENT)
    assert "Next: text" in look(client_as("director"), asked, "?q=Kim")
    assert look(client_as("director"), asked, "?q=Luis").count("Next:") == 2, "Maria by text, Luis by mail once more"


def answer(client, pk, option):
    client.post(f"/m/{person(pk).token}/answer", {"option": str(option)})


def test_who_answered_what_stands_in_the_ledger(client_as, asked):
    director = client_as("director")
    answer(director, FATHER, 0)
    answer(director, OTHER, 1)
    page = one_line(director.get(f"/messages/{asked.pk}").content)
    for wanted in ("0", "1", "none"):
        assert f'href="/messages/{asked.pk}/ledger?answer={wanted}"' in page
    needs = look(director, asked, "?answer=1")
    assert "Kim Ash" in needs and "Lopez" not in needs and "Need help" in needs
    picked = look(director, asked, "?answer=0")
    assert "Luis" in picked and "Picked up" in picked and "Kim" not in picked
    assert "Nobody here" in look(director, asked, "?answer=none"), "of the Lopez family one has answered"
    assert look(director, asked, "?answer=77") and look(director, asked, "?answer=x")
    assert AuditRow.objects.filter(action="notices.see_ledger").count() >= 3


def test_answers_go_out_as_a_sheet_with_names_and_an_audit_row(client_as, asked):
    director = client_as("director")
    answer(director, OTHER, 1)
    sheet = director.get(f"/messages/{asked.pk}/ledger?format=csv").content.decode().removeprefix("\ufeff")
    rows = {row["name"]: row for row in csv.DictReader(io.StringIO(sheet))}
    assert rows["Kim Ash"]["answer"] == "Need help" and rows["Kim Ash"]["answered"]
    assert rows["Luis Lopez"]["answer"] == ""
    assert AuditRow.objects.filter(action="notices.export_ledger").count() == 1
    assert client_as("teacher").get(f"/messages/{asked.pk}/ledger").status_code == 403


def test_answers_are_read_by_json_as_well(caller_as, client_as, asked):
    answer(client_as("director"), OTHER, 1)
    office = caller_as("director")
    (found,) = office("GET", f"/api/v1/notices/{asked.pk}/answers?answer=1")["items"]
    assert (found["name"], found["answer"], found["way"]) == ("Kim Ash", "Need help", "page")
    assert {one["name"] for one in office("GET", f"/api/v1/notices/{asked.pk}/answers?answer=none")["items"]} == {
        "Maria Lopez", "Luis Lopez"}  # fmt: skip
    assert AuditRow.objects.filter(action="notices.see_answers").count() == 2
    caller_as("teacher")("GET", f"/api/v1/notices/{asked.pk}/answers", status=403)


def test_a_ledger_full_of_families_takes_twelve_statements(client_as, asked):
    bounce(OTHER)
    client = client_as("director")
    client.get("/")
    timing = client.get(f"/messages/{asked.pk}/ledger?show=not")["Server-Timing"]
    assert int(timing.split('desc="')[1].split('"')[0]) <= 12, timing
