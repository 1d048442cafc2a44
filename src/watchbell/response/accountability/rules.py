"""Decides what the reports together say: what counts, what is a question, how many are accounted for."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from watchbell.response.accountability.facts import (
    ACCOUNTED,
    AHEAD_SECONDS,
    GRAVEST,
    LATE_DAYS,
    SEEN,
    Answer,
    Expected,
    Picture,
    Report,
    RoomCount,
    Standing,
    Step,
    Totals,
)

#: Silent rooms first: nobody knows how they are. Whom to help is listed by name besides.
ROOM_ORDER = {"": 0, "injured": 1, "help": 2, "missing": 3, "safe": 4}


def subject_of(person: UUID | None, name: str, count: int, report: str) -> str:
    """Whom a report is about: a known person, a guest by name, or (a group, or no name) this report alone."""
    if person is not None:
        return f"person:{person}"
    plain = " ".join(name.casefold().split())
    return f"name:{plain}" if plain and count == 1 else f"report:{report}"


def set_right(made_at: datetime, received_at: datetime) -> datetime:
    """The device's time of a report; a clock that runs ahead of ours counts as of now."""
    return received_at if made_at > received_at + timedelta(seconds=AHEAD_SECONDS) else made_at


def is_in_time(made_at: datetime, opened_at: datetime, closed_at: datetime | None, now: datetime) -> str:
    """ "" for a report that belongs to the incident, else why not. What was made in time may arrive days later."""
    if made_at < opened_at - timedelta(minutes=2):
        return "It was made before this incident began."
    if closed_at is None:
        return ""
    if made_at > closed_at:
        return "This incident is closed; its roll call is part of the record now."
    if now > closed_at + timedelta(days=LATE_DAYS):
        return f"It came more than {LATE_DAYS} days after the incident was closed."
    return ""


def newest_words(reports: Iterable[Report]) -> list[Report]:
    """Every reporter's newest word on one person, the newest first: device time orders one reporter's own reports."""
    found: dict[str, Report] = {}
    for report in reports:
        known = found.get(report.by)
        if known is None or _moment(report) > _moment(known):
            found[report.by] = report
    return sorted(found.values(), key=_moment, reverse=True)


def _moment(report: Report) -> tuple[datetime, datetime, str]:
    return report.made_at, report.received_at, str(report.id)


def judge_pair(newer: Report, older: Report) -> str:
    """Why two people's words on one person cannot both be taken as they are; "" when they can."""
    if newer.is_seen and older.is_seen:
        return "" if newer.place == older.place else "Seen in two places."
    if newer.state == "released":
        return ""  # going home is what follows being here
    if older.state == "released":
        return "Said to be released, and after that seen here." if newer.is_seen else ""
    if newer.is_seen or older.is_seen:
        seen, other = (newer, older) if newer.is_seen else (older, newer)
        if other.state == "absent":
            return "Said to be absent today, and seen."
        is_found = newer is seen
        is_elsewhere = other.place is not None and other.place != seen.place
        return "" if is_found or is_elsewhere else "Seen here, and then reported missing."
    return "" if newer.state == older.state else "Said to be absent today, and reported missing."


def settle(reports: Sequence[Report], answer: Answer | None = None) -> Standing:
    """What counts of one person's reports. Words that contradict one another stay, all of them, as a question.

    An answer holds until somebody says something new. The gravest word counts while the question is open.
    """
    words = newest_words(reports)
    if answer is not None:
        words = _after_answer(words, reports, answer)
    faults = [
        (newer, older, why)
        for index, newer in enumerate(words)
        for older in words[index + 1 :]
        if (why := judge_pair(newer, older))
    ]
    if faults:
        against = {id(one) for newer, older, _ in faults for one in (newer, older)}
        rivals = tuple(one for one in words if id(one) in against)
        gravest = min(rivals, key=lambda one: GRAVEST.index(one.state))
        return Standing(gravest, rivals, faults[0][2])
    return Standing(_agreed(words))


