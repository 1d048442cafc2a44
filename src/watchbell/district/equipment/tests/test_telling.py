"""Who answers for what has fallen silent is pushed to: once, gathered, and not again within ten minutes."""

import pytest

from watchbell.district.accounts.actions import keep_subscription
from watchbell.district.equipment import actions, inbox, jobs
from watchbell.district.equipment.models import Equipment
from watchbell.district.equipment.rules import say_to_owner
from watchbell.district.people.models import Person
from watchbell.district.sites.tests.builders import SITE, build_site
from watchbell.kernel import journal
from watchbell.kernel.bus_thread import bus_thread
from watchbell.kernel.changes import recorded_batch
from watchbell.kernel.jobs import waiting
from watchbell.kernel.models import Announcement, AuditRow
from watchbell.line import clock
from watchbell.wire.base import encode


@pytest.fixture
def moved():
    yield clock.shift
    clock.shift(0)


@pytest.fixture
def sent(monkeypatch):
    """What was given to the reflex, instead of to a bus."""
    asked = []
    monkeypatch.setattr(bus_thread, "keep", lambda where, message, key, timeout=5.0: asked.append(message) or True)
    return asked


@pytest.fixture
def dana(committed_db, district, actor, sent, monkeypatch):
    """The director, who takes pushes and answers for every door; two doors, a test door and the site's staff phones."""
    monkeypatch.setattr("watchbell.district.accounts.actions.is_push_address", lambda address: True)
    keep_subscription(actor, "https://push.invalid/1", "p", "a")
    site = build_site()
    words = {"site_id": site, "kind": "controlled_door", "gateway": "osdp", "state": "online", "heard_at": clock.now()}
    actions.load_equipment([
        *({**words, "name": f"Door {n}", "device": f"d{n}"} for n in (1, 2)),
        {**words, "name": "Test door", "device": "t", "is_test": True},
        {"site_id": site, "kind": "push_group", "name": "Phones", "gateway": "webpush", "device": "P"},
    ])  # fmt: skip
    with recorded_batch("a test's people"):
        person = Person.objects.create(kind="staff", given="Dana", family="Fox", user_id=actor.user_id)
    actions.write_owner_rule(actor, "controlled_door", None, person.pk)
    return person


def fall_silent(*names):
    """The gateway's word; the watch notices it and announces it, and its answers are carried out."""
    with recorded_batch("a test's silence"):
        Equipment.objects.filter(name__in=names).update(state="silent", state_because="No answer.")
    jobs.judge_all(queries_district(), clock.now())
    journal.sweep()


def queries_district():
    return Equipment.objects.values_list("district_id", flat=True).first()


def pushes(sent):
    journal.sweep()
    return [order for asked in sent for order in asked.orders]


def test_silence_is_answered_and_gathered_into_one_push(dana, sent):
    fall_silent("Door 1")
    fall_silent("Door 2", "Test door")
    assert waiting("soon") == 1, "two waves, one job"
    jobs.tell_owner(str(dana.pk))
    (order,) = pushes(sent)
    assert order.action == "push_staff" and order.endpoint.device == "P" and order.mode == "real"
    assert order.params["title"] == f"2 devices at {site_name()} are silent"
    assert order.params["body"] == "Door 1, Door 2" and order.params["audience"] == {"users": [str(dana.user_id)]}
    assert AuditRow.objects.get(action="silence.tell_owner").details["count"] == 2
    assert inbox.is_ours(encode(order)), "on no board"


def site_name():
    from watchbell.district.sites.queries import site_facts

    return site_facts(SITE).name


def test_within_ten_minutes_nothing_more_is_pushed_and_then_the_rest(dana, sent, moved):
    fall_silent("Door 1")
    jobs.tell_owner(str(dana.pk))
    moved(60)
    fall_silent("Door 2")
    jobs.tell_owner(str(dana.pk))
    assert len(pushes(sent)) == 1
    moved(670)
    jobs.tell_owner(str(dana.pk))
    _first, second = pushes(sent)
    assert second.params["title"].startswith("Door 2 at ") and second.params["body"] == "No answer."
    jobs.tell_owner(str(dana.pk))
    moved(1400)
    jobs.tell_owner(str(dana.pk))
    assert len(pushes(sent)) == 2, "what was told is told once"


def test_what_is_back_or_a_tests_is_not_pushed(dana, sent):
    fall_silent("Door 1", "Test door")
    with recorded_batch("a test's door"):
        Equipment.objects.filter(name="Door 1").update(state="online")
    jobs.tell_owner(str(dana.pk))
    assert pushes(sent) == [] and not AuditRow.objects.filter(action="silence.tell_owner").exists()


def test_whom_no_push_reaches_is_not_written_down_as_told(dana, actor, sent):
    from watchbell.district.accounts.actions import remove_subscription
    from watchbell.district.accounts.queries import devices_of

    remove_subscription(actor, devices_of(actor).get().pk)
    fall_silent("Door 1")
    jobs.tell_owner(str(dana.pk))
    assert pushes(sent) == [] and not AuditRow.objects.filter(action="silence.tell_owner").exists()
    assert Announcement.objects.filter(name="EquipmentSilent").count() == 1


def test_a_push_that_comes_late_is_not_sent(dana, sent, moved):
    group = str(Equipment.objects.get(kind="push_group").pk)
    words = {"owner": str(dana.pk), "user": str(dana.user_id), "group": group, "title": "t", "body": "b"}
    jobs.push_owner(**words, at=clock.unix() - 400)
    assert sent == []


@pytest.mark.parametrize(
    ("silent", "said"),
    [
        ([("Door 1", "Lincoln", "not heard since 10:48:12")],
         ("Door 1 at Lincoln is silent", "not heard since 10:48:12")),
        ([("Line", "", "No answer.")], ("Line is silent", "No answer.")),
        ([("B", "Lincoln", ""), ("A", "Lincoln", "")], ("2 devices at Lincoln are silent", "A, B")),
        ([("A", "Lincoln", ""), ("B", "Adams", ""), ("Line", "", "")],
         ("3 devices at 2 sites are silent", "A, B, Line")),
        ([(f"D{n}", "Lincoln", "") for n in range(7)],
         ("7 devices at Lincoln are silent", "D0, D1, D2, D3, D4 and 2 more")),
        ([("A", "", ""), ("B", "", "")], ("2 devices are silent", "A, B")),
    ],
)  # fmt: skip
def test_what_a_push_says(silent, said):
    assert say_to_owner(silent) == said
