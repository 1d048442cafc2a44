"""What waits for a digest, what it says in each language, and how senders are told; by rules alone."""

from datetime import UTC, datetime, time, timedelta
from html.parser import HTMLParser
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchbell.communication.channels.facts import Contact, QuietHours
from watchbell.communication.channels.rules import choose_ways, digest_of, judge_digest, next_digest, say_waits
from watchbell.communication.notices.facts import Audience, Draft, Text
from watchbell.communication.notices.rules.digests import (
    DIGEST_WORDS,
    Entry,
    fields_of,
    group_entries,
    may_wait,
    render_digest,
    say_mails,
    say_over,
    say_when,
    spell_about,
)
from watchbell.line.filling import fill
from watchbell.line.ids import new_id
from watchbell.line.languages import LANGUAGES

CHICAGO = ZoneInfo("America/Chicago")
NOON = datetime(2026, 12, 2, 12, tzinfo=CHICAGO)
FIVE = time(17)


def local(*words: int) -> datetime:
    return datetime(*words, tzinfo=CHICAGO)  # type: ignore[arg-type, misc]


# -- when it goes ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("after", "due"), [
    (local(2026, 12, 2, 12), local(2026, 12, 2, 17)),
    (local(2026, 12, 2, 17), local(2026, 12, 3, 17)),
    (local(2026, 12, 2, 16, 59), local(2026, 12, 2, 17)),
    (local(2026, 3, 7, 18), local(2026, 3, 8, 17)),  # the clocks go forward in between: 23 hours
    (local(2026, 10, 31, 18), local(2026, 11, 1, 17)),  # and back: 25
    (local(2026, 12, 31, 20), local(2027, 1, 1, 17)),
])  # fmt: skip
def test_the_next_digest_goes_at_the_hour_by_the_district_s_clock(after, due):
    assert next_digest(after.astimezone(UTC), FIVE, CHICAGO) == due


def test_an_hour_that_the_clocks_leave_out_or_give_twice_still_comes_once_a_day():
    half_past_two = time(2, 30)
    day = datetime(2026, 3, 7, 12, tzinfo=UTC)
    found = []
    while len(found) < 3:
        day = next_digest(day, half_past_two, CHICAGO)
        found.append(day.astimezone(CHICAGO).strftime("%d %H:%M"))
    assert found == ["08 03:30", "09 02:30", "10 02:30"]
    twice = next_digest(datetime(2026, 10, 31, 12, tzinfo=UTC), time(1, 30), CHICAGO)
    assert next_digest(twice, time(1, 30), CHICAGO) - twice == timedelta(hours=25)


@given(st.datetimes(datetime(2025, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)),
       st.times(), st.sampled_from(["America/Chicago", "America/Anchorage", "Pacific/Guam"]))  # fmt: skip
def test_the_next_one_is_always_ahead_and_within_a_day_and_an_hour(after, at, name):
    zone = ZoneInfo(name)
    due = next_digest(after, at.replace(second=0, microsecond=0), zone)
    assert timedelta() < due - after <= timedelta(hours=25, minutes=1) and digest_of(due, at, zone) is not None


def test_a_digest_in_the_quiet_hours_is_none():
    assert judge_digest(QuietHours()) == ""
    assert "quiet from 21:00 to 07:00" in judge_digest(QuietHours(digest=time(6, 59)))
    assert judge_digest(QuietHours(digest=time(7))) == "" and judge_digest(QuietHours(digest=time(21))) != ""
    assert say_waits(local(2026, 12, 2, 17).astimezone(UTC), CHICAGO) == "In the digest of 2 December, goes at 17:00."


# -- what waits ------------------------------------------------------------------------------------------------------


def draft(**words: object) -> Draft:
    return Draft(**{"purpose": "routine", "texts": (), "audience": Audience(), "channels": ("email",)} | words)  # type: ignore[arg-type]


def test_only_what_is_routine_real_and_of_no_incident_waits():
    assert may_wait(draft())
    for words in ({"purpose": "emergency"}, {"purpose": "attendance"}, {"purpose": "newsletter"}, {"mode": "drill"},
                  {"mode": "test"}, {"incident": new_id()}, {"skips_digest": True}):  # fmt: skip
        assert not may_wait(draft(**words)), words


def test_only_mails_wait_and_only_of_who_wants_it():
    who = Contact(None, None, "Maria", "es", ("m@x.invalid", "w@x.invalid"), ("+15735550101",), is_daily=True)
    channels = ("text", "email", "voice")

    def waiting(contact, **words):
        ways = choose_ways(contact, channels, "routine", words.pop("declined", ()), words.pop("bad", {}), **words)
        return [one.to for one in ways if one.waits]

    assert waiting(who, at_once=True, may_wait=True) == ["m@x.invalid", "w@x.invalid"]
    assert waiting(who, at_once=True) == []
    assert waiting(Contact(None, None, "", "en", ("a@x",)), at_once=True, may_wait=True) == []
    declined = {("email", "m@x.invalid")}
    assert waiting(who, at_once=False, may_wait=True, declined=declined) == ["w@x.invalid"]
    assert waiting(who, at_once=False, may_wait=True, bad={("email", "w@x.invalid"): "550"}) == ["m@x.invalid"]


