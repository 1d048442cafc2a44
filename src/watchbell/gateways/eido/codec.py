"""Emergency Incident Data Objects (NENA-STA-021.1b): built from an order, read from anybody; total."""

import html
import json
import re
from typing import Any

import msgspec

from watchbell.gateways.eido.developing import Development, TroubledRoom, read_development, read_joined
from watchbell.line import clock, ids
from watchbell.line.pidflo import Location, build_pidf_lo, clean_text, parse_pidf_lo
from watchbell.wire.base import Malformed
from watchbell.wire.order import Order

VERSION = "1.0"
CONTEXT = {"@vocab": "./JSON-LD_Contexts/EmergencyIncidentDataObjectType.jsonld"}
MAX_BYTES = 2_000_000
#: EIDO-IncidentType-Common (§3.2, from APCO 2.103.2), APCO/CSAA alarm category, common priority (1 is the highest).
KIND_CODES = {
    "hold": ("ASSIST", "Comm", 3),
    "secure": ("SUSP", "Comm", 2),
    "lockdown": ("ALRPANS", "Holdup", 1),
    "evacuate": ("ALRU", "Comm", 1),
    "shelter": ("ALRU", "Comm", 2),
    "medical": ("ALRMED", "Medical", 1),
    "staff_assist": ("ASSIST", "Comm", 3),
    "fire": ("ALRF", "FIRE", 1),
    "call_911": ("ASSIST", "Comm", 1),
    "duress": ("ALRPANS", "Holdup", 1),
}
UNKNOWN_KIND = ("ALRU", "Comm", 1)
NOT_AN_EMERGENCY = "NONEMERG"  # the registry's own value: "The Incident is not an emergency."
LINK_WORDS = "Plan of the building, rooms, units and messages, opens once: "
ENDED = frozenset({"Closed", "Cancelled"})


class Sender(msgspec.Struct, frozen=True, kw_only=True):
    """Who tells whom: agency_id and element_id as in NENA-STA-010 (domain names), callback as tel: or sip: URIs.

    to_agency: the receiving agency's identifier, "" when not known; to_kind: "psap" or "police".
    """

    agency_id: str
    element_id: str
    callback: tuple[str, ...] = ()
    to_agency: str = ""
    to_kind: str = "psap"


class Unit(msgspec.Struct, frozen=True, kw_only=True):
    """An emergency resource of the other side: its name and Secondary Unit Status values (§3.10), else its primary."""

    name: str
    states: list[str]


class Eido(msgspec.Struct, frozen=True, kw_only=True):
    """What is read from an EIDO. agents: name by $id. states: Incident Status-Common values. document: all of it."""

    id: str
    updated_at: float
    issuer: str
    agency: str
    agent: str
    code: str
    states: list[str]
    notes: list[str]
    units: list[Unit]
    agents: dict[str, str]
    location: Location | None
    document: dict[str, Any]

    @property
    def is_exercise(self) -> bool:
        return self.code == NOT_AN_EMERGENCY

    @property
    def is_ended(self) -> bool:
        return bool(ENDED & set(self.states))


def make_tracking_id(press: str, agency_id: str) -> str:
    """The Incident Tracking Identifier of a press (NENA-STA-010 §2.1.7): the same press always gives the same."""
    unique = press if re.fullmatch(r"[A-Za-z0-9]{10,32}", press) else ids.same_id(press)
    return f"urn:emergency:uid:incidentid:{unique}:{agency_id}"


def tracking_of(order: Order, agency_id: str) -> str:
    """The Incident Tracking Identifier of an order's alarm."""
    return make_tracking_id(order.alarm, agency_id)


def say_moment(unix_seconds: float) -> str:
    """Unix seconds as an RFC 3339 moment with milliseconds and offset."""
    return clock.moment(unix_seconds).isoformat(timespec="milliseconds")


