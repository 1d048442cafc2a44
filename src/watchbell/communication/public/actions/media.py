"""Writing the media list: by hand, from a file, taken away."""

from typing import Any
from uuid import UUID

from watchbell.communication.public.facts import PERMISSION_EDIT
from watchbell.communication.public.models import MediaContact
from watchbell.communication.public.rules import clean_phone, find_fault, read_media, split_tags
from watchbell.district.sites.facts import Fault
from watchbell.kernel.changes import recorded_change
from watchbell.kernel.permissions import Actor, require
from watchbell.line import clock
from watchbell.line.errors import NotFound, Refused

TOPIC = "media:all"


def save_contact(
    actor: Actor, contact: UUID | None, *, newsroom: str, name: str, email: str, phone: str, tags: str, note: str
) -> UUID:
    """Adds a contact (None) or changes one. Raises Refused with what is wrong."""
    require(actor, PERMISSION_EDIT)
    email, phone = email.strip().lower(), phone.strip()
    fault = find_fault(newsroom, email, phone)
    if fault:
        raise Refused(fault)
    with recorded_change(actor, "public.save_contact") as change:
        row = MediaContact.objects.filter(id=contact).first() if contact else MediaContact()
        if row is None:
            raise NotFound("There is no such contact.")
        row.newsroom, row.name, row.email = newsroom.strip()[:120], name.strip()[:120], email
        row.phone, row.tags = clean_phone(phone), list(split_tags(tags))
        row.note, row.changed_at = note.strip()[:300], clock.now()
        row.save()
        change.about(row)
        change.touch(TOPIC)
    return row.id


def remove_contact(actor: Actor, contact: UUID) -> None:
    require(actor, PERMISSION_EDIT)
    row = MediaContact.objects.filter(id=contact).first()
    if row is None:
        raise NotFound("There is no such contact.")
    with recorded_change(actor, "public.remove_contact", target=row) as change:
        change.note(email=row.email, phone=row.phone, tags=row.tags)
        row.delete()
        change.touch(TOPIC)


def import_media(actor: Actor, raw: bytes) -> tuple[int, int, list[Fault]]:
    """(added, changed, lines that were not taken and why). A line whose newsroom and e-mail (or number) are known
    changes that contact."""
    require(actor, PERMISSION_EDIT)
    rows, problems = read_media(raw)
    if not rows:
        return 0, 0, problems
    with recorded_change(actor, "public.import_media") as change:
        known = {(one.newsroom.lower(), one.email or one.phone): one for one in MediaContact.objects.all()}
        added = changed = 0
        for row in rows:
            found = known.get((row.newsroom.lower(), row.email or row.phone))
            values: dict[str, Any] = {
                "newsroom": row.newsroom, "name": row.name, "email": row.email, "phone": row.phone,
                "tags": list(row.tags), "note": row.note,
            }  # fmt: skip
            if found is None:
                MediaContact.objects.create(**values)
                added += 1
            elif any(getattr(found, name) != value for name, value in values.items()):
                for name, value in values.items():
                    setattr(found, name, value)
                found.changed_at = clock.now()
                found.save()
                changed += 1
        change.note(added=added, changed=changed, refused=len(problems))
        change.touch(TOPIC)
    return added, changed, problems


def load_media(rows: list[dict[str, Any]]) -> int:
    """Writes contacts in bulk, inside a recorded change."""
    MediaContact.objects.bulk_create([MediaContact(**row) for row in rows])
    return len(rows)


def ask_media(actor: Actor, notice: str, what: str, *, cause: str | None = None) -> None:
    """The newsrooms of the media list are written to. what: "sent", "corrected", "ended" or "stopped"."""
    require(actor, PERMISSION_EDIT)
    with recorded_change(actor, "public.tell_media", cause=cause) as change:
        change.note(notice=notice, what=what)
        change.ask_slowly("public.tell_media", notice=notice, what=what, queue="soon")
