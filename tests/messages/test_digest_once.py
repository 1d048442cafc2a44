"""The digests of a day go once, however often they are begun, and nothing of them is lost; in few statements."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.messages.digesting import carry, digests, mail_of, many, write
from watchbell.communication.channels import actions
from watchbell.communication.channels.actions import put_in_digests
from watchbell.communication.channels.models import (
    Batch,
    Delivery,
    Recipient,
)
from watchbell.communication.channels.queries.digests import people_due
from watchbell.communication.notices import jobs
from watchbell.communication.notices.queries.digests import digests_of
from watchbell.communication.notices.rules import times
from watchbell.kernel.acting import acting_in
from watchbell.kernel.changes import recorded_batch
from watchbell.kernel.permissions import system_actor
from watchbell.line.clock import now

pytestmark = pytest.mark.usefixtures("committed_db", "no_bus")


def test_killed_between_two_portions_it_goes_on_and_nobody_is_mailed_twice(client_as, daily, goto, monkeypatch):
    many(daily, 5)
    write(client_as, daily)
    monkeypatch.setattr(jobs, "DIGEST_PORTION", 2)
    goto(17)
    calls = []

    def die(*asked):
        if calls:
            raise SystemExit("killed")
        calls.append(1)
        return put_in_digests(*asked)

    with monkeypatch.context() as patch, pytest.raises(SystemExit):
        patch.setattr(jobs.channels, "put_in_digests", die)
        jobs.send_digests()
    assert len(digests()) == 2
    carry()
    goto(17, 1)
    jobs.send_digests()
    jobs.send_digests()
    people = [one.person_id for one in digests()]
    assert len(people) == len(set(people)) == 6 and len({one.mailing_id for one in digests()}) == 1
    assert not Delivery.objects.filter(mailing__about__startswith="notice:", digest=None).exists()


def test_killed_after_gathering_nothing_is_gathered_again(client_as, daily, goto, monkeypatch):
    write(client_as, daily)
    goto(17)
    with monkeypatch.context() as patch, pytest.raises(SystemExit):
        patch.setattr(jobs.channels, "close_waiting", lambda moment: (_ for _ in ()).throw(SystemExit()))
        jobs.send_digests()
    jobs.send_digests()
    assert len(digests()) == 1
    assert not Batch.objects.filter(state="digest").exists()


def test_missed_at_its_hour_it_goes_when_that_is_noticed_as_the_same_day_s(client_as, daily, goto):
    write(client_as, daily)
    goto(19, 40)
    jobs.send_digests()
    (mine,) = digests()
    assert mine.mailing.about.endswith(":2026-12-02")


def test_missed_until_the_quiet_hours_it_waits_for_the_morning(client_as, daily, goto, monkeypatch):
    write(client_as, daily)
    goto(22)
    with monkeypatch.context() as patch:
        patch.setattr(times, "is_quiet", lambda at, purpose, quiet: quiet.holds(at))
        jobs.send_digests()
        assert digests() == []
        goto(7, days=1)
        jobs.send_digests()
    assert digests()[0].mailing.about.endswith(":2026-12-02")


def test_what_comes_late_for_a_day_whose_digest_has_gone_is_put_off(client_as, daily, goto):
    write(client_as, daily)
    late = write(client_as, daily, "Choir")
    with recorded_batch("a test's delay"):
        Batch.objects.filter(mailing__about=f"notice:{late.pk}").update(
            not_before=now() + timedelta(hours=5, minutes=1)
        )
    goto(17)
    jobs.send_digests()
    goto(17, 2)
    jobs.send_digests()
    assert len(digests()) == 1 and mail_of(late).because == "In the digest of 3 December, goes at 17:00."


def test_however_many_a_portion_takes_the_same_statements(client_as, daily, goto):
    counts = []
    for day, (first, people) in enumerate(((0, 3), (3, 60))):
        many(daily, people, first=first)
        goto(12, days=day)
        for title in ("Picnic", "Choir", "Chess"):
            write(client_as, daily, title)
        goto(17, days=day)
        with CaptureQueriesContext(connection) as seen:
            jobs.send_digests()
        sent = [one for one in digests() if one.mailing.about.endswith(f"-0{2 + day}")]
        assert len(sent) == first + people + 1 and {one.fields["count"] for one in sent} == {"3"}
        counts.append(len(seen))
    assert counts[0] == counts[1] < 60


def test_each_portion_more_takes_a_bounded_number_more(client_as, daily, goto, monkeypatch):
    many(daily, 39)
    monkeypatch.setattr(jobs, "DIGEST_PORTION", 10)
    write(client_as, daily)
    goto(17)
    with CaptureQueriesContext(connection) as seen:
        jobs.send_digests()
    assert len(digests()) == 40 and len(seen) < 4 * 35 + 30


def test_what_went_another_way_while_it_was_gathered_is_left_alone(client_as, daily, goto, district):
    first, second = write(client_as, daily), write(client_as, daily, "Choir")
    goto(17)
    ready, left = digests_of(people_due(now(), None, 10), now())
    assert len(ready) == 1 and not left
    mailing = actions.begin_digest(system_actor(district.pk), now(), [], {})
    actions.set_routine_mail(system_actor(district.pk), daily.mother, False, "On their own page")
    assert actions.put_in_digests(mailing, now(), ready, left) == 0
    assert digests() == [] and {mail_of(one).batch.state for one in (first, second)} == {"waiting"}
    assert not Delivery.objects.filter(digest__isnull=False).exists()


def test_whoever_is_not_in_the_records_any_more_is_passed_over(client_as, daily, goto):
    notice = write(client_as, daily)
    with recorded_batch("a test's deletion"):
        Recipient.objects.update(person=None)
    goto(17)
    jobs.send_digests()
    assert mail_of(notice).because == "They are not in the records any more."
    assert not Batch.objects.filter(state="digest").exists()


def test_another_district_s_mails_are_not_touched(client_as, daily, goto, other_district):
    write(client_as, daily)
    goto(17)
    with acting_in(other_district.pk):
        jobs.send_digests()
        assert digests() == []
    jobs.send_digests()
    assert len(digests()) == 1
