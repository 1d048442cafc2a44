"""What comes round for equipment: the watch over what is silent, the night's audit of telephones."""

from datetime import datetime, timedelta
from uuid import UUID

from watchbell.district.equipment import actions, queries
from watchbell.district.equipment.rules import judge_silence, say_silence
from watchbell.kernel.acting import acting_district
from watchbell.kernel.permissions import system_actor
from watchbell.line import clock

#: After a pause of the watch itself (the database away, a restart) the states that waited are taken down first.
PAUSE_SECONDS, CATCH_UP_SECONDS = 20.0, 40.0


class SilenceWatch:
    """Remembers when it last looked, so that its own absence is not taken for the silence of others."""

    def __init__(self) -> None:
        self._looked_at: dict[UUID, datetime] = {}
        self._waits_until: dict[UUID, datetime] = {}

    def look(self) -> int:
        """One pass over the acting district; how many pieces fell silent or came back."""
        district = acting_district()
        if district is None:
            return 0
        now = clock.now()
        last = self._looked_at.get(district)
        self._looked_at[district] = now
        if last is None or now - last > timedelta(seconds=PAUSE_SECONDS):
            self._waits_until[district] = now + timedelta(seconds=CATCH_UP_SECONDS)
        if now < self._waits_until[district]:
            return 0
        return judge_all(district, now)


def judge_all(district: UUID, now: datetime) -> int:
    """Flags what is silent now and tells of what came back; how many."""
    things, zone = queries.watched_equipment(), queries.district_zone()
    silent = {
        thing.id: say_silence(thing.heard_at, now, zone)
        for thing in things
        if thing.heard_at is not None and thing.state != "silent" and judge_silence(thing, now)
    }
    told = [thing.id for thing in things if thing.state == "silent" and thing.told_at is None]
    back = [t.id for t in things if t.state != "silent" and t.told_at is not None and t.id not in silent]
    if silent or told or back:
        actions.note_silence(system_actor(district, "Silence watch"), silent, told, back)
    return len(silent) + len(told) + len(back)


WATCH = SilenceWatch()


def watch_silence() -> int:
    """The worker's duty."""
    return WATCH.look()


def audit_telephones() -> None:
    """Looks at every telephone's location in the acting district."""
    district = acting_district()
    if district is not None:
        actions.audit_telephones(system_actor(district))
