"""Reports taken: once each, each with its verdict, late ones too; questions answered; looks recorded; rooms told."""

from datetime import timedelta

import pytest

from watchbell.district.sites.tests.builders import SITE, room_of
from watchbell.kernel.bus_thread import bus_thread
from watchbell.kernel.changes import recorded_batch
from watchbell.kernel.models import AuditRow
from watchbell.line import clock
from watchbell.line.errors import NotFound, Refused
from watchbell.line.ids import new_id
from watchbell.response.accountability import actions, jobs, queries
from watchbell.response.accountability.models import PersonReport
from watchbell.response.accountability.tests.builders import ANA, GYM, MARISOL, TOM, build_roll, told
from watchbell.response.incidents.actions import give_all_clear
from watchbell.response.incidents.models import Incident, RoomCheckIn, TimelineEntry
from watchbell.response.incidents.queries import roll_of


@pytest.fixture(autouse=True)
def sent(monkeypatch):
    monkeypatch.setattr(bus_thread, "keep", lambda subject, message, key: True)


@pytest.fixture
def teacher(actor_as):
    return actor_as("teacher", None)


@pytest.fixture
def incident(committed_db, district, actor, teacher):
    return build_roll(actor, teacher)


def picture(incident):
    return queries.picture_of(Incident.objects.get(id=incident))


def test_a_report_is_kept_once_however_often_it_comes(incident, teacher, hints):
    batch = [told(MARISOL), told(TOM, "missing")]
    assert [one.verdict for one in actions.take_reports(teacher, incident, batch)] == ["kept", "kept"]
    assert [one.verdict for one in actions.take_reports(teacher, incident, batch)] == ["repeated", "repeated"]
    assert [one.verdict for one in actions.take_reports(teacher, incident, [batch[0], batch[0], told(ANA)])] == [
        "repeated", "repeated", "kept",
    ]  # fmt: skip
    assert PersonReport.objects.count() == 3 and f"incident:{incident}" in hints
    assert AuditRow.objects.filter(action="accountability.take_reports").count() == 3


def test_one_bad_report_refuses_only_itself(incident, teacher):
    batch = [told(state="gone"), told(id=""), told(new_id()), told(place=new_id()), told(None, kind="student"),
             told(None, count=0), told(MARISOL, made_at=clock.now() - timedelta(days=2)), told(TOM)]  # fmt: skip
    verdicts = actions.take_reports(teacher, incident, batch)
    assert [one.verdict for one in verdicts] == ["refused"] * 7 + ["kept"]
    assert all(one.because for one in verdicts[:7])


def test_the_rooms_of_the_incident_say_what_the_reports_say(incident, teacher):
    actions.take_reports(teacher, incident, [told(MARISOL, "missing"), told(TOM, "injured"), told(ANA)])
    row = next(one for one in roll_of(Incident.objects.get()) if one.place == room_of())
    assert (row.state, row.injured, row.missing, row.accounted, row.by) == ("injured", 1, 1, 2, teacher.name)
    assert TimelineEntry.objects.filter(kind="room", what__contains="injured").exists()
    assert not TimelineEntry.objects.filter(because__contains="Vega").exists(), "no student's name in the timeline"


def test_who_is_found_elsewhere_is_not_missing_from_the_room_any_more(incident, teacher, actor):
    actions.take_reports(teacher, incident, [told(MARISOL, "missing"), told(TOM), told(ANA)])
    actions.take_reports(actor, incident, [told(MARISOL, place=GYM, way="name")])
    found = picture(incident)
    assert found.totals.missing == 0 and not found.questions
    row = next(one for one in roll_of(Incident.objects.get()) if one.place == room_of())
    assert row.state == "safe"


