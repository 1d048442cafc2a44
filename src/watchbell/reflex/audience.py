"""Whom a quiet alarm is meant for, and what helps there: pure, from the site's snapshot."""

from typing import Any
from zoneinfo import ZoneInfo

from watchbell.line.clock import moment
from watchbell.wire.nearness import Point, Way, is_trained, nearest_aid, nearest_first
from watchbell.wire.press import PanicPressed
from watchbell.wire.snapshot import SiteSnapshot, SnapshotResponder

AID_WORDS = {"aed": "AED", "kit": "Kit"}


def point_of(press: PanicPressed, snapshot: SiteSnapshot) -> Point:
    """Where the press comes from, as far as the plan knows."""
    place = snapshot.places.get(press.place or "")
    return Point(place.floor_id, place.x, place.y) if place else Point()


def audience_of(wanted: Any, press: PanicPressed, snapshot: SiteSnapshot) -> dict[str, Any] | None:
    """{"roles", "users", "not"} of a step's {"roles": [...], "nearest": n, "each": bool, "skills": [...]}; None means
    everybody.

    nearest: the n people of these roles (or with one of the skills) who are nearest, named one by one; with each, the
    nearest of every role is among them, however near the others of another are. Where the snapshot knows nobody, all
    of the roles are meant, for an alarm nobody gets is no alarm. not: who never sees a
    duress alarm, for the one who forces them may be looking at their screen.
    """
    if not isinstance(wanted, dict):
        return None
    roles = [str(role) for role in wanted.get("roles") or ()]
    count = wanted.get("nearest")
    hidden = {"not": [press.by]} if press.kind == "duress" and press.by else {}
    if not isinstance(count, int) or count < 1:
        return {"roles": sorted(roles), "users": [], **hidden}
    people = [person for person, _ in nearest_people(wanted, press, snapshot)]
    first = {person.role: person for person in reversed(people)} if wanted.get("each") else {}
    leading = [person for person in people if first.get(person.role) is person]
    chosen = [*leading, *(person for person in people if person not in leading)][: max(count, len(leading))]
    if not chosen:
        return {"roles": sorted(roles), "users": [], **hidden}
    return {"roles": [], "users": sorted(person.user for person in chosen), **hidden}


def nearest_people(
    wanted: dict[str, Any], press: PanicPressed, snapshot: SiteSnapshot
) -> list[tuple[SnapshotResponder, Way]]:
    """The responders a step may mean, nearest first, without the one who presses."""
    roles, skills = set(wanted.get("roles") or ()), set(wanted.get("skills") or ())
    fitting = [
        person for person in snapshot.responders
        if person.user != press.by and (person.role in roles or skills & set(person.skills))
    ]  # fmt: skip
    return nearest_first(point_of(press, snapshot), fitting, snapshot.floors)


def told_responders(
    audience: dict[str, Any] | None, press: PanicPressed, snapshot: SiteSnapshot
) -> list[dict[str, Any]]:
    """Those who are told, with where they usually are and how far that is: so that "on my way" says from where."""
    if audience is None:
        return []
    roles, users = set(audience["roles"]), set(audience["users"])
    meant = [one for one in snapshot.responders if one.user in users or one.role in roles]
    ways = nearest_first(point_of(press, snapshot), meant, snapshot.floors)
    return [
        {"user": one.user, "name": one.name, "role": one.role, "place_name": one.place_name, "far": way.words}
        for one, way in ways
    ]


def helps_of(press: PanicPressed, snapshot: SiteSnapshot, now: float) -> list[dict[str, Any]]:
    """The nearest AED, kit and trained adult: [{"what", "name", "place_name", "far", "text"}], in that order."""
    here, zone = point_of(press, snapshot), ZoneInfo(snapshot.timezone or "UTC")
    today = moment(now).astimezone(zone).date().isoformat()
    helps = []
    for kind, word in AID_WORDS.items():
        found = nearest_aid(here, kind, snapshot.aids, snapshot.floors, today)
        if found is not None:
            aid, way = found
            place = aid.place_name or aid.name
            text = f"{word}: {place}" + (f", {way.words}" if way.words else "")
            helps.append({"what": kind, "id": aid.id, "place_name": place, "far": way.words, "text": text})
    trained = [one for one in snapshot.responders if is_trained(one) and one.user != press.by]
    ways = nearest_first(here, trained, snapshot.floors)
    if ways:
        person, way = ways[0]
        where = f", {person.place_name}" if person.place_name else ""
        text = f"Trained: {person.name}{where}" + (f", {way.words}" if way.words else "")
        helps.append({"what": "person", "id": person.user, "place_name": person.place_name, "far": way.words,
                      "text": text})  # fmt: skip
    return helps
