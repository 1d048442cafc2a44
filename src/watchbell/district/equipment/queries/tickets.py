"""Reading tickets: what the watch judges, the list as somebody may see it, what stands open where, the weeks."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Case, Count, F, IntegerField, Q, QuerySet, Value, When

from watchbell.district.equipment.facts import TICKET_WEEKS, Failing, Standing, TicketWeek
from watchbell.district.equipment.models import Equipment, Ticket, TicketNote, TicketPhoto
from watchbell.district.equipment.queries.reading import district_zone
from watchbell.district.equipment.rules import prove_well, sum_weeks
from watchbell.district.people.queries import person_of_user
from watchbell.district.sites.facts import read_id
from watchbell.kernel.permissions import Actor, may, require
from watchbell.line import clock
from watchbell.line.errors import NotFound

REPORT, VIEW, WORK = "tickets.report", "tickets.view", "tickets.work"
_FAILS = Q(state__in=("trouble", "silent")) | Q(self_test="failed")
_GRAVE_FIRST = Case(When(severity="life_safety", then=Value(0)), default=Value(1), output_field=IntegerField())
_STATE_ORDER = Case(
    *(When(state=state, then=Value(place)) for place, state in enumerate(("open", "doing", "done", "closed"))),
    default=Value(9), output_field=IntegerField(),
)  # fmt: skip
#: sort → columns; closed ones stand behind whatever is asked for.
SORTS = {
    "urgent": (_GRAVE_FIRST, "due_at", "number"), "number": ("number",), "-number": ("-number",),
    "due": ("due_at", "number"), "-due": ("-due_at", "number"), "opened": ("opened_at",), "-opened": ("-opened_at",),
    "site": ("site__name", "number"), "-site": ("-site__name", "number"), "state": (_STATE_ORDER, "number"),
    "-state": (_STATE_ORDER.desc(), "number"), "severity": (_GRAVE_FIRST, "number"),
    "-severity": (_GRAVE_FIRST.desc(), "number"),
}  # fmt: skip


# -- what the watch judges ---------------------------------------------------------------------------------------------


def failing_now() -> list[Failing]:
    """What fails, and what did at the last look; nothing that is for tests. One query."""
    rows = Equipment.objects.filter(_FAILS | Q(failing_since__isnull=False), is_retired=False, is_test=False)
    columns = ("id", "kind", "name", "site_id", "place_id", "owner_id", "state", "state_because", "self_test",
               "self_test_because", "failing_since")  # fmt: skip
    return [Failing(*row) for row in rows.order_by("kind", "name", "id").values_list(*columns)]


def standing_tickets() -> list[Standing]:
    """Tickets that are not closed and that equipment can prove mended. One query."""
    rows = Ticket.objects.exclude(state="closed").filter(Q(equipment__isnull=False) | Q(origin="site"))
    columns = ("id", "number", "origin", "equipment_id", "site_id", "has_report", "pieces")
    return [Standing(*row) for row in rows.values_list(*columns)]


def heard_by_site() -> dict[UUID, tuple[int, int]]:
    """{site: (silent, all)} of the equipment that was heard there once. One query."""
    rows = Equipment.objects.filter(heard_at__isnull=False, site__isnull=False, is_retired=False, is_test=False)
    counted = rows.order_by().values("site_id").annotate(all=Count("id"), quiet=Count("id", filter=Q(state="silent")))
    return {row["site_id"]: (row["quiet"], row["all"]) for row in counted}


def proofs_of(equipment: Iterable[UUID]) -> dict[UUID, str]:
    """{equipment: how it proves by itself that it is mended, "" while it does not}. One query, none for none."""
    wanted = list(equipment)
    rows = Equipment.objects.filter(pk__in=wanted) if wanted else Equipment.objects.none()
    columns = ("id", "kind", "state", "self_test", "is_retired")
    return {pk: prove_well(*rest) for pk, *rest in rows.values_list(*columns)}


# -- as somebody may see them ------------------------------------------------------------------------------------------


def _seen_by(actor: Actor) -> QuerySet[Ticket]:
    """Those of their sites for who may see tickets, else those they reported themselves."""
    require(actor, REPORT)
    joined = ("site", "place__floor__building", "equipment", "owner")
    rows = Ticket.objects.select_related(*joined).defer("equipment__secret")
    if not may(actor, VIEW):
        joined_by = TicketNote.objects.filter(reporter=actor.user_id).values("ticket")
        mine = Q(reporter=actor.user_id) | Q(pk__in=joined_by)
        return rows.filter(mine) if actor.user_id else rows.none()
    return rows if actor.sites is None else rows.filter(Q(site__in=actor.sites) | Q(site__isnull=True))


def tickets_seen_by(
    actor: Actor, *, search: str = "", site: str = "", state: str = "", severity: str = "", owner: str = "",
    due: str = "", sort: str = "", equipment: str = "",
) -> QuerySet[Ticket]:  # fmt: skip
    """Tickets `actor` may see. state "": all that are not closed, "all": every one. due: "overdue". owner: "mine",
    "nobody" or a person's id. sort: a key of SORTS."""
    rows = _seen_by(actor)
    rows = rows.exclude(state="closed") if state == "" else rows if state == "all" else rows.filter(state=state)
    for name, text in (("site_id", site), ("equipment_id", equipment)):
        rows = rows.filter(**{name: read_id(text)}) if text else rows
    rows = rows.filter(severity=severity) if severity else rows
    rows = rows.filter(due_at__lte=clock.now()).exclude(state="closed") if due == "overdue" else rows
    rows = rows.filter(_of_owner(actor, owner)) if owner else rows
    rows = rows.filter(_matching(search.replace("\0", "").strip())) if search.strip() else rows
    return rows.order_by(*SORTS.get(sort, SORTS["urgent"]), "id")


