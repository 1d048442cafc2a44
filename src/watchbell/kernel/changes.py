"""The only way to write: one durable transaction, one audit row, announcements and jobs in the same commit."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
from django.db import IntegrityError, connection, models, transaction

from watchbell.kernel import jobs, journal
from watchbell.kernel.acting import acting_in
from watchbell.kernel.live import touch
from watchbell.kernel.models import AuditRow
from watchbell.kernel.permissions import Actor
from watchbell.kernel.tenancy import OUTSIDE
from watchbell.line.clock import now
from watchbell.line.errors import NotFound
from watchbell.line.ids import same_uuid

_writing: ContextVar[str] = ContextVar("writing", default="")
WRITES = ("INSERT", "UPDATE", "DELETE")
LOOK_LASTS = timedelta(minutes=10)


class StrayWrite(RuntimeError):
    """A write outside recorded_change or recorded_batch."""


class Change:
    """What an action does besides its rows; everything becomes true at commit, or nothing does."""

    def __init__(self, actor: Actor, row: AuditRow) -> None:
        self.actor = actor
        self.row = row
        self.urgent: list[Any] = []

    @property
    def cause(self) -> str:
        return self.row.cause or str(self.row.id)

    def announce(self, event: msgspec.Struct) -> None:
        """Tells `event` to the reactions `wiring.py` lists for it."""
        self.urgent += journal.announce(event, by=self.actor.name, cause=self.cause)

    def ask_later(self, job: str, **arguments: Any) -> None:
        """Enqueues the job registered as `job`, in this transaction."""
        journal.ask_later(job, arguments)

    def ask_soon(self, job: str, **arguments: Any) -> None:
        """Like `ask_later`, but this process carries the job out right after COMMIT."""
        self.urgent += journal.ask_later(job, arguments, is_urgent=True)

    def ask_slowly(
        self, job: str, *, at: datetime | None = None, once: str | None = None, queue: str = "normal", **arguments: Any
    ) -> None:
        """Enqueues slow work, in this transaction: it waits its turn and is retried. See kernel.jobs.enqueue."""
        jobs.enqueue(job, arguments, at=at, once=once, queue=queue)

    def touch(self, topic: str) -> None:
        """A live hint after commit."""
        touch(topic, self.actor.district)

    def note(self, **details: Any) -> None:
        """Adds facts to the audit row; never secrets."""
        self.row.details.update(details)

    def about(self, target: models.Model) -> None:
        """Names the row the change is about, once it is known."""
        self.row.target, self.row.target_id = str(target)[:200], str(target.pk)


class OneOfMany(Change):
    """A change that is written together with others: its news and hints are gathered until all are there."""

    def __init__(self, actor: Actor, row: AuditRow) -> None:
        super().__init__(actor, row)
        self.news: list[journal.News] = []
        self.topics: list[str] = []

    def announce(self, event: msgspec.Struct) -> None:
        self.news.append(journal.news_of(event, by=self.actor.name, cause=self.cause))

    def ask_later(self, job: str, **arguments: Any) -> None:
        self.news.append(journal.errand_of(job, arguments))

    def ask_soon(self, job: str, **arguments: Any) -> None:
        self.news.append(journal.errand_of(job, arguments, is_urgent=True))

    def touch(self, topic: str) -> None:
        self.topics.append(topic)


class Changes:
    """Many actions in one transaction; each has its own audit row."""

    def __init__(self, actor: Actor) -> None:
        self.actor = actor
        self._made: list[OneOfMany] = []

    def known(self, asked: Iterable[tuple[str, str]]) -> set[tuple[str, str]]:
        """Which (action, once) of these are written down already. One query."""
        ids = {self._once(action, once): (action, once) for action, once in asked}
        rows = AuditRow.objects.filter(id__in=list(ids))
        return {ids[found] for found in rows.values_list("id", flat=True)}

    def _once(self, action: str, once: str) -> UUID:
        return same_uuid(self.actor.district, action, once)

    def add(self, action: str, *, target: Any = "", why: str = "", cause: str | None = None, once: str = "") -> Change:
        """One action more. once: its own name, under which it can be written down once only; see `known`."""
        row = _audit_row(self.actor, action, target, why, cause)
        if once:
            row.id = self._once(action, once)
        self._made.append(OneOfMany(self.actor, row))
        return self._made[-1]

    def write(self) -> list[tuple[UUID, UUID]]:
        """Writes audit rows and news, and gives each hint once; the urgent reactions."""
        AuditRow.objects.bulk_create([change.row for change in self._made])
        for topic in dict.fromkeys(topic for change in self._made for topic in change.topics):
            touch(topic, self.actor.district)
        return journal.write_news(one for change in self._made for one in change.news)


def _audit_row(actor: Actor, action: str, target: Any, why: str, cause: str | None) -> AuditRow:
    is_row = isinstance(target, models.Model)
    return AuditRow(
        district_id=actor.district, actor_id=actor.user_id, actor_name=actor.name, role=actor.role, action=action,
        target=str(target or "")[:200], target_id=str(target.pk) if is_row else "", why=why,
        from_where=actor.from_where, cause=cause or "",
    )  # fmt: skip


@contextmanager
def recorded_change(
    actor: Actor, action: str, *, target: Any = "", why: str = "", cause: str | None = None
) -> Iterator[Change]:
    """One durable transaction with one audit row. Urgent reactions run right after COMMIT, in this process.

    Raises RuntimeError inside another transaction: an action that crosses a border asks by `ask_later`.
    """
    with acting_in(actor.district):
        change = Change(actor, _audit_row(actor, action, target, why, cause))
        with _writing_durably(actor, action):
            yield change
            change.row.save(force_insert=True)
        journal.run_urgent(change.urgent)


@contextmanager
def recorded_changes(actor: Actor, what: str) -> Iterator[Changes]:
    """One durable transaction with an audit row for each action: what comes in by the hundred. Else as above.

    what: what is written, for who looks for a stray write. All become true together, or none does.
    """
    with acting_in(actor.district):
        changes = Changes(actor)
        with _writing_durably(actor, what):
            yield changes
            urgent = changes.write()
        journal.run_urgent(urgent)


@contextmanager
def _writing_durably(actor: Actor, what: str) -> Iterator[None]:
    mark = _writing.set(what)
    try:
        with transaction.atomic(durable=True):
            _name_district(actor)
            yield
    except IntegrityError as error:
        if OUTSIDE in str(error):
            raise NotFound("There is no such place, person or thing, or you may not see it.") from error
        raise
    finally:
        _writing.reset(mark)


@contextmanager
def recorded_batch(why: str, actor: Actor | None = None) -> Iterator[None]:
    """Writes without an audit row: telemetry, heartbeats, leases, jobs, seals, bulk loads inside a recorded change."""
    mark = _writing.set(why)
    try:
        with transaction.atomic():
            if actor is not None:
                _name_district(actor)
            yield
    finally:
        _writing.reset(mark)


def take_turns(*names: str) -> None:
    """Inside a transaction: who names the same waits here until the other has committed."""
    with connection.cursor() as cursor:
        for name in sorted(set(names)):  # in one order everywhere, or two would wait for each other
            cursor.execute("select pg_advisory_xact_lock(hashtext(%s))", [name])


def record_look(actor: Actor, action: str, target: Any, why: str = "") -> None:
    """An audit row for a look at sensitive data, in the reader's own transaction."""
    mark = _writing.set("look")
    try:
        with transaction.atomic(savepoint=False):  # a look that cannot be written down fails the whole page
            _name_district(actor)
            _audit_row(actor, action, target, why, None).save(force_insert=True)
    finally:
        _writing.reset(mark)


