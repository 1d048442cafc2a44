"""What the public is told of an alarm, in each language: where, stay away, whom to listen to. Never how rooms hide."""

import re
from typing import Any

import msgspec

from watchbell.gateways.cap.codec import Alert, Area, Info, circle_around, clean, polygon_around

#: kind of alarm → (CAP category, SAME event code, CAP response types)
KINDS = {
    "lockdown": ("Security", "LAE", ["Avoid"]),
    "secure": ("Security", "LAE", ["Avoid"]),
    "hold": ("Safety", "LAE", ["Avoid"]),
    "evacuate": ("Safety", "EVI", ["Avoid"]),
    "shelter": ("Safety", "SPW", ["Shelter"]),
    "medical": ("Health", "LAE", ["Avoid"]),
    "fire": ("Fire", "FRW", ["Avoid"]),
}
OTHER = ("Safety", "LAE", ["Avoid"])
#: language → kind → the event's name; "" is any other kind
EVENTS = {
    "en": {"lockdown": "School lockdown", "secure": "School secured", "evacuate": "School evacuation",
           "shelter": "Shelter at a school", "fire": "Fire at a school", "medical": "Medical emergency at a school",
           "hold": "School on hold", "": "Emergency at a school"},
    "es": {"lockdown": "Escuela en cierre de emergencia", "secure": "Escuela asegurada",
           "evacuate": "Evacuación de una escuela", "shelter": "Refugio en una escuela",
           "fire": "Incendio en una escuela", "medical": "Emergencia médica en una escuela",
           "hold": "Escuela en espera", "": "Emergencia en una escuela"},
}  # fmt: skip
SENTENCES = {
    "en": {
        "headline": "{event}: {site}", "description": "{event} at {site}{address}. Police and emergency services have "
        "been told.",
        "instruction": "Stay away from the area and keep the roads free. Do not call the school. Follow what police "
        "say. The district tells families where to go.",
        "over_headline": "All clear: {site}", "over": "The alarm at {site}{address} is over.",
        "over_instruction": "You may use the area again. The district tells families what happens next.",
        "short": "{event}: {site}. Stay away. Keep roads free. Listen to police.",
        "exercise": "THIS IS AN EXERCISE. ",
    },
    "es": {
        "headline": "{event}: {site}", "description": "{event} en {site}{address}. La policía y los servicios de "
        "emergencia han sido avisados.",
        "instruction": "Manténgase lejos del lugar y deje libres las calles. No llame a la escuela. Siga las "
        "indicaciones de la policía. El distrito informará a las familias adónde ir.",
        "over_headline": "Fin de la alarma: {site}", "over": "La alarma en {site}{address} ha terminado.",
        "over_instruction": "Puede volver a usar la zona. El distrito informará a las familias.",
        "short": "{event}: {site}. No se acerque. Deje libres las calles. Escuche a la policía.",
        "exercise": "ESTO ES UN SIMULACRO. ",
    },
}  # fmt: skip
NOTE = ("From the school district to the county's alerting authority, who decides about the public. The district "
        "itself sends nothing over IPAWS, EAS or WEA.")  # fmt: skip
STATUSES = {"real": "Actual", "drill": "Exercise", "test": "Test"}
SHORT, LONG = 90, 360
_SAME = re.compile(r"[0-9]{6}", re.ASCII)


class Subject(msgspec.Struct, frozen=True, kw_only=True):
    """What a message is about: of an order's params, whatever is usable of them."""

    kind: str
    mode: str
    site: str
    address: str
    latitude: float | None
    longitude: float | None


def read_subject(kind: str, mode: str, params: dict[str, Any]) -> Subject:
    """The subject of an order; a missing or senseless position leaves the circle out."""
    address = params.get("address") if isinstance(params.get("address"), dict) else {}
    parts = [str(address.get(part, "")) for part in ("HNO", "RD", "STS", "A3", "A1")]  # type: ignore[union-attr]
    position = params.get("site_position")
    at = position if isinstance(position, list | tuple) and len(position) == 2 else (None, None)
    return Subject(
        kind=kind, mode=mode, site=clean(str(params.get("site_name") or "a school"))[:120],
        address=clean(" ".join(part for part in parts if part))[:160],
        latitude=_degrees(at[0], 85), longitude=_degrees(at[1], 180),
    )  # fmt: skip


