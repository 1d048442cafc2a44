"""What may be sent to whom by whose word, and what each way says: pure."""

import html
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from watchbell.communication.channels.facts import PURPOSES, BodyText
from watchbell.communication.notices.facts import (
    EVERY_SITE,
    KINDS,
    LANGUAGES,
    MOST_OPTION,
    MOST_OPTIONS,
    MOST_SHORT,
    MOST_SPOKEN,
    MOST_TEXT,
    MOST_TITLE,
    PLACEHOLDERS,
    RIDERS,
    Audience,
    Draft,
    Faults,
    Text,
)
from watchbell.communication.notices.rules.second import needs_second as needs_second
from watchbell.communication.notices.rules.words import CORRECTED, ENDED, WORDS
from watchbell.district.people.facts import ALL_BUSES, RUNS
from watchbell.line.languages import name_of
from watchbell.line.numbers import read_whole

_HOLDER = re.compile(r"\{\{\s*([^{}]*?)\s*\}\}")


def _without_last(words: Sequence[str], last: str = "and") -> str:
    """ "a, b and c"."""
    return " ".join(filter(None, (", ".join(words[:-1]), last if len(words) > 1 else "", words[-1] if words else "")))


def spell_audience(audience: Audience, names: Mapping[str, str]) -> str:
    """The audience as a sentence people read before they send.

    names: id → name of sites, classes, rooms, people; RIDERS → how many students the buses mean; EVERY_SITE: in it
    where every site there is was chosen.
    """
    who = _without_last([KINDS[kind].lower() for kind in audience.kinds if kind in KINDS]) or "nobody"
    if audience.people or audience.lists:
        chosen = [names.get(one, "a list") for one in audience.lists]
        chosen += [names.get(one, "somebody") for one in audience.people]
        more = [f"{len(chosen) - 3:,} more"] if len(chosen) > 3 else []
        riding = f", who ride {_spell_buses(audience)}" if audience.buses else ""
        return f"{who.capitalize()} of {_without_last(chosen[:3] + more)}{riding}."
    parts = []
    if audience.roles:
        parts.append("in the role of " + _without_last([one.replace("_", " ") for one in audience.roles], "or"))
    if audience.buses:
        parts.append(_spell_riders(audience, names))
    if audience.classes:
        parts.append("of " + _without_last([names.get(one, "a class") for one in audience.classes]))
    if audience.rooms:
        parts.append("of " + _without_last([names.get(one, "a room") for one in audience.rooms]))
    if audience.grades and not audience.buses:
        parts.append(f"of grade {_without_last(list(audience.grades), 'or')}")
    where = _spell_sites(audience, names)
    is_wide = not parts or ((audience.grades or audience.roles) and not audience.buses)
    parts.append(where or ("in every school of the district" if is_wide else ""))
    return f"{who.capitalize()} {' '.join(filter(None, parts))}."


def _spell_sites(audience: Audience, names: Mapping[str, str]) -> str:
    """ "at Birch School and Oak School", "at Birch School, Oak School, Elm School and 12 more"; "" for none or all."""
    if not audience.sites or EVERY_SITE in names:
        return ""
    listed = [names.get(one, "a site") for one in audience.sites]
    more = [f"{len(listed) - 3} more"] if len(listed) > 5 else []
    return "at " + _without_last([*listed[: 3 if more else 5], *more])


def _spell_riders(audience: Audience, names: Mapping[str, str]) -> str:
    """ "of the 41 students of grade 04 on Bus 14, afternoon run"."""
    count = int(names.get(RIDERS) or 0)
    grades = f" of grade {_without_last(list(audience.grades), 'or')}" if audience.grades else ""
    goes_on = "," if audience.run and (audience.sites or audience.classes or audience.rooms) else ""
    return f"of the {count:,} student{'' if count == 1 else 's'}{grades} on {_spell_buses(audience)}{goes_on}"


def _spell_buses(audience: Audience) -> str:
    """ "Bus 2, Bus 14 and 3 more, afternoon run"."""
    buses = ["any bus"] if ALL_BUSES in audience.buses else list(audience.buses)
    more = [f"{len(buses) - 4} more"] if len(buses) > 5 else []
    run = f", {RUNS[audience.run].lower()} run" if audience.run in RUNS else ""
    return _without_last([*buses[: 4 if more else 5], *more]) + run


