"""Live hints: pages hear that something changed and ask again under their own permission."""

from collections.abc import Callable, Mapping
from uuid import UUID

from django.db import transaction

from watchbell.kernel.acting import acting_district
from watchbell.kernel.bus_thread import bus_thread
from watchbell.kernel.permissions import Actor
from watchbell.wire.subjects import live_subject

#: Who may follow topics of one kind: whoever holds a permission, or as a rule says, given what stands behind the colon.
Follows = str | Callable[[Actor, str], bool]

_followed_by: dict[str, Follows] = {}


def wire_up(topics: Mapping[str, Follows]) -> None:
    """Replaces the table of who may follow which kind of topic (see wiring.py)."""
    _followed_by.clear()
    _followed_by.update(topics)


def may_follow(actor: Actor, topic: str) -> bool:
    """Whether a person may hear that `topic` ("incident:42") changes: of a kind not in the table, nobody."""
    kind, _, rest = topic.partition(":")
    rule = _followed_by.get(kind)
    if rule is None or actor.is_system:
        return False
    return rule in actor.permissions if isinstance(rule, str) else rule(actor, rest)


def touch(topic: str, district: UUID | None = None) -> None:
    """After commit, tells live pages that `topic` (e.g. "incident:ID") changed."""
    where = district or acting_district()
    if where is not None:
        transaction.on_commit(lambda: bus_thread.say(live_subject(str(where), topic), topic.encode()))