def test_what_is_over_says_why():
    assert say_over("sent", False) == say_over("sending", False) == ""
    assert say_over("sent", True).startswith("Its time was over")
    assert "ended or stopped" in say_over("ended", True) and "ended or stopped" in say_over("stopped", False)


# -- what it says ----------------------------------------------------------------------------------------------------


def entry(title: str, hours: int, about: str = "", **words: object) -> Entry:
    text = Text(str(words.pop("language", "en")), title, f"{title} for {{{{child}}}}. {{{{link}}}}{{{{school}}}}")
    return Entry(text, f"https://x.invalid/m/{title}", NOON - timedelta(hours=hours), about,
                 fields={"child": "Ana & Bo"}, **words)  # type: ignore[arg-type]  # fmt: skip


def test_the_newest_comes_first_among_groups_and_in_each():
    found = group_entries([entry("a", 5, "Ana"), entry("b", 1, "Bo"), entry("c", 2, "Ana"), entry("d", 9, "Bo")])
    assert [(about, [one.text.title for one in mine]) for about, mine in found] == [
        ("Bo", ["b", "d"]), ("Ana", ["c", "a"])]  # fmt: skip
    assert spell_about("Ana, Bo", ["Birch", "Oak", "Elm", "Fir"]) == "Ana, Bo, Birch, Oak, Elm"
    assert spell_about("", []) == ""


def test_words_are_filled_and_markup_in_them_is_only_words():
    evil = Entry(Text("en", "<b>Tom</b>", "a < b\nnext"), 'https://x.invalid/m/"', NOON, "<i>Ana</i>")
    fields = fields_of([evil, entry("x", 1)], "en")
    assert "&lt;b&gt;Tom&lt;/b&gt;" in fields["items_html"] and "<b>" not in fields["items_html"]
    assert "a &lt; b<br>next" in fields["items_html"] and "&lt;i&gt;Ana" in fields["items_html"]
    assert 'href="https://x.invalid/m/&quot;"' in fields["items_html"]
    assert "x for Ana & Bo.\n" in fields["items"] and "{{" not in fields["items"] + fields["items_html"]
    assert fields["count"] == "2" and fields["first"] == "<b>Tom</b>"


def test_a_correction_and_a_question_say_so():
    text = Text("es", "Merienda", "Es el viernes.", options=("Sí", "No"))
    one = Entry(text, "https://x", NOON, options=("Yes", "No"), is_corrected=True)
    assert one.title == "CORRECCIÓN. Merienda" and one.asks == "Responda: Sí / No"


class Balanced(HTMLParser):
    """Whether each element that begins ends, in its order."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.feed(page)
        assert not self.open

    def handle_starttag(self, tag, attrs):
        if tag != "br":
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


@pytest.mark.parametrize("language", list(LANGUAGES))
def test_in_each_language_it_has_all_its_words_and_its_direction(language):
    body = render_digest(language, "Cedar & Valley")
    fields = fields_of([entry("x", 1, "Ana"), entry("y", 2, language="ar")], language) | {"link": "https://x/contacts"}
    page, plain = fill(body.html, fields), fill(body.text, fields)
    Balanced(page)
    turned = "rtl" if language == "ar" else "ltr"
    assert page.startswith(f'<html lang="{language}" dir="{turned}">')
    for words in (page, plain):
        assert DIGEST_WORDS[language]["why"] in words and DIGEST_WORDS[language]["back"] in words
        assert "https://x/contacts" in words and "{{" not in words and "https://x.invalid/m/y" in words
    assert fill(body.subject, fields) == f"{DIGEST_WORDS[language]['today']} (2): x"
    if language != "ar":
        assert 'lang="ar" dir="rtl"' in page, "what is written in another language runs as that does"
    if language != "en":
        assert all(words != DIGEST_WORDS["en"][key] for key, words in DIGEST_WORDS[language].items())


# -- what the sender is told ------------------------------------------------------------------------------------------


def test_the_sender_reads_how_many_wait_and_for_which_digest():
    due = local(2026, 12, 2, 17)
    ends = due + timedelta(days=3)

    def said(due=due, ends=ends, is_later=False, skips=False, in_turn=False):
        return say_mails(312, 41, due, NOON, ends, is_later=is_later, skips=skips, in_turn=in_turn)

    assert said() == "312 by mail now, 41 in today's digest at 17:00."
    assert said(in_turn=True).startswith("312 by mail in its turn, if still needed, 41 in today's digest")
    assert said(is_later=True, due=due + timedelta(days=1)).startswith("312 by mail when it goes out, 41 in tomorrow's")
    assert said(skips=True).startswith("353 by mail now: it does not wait for the digest, also not for the 41")
    assert said(ends=due).startswith("353 by mail now: it ends before today's digest at 17:00, so the 41")
    assert say_mails(312, 0, due, NOON, ends, is_later=False, skips=False) == ""
    assert say_when(local(2026, 12, 7, 17), NOON) == "the digest of Monday 7 December at 17:00"
