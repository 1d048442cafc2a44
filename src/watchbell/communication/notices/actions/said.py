"""What people write and press, put together so that many are written down by a few statements."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection

from watchbell.communication.notices import queries, rules
from watchbell.communication.notices.models import Notice, Thread
from watchbell.district.sites.facts import read_id
from watchbell.kernel.acting import acting_district
from watchbell.line import clock
from watchbell.line.clock import now
from watchbell.line.ids import new_id

UPSERT = """
insert into notices_answer as a (id, district_id, notice_id, recipient, family, name, option, channel, at)
select id, %s, notice, recipient, family, name, option, channel, to_timestamp(at) from unnest(
  %s::uuid[], %s::uuid[], %s::uuid[], %s::uuid[], %s::text[], %s::int[], %s::text[], %s::float8[])
  as t (id, notice, recipient, family, name, option, channel, at)
on conflict (notice_id, recipient) do update set family = excluded.family, name = excluded.name,
  option = excluded.option, channel = excluded.channel, at = excluded.at where a.at <= excluded.at
"""
THREADS = """
update notices_thread d set state = t.state, last_at = to_timestamp(t.at)
from unnest(%s::uuid[], %s::text[], %s::float8[]) as t (id, state, at) where d.id = t.id
"""


class Said(NamedTuple):
    """What somebody wrote or pressed. heard: its own name. at: Unix seconds, 0 now. site: whose desk it lies on.

    recipient: whom the notice went to (id, family, name, language), as channels keeps them.
    """

    heard: str
    channel: str
    address: str
    text: str
    at: float
    notice: Notice | None = None
    recipient: Any = None
    site: UUID | None = None

    @property
    def moment(self) -> datetime:
        return min(clock.moment(self.at), now()) if self.at else now()


def options_of(notice: Notice) -> list[list[str]]:
    """A question's answers, as the notice keeps them and in each of its languages. One query."""
    return [list(notice.options), *(rules.options_in(one, notice.options) for one in queries.texts_of(notice))]


class Answers:
    """The newest of each person counts, also where an older one comes later. Written by one statement."""

    def __init__(self) -> None:
        self._given: list[tuple[Said, int]] = []

    def add(self, said: Said, option: int) -> None:
        """said: with notice and recipient."""
        assert said.notice is not None
        self._given.append((said, option))

    def _newest(self) -> list[tuple[Any, ...]]:
        """A person that a correction told once more is still one; see `queries.answerers_of`."""
        first = queries.answerers_of(said.recipient for said, _ in self._given)
        found: dict[tuple[UUID, UUID], tuple[Any, ...]] = {}
        for said, option in self._given:
            assert said.notice is not None
            person, at = said.recipient, said.moment.timestamp()
            key = said.notice.pk, first.get(person.pk, person.pk)
            if key not in found or found[key][-1] <= at:
                found[key] = (new_id(), *key, person.family, person.name, option, said.channel, at)
        return list(found.values())

    def write(self) -> None:
        """Inside a recorded change."""
        if newest := self._newest():
            columns = [list(column) for column in zip(*newest, strict=True)]
            with connection.cursor() as cursor:
                cursor.execute(UPSERT, [acting_district(), *columns])


class Threads:
    """The thread of each address about each notice: the newest there is, else a new one."""

    def __init__(self, listed: Iterable[Said]) -> None:
        said = list(listed)
        rows = Thread.objects.filter(address__in={one.address[:320] for one in said}).order_by("last_at")
        self._known = {(row.channel, row.address, row.notice_id): row for row in rows}
        self._new: dict[UUID, Thread] = {}
        self._moved: dict[UUID, tuple[str, float]] = {}

    def take(self, said: Said, *, is_closed: bool) -> Thread:
        """Where it goes; open from now on, or closed."""
        notice, person, state = said.notice, said.recipient, "closed" if is_closed else "open"
        key = said.channel, said.address[:320], notice.pk if notice else None
        row = self._known.get(key)
        if row is None:
            desk = read_id(notice.desk) if notice is not None and notice.desk else None
            row = self._known[key] = Thread(
                notice=notice, channel=said.channel, address=key[1], site_id=desk or said.site,
                recipient=person.pk if person else None, name=person.name if person else "",
                language=person.language if person else "en",
            )  # fmt: skip
            self._new[row.pk] = row
        if row.pk in self._new:
            row.state, row.last_at = state, said.moment
        else:
            self._moved[row.pk] = state, said.moment.timestamp()
        return row

    def write(self) -> None:
        """Inside a recorded change, before the replies."""
        Thread.objects.bulk_create(self._new.values())
        if self._moved:
            columns = list(zip(*((pk, *words) for pk, words in self._moved.items()), strict=True))
            with connection.cursor() as cursor:
                cursor.execute(THREADS, [list(column) for column in columns])
