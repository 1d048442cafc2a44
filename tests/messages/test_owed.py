"""Whoever may tell an incident's families is reminded after five minutes, and again after thirty without an update."""

import json
from datetime import timedelta

import pytest
from procrastinate.contrib.django.models import ProcrastinateJob

from watchbell.communication.channels import jobs as channel_jobs
from watchbell.communication.channels.models import Delivery, Mailing
from watchbell.communication.channels.tests.builders import add_carrier
from watchbell.communication.notices import actions, jobs
from watchbell.communication.notices.models import FamilyReminder, Notice
from watchbell.communication.notices.rules.owed import concerns_families, next_owed
from watchbell.communication.notices.tests.builders import write_form
from watchbell.district.accounts.actions import keep_subscription
from watchbell.kernel import journal
from watchbell.kernel.bus_thread import bus_thread
from watchbell.kernel.changes import recorded_batch
from watchbell.kernel.models import AuditRow
from watchbell.kernel.permissions import system_actor
from watchbell.kernel.tests.reading import one_line
from watchbell.line import clock
from watchbell.response.incidents.models import Incident
from watchbell.response.incidents.tests.builders import build_incident

pytestmark = pytest.mark.usefixtures("committed_db", "no_bus")
MINUTE = 60


@pytest.fixture(autouse=True)
def own_time():
    yield
    clock.shift(0)


@pytest.fixture
def incident(family, actor):
    """`incident(mode="drill")`: one at the family's school, opened just now."""

    def build(**words):
        pk = build_incident(actor)
        with recorded_batch("test"):
            Incident.objects.filter(pk=pk).update(site_id=family.site, **words)
        return Incident.objects.get(pk=pk)

    return build


@pytest.fixture
def tellers(family, district, make_actor):
    """Principal and director with a browser each; a teacher and another school's principal, who may not send here."""
    found = {}
    for role, site in (("director", None), ("principal", family.site), ("teacher", family.site)):
        found[role] = make_actor(district, role, site)
        keep_subscription(found[role], f"https://push.invalid/{role}", "p" * 87, "a" * 22)
    elsewhere = make_actor(district, "office", family.other_site)
    keep_subscription(elsewhere, "https://push.invalid/elsewhere", "p" * 87, "a" * 22)
    return found


def later(minutes):
    clock.shift(clock.shifted() + minutes * MINUTE)


def waiting():
    return [job.args["arguments"] for job in ProcrastinateJob.objects.filter(args__job="notices.remind_families")]


def pushed():
    rows = Delivery.objects.filter(mailing__about__startswith="reminder:")
    return sorted(json.loads(row.to)["endpoint"].rpartition("/")[2] for row in rows)


def tell_families(client_as, family, incident):
    words = write_form(family, purpose="emergency", incident=str(incident.pk), title_en="All are safe")
    client_as("director").post("/messages/new", words)
    notice = Notice.objects.latest("number")
    client_as("director").post(f"/messages/{notice.pk}/submit", {"count": ""})
    jobs.send(str(notice.pk))
    assert Notice.objects.get(pk=notice.pk).sent_at
    return notice


def part(client_as, incident):
    answer = client_as("director").get(f"/incidents/{incident.pk}/messages/part")
    assert answer.status_code == 200
    return one_line(answer.content)


def test_what_families_are_owed_is_for_real_and_for_the_whole_school():
    assert concerns_families("lockdown", "real", is_cancelled=False)
    untold = [(kind, "real", False) for kind in ("medical", "staff_assist", "duress", "call_911")]
    for kind, mode, gone in (*untold, ("lockdown", "drill", False), ("lockdown", "test", False),
                             ("lockdown", "real", True)):  # fmt: skip
        assert not concerns_families(kind, mode, is_cancelled=gone)
    at = clock.now()
    assert next_owed(at, []).due_at == at + timedelta(minutes=5)
    told = [at + timedelta(minutes=2), at + timedelta(minutes=9)]
    assert next_owed(at, told).due_at == at + timedelta(minutes=39)


