"""A guardian whose number does not work gets the link to their own page by another way, once a day."""

from watchbell.communication.channels.facts import Contact
from watchbell.communication.channels.rules import choose_link_ways, say_no_link_way
from watchbell.line.ids import new_id

MARIA = Contact(new_id(), None, "Maria Lopez", "es", ("maria@x.invalid",), ("+15735550101", "+15735550102"))
BEN = Contact(new_id(), None, "Ben Lopez", "en", (), ("+15735550103", "+15735550101"))


def shown(ways):
    return [(one.channel, one.to, one.is_own) for one in ways]


def test_their_own_addresses_come_first_then_those_of_others_at_home_and_no_bad_one():
    found = choose_link_ways([MARIA, BEN], {"+15735550101"}, {"text", "email", "voice"})
    assert shown(found) == [("text", "+15735550102", True), ("email", "maria@x.invalid", True),
                            ("text", "+15735550103", False)]  # fmt: skip
    assert len({one.key for one in found}) == 3


def test_only_what_a_carrier_brings_is_a_way():
    assert shown(choose_link_ways([MARIA], {"+15735550101"}, {"email"})) == [("email", "maria@x.invalid", True)]
    assert choose_link_ways([MARIA], {"maria@x.invalid", *MARIA.phones}, {"text", "email"}) == []


def test_why_there_is_no_way_is_said():
    alone = Contact(new_id(), None, "Maria Lopez", "es", (), ("+15735550101",))
    assert "no other address of theirs" in (told := say_no_link_way([alone], {"text"})) and "no other guardian" in told
    assert "Ben Lopez" in say_no_link_way([MARIA, BEN], {"text"})
    assert "No carrier" in say_no_link_way([MARIA], set())