def record_look_on(actor: Actor, action: str, target: Any) -> None:
    """A look at a page that is drawn anew while it stands open: one look, written down again every ten minutes."""
    row = _audit_row(actor, action, target, "", None)
    same = {name: getattr(row, name) for name in ("actor_id", "action", "target", "target_id", "from_where")}
    if not AuditRow.objects.filter(at__gt=now() - LOOK_LASTS, **same).exists():
        record_look(actor, action, target)


def _name_district(actor: Actor) -> None:
    connection.name_district(actor.district)  # type: ignore[attr-defined]


#: Django's and allauth's own bookkeeping writes by itself; every other table is written by an action.
_FREE_TABLES = (
    "django_session", "accounts_user", "account_", "mfa_", "usersessions_", "procrastinate_", "accounts_apitoken",
    "kernel_reaction",  # a lease and how it ended: what the reaction itself writes is audited
)  # fmt: skip


def refuse_stray_writes(execute: Any, sql: Any, params: Any, many: bool, context: Any) -> Any:
    """An execute wrapper for tests and development: INSERT, UPDATE and DELETE only inside a recorded change."""
    text = str(sql).lstrip()
    if text[:6].upper() in WRITES and not _writing.get():
        table = text.replace('"', "").split()[2 if text[:6].upper() != "UPDATE" else 1]
        if not table.startswith(_FREE_TABLES):
            raise StrayWrite(f"{table} is written outside recorded_change: {text[:120]}")
    return execute(sql, params, many, context)
