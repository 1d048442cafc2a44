"""What a card may say, whose it is, what a room fills in, when it is out of date."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from watchbell.line.ids import same_uuid
from watchbell.prevention.procedures import rules
from watchbell.prevention.procedures.demo import CARDS
from watchbell.prevention.procedures.facts import (
    ATTRIBUTION,
    DOOR_WORD,
    KIND_WORDS,
    KINDS,
    LABELS,
    LANGUAGES,
    ROLES,
    SRP,
    UNKNOWN,
    CardFacts,
    RoomFacts,
    Spot,
)

TODAY = date(2026, 3, 3)
ROOM = RoomFacts(same_uuid("r"), "Room 204", exit="9", rally="Front drive")


def card(kind: str = "lockdown", role: str = "everyone", language: str = "en") -> CardFacts:
    return CardFacts(same_uuid(kind, role, language), kind, role, language, f"{kind} {role} {language}", ("x",), 1,
                     TODAY, "B")  # fmt: skip


@pytest.mark.parametrize(
    ("steps", "words"),
    [
        ([], "at least one step"), (["a"] * 9, "at most 8 steps"), (["word " * 25], "too long"),
        (["Go to {exti}."], "{exti}"), (["Go to {exit}."], ""), (["a"] * 8, ""),
    ],
)  # fmt: skip
def test_what_keeps_a_text_from_being_a_card(steps, words):
    faults = " ".join(rules.find_faults("lockdown", "teacher", "en", "Lockdown", steps))
    assert words in faults and bool(faults) == bool(words)
    assert rules.find_faults("lockdwn", "teacher", "en", "T", ["a"])
    assert rules.find_faults("lockdown", "teacher", "en", " ", ["a"])


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_demo_s_cards_are_cards_for_every_kind_and_role(language):
    cards, english = CARDS[language], CARDS["en"]
    assert set(cards) == {(kind, role) for kind in KINDS for role in ROLES}
    for (kind, role), (title, steps) in cards.items():
        assert not rules.find_faults(kind, role, language, title, steps), (kind, role)
        assert len(title) <= 80
        assert kind not in SRP or (KINDS[kind] in title if language == "ar" else title.startswith(KINDS[kind]))
        assert len(steps) == len(english[kind, role][1]), (kind, role, "a step is missing")
        holes = [sorted(rules.HOLE.findall(step)) for step in steps]
        assert holes == [sorted(rules.HOLE.findall(step)) for step in english[kind, role][1]], (kind, role)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_card_s_own_words_are_there_in_every_language(language):
    words = [*UNKNOWN[language].values(), *LABELS[language].values(), *KIND_WORDS[language].values()]
    assert all(word.strip() for word in words) and "{when}" in LABELS[language]["kept"]
    assert "{number}" in DOOR_WORD[language] and "Standard Response Protocol" in ATTRIBUTION[language]
    assert set(KIND_WORDS[language]) == set(KINDS)


def test_a_language_without_spaces_is_held_to_letters():
    assert "60 letters" in " ".join(rules.find_faults("hold", "everyone", "zh", "Hold", ["关" * 61]))
    assert not rules.find_faults("hold", "everyone", "zh", "Hold", ["关" * 60])


def test_who_reads_a_language_that_is_behind_gets_english_and_may_open_the_older_one():
    new = replace(card(), version=3)
    old = replace(card(language="es"), of_english=1)
    assert [one.language for one in rules.choose_cards([new, old], "everyone", "es")] == ["en"]
    assert rules.find_behind([new, old]) == [old] and rules.versions_behind(1, 3) == 2
    assert rules.choose_older([new, old], [new], "es") == {"lockdown": old}
    assert rules.choose_cards([new, replace(old, of_english=3)], "everyone", "es")[0].language == "es"
    assert rules.choose_cards([new, replace(old, of_english=None)], "everyone", "es")[0].language == "es", "not known"
    assert rules.choose_cards([old], "everyone", "es") == [old], "no English card to be behind of"
    teachers = replace(card(role="teacher"), version=2)
    behind = replace(card(role="teacher", language="es"), of_english=1)
    now = replace(old, of_english=3)
    assert rules.choose_cards([new, now, teachers, behind], "teacher", "es") == [now], "the own language comes first"


def test_nobody_approves_their_own_words():
    assert rules.may_approve(same_uuid("a"), same_uuid("a")) and not rules.may_approve(same_uuid("a"), same_uuid("b"))


@pytest.mark.parametrize(("days", "word"), [(-1, "expired"), (0, "soon"), (29, "soon"), (30, "ok")])
def test_a_card_is_good_on_its_last_day(days, word):
    assert rules.judge_expiry(TODAY + timedelta(days=days), TODAY) == word


def test_the_role_s_own_card_in_the_own_language_else_what_comes_nearest():
    every = [card(), card(role="teacher"), card(language="es"), card("hold"), card("hold", "office")]
    chosen = {one.kind: one.title for one in rules.choose_cards(every, "teacher", "es")}
    assert chosen == {"hold": "hold everyone en", "lockdown": "lockdown everyone es"}
    assert rules.choose_cards(every, "teacher", "en")[1].title == "lockdown teacher en"
    assert [one.kind for one in rules.choose_cards(every, "everyone", "en")] == ["hold", "lockdown"]


def test_a_step_is_filled_for_the_room_and_says_plain_words_where_nobody_knows():
    step = "Leave {room} by {exit}; if blocked, {second_exit}. Go to {rally}."
    assert rules.fill(step, ROOM, "en") == "Leave Room 204 by Door 9; if blocked, another safe exit. Go to Front drive."
    assert rules.fill("Salga por {exit}.", ROOM, "es") == "Salga por Puerta 9."
    assert rules.fill(step, None, "en").startswith("Leave your room by the nearest safe exit")
    assert rules.pieces_of("By {exit}", ROOM, "en") == [("", "By "), ("exit", "Door 9")]


def test_exits_are_the_nearest_of_the_same_building_and_floor():
    main, annex = same_uuid("main"), same_uuid("annex")
    room = Spot("Room 204", main, 1, 100, 100)
    doors = [Spot("1", main, 1, 400, 100), Spot("2", annex, 1, 101, 100), Spot("3", main, 2, 100, 101),
             Spot("9", main, 1, 150, 100)]  # fmt: skip
    aeds = [Spot("AED far", main, 1, 900, 0), Spot("AED near", main, 1, 120, 90), Spot("AED up", main, 2, 100, 100)]
    rallies = [Spot("Front drive", None, 1, 160, 150), Spot("Field", None, 1, 500, 500)]
    found = rules.find_surroundings(ROOM.place, room, doors, rallies, aeds)
    assert (found.exit, found.second_exit, found.rally, found.aed) == ("9", "1", "Front drive", "AED near")
    bare = rules.find_surroundings(ROOM.place, room, [], [], [])
    assert (bare.exit, bare.second_exit, bare.rally, bare.aed) == ("", "", "", "")


def test_a_courtyard_is_no_place_to_gather_at():
    def box(x: float, y: float) -> list[tuple[float, float]]:
        return [(x, y), (x + 10, y), (x + 10, y + 10), (x, y + 10)]

    around = [box(0, 20), box(40, 20), box(20, 0), box(20, 40)]
    yard = Spot("Courtyard", None, 1, 25, 25)
    assert rules.is_enclosed(yard, around) and rules.is_enclosed(yard, around[:3])
    assert not rules.is_enclosed(yard, around[:2])


def test_versions_are_compared_line_by_line():
    old = {"title": "Fire", "steps": ["Leave.", "Run."], "expires_on": TODAY}
    new = {"title": "Fire", "steps": ["Leave.", "Walk."], "expires_on": TODAY}
    assert rules.differences(old, new) == [
        (" ", "Fire"), (" ", "1. Leave."), ("-", "2. Run."), ("+", "2. Walk."), (" ", "Valid until 2026-03-03"),
    ]  # fmt: skip