def test_two_places_are_asked_of_both_reporters_and_answered_by_one(incident, teacher, actor, actor_as):
    actions.take_reports(teacher, incident, [told(MARISOL)])
    actions.take_reports(actor, incident, [told(MARISOL, place=GYM)])
    subject = f"person:{MARISOL}"
    assert [len(queries.questions_for(who, picture(incident), SITE)) for who in (teacher, actor)] == [1, 1]
    stranger = actor_as("staff")
    assert not queries.questions_for(stranger, picture(incident), SITE)
    with pytest.raises(Refused):
        actions.answer_question(stranger, incident, subject, None)
    with pytest.raises(NotFound):
        actions.answer_question(teacher, incident, subject, new_id())
    here = next(one for one in picture(incident).standings[subject].rivals if one.place == GYM)
    actions.answer_question(teacher, incident, subject, here.id, "I see her there")
    found = picture(incident)
    assert not found.questions and found.standings[subject].report.place == GYM
    assert PersonReport.objects.count() == 2, "both words stay"
    assert AuditRow.objects.filter(action="accountability.answer_question", why="I see her there").exists()


def test_a_late_report_from_a_phone_without_network_overwrites_nothing(incident, teacher, actor):
    begun = clock.now()
    Incident.objects.filter(id=incident)
    from watchbell.kernel.changes import recorded_batch

    with recorded_batch("the incident began earlier"):
        Incident.objects.filter(id=incident).update(opened_at=begun - timedelta(minutes=30))
    actions.take_reports(teacher, incident, [told(MARISOL, made_at=begun - timedelta(minutes=2))])
    actions.take_reports(
        teacher, incident, [told(MARISOL, "missing", made_at=begun - timedelta(minutes=20)),
                            told(TOM, made_at=begun - timedelta(minutes=20))],
    )  # fmt: skip
    found = picture(incident)
    assert found.standings[f"person:{MARISOL}"].report.state == "safe" and found.totals.accounted == 2
    newest = RoomCheckIn.objects.order_by("at", "id").last()
    assert newest.state == "safe" and newest.accounted == 2


def test_what_was_said_before_the_end_is_taken_after_it(incident, teacher, actor):
    said_at = clock.now()
    give_all_clear(actor, incident, "over")
    from watchbell.kernel.changes import recorded_batch

    with recorded_batch("closed"):
        Incident.objects.filter(id=incident).update(state="closed", closed_at=clock.now() + timedelta(seconds=1))
    late = actions.take_reports(teacher, incident, [told(MARISOL, made_at=said_at)])
    assert late[0].verdict == "kept"


def test_guests_and_a_name_typed_without_a_network(incident, teacher):
    verdicts = actions.take_reports(teacher, incident, [
        told(None, name="Parents", count=3, kind="guest", place=GYM), told(None, name="marisol VEGA", kind="student"),
        told(None, name="Nobody Known", kind="student"),
    ])  # fmt: skip
    assert [one.verdict for one in verdicts] == ["kept"] * 3
    found = picture(incident)
    assert f"person:{MARISOL}" in found.standings and found.standings["name:nobody known"].report.person is None
    assert found.totals.guests == 4


def test_a_substitute_takes_a_room_for_the_day(incident, actor_as):
    sub = actor_as("staff")
    assert queries.lists_of(sub)["lists"] == []
    sub = actor_as("teacher", SITE)
    actions.stand_in(sub, room_of())
    kept = queries.lists_of(sub)
    assert [one["place"] for one in kept["lists"]] == [str(room_of())] and kept["lists"][0]["is_now"]
    assert {one["name"] for one in kept["lists"][0]["people"]} >= {"Marisol Vega", "Tom Ames", "Ana Bell"}
    assert set(kept["lists"][0]["people"][0]) == {"id", "name", "kind"}, "names only"


