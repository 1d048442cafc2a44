"""Sheets on walls: noted when they hang, asked for again when what they say is not so any more, and why."""

from datetime import date, timedelta

import pytest

from watchbell.district.equipment.actions import add_equipment, change_equipment
from watchbell.district.equipment.models import Equipment
from watchbell.district.sites.events import PlanChanged
from watchbell.district.sites.tests.builders import add_room, build_site, floor_of, room_of
from watchbell.kernel import journal
from watchbell.kernel.changes import recorded_batch
from watchbell.kernel.models import Announcement, AuditRow
from watchbell.kernel.tests.reading import one_line
from watchbell.line import clock
from watchbell.line.errors import NotFound, Refused
from watchbell.line.ids import new_id
from watchbell.prevention.procedures import actions, jobs, pages, queries, reactions, rules
from watchbell.prevention.procedures.models import WallSheet

SAYS = {"room": "Room 12", "exit": "4", "second_exit": "5", "rally": "Field", "aed": "AED, Lobby",
        "cards": {"lockdown": ["Lockdown", 1]}}  # fmt: skip
TODAY = date(2026, 3, 2)


@pytest.mark.parametrize(
    ("now", "expires", "why"),
    [
        (SAYS, date(2026, 9, 1), []),
        (None, None, ["The room is gone, or nobody works in it any more: take the sheet down."]),
        (SAYS | {"exit": "7"}, None, ["The nearest exit was door 4 and is door 7 now."]),
        (SAYS | {"aed": ""}, None, ["The nearest AED was AED, Lobby and is not known now."]),
        (SAYS | {"cards": {"lockdown": ["Lockdown", 2]}}, None, ["“Lockdown” was written anew."]),
        (SAYS | {"cards": {"fire": ["Fire", 1]}}, None, ["“Fire” is new.", "“Lockdown” was taken back."]),
        (SAYS, TODAY - timedelta(days=1), ["Out of date since 2026-03-01."]),
        (SAYS, TODAY + timedelta(days=3), ["Valid until 2026-03-05 only."]),
    ],
)
def test_why_a_sheet_does_not_hold(now, expires, why):
    assert rules.judge_sheet(SAYS, now, expires, TODAY) == why


def approve(actor, second, title="Lockdown", kind="lockdown", version=1):
    made = actions.write_card(actor, kind, "everyone", "en", title, ["Lock {room}."])
    actions.approve_card(second, made, version)
    return made


def again(actor, **wanted):
    return {row.room: row.because for row in queries.sheets_seen_by(actor, **wanted)}


def test_no_card_sends_anybody_to_an_aed_that_has_expired_or_fails(site, actor):
    known = lambda: {room.aed for room in queries.rooms_filled(site)}  # noqa: E731
    assert known() == {"AED, Lobby"}
    for fault in ({"expires_on": "2020-01-01"}, {"expires_on": None, "state": "trouble"}):
        with recorded_batch("an AED that is no help"):
            Equipment.objects.filter(kind="aed").update(**fault)
        assert known() == {""}


def test_a_sheet_is_asked_for_again_when_a_card_or_an_aed_changes(site, actor, actor_as):
    second = actor_as("principal")
    card = approve(actor, second)
    add_room()
    count = actions.note_hung(actor, site, "en")
    assert count == WallSheet.objects.count() == 2 and again(actor) == {}
    assert actions.judge_walls(actor) == 0
    actions.write_card(actor, "lockdown", "everyone", "en", "Lockdown", ["Lock {room} now."])
    actions.approve_card(second, card, 2)
    jobs.judge_walls()
    assert set(map(tuple, again(actor).values())) == {("“Lockdown” was written anew.",)}
    assert actions.note_hung(actor, site, "en", [room_of()]) == 1
    assert len(again(actor)) == count - 1, "one room has its new sheet"
    actions.note_hung(actor, site, "en")
    with recorded_batch("an AED is carried away"):
        Equipment.objects.filter(kind="aed").delete()
    reactions.answer_places(PlanChanged(site, None, "", clock.now()), Announcement(district_id=actor.district))
    assert len(again(actor)) == count and "The nearest AED was AED, Lobby" in str(again(actor))
    assert AuditRow.objects.filter(action="procedures.judge_walls").count() == 2
    actions.judge_walls(actor)
    assert AuditRow.objects.filter(action="procedures.judge_walls").count() == 2, "nothing new, nothing written"


