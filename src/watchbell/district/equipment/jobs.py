"""What comes round for equipment: the watch over what is silent or fails, who is told of it, the telephones' audit."""

from collections import defaultdict
from datetime import datetime, timedelta
from uuid import UUID

from watchbell.district.accounts.queries import accounts_with_roles
from watchbell.district.equipment import actions, queries
from watchbell.district.equipment.facts import (
    DISTRICT_ROLES,
    ESCALATE_ROLES,
    OWNER_STEP,
    TELL_AGAIN_SECONDS,
    EquipmentFacts,
)
from watchbell.district.equipment.models import Ticket
from watchbell.district.equipment.rules import is_due, judge_look, judge_silence, say_silence
from watchbell.district.people.facts import PersonFacts
from watchbell.district.people.queries import person_facts
from watchbell.kernel.acting import acting_district
from watchbell.kernel.bus_thread import bus_thread
from watchbell.kernel.permissions import system_actor
from watchbell.line import clock
from watchbell.line.errors import NotFound, Unavailable
from watchbell.line.ids import same_id
from watchbell.wire.order import Endpoint, Order
from watchbell.wire.press import OrdersAsked
from watchbell.wire.subjects import subject

#: After a pause of the watch itself (the database away, a restart) the states that waited are taken down first.
PAUSE_SECONDS, CATCH_UP_SECONDS = 20.0, 40.0
#: A push that could not go out for so long is not worth sending: the home page says it.
PUSH_SECONDS = 300.0


class SilenceWatch:
    """Remembers when it last looked, so that its own absence is not taken for the silence of others."""

    def __init__(self) -> None:
        self._looked_at: dict[UUID, datetime] = {}
        self._waits_until: dict[UUID, datetime] = {}

    def look(self) -> int:
        """One pass over the acting district; how many pieces fell silent or came back."""
        district = acting_district()
        if district is None:
            return 0
        now = clock.now()
        last = self._looked_at.get(district)
        self._looked_at[district] = now
        if last is None or now - last > timedelta(seconds=PAUSE_SECONDS):
            self._waits_until[district] = now + timedelta(seconds=CATCH_UP_SECONDS)
        if now < self._waits_until[district]:
            return 0
        count = judge_all(district, now)
        look_for_tickets(district, now)
        return count


def judge_all(district: UUID, now: datetime) -> int:
    """Flags what is silent now and tells of what came back; how many."""
    things, zone = queries.watched_equipment(), queries.district_zone()
    silent = {
        thing.id: say_silence(thing.heard_at, now, zone)
        for thing in things
        if thing.heard_at is not None and thing.state != "silent" and judge_silence(thing, now)
    }
    told = [thing.id for thing in things if thing.state == "silent" and thing.told_at is None]
    back = [t.id for t in things if t.state != "silent" and t.told_at is not None and t.id not in silent]
    if silent or told or back:
        actions.note_silence(system_actor(district, "Silence watch"), silent, told, back)
    return len(silent) + len(told) + len(back)


def look_for_tickets(district: UUID, now: datetime) -> None:
    """Opens, joins and closes the tickets of what fails by now. Two queries while nothing is to be done."""
    failing, standing = queries.failing_now(), queries.standing_tickets()
    still = {one.id for one in failing if one.is_failing}
    open_for = {one.equipment for one in standing}
    is_wide = any(one.origin == "site" for one in standing)
    is_wide = is_wide or any(is_due(one, now) and one.id not in open_for for one in failing)
    heard = queries.heard_by_site() if is_wide else {}
    well = queries.proofs_of(one.equipment for one in standing if one.equipment and one.equipment not in still)
    news = judge_look(failing, standing, heard, well, now)
    if not news.is_empty:
        actions.note_look(system_actor(district, "Equipment watch"), news)


WATCH = SilenceWatch()


def watch_silence() -> int:
    """The worker's duty."""
    return WATCH.look()


def audit_telephones() -> None:
    """Looks at every telephone's location in the acting district."""
    district = acting_district()
    if district is not None:
        actions.audit_telephones(system_actor(district))


def _seconds_left(last: datetime | None) -> float:
    """Until somebody who was told at `last` may be told again; 0 or less: now."""
    return 0.0 if last is None else TELL_AGAIN_SECONDS - (clock.now() - last).total_seconds()


