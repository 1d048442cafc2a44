"""Who is told how, and by whom."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from watchbell.communication.channels import rules
from watchbell.communication.channels.facts import FAILED, SKIPPED, WAITING, Carrier, Contact
from watchbell.communication.channels.facts.contact_words import CONTACT_WORDS
from watchbell.communication.channels.facts.words import WORDS, contact_words_in, words_in
from watchbell.line import addresses

NOW = datetime(2026, 9, 1, 12, tzinfo=UTC)
MOTHER = Contact(UUID(int=1), None, "Ana", "es", ("a@x.invalid", "b@x.invalid"), ("+15735550101", "+15735550102"))
ALL = ("text", "voice", "email", "push")


def carrier(number: int, **more: object) -> Carrier:
    words = {"name": f"C{number}", "gateway": "sms", "device": "", "channel": "text", "is_test": False,
             "priority": number, "lanes": 1, "per_second": 0.0} | more  # fmt: skip
    return Carrier(id=UUID(int=number), **words)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("given", "read"),
    [("(573) 555-0101", "+15735550101"), ("1-573-555-0101", "+15735550101"), ("+44 20 7946 0018", "+442079460018"),
     ("573-555-0101 x12", "+15735550101"), ("0044 20 7946 0018", "+442079460018"), ("555-0101", ""), ("", ""),
     ("unlisted", ""), ("+1", ""), ("12345678901234567", "")],
)  # fmt: skip
def test_numbers_are_read_as_people_write_them(given: str, read: str) -> None:
    assert addresses.read_number(given) == read


@pytest.mark.parametrize(("given", "read"), [(" Ana@X.invalid ", "ana@x.invalid"), ("ana", ""), ("a@b", ""),
                                             ("a b@x.invalid", ""), ("a@x.invalid, b@x.invalid", "")])  # fmt: skip
def test_addresses_are_read(given: str, read: str) -> None:
    assert addresses.read_email(given) == read


def test_in_an_emergency_everything_is_tried_at_once() -> None:
    ways = rules.choose_ways(MOTHER, ALL, "emergency", (), {}, at_once=True)
    assert [(way.channel, way.wave) for way in ways] == [
        ("text", 0), ("text", 0), ("email", 0), ("email", 0), ("voice", 0), ("voice", 0)
    ]  # fmt: skip


TEXT, MAIL = ("text", "+15735550101"), ("email", "a@x.invalid")


@pytest.mark.parametrize(
    ("tried", "shut", "found"),
    [({MAIL: FAILED}, (), [("text", 1), ("voice", 1), ("email", 1)]),
     ({MAIL: FAILED, ("email", "b@x.invalid"): FAILED}, (), [("text", 1), ("voice", 1), ("email", 0)]),
     ({MAIL: WAITING, ("email", "b@x.invalid"): SKIPPED}, (), [("text", 1), ("voice", 1)]),
     ({MAIL: FAILED}, (TEXT, ("text", "+15735550102"), ("email", "b@x.invalid")), [("voice", 1), ("email", 0)]),
     ({}, {(way, to) for way in ALL for to in (*MOTHER.phones, *MOTHER.emails)}, [])],
)  # fmt: skip
def test_who_is_not_reached_is_tried_where_nothing_went_yet(tried, shut, found) -> None:  # type: ignore[no-untyped-def]
    ways = rules.find_next_ways(MOTHER, tried, "routine", shut, ())
    assert [(one.channel, len(one.addresses)) for one in ways] == found


def test_where_nothing_arrives_comes_last_and_is_named() -> None:
    second = ("text", "+15735550102")
    ways = rules.find_next_ways(
        MOTHER, {TEXT: FAILED, MAIL: FAILED}, "routine", (), {second, MAIL, ("email", "b@x.invalid")}
    )
    assert [(one.channel, one.addresses, one.bad, one.is_bad) for one in ways] == [
        ("voice", ("+15735550101",), (), False), ("text", (), ("+15735550102",), False),
        ("email", (), ("a@x.invalid", "b@x.invalid"), True),
    ]  # fmt: skip
    ways = rules.find_next_ways(MOTHER, {TEXT: WAITING}, "routine", {second}, {TEXT})
    assert not any(one.channel == "text" for one in ways), "what waits, and what was declined, is not asked again"


def test_otherwise_the_dearest_way_comes_first() -> None:
    ways = rules.choose_ways(MOTHER, ALL, "routine", (), {}, at_once=False)
    assert [(way.channel, way.to, way.wave) for way in ways] == [
        ("text", "+15735550101", 0), ("email", "a@x.invalid", 1), ("email", "b@x.invalid", 1),
        ("voice", "+15735550101", 2),
    ]  # fmt: skip
    first = Contact(None, None, "", "en", MOTHER.emails, MOTHER.phones, order=("email",))
    assert rules.choose_ways(first, ALL, "routine", (), {}, at_once=False)[0].channel == "email"


def test_who_declined_gets_no_routine_message_and_every_emergency() -> None:
    declined = {("text", "+15735550101")}
    routine = rules.choose_ways(MOTHER, ("text",), "routine", declined, {}, at_once=True)
    assert [(way.to[-1], way.because) for way in routine] == [("1", "Has declined this."), ("2", "")]
    urgent = rules.choose_ways(MOTHER, ("text",), "emergency", declined, {}, at_once=True)
    assert all(not way.because for way in urgent)


def test_a_bad_number_is_passed_over() -> None:
    bad = {("text", "+15735550101"): "Nothing arrives there: no such number"}
    ways = rules.choose_ways(MOTHER, ("text",), "routine", (), bad, at_once=True)
    assert [bool(way.because) for way in ways] == [True, False]


def test_in_an_emergency_a_bad_number_is_tried_all_the_same_after_all_others() -> None:
    bad = {("text", "+15735550101"): "Nothing arrives there: no such number",
           ("voice", "+15735550101"): "Nothing arrives there: not in service"}  # fmt: skip
    at_once = rules.choose_ways(MOTHER, ("text", "voice"), "emergency", (), bad, at_once=True)
    assert [(way.channel, way.to[-1], way.is_bad, way.because) for way in at_once] == [
        ("text", "2", False, ""), ("voice", "2", False, ""), ("text", "1", True, ""), ("voice", "1", True, "")
    ]  # fmt: skip
    in_turn = rules.choose_ways(MOTHER, ("text", "voice"), "emergency", (), bad, at_once=False)
    assert [(way.to[-1], way.wave) for way in in_turn] == [("2", 0), ("2", 1), ("1", 2), ("1", 2)]
    nothing_else = {(way, to): "gone" for way in ("text", "voice") for to in MOTHER.phones}
    only = rules.choose_ways(MOTHER, ("text", "voice"), "emergency", (), nothing_else, at_once=False)
    assert len(only) == 4 and {way.wave for way in only} == {0}


def test_the_first_carrier_that_works_takes_the_batch() -> None:
    first, second = carrier(1), carrier(2)
    assert rules.choose_carrier([second, first], (), "real", NOW) == first
    assert rules.choose_carrier([first, second], [str(first.id)], "real", NOW) == second
    away = carrier(1, bad_until=NOW + timedelta(seconds=5))
    assert rules.choose_carrier([away, second], (), "real", NOW) == second
    assert rules.choose_carrier([away], (), "real", NOW) is None
    assert rules.choose_carrier([away], (), "real", NOW + timedelta(seconds=6)) == away
    assert rules.choose_carrier([carrier(1, out=2), second], (), "real", NOW) == second
    assert rules.choose_carrier([first], [str(first.id)], "real", NOW) == first  # better again than never
    full = carrier(1, out=2)
    assert rules.choose_carrier([full], (), "real", NOW) is None
    assert rules.choose_carrier([full], (), "real", NOW, is_urgent=True) == full  # beside what is under way


def test_a_carrier_that_does_not_answer_its_gateway_comes_last() -> None:
    mute, second = carrier(1, is_silent=True), carrier(2)
    assert rules.choose_carrier([mute, second], (), "real", NOW) == second
    away = carrier(2, bad_until=NOW + timedelta(seconds=5))
    assert rules.choose_carrier([mute, away], (), "real", NOW) == mute, "a look at it may be wrong"


def test_a_carrier_with_a_pace_has_work_while_the_hub_is_held_up() -> None:
    """Forty calls a second are ten seconds' work in seven batches of sixty, beside those its lanes are at."""
    paced = carrier(1, channel="voice", per_second=40.0, lanes=4)
    assert rules.choose_carrier([replace(paced, out=10)], (), "real", NOW) is not None
    assert rules.choose_carrier([replace(paced, out=11)], (), "real", NOW) is None