def test_an_aed_that_is_moved_is_seen_at_once(site, actor, actor_as):
    approve(actor, actor_as("principal"))
    far = add_room("140", x=900)
    actions.note_hung(actor, site, "en")
    aed = Equipment.objects.get(kind="aed")
    with recorded_batch("where it hangs is known"):
        Equipment.objects.filter(pk=aed.pk).update(place=room_of(), floor=floor_of(), x=60, y=240)
    actions.judge_walls(actor)
    actions.note_hung(actor, site, "en")
    with recorded_batch("another"):
        Equipment.objects.create(kind="aed", name="AED, gym", site_id=site, floor_id=floor_of(), x=500, y=240)
    change_equipment(actor, aed.pk, name="AED, moved", place=str(far))
    aed.refresh_from_db()
    assert aed.x > 900, "its point goes along to the other room"
    journal.sweep()
    assert "The nearest AED was" in str(again(actor))
    audits = AuditRow.objects.filter(action="procedures.judge_walls").count()
    button = add_equipment(actor, site, kind="panic_button", name="Button", gateway="siadc09", device="x")
    change_equipment(actor, button, name="Button 2")
    journal.sweep()
    assert AuditRow.objects.filter(action="procedures.judge_walls").count() == audits


def test_a_sheet_whose_card_falls_back_to_english_is_printed_again(site, actor, actor_as):
    second = actor_as("principal")
    english = approve(actor, second)
    spanish = actions.write_card(actor, "lockdown", "everyone", "es", "Lockdown", ["Cierre {room}."])
    actions.approve_card(second, spanish, 1)
    actions.write_card(actor, "lockdown", "everyone", "es", "Lockdown", ["Cierre {room} ya."])
    actions.approve_card(second, spanish, 2)
    actions.note_hung(actor, site, "es", [room_of()])
    actions.write_card(actor, "lockdown", "everyone", "en", "Lockdown", ["Lock {room} now."])
    actions.approve_card(second, english, 2)
    actions.judge_walls(actor)
    assert "was written anew" in str(again(actor)), "version 2 was Spanish, and version 2 is English now"


def test_a_room_that_is_gone_asks_to_be_taken_down_and_is(site, actor, actor_as):
    approve(actor, actor_as("principal"))
    actions.note_hung(actor, site, "en", [room_of()])
    with recorded_batch("a room that was"):
        WallSheet.objects.update(place=new_id())
    actions.judge_walls(actor, site)
    assert "take the sheet down" in str(again(actor))
    row = WallSheet.objects.get()
    assert actions.take_down(actor, row.pk) == site and not WallSheet.objects.exists()
    with pytest.raises(NotFound):
        actions.take_down(actor, row.pk)


def test_only_who_may_notes_it_and_only_at_their_school(site, actor, actor_as):
    approve(actor, actor_as("principal"))
    other = build_site("OTH", new_id())
    with pytest.raises(Refused):
        actions.note_hung(actor_as("teacher"), site, "en")
    with pytest.raises(Refused):
        actions.note_hung(actor_as("office", other), site, "en")
    with pytest.raises(Refused, match="language"):
        actions.note_hung(actor, site, "xx")
    with pytest.raises(Refused, match="no such room"):
        actions.note_hung(actor, site, "en", [new_id()])
    actions.note_hung(actor, site, "en")
    assert queries.sheets_seen_by(actor_as("nurse", other), show="all").count() == 0
    assert queries.sheets_seen_by(actor, show="all", language="es").count() == 0


def test_the_page_leads_from_nothing_to_a_queue_that_is_printed_and_hung(ask, site, actor, actor_as):
    second = actor_as("principal")
    add_room()
    card = approve(actor, second)
    _, body = ask(pages.walls_page)
    assert "No sheet is noted yet" in body and f"/cards/sites/{site}/print" in body
    assert "They hang now" in one_line(ask(pages.print_page, site_id=site)[1])
    assert ask(pages.note_hung, post={"lang": "en", "which": "every"}, site_id=site)[0] == 302
    assert "Every sheet holds" in ask(pages.walls_page)[1]
    actions.write_card(actor, "lockdown", "everyone", "en", "Lockdown", ["Lock {room} now."])
    actions.approve_card(second, card, 2)
    jobs.judge_walls()
    _, body = ask(pages.walls_page)
    assert "was written anew" in body and "show=again" in body
    live = body[body.index('id="walls"') :]
    assert "To print again, by school" in live, "inside what is drawn anew when sheets change"
    assert "no longer hold" in one_line(ask(pages.library_page)[1])
    with recorded_batch("one room was printed elsewhere"):
        WallSheet.objects.filter(place=room_of()).update(because=[])
    _, body = ask(pages.print_page, "/?lang=en&show=again", site_id=site)
    assert body.count('class="sheet-card ') == WallSheet.objects.count() - 1
    assert ask(pages.note_hung, post={"lang": "en"}, site_id=site)[0] == 302
    assert again(actor) == {} and "All that hang" in ask(pages.walls_page)[1]
    _, csv = ask(pages.walls_page, "/?show=all&format=csv")
    assert csv.startswith("school,room,language") and len(csv.splitlines()) == WallSheet.objects.count() + 1
    assert "/cards/library" in ask(pages.mine_page)[1], "who writes cards finds them"