def _after_answer(words: list[Report], reports: Sequence[Report], answer: Answer) -> list[Report]:
    """The word chosen, and what came in after the answer."""
    later = [one for one in words if one.received_at > answer.at]
    chosen = next((one for one in reports if one.id == answer.report), None)
    if chosen is None:  # different people of one name: the newest stands for them
        return later or words[:1]
    return sorted([*(one for one in later if one.id != chosen.id and one.by != chosen.by),
                   *([one for one in later if one.by == chosen.by][:1] or [chosen])],
                  key=_moment, reverse=True)  # fmt: skip


def _agreed(words: Sequence[Report]) -> Report:
    """Among words that go together: released is the end; a sighting outweighs not knowing; injured outweighs unhurt."""
    released = next((one for one in words if one.state == "released"), None)
    if released is not None:
        return released
    seen = [one for one in words if one.is_seen]
    if seen:
        return next((one for one in seen if one.state == "injured"), seen[0])
    return words[0]


def settle_all(reports: Iterable[Report], answers: Mapping[str, Answer]) -> dict[str, Standing]:
    """The standing of everybody somebody has spoken of."""
    by_subject: dict[str, list[Report]] = {}
    for report in reports:
        by_subject.setdefault(report.subject, []).append(report)
    return {subject: settle(found, answers.get(subject)) for subject, found in by_subject.items()}


def may_answer(standing: Standing, reporter: str, has_right: bool) -> bool:
    """The office decides, and whoever said one of the contradicting words."""
    return has_right or any(one.by == reporter for one in standing.rivals)


def room_state(here: Sequence[Report], missing: int, told: str) -> str:
    """A room in one word, from what was said in it of people and of the room as a whole; "" while it is silent."""
    if not here and not told:
        return ""
    if any(one.state == "injured" for one in here) or told == "injured":
        return "injured"
    if told == "help":
        return "help"
    if missing or told == "missing":
        return "missing"
    return "safe"


def count_rooms(
    rooms: Sequence[tuple[UUID, str]], expected: Iterable[Expected], standings: Mapping[str, Standing],
    told: Mapping[UUID, tuple[str, int, datetime, str, str]],
) -> list[RoomCount]:  # fmt: skip
    """Every room, silent ones first, then those that need help. told: place → (state, people, at, by, note) as a whole.

    A room that was reported only by a number counts that many of its people, at most as many as belong there.
    """
    belong: dict[UUID, list[Expected]] = {}
    for one in expected:
        if one.place is not None:
            belong.setdefault(one.place, []).append(one)
    heard: dict[UUID, list[Report]] = {}
    questions: dict[UUID, int] = {}
    for standing in standings.values():
        for report in standing.rivals or (standing.report,):
            if report.place is not None:
                heard.setdefault(report.place, []).append(report)
                questions[report.place] = questions.get(report.place, 0) + standing.is_question
    found = [
        _count_room(place, name, belong.get(place, []), heard.get(place, []), standings, told.get(place),
                    questions.get(place, 0))
        for place, name in rooms
    ]  # fmt: skip
    shown = [one for one in found if one.expected or one.here or one.state]
    return sorted(shown, key=lambda one: (ROOM_ORDER[one.state], one.name))


def _count_room(
    place: UUID, name: str, belong: Sequence[Expected], heard: Sequence[Report], standings: Mapping[str, Standing],
    told: tuple[str, int, datetime, str, str] | None, questions: int,
) -> RoomCount:  # fmt: skip
    words = [standings[key] for one in belong if (key := f"person:{one.person}") in standings]
    accounted = sum(1 for one in words if one.report.state in ACCOUNTED)
    missing = sum(1 for one in words if one.report.state == "missing")
    here = [one for one in heard if one.state in SEEN]
    mine = {one.person for one in belong}
    extra = sum(one.count for one in here if one.person not in mine)
    if told is not None:
        elsewhere = sum(1 for one in words if one.report.state in ACCOUNTED and one.report.place != place)
        accounted = min(len(belong), max(accounted, told[1] + elsewhere))
        extra = extra or max(0, told[1] - len(belong))
    newest = max(heard, key=_moment) if heard else None
    at, by = (newest.made_at, newest.by_name) if newest else (None, "")
    if told is not None and (at is None or told[2] > at):
        at, by = told[2], told[3]
    return RoomCount(
        place=place, name=name, expected=len(belong), accounted=accounted, missing=missing,
        injured=sum(one.count for one in here if one.state == "injured"), extra=extra,
        here=sum(one.count for one in here) or (told[1] if told else 0), questions=questions,
        state=room_state(heard, missing, told[0] if told else ""), at=at, by=by, note=told[4] if told else "",
    )  # fmt: skip