def build_eido(order: Order, sender: Sender, at: float, *, status: str = "Active", closing: str = "") -> dict[str, Any]:
    """The EIDO an order asks for. `at` becomes lastUpdateTimeStamp; `closing` is a note that it is over.

    A drill or test has the incident type NONEMERG and says EXERCISE in every text: EIDO 1.0 has no flag for it.
    """
    tracking = tracking_of(order, sender.agency_id)
    author = _Author(tracking, sender, say_moment(at))
    incident = _dict(order.params.get("incident"))
    place = _dict(order.params.get("place"))
    kind = str(incident.get("kind") or order.kind)
    code, category, priority = KIND_CODES.get(kind, UNKNOWN_KIND)
    now, link = read_development(order.params), clean_text(order.params.get("link"), 1200)
    texts = [closing] if closing else []
    texts += _describe(order, incident, place, kind) + now.lines + ([LINK_WORDS + link] if link else [])
    if order.mode != "real":
        code, priority = NOT_AN_EMERGENCY, 5
        texts = [f"EXERCISE - {order.mode.upper()} - DO NOT RESPOND. {text}" for text in texts]
    notes = [author.component(f"note{n}", notesActionComments=html.escape(text)) for n, text in enumerate(texts)]
    document = author.stamp(tracking) | {
        "eidoVersion": VERSION,
        "issuingElementIdentification": sender.element_id,
        "incidentComponent": author.component(
            "incident", incidentTypeCommonRegistryText=code, incidentTypeInternalCode=kind or "alarm",
            incidentTypeInternalText=_title(kind, order.mode), incidentStatusCommonRegistryText=[status],
            incidentStatusInternalText=[order.mode], internalIncidentId=order.incident or order.press,
            incidentCommonPriorityNumber=priority, **_refer(author, now), agentReference=[author.agent],
            notesReference=[{"$ref": note["$id"]} for note in notes],
        ),
        "agencyComponent": _agencies(author),
        "agentComponent": [_own_agent(author)],
        "locationComponent": [_where(author, order, place, at), *(_room(author, order, r, at) for r in now.rooms)],
        "personComponent": [_reporter(author), *(_person(author, room) for room in now.rooms if room.role)],
        "notesComponent": notes,
        "alarmsSensorsComponent": [_alarm(author, order, kind, category)],
        "@context": CONTEXT,
    }  # fmt: skip
    return _with_more(author, document, link)


class _Author:
    """Writes components with the prologue every one of them has (§2.3); their $id stays the same over updates."""

    def __init__(self, tracking: str, sender: Sender, moment: str) -> None:
        self.sender, self.moment = sender, moment
        self._tracking = tracking
        self.agent = {"$ref": f"watchbell@{sender.agency_id}"}

    def key(self, name: str) -> str:
        return str(ids.same_uuid(self._tracking, name))

    def ref(self, name: str) -> dict[str, str]:
        return {"$ref": self.key(name)}

    def stamp(self, key: str) -> dict[str, Any]:
        return {
            "$id": key,
            "lastUpdateTimeStamp": self.moment,
            "updatedByAgencyReference": {"$ref": self.sender.agency_id},
            "updatedByAgentReference": self.agent,
        }

    def component(self, name: str, **values: Any) -> dict[str, Any]:
        return self.stamp(self.key(name)) | values


def _reporter(author: _Author) -> dict[str, Any]:
    reached = {"callBackReference": author.ref("callback")} if author.sender.callback else {}
    return author.component(
        "person", personIncidentRoleRegistryText=["ReportingParty"], locationReference=[author.ref("location")],
        **reached,
    )  # fmt: skip


def _agencies(author: _Author) -> list[dict[str, Any]]:
    """The school district, and the agency that is told (roles of §3.1)."""
    sender = author.sender
    own = {"agencyRoleDescriptionRegistryText": ["Assisting"], "agencyType": ["school"]}
    found = [author.stamp(sender.agency_id) | own]
    if sender.to_agency and sender.to_agency != sender.agency_id:
        is_police = sender.to_kind == "police"
        role = "Informational" if is_police else "Dispatching"
        told = {"agencyRoleDescriptionRegistryText": [role], "agencyType": ["police" if is_police else "psap"]}
        found.append(author.stamp(sender.to_agency) | told)
    return found


def _own_agent(author: _Author) -> dict[str, Any]:
    jcard = ["vcard", [["version", {}, "text", "4.0"], ["fn", {}, "text", "Watchbell, school alarm system"]]]
    own = {"agentRoleRegistryText": ["Automaton"], "agencyReference": {"$ref": author.sender.agency_id}}
    return author.stamp(author.agent["$ref"]) | own | {"agentJcard": json.dumps(jcard)}


def _refer(author: _Author, now: Development) -> dict[str, Any]:
    return {
        "locationReference": [author.ref("location"), *(author.ref(f"location {room.key}") for room in now.rooms)],
        "personReference": [author.ref("person"), *(author.ref(f"person {r.key}") for r in now.rooms if r.role)],
    }


