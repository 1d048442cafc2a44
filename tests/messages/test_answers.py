"""Hundreds of families answer at once: written down together, each once, whatever dies on the way."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from watchbell.communication.channels import inbox
from watchbell.communication.channels.facts import ANSWERED
from watchbell.communication.channels.models import Consent, Delivery, Mailing, Recipient
from watchbell.communication.notices import jobs
from watchbell.communication.notices.models import Answer, Notice, Reply, Thread
from watchbell.communication.notices.tests.builders import confirm, write_form
from watchbell.district.people.actions import load_people
from watchbell.kernel import audit, journal
from watchbell.kernel.acting import acting_in
from watchbell.kernel.changes import recorded_batch
from watchbell.kernel.models import Announcement, AuditRow, Reaction
from watchbell.line import clock
from watchbell.line.ids import same_uuid
from watchbell.wire.base import encode
from watchbell.wire.subjects import is_paced
from watchbell.wire.tell import Heard

pytestmark = pytest.mark.usefixtures("committed_db", "no_bus")
MOST = 40


@pytest.fixture
def asked(client_as, family):
    """A question that has gone out to `MOST` guardians by text."""
    people = [(same_uuid("parent", at), f"+1573555{at:04d}") for at in range(1, MOST)]
    with recorded_batch("a test's families"):
        load_people({
            "person": [{"id": pk, "kind": "guardian", "given": f"P{number[-2:]}", "family": "Ash", "phones": [number]}
                       for pk, number in people],
            "guardianship": [{"id": same_uuid("g", pk), "student_id": family.student, "guardian_id": pk}
                             for pk, _ in people],
        })  # fmt: skip
    client = client_as("director")
    words = {"title_es": "Seguro", "short_es": "Conteste.", "options_es": "A salvo / Necesito ayuda"}
    client.post("/messages/new", write_form(family, channels=["text"], options=["Safe", "I need help"], **words))
    client.post(f"/messages/{Notice.objects.get().pk}/submit", {"count": str(MOST)})
    confirm(Notice.objects.get().pk)
    jobs.send(str(Notice.objects.get().pk))
    assert Recipient.objects.count() == MOST
    return Notice.objects.get()


def heard(number, text, kind="reply", **more):
    words = {"id": f"h-{kind}-{number}", "district": "d", "gateway": "sms", "endpoint": "e", "at": clock.unix(),
             "channel": "text", "sender": number} | more  # fmt: skip
    return encode(Heard(kind=kind, text=text, **words))


def everybody(said=("1", "yo: necesito ayuda", "safe, thank you")):
    rows = Delivery.objects.filter(channel="text").order_by("to").values_list("to", flat=True)
    return [heard(number, said[at % len(said)]) for at, number in enumerate(rows)]


def sweep():
    while journal.sweep():
        pass


def counted():
    rows = AuditRow.objects.filter(action__in=("channels.hear_reply", "notices.note_reply"))
    return {"answers": Answer.objects.count(), "replies": Reply.objects.count(), "threads": Thread.objects.count(),
            "audit": rows.count(), "news": Announcement.objects.filter(name="ReplyHeard").count(),
            "done": Reaction.objects.filter(state="done", announcement__name="ReplyHeard").count()}  # fmt: skip


ALL = {"answers": MOST, "replies": MOST, "threads": MOST, "audit": 2 * MOST, "news": MOST, "done": MOST}


def test_all_answers_stand_once_each_with_its_audit_row(asked, district, hints):
    hints.clear()
    inbox.take_all(everybody())
    assert set(Delivery.objects.values_list("state", flat=True)) == {ANSWERED}
    assert not Recipient.objects.exclude(reached_by="text").exists()
    sweep()
    assert counted() == ALL
    assert sorted(Answer.objects.values_list("option", flat=True)).count(1) == MOST // 3
    topic = f"progress:notice:{asked.pk}"
    assert hints.count(topic) == 2 and hints.count("threads:all") == 1, "a hint for all, not one for each"
    assert is_paced(topic) and is_paced("threads:all")
    while audit.seal_rows(district.id):
        pass
    assert audit.verify_chain(district.id).broken_at is None


def test_many_cost_as_many_statements_as_few(asked):
    said = everybody()
    sweep()  # what the message's going out has asked for
    taking, noting = [], []
    for part in (said[:2], said[2:]):
        with CaptureQueriesContext(
            connection,
        ) as queries:
            inbox.take_all(part)
        taking.append(len(queries))
        with CaptureQueriesContext(connection) as queries:
            journal.sweep()
        noting.append(len(queries))
    assert taking[0] == taking[1] <= 16 and noting[0] == noting[1] <= 24
    assert counted() == ALL


def test_a_worker_that_dies_before_it_acknowledges_writes_nothing_twice(asked):
    said = everybody()
    inbox.take_all(said[:30])  # and dies: the stream brings them again, with others
    inbox.take_all(said[10:])
    inbox.take_all(said)
    sweep()
    assert counted() == ALL


def test_a_worker_that_dies_before_its_reactions_are_done_writes_nothing_twice(asked, monkeypatch):
    inbox.take_all(everybody())
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(journal, "_finish", lambda *rows: (_ for _ in ()).throw(KeyboardInterrupt))
        journal.sweep()
    assert counted() == ALL | {"done": 0}
    clock.shift(journal.LEASE_SECONDS + 1)
    try:
        sweep()
    finally:
        clock.shift(0)
    assert counted() == ALL


def test_a_worker_that_dies_while_it_writes_loses_nothing(asked, monkeypatch):
    inbox.take_all(everybody())
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(Reply.objects, "bulk_create", lambda rows: (_ for _ in ()).throw(KeyboardInterrupt))
        journal.sweep()
    assert counted() == ALL | {"answers": 0, "replies": 0, "threads": 0, "audit": MOST, "done": 0}
    clock.shift(journal.LEASE_SECONDS + 1)
    try:
        sweep()
    finally:
        clock.shift(0)
    assert counted() == ALL


def test_one_that_cannot_be_read_costs_only_itself(asked):
    inbox.take_all(everybody())
    with recorded_batch("a test's damage"):
        broken = Announcement.objects.filter(name="ReplyHeard").first()
        Announcement.objects.filter(pk=broken.pk).update(body={"heard": 5})
    journal.sweep()
    assert counted() == ALL | {key: ALL[key] - 1 for key in ("answers", "replies", "threads", "audit", "done")}
    bad = Reaction.objects.get(announcement=broken)
    assert bad.state == "waiting" and bad.attempts == 1 and "heard" in bad.error


def test_who_answers_twice_is_one_thread_and_the_newest_answer_counts(asked):
    number = Delivery.objects.first().to
    at = clock.unix()
    inbox.take_all([heard(number, "2", id="late", at=at), heard(number, "1", id="early", at=at - 60),
                    heard(number, "What now?", id="more", at=at + 1)])  # fmt: skip
    sweep()
    assert Answer.objects.get().option == 1, "the older one does not take its place"
    inbox.take_all([heard(number, "1", id="oldest", at=at - 90)])
    sweep()
    assert Answer.objects.get().option == 1
    thread = Thread.objects.get()
    assert thread.state == "closed" and thread.replies.count() == 4 and thread.site_id is not None


def test_keys_are_answers_and_other_keys_are_none(asked, district):
    mine = list(Delivery.objects.order_by("to"))
    said = [heard(one.to, "2", "key", channel="voice", delivery=one.pk.hex, gateway="voicecall") for one in mine[:20]]
    said += [heard(one.to, "7", "key", channel="voice", delivery=one.pk.hex, gateway="voicecall") for one in mine[20:]]
    inbox.take_all(said)
    inbox.take_all(said)
    sweep()
    Reaction.objects.update(state="waiting", lease_until=clock.now())  # done, and not known to be
    sweep()
    assert Answer.objects.filter(option=1).count() == Answer.objects.count() == 20 and not Thread.objects.exists()
    assert AuditRow.objects.filter(action="notices.answer").count() == 20
    assert AuditRow.objects.filter(action="channels.hear_key").count() == MOST


def test_all_who_write_stop_are_taken_at_once_and_get_one_answer_each(asked):
    numbers = sorted(Delivery.objects.values_list("to", flat=True))
    said = [heard(number, "STOP", "opt_out") for number in numbers]
    said.append(heard(numbers[0], "START", "opt_in", at=clock.unix() + 1))
    inbox.take_all(said)
    inbox.take_all(said)
    assert Consent.objects.count() == 2 * (MOST + 1)
    assert AuditRow.objects.filter(action="channels.hear_opt_out").count() == MOST
    sweep()
    told = {mailing: set(Delivery.objects.filter(mailing=mailing).values_list("to", flat=True))
            for mailing in Mailing.objects.filter(about__startswith="wish:")}  # fmt: skip
    assert sorted(map(len, told.values())) == [1, MOST], "one message to all who wrote the same"
    spanish = Recipient.objects.get(mailing__about__startswith="wish:", language="es")
    assert "emergencia" in spanish.mailing.bodies.get(language="es").short.lower()


def test_two_districts_answer_at_once(asked, district, other_district):
    inbox.take_all(everybody())
    with acting_in(other_district.id):
        inbox.take_all([heard("+15735559999", "Hello?")])
    sweep()
    assert counted() == ALL
    with acting_in(other_district.id):
        assert Thread.objects.get().address == "+15735559999" and not Answer.objects.exists()


def test_a_family_s_page_looks_at_its_own_answer_only(asked, client_as):
    inbox.take_all(everybody(("1",)))
    sweep()
    one = Recipient.objects.order_by("id").first()
    browser = client_as("parent")
    with CaptureQueriesContext(connection) as taken:
        page = browser.get(f"/m/{one.token}").content.decode()
    assert page.count('aria-pressed="true"') == 1
    asked_for = [one["sql"] for one in taken.captured_queries if 'FROM "notices_answer"' in one["sql"]]
    assert asked_for and all('"recipient" IN (' in sql for sql in asked_for), "fifteen thousand answers are not read"