def total_of(
    rooms: Sequence[RoomCount], expected: Iterable[Expected], standings: Mapping[str, Standing]
) -> Totals:  # fmt: skip
    """The whole site; people of rooms reported only by a number count as seen."""
    by_state = dict.fromkeys(("safe", "injured", "missing", "absent", "released"), 0)
    people = {f"person:{one.person}" for one in expected}
    for subject in people & standings.keys():
        by_state[standings[subject].report.state] += 1
    by_number = sum(room.accounted for room in rooms) - sum(
        1 for one in expected
        if one.place is not None and (key := f"person:{one.person}") in standings
        and standings[key].report.state in ACCOUNTED
    )  # fmt: skip
    seen = by_state["safe"] + by_state["injured"] + max(0, by_number)
    accounted = seen + by_state["absent"] + by_state["released"]
    guests = sum(one.report.count for key, one in standings.items() if key not in people and one.report.state in SEEN)
    return Totals(
        people=len(people), accounted=accounted, seen=seen, injured=_injured(standings), missing=by_state["missing"],
        absent=by_state["absent"], released=by_state["released"],
        unknown=max(0, len(people) - accounted - by_state["missing"]), guests=guests,
        questions=sum(1 for one in standings.values() if one.is_question), rooms=len(rooms),
        silent=sum(1 for room in rooms if room.is_silent),
    )  # fmt: skip


def _injured(standings: Mapping[str, Standing]) -> int:
    return sum(one.report.count for one in standings.values() if one.report.state == "injured")


def needs_help(picture: Picture) -> list[Standing]:
    """The injured, then the missing, by name: whom responders look for."""
    wanted = [one for one in picture.standings.values() if one.report.state in ("injured", "missing")]
    return sorted(wanted, key=lambda one: (GRAVEST.index(one.report.state), one.report.name))


def progress_of(
    reports: Iterable[Report], rooms: Iterable[tuple[UUID, datetime, int]], opened_at: datetime
) -> list[Step]:
    """Rooms and people accounted for over time, by the time things were said. rooms: (place, at, people) as a whole.

    A person of the roster counts from the first word that accounts for them; a room counts from its first word.
    """
    told = [(report.made_at, report.place, report.subject, 1) for report in reports
            if report.state in ACCOUNTED and report.person is not None]  # fmt: skip
    named = {place for _, place, _, _ in told}
    told += [(at, place, f"room:{place}", people if place not in named else 0) for place, at, people in rooms]
    seen: set[str] = set()
    heard: set[UUID] = set()
    people, steps = 0, [Step(0.0, 0, 0)]
    for at, place, subject, count in sorted(told, key=lambda one: one[0]):
        people += count if subject not in seen else 0
        seen.add(subject)
        if place is not None:
            heard.add(place)
        seconds = max(0.0, (at - opened_at).total_seconds())
        if steps[-1].seconds == seconds:
            steps.pop()
        steps.append(Step(seconds, len(heard), people))
    return steps


def is_class_now(periods: Sequence[str], period: str) -> bool:
    """Whether a class that meets in `periods` meets in the period called `period`: "3" and "Period 3" are one."""
    wanted = _period_word(period)
    return bool(wanted) and any(_period_word(one) == wanted for one in periods)


def _period_word(name: str) -> str:
    plain = "".join(letter for letter in name.casefold() if letter.isalnum())
    digits = "".join(letter for letter in plain if letter.isdigit())
    return digits or plain
