"""The audit page: whole days of the district, said wrongly or rightly, in pages, in the CSV, by an index."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection, transaction

from watchbell.district.accounts import pages, queries
from watchbell.kernel.changes import recorded_batch
from watchbell.kernel.models import AuditRow, District
from watchbell.kernel.zones import shown_in, span_of_days, zone_of
from watchbell.line.errors import Refused

DENVER = ZoneInfo("America/Denver")


@pytest.fixture
def log(committed_db, actor):
    """A Denver district; a row an hour from 1 March 06:00 UTC (23:00 the day before in Denver), for three days."""
    with recorded_batch("a test's log"):
        District.objects.filter(id=actor.district).update(timezone="America/Denver")
        first = datetime(2026, 3, 1, 6, tzinfo=UTC)
        rows = [AuditRow(at=first + timedelta(hours=n), actor_name="Clock", action="tick", target=f"tick {n:03}")
                for n in range(72)]  # fmt: skip
        AuditRow.objects.bulk_create(rows)
    zone_of.cache_clear()
    yield
    zone_of.cache_clear()


@pytest.fixture
def ask(log, actor, rf):
    def get(**query):
        request = rf.get("/audit", query)
        request.actor = actor
        with shown_in(actor.district):
            return pages.audit_page(request)

    return get


def ticks(answer):
    return [f"tick {n:03}" for n in range(72) if f"tick {n:03}" in answer.content.decode()]


@pytest.mark.parametrize(
    ("since", "until", "first", "after"),
    [
        ("", "", None, None),
        ("2026-03-08", "2026-03-08", datetime(2026, 3, 8, 7, tzinfo=UTC), datetime(2026, 3, 9, 6, tzinfo=UTC)),
        ("2026-03-02", "", datetime(2026, 3, 2, 7, tzinfo=UTC), None),
        ("", "2026-03-02", None, datetime(2026, 3, 3, 7, tzinfo=UTC)),
        ("", "9999-12-31", None, None),
    ],
)
def test_days_are_whole_and_local_also_when_the_clock_changes(since, until, first, after):
    assert span_of_days(since, until, DENVER) == (first, after)


@pytest.mark.parametrize(("since", "until", "says"), [("2026-02-30", "", "no date"), ("", "yesterday", "no date"),
                                                      ("2026-03-03", "2026-03-02", "Exchange")])  # fmt: skip
def test_what_is_no_span_is_said_and_shows_nothing(ask, since, until, says):
    answer = ask(since=since, until=until, format="csv")
    text = answer.content.decode()
    assert says in text and 'role="alert"' in text and ticks(answer) == [] and "format=csv" not in text
    with pytest.raises(Refused, match=says):
        span_of_days(since, until, DENVER)


def test_the_days_chosen_hold_in_the_page_its_further_pages_and_the_csv(ask):
    answer = ask(since="2026-03-01", until="2026-03-02")
    text = answer.content.decode()
    assert len(ticks(answer)) == 48 and "tick 000" not in text, "23:00 of 28 February in Denver"
    assert 'type="date" id="f-since" name="since" value="2026-03-01"' in text
    assert "since=2026-03-01&amp;until=2026-03-02&amp;format=csv" in text and "America/Denver" in text
    assert "Mar 1, 2026, 00:00:00" in text, "moments are shown as the days are counted"
    assert len(ticks(ask(since="2026-03-01", until="2026-03-02", format="csv"))) == 48
    wide = ask(since="2026-02-28", action="tick").content.decode()
    assert (
        "since=2026-02-28&amp;action=tick&amp;page=2" in wide or "action=tick&amp;since=2026-02-28&amp;page=2" in wide
    )
    rest = ask(since="2026-02-28", action="tick", page="2")
    assert len(ticks(rest)) == 22 and "page=2&amp;format=csv" not in rest.content.decode()
    nothing = ask(until="2020-01-01").content.decode()
    assert "as America/Denver counts them" in nothing and "{{" not in nothing
    assert ticks(ask(q="no\0body")) == [] and ticks(ask(since="2026-03-02", q="tick 030")) == ["tick 030"]


def test_the_days_are_found_by_the_index(log, actor):
    first, after = span_of_days("2026-03-02", "2026-03-02", DENVER)
    rows = queries.audit_rows(actor, since=first, before=after)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("set local enable_seqscan = off")
        plan = rows[:50].explain()
    assert "audit_newest" in plan and "Presorted Key" in plan, plan
    condition = next(line for line in plan.splitlines() if "Index Cond" in line)
    assert "at >=" in condition and "at <" in condition, plan
    assert date(2026, 3, 2).isoformat() in condition
