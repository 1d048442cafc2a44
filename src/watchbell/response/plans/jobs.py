"""Signed snapshots for the reflex and signed configuration for each gateway, published when they have changed."""

import asyncio
import json
import threading
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import reduce
from operator import or_
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
from django.db import transaction
from django.db.models import Max, Q

from watchbell.district.accounts.queries import subscriptions_of_site
from watchbell.district.equipment.facts import TelephoneFacts
from watchbell.district.equipment.queries import equipment_of_kinds, gateway_equipment, spots_of_kind, telephone_facts
from watchbell.district.people.queries import staff_with_accounts
from watchbell.district.sites.facts import PlaceFacts
from watchbell.district.sites.queries import all_site_ids, fallback_site, place_facts, place_names, site_facts
from watchbell.field.panic.queries import open_session_of
from watchbell.kernel.acting import acting_district, acting_in
from watchbell.kernel.bus_thread import bus_thread
from watchbell.kernel.fields import Lost
from watchbell.kernel.models import AuditRow, District
from watchbell.line import clock, ids, signing
from watchbell.line.edges import edges, signers
from watchbell.response.plans.queries import (
    plans_of_site,
    reachable_equipment,
    reachable_everywhere,
    responders_of_site,
    snapshot_aids,
    ways_of_site,
)
from watchbell.response.plans.rules import SHAPES, TOLD_OF, plan_entry, snapshot_site
from watchbell.response.plans.rules.entries import Listed
from watchbell.wire.snapshot import GatewayConfig, SiteSnapshot
from watchbell.wire.subjects import (
    CONFIG,
    EVERYWHERE,
    SNAPSHOTS,
    config_key,
    covers,
    join_where,
    snapshot_key,
    split_where,
)

#: Gateways whose devices are pressed: their entries name places and test sessions.
PRESSED = ("siadc09", "blebadge", "modbus")
OTHERS = tuple(gateway for gateway in SHAPES if gateway not in PRESSED)
SESSION = "panic.test_session"
#: Of accounts those that give or end a role: anybody at the sign-in page makes rows of the others.
ROLES = ("accounts.add_user", "accounts.end_membership", "accounts.seal_break_glass")
#: Audited changes with these beginnings may alter a snapshot or an entry.
WATCHED = ("plans.", "equipment.", "sites.", "people.", *ROLES, SESSION, "demo.")
#: These are looks, which alter nothing.
LOOKS = r"\.(see|export|print)_"


class Seen(NamedTuple):
    """How far a district's changes have been looked at: the last sealed row's number, and the watched rows after it.

    changes: {row: whether it is about a test session, which only the gateways of what is pressed are told of}.
    """

    sealed: int
    changes: dict[UUID, bool]

    def since(self, known: "Seen | None") -> str:
        """What is to be published anew: "all", "sessions" or ""."""
        if known is None:
            return "all"
        new = [is_session for row, is_session in self.changes.items() if row not in known.changes]
        return "" if not new else "sessions" if all(new) else "all"