def read_numbers(text: str) -> list[tuple[int, str]]:
    """(line, school number or e-mail address) of a pasted list or a CSV file: the first column that has one. Total.

    A first line that names columns says which one counts ("number", "id", "email"); without it, or on a line that
    ends before that column, the first filled cell.
    """
    lines = [re.split(r"[,;\t]", line) for line in text.replace("\0", "").removeprefix("\ufeff").splitlines()]
    words = [[cell.strip().strip('"').strip().removeprefix("'") for cell in line] for line in lines]
    named = [re.sub(r"[^a-z]", "", cell.lower()) for cell in words[0]] if words else []
    column = next(
        (named.index(one) for one in ("number", "studentnumber", "studentid", "id", "email") if one in named), -1
    )
    found = []
    for number, cells in enumerate(words, 1):
        if column >= 0 and number == 1:
            continue
        cell = cells[column] if 0 <= column < len(cells) else next(filter(None, cells), "")
        if cell:
            found.append((number, cell[:120]))
    return found


def judge_draft(draft: Draft, *, is_whole: bool = True, languages: Mapping[str, int] | None = None) -> Faults:
    """What is wrong with it. is_whole False: it is only being kept, not sent.

    languages: how many families of the audience read each; None: not counted.
    """
    errors: list[str] = []
    warnings: list[str] = []
    if draft.purpose not in PURPOSES:
        errors.append("Choose what it is for.")
    texts = {one.language: one for one in draft.texts}
    first = draft.texts[0] if draft.texts else None
    if first is None or not first.title.strip():
        errors.append("Write a title.")
    if is_whole and (first is None or not first.short.strip()):
        errors.append("Write the short text: it is what a text message says.")
    for one in draft.texts:
        errors += _judge_text(one)
    if is_whole and first is not None:
        warnings += _warn_of_languages(draft, languages)
        named = {one: set(_HOLDER.findall(f"{texts[one].short}{texts[one].text}")) for one in texts}
        odd = [LANGUAGES.get(one, one) for one in texts if named[one] - {"link"} != named[first.language] - {"link"}]
        if odd:
            warnings.append(f"{_without_last(odd)} uses other placeholders than {LANGUAGES[first.language]}.")
    if is_whole and not draft.audience.kinds:
        errors.append("Choose who is told.")
    if is_whole and not draft.channels and not draft.posts and not draft.is_banner:
        errors.append("Choose at least one way.")
    if draft.purpose == "emergency" and is_whole and "text" not in draft.channels and "voice" not in draft.channels:
        warnings.append("Neither texts nor calls: an emergency should not wait for somebody to read mail.")
    errors += _judge_public(draft) if is_whole else []
    errors += [*_judge_run(draft.audience), *_judge_options(draft.options), *_judge_translated(draft)]
    warnings += _warn_of_staff(draft.audience)
    bare = [LANGUAGES.get(one.language, one.language) for one in draft.texts[1:] if draft.options and not one.options]
    if is_whole and bare:
        warnings.append(f"The answers stand there in one language only: write them in {_without_last(bare)}, too.")
    if draft.options and any(one.sound for one in draft.texts):
        warnings.append("A call plays the recording and not the words: say in it which key gives which answer.")
    if draft.expires_at and draft.send_at and draft.expires_at <= draft.send_at:
        errors.append("It would end before it is sent.")
    return Faults(tuple(dict.fromkeys(errors)), tuple(dict.fromkeys(warnings)))


def _judge_public(draft: Draft) -> list[str]:
    """What keeps it from being read by everybody as it is asked."""
    errors = []
    first = draft.texts[0] if draft.texts else None
    if draft.posts and first is not None and "name" in _HOLDER.findall(f"{first.title} {first.short}"):
        errors.append("A post names nobody: take {{name}} out of the title and the short text.")
    elif draft.is_public or draft.posts or draft.is_banner:
        has_page = draft.is_public or bool(draft.posts)
        where = "public status page" if has_page else "banner"
        errors += [
            f"{LANGUAGES.get(one.language, one.language)}: everybody reads the {where}, and it names nobody. "
            "Take {{name}} out."
            for one in draft.texts
            if "name" in _HOLDER.findall(f"{one.title} {one.short} {one.text if has_page else ''}")
        ]
    if draft.tell_media and not (draft.is_public or draft.posts):
        errors.append("Newsrooms are sent the public page: put it on the public status page as well.")
    return errors


