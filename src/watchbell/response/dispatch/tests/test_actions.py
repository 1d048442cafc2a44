"""Answers, messages, links and updates: what is written, what is sent, what is refused."""

import msgspec
import pytest

from watchbell.district.sites.tests.builders import room_of
from watchbell.kernel.bus_thread import bus_thread
from watchbell.kernel.changes import recorded_batch
from watchbell.kernel.models import AuditRow, Reaction
from watchbell.line import clock, passes
from watchbell.line.errors import Conflict, NotFound, Refused
from watchbell.line.signing import Signer
from watchbell.response.dispatch import actions, jobs, queries
from watchbell.response.dispatch.models import DispatchLink, DispatchMessage, DispatchUpdate
from watchbell.response.incidents import actions as incidents
from watchbell.response.incidents.models import BoardEntry, Incident, StaffConfirmation, TimelineEntry
from watchbell.response.incidents.tests.builders import build_incident, order, raised, receipt
from watchbell.response.plans.tests.builders import CENTRE
from watchbell.wire.order import Acknowledged
from watchbell.wire.press import OrdersAsked


@pytest.fixture
def sent(monkeypatch):
    """What the jobs gave to the bus, by subject, instead of a bus."""
    found = []
    monkeypatch.setattr(bus_thread, "keep", lambda subject, message, key: found.append((subject, message)) or True)
    yield found
    clock.shift(0)


@pytest.fixture
def incident(committed_db, district, actor, sent):
    return build_incident(actor)


def answers(sent):
    return [message for _, message in sent if isinstance(message, Acknowledged)]


def updates(sent):
    return [one for _, message in sent if isinstance(message, OrdersAsked) for one in message.orders
            if one.action == "update_dispatch"]  # fmt: skip


def test_an_acknowledgement_goes_where_the_reflex_hears_it_and_counts_once(incident, actor_as, sent, district):
    police = actor_as("dispatcher")
    actions.acknowledge(police, incident)
    actions.acknowledge(police, incident)
    subject, told = sent[-1]
    assert subject.startswith(f"wb.{district.id}.") and ".receipt.dispatch." in subject
    assert (told.what, told.press, told.by_name) == ("dispatch_acknowledged", "p1", police.name)
    assert told.order == "p1-tell_dispatch-" + str(CENTRE)[:8] and len({one.id for one in answers(sent)}) == 1
    incidents.take_acknowledgements(answers(sent))
    assert StaffConfirmation.objects.count() == 1 and Incident.objects.get().dispatch_state.startswith("Acknowledged")
    assert Incident.objects.get().acknowledged_at is not None
    clock_ = queries.clock_of(Incident.objects.get())
    assert clock_.acknowledged_by == police.name and clock_.told == (order(CENTRE).endpoint.name,)
    assert AuditRow.objects.filter(action="dispatch.acknowledge").count() == 2


def test_a_school_s_own_people_do_not_acknowledge_for_911(incident, actor, actor_as):
    for who in (actor, actor_as("teacher")):
        with pytest.raises(Refused):
            actions.acknowledge(who, incident)


def test_units_are_reported_and_stand_in_the_table(incident, actor_as, sent):
    police = actor_as("police")
    for state in ("assigned", "on_scene"):
        actions.report_unit(police, incident, " Adam  12 ", state)
    with pytest.raises(Refused, match="Assigned, En route"):
        actions.report_unit(police, incident, "Adam 12", "asleep")
    with pytest.raises(Refused, match="Say which unit"):
        actions.report_unit(police, incident, " ", "assigned")
    incidents.take_acknowledgements(answers(sent))
    (unit,) = queries.units_of_incident(Incident.objects.get())
    assert (unit.name, unit.state) == ("Adam 12", "on_scene")


def test_what_cannot_be_sent_now_is_sent_when_the_bus_is_back(incident, actor_as, monkeypatch):
    monkeypatch.setattr(bus_thread, "keep", lambda *_: False)
    actions.acknowledge(actor_as("dispatcher"), incident)
    waiting = Reaction.objects.get(name="dispatch.send_answer")
    assert waiting.state == "waiting" and "bus is away" in waiting.error


