"""Announcements and, in the same transaction, one leased row for each listed reaction."""

import logging
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec
from django.db import connection, transaction

from watchbell.kernel.acting import acting_district, acting_in
from watchbell.kernel.models import Announcement, Reaction
from watchbell.line import clock

log = logging.getLogger(__name__)
LEASE_SECONDS = 3.0
MOST_ATTEMPTS = 5


@dataclass(frozen=True)
class Answer:
    """One line of `wiring.py`: this event is answered by this function."""

    event: type[msgspec.Struct]
    reaction: Callable[[Any, Announcement], None]
    is_urgent: bool = False

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


def announce(event: msgspec.Struct, by: str, cause: str) -> list[tuple[UUID, UUID]]:
    """Writes the announcement and its reactions; returns (district, id) of the urgent ones for `run_urgent`."""
    name = type(event).__name__
    row = Announcement.objects.create(name=name, body=msgspec.to_builtins(event), by=by, cause=cause)
    lease = clock.now() + timedelta(seconds=LEASE_SECONDS)
    reactions = [
        Reaction(announcement=row, name=answer.name, is_urgent=answer.is_urgent,
                 lease_until=lease if answer.is_urgent else clock.now())
        for answer in _answers.get(name, [])
    ]  # fmt: skip
    Reaction.objects.bulk_create(reactions)
    return [(_district_of(reaction), reaction.id) for reaction in reactions if reaction.is_urgent]


def ask_later(job: str, arguments: dict[str, Any], is_urgent: bool = False) -> list[tuple[UUID, UUID]]:
    """One leased row for the job registered as `job`; given back for `run_urgent` when urgent."""
    if job not in _jobs:
        raise LookupError(f"No job “{job}” is registered in wiring.py.")
    lease = clock.now() + timedelta(seconds=LEASE_SECONDS if is_urgent else 0)
    row = Announcement.objects.create(name="job", body=msgspec.to_builtins(arguments))
    reaction = Reaction.objects.create(announcement=row, name=job, is_urgent=is_urgent, lease_until=lease)
    return [(_district_of(reaction), reaction.id)] if is_urgent else []


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


def sweep(limit: int = 50) -> int:
    """Claims reactions whose lease has ended, of all districts, and carries them out; returns how many."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select district, reaction from claim_reactions(%s, %s, %s)", [limit, LEASE_SECONDS, clock.now()]
        )
        claimed = cursor.fetchall()
    for district, reaction in claimed:
        carry_out(district, reaction)
    return len(claimed)


def carry_out(district: UUID, reaction_id: UUID) -> None:
    """Runs one leased reaction; a failure is kept with its reason and tried again, five times."""
    from_here = acting_district()
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
    if from_here is None:
        return


def _call(row: Reaction) -> None:
    if row.name in _jobs:
        _jobs[row.name](**row.announcement.body)
        return
    answer = _by_name.get(row.name)
    if answer is None:
        raise LookupError(f"Nothing in wiring.py is called {row.name}.")
    answer.reaction(msgspec.convert(row.announcement.body, answer.event), row.announcement)


def _finish(row: Reaction) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("update kernel_reaction set state = 'done', done_at = %s where id = %s", [clock.now(), row.id])


def _note_failure(row: Reaction, error: Exception) -> None:
    text = "".join(traceback.format_exception_only(error))[-2000:]
    state = "dead" if row.attempts >= MOST_ATTEMPTS else "waiting"
    again = clock.now() + timedelta(seconds=min(2.0**row.attempts, 60))
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "update kernel_reaction set error = %s, state = %s, lease_until = %s where id = %s",
            [text, state, again, row.id],
        )