def _warn_of_languages(draft: Draft, languages: Mapping[str, int] | None) -> list[str]:
    """Which languages its readers have and it does not, with what they get instead; the most families first."""
    written = {one.language for one in draft.texts}
    if languages is None:
        missing = [LANGUAGES.get(code, code) for code in ("en", "es") if code not in written]
        told = f"There is no {_without_last(missing)} text: these families read it in another language."
        return [told] if missing else []
    first = "en" if "en" in written else draft.texts[0].language
    instead = LANGUAGES.get(first, first)
    counted = sorted(languages.items(), key=lambda one: (-one[1], one[0]))
    return [
        f"{count:,} {'family reads' if count == 1 else 'families read'} {name_of(code)}, of which there is "
        f"no text: {'it gets' if count == 1 else 'they get'} {instead}."
        for code, count in counted if count and code not in written
    ]  # fmt: skip


def _judge_run(audience: Audience) -> list[str]:
    if audience.run and audience.run not in RUNS:
        return ["The run is morning or afternoon; empty: both."]
    return ["Name the buses whose run you mean."] if audience.run and not audience.buses else []


def _warn_of_staff(audience: Audience) -> list[str]:
    is_meant = audience.buses and "staff" in audience.kinds
    return ["Nobody on the staff is told: a bus has its students only."] if is_meant else []


def _judge_text(text: Text) -> list[str]:
    where = LANGUAGES.get(text.language, text.language)
    errors = [
        f"{where}: the {name} is too long ({len(words):,} of {most:,} characters)."
        for name, words, most in (("title", text.title, MOST_TITLE), ("short text", text.short, MOST_SHORT),
                                  ("long text", text.text, MOST_TEXT), ("spoken text", text.spoken, MOST_SPOKEN))
        if len(words) > most
    ]  # fmt: skip
    if text.language not in LANGUAGES:
        errors.append(f"“{text.language}” is no language that notices are written in.")
    whole = f"{text.title} {text.short} {text.text} {text.spoken}"
    unknown = sorted({one for one in _HOLDER.findall(whole) if one not in PLACEHOLDERS})
    if unknown:
        known = ", ".join(f"{{{{{one}}}}}" for one in PLACEHOLDERS)
        errors.append(f"{where}: nothing stands for {{{{{unknown[0]}}}}}. There is {known}.")
    rest = _HOLDER.sub("", whole)
    if "{{" in rest or "}}" in rest:
        errors.append(f"{where}: a placeholder is not closed; write {{{{child}}}}.")
    return errors


def _judge_translated(draft: Draft) -> list[str]:
    errors = []
    for one in draft.texts:
        where = LANGUAGES.get(one.language, one.language)
        if one.options and draft.options:
            errors += [f"{where}: {fault}" for fault in _judge_options(one.options)]
            if len(one.options) != len(draft.options):
                errors.append(f"{where}: write {len(draft.options)} answers, a stroke / between them.")
    return errors


def options_in(text: Any, options: Sequence[str]) -> list[str]:
    """A question's answers as this language (a Text, or a row of one) says them."""
    return list(text.options) if len(text.options) == len(options) else list(options)


def _judge_options(options: Sequence[str]) -> list[str]:
    if not options:
        return []
    if not 2 <= len(options) <= MOST_OPTIONS:
        return [f"A question has two to {MOST_OPTIONS} answers."]
    if any(len(one) > MOST_OPTION for one in options):
        return [f"An answer has at most {MOST_OPTION} characters."]
    return ["Each answer must be another."] if len({one.lower() for one in options}) < len(options) else []


#: The body that posts say, beside the families' own in that language: a private variant of it (BCP 47).
POSTED = "{}-x-post"


def render_public(text: Text, mode: str, *, is_correction: bool = False) -> BodyText:
    """What a post says: for everybody, so it names no child, and asks for no answer by text."""
    drill, test, *_ = WORDS.get(text.language, WORDS["en"])
    before = {"drill": drill, "test": test}.get(mode, "")
    before += CORRECTED.get(text.language, CORRECTED["en"]) if is_correction else ""
    words = f"{before}{open_words(text.short)}"
    return BodyText(POSTED.format(text.language), open_words(text.title), words, words, words)


def render_end(text: Text, district: str, mode: str, why: str) -> BodyText:
    """What a post says when the notice does not hold any more: that first, then what it had said."""
    drill, test, *_ = WORDS.get(text.language, WORDS["en"])
    before = {"drill": drill, "test": test}.get(mode, "") + ENDED.get(text.language, ENDED["en"])
    words = " ".join(filter(None, (why.strip(), open_words(text.short))))
    return BodyText(
        language=text.language, subject=f"{before}{open_words(text.title)}", text=words, short=words, spoken=words
    )


