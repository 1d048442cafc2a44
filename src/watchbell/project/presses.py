"""A press from the console or the API: read, checked against the presser's ticket, made a wire message."""

import json
from dataclasses import asdict
from typing import Any
from uuid import UUID

from watchbell.district.sites.facts import read_position
from watchbell.line import clock
from watchbell.line.errors import Refused, WatchbellError
from watchbell.line.ids import new_id, same_id
from watchbell.line.pidflo import clean_text
from watchbell.wire.press import KINDS, MODES, PanicPressed
from watchbell.wire.subjects import subject

MOST_NOTE = 2000
UNIQUE_KEY, SHORT_KEY_SECONDS = 16, 600.0
#: The right each mode needs; a ticket says at which sites its bearer has it.
RIGHTS = {"real": "alarms.raise", "drill": "alarms.drill", "test": "alarms.test"}


class Wrong(WatchbellError):
    """Some fields are not right; `fields` says which and why."""

    def __init__(self, fields: dict[str, str]) -> None:
        super().__init__("; ".join(f"{name}: {why}" for name, why in fields.items()))
        self.fields = fields


def _uuid(text: object) -> str | None:
    try:
        return str(UUID(str(text)))
    except ValueError:
        return None


def read_press(raw: bytes, claims: dict[str, Any], idempotency_key: str) -> PanicPressed:
    """The press in a JSON body. Raises Wrong for a bad field, Refused for a site or mode the ticket does not allow."""
    try:
        body = json.loads(raw or b"{}")
    except (ValueError, RecursionError) as error:
        raise Wrong({"body": "is not JSON"}) from error
    if not isinstance(body, dict):
        raise Wrong({"body": "must be an object"})
    site, place = _uuid(body.get("site")), body.get("place")
    faults = {}
    if body.get("kind") not in KINDS:
        faults["kind"] = f"one of {', '.join(KINDS)}"
    if body.get("mode", "real") not in MODES:
        faults["mode"] = f"one of {', '.join(MODES)}"
    if site is None:
        faults["site"] = "the site's id (a UUID)"
    if place is not None and _uuid(place) is None:
        faults["place"] = "a place's id (a UUID) or null"
    note = body.get("note") or ""
    if not isinstance(note, str) or len(note) > MOST_NOTE:
        faults["note"] = f"text of at most {MOST_NOTE} characters"
    if faults or site is None:
        raise Wrong(faults)
    mode = body.get("mode", "real")
    if mode not in claims.get("modes", []):
        raise Refused(f"You may not raise a {mode} alarm.")
    sites = (claims.get("rights") or {}).get(RIGHTS[mode], claims.get("sites"))
    if sites is not None and site not in sites:
        raise Refused("You may not raise an alarm at this site. If this is an emergency, call 911.")
    place = _uuid(place) if place else None
    key = _press_id(idempotency_key, claims["user"], site, body["kind"], mode, place)
    return PanicPressed(
        id=key, district=claims["district"], site=site, kind=body["kind"], mode=mode, gateway="console",
        device=f"console/{claims['user']}", received_at=clock.unix(), place=place,
        # A note that was cut within an emoji, or holds a NUL, must not cost the alarm.
        place_name=clean_text(body.get("place_name") or "", 160), by=claims["user"], by_name=claims["name"],
        note=clean_text(note, MOST_NOTE), detail=_detail(body),
    )  # fmt: skip


def _press_id(key: str, user: str, *words: object) -> str:
    """The same for a press that is sent again: the same key, of the same person, with the same words.

    A key that is used for another alarm must not cost that alarm, nor one that a bridge uses for ever, such as its
    serial number: what is too short to be made anew for each press (a UUID is not) counts for ten minutes.
    """
    if not key:
        return new_id().hex
    window = int(clock.unix() // SHORT_KEY_SECONDS) if len(key) < UNIQUE_KEY else ""
    return same_id("api", user, key, *words, window)


def _detail(body: dict[str, Any]) -> dict[str, Any]:
    """A telephone's position goes along; one that cannot be read never holds an alarm up."""
    position = read_position(body.get("position"))
    return {"position": asdict(position)} if position else {}


def subject_of(pressed: PanicPressed) -> str:
    return subject(pressed.district, pressed.site, "press", "console", pressed.by or "unknown")
