"""What may be sent, how an audience reads, and what each way says."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest

from watchbell.communication.channels.facts import QuietHours
from watchbell.communication.notices import rules
from watchbell.communication.notices.facts import RIDERS, Audience, Draft, Text
from watchbell.communication.notices.rules import times

NAMES = {"a": "Birch School", "b": "Oak School", "k": "Homeroom 101", "p": "Ana Lopez", "q": "Ben Voss",
         RIDERS: "41"}  # fmt: skip
TEXT = Text("en", "Early release", "School ends at noon. {{link}}")
DRAFT = Draft("routine", (TEXT,), Audience(("family",), ("a",)), ("text", "email"))


@pytest.mark.parametrize(
    ("audience", "spelled"),
    [
        (Audience(("family",)), "Families in every school of the district."),
        (Audience(("family", "staff"), ("a",)), "Families and staff at Birch School."),
        (Audience(("family",), ("a", "b"), ("04", "05")), "Families of grade 04 or 05 at Birch School and Oak School."),
        (Audience(("family",), ("a",), classes=("k",)), "Families of Homeroom 101 at Birch School."),
        (Audience(("staff",), roles=("nurse",)), "Staff in the role of nurse in every school of the district."),
        (Audience(("family",), people=("p", "q")), "Families of Ana Lopez and Ben Voss."),
        (Audience(()), "Nobody in every school of the district."),
        (Audience(("family",), buses=("Bus 14",), run="afternoon"),
         "Families of the 41 students on Bus 14, afternoon run."),
        (Audience(("family",), ("a",), buses=("Bus 2", "Bus 14")),
         "Families of the 41 students on Bus 2 and Bus 14 at Birch School."),
        (Audience(("family",), ("a",), ("04",), buses=("Bus 2",), run="morning"),
         "Families of the 41 students of grade 04 on Bus 2, morning run, at Birch School."),
        (Audience(("family",), buses=tuple(f"Bus {number}" for number in range(1, 9))),
         "Families of the 41 students on Bus 1, Bus 2, Bus 3, Bus 4 and 4 more."),
        (Audience(("family",), buses=("*",)), "Families of the 41 students on any bus."),
        (Audience(("family",), people=("p",), buses=("Bus 2",)), "Families of Ana Lopez, who ride Bus 2."),
    ],
)  # fmt: skip
def test_an_audience_is_read_as_a_sentence(audience: Audience, spelled: str) -> None:
    assert rules.spell_audience(audience, NAMES) == spelled


def test_a_second_person_confirms_what_reaches_everybody_or_frightens() -> None:
    def needs(draft: Draft, is_of_incident: bool = False) -> str:
        return rules.needs_second(draft, is_of_incident)

    assert needs(DRAFT) == ""
    assert "whole district" in needs(replace(DRAFT, audience=Audience(("family",))))
    urgent = replace(DRAFT, purpose="emergency")
    assert "outside of an incident" in needs(urgent) and needs(urgent, True) == ""
    assert needs(replace(urgent, mode="drill")) == ""
    assert needs(replace(DRAFT, audience=Audience(buses=("Bus 14",)))) == ""
    assert "every bus" in needs(replace(DRAFT, audience=Audience(buses=("*",))))
    assert needs(replace(DRAFT, audience=Audience(sites=("a",), buses=("*",)))) == ""


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"texts": ()}, "Write a title."),
        ({"texts": (replace(TEXT, short=""),)}, "Write the short text"),
        ({"texts": (replace(TEXT, short="{{kid}}"),)}, "nothing stands for {{kid}}"),
        ({"texts": (replace(TEXT, short="{{child"),)}, "is not closed"),
        ({"texts": (replace(TEXT, short="x" * 481),)}, "too long (481 of 480 characters)"),
        ({"channels": ()}, "Choose at least one way."),
        ({"audience": Audience(())}, "Choose who is told."),
        ({"options": ("Yes",)}, "two to 4 answers"),
        ({"options": ("Yes", "yes")}, "must be another"),
        ({"purpose": "fun"}, "Choose what it is for."),
        ({"audience": Audience(buses=("Bus 2",), run="noon")}, "morning or afternoon"),
        ({"audience": Audience(run="morning")}, "Name the buses"),
    ],
)
def test_what_cannot_be_sent_says_why(change: dict, said: str) -> None:
    assert any(said in one for one in rules.judge_draft(replace(DRAFT, **change)).errors)


def test_a_missing_language_is_a_warning() -> None:
    faults = rules.judge_draft(DRAFT)
    assert not faults.errors and "Español" in faults.warnings[0]
    both = replace(DRAFT, texts=(TEXT, replace(TEXT, language="es", short="Salida a mediodía, {{child}}.")))
    assert "other placeholders" in rules.judge_draft(both).warnings[0]


def test_each_way_says_it_in_its_own_words() -> None:
    body = rules.render_body(TEXT, "Cedar District", "real", ("Safe", "Help"))
    assert body.short == "Cedar District: School ends at noon. {{link}} Reply with the number: 1 Safe, 2 Help."
    assert body.subject == "Early release" and "{{link}}" in body.text and "{{link}}" not in body.spoken
    assert body.spoken.endswith("To answer, press the number: 1 Safe, 2 Help.")
    assert 'href="{{link}}?answer=2"' in body.html and "<script" not in body.html
    plain = rules.render_body(replace(TEXT, short="School ends at noon."), "Cedar District", "real", ())
    assert plain.short.endswith("More: {{link}}")
    marked = rules.render_body(replace(TEXT, title="<b>", text="a\n\n<i>"), "D & D", "real", ())
    assert "&lt;b&gt;" in marked.html and "&lt;i&gt;" in marked.html and "D &amp; D" in marked.html


def test_who_plays_a_recording_with_a_question_is_told_to_name_the_keys_in_it() -> None:
    asked = replace(DRAFT, options=("Safe", "Help"))
    assert not any("which key" in one for one in rules.judge_draft(asked).warnings)
    recorded = replace(asked, texts=(replace(TEXT, sound="ab" * 32),))
    assert any("which key" in one for one in rules.judge_draft(recorded).warnings)


def test_a_drill_says_so_first_in_every_language_and_way() -> None:
    for language, word in (("en", "THIS IS A DRILL."), ("es", "ESTO ES UN SIMULACRO.")):
        body = rules.render_body(replace(TEXT, language=language), "D", "drill", ())
        assert all(part.startswith(word) for part in (body.short, body.subject, body.text, body.spoken))
    assert rules.render_body(TEXT, "D", "real", (), is_correction=True).short.startswith("CORRECTION.")


@pytest.mark.parametrize(
    ("said", "meant"),
    [("1", 0), (" 2.", 1), ("Safe!", 0), ("we need help", 1), ("yes", None), ("9", None), ("", None),
     ("safe but need help", None)],
)  # fmt: skip
def test_a_reply_is_read_as_an_answer(said: str, meant: int | None) -> None:
    assert rules.read_answer(said, ("Safe", "Need help")) == meant


def test_it_ends_by_itself() -> None:
    now = datetime(2026, 9, 1, 8, tzinfo=UTC)
    assert times.until(DRAFT, now) == now + timedelta(hours=72)
    assert times.until(replace(DRAFT, purpose="emergency"), now) == now + timedelta(hours=6)
    assert times.until(replace(DRAFT, expires_at=now), now) == now


def test_routine_spares_the_night() -> None:
    evening, night, noon = (datetime(2026, 9, 1, hour, 30, tzinfo=UTC) for hour in (22, 3, 12))
    usual = QuietHours()
    assert times.spare_the_night(DRAFT, evening, usual) == datetime(2026, 9, 2, 7, tzinfo=UTC)
    assert times.spare_the_night(DRAFT, night, usual) == datetime(2026, 9, 1, 7, tzinfo=UTC)
    assert times.spare_the_night(DRAFT, noon, usual) is None
    assert times.spare_the_night(replace(DRAFT, purpose="emergency"), night, usual) is None


def test_the_night_is_as_long_as_the_district_says() -> None:
    long, noon_break = QuietHours(time(19, 30), time(6, 45)), QuietHours(time(12), time(13))
    at = [datetime(2026, 9, 1, *hour, tzinfo=UTC) for hour in ((19, 29), (19, 30), (6, 44), (6, 45), (12, 30))]
    assert [times.spare_the_night(DRAFT, one, long) for one in at] == [
        None, datetime(2026, 9, 2, 6, 45, tzinfo=UTC), datetime(2026, 9, 1, 6, 45, tzinfo=UTC), None, None]  # fmt: skip
    assert times.spare_the_night(DRAFT, at[4], noon_break) == datetime(2026, 9, 1, 13, tzinfo=UTC)


def test_a_template_takes_an_incident_s_words_and_leaves_the_recipient_s() -> None:
    filled = rules.fill_template("{{what}} at {{ site }}, {{child}}", {"what": "Lockdown", "site": "Birch"})
    assert filled == "Lockdown at Birch, {{child}}"


SPANISH = Text("es", "Salida", "Salimos a mediodía.", options=("Bien", "No sé"))
ASKS = replace(DRAFT, texts=(TEXT, SPANISH), options=("Safe", "No"))


def test_answers_are_said_in_each_language() -> None:
    said = [rules.render_body(one, "Cedar", "real", ASKS.options).short for one in ASKS.texts]
    assert "1 Safe, 2 No." in said[0] and "1 Bien, 2 No sé." in said[1]
    assert rules.judge_draft(ASKS).errors == ()


@pytest.mark.parametrize(("options", "told"), [
    (("Bien",), "two to 4 answers"), (("Bien", "No", "Tal vez"), "write 2 answers"), (("Sí", "sí"), "must be another"),
])  # fmt: skip
def test_answers_in_another_language_are_as_many(options: tuple[str, ...], told: str) -> None:
    texts = (TEXT, replace(ASKS.texts[1], options=options))
    assert told in " ".join(rules.judge_draft(replace(ASKS, texts=texts)).errors)


def test_answers_in_one_language_only_are_a_warning() -> None:
    bare = replace(ASKS, texts=(TEXT, replace(ASKS.texts[1], options=())))
    assert any("one language only" in one for one in rules.judge_draft(bare).warnings)
    assert rules.options_in(bare.texts[1], bare.options) == ["Safe", "No"]


@pytest.mark.parametrize(("gone", "waiting", "seconds", "said"), [
    (7_200, 16_800, 180, "40 a second, about 7 min left"), (44_000, 1_000, 80, "550 a second, about 2 s left"),
    (30, 90, 60, "30 a minute, about 3 min left"), (24_000, 0, 600, ""), (19, 100, 60, ""), (500, 500, 9, ""),
])  # fmt: skip
def test_a_pace_is_said_once_there_is_one(gone, waiting, seconds, said):
    assert rules.say_pace(gone, waiting, seconds).replace("\u00a0", " ") == said