def render_body(
    text: Text, district: str, mode: str, options: Sequence[str], *, is_correction: bool = False
) -> BodyText:
    """What each way says, in this language. The short text always ends with the recipient's own link."""
    drill, test, more, answer, by_text, by_key = WORDS.get(text.language, WORDS["en"])
    before = {"drill": drill, "test": test}.get(mode, "")
    before += CORRECTED.get(text.language, CORRECTED["en"]) if is_correction else ""
    options = options_in(text, options)
    numbered = [f"{number} {option}" for number, option in enumerate(options, 1)]
    listed = f"{', '.join(numbered)}." if numbered else ""
    asks, presses = (f" {how}{listed}" if listed else "" for how in (by_text, by_key))
    link = "" if "{{link}}" in text.short.replace(" ", "") else f" {more}{{{{link}}}}"
    long = text.text.strip() or text.short.strip()
    tail = f"\n\n{answer}{' / '.join(options)}\n{{{{link}}}}" if options else f"\n\n{more}{{{{link}}}}"
    spoken = (text.spoken.strip() or text.short.strip()).replace("{{link}}", "")
    return BodyText(
        language=text.language, subject=f"{before}{text.title.strip()}", text=f"{before}{long}{tail}\n\n{district}",
        short=f"{before}{district}: {text.short.strip()}{asks}{link}",
        spoken=f"{before}{district}. {spoken}{presses}", html=render_html(text, long, before, district, options),
        sound=text.sound,
    )  # fmt: skip


def render_html(text: Text, long: str, before: str, district: str, options: Sequence[str]) -> str:
    """An e-mail's second half: readable everywhere, without pictures or scripts."""
    paragraphs = "".join(
        f"<p>{html.escape(part).replace(chr(10), '<br>')}</p>" for part in re.split(r"\n\s*\n", long) if part.strip()
    )
    buttons = "".join(
        f'<p><a href="{{{{link}}}}?answer={number}" style="display:inline-block;padding:10px 18px;border:1px solid'
        f' #1d4ed8;border-radius:8px;text-decoration:none">{html.escape(option)}</a></p>'
        for number, option in enumerate(options, 1)
    )
    note = f'<p style="font-weight:700">{html.escape(before.strip())}</p>' if before else ""
    direction = ' dir="rtl"' if text.language == "ar" else ""
    return (
        f'<html lang="{text.language}"{direction}><body style="font-family:sans-serif;font-size:16px;line-height:1.5">'
        f'{note}<h1 style="font-size:20px">{html.escape(text.title)}</h1>{paragraphs}{buttons}'
        f'<p><a href="{{{{link}}}}">{html.escape(district)}: {html.escape(text.title)}</a></p></body></html>'
    )


def read_answer(text: str, options: Sequence[str]) -> int | None:
    """Which of a question's answers is meant by a reply ("1", "safe", "Yes, safe"), counted from 0; None for none."""
    words = text.strip().lower()
    match = re.match(r"\W*(\d)\b", words)
    if match and 1 <= int(match[1]) <= len(options):
        return int(match[1]) - 1
    fitting = [number for number, option in enumerate(options) if re.search(rf"\b{re.escape(option.lower())}\b", words)]
    return fitting[0] if len(fitting) == 1 else None


def read_key(key: str, options: Sequence[str]) -> int | None:
    """Which of a question's answers a pressed key stands for, counted from 0; None for none."""
    number = read_whole(key)
    return number - 1 if number is not None and 1 <= number <= len(options) else None


def read_answer_in(text: str, spoken: Iterable[Sequence[str]]) -> int | None:
    """`read_answer` in whichever language of a question: the first that knows it."""
    found = (read_answer(text, options) for options in spoken)
    return next((option for option in found if option is not None), None)


def say_pace(gone: int, waiting: int, seconds: float) -> str:
    """How fast messages go out and how long that takes still, by what has gone out in `seconds`; "" before one can say.

    "40 a second, about 7 min left"; a pace below one is said by the minute.
    """
    if seconds < 10 or gone < 20 or not waiting:
        return ""
    pace = gone / seconds
    told = f"{pace:,.0f} a second" if pace >= 1 else f"{pace * 60:.0f} a minute"
    left = waiting / pace
    spelled = f"{left / 60:.0f}\u00a0min" if left >= 90 else f"{max(left, 1):.0f}\u00a0s"
    return f"{told}, about {spelled} left"


def fill_template(text: str, words: Mapping[str, str]) -> str:
    """A template with an incident's words put in; placeholders of recipients stay."""
    return _HOLDER.sub(lambda found: words.get(found[1], found[0]), text)


def open_words(text: str) -> str:
    """A text as everybody reads it: it names no child and no recipient."""
    words = {"child": "your child", "name": "", "school": "your school", "link": ""}
    filled = fill_template(text, words).strip()
    return filled[:1].upper() + filled[1:]