def test_messages_go_both_ways_and_stand_in_the_timeline(incident, actor, actor_as):
    actions.send_message(actor, incident, "school", "They are in the gym")
    actions.send_message(actor_as("dispatcher"), incident, "dispatch", "Two cars in four minutes")
    with pytest.raises(Refused, match="Write something"):
        actions.send_message(actor, incident, "school", "  ")
    assert [one.side for one in queries.messages_of(Incident.objects.get())] == ["school", "dispatch"]
    told = TimelineEntry.objects.filter(kind="note").values_list("because", flat=True)
    assert {"To 911 and police: They are in the gym", "To School: Two cars in four minutes"} <= set(told)


# -- updates ------------------------------------------------------------------------------------------------------


def board(sent, state="done", because=""):
    """The newest update as the board has it once its receipt has come."""
    newest = updates(sent)[-1]
    incidents.take_orders([newest])
    incidents.take_receipts([receipt(newest, state, because)])


def test_a_centre_hears_when_a_room_needs_help_and_not_before(incident, actor, sent):
    assert jobs.update_centres() == 0, "nothing is new"
    incidents.check_in_room(actor, incident, room_of(), "injured", accounted=3, note="Tourniquet")
    assert jobs.update_centres() == 1 and jobs.update_centres() == 0
    (told,) = updates(sent)
    room = told.params["update"]["rooms"][0]
    assert (told.press, told.endpoint.id, told.incident) == ("p1", str(CENTRE), str(incident))
    assert (room["name"], room["state"], room["people"], room["note"]) == ("Room 101", "injured", 3, "Tourniquet")
    assert room["nearest_door"] and room["building"] == "Main" and told.params["update"]["number"] == 1


def test_a_better_place_is_told_to_the_centre(incident, actor, sent):
    (entry,) = BoardEntry.objects.filter(action="tell_dispatch")
    with recorded_batch("test"):
        entry.wire_order["params"] = {"place": {"id": "elsewhere", "name": "Gym"}}
        entry.save()
    assert jobs.update_centres() == 1
    (told,) = updates(sent)
    assert told.params["place"]["name"] == "Room 101" and told.params["place"]["nearest_door"]
    assert told.params["update"]["words"] == ["The alarm is in Room 101, not where it was told first."]
    with recorded_batch("test"):
        entry.wire_order["params"] = {"place": {"id": str(room_of()), "name": "Room 101"}}
        entry.save()
    assert queries.situation_of(Incident.objects.get()).place == {}


def test_updates_are_throttled_and_the_newest_state_wins(incident, actor, sent):
    for number, state in enumerate(("help", "injured", "missing"), 1):
        incidents.check_in_room(actor, incident, room_of(), state, note=f"word {number}")
        jobs.update_centres()
    assert len(updates(sent)) == 1, "two came within three seconds of the first"
    clock.shift(4)
    jobs.update_centres()
    first, last = updates(sent)
    assert [one.params["update"]["number"] for one in (first, last)] == [1, 2] and first.id != last.id
    assert [room["state"] for room in last.params["update"]["rooms"]] == ["missing"]
    assert DispatchUpdate.objects.get().number == 2


def test_an_update_a_centre_did_not_take_is_told_again_until_it_has_it(incident, actor, sent):
    incidents.check_in_room(actor, incident, room_of(), "help")
    jobs.update_centres()
    board(sent, "failed", "No answer.")
    clock.shift(10)
    assert jobs.update_centres() == 0
    clock.shift(16)
    assert jobs.update_centres() == 1
    board(sent)
    clock.shift(60)
    assert jobs.update_centres() == 0


def test_presses_messages_and_responders_are_news_too(incident, actor, district, sent):
    incidents.open_or_join(actor, raised("p2", place_name="Gym"))
    actions.send_message(actor, incident, "school", "North wing")
    incidents.take_acknowledgements([
        Acknowledged(id="w1", district="d", site="s", press="p1", order="o", what="on_my_way", at=1.0, by="u",
                     by_name="Officer Diaz"),
        Acknowledged(id="w2", district=str(actor.district), site="s", press="p1", order="o", what="aed_here", at=2.0,
                     by="u", by_name="Officer Diaz"),
    ])  # fmt: skip
    jobs.update_centres()
    update = updates(sent)[-1].params["update"]
    assert [one["place_name"] for one in update["presses"]] == ["Room 101", "Gym"]
    assert update["notes"][0]["text"] == "North wing" and update["responders"][0]["name"] == "Officer Diaz"
    assert [f"{one['name']} {one['what']}" for one in update["responders"]][1:] == ["The AED is with the patient"]
    assert updates(sent)[-1].params["callers"] == 2


