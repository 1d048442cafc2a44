"""Slow work: enqueued with its transaction, carried out in its district, retried, rescued, in its turn."""

import asyncio
from datetime import timedelta
from uuid import uuid4

import pytest
from asgiref.sync import sync_to_async
from django.db import connection, connections, transaction

from watchbell.kernel import jobs, tidy
from watchbell.kernel.acting import acting_district, acting_in
from watchbell.kernel.changes import recorded_batch, recorded_change
from watchbell.kernel.models import Announcement, Reaction
from watchbell.line import clock

DONE: list[tuple[str, str]] = []


def note(word: str) -> None:
    DONE.append((str(acting_district()), word))


def fail_at_first(word: str) -> None:
    note(word)
    if len(DONE) < 2:
        raise OSError("the other end is away")


@pytest.fixture
def wired(committed_db, district):
    DONE.clear()
    before = dict(jobs._jobs), list(jobs._periodic)
    jobs.wire_up({"note": note, "fail": fail_at_first}, [jobs.Periodic("note", "0 6 * * *")])
    with connection.cursor() as cursor:
        cursor.execute("delete from procrastinate_jobs")
    yield district
    jobs.wire_up(*before)


def work() -> None:
    asyncio.run(jobs.work(asyncio.Event(), is_forever=False))


def test_a_job_runs_in_the_district_that_asked(wired, other_district):
    jobs.enqueue("note", {"word": "a"})
    with acting_in(other_district.id):
        jobs.enqueue("note", {"word": "b"})
    assert jobs.waiting() == 2
    work()
    assert set(DONE) == {(str(wired.id), "a"), (str(other_district.id), "b")} and jobs.waiting() == 0


def test_a_job_is_there_when_its_change_is_and_not_otherwise(wired, actor):
    with pytest.raises(ZeroDivisionError), recorded_change(actor, "test.undone") as change:
        change.ask_slowly("note", word="never")
        raise ZeroDivisionError
    with recorded_change(actor, "test.done") as change:
        change.ask_slowly("note", word="once", once="x")
        change.ask_slowly("note", word="once", once="x")
    work()
    assert [word for _, word in DONE] == ["once"]


def test_unknown_work_is_refused_where_it_is_asked(wired):
    with pytest.raises(LookupError):
        jobs.enqueue("nothing", {})
    with pytest.raises(LookupError):
        jobs.wire_up({}, [jobs.Periodic("nothing", "* * * * *")])


def test_what_fails_is_tried_again(wired):
    jobs.enqueue("fail", {"word": "w"})
    work()
    assert len(DONE) == 1 and jobs.waiting() == 1
    with connection.cursor() as cursor:
        cursor.execute("update procrastinate_jobs set scheduled_at = now() - interval '1 second'")
    work()
    assert len(DONE) == 2 and jobs.waiting() == 0


@pytest.mark.parametrize(("attempts", "seconds"), [(0, 1), (1, 2), (5, 32), (6, None), (60, None)])
def test_retries_wait_longer_each_time_and_end(attempts, seconds):
    assert jobs.judge_retry(attempts) == seconds


def test_periodic_work_is_enqueued_once_for_each_district(wired, other_district):
    assert jobs.come_round(1_800_000_000, "note") >= 2
    assert jobs.come_round(1_800_000_000, "note") == 0


def test_what_was_carried_out_a_week_ago_is_forgotten_and_failures_stay(wired):
    long_ago = clock.now() - timedelta(days=8)
    with recorded_batch("test"), transaction.atomic():
        for state in ("done", "dead", "waiting"):
            row = Announcement.objects.create(name=f"Old {state}", body={}, at=long_ago)
            Reaction.objects.create(
                announcement=row, name=str(uuid4()), state=state, lease_until=long_ago, done_at=long_ago
            )
        Announcement.objects.create(name="Nobody asked", body={}, at=long_ago)
        Announcement.objects.create(name="New", body={})
    tidy.forget_carried_out()
    assert set(Announcement.objects.values_list("name", flat=True)) >= {"Old dead", "Old waiting", "New"}
    assert not Announcement.objects.filter(name__in=["Old done", "Nobody asked"]).exists()


def test_a_mass_of_jobs_is_begun_at_once_also_by_a_worker_that_idled(wired):
    """Twelve looks at an empty queue, then 20,000 jobs: the plan for an empty table would take minutes."""
    fetch = "select id from procrastinate_fetch_job_v2(array['normal'], null::bigint)"
    with connection.cursor() as cursor:
        for _ in range(12):
            cursor.execute(fetch)
        cursor.execute(
            "insert into procrastinate_jobs (queue_name, task_name, args, attempts, status) "
            "select 'normal', 'watchbell:run', '{}'::jsonb, 0, 'todo' from generate_series(1, 20000)"
        )
        cursor.execute("set statement_timeout = '8s'")
        cursor.execute(fetch)
        assert cursor.fetchone()[0]
        cursor.execute("reset statement_timeout")
        cursor.execute("delete from procrastinate_jobs")


def test_what_was_asked_for_is_due_at_once_whatever_the_databases_clock_says(committed_db, actor, monkeypatch):
    from watchbell.kernel import journal

    monkeypatch.setattr(journal, "_jobs", {"note": note})
    DONE.clear()
    clock.shift(3600)
    try:
        with recorded_change(actor, "test.later") as change:
            change.ask_later("note", word="now")
        journal.sweep()
    finally:
        clock.shift(0)
    assert [word for _, word in DONE] == ["now"]


def _kill_own_connection() -> None:
    """As an outage leaves it: closed at the other end, and nobody has noticed."""
    connection.ensure_connection()
    connection.connection.close()


async def _defer_after_an_outage() -> None:
    """What comes round is enqueued on Django's connection, in the thread for such work."""
    await sync_to_async(_kill_own_connection)()
    await jobs.work(asyncio.Event(), is_forever=False)
    await jobs.django_app.configure_task("watchbell:come_round").defer_async(timestamp=1, job="note")
    await sync_to_async(connections.close_all)()


def test_what_comes_round_does_so_again_after_the_database_was_away(wired):
    asyncio.run(_defer_after_an_outage())
    with connection.cursor() as cursor:
        cursor.execute("select count(*) from procrastinate_jobs where task_name = 'watchbell:come_round'")
        assert cursor.fetchone() == (1,)
