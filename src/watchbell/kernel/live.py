"""Live hints: pages hear that something changed and ask again under their own permission."""

from uuid import UUID

from django.db import transaction

from watchbell.kernel.acting import acting_district
from watchbell.kernel.bus_thread import bus_thread
from watchbell.wire.subjects import live_subject


def touch(topic: str, district: UUID | None = None) -> None:
    """After commit, tells live pages that `topic` (e.g. "incident:ID") changed."""
    where = district or acting_district()
    if where is not None:
        transaction.on_commit(lambda: bus_thread.say(live_subject(str(where), topic), topic.encode()))
