"""Nothing routine comes in the district's quiet hours, whichever way it takes and however late it is its turn."""

from datetime import datetime, timedelta

import pytest

from watchbell.communication.channels import actions, jobs
from watchbell.communication.channels.facts import FAILED, SENT, SKIPPED, WAITING
from watchbell.communication.channels.models import Batch, Delivery, Mailing, Recipient
from watchbell.communication.channels.queries.waiting import progress_with_reasons
from watchbell.communication.channels.tests.builders import (
    add_carrier,
    add_carriers,
    build_mailing,
    contact,
    hand_out,
    states_of,
    tell,
)
from watchbell.kernel.bus_thread import bus_thread
from watchbell.kernel.changes import recorded_batch
from watchbell.kernel.zones import zone_of
from watchbell.line import clock


@pytest.fixture
def kept(committed_db, district, hints, monkeypatch):
    """What was published."""
    found = []
    monkeypatch.setattr(bus_thread, "keep", lambda subject, message, key: found.append(message) or True)
    return found


@pytest.fixture
def goto(district):
    """`goto(20, 45)`: it is that hour of the same day; `goto(7, days=1)`: of the next."""
    zone = zone_of(district.pk)

    def go(hour, minute=0, days=0):
        wanted = datetime(2026, 12, 2, hour, minute, tzinfo=zone) + timedelta(days=days)
        clock.shift(wanted.timestamp() - (clock.unix() - clock.shifted()))

    yield go
    clock.shift(0)


MAIL_FIRST = ("email", "text")


def tick():
    jobs.tend_mailings()
    jobs.feed_carriers()


def say(channel):
    return set(Delivery.objects.filter(channel=channel, state=WAITING).values_list("because", flat=True))


def with_room(mailing):
    """It holds longer than the night."""
    with recorded_batch("a test"):
        Mailing.objects.filter(pk=mailing).update(expires_at=clock.now() + timedelta(days=1))


def test_the_next_way_waits_for_the_morning_and_the_ways_after_it_in_turn(kept, actor, goto):
    goto(20, 45)
    phone, relay, _ = add_carriers()
    people = [contact(number, order=("email", "text", "voice")) for number in (1, 2)]
    mailing = build_mailing(actor, people, purpose="routine", channels=("email", "text", "voice"), next_after=1800)
    with_room(mailing)
    tick()
    (mail,) = kept
    batch = Batch.objects.get(channel="email")
    tell(batch, relay, 1, {pk: "sent" for pk in Delivery.objects.filter(batch=batch).values_list("pk", flat=True)})
    for hour, minute in ((21, 16), (21, 50), (23, 0)):
        goto(hour, minute)
        tick()
    assert kept == [mail] and states_of(mailing)["text"] == [WAITING] * 2
    assert say("text") == {"The district is quiet: it goes at 07:00 at the earliest."}
    assert say("voice") == {"The district is quiet: it goes at 07:30 at the earliest."}
    actions.mark_opened(Recipient.objects.get(name="Parent 1").pk)
    goto(6, 59, days=1)
    tick()
    assert kept == [mail] and sorted(states_of(mailing)["text"]) == [WAITING, SKIPPED]
    goto(7, 0, days=1)
    tick()
    assert [(one.channel, len(one.recipients)) for one in kept[1:]] == [("text", 1)]
    text = Batch.objects.get(channel="text")
    tell(text, phone, 1, {Delivery.objects.get(batch=text, state=WAITING).pk: "sent"})
    goto(7, 31, days=1)
    tick()
    assert [one.channel for one in kept[1:]] == ["text", "voice"]


def test_the_progress_says_what_waits_for_the_morning(kept, actor, goto):
    goto(21, 30)
    add_carrier()
    mailing = build_mailing(actor, [contact(1)], purpose="routine", channels=("text",))
    tick()
    said = progress_with_reasons(Mailing.objects.get(pk=mailing)).why
    assert said == ("Texts wait: The district is quiet: it goes at 07:00 at the earliest.",)


def test_what_failed_by_one_way_rings_nobody_by_the_next_at_night(kept, actor, goto):
    goto(20, 45)
    relay, _ = add_carrier("mail_relay", "smtp"), add_carrier()
    with_room(build_mailing(actor, [contact(1, order=MAIL_FIRST)], purpose="routine", next_after=1800))
    goto(21, 1)
    batch = Batch.objects.get(channel="email")
    tell(batch, relay, hand_out(batch, relay), {Delivery.objects.get(batch=batch).pk: "failed"})
    tick()
    assert kept == []
    goto(7, 0, days=1)
    tick()
    assert [one.channel for one in kept] == ["text"]


@pytest.mark.parametrize(("purpose", "channels"), [("routine", ("text", "email")), ("newsletter", ("email",))])
def test_what_is_told_again_or_begins_at_night_waits(kept, actor, goto, purpose, channels):
    goto(21, 30)
    for kind, gateway in (("text_carrier", "sms"), ("mail_relay", "smtp")):
        add_carrier(kind, gateway)
    mailing = build_mailing(actor, [contact(1)], purpose=purpose, channels=channels)
    tick()
    tick()
    assert kept == [] and say("email") == {"The district is quiet: it goes at 07:00 at the earliest."}
    assert Mailing.objects.get().state == "sending"
    with_room(mailing)
    goto(7, 0, days=1)
    tick()
    assert sorted(one.channel for one in kept) == sorted(channels)


def test_what_has_ended_by_the_morning_is_not_sent(kept, actor, goto):
    goto(21, 30)
    add_carrier()
    mailing = build_mailing(actor, [contact(1)], purpose="routine", channels=("text",))
    tick()
    goto(7, 0, days=1)
    tick()
    jobs.end_expired()
    assert kept == [] and states_of(mailing)["text"] == [FAILED]


@pytest.mark.parametrize(("purpose", "mode"), [("emergency", "real"), ("attendance", "real"), ("routine", "drill")])
def test_emergencies_attendance_and_drills_are_never_held(kept, actor, goto, purpose, mode):
    goto(23)
    add_carrier(is_test=mode != "real")
    mailing = build_mailing(actor, [contact(1)], purpose=purpose, mode=mode, channels=("text",))
    tick()
    assert [one.purpose for one in kept] == [purpose] and states_of(mailing)["text"] == [WAITING]


def test_posts_ring_nobody_and_go_at_night(kept, actor, goto):
    goto(23)
    account = add_carrier("social_account", "social")
    mailing = build_mailing(actor, [], purpose="routine")
    actions.add_posts(mailing, [str(account)], "en", "https://x.invalid/1")
    tick()
    assert [one.channel for one in kept] == ["post"]
    tell(Batch.objects.get(), account, 1, {Delivery.objects.get().pk: "sent"})
    assert states_of(mailing)["post"] == [SENT]