def _person(author: _Author, room: TroubledRoom) -> dict[str, Any]:
    return author.component(
        f"person {room.key}", personIncidentRoleRegistryText=[room.role],
        locationReference=[author.ref(f"location {room.key}")],
    )  # fmt: skip


def _with_more(author: _Author, document: dict[str, Any], link: str) -> dict[str, Any]:
    """Callback, and the dispatcher's page as Additional Data of place and reporter: found without reading notes."""
    if author.sender.callback:
        numbers = list(author.sender.callback)
        document["callbackComponent"] = [author.component("callback", callBackInformationUri=numbers)]
    if not link:
        return document
    document["additionalDataComponent"] = [
        author.component("link", additionalDataByReferenceUrl=link, urlPurpose="Watchbell dispatcher page")
    ]
    for part in (document["locationComponent"][0], document["personComponent"][0]):
        part["additionalDataReference"] = [author.ref("link")]
    return document


def _room(author: _Author, order: Order, room: TroubledRoom, at: float) -> dict[str, Any]:
    return _where(author, order, room.place, at, f"location {room.key}") | {"locationDescriptionText": room.text}


def _where(
    author: _Author, order: Order, place: dict[str, Any], at: float, key: str = "location"
) -> dict[str, Any]:  # fmt: skip
    address = {str(k): str(v) for k, v in _dict(order.params.get("address")).items() if v}
    incident = _dict(order.params.get("incident"))
    door = clean_text(place.get("nearest_door"), 60)
    civic = {"country": "US", "NAM": str(incident.get("site_name") or ""), "PLC": "school"} | address
    for element, name in (("BLD", "building"), ("FLR", "floor"), ("ROOM", "room")):
        if place.get(name):
            civic[element] = str(place[name])
    if door:
        civic["LOC"] = f"Nearest exterior door: {door}"
    location = Location(
        civic=civic, latitude=_degrees(place.get("latitude"), 90), longitude=_degrees(place.get("longitude"), 180)
    )
    expires = say_moment(at + 90 * 86400)
    entity = f"pres:{author.key(key)}@{author.sender.agency_id}"
    parts = [clean_text(place.get(name)) for name in ("name", "building", "floor", "room")]
    text = ", ".join(dict.fromkeys(part for part in parts if part)) or "Place in the school is not known"
    return author.component(
        key, locationTypeDescriptionRegistryText="CurrentIncident",
        locationByValue=build_pidf_lo(location, entity, author.moment, expires),
        locationDescriptionText=text + (f". Nearest exterior door: {door}" if door else ""),
    )  # fmt: skip


def _alarm(author: _Author, order: Order, kind: str, category: str) -> dict[str, Any]:
    # §2.21 wants APCO/CSAA content here; the names are NIEM's, the values those of its code lists.
    csaa = {
        "apco:AlarmEventCategoryCode": category,
        "apco:AlarmEventLocationCategoryCode": "commercial",
        "apco:AlarmEventResponseActionCode": "respond" if order.mode == "real" else "notify",
        "apco:IncidentCategoryCode": KIND_CODES.get(kind, UNKNOWN_KIND)[0],
        "apco:AlarmAudibleIndicator": kind in ("evacuate", "fire"),
    }
    return author.component("alarm", csaaAlarmInformation=json.dumps(csaa), agentReference=author.agent)


def _describe(order: Order, incident: dict[str, Any], place: dict[str, Any], kind: str) -> list[str]:
    opened = incident.get("opened_at") or order.made_at
    moment = (
        say_moment(float(opened)) if isinstance(opened, int | float) and 0 < opened < 1e11 else clean_text(opened, 60)
    )
    site = clean_text(incident.get("site_name")) or "the school"
    first = f"{_title(kind, order.mode)} at {site}, alarm raised {moment}."
    callers = order.params.get("callers")
    if isinstance(callers, int) and callers > 1:
        first += f" {callers} people have pressed."
    if order.params.get("by_name"):
        first += f" Raised by {clean_text(order.params['by_name'], 100)}."
    if place.get("nearest_door"):
        first += f" Enter by exterior door {clean_text(place['nearest_door'], 60)}."
    note = clean_text(incident.get("note"), 2000)
    return [first, *([note] if note else []), *read_joined(order.params)]


def _title(kind: str, mode: str) -> str:
    words = clean_text(kind, 60).replace("_", " ").capitalize() or "Alarm"
    return words if mode == "real" else f"EXERCISE ({mode}): {words}"


def _degrees(given: Any, limit: float) -> float | None:
    known = isinstance(given, int | float) and not isinstance(given, bool) and abs(given) <= limit
    return float(given) if known else None