def test_the_own_class_is_the_list_and_names_stay_at_the_own_site(incident, teacher, actor_as):
    kept = queries.lists_of(teacher)
    assert kept["lists"][0]["title"] == "Homeroom 101" and len(kept["lists"][0]["people"]) == 4
    assert kept["lists"][0]["people"][-1]["name"] == "Kemi Okafor"
    assert kept["incidents"][0]["id"] == str(incident)
    with pytest.raises(Refused):
        queries.find_people(actor_as("dispatcher"), "Vega")
    elsewhere = actor_as("nurse", None)
    assert [one["name"] for one in queries.find_people(elsewhere, "Veg")] == ["Marisol Vega"]


def test_a_look_at_names_is_one_audit_row_for_some_minutes(incident, teacher):
    from django.core.cache import cache

    cache.clear()
    for _ in range(3):
        actions.note_look(teacher, "see_roll", incident, 12)
    assert AuditRow.objects.filter(action="accountability.see_roll").count() == 1
    actions.note_look(teacher, "see_roll", "another", 0)
    assert AuditRow.objects.filter(action="accountability.see_roll").count() == 1


def word(state="safe", place=None, **more):
    return {"id": str(new_id()), "state": state, "place": place or room_of(), "accounted": 4, **more}


def room():
    return next(one for one in roll_of(Incident.objects.get()) if one.place == room_of())


def test_what_was_said_of_a_room_is_kept_once_at_the_time_it_was_said(incident, teacher):
    opened = Incident.objects.get().opened_at
    with recorded_batch("test"):
        Incident.objects.update(opened_at=opened - timedelta(minutes=20))
    said = clock.now() - timedelta(minutes=10)
    batch = [word("help", made_at=said, note="Smoke"), word("safe", made_at=said + timedelta(minutes=4))]
    assert [one.verdict for one in jobs.take_rooms(teacher, incident, batch)] == ["kept", "kept"]
    assert [one.verdict for one in jobs.take_rooms(teacher, incident, batch)] == ["repeated", "repeated"]
    earlier = word("missing", made_at=said + timedelta(minutes=1))  # another phone's older word comes last
    assert jobs.take_rooms(teacher, incident, [earlier])[0].verdict == "kept"
    assert RoomCheckIn.objects.count() == 3 and (room().state, room().at) == ("safe", said + timedelta(minutes=4))
    told_of = TimelineEntry.objects.filter(kind="room").order_by("at").first()
    assert told_of.what == "Room 101: need help" and told_of.at == said
    assert told_of.because == "Smoke Kept on a device without a network; it came 10 min later."
    assert picture(incident).totals.accounted == 4
    assert AuditRow.objects.filter(action="incidents.check_in_room").count() == 3


def test_a_bad_word_on_a_room_refuses_only_itself(incident, teacher, actor_as):
    bad = [word("fine"), word(id=""), word(id="roll-1"), word(place=new_id()), word(accounted=-1),
           {"id": "x", "state": "safe", "accounted": 0}, word(made_at=clock.now() - timedelta(days=2))]  # fmt: skip
    verdicts = jobs.take_rooms(teacher, incident, [*bad, word()])
    assert [one.verdict for one in verdicts] == ["refused"] * 7 + ["kept"] and all(one.because for one in verdicts[:7])
    with pytest.raises(Refused):
        jobs.take_rooms(actor_as("driver"), incident, [word()])
    with pytest.raises(Refused, match="At most"):
        jobs.take_rooms(teacher, incident, [word()] * 501)


def test_a_room_said_before_the_end_is_taken_after_it_and_one_said_later_is_not(incident, teacher):
    said, closed = clock.now() - timedelta(minutes=30), clock.now() - timedelta(minutes=10)
    with recorded_batch("test"):
        Incident.objects.update(opened_at=said - timedelta(minutes=5), state="closed", closed_at=closed)
    late, too_late = word("help", made_at=said), word(made_at=closed + timedelta(minutes=1))
    verdicts = jobs.take_rooms(teacher, incident, [late, too_late])
    assert [one.verdict for one in verdicts] == ["kept", "refused"] and "closed" in verdicts[1].because
    assert room().state == "help"