def _reach(person: UUID, sites: list[UUID]) -> tuple[PersonFacts, EquipmentFacts] | None:
    """A person with an account and the staff phones that reach them; None for who cannot be reached."""
    try:
        facts = person_facts(person)
    except NotFound:
        return None
    group = queries.phones_that_reach(facts.user_id, sites) if facts.user_id is not None else None
    return None if group is None else (facts, group)


def tell_owner(owner: str) -> None:
    """Pushes to a person what of theirs has fallen silent since they were told last; later, if that was just now."""
    district, person = acting_district(), UUID(owner)
    last = queries.told_last(person, actions.TELLING)
    if (wait := _seconds_left(last)) > 0:
        actions.ask_to_tell([person], wait + 1)
        return
    silent = queries.silent_of(person, last)
    found = _reach(person, [thing.site for thing in silent if thing.site]) if silent else None
    if district is not None and found is not None:
        actions.tell_owner(system_actor(district, "Silence watch"), found[0], silent, found[1])


def tend_tickets() -> None:
    """Each minute: owners as they are by now, and what is overdue told to the site's principal and the director."""
    district = acting_district()
    if district is None:
        return
    actor = system_actor(district, "Equipment watch")
    actions.follow_owners(actor)
    overdue = queries.overdue_untold(clock.now())
    if not overdue:
        return
    by_account: dict[UUID, list[Ticket]] = defaultdict(list)
    for site in {ticket.site_id for ticket in overdue}:
        told_of = accounts_with_roles(ESCALATE_ROLES, [site]) if site else accounts_with_roles(DISTRICT_ROLES)
        for account in told_of:
            by_account[account] += [ticket for ticket in overdue if ticket.site_id == site]
    told = []
    for account, mine in by_account.items():
        group = queries.phones_that_reach(account, [ticket.site_id for ticket in mine if ticket.site_id])
        if group is not None:
            told.append((account, group.id, sorted(mine, key=lambda ticket: ticket.number)))
    actions.escalate(actor, overdue, told)


def tell_ticket_owner(owner: str) -> None:
    """Pushes to a person what tickets were opened for them since they were told last; later, if that was just now."""
    district, person, action = acting_district(), UUID(owner), "tickets.tell_owner"
    last = queries.told_last(person, action)
    if (wait := _seconds_left(last)) > 0:
        actions.ask_to_tell_of_tickets(person, wait + 1)
        return
    fresh = queries.fresh_of(person, max(filter(None, (last, clock.now() - timedelta(days=1)))))
    found = _reach(person, [ticket.site_id for ticket in fresh if ticket.site_id]) if fresh else None
    if district is not None and found is not None and found[0].user_id is not None:
        actor = system_actor(district, "Equipment watch")
        actions.tell_ticket_owner(actor, person, found[0].user_id, found[1].id, fresh)


def forget_tickets() -> int:
    """Deletes what was closed more than three years ago in the acting district."""
    return actions.forget_tickets()


def push_owner(
    owner: str, user: str, group: str, title: str, body: str, at: float,
    url: str = "/equipment?owner=mine&state=failing",
) -> None:  # fmt: skip
    """Gives the push to the reflex, as every order to staff phones; raises Unavailable while NATS is away."""
    phones, now = queries.equipment_facts(group), clock.unix()
    if now - at > PUSH_SECONDS:
        return
    key, district, site = same_id("silent", owner, at), str(acting_district()), str(phones.site)
    order = Order(
        id=key, attempt=1, press=f"silent-{owner}", district=district, site=site, step=OWNER_STEP, action="push_staff",
        endpoint=Endpoint(id=group, name=phones.name, gateway=phones.gateway, device=phones.device), mode="real",
        made_at=at, expires_at=at + PUSH_SECONDS, deadline_seconds=10.0, kind="notice",
        params={"audience": {"users": [user]}, "title": title, "body": body, "kind": "notice",
                "url": url},
    )  # fmt: skip
    asked = OrdersAsked(
        id=key, district=district, site=site, incident=owner, orders=[order], asked_at=now, because=title
    )
    if not bus_thread.keep(subject(district, site, "press", "hub", owner), asked, key):
        raise Unavailable("The message bus is away; the push is sent as soon as it is back.")