class Publisher:
    """Remembers what it has published, so that only what changed goes out again."""

    def __init__(self) -> None:
        self._signer = signing.Signer()
        self._published: dict[str, str] = {}
        self._seen: dict[UUID, Seen] = {}
        self._version = int(clock.unix())
        self._one_at_a_time = threading.Lock()
        self._pressed = threading.Lock()  # from reading what is pressed to publishing it: nobody puts older words there
        self._putting = threading.Lock()
        self._lost: dict[tuple[str, str], int] = {}  # gateway and where → secrets that no known key opens
        self._places: dict[UUID, list[PlaceFacts]] = {}  # of one pass: snapshots and telephones both need them

    def publish_changes(self) -> int:
        """The safety net behind the announcements: looks whether a district has a watched change it has not seen.

        Returns how many entries were published. Raises RuntimeError while gateways are kept as they were because the
        secrets in the database are under a key that nobody has named.
        """
        with self._one_at_a_time:
            self._places.clear()
            count = self._publish_changed()
        if self._lost:
            gateways = ", ".join(sorted({gateway for gateway, _ in self._lost}))
            raise RuntimeError(
                "No known key opens some secrets. Name the earlier key in WATCHBELL_SECRET_KEYS_OLD and start again; "
                f"until then these go on with what they have: {gateways}."
            )
        return count

    def publish_district(self, district: District) -> int:
        """Makes a district's snapshots and all gateways' entries anew; returns how many differed and were published."""
        with self._one_at_a_time, acting_in(district.id):
            self._places.clear()
            seen = self._look(district.id)
            count = self.publish_pressed() + self._publish_snapshots(district) + self._publish_configs(OTHERS)
            self._seen[district.id] = seen
        return count

    def publish_pressed(self) -> int:
        """Tells the gateways of what is pressed of their devices and test sessions, and nobody anything else: people
        wait for it, and it waits for no pass that publishes everything."""
        with self._pressed:
            return self._publish_configs(PRESSED)

    def _publish_changed(self) -> int:
        looked: dict[UUID, Seen] = {}
        changed: dict[District, str] = {}
        for district in District.objects.order_by("name"):
            with acting_in(district.id):
                looked[district.id] = self._look(district.id)
                changed[district] = looked[district.id].since(self._seen.get(district.id))
        count = self.publish_pressed() if any(changed.values()) else 0
        for district, what in changed.items():
            if what == "all":
                with acting_in(district.id):
                    count += self._publish_snapshots(district)
        if "all" in changed.values():
            count += self._publish_configs(OTHERS)
        self._seen |= looked  # only now: what could not go out is tried again
        return count

    def _look(self, district: UUID) -> "Seen":
        """The watched changes that were sealed since the last look, and those that are not sealed yet.

        Seals follow the order of commits, so none is passed over, however many answers are written down beside them.
        """
        head = AuditRow.objects.aggregate(most=Max("number"))["most"] or 0
        since = self._seen[district].sealed if district in self._seen else head
        watched = AuditRow.objects.filter(reduce(or_, (Q(action__startswith=word) for word in WATCHED))).exclude(
            action__regex=LOOKS
        )
        rows = [watched.filter(number__gt=since), watched.filter(number=None)]
        found = (row for some in rows for row in some.values_list("id", "action"))
        return Seen(head, {pk: action.startswith(SESSION) for pk, action in found})

    def _publish_snapshots(self, district: District) -> int:
        count = 0
        now = clock.unix()
        with transaction.atomic():
            district_wide, people = reachable_everywhere(), staff_with_accounts()
            for site_id in all_site_ids():
                site = site_facts(site_id)
                places = self._places_of(site_id)
                snapshot = snapshot_site(
                    district.id, district.name, site, places, plans_of_site(site_id),
                    reachable_equipment(site_id, district_wide), self._version, now,
                    responders_of_site(site_id, places, people), ways_of_site(site_id),
                    snapshot_aids(site_id), district.timezone,
                )  # fmt: skip
                count += self._put(SNAPSHOTS, snapshot_key(str(district.id), str(site_id)), snapshot)
        return count

    def _places_of(self, site_id: UUID) -> list[PlaceFacts]:
        if site_id not in self._places:
            self._places[site_id] = place_facts(site_id)
        return self._places[site_id]

    def _publish_configs(self, gateways: Sequence[str]) -> int:
        """A gateway's entry holds all districts but those whose own edge has such a gateway; that one has its own."""
        found: dict[tuple[str, str], list[Listed]] = defaultdict(list)
        away = {(gateway, edge.where) for edge in edges() for gateway in edge.gateways if gateway in gateways}
        for district in District.objects.order_by("name"):
            with acting_in(district.id), transaction.atomic():
                site = fallback_site()
                phones = {}
                if gateways != PRESSED:  # which no telephone is told of
                    phones = {phone.id: phone for phone in telephone_facts(places_of=self._places_of)}
                for gateway in gateways:
                    here = str(district.id)
                    told = self._cameras(here) if gateway == "recorder" else _listed(
                        gateway, here, str(site.id) if site else "", phones
                    )  # fmt: skip
                    for listed in told:
                        where = _served_by(gateway, listed, away)
                        own_site = split_where(where)[1]  # an unknown panel there is at that site
                        found[gateway, where].append(listed if own_site == "*" else replace(listed, fallback=own_site))
        count = 0
        self._lost = {one: lost for one, lost in self._lost.items() if one[0] not in gateways}
        for gateway, where in {*((gateway, EVERYWHERE) for gateway in gateways), *found, *away}:
            told = [listed.thing.secret for listed in found[gateway, where] if _is_secret(listed.thing.secret)]
            if told and all(isinstance(secret, Lost) for secret in told):
                self._lost[gateway, where] = len(told)  # a wrong key must not take every device its secret
                continue
            entries, secrets = SHAPES[gateway](found[gateway, where])
            config = GatewayConfig(
                gateway=gateway, version=self._version, made_at=clock.unix(), valid_from=clock.unix(), entries=entries,
                elsewhere=sorted(w for g, w in away if g == gateway and w != where and covers(where, *split_where(w))),
                signers=signers(),
            )  # fmt: skip
            count += self._put(
                CONFIG, config_key(gateway, where), config, secrets, signing.box_name(gateway, where)
            )  # fmt: skip
        return count

    def _cameras(self, district: str) -> Iterable[Listed]:
        """Every camera with its point; with the first of a site, where the site's places are."""
        spots, known = spots_of_kind("camera"), set()
        for thing in equipment_of_kinds(TOLD_OF["recorder"]):
            plan = None
            if thing.site is not None and thing.site not in known:
                known.add(thing.site)
                plan = plan_entry(district, str(thing.site), self._places_of(thing.site), ways_of_site(thing.site))
            yield Listed(district, "", thing, spot=spots.get(thing.id), plan=plan)

    def _put(
        self, bucket: str, key: str, message: SiteSnapshot | GatewayConfig, secrets: dict[str, Any] | None = None,
        box: str = "",
    ) -> int:  # fmt: skip
        content = msgspec.structs.replace(message, version=0, made_at=0.0, valid_from=0.0)
        mark = ids.same_id(msgspec.json.encode(content).decode(), json.dumps(secrets or {}, sort_keys=True))
        if self._published.get(f"{bucket}/{key}") == mark:
            return 0
        with self._putting:
            self._version += 1
            message = msgspec.structs.replace(message, version=self._version)
        if isinstance(message, GatewayConfig):
            message = msgspec.structs.replace(message, secrets=signing.seal(signing.box_public_key(box), secrets or {}))
        raw = msgspec.json.encode(self._signer.signed(message))

        async def put() -> None:
            bus = await bus_thread.bus()
            await asyncio.wait_for((await bus.bucket(bucket)).put(key, raw), 5)

        bus_thread.start_soon(put()).result(10)
        self._published[f"{bucket}/{key}"] = mark
        return 1