def _dict(given: Any) -> dict[str, Any]:
    return given if isinstance(given, dict) else {}


# -- reading -------------------------------------------------------------------------------------------------------


def parse_eido(raw: bytes) -> Eido | Malformed:
    """The EIDO in `raw`; Malformed when it is none or misses what the standard requires of every EIDO."""
    if len(raw) > MAX_BYTES:
        return Malformed(because="An EIDO of more than 2 MB is not read.", raw=raw[:200])
    try:
        document = msgspec.json.decode(raw.removeprefix(b"\xef\xbb\xbf"))  # a mark that RFC 8259 lets readers ignore
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return Malformed(because=f"Not JSON: {error}", raw=raw[:4096])
    if not isinstance(document, dict):
        return Malformed(because="An EIDO is a JSON object.", raw=raw[:4096])
    missing = _missing(document)
    if missing:
        return Malformed(because=missing, raw=raw[:4096])
    return _read(document)


def _missing(document: dict[str, Any]) -> str:
    for name in ("$id", "issuingElementIdentification", "lastUpdateTimeStamp"):
        if not isinstance(document.get(name), str) or not document[name]:
            return f"{name} is missing."
    if document.get("eidoVersion") != VERSION:
        return f"eidoVersion is not {VERSION}."
    if not _reference(document, "updatedByAgencyReference"):
        return "updatedByAgencyReference is missing."
    if not isinstance(document.get("agencyComponent"), list):
        return "agencyComponent is missing."
    if parse_moment(document["lastUpdateTimeStamp"]) is None:
        return "lastUpdateTimeStamp is not a moment."
    return ""


def _read(document: dict[str, Any]) -> Eido:
    incident = _dict(document.get("incidentComponent"))
    units = [
        Unit(
            name=_text(part, "emergencyResourceName") or _text(part, "$id"),
            states=_texts(part, "secondaryUnitStatusRegistryText")
            or [state for state in (_text(part, "primaryUnitStatusRegistryText"),) if state],
        )
        for part in _parts(document, "emergencyResourceComponent")
    ]  # fmt: skip
    located = (parse_pidf_lo(_text(part, "locationByValue")) for part in _parts(document, "locationComponent"))
    return Eido(
        id=document["$id"], updated_at=parse_moment(document["lastUpdateTimeStamp"]) or 0.0,
        issuer=document["issuingElementIdentification"], agency=_reference(document, "updatedByAgencyReference"),
        agent=_reference(document, "updatedByAgentReference"), code=_text(incident, "incidentTypeCommonRegistryText"),
        states=_texts(incident, "incidentStatusCommonRegistryText"), units=units,
        notes=[clean_text(html.unescape(_text(part, "notesActionComments")), MAX_BYTES)
               for part in _parts(document, "notesComponent")],
        agents={_text(part, "$id"): _read_name(part) for part in _parts(document, "agentComponent")},
        location=next((found for found in located if isinstance(found, Location)), None), document=document,
    )  # fmt: skip


def parse_moment(text: str) -> float | None:
    """An RFC 3339 moment as Unix seconds; without offset it counts as UTC; None when it is no moment."""
    moment = clock.read_moment(text)
    if moment is None:
        return None
    try:
        return (moment if moment.tzinfo else moment.replace(tzinfo=clock.now().tzinfo)).timestamp()
    except (ValueError, OverflowError):
        return None


def _read_name(agent: dict[str, Any]) -> str:
    """The fn of a jCard (RFC 7095), else the agent's $id."""
    try:
        card = json.loads(_text(agent, "agentJcard") or "null")
        names = [line[3] for line in card[1] if line[0] == "fn"]
        return clean_text(names[0], 200)
    except (ValueError, TypeError, IndexError, KeyError, RecursionError):
        return _text(agent, "$id")


def _parts(document: dict[str, Any], name: str) -> list[dict[str, Any]]:
    found = document.get(name)
    return [part for part in found if isinstance(part, dict)] if isinstance(found, list) else []


def _text(part: dict[str, Any], name: str) -> str:
    found = part.get(name)
    return found.replace("\0", " ") if isinstance(found, str) else ""


def _texts(part: dict[str, Any], name: str) -> list[str]:
    found = part.get(name)
    return [text.replace("\0", " ") for text in found if isinstance(text, str)] if isinstance(found, list) else []


def _reference(part: dict[str, Any], name: str) -> str:
    return _text(_dict(part.get(name)), "$ref")
