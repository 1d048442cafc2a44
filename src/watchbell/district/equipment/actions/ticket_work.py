"""What people do with a ticket: report, take up, repair, look and close; notes, photos, owner, severity, the room."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from watchbell.district.equipment import queries
from watchbell.district.equipment.actions.tickets import AGAIN_FIELDS, TOPIC, open_again
from watchbell.district.equipment.facts import MOST_PHOTOS, MOST_TICKET_WORDS, SEVERITIES, TICKET_STATES, Photo
from watchbell.district.equipment.models import Equipment, Ticket, TicketNote, TicketPhoto
from watchbell.district.equipment.queries.tickets import REPORT, WORK
from watchbell.district.equipment.rules import choose_owner, clean_photo, due_at, may_close, severity_of
from watchbell.district.people.queries import person_facts
from watchbell.district.sites.queries import is_place_of, site_facts
from watchbell.kernel.changes import Change, recorded_change, take_turns
from watchbell.kernel.permissions import Actor, require
from watchbell.line import clock
from watchbell.line.errors import Conflict, NotFound, Refused


def _words(text: str, most: int = MOST_TICKET_WORDS) -> str:
    return text.replace("\0", "").strip()[:most]


def _photo(raw: bytes) -> Photo | None:
    """None for no photo. Raises Refused for what is none."""
    if not raw:
        return None
    found = clean_photo(raw)
    if isinstance(found, str):
        raise Refused(found)
    return found


def _keep(actor: Actor, ticket: Ticket, photo: Photo | None, is_proof: bool = False) -> None:
    if photo is None:
        return
    if TicketPhoto.objects.filter(ticket=ticket).count() >= MOST_PHOTOS:
        raise Refused(f"A ticket holds at most {MOST_PHOTOS} photos.")
    digest = hashlib.sha256(photo.content).hexdigest()
    row, is_new = TicketPhoto.objects.get_or_create(
        ticket=ticket, digest=digest, is_proof=is_proof,
        defaults={"media_type": photo.media_type, "content": photo.content, "by_name": actor.name,
                  "taken_at": clock.now()},
    )  # fmt: skip
    if not is_new:  # the same photo once more, after it was opened again
        row.taken_at, row.by_name = clock.now(), actor.name
        row.save(update_fields=["taken_at", "by_name"])


def _note(actor: Actor, ticket: Ticket, what: str, text: str = "", reporter: UUID | None = None) -> None:
    TicketNote.objects.create(
        ticket=ticket, what=what, text=text, by_name=actor.name, at=clock.now(), reporter=reporter
    )


def _touch(change: Change, row: Ticket) -> None:
    change.about(row)
    change.touch(TOPIC)
    change.touch(f"tickets:{row.pk}")


# -- reported ----------------------------------------------------------------------------------------------------------


def report_fault(
    actor: Actor, words: str, *, equipment: UUID | None = None, site: UUID | None = None, place: UUID | None = None,
    is_grave: bool = False, photo: bytes = b"",
) -> tuple[UUID, bool]:  # fmt: skip
    """(ticket, whether it was open already) of a fault that somebody saw, at equipment or at a place.

    What is reported of equipment with an open ticket joins that. Raises Refused without words, for another site or a
    file that is no photo, NotFound for what is not there.
    """
    text, kept = _words(words), _photo(photo)
    if not text:
        raise Refused("Say in a few words what is wrong.")
    thing = None
    if equipment is not None:
        thing = Equipment.objects.filter(pk=equipment, is_retired=False).defer("secret").first()
        if thing is None:
            raise NotFound("There is no such equipment.")
        site, place = thing.site_id, thing.place_id
    elif site is None:
        raise Refused("Say where it is: a site, and the room if you know it.")
    else:
        site_facts(site)
    require(actor, REPORT, site)
    if place is not None and site is not None and not is_place_of(place, site):
        raise Refused("That room is at another site.")
    with recorded_change(actor, "tickets.report") as change:
        take_turns(f"ticket number {actor.district}")
        row = Ticket.objects.filter(equipment=thing).exclude(state="closed").first() if thing else None
        is_joined = row is not None
        row = _joined(row, is_grave) if row else _reported(actor, thing, site, place, text, is_grave)
        _note(actor, row, "reported too" if is_joined else "reported", text, reporter=actor.user_id)
        _keep(actor, row, kept)
        change.note(number=row.number, joined=is_joined, photo=kept is not None)
        _touch(change, row)
        if row.owner_id and not is_joined:
            change.ask_slowly("equipment.tell_ticket_owner", once=str(row.owner_id), queue="soon",
                              owner=str(row.owner_id))  # fmt: skip
    return row.pk, is_joined


def _reported(
    actor: Actor, thing: Equipment | None, site: UUID | None, place: UUID | None, words: str, is_grave: bool
) -> Ticket:
    now, kind = clock.now(), thing.kind if thing else ""
    severity = "life_safety" if is_grave else severity_of(kind) if kind else "ordinary"
    line = words.splitlines()[0]
    return Ticket.objects.create(
        number=queries.last_number() + 1, origin="person", title=(f"{thing.name}: {line}" if thing else line)[:200],
        words=words, has_report=True, equipment=thing, site_id=site, place_id=place, severity=severity,
        owner_id=choose_owner(thing.owner_id if thing else None, kind, site, queries.owner_rules()),
        first_opened_at=now, opened_at=now, opened_by=actor.name, reporter=actor.user_id, due_at=due_at(severity, now),
    )  # fmt: skip


def _joined(row: Ticket, is_grave: bool) -> Ticket:
    row.has_report = True
    if is_grave and row.severity != "life_safety":
        row.severity, row.due_at = "life_safety", min(row.due_at, due_at("life_safety", clock.now()))
    if row.state == "done":  # it was repaired, and somebody still sees it
        row.state = "doing"
    row.save(update_fields=["has_report", "severity", "due_at", "state"])
    return row


# -- worked on ---------------------------------------------------------------------------------------------------------


@contextmanager
def _changing(actor: Actor, action: str, ticket_id: UUID, states: tuple[str, ...]) -> Iterator[Ticket]:
    with recorded_change(actor, action) as change:
        row = Ticket.objects.select_for_update().filter(pk=ticket_id).first()
        if row is None:
            raise NotFound("There is no such ticket.")
        require(actor, WORK, row.site_id)
        if row.state not in states:
            raise Conflict(f"Ticket {row.number} is “{TICKET_STATES[row.state]}” by now. Look again.")
        yield row
        change.note(number=row.number, state=row.state)
        _touch(change, row)


STANDING = ("open", "doing", "done")


def take_up(actor: Actor, ticket_id: UUID) -> None:
    """Somebody works on it now. Raises NotFound, Conflict."""
    with _changing(actor, "tickets.take_up", ticket_id, ("open",)) as row:
        row.state = "doing"
        row.save(update_fields=["state"])
        _note(actor, row, "in work")


def mark_repaired(actor: Actor, ticket_id: UUID, words: str, photo: bytes = b"") -> None:
    """The repairer says that it is mended, with a photo if they have one; somebody else closes it.

    Raises NotFound, Conflict, Refused without words.
    """
    text, kept = _words(words), _photo(photo)
    if not text:
        raise Refused("Say what was done.")
    with _changing(actor, "tickets.mark_repaired", ticket_id, ("open", "doing")) as row:
        row.state, row.done_at, row.done_by, row.repairer = "done", clock.now(), actor.name, actor.user_id
        row.save(update_fields=["state", "done_at", "done_by", "repairer"])
        _keep(actor, row, kept, is_proof=True)
        _note(actor, row, "repaired", text)


def close_ticket(actor: Actor, ticket_id: UUID, words: str = "", photo: bytes = b"") -> None:
    """A second person has looked at it. Raises NotFound, Conflict, Refused for the repairer or without a photo."""
    kept = _photo(photo)
    with _changing(actor, "tickets.close", ticket_id, ("done",)) as row:
        _keep(actor, row, kept, is_proof=True)
        if because := may_close(row.repairer, actor.user_id, queries.has_proof(row)):
            raise Refused(because)
        row.state, row.closed_at, row.closed_by = "closed", clock.now(), actor.name
        row.closed_because = f"Repaired by {row.done_by}, looked at by {actor.name}."[:400]
        row.save(update_fields=["state", "closed_at", "closed_by", "closed_because"])
        _note(actor, row, "closed", _words(words) or row.closed_because)


def withdraw_report(actor: Actor, ticket_id: UUID, words: str) -> None:
    """Who reported a fault by mistake takes that back, while nobody else has seen it too and nothing was repaired.

    Raises NotFound, Conflict, Refused without a reason or where it is not theirs alone.
    """
    if not _words(words):
        raise Refused("Say in a few words why there is no fault.")
    with recorded_change(actor, "tickets.withdraw") as change:
        row = Ticket.objects.select_for_update().filter(pk=ticket_id).first()
        if row is None:
            raise NotFound("There is no such ticket.")
        if row.state not in ("open", "doing"):
            raise Conflict(f"Ticket {row.number} is “{TICKET_STATES[row.state]}” by now. Look again.")
        if not queries.may_withdraw(actor, row):
            raise Refused("Only who alone reported a fault can take it back, and not while the equipment itself fails.")
        row.state, row.closed_at, row.closed_by = "closed", clock.now(), actor.name
        row.closed_because = f"Taken back by {actor.name}: {' '.join(_words(words, 300).split())}"[:400]
        row.save(update_fields=["state", "closed_at", "closed_by", "closed_because"])
        _note(actor, row, "taken back", _words(words))
        change.note(number=row.number)
        _touch(change, row)


def send_back(actor: Actor, ticket_id: UUID, words: str) -> None:
    """It is not mended yet. Raises NotFound, Conflict, Refused without a reason."""
    if not _words(words):
        raise Refused("Say what is still wrong.")
    with _changing(actor, "tickets.send_back", ticket_id, ("done",)) as row:
        row.state, row.done_at, row.done_by, row.repairer = "doing", None, "", None
        row.save(update_fields=["state", "done_at", "done_by", "repairer"])
        _note(actor, row, "sent back", _words(words))


def reopen_ticket(actor: Actor, ticket_id: UUID, words: str) -> None:
    """A closed one stands again, with its time anew. Raises NotFound, Conflict, Refused without a reason."""
    if not _words(words):
        raise Refused("Say why it is opened again.")
    with _changing(actor, "tickets.reopen", ticket_id, ("closed",)) as row:
        take_turns(f"ticket number {actor.district}")
        if row.equipment_id and Ticket.objects.filter(equipment=row.equipment_id).exclude(state="closed").exists():
            raise Conflict("This equipment has a newer ticket that is open. Write there.")
        if row.origin == "site":
            raise Refused("A site's outage is opened by its silence. Report what you see instead.")
        open_again(row)
        row.has_report = True
        row.save(update_fields=AGAIN_FIELDS)
        _note(actor, row, "opened again", _words(words))


def note_ticket(actor: Actor, ticket_id: UUID, words: str, photo: bytes = b"") -> None:
    """Words, a photo, or both; also the reporter may add them. Once it is repaired, a photo is of the repair.

    Raises NotFound, Refused for neither.
    """
    text, kept = _words(words), _photo(photo)
    if not text and kept is None:
        raise Refused("Write something, or add a photo.")
    seen = queries.ticket_seen_by(actor, ticket_id)
    with recorded_change(actor, "tickets.note") as change:
        if not queries.has_reported(actor, seen):
            require(actor, WORK, seen.site_id)
        _keep(actor, seen, kept, is_proof=seen.state == "done")
        _note(actor, seen, "note" if text else "photo", text)
        change.note(number=seen.number, photo=kept is not None)
        _touch(change, seen)


def set_severity(actor: Actor, ticket_id: UUID, severity: str) -> None:
    """How grave it is; its time is counted from the opening. Raises NotFound, Conflict, Refused."""
    if severity not in SEVERITIES:
        raise Refused("There is no such severity.")
    with _changing(actor, "tickets.set_severity", ticket_id, STANDING) as row:
        if severity == row.severity:
            return
        row.severity, row.due_at = severity, due_at(severity, row.opened_at)
        if row.due_at > clock.now():
            row.escalated_at = None
        row.save(update_fields=["severity", "due_at", "escalated_at"])
        _note(actor, row, "severity", SEVERITIES[severity])


def set_ticket_owner(actor: Actor, ticket_id: UUID, person_id: UUID | None) -> None:
    """Who sees to it; None gives it back to the equipment's owner. Raises NotFound, Conflict, Refused for no staff."""
    person = person_facts(person_id) if person_id is not None else None
    if person is not None and person.kind != "staff":
        raise Refused("Only a member of staff can answer for a ticket.")
    with _changing(actor, "tickets.set_owner", ticket_id, STANDING) as row:
        thing = Equipment.objects.filter(pk=row.equipment_id).defer("secret").first() if row.equipment_id else None
        by_rule = choose_owner(
            thing.owner_id if thing else None, thing.kind if thing else "", row.site_id, queries.owner_rules()
        )
        row.owner_id, row.is_owner_given = (person.id, True) if person else (by_rule, False)
        row.save(update_fields=["owner", "is_owner_given"])
        _note(actor, row, "owner", person.name if person else "By the owner rules")


def set_interim(actor: Actor, ticket_id: UUID, words: str) -> None:
    """What the room does until it is mended; empty takes it away. Raises NotFound, Conflict."""
    with _changing(actor, "tickets.set_interim", ticket_id, STANDING) as row:
        row.interim = " ".join(_words(words, 400).split())
        row.save(update_fields=["interim"])
        _note(actor, row, "instruction to the room", row.interim or "Taken away")
