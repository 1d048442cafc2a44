"""The JSON operations of the roll call."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Schema

from watchbell.kernel.api import Invalid, api_router, operation
from watchbell.kernel.permissions import Actor
from watchbell.line import clock
from watchbell.response.accountability import actions, jobs, queries, rules
from watchbell.response.accountability.facts import Picture, Standing, Told, Verdict
from watchbell.response.accountability.forms import DEVICE_TIME, read_behind, read_reports, read_rooms
from watchbell.response.incidents.queries import incident_on_at, incident_seen_by

router = api_router("accountability")


class CheckIns(Schema):
    """Either one room (place, state, accounted), or batches, each entry with an id of its own: `reports` of people and
    `rooms`, what was said of rooms as a whole."""

    place: UUID | None = None
    state: str = ""
    accounted: int = 0
    note: str = ""
    report: str = ""
    reports: list[Any] | None = None
    rooms: list[Any] | None = None


class SiteCheckIns(Schema):
    reports: list[Any] = []
    rooms: list[Any] = []


class AnswerBody(Schema):
    subject: str
    report: UUID | None = None
    because: str = ""


@operation(router.post, "/incidents/{incident_id}/check-ins", permission="incidents.check_in")
def check_in(request: HttpRequest, incident_id: UUID, body: CheckIns) -> Any:
    """Takes reports of people and of rooms, each answered by its own verdict (kept, repeated, refused); or one room.

    A report: id, person or name (+ kind, count), state, place, made_at (RFC 3339), note, way. A room: id, place,
    state, accounted, made_at, note. Repeating is harmless.
    A device whose clock may be wrong sends what it shows along (`Watchbell-Device-Time`, Unix milliseconds).
    """
    if body.reports is not None or body.rooms is not None:
        verdicts = _take(request.actor, incident_id, *_read(request, body))
        return {"verdicts": [_verdict_as_dict(one) for one in verdicts]}
    if body.place is None:
        raise Invalid({"place": "the room that is reported, or reports of people, or rooms"})
    kept = jobs.tell_room(
        request.actor, incident_id, body.place, body.state, body.accounted, body.note, body.report
    )  # fmt: skip
    return {"kept": kept}


@operation(router.post, "/sites/{site_id}/check-ins", permission="incidents.check_in")
def check_in_at_site(request: HttpRequest, site_id: UUID, body: SiteCheckIns) -> Any:
    """From a device that did not know of the incident: each report joins the one that was on when it was made."""
    found: dict[UUID, tuple[list[Told], list[Told]]] = {}
    verdicts: dict[str, Verdict] = {}
    read = _read(request, body)
    for which, told in enumerate(read):
        for one in told:
            at = rules.set_right(one.get("made_at") or clock.now(), clock.now())
            incident = incident_on_at(request.actor, site_id, at)
            if incident is None:
                key = str(one.get("id", ""))
                verdicts[key] = Verdict(key, "refused", "No incident was on at this site when it was made.")
            else:
                found.setdefault(incident, ([], []))[which].append(one)
    for incident, (people, rooms) in found.items():
        verdicts |= {one.id: one for one in _take(request.actor, incident, people, rooms)}
    asked = [one for told in read for one in told]
    return {"verdicts": [_verdict_as_dict(verdicts[str(one.get("id", ""))]) for one in asked],
            "incidents": [str(one) for one in found]}  # fmt: skip


def _read(request: HttpRequest, body: CheckIns | SiteCheckIns) -> tuple[list[Told], list[Told]]:
    """(reports of people, what was said of rooms), the times set right by the device's clock."""
    behind = read_behind(request.headers.get(DEVICE_TIME, ""), clock.now())
    return read_reports(body.reports or [], behind), read_rooms(body.rooms or [], behind)


def _take(actor: Actor, incident: UUID, people: list[Told], rooms: list[Told]) -> list[Verdict]:
    taken = actions.take_reports(actor, incident, people) if people or not rooms else []
    return [*taken, *(jobs.take_rooms(actor, incident, rooms) if rooms else [])]


def _verdict_as_dict(one: Verdict) -> dict[str, str]:
    return {"id": one.id, "verdict": one.verdict, "because": one.because}


@operation(router.get, "/incidents/{incident_id}/roll", permission="accountability.view")
def read_roll_call(request: HttpRequest, incident_id: UUID) -> Any:
    """Totals, rooms (silent ones first), who needs help, questions; everybody's name only where role and site allow."""
    incident, picture = queries.picture_seen_by(request.actor, incident_id)
    has_names = queries.may_see_names(request.actor, incident.site_id)
    helped = rules.needs_help(picture)
    actions.note_look(request.actor, "read_roll", incident, len(picture.expected) if has_names else len(helped))
    answer: dict[str, Any] = {
        "totals": vars(picture.totals),
        "rooms": [{**vars(room), "place": str(room.place), "at": room.at.isoformat() if room.at else None,
                   "is_silent": room.is_silent} for room in picture.rooms],
        "needs_help": [standing_as_dict(one, picture) for one in helped],
    }  # fmt: skip
    if has_names:
        answer["people"] = [standing_as_dict(one, picture) for one in picture.standings.values()]
        answer["questions"] = [standing_as_dict(one, picture) for one in picture.questions]
        known = {key.removeprefix("person:") for key in picture.standings}
        answer["unknown"] = [
            {"person": str(one.person), "name": one.name, "place": str(one.place or "")}
            for one in picture.expected.values() if str(one.person) not in known
        ]  # fmt: skip
    return answer


def standing_as_dict(one: Standing, picture: Picture) -> dict[str, Any]:
    """A person's standing with every word that contradicts another."""
    report = one.report
    home = picture.expected.get(report.person) if report.person else None
    return {
        "subject": report.subject, "person": str(report.person or ""), "name": report.name, "kind": report.kind,
        "count": report.count, "state": report.state, "place": str(report.place or ""),
        "place_name": report.place_name, "by": report.by_name, "made_at": report.made_at.isoformat(),
        "received_at": report.received_at.isoformat(), "note": report.note, "because": one.because,
        "home": picture.places.get(home.place, "") if home and home.place else "",
        "rivals": [
            {"id": str(word.id), "state": word.state, "place_name": word.place_name, "by": word.by_name,
             "made_at": word.made_at.isoformat()} for word in one.rivals
        ],
    }  # fmt: skip


@operation(router.get, "/incidents/{incident_id}/roll/progress", permission="accountability.view")
def read_progress(request: HttpRequest, incident_id: UUID) -> Any:
    """Rooms and people accounted for over time, in seconds since the incident opened."""
    incident = incident_seen_by(request.actor, incident_id)
    return {"steps": [vars(step) for step in queries.progress_of_incident(incident)["steps"]]}


@operation(router.post, "/incidents/{incident_id}/roll/answers", permission="accountability.report")
def answer_question(request: HttpRequest, incident_id: UUID, body: AnswerBody) -> Any:
    """Says which report of a person holds; report null: they are different people."""
    actions.answer_question(request.actor, incident_id, body.subject, body.report, body.because)
    return {"kept": True}