def test_after_the_all_clear_nothing_is_updated(incident, actor, sent):
    incidents.check_in_room(actor, incident, room_of(), "help")
    incidents.give_all_clear(actor, incident)
    assert jobs.update_centres() == 0 and updates(sent) == []


# -- links --------------------------------------------------------------------------------------------------------


def sent_pass(district, press="p1"):
    told = f"{press}-tell_dispatch-{str(CENTRE)[:8]}"
    return passes.read_token(passes.make_token(Signer(), str(district.id), press, told, clock.unix()))


def test_a_link_sent_with_the_alarm_opens_once_and_is_logged(incident, district):
    found = sent_pass(district)
    opened, link = actions.open_link(found, "session one", "Dana Ortiz", "192.0.2.7")
    assert opened == incident and actions.open_link(found, "session one", "", "192.0.2.7") == (opened, link)
    with pytest.raises(Refused, match="opens once"):
        actions.open_link(found, "session two", "", "192.0.2.9")
    row = DispatchLink.objects.get()
    assert (row.opened_by, row.opened_from, row.for_whom) == ("Dana Ortiz", "192.0.2.7", order(CENTRE).endpoint.name)
    assert AuditRow.objects.filter(action="dispatch.open_link").count() == 2
    visitor = queries.make_visitor(link, actions.mark_of("session one"), "192.0.2.7")
    assert visitor.permissions == {"incidents.view", "dispatch.view", "dispatch.answer", "dispatch.message"}
    assert queries.make_visitor(link, actions.mark_of("session two"), "192.0.2.9") is None


def test_a_withdrawn_link_closes_and_one_not_opened_yet_never_opens(incident, actor, actor_as, district):
    found = sent_pass(district)
    assert [one["order"] for one in queries.sent_links(Incident.objects.get())] == [found.order]
    _, link = actions.open_link(found, "one", "", "")
    with pytest.raises(Refused):
        actions.revoke_link(actor_as("teacher"), link)
    actions.revoke_link(actor, link)
    assert queries.make_visitor(link, actions.mark_of("one"), "") is None
    with pytest.raises(Conflict):
        actions.revoke_link(actor, link)
    with recorded_batch("a test"):
        DispatchLink.objects.all().delete()
    actions.revoke_sent_link(actor, incident, found.order)
    with pytest.raises(Refused, match="withdrawn"):
        actions.open_link(found, "one", "", "")


def test_a_press_that_is_not_recorded_yet_says_so(incident, district):
    with pytest.raises(NotFound, match="being recorded"):
        actions.open_link(sent_pass(district, "p9"), "one", "", "")


def test_a_link_made_by_hand_opens_by_address_or_code(incident, actor, district):
    made = actions.make_link(actor, incident, "Highway patrol")
    token = made.url.rpartition("/d/")[2]
    order_ = queries.find_code(made.code)
    assert order_.startswith("hand-") and queries.find_code("000000000") == ""
    assert passes.read_token(token).order == order_
    opened, _ = actions.open_link(queries.pass_of(order_, str(district.id)), "one", "", "")
    assert opened == incident
    with pytest.raises(Refused, match="opens once"):
        actions.open_link(passes.read_token(token), "two", "", "")
    assert made.code not in str(msgspec.to_builtins(DispatchLink.objects.values_list("order", "for_whom")[0]))
    with pytest.raises(Refused, match="for whom"):
        actions.make_link(actor, incident, " ")


def test_when_the_incident_has_been_over_for_an_hour_its_links_are_over(incident, actor, district):
    found = sent_pass(district)
    _, link = actions.open_link(found, "one", "", "")
    with recorded_batch("a test"):
        Incident.objects.update(state="closed", closed_at=clock.now())
    assert queries.make_visitor(link, actions.mark_of("one"), "") is not None
    clock.shift(3700)
    assert queries.make_visitor(link, actions.mark_of("one"), "") is None
    assert DispatchMessage.objects.count() == 0