def _of_owner(actor: Actor, owner: str) -> Q:
    if owner == "nobody":
        return Q(owner__isnull=True)
    mine = person_of_user(actor.user_id) if owner == "mine" and actor.user_id else None
    person = mine.id if mine else None if owner == "mine" else read_id(owner)
    return Q(owner_id=person) if person else Q(pk__isnull=True)


def _matching(text: str) -> Q:
    found = Q(title__icontains=text) | Q(words__icontains=text) | Q(place__number__iexact=text)
    found |= Q(place__name__icontains=text) | Q(equipment__identifier__istartswith=text)
    number = text.lstrip("#")
    return found | Q(number=int(number)) if number.isascii() and number.isdigit() and len(number) < 10 else found


def ticket_seen_by(actor: Actor, ticket_id: UUID | str) -> Ticket:
    """One ticket. Raises Refused or NotFound."""
    row = _seen_by(actor).filter(pk=ticket_id).first()
    if row is None:
        raise NotFound("There is no such ticket, or you may not see it.")
    return row


def has_reported(actor: Actor, ticket: Ticket) -> bool:
    """Whether this person reported it, or joined a report of their own."""
    if actor.user_id is None:
        return False
    is_first = ticket.reporter == actor.user_id
    return is_first or TicketNote.objects.filter(ticket=ticket, reporter=actor.user_id).exists()


def may_withdraw(actor: Actor, ticket: Ticket) -> bool:
    """Whether this person may take it back: their own report, nobody's beside it, and nothing that fails by itself."""
    is_own = actor.user_id is not None and ticket.origin == "person" and ticket.reporter == actor.user_id
    if not is_own or ticket.state not in ("open", "doing"):
        return False
    others = TicketNote.objects.filter(ticket=ticket).exclude(reporter=None).exclude(reporter=actor.user_id)
    fails = Equipment.objects.filter(pk=ticket.equipment_id, failing_since__isnull=False)
    return not others.exists() and not (ticket.equipment_id and fails.exists())


def notes_of(ticket: Ticket) -> QuerySet[TicketNote]:
    """What happened to it, the oldest first."""
    return TicketNote.objects.filter(ticket=ticket)


