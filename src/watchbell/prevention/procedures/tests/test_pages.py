"""Cards written, approved and shown: pages, operations, permissions, what a room fills in."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from watchbell.district.sites.tests.builders import SITE, room_of
from watchbell.kernel.models import AuditRow
from watchbell.kernel.tests.reading import one_line
from watchbell.line import clock
from watchbell.line.errors import Conflict, NotFound, Refused
from watchbell.line.ids import new_id
from watchbell.prevention.procedures import actions, api, demo, pages, queries
from watchbell.prevention.procedures.facts import LANGUAGES
from watchbell.prevention.procedures.models import Card, CardVersion

STEPS = ["Lock {room}.", "Leave by {exit}."]


@pytest.fixture
def second(actor_as):
    return actor_as("principal")


@pytest.fixture
def card(site, actor, second):
    made = actions.write_card(actor, "lockdown", "everyone", "en", "Lockdown", STEPS)
    actions.approve_card(second, made, 1)
    return made


def test_a_card_is_shown_only_after_a_second_person_approved_it(site, actor, second):
    made = actions.write_card(actor, "fire", "everyone", "en", "Fire", STEPS)
    assert queries.approved_cards() == []
    with pytest.raises(Refused, match="Somebody else"):
        actions.approve_card(actor, made, 1)
    actions.approve_card(second, made, 1)
    assert [one.title for one in queries.approved_cards()] == ["Fire"]
    assert AuditRow.objects.filter(action="procedures.approve_card", actor_name=second.name).exists()


def test_a_draft_leaves_what_is_valid_alone_and_old_versions_stay(card, actor, second):
    actions.write_card(actor, "lockdown", "everyone", "en", "Lockdown!", STEPS, version=1)
    actions.write_card(actor, "lockdown", "everyone", "en", "Lockdown!!", STEPS)
    assert queries.approved_cards()[0].title == "Lockdown"
    with pytest.raises(Conflict):
        actions.write_card(actor, "lockdown", "everyone", "en", "Late", STEPS, version=1)
    with pytest.raises(Conflict):
        actions.approve_card(second, card, 1)
    actions.approve_card(second, card, CardVersion.objects.get(state="draft").version)
    assert queries.approved_cards()[0].title == "Lockdown!!"
    assert CardVersion.objects.filter(card=card, state="replaced").count() == 1
    actions.withdraw_card(second, card, "wrong door")
    assert queries.approved_cards() == []
    with pytest.raises(Conflict):
        actions.withdraw_card(second, card, "again")


def test_what_is_no_card_is_refused_with_every_fault(site, actor):
    with pytest.raises(Refused, match=r"title.*at most 8.*\{exti"):
        actions.write_card(actor, "fire", "everyone", "en", " ", ["Go {exti}"] + ["a"] * 8)
    with pytest.raises(Refused, match="three years"):
        actions.write_card(actor, "fire", "everyone", "en", "F", ["a"], expires_on=clock.now().date())
    with pytest.raises(NotFound):
        actions.withdraw_card(actor, new_id(), "x")


def test_my_cards_are_filled_for_the_room_in_few_queries(ask, card, actor_as):
    teacher = actor_as("teacher", SITE)
    with CaptureQueriesContext(connection) as made:
        status, body = ask(pages.mine_page, f"/?room={room_of()}", who=teacher)
    body = one_line(body)
    assert status == 200 and len(made) <= 12, [q["sql"][:90] for q in made]
    assert '<b data-fill="exit">Door 2</b>' in body and '<b data-fill="room">Room 101</b>' in body
    assert "AED, Lobby" in body and "Foundation" in body and "Valid until" in body
    assert ask(pages.mine_page, f"/?room={new_id()}", who=teacher)[0] == 404


def test_the_wall_card_has_exits_and_a_code(ask, card):
    for size in ("letter", "a5", "big"):
        body = ask(pages.room_page, f"/?size={size}", place_id=room_of())[1]
        assert "Room 101" in body and 'class="code"' in body and "Door 2" in body and f"sheet-card {size}" in body
    assert ask(pages.print_page, "/?lang=es", site_id=SITE)[1].count('<section class="sheet-card') == 1
    assert ask(pages.room_page, place_id=new_id())[0] == 404


def test_the_library_puts_what_asks_for_somebody_first(ask, card, actor, second):
    soon = clock.now().date() + timedelta(days=10)
    made = actions.write_card(actor, "hold", "teacher", "es", "Hold", ["Quédese."], expires_on=soon)
    actions.approve_card(second, made, 1)
    actions.write_card(actor, "fire", "office", "en", "Fire", ["Leave."])
    assert [row["standing"] for row in queries.library(actor)] == ["soon", "waiting", "ok"]
    body = one_line(ask(pages.library_page)[1])
    assert "Expires soon" in body and "Draft waits" in body and "expire within 30 days" in body
    assert "Quédese" not in body and "1 card" in one_line(ask(pages.library_page, "/?q=quédese")[1])
    for query in ("kind=medical", "state=expired", "q=nothing"):
        assert "No cards found" in ask(pages.library_page, f"/?{query}")[1]


def test_a_card_is_edited_compared_and_approved_on_pages(ask, card, actor, second):
    form = {"kind": "lockdown", "role": "everyone", "language": "en", "title": "Lockdown now", "steps": "Lock.\nHide.",
            "expires_on": str(clock.now().date() + timedelta(days=100)), "version": "1"}  # fmt: skip
    assert "Lock {room}." in ask(pages.edit_page, card_id=card)[1]
    status, body = ask(pages.edit_page, post={**form, "steps": "\n".join("a" * 9)}, card_id=card)
    assert status == 200 and "at most 8 steps" in body
    assert ask(pages.edit_page, post=form, card_id=card)[0] == 302
    assert "Somebody else approves" in ask(pages.card_page, card_id=card)[1]
    body = ask(pages.card_page, who=second, card_id=card)[1]
    assert "<ins>" in body and "Approve</button>" in body
    assert ask(pages.approve_card, who=second, post={"version": "2"}, card_id=card)[0] == 302
    assert "Hide." in ask(pages.compare_page, "/?old=1&new=2", card_id=card)[1]
    assert ask(pages.compare_page, "/?old=1&new=9", card_id=card)[0] == 404
    assert ask(pages.withdraw_card, who=second, post={"why": "old"}, card_id=card)[0] == 302
    new = ask(pages.new_page, post={**form, "kind": "fire"})
    assert new[0] == 302 and Card.objects.filter(kind="fire").exists()


def test_only_leaders_write_and_approve(ask, card, actor_as):
    teacher = actor_as("teacher", SITE)
    assert ask(pages.edit_page, who=teacher, card_id=card)[0] == 403
    assert ask(pages.approve_card, who=teacher, post={"version": "1"}, card_id=card)[0] == 403
    assert ask(pages.mine_page, who=actor_as("parent"))[0] == 403


def test_the_operations_tell_the_contract(ask, card, actor, second):
    body = api.CardBody(kind="secure", title="Secure", steps=["Inside."])
    made = ask(api.write_card, post={}, body=body)
    assert made["state"] == "draft"
    assert ask(api.approve_card, who=second, post={}, card_id=made["id"], body=api.Approval(version=1))["state"] == (
        "approved"
    )
    assert ask(api.list_cards)["count"] == 2
    mine = ask(api.read_my_cards, room=room_of())
    assert mine["room"]["exit"] == "2" and "Leave by Door 2." in mine["cards"][1]["steps"]
    assert ask(api.read_card, card_id=card)["versions"][0]["version"] == 1


def test_a_translation_that_is_behind_or_missing_says_so_to_who_writes_and_to_who_reads(ask, card, actor, second):
    spanish = actions.write_card(actor, "lockdown", "everyone", "es", "Lockdown: llave", ["Cierre {room}."])
    actions.approve_card(second, spanish, 1)
    assert "Cierre" in one_line(ask(pages.mine_page, "/?lang=es")[1])
    for version in (2, 3):
        actions.write_card(actor, "lockdown", "everyone", "en", "Lockdown", [*STEPS, f"Hide {version}."])
        actions.approve_card(second, card, version)
    body = one_line(ask(pages.mine_page, "/?lang=es")[1])
    assert "no tiene una traducción al día" in body and "La traducción anterior (Versión 1)" in body
    assert 'lang="ar" dir="rtl"' in body and "لا توجد ترجمة" in body
    assert body.count('id="card-lockdown-es"') == 1
    assert "Español is 2 versions behind" in one_line(ask(pages.library_page)[1])
    assert [row["behind"] for row in queries.library(actor, state="behind")] == [2]
    missing = queries.library(actor, state="missing", language="zh")
    assert [(row["card"].kind, row["is_missing"]) for row in missing] == [("lockdown", True)]
    assert "Translate" in ask(pages.library_page, "/?state=missing&language=zh")[1]
    body = one_line(ask(pages.card_page, card_id=card)[1])
    assert "2 versions behind: readers get English" in body and "Not translated: readers get English" in body
    assert "Español is 2 versions behind" in one_line(ask(pages.card_page, card_id=spanish)[1])
    assert "The English card, version 3" in one_line(ask(pages.edit_page, card_id=spanish)[1])
    assert "The English card, version 3" in ask(pages.new_page, "/?kind=lockdown&role=everyone&language=vi")[1]
    actions.write_card(actor, "lockdown", "everyone", "es", "Lockdown: llave", ["Cierre {room}.", "Silencio."])
    actions.approve_card(second, spanish, 2)
    assert queries.library(actor, state="behind") == [] and "Silencio" in ask(pages.mine_page, "/?lang=es")[1]
    with CaptureQueriesContext(connection) as made:
        ask(pages.library_page)
    assert len(made) <= 8


def test_a_later_date_of_the_english_card_leaves_its_translations_valid(card, actor, second):
    spanish = actions.write_card(actor, "lockdown", "everyone", "es", "Lockdown: llave", ["Cierre {room}."])
    actions.approve_card(second, spanish, 1)
    later = clock.now().date() + timedelta(days=700)
    actions.write_card(actor, "lockdown", "everyone", "en", "Lockdown", STEPS, expires_on=later)
    actions.approve_card(second, card, 2)
    assert queries.library(actor, state="behind") == []
    actions.write_card(actor, "lockdown", "everyone", "en", "Lockdown", [*STEPS, "Hide."], expires_on=later)
    actions.approve_card(second, card, 3)
    assert [row["behind"] for row in queries.library(actor, state="behind")] == [1]


def test_a_sheet_in_arabic_runs_from_right_to_left_and_falls_back_to_english(ask, card):
    body = one_line(ask(pages.room_page, "/?lang=ar", place_id=room_of())[1])
    assert 'lang="ar" dir="rtl"' in body and "الباب 2" in body and 'lang="en" dir="ltr"' in body
    assert "لا توجد ترجمة" in body


def test_the_demo_s_cards_are_approved_in_every_language(site, district, actor):
    from watchbell.kernel.changes import recorded_change

    with recorded_change(actor, "demo"):
        demo.load(district)
    found = queries.approved_cards()
    assert len(found) == 27 * 8 and {one.language for one in found} == set(LANGUAGES)
