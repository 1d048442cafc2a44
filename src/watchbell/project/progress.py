"""What is known of each alarm that is on: who pressed, who has answered, whether police have. No Django, no database.

Kept by the web role from the bus alone, so that whoever pressed hears "help is coming" with the database away.
"""

from dataclasses import dataclass, field
from typing import Any

from watchbell.wire.order import AID_ANSWERS, Acknowledged
from watchbell.wire.press import BY_PLACE, PanicPressed

#: An alarm nobody has heard of for this long is forgotten.
FORGET_SECONDS = 6 * 3600.0
MOST_ALARMS = 5000
COMING = ("on_my_way", "arrived", "cannot_come")
#: What a member of staff can answer from an alert.
STAFF_ANSWERS = ("screen_confirmed", *COMING, *AID_ANSWERS)
Key = tuple[str, str, str, str, str]


@dataclass
class Alarm:
    """One alarm: its presses, who pressed them, and the newest answer of each person."""

    key: Key
    heard_at: float
    presses: dict[str, str | None] = field(default_factory=dict)
    confirmed: dict[str, float] = field(default_factory=dict)
    helpers: dict[str, dict[str, Any]] = field(default_factory=dict)
    police: dict[str, Any] | None = None
    aids: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def is_duress(self) -> bool:
        return self.key[2] == "duress"

    def as_dict(self) -> dict[str, Any]:
        """The body of a "progress" event. coming: who is on the way or there, the first to say so first."""
        coming = sorted(
            (one for one in self.helpers.values() if one["what"] != "cannot_come"), key=lambda one: one["since"]
        )
        return {
            "presses": list(self.presses), "site": self.key[1], "kind": self.key[2], "mode": self.key[3],
            "confirmed": len(self.confirmed), "coming": coming,
            "cannot": sum(one["what"] == "cannot_come" for one in self.helpers.values()), "police": self.police,
            "aids": {what: one for what, one in self.aids.items() if one["is_here"]},
        }  # fmt: skip


class Progress:
    """All alarms of the last hours."""

    def __init__(self) -> None:
        self.alarms: dict[Key, Alarm] = {}
        self.by_press: dict[tuple[str, str], Alarm] = {}

    def take_press(self, press: PanicPressed) -> Alarm:
        """A press is heard: it belongs to the alarm of its kind and mode at its site (and place, where that counts)."""
        known = self.by_press.get((press.district, press.id))
        if known is not None:
            return known
        place = (press.place or press.place_name) if press.kind in BY_PLACE else ""
        key = (press.district, press.site, press.kind, press.mode, place)
        alarm = self.alarms.get(key)
        if alarm is None:
            self._forget(press.received_at)
            alarm = self.alarms[key] = Alarm(key, press.received_at)
        alarm.heard_at = max(alarm.heard_at, press.received_at)
        alarm.presses[press.id] = press.by
        self.by_press[press.district, press.id] = alarm
        return alarm

    def take_answer(self, told: Acknowledged) -> Alarm | None:
        """The alarm this answer changes; None for a press nobody knows, and for what changes nothing."""
        alarm = self.by_press.get((told.district, told.press))
        if alarm is None:
            return None
        alarm.heard_at = max(alarm.heard_at, told.at)
        if told.what == "screen_confirmed":
            alarm.confirmed.setdefault(told.by, told.at)
        elif told.what in COMING:
            alarm.confirmed.setdefault(told.by, told.at)
            before = alarm.helpers.get(told.by)
            if before is not None and before["at"] > told.at:
                return None
            since = before["since"] if before is not None and before["what"] != "cannot_come" else told.at
            alarm.helpers[told.by] = {
                "user": told.by, "name": told.by_name, "what": told.what, "at": told.at, "since": since,
                "role": str(told.detail.get("role", "")), "place_name": str(told.detail.get("place_name", "")),
            }  # fmt: skip
        elif told.what in AID_ANSWERS:
            what, is_here = AID_ANSWERS[told.what]
            before = alarm.aids.get(what)
            if before is not None and (before["at"] > told.at or before["is_here"] == is_here):
                return None
            alarm.aids[what] = {"is_here": is_here, "at": told.at, "by": told.by, "by_name": told.by_name}
        elif told.what == "dispatch_acknowledged":
            alarm.police = alarm.police or {"at": told.at, "by_name": told.by_name, "because": told.because}
        else:
            return None
        return alarm

    def is_arrival(self, district: str, press: str, user: str, what: str) -> bool:
        """Whether this answer brings something, from somebody who has not said yet that they have arrived."""
        alarm = self.by_press.get((district, press))
        is_there = alarm is not None and alarm.helpers.get(user, {}).get("what") == "arrived"
        return AID_ANSWERS.get(what, ("", False))[1] and not is_there

    def end(self, district: str, press: str) -> None:
        """The alarm of this press is over: the next is a new one. Who pressed is known for a while still."""
        alarm = self.by_press.get((district, press))
        if alarm is not None and self.alarms.get(alarm.key) is alarm:
            del self.alarms[alarm.key]

    def _forget(self, now: float) -> None:
        known = sorted({id(alarm): alarm for alarm in self.by_press.values()}.values(), key=lambda one: one.heard_at)
        for number, alarm in enumerate(known):
            if alarm.heard_at >= now - FORGET_SECONDS and len(known) - number <= MOST_ALARMS:
                break
            if self.alarms.get(alarm.key) is alarm:
                del self.alarms[alarm.key]
            for press in alarm.presses:
                self.by_press.pop((alarm.key[0], press), None)