def photos_of(ticket: Ticket) -> QuerySet[TicketPhoto]:
    """Its photos without their bytes, the oldest first."""
    return TicketPhoto.objects.filter(ticket=ticket).defer("content")


def photo_seen_by(actor: Actor, ticket_id: UUID, photo_id: UUID) -> TicketPhoto | None:
    """A photo of a ticket that `actor` may see. Raises Refused or NotFound for the ticket."""
    return TicketPhoto.objects.filter(ticket=ticket_seen_by(actor, ticket_id), pk=photo_id).first()


def has_proof(ticket: Ticket) -> bool:
    """Whether a photo of the repair was added since it was opened."""
    return TicketPhoto.objects.filter(ticket=ticket, is_proof=True, taken_at__gte=ticket.opened_at).exists()


# -- what stands open --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class SiteTickets:
    """What stands open at a site; site None is the whole district."""

    site: UUID | None
    name: str
    open: int
    grave: int
    overdue: int
    waiting: int


def tickets_by_site(actor: Actor) -> list[SiteTickets]:
    """Open tickets by site, the most overdue first; sites without any are left out. One query."""
    rows = _seen_by(actor).select_related(None).exclude(state="closed").order_by().values("site_id", "site__name")
    counted = rows.annotate(
        open=Count("id"), grave=Count("id", filter=Q(severity="life_safety")),
        overdue=Count("id", filter=Q(due_at__lte=clock.now())), waiting=Count("id", filter=Q(state="done")),
    )  # fmt: skip
    found = [
        SiteTickets(row["site_id"], row["site__name"] or "The whole district", row["open"], row["grave"],
                    row["overdue"], row["waiting"])
        for row in counted
    ]  # fmt: skip
    return sorted(found, key=lambda one: (-one.overdue, -one.grave, one.name))


def standing_of(equipment: Iterable[UUID]) -> dict[UUID, list[tuple[UUID, int]]]:
    """{equipment or site: [(ticket, number)]} of what is open for these pieces, and of outages at any site. One query,
    no permission: whoever asks shows the number only, and its page asks again."""
    rows = Ticket.objects.exclude(state="closed").filter(Q(equipment__in=list(equipment)) | Q(origin="site"))
    found: dict[UUID, list[tuple[UUID, int]]] = defaultdict(list)
    for pk, number, thing, site in rows.order_by("number").values_list("id", "number", "equipment_id", "site_id"):
        found[thing or site].append((pk, number))
    return dict(found)


def overdue_untold(now: datetime) -> list[Ticket]:
    """Tickets beyond their time of which nobody was told yet."""
    rows = Ticket.objects.exclude(state="closed").filter(due_at__lte=now, escalated_at__isnull=True)
    return list(rows.select_related("site").order_by("number"))


def fresh_of(owner: UUID, since: datetime) -> list[Ticket]:
    """What was opened for its owner after `since` and stands open; silence is told by its own way."""
    rows = Ticket.objects.exclude(state="closed").filter(owner_id=owner, opened_at__gt=since)
    return list(rows.exclude(equipment__state="silent", origin="state").select_related("site").order_by("number"))


def weeks_of(actor: Actor, site: str = "") -> list[TicketWeek]:
    """The last twelve weeks' figures of what `actor` may see. One query beside the zone's."""
    now = clock.now()
    rows = _seen_by(actor).select_related(None).order_by()
    rows = rows.filter(site_id=read_id(site)) if site else rows
    since = now - timedelta(weeks=TICKET_WEEKS + 1)
    rows = rows.filter(Q(closed_at__isnull=True) | Q(closed_at__gt=since) | Q(opened_at__gt=since))
    moments: Any = rows.values_list("opened_at", "due_at", "closed_at")
    return sum_weeks(moments, now, district_zone(), TICKET_WEEKS)


def last_number() -> int:
    """The highest number given in the district."""
    return Ticket.objects.order_by(F("number").desc()).values_list("number", flat=True).first() or 0
