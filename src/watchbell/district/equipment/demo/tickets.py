"""Tickets of the demo: two overdue, one that waits for its second person, and what was mended in the last weeks."""

import io
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from PIL import Image, ImageDraw

from watchbell.district.equipment.facts import EquipmentFacts
from watchbell.district.equipment.queries import equipment_of, failing_now
from watchbell.district.equipment.rules import due_at, say_failing, severity_of
from watchbell.district.people.queries import people_named
from watchbell.district.sites.queries import all_site_facts
from watchbell.line import clock

WATCH = "Equipment watch"
#: What was mended in the last weeks: (kind, what was wrong, what was done).
MENDED = (
    ("controlled_door", "does not latch", "Strike plate moved"), ("speaker", "crackles", "Cable replaced"),
    ("camera", "is silent", "Switch port reset"), ("panic_button", "cover is broken", "New cover"),
    ("controlled_door", "is silent", "Controller's supply replaced"), ("camera", "is out of focus", "Lens cleaned"),
    ("aed", "its pads expire soon", "New pads"),
)  # fmt: skip


def demo_tickets() -> list[dict[str, Any]]:
    """As `actions.load_tickets` takes them, the oldest first."""
    sites, now = all_site_facts(), clock.now()
    if not sites:
        return []
    found = people_named("Priya Raman", None, 1, kinds=("staff",))
    owner = found[0].id if found else None
    first = equipment_of(sites[0].id)
    rows = _mended([thing for site in sites[:5] for thing in equipment_of(site.id)], now)
    rows += [_latch(first, now, owner), _speaker(first, now, owner), _lamp(sites[0].id, now)]
    rows += _by_itself(now, owner)
    return sorted(rows, key=lambda row: row["first_opened_at"])


def _row(
    thing: EquipmentFacts | None, opened_at: datetime, title: str, words: str, by: str, **more: Any
) -> dict[str, Any]:
    severity = more.pop("severity", severity_of(thing.kind) if thing else "ordinary")
    where = {"equipment_id": thing.id, "site_id": thing.site, "place_id": thing.place} if thing else {}
    return {
        "origin": "person", "has_report": True, "title": title, "words": words, "severity": severity, **where,
        "first_opened_at": opened_at, "opened_at": opened_at, "due_at": due_at(severity, opened_at), "opened_by": by,
        "notes": [(opened_at, "reported", words, by)], **more,
    }  # fmt: skip


def _of(things: list[EquipmentFacts], kind: str, at: int = 0) -> EquipmentFacts | None:
    fitting = [thing for thing in things if thing.kind == kind]
    return fitting[at % len(fitting)] if fitting else None


def _latch(things: list[EquipmentFacts], now: datetime, owner: UUID | None) -> dict[str, Any]:
    door, opened = _of(things, "controlled_door", 3), now - timedelta(hours=53)
    title = f"{door.name if door else 'A door'}: does not latch when it closes by itself"
    row = _row(door, opened, title, "Does not latch when it closes by itself; a push opens it.", "Kemi Okafor",
               state="doing", owner_id=owner, is_owner_given=owner is not None, severity="life_safety",
               interim="Pull it shut by hand and try it after every class, until the strike is mended.",
               escalated_at=opened + timedelta(hours=24))  # fmt: skip
    row["photos"] = [(opened, draw_photo("fault"), False, "Kemi Okafor")]
    row["notes"] += [
        (opened + timedelta(hours=2), "in work", "", "Priya Raman"),
        (opened + timedelta(hours=3), "note", "The strike plate is bent. A new one is ordered.", "Priya Raman"),
        (opened + timedelta(hours=24), "overdue", "The site's principal and the safety director see it.", WATCH),
    ]
    return row


