"""Tickets that open and close by themselves: one look of the watch at a time, in statements for all of it."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

from watchbell.district.equipment import queries
from watchbell.district.equipment.facts import TICKET_AGAIN_HOURS, TICKET_DAYS, Failing, TicketNews
from watchbell.district.equipment.models import Equipment, Ticket, TicketNote, TicketPhoto
from watchbell.district.equipment.rules import choose_owner, due_at, say_failing, say_outage, say_overdue, severity_of
from watchbell.district.sites.queries import all_site_facts
from watchbell.kernel.changes import Change, recorded_batch, recorded_change, take_turns
from watchbell.kernel.jobs import enqueue
from watchbell.kernel.permissions import Actor
from watchbell.line import clock

TOPIC = "tickets:all"
#: Bulk statements hold so many rows.
MANY = 500


def note_look(actor: Actor, news: TicketNews) -> None:
    """Writes what a look of the watch asks for: when things began to fail, tickets opened, joined and closed."""
    if news.begun or news.over:
        with recorded_batch("since when equipment fails", actor):
            Equipment.objects.filter(pk__in=news.begun, failing_since=None).update(failing_since=clock.now())
            Equipment.objects.filter(pk__in=news.over).update(failing_since=None)
    if news.single or news.outages:
        _open(actor, news)
    if news.proved or news.noted or news.grown:
        _close(actor, news)


def _open(actor: Actor, news: TicketNews) -> None:
    with recorded_change(actor, "tickets.open") as change:
        take_turns(f"ticket number {actor.district}")
        fresh = _not_open([*_singles(news.single), *_outages(news.outages)])
        again = _opened_again(actor, fresh)
        old = {row.equipment_id or row.site_id for row in again}
        new = [row for row in fresh if (row.equipment_id or row.site_id) not in old]
        number = queries.last_number()
        for row in new:
            row.number = number = number + 1
            row.opened_by = actor.name
        Ticket.objects.bulk_create(new, batch_size=MANY)
        _note(actor, [(row, "opened", row.words) for row in new] + [(row, "opened again", row.words) for row in again])
        change.note(opened=[row.number for row in new][:200], again=[row.number for row in again][:200],
                    count=len(new), again_count=len(again))  # fmt: skip
        _touch(change, [*new, *again])
        for owner in sorted({row.owner_id for row in (*new, *again) if row.owner_id}):
            change.ask_slowly("equipment.tell_ticket_owner", once=str(owner), queue="soon", owner=str(owner))


def _not_open(fresh: Sequence[Ticket]) -> list[Ticket]:
    """Without those of which somebody has written a ticket since the look."""
    known = queries.standing_of([row.equipment_id for row in fresh if row.equipment_id])
    return [row for row in fresh if (row.equipment_id or row.site_id) not in known]


def _singles(things: Sequence[Failing]) -> list[Ticket]:
    if not things:
        return []
    now, rules, found = clock.now(), queries.owner_rules(), []
    for thing in things:
        title, words = say_failing(thing)
        severity = severity_of(thing.kind)
        found.append(
            Ticket(
                origin="test" if thing.is_by_test else "state", title=title, words=words, equipment_id=thing.id,
                site_id=thing.site, place_id=thing.place, severity=severity, first_opened_at=now, opened_at=now,
                due_at=due_at(severity, now), owner_id=choose_owner(thing.owner, thing.kind, thing.site, rules),
            )
        )  # fmt: skip
    return found


def _outages(sites: dict[UUID, int]) -> list[Ticket]:
    if not sites:
        return []
    now, rules, names = clock.now(), queries.owner_rules(), {site.id: site for site in all_site_facts()}
    since: dict[UUID | None, Any] = dict(
        Equipment.objects.filter(site_id__in=list(sites), state="silent", failing_since__isnull=False)
        .order_by("site_id", "failing_since").distinct("site_id").values_list("site_id", "failing_since")
    )  # fmt: skip
    return [
        Ticket(
            origin="site", title=say_outage(names[site].name, pieces, since.get(site, now), names[site].timezone),
            words="So much at once is the network or the power of the site. Its pieces have no tickets of their own "
            "while this one is open.",
            site_id=site, pieces=pieces, severity="life_safety", first_opened_at=now, opened_at=now,
            due_at=due_at("life_safety", now), owner_id=choose_owner(None, "", site, rules),
        )
        for site, pieces in sites.items() if site in names
    ]  # fmt: skip


def _opened_again(actor: Actor, fresh: Sequence[Ticket]) -> list[Ticket]:
    """The old tickets of what recurs within a day, opened again with the words of now."""
    by_thing: dict[UUID | None, Ticket] = {row.equipment_id: row for row in fresh if row.equipment_id}
    by_site: dict[UUID | None, Ticket] = {row.site_id: row for row in fresh if row.origin == "site"}
    since = clock.now() - timedelta(hours=TICKET_AGAIN_HOURS)
    closed = Ticket.objects.select_for_update().filter(state="closed", closed_at__gt=since).order_by("-closed_at")
    found: dict[UUID | None, Ticket] = {}
    for row in closed.filter(equipment__in=list(by_thing)) if by_thing else ():
        found.setdefault(row.equipment_id, row)
    for row in closed.filter(origin="site", site__in=list(by_site)) if by_site else ():
        found.setdefault(row.site_id, row)
    for key, row in found.items():
        now = by_thing.get(key) or by_site[key]
        row.title, row.words, row.pieces, row.place_id = now.title, now.words, now.pieces, now.place_id
        row.owner_id = row.owner_id if row.is_owner_given else now.owner_id
        open_again(row)
    fields = ["title", "words", "pieces", "place", "owner", *AGAIN_FIELDS]
    Ticket.objects.bulk_update(found.values(), fields, batch_size=MANY)
    return list(found.values())


AGAIN_FIELDS = ["state", "times", "has_report", "opened_at", "due_at", "escalated_at", "done_at", "done_by", "repairer",
                "closed_at", "closed_by", "closed_because"]  # fmt: skip


def open_again(row: Ticket) -> None:
    """Puts a closed ticket back to the beginning; its time runs anew. Save AGAIN_FIELDS."""
    now = clock.now()
    row.state, row.times, row.has_report, row.opened_at = "open", row.times + 1, False, now
    row.due_at, row.escalated_at = due_at(row.severity, now), None
    row.done_at, row.done_by, row.repairer = None, "", None
    row.closed_at, row.closed_by, row.closed_because = None, "", ""


def _close(actor: Actor, news: TicketNews) -> None:
    why = dict(news.proved)
    with recorded_change(actor, "tickets.prove") as change:
        wanted = [*why, *news.noted, *news.grown]
        held = Ticket.objects.select_for_update().filter(pk__in=wanted).exclude(state="closed").order_by("pk")
        rows = {row.pk: row for row in held}
        closed = [rows[pk] for pk in why if pk in rows and not rows[pk].has_report]
        for row in closed:
            row.state, row.closed_at, row.closed_by, row.closed_because = "closed", clock.now(), actor.name, why[row.pk]
        grown = [rows[pk] for pk in news.grown if pk in rows]
        for row in grown:
            row.pieces = news.grown[row.pk]
        Ticket.objects.bulk_update(closed, ["state", "closed_at", "closed_by", "closed_because"], batch_size=MANY)
        Ticket.objects.bulk_update(grown, ["pieces"], batch_size=MANY)
        still = "The equipment is well again. What was reported here still needs a photo and a second person."
        _note(actor, [(row, "closed", why[row.pk]) for row in closed]
              + [(rows[pk], "well again", still) for pk in news.noted if pk in rows]
              + [(row, "grown", f"{row.pieces} pieces are silent now.") for row in grown])  # fmt: skip
        change.note(closed=[row.number for row in closed][:200], count=len(closed))
        _touch(change, rows.values())


def _note(actor: Actor, told: Iterable[tuple[Ticket, str, str]]) -> None:
    TicketNote.objects.bulk_create(
        [TicketNote(ticket=row, what=what, text=text, by_name=actor.name, at=clock.now()) for row, what, text in told],
        batch_size=MANY,
    )  # fmt: skip


def _touch(change: Change, rows: Iterable[Ticket]) -> None:
    """Who looks at the list, and at each of a few; a thousand at once are seen by the list alone."""
    change.touch(TOPIC)
    for row in list(rows)[:50]:
        change.touch(f"tickets:{row.pk}")


# -- by the clock ------------------------------------------------------------------------------------------------------


def follow_owners(actor: Actor) -> int:
    """Open tickets get the owner that equipment and owner rules name by now, unless one was given; how many."""
    rows = list(Ticket.objects.exclude(state="closed").filter(is_owner_given=False).select_related("equipment")
                .defer("equipment__secret"))  # fmt: skip
    rules, changed = queries.owner_rules() if rows else [], []
    for row in rows:
        thing = row.equipment
        owner = choose_owner(thing.owner_id if thing else None, thing.kind if thing else "", row.site_id, rules)
        if owner != row.owner_id:
            row.owner_id = owner
            changed.append(row)
    if changed:
        with recorded_change(actor, "tickets.follow_owners") as change:
            Ticket.objects.bulk_update(changed, ["owner"], batch_size=MANY)
            change.note(tickets=[row.number for row in changed][:200], count=len(changed))
            _touch(change, changed)
    return len(changed)


def escalate(actor: Actor, tickets: Sequence[Ticket], told: Iterable[tuple[UUID, UUID, Sequence[Ticket]]]) -> int:
    """Writes down that these are overdue, and pushes to each (account, staff phones, what is theirs); how many."""
    now = clock.now()
    with recorded_change(actor, "tickets.escalate") as change:
        wanted = [row.pk for row in tickets]
        rows = list(Ticket.objects.select_for_update().filter(pk__in=wanted, escalated_at=None).order_by("pk"))
        fresh = {row.pk for row in rows}
        Ticket.objects.filter(pk__in=fresh).update(escalated_at=now)
        count = 0
        for account, group, mine in told:
            words = [(row.number, row.title, row.site.name if row.site else "") for row in mine if row.pk in fresh]
            if words:
                _push(change, account, group, *say_overdue(words), now, "/tickets?due=overdue")
                count += 1
        who = "The site's principal and the safety director see it."
        _note(actor, [(row, "overdue", who) for row in rows])
        change.note(tickets=[row.number for row in rows][:200], count=len(rows), pushes=count)
        _touch(change, rows)
    return count


def tell_ticket_owner(actor: Actor, owner: UUID, account: UUID, group: UUID, tickets: Sequence[Ticket]) -> None:
    """One push to who answers for what these tickets are about, and a row that says so."""
    first = tickets[0]
    title = f"Ticket {first.number}: {first.title}" if len(tickets) == 1 else f"{len(tickets)} tickets for you"
    body = first.words[:200] if len(tickets) == 1 else ", ".join(f"{row.number} {row.title}" for row in tickets[:4])
    with recorded_change(actor, "tickets.tell_owner") as change:
        change.note(owner=str(owner), tickets=[row.number for row in tickets][:200])
        _push(change, account, group, title[:120], body, clock.now(), "/tickets?owner=mine")


def _push(change: Change, account: UUID, group: UUID, title: str, body: str, at: datetime, url: str) -> None:
    change.ask_soon(
        "equipment.push_owner", owner=str(account), user=str(account), group=str(group), title=title, body=body,
        at=at.timestamp(), url=url,
    )  # fmt: skip


def ask_to_tell_of_tickets(owner: UUID, in_seconds: float) -> None:
    """Again later, in one push with what comes until then."""
    with recorded_batch("an owner to tell of tickets"):
        enqueue("equipment.tell_ticket_owner", {"owner": str(owner)}, queue="soon", once=str(owner),
                in_seconds=in_seconds)  # fmt: skip


def forget_tickets() -> int:
    """Deletes tickets closed more than three years ago, with their notes and photos."""
    with recorded_batch("tickets are kept for three years"):
        return Ticket.objects.filter(closed_at__lt=clock.now() - timedelta(days=TICKET_DAYS)).delete()[0]


def load_tickets(rows: Sequence[dict[str, Any]]) -> int:
    """Writes many tickets at once, in a larger recorded change; their number. Each: a row's columns, with "notes"
    [(at, what, text, by)] and "photos" [(at, bytes, is_proof, by)]."""
    with recorded_batch("load tickets"):
        number, notes, photos, made = queries.last_number(), [], [], []
        for row in rows:
            number += 1
            ticket = Ticket(number=number, **{name: row[name] for name in row if name not in ("notes", "photos")})
            made.append(ticket)
            notes += [TicketNote(ticket=ticket, at=at, what=what, text=text, by_name=by)
                      for at, what, text, by in row.get("notes", ())]  # fmt: skip
            photos += [TicketPhoto(ticket=ticket, taken_at=at, content=content, media_type="image/jpeg",
                                   digest=sha256(content).hexdigest(), is_proof=is_proof, by_name=by)
                       for at, content, is_proof, by in row.get("photos", ())]  # fmt: skip
        Ticket.objects.bulk_create(made, batch_size=MANY)
        TicketNote.objects.bulk_create(notes, batch_size=MANY)
        TicketPhoto.objects.bulk_create(photos, batch_size=MANY)
    return len(made)