def test_after_five_minutes_without_a_message_whoever_may_send_is_pushed_to_once(incident, tellers, client_as):
    found = incident()
    later(4.9)
    jobs.remind_families(str(found.pk))
    assert not FamilyReminder.objects.exists() and "nothing sent yet" in part(client_as, found)
    later(0.2)
    for _ in range(3):
        jobs.remind_families(str(found.pk))
    row = FamilyReminder.objects.get()
    assert row.kind == "first" and pushed() == ["director", "principal"], "not the teacher, not the other school"
    mailing = Mailing.objects.get(about=f"reminder:{row.pk}")
    assert mailing.mode == "real" and "nothing sent yet" in mailing.label
    audit = AuditRow.objects.filter(action="notices.remind_families").earliest("at")
    assert audit.details["kind"] == "first" and len(audit.details["people"]) >= 2
    shown = part(client_as, found)
    assert "first message was due" in shown and "who may send" in shown


def test_the_push_opens_the_incident(incident, tellers, monkeypatch):
    add_carrier("push_service", "webpush")
    kept = []
    monkeypatch.setattr(bus_thread, "keep", lambda subject, message, key: kept.append(message) or True)
    found = incident()
    later(5.1)
    jobs.remind_families(str(found.pk))
    channel_jobs.feed_carriers()
    (batch,) = kept
    assert {one.fields["link"].partition("/incidents/")[2] for one in batch.recipients} == {str(found.pk)}


def test_after_a_message_the_next_is_due_thirty_minutes_later(incident, tellers, client_as, family):
    found = incident()
    later(3)
    tell_families(client_as, family, found)
    later(10)
    jobs.remind_families(str(found.pk))
    assert not FamilyReminder.objects.exists() and "update due" in part(client_as, found)
    later(20.1)
    for _ in range(2):
        jobs.remind_families(str(found.pk))
    assert FamilyReminder.objects.get().kind == "update" and pushed() == ["director", "principal"]
    assert "no update since" in Mailing.objects.get(about__startswith="reminder:").label
    tell_families(client_as, family, found)
    jobs.remind_families(str(found.pk))
    assert FamilyReminder.objects.count() == 1 and "was due" not in part(client_as, found)


def test_a_message_to_staff_alone_tells_no_family(incident, tellers, client_as, family):
    found = incident()
    words = write_form(family, kinds=["staff"], incident=str(found.pk))
    client_as("director").post("/messages/new", words)
    with recorded_batch("test"):
        Notice.objects.update(sent_at=clock.now(), state="sent")
    later(5.1)
    jobs.remind_families(str(found.pk))
    assert FamilyReminder.objects.get().kind == "first"


@pytest.mark.parametrize(
    "words", [{"mode": "drill"}, {"mode": "test"}, {"kind": "medical"}, {"kind": "duress"}, {"state": "closed"}]
)
def test_nobody_is_reminded_of_what_families_are_not_told(incident, tellers, client_as, words):
    found = incident(**words)
    actions.watch_families(system_actor(found.district_id), found.pk)
    later(6)
    jobs.remind_families(str(found.pk))
    assert not FamilyReminder.objects.exists() and not Mailing.objects.exists()
    if words.get("kind") != "duress":
        assert "nothing sent yet" not in part(client_as, found)


def test_an_incident_that_opens_and_a_message_that_goes_set_the_moment(incident, tellers, client_as, family):
    found = incident()
    while journal.sweep():
        pass
    assert waiting() == [{"incident": str(found.pk)}]
    job = ProcrastinateJob.objects.get(args__job="notices.remind_families")
    assert abs(job.scheduled_at - (found.opened_at + timedelta(minutes=5))) < timedelta(seconds=1)
    actions.watch_families(system_actor(found.district_id), found.pk)
    assert len(waiting()) == 1, "set once"
    tell_families(client_as, family, found)
    while journal.sweep():
        pass
    assert len(waiting()) == 2