def _degrees(given: Any, most: float) -> float | None:
    is_known = isinstance(given, int | float) and not isinstance(given, bool) and abs(given) <= most
    return float(given) if is_known else None


def area_of(subject: Subject, entry: dict[str, Any]) -> Area:
    """Where: a circle and a ring around the school, and the county's SAME codes from the entry."""
    kilometres = entry.get("radius_km")
    radius = float(kilometres) if isinstance(kilometres, int | float) and 0 < kilometres <= 50 else 1.0
    circles, rings = [], []
    if subject.latitude is not None and subject.longitude is not None:
        circles = [circle_around(subject.latitude, subject.longitude, radius)]
        rings = [polygon_around(subject.latitude, subject.longitude, radius)]
    codes = [str(code) for code in entry.get("same") or [] if _SAME.fullmatch(str(code))]
    name = subject.site + (f", {subject.address}" if subject.address else "")
    return Area(description=name, circles=circles, polygons=rings, geocodes=[("SAME", code) for code in codes])


def info_of(subject: Subject, entry: dict[str, Any], language: str, expires: str, *, is_over: bool) -> Info:
    """One language's block; Spanish for “es…”, English for whatever else."""
    spoken = "es" if language.lower().startswith("es") else "en"
    category, same, responses = KINDS.get(subject.kind, OTHER)
    said = SENTENCES[spoken]
    event = EVENTS[spoken].get(subject.kind, EVENTS[spoken][""])
    words = {"event": event, "site": subject.site, "address": f" ({subject.address})" if subject.address else ""}
    exercise = "" if subject.mode == "real" else said["exercise"]
    headline = exercise + said["over_headline" if is_over else "headline"].format(**words)
    is_profile = entry.get("profile") == "ipaws"
    parameters = [("EAS-ORG", "CIV"), ("timezone", str(entry.get("timezone_name") or "CST"))] if is_profile else []
    if is_profile and not is_over:
        short = exercise + said["short"].format(**words)
        tag = "" if spoken == "en" else "spanish"
        parameters += [(f"CMAM{tag}text", short[:SHORT].strip()), (f"CMAM{tag}longtext", short[:LONG].strip())]
    return Info(
        language=language, categories=[category], event=event, responses=["AllClear"] if is_over else responses,
        urgency="Past" if is_over else "Immediate", severity="Minor" if is_over else "Severe", certainty="Observed",
        event_codes=[("SAME", same)], expires=expires, sender_name=clean(str(entry.get("sender_name") or subject.site)),
        headline=headline, description=exercise + said["over" if is_over else "description"].format(**words),
        instruction=said["over_instruction" if is_over else "instruction"], parameters=parameters,
        areas=[area_of(subject, entry)],
    )  # fmt: skip


def _as_word(text: str) -> str:
    """A sender or identifier as CAP wants it (§3.2.1): without blanks, commas, and what XML needs for itself."""
    return re.sub(r"[\s,<>&\"]+", "-", clean(text)).strip("-")


def make_alert(
    subject: Subject, entry: dict[str, Any], identifier: str, sent: str, expires: str,
    earlier: list[Alert], *, is_over: bool,
) -> Alert:  # fmt: skip
    """The whole message: an alert, an update of the earlier ones, or their cancellation."""
    spoken = [str(one) for one in entry.get("languages") or ["en-US", "es-US"]]
    return Alert(
        identifier=_as_word(identifier), sender=_as_word(str(entry.get("sender") or "")) or "watchbell", sent=sent,
        status=STATUSES.get(subject.mode, "Test"),
        message_type="Cancel" if is_over else "Update" if earlier else "Alert", scope="Public",
        codes=["IPAWSv1.0"] if entry.get("profile") == "ipaws" else [], note=NOTE,
        references=[(one.sender, one.identifier, one.sent) for one in earlier],
        infos=[info_of(subject, entry, language, expires, is_over=is_over) for language in spoken],
    )  # fmt: skip