#: One for the process: the announced job and the safety net must not both think a thing unpublished.
PUBLISHER = Publisher()


def publish_snapshots() -> None:
    """The job behind an announced change: the acting district's snapshots go out within a second of the commit."""
    PUBLISHER.publish_district(District.objects.get(id=acting_district()))


def publish_sessions() -> None:
    """The job behind a changed test session; its devices' gateways know it within a second of the commit."""
    PUBLISHER.publish_pressed()


def _served_by(gateway: str, listed: Listed, away: set[tuple[str, str]]) -> str:
    """The part whose gateway has this equipment: its site's edge, its district's, else the hub's."""
    site = str(listed.thing.site) if listed.thing.site else ""
    for where in (join_where(listed.district, site), listed.district):
        if (gateway, where) in away:
            return where
    return EVERYWHERE


def _is_secret(text: str) -> bool:
    return bool(text) or isinstance(text, Lost)


def _listed(gateway: str, district: str, fallback: str, phones: dict[UUID, TelephoneFacts]) -> Iterable[Listed]:
    things = equipment_of_kinds(TOLD_OF[gateway]) if gateway in TOLD_OF else gateway_equipment(gateway)
    is_pressed = gateway in PRESSED
    names = place_names(thing.place for thing in things if thing.place) if is_pressed else {}
    sessions = open_session_of() if is_pressed else {}
    accounts = {person.id: str(user) for user, person in staff_with_accounts().items()} if gateway == "blebadge" else {}
    for thing in things:
        subscriptions = tuple(subscriptions_of_site(thing.site)) if gateway == "webpush" and thing.site else ()
        place_name = names.get(thing.place, "") if thing.place else ""
        session = sessions.get(thing.id)
        yield Listed(district, fallback, thing, place_name, subscriptions, session, phones.get(thing.id),
                     by=accounts.get(thing.holder, "") if thing.holder else "")  # fmt: skip
