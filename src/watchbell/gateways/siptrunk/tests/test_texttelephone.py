"""Text telephones behind a played trunk: what they print from the RTP they got, and what they type back."""

import pytest

from watchbell.gateways.siptrunk import textcourse
from watchbell.gateways.siptrunk.tests.office import Office, batch
from watchbell.gateways.texttelephone import IN_ENGLISH, NOT_WRITTEN, NotTyped, is_turn, read_typed, words_for
from watchbell.line.baudot import spell
from watchbell.wire.tell import Batch, Body, Recipient

WORDS = "Cedar. Birch Elementary is closed today, 11/28: no heat."
ONCE = "CEDAR. BIRCH ELEMENTARY IS CLOSED TODAY, 11/28: NO HEAT."
BODIES = [
    Body(language="en", spoken=WORDS),
    Body(language="es", spoken="Cedar. La escuela está cerrada hoy; mañana sí."),
    Body(language="ar", spoken="المدرسة مغلقة اليوم"),
]

#: Typed at six characters a second.
BRIEF = [Body(language="en", spoken="Cedar. No heat.")]


def typed_batch(*people: tuple[str, str], **more: object) -> Batch:
    """(number, language) of text telephones."""
    made = batch([to for to, _ in people], bodies=more.pop("bodies", BODIES), **more)
    known = [
        Recipient(one.id, one.to, language, is_text_telephone=True)
        for one, (_, language) in zip(made.recipients, people, strict=True)
    ]
    return Batch(**{name: getattr(made, name) for name in made.__struct_fields__} | {"recipients": known})


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(textcourse, "ANSWER_SECONDS", 2.0)
    monkeypatch.setattr(textcourse, "PAUSE_SECONDS", 1.2)
    monkeypatch.setattr(textcourse, "CRADLE_SECONDS", 0.3)


async def test_a_text_telephone_prints_the_words_twice_and_its_answer_is_heard(office: Office) -> None:
    people = (("+15735550030", "en"), ("+15735550131", "es"), ("+15735550230", "ar"), ("+15735550012", "en"))
    told = await office.give(typed_batch(*people), 90)
    assert told.carrier == "ok", told
    await office.until(lambda: len(office.bodies()) == 4)
    first, waits, arabic, human = (office.bodies()[to] for to, _ in people)
    printed = spell(f"{WORDS}\n{WORDS}\nGA OR SK")
    assert first["typed"].strip() == arabic["typed"].strip() == f"{printed}\nTHANK YOU SK SK", first
    assert waits["typed"].startswith("CEDAR. LA ESCUELA ESTA CERRADA HOY; MANANA SI.\nCEDAR. LA ESCUELA"), waits
    assert first["by"] == "text telephone" and first["codec"] == "PCMU"
    assert office.states() == {0: "answered", 1: "answered", 2: "answered", 3: "delivered"}, office.newest()
    notes = {int(id, 16): one.because for id, one in office.newest().items()}
    assert notes == {0: "", 1: "", 2: IN_ENGLISH, 3: ""}
    said = {(one.kind, one.sender, one.text) for one in office.words()}
    assert said == {("reply", to, "OK") for to, _ in people[:3]}
    assert all(one.channel == "voice" and one.delivery for one in office.words())
    assert human["heard_seconds"] > 10


async def test_machines_faxes_and_who_hangs_up_are_told_apart(office: Office) -> None:
    people = (("+15735550017", "en"), ("+15735550023", "en"), ("+15735550020", "en"), ("+15735550016", "en"))
    await office.give(typed_batch(*people, bodies=BRIEF), 90)
    assert office.states() == {0: "machine", 1: "failed", 2: "no_answer", 3: "busy"}, office.newest()
    assert [int(id, 16) for id, one in office.newest().items() if one.is_bad_address] == [1]
    assert office.words() == []


async def test_stop_typed_back_is_a_wish_and_a_drill_says_so(office: Office) -> None:
    office.trunk.answer = "STOP SK"
    await office.give(typed_batch(("+15735550031", "en"), endpoint="trial", mode="drill", bodies=BRIEF), 90)
    await office.until(lambda: office.bodies())
    assert office.bodies()["+15735550031"]["typed"].startswith("THIS IS A DRILL. CEDAR.")
    assert sorted((one.kind, one.text) for one in office.words()) == [("opt_out", "STOP"), ("reply", "STOP")]


async def test_words_no_text_telephone_can_write_are_not_typed(office: Office) -> None:
    await office.give(typed_batch(("+15735550030", "ar"), bodies=[BODIES[2]]))
    assert office.newest()[f"{0:032x}"].because == NOT_WRITTEN and not office.trunk.counts


def test_which_words_are_typed() -> None:
    one = typed_batch(("+15735550030", "es")).recipients[0]
    typed = words_for(typed_batch(), one)
    assert (typed.rounds, typed.note, typed.once) == (2, "", "CEDAR. LA ESCUELA ESTA CERRADA HOY; MANANA SI.")
    long = words_for(typed_batch(bodies=[Body(language="es", spoken="Hola. " * 400)]), one)
    assert long.rounds == 1 and len(long.once) <= 810 and long.once_seconds < 180
    with pytest.raises(NotTyped, match="only a recording"):
        words_for(typed_batch(bodies=[Body(language="es", sound="0" * 64)]), one)


def test_marks_of_turns_are_no_words() -> None:
    assert read_typed("OK WE COME\nGA") == "OK WE COME" and read_typed("BYE SK SK") == "BYE" and read_typed("GA") == ""
    assert is_turn("HELLO GA ") and is_turn("BYE SKSK") and not is_turn("GAME") and not is_turn("")