def _speaker(things: list[EquipmentFacts], now: datetime, owner: UUID | None) -> dict[str, Any]:
    speaker, opened = _of(things, "speaker", 5), now - timedelta(hours=20)
    done = now - timedelta(hours=2)
    title = f"{speaker.name if speaker else 'A speaker'}: nobody understands it"
    row = _row(speaker, opened, title, "Announcements rattle so that nobody understands them.", "Irene Castillo",
               state="done", owner_id=owner, is_owner_given=owner is not None, done_at=done, done_by="Priya Raman",
               repairer=None)  # fmt: skip
    row["photos"] = [(done, draw_photo("repair"), True, "Priya Raman")]
    row["notes"] += [(opened + timedelta(hours=1), "in work", "", "Priya Raman"),
                     (done, "repaired", "New cone; tested with the bell.", "Priya Raman")]  # fmt: skip
    return row


def _lamp(site: UUID, now: datetime) -> dict[str, Any]:
    opened = now - timedelta(hours=5)
    return _row(None, opened, "The lamp over the bus yard's gate is out", "The lamp over the bus yard's gate is out.",
                "Walt Jennings", site_id=site)  # fmt: skip


def _by_itself(now: datetime, owner: UUID | None) -> list[dict[str, Any]]:
    """What the demo's equipment lacks from the beginning: a camera for days, an AED since the morning."""
    rows = []
    for kind, hours in (("camera", 80), ("aed", 6)):
        thing = next((one for one in failing_now() if one.kind == kind), None)
        if thing is None:
            continue
        title, words = say_failing(thing)
        opened, severity = now - timedelta(hours=hours), severity_of(kind)
        is_late = due_at(severity, opened) <= now
        rows.append({
            "origin": "state", "title": title, "words": words, "equipment_id": thing.id, "site_id": thing.site,
            "place_id": thing.place, "severity": severity, "first_opened_at": opened, "opened_at": opened,
            "due_at": due_at(severity, opened), "opened_by": WATCH, "owner_id": owner,
            "is_owner_given": owner is not None, "escalated_at": due_at(severity, opened) if is_late else None,
            "notes": [(opened, "opened", words, WATCH)],
        })  # fmt: skip
    return rows


def _mended(things: list[EquipmentFacts], now: datetime) -> list[dict[str, Any]]:
    rows = []
    for number in range(26):
        kind, wrong, done = MENDED[number % len(MENDED)]
        thing = _of(things, kind, number * 7 + 11)
        opened = now - timedelta(days=2 + number * 3, hours=number * 5 % 11)
        if thing is None:
            continue
        closed = opened + timedelta(hours=3 + number * 13 % 44)
        row = _row(thing, opened, f"{thing.name} {wrong}", f"{thing.name} {wrong}.", "Irene Castillo", state="closed",
                   done_at=closed - timedelta(hours=1), done_by="Priya Raman", closed_at=closed, closed_by="Luis Diaz",
                   closed_because="Repaired by Priya Raman, looked at by Luis Diaz.")  # fmt: skip
        row["notes"] += [(closed - timedelta(hours=1), "repaired", done, "Priya Raman"),
                         (closed, "closed", row["closed_because"], "Luis Diaz")]  # fmt: skip
        rows.append(row)
    return rows


def draw_photo(what: str) -> bytes:
    """A drawing that stands for a photo: a strike plate, bent or straight."""
    picture = Image.new("RGB", (640, 420), "#b9b3a6")
    pen, lean = ImageDraw.Draw(picture), 46 if what == "fault" else 0
    pen.rectangle((0, 0, 300, 420), fill="#7a5c43")
    pen.rectangle((300, 0, 330, 420), fill="#3d3128")
    pen.polygon([(360, 60), (520, 60 + lean), (500, 350), (360, 350)], fill="#d7d9dc", outline="#777777")
    pen.rectangle((405, 160, 460, 250), fill="#24272b")
    for x, y in ((430, 95), (430, 318)):
        pen.ellipse((x - 12, y - 12, x + 12, y + 12), fill="#8d9196", outline="#555555")
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=80)
    return out.getvalue()
