"""Announcements and, in the same transaction, one leased row for each listed reaction."""

import logging
import traceback
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import groupby
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
from django.db import connection, transaction

from watchbell.kernel.acting import acting_in
from watchbell.kernel.models import Announcement, Reaction
from watchbell.line import clock

log = logging.getLogger(__name__)
LEASE_SECONDS = 3.0
MOST_ATTEMPTS = 5
#: So many are claimed at once: they must be through before their lease ends.
PORTION = 50


@dataclass(frozen=True)
class Answer:
    """One line of `wiring.py`: this event is answered by this function.

    takes_many: it is given a list of (event, announcement), as many as wait, and writes them down together.
    """

    event: type[msgspec.Struct]
    reaction: Callable[..., None]
    is_urgent: bool = False
    takes_many: bool = False

    @property
    def name(self) -> str:
        return f"{self.reaction.__module__.removeprefix('watchbell.')}.{self.reaction.__name__}"


_answers: dict[str, list[Answer]] = {}
_by_name: dict[str, Answer] = {}
_jobs: dict[str, Callable[..., None]] = {}


def wire_up(answers: list[Answer], jobs: dict[str, Callable[..., None]]) -> None:
    """Takes over `wiring.py`: the answers, and the jobs that `ask_later` may name."""
    _answers.clear()
    _by_name.clear()
    _jobs.clear()
    for answer in answers:
        _answers.setdefault(answer.event.__name__, []).append(answer)
        _by_name[answer.name] = answer
    _jobs.update(jobs)


class News(NamedTuple):
    """One announcement before it is written: its name and body, and (reaction, is_urgent) of whoever answers."""

    name: str
    body: Any
    answers: tuple[tuple[str, bool], ...]
    by: str = ""
    cause: str = ""


def news_of(event: msgspec.Struct, by: str, cause: str) -> News:
    """`event`, answered as `wiring.py` lists."""
    name = type(event).__name__
    answers = tuple((answer.name, answer.is_urgent) for answer in _answers.get(name, []))
    return News(name, msgspec.to_builtins(event), answers, by, cause)


def errand_of(job: str, arguments: dict[str, Any], is_urgent: bool = False) -> News:
    """The job registered as `job`. Raises LookupError."""
    if job not in _jobs:
        raise LookupError(f"No job “{job}” is registered in wiring.py.")
    return News("job", msgspec.to_builtins(arguments), ((job, is_urgent),))


def write_news(listed: Iterable[News]) -> list[tuple[UUID, UUID]]:
    """Writes announcements and their reactions; returns (district, id) of the urgent ones for `run_urgent`."""
    moment = clock.now()
    lease = moment + timedelta(seconds=LEASE_SECONDS)
    rows, reactions = [], []
    for one in listed:
        row = Announcement(name=one.name, body=one.body, by=one.by, cause=one.cause)
        rows.append(row)
        reactions += [
            Reaction(announcement=row, name=name, is_urgent=is_urgent, lease_until=lease if is_urgent else moment)
            for name, is_urgent in one.answers
        ]
    Announcement.objects.bulk_create(rows)
    Reaction.objects.bulk_create(reactions)
    return [(_district_of(reaction), reaction.id) for reaction in reactions if reaction.is_urgent]


def announce(event: msgspec.Struct, by: str, cause: str) -> list[tuple[UUID, UUID]]:
    """Writes one event down, with its reactions; what `write_news` gives."""
    return write_news([news_of(event, by, cause)])


def ask_later(job: str, arguments: dict[str, Any], is_urgent: bool = False) -> list[tuple[UUID, UUID]]:
    """One leased row for the job registered as `job`; given back for `run_urgent` when urgent."""
    return write_news([errand_of(job, arguments, is_urgent)])


def _district_of(reaction: Reaction) -> UUID:
    assert reaction.district_id is not None  # the column is not null; the default fills it
    return reaction.district_id


def run_urgent(reactions: list[tuple[UUID, UUID]]) -> None:
    """Carries out what this process has just leased; what fails is left to the sweeper."""
    for district, reaction in reactions:
        if connection.in_atomic_block:  # inside a test's own transaction: the sweep is called by hand there
            transaction.on_commit(lambda d=district, r=reaction: carry_out(d, r))  # type: ignore[misc]
        else:
            carry_out(district, reaction)


def sweep(limit: int = PORTION) -> int:
    """Claims reactions whose lease has ended, of all districts, and carries them out; returns how many."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select district, reaction from claim_reactions(%s, %s, %s)", [limit, LEASE_SECONDS, clock.now()]
        )
        claimed = cursor.fetchall()
    for district, mine in groupby(sorted(claimed, key=lambda one: one[0]), key=lambda one: one[0]):
        _carry_out_all(district, [reaction for _, reaction in mine])
    return len(claimed)


def _carry_out_all(district: UUID, reactions: Sequence[UUID]) -> None:
    """Each by itself, those that are written down together first."""
    together = [name for name, answer in _by_name.items() if answer.takes_many]
    with acting_in(district):
        waiting = Reaction.objects.select_related("announcement").filter(
            id__in=reactions, state="waiting", name__in=together
        )
        many: dict[str, list[Reaction]] = {}
        for row in waiting.order_by("announcement__at", "id"):
            many.setdefault(row.name, []).append(row)
        done = {row.id for name, rows in many.items() if _carry_out_together(name, rows) for row in rows}
    for reaction in reactions:
        if reaction not in done:
            carry_out(district, reaction)


def _carry_out_together(name: str, rows: list[Reaction]) -> bool:
    """False when they failed together: each is tried by itself then, so that a bad one costs only itself."""
    try:
        _call_many(_by_name[name], rows)
    except Exception as error:
        log.warning("%d of %s failed together, tried one by one: %s", len(rows), name, error)
        return False
    _finish(*rows)
    return True


def carry_out(district: UUID, reaction_id: UUID) -> None:
    """Runs one leased reaction; a failure is kept with its reason and tried again, five times."""
    with acting_in(district):
        row = Reaction.objects.select_related("announcement").filter(id=reaction_id, state="waiting").first()
        if row is None:
            return
        try:
            _call(row)
        except Exception as error:
            log.exception("reaction %s failed", row.name)
            _note_failure(row, error)
        else:
            _finish(row)


def _call(row: Reaction) -> None:
    if row.name in _jobs:
        _jobs[row.name](**row.announcement.body)
        return
    answer = _by_name.get(row.name)
    if answer is None:
        raise LookupError(f"Nothing in wiring.py is called {row.name}.")
    if answer.takes_many:
        _call_many(answer, [row])
    else:
        answer.reaction(msgspec.convert(row.announcement.body, answer.event), row.announcement)


def _call_many(answer: Answer, rows: Sequence[Reaction]) -> None:
    answer.reaction([(msgspec.convert(row.announcement.body, answer.event), row.announcement) for row in rows])


def _finish(*rows: Reaction) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "update kernel_reaction set state = 'done', done_at = %s where id = any(%s)",
            [clock.now(), [row.id for row in rows]],
        )


def _note_failure(row: Reaction, error: Exception) -> None:
    text = "".join(traceback.format_exception_only(error))[-2000:]
    state = "dead" if row.attempts >= MOST_ATTEMPTS else "waiting"
    again = clock.now() + timedelta(seconds=min(2.0**row.attempts, 60))
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "update kernel_reaction set error = %s, state = %s, lease_until = %s where id = %s",
            [text, state, again, row.id],
        )