def test_a_drill_goes_to_carriers_for_tests_only() -> None:
    real, test = carrier(1), carrier(2, is_test=True)
    assert rules.choose_carrier([real, test], (), "drill", NOW) == test
    assert rules.choose_carrier([real], (), "drill", NOW) is None
    assert rules.choose_carrier([test], (), "real", NOW) is None


def test_batches_are_a_handful() -> None:
    assert rules.size_batches("text", 450) == [200, 200, 50]
    assert rules.size_batches("voice", 0) == []


def test_a_carrier_in_trouble_is_left_alone_longer_each_time() -> None:
    assert [rules.seconds_bad("down", n) for n in (1, 2, 9)] == [4.0, 8.0, 120.0]
    assert rules.seconds_bad("refuses", 1) == 60.0


def test_families_pages_have_every_word_in_every_language() -> None:
    assert set(WORDS) == set(CONTACT_WORDS) == {"en", "es", "fr", "ar", "zh", "vi", "so", "sw"}
    for code in WORDS:
        words, contacts = words_in(f"{code}-XX"), contact_words_in(code)
        assert all(words.values()) and all(contacts.values()) and words["code"] == code
        assert words["as_of"].count("{}") == contacts["instead"].count("{}") == 1
    assert words_in("tlh")["code"] == "en" and words_in("ar")["dir"] == "rtl"


def test_a_browser_of_an_account_and_of_a_device_is_pushed_to_once():
    account, device, other = ({"id": name, "endpoint": end} for name, end in (("a", "x"), ("d", "x"), ("o", "y")))
    assert rules.join_browsers([account], [device, other]) == [account, other]
    assert rules.join_browsers([], [device]) == [device]
