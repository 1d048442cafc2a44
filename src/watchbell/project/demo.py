"""The demo: a whole played district in this home, its accounts, and what the simulator has to play."""

import hashlib
import json
import socket
import time
from uuid import UUID

from django.contrib.auth.hashers import make_password
from django.db import transaction

from watchbell.communication.newsletter import demo as newsletter
from watchbell.communication.notices import demo as notices
from watchbell.communication.public import demo as public
from watchbell.district.accounts.facts import DEMO_ACCOUNTS, DISTRICT_WIDE, ROLE_NAMES
from watchbell.district.accounts.models import Membership, PushSubscription, User
from watchbell.district.equipment import demo as equipment
from watchbell.district.equipment.demo.ports import move_ports, played_base
from watchbell.district.people import demo as people
from watchbell.district.people.actions import link_users
from watchbell.district.schedules import demo as schedules
from watchbell.district.sites import demo as sites
from watchbell.district.sites.queries import first_site
from watchbell.gateways.webpush.peer import PushHost, make_keys
from watchbell.kernel.acting import acting_in
from watchbell.kernel.changes import recorded_change
from watchbell.kernel.fields import count_unreadable
from watchbell.kernel.models import District
from watchbell.kernel.permissions import system_actor
from watchbell.line import config
from watchbell.line.ids import same_id, same_uuid
from watchbell.prevention.drills import demo as drills
from watchbell.prevention.procedures import demo as procedures
from watchbell.project.installation import demo_password, write_json
from watchbell.response.plans import demo as plans

BASE_PORT = 21000
PORTS = 100
BLOCKS = 100


def load_demo() -> dict[str, float]:
    """Makes the demo district when it is missing; seconds by part."""
    if District.objects.filter(code="demo").exists():
        return {}
    took = {}
    district = District.objects.create(
        id=same_uuid("demo district"), name="Cedar Valley School District", code="demo", timezone="America/Chicago"
    )
    with acting_in(district.id):
        actor = system_actor(district.id, "Demo")
        for part in (sites, people, schedules, equipment, procedures):
            began = time.perf_counter()
            with recorded_change(actor, f"demo.load_{part.__name__.split('.')[-2]}"):
                part.load(district, BASE_PORT)
            took[part.__name__.split(".")[-2]] = round(time.perf_counter() - began, 2)
        began = time.perf_counter()
        plans.load(actor)
        drills.load(actor)
        notices.load(actor)
        public.load(actor)
        newsletter.load(actor)
        took["plans"] = round(time.perf_counter() - began, 2)
        _make_accounts(district)
    return took


def _make_accounts(district: District) -> None:
    site = first_site()
    with recorded_change(system_actor(district.id, "Demo"), "demo.make_accounts"):
        for login, role in DEMO_ACCOUNTS.items():
            user = User.objects.create(
                id=same_uuid("demo user", login), email=f"{login}@demo.invalid", is_demo=True, password="!",
                name=f"{NAMES[login]}",
            )  # fmt: skip
            user.districts.add(district)
            where = None if role in DISTRICT_WIDE or site is None else site.id
            Membership.objects.create(user=user, role=role, site_id=where)
        link_users({f"{login}@demo.invalid": same_uuid("demo user", login) for login in DEMO_ACCOUNTS})


NAMES = {
    "director": "Dana Whitfield", "principal": "Marcus Bell", "office": "Irene Castillo", "teacher": "Kemi Okafor",
    "officer": "Luis Diaz", "dispatcher": "Jo Lindqvist", "police": "Sgt. Ana Moreno", "it": "Priya Raman",
    "nurse": "Grace Nakamura", "driver": "Walt Jennings", "parent": "Sam Rivera",
    "superintendent": "Helen Marsh",
}  # fmt: skip
assert set(NAMES) == set(DEMO_ACCOUNTS) and set(DEMO_ACCOUNTS.values()) <= set(ROLE_NAMES)


#: The telephone of a family without an account, among the played browsers.
FAMILY = "A family's telephone"


def get_demo_ready() -> None:
    """At every demo start, before the roles: passwords of this home, and ports that are free."""
    encoded = _encoded_password()
    User.objects.filter(is_demo=True).exclude(password=encoded).update(password=encoded, is_active=True)
    district = District.objects.get(code="demo")
    with acting_in(district.id):
        base = _free_base(played_base())
        if base != played_base():
            with recorded_change(system_actor(district.id, "Demo"), "demo.move_ports"):
                move_ports(base)


def write_played() -> None:
    """What there is to play, for the simulator, and the played browsers' subscriptions. The simulator waits for it."""
    district = District.objects.get(code="demo")
    with acting_in(district.id):
        browsers = _played_browsers()
        with transaction.atomic():
            played = equipment.demo_facts(district)
            _subscribe(district, browsers, played["push"]["port"])
            is_lost = count_unreadable() > 0
    path = config.home() / "demo" / "played.json"
    if is_lost and path.exists():
        return  # equipment keeps its own keys when the hub has lost them: it is played as it was
    played["push"]["browsers"] = browsers
    write_json(path, {**played, "district": str(UUID(str(district.id)))})


def _encoded_password() -> str:
    """The demo accounts' password as the database keeps it. Made once for a home: it takes a third of a second."""
    password = demo_password()
    path = config.private_folder("secrets") / "demo_password.encoded"
    mark = hashlib.sha256(f"{config.secret_key()} {password}".encode()).hexdigest()
    kept = path.read_text().split() if path.exists() else []
    if kept[:1] == [mark] and len(kept) == 2:
        return kept[1]
    encoded = make_password(password)
    config.write_private(path, f"{mark} {encoded}".encode())
    return encoded


def _played_browsers() -> list[dict[str, object]]:
    """The demo people's browsers and a family's with their keys, made once in this home."""
    path = config.home() / "demo" / "browsers.json"
    known = list(json.loads(path.read_text())) if path.exists() else []
    names = [*(f"{role}@demo.invalid" for role in ("director", "principal", "teacher", "officer", "nurse")), FAMILY]
    if missing := [name for name in names if name not in {one["name"] for one in known}]:
        known += [{"name": name, "keys": make_keys()} for name in missing]
        write_json(path, known)
    return known


def _subscribe(district: District, browsers: list[dict[str, object]], port: int) -> None:
    """The played browsers of accounts take push messages at the played push host; a family turns its own on."""
    host = PushHost(port, lambda told: None)
    for browser in browsers:
        if browser["name"] == FAMILY:
            continue
        user = User.objects.get(email=browser["name"])
        told = host.subscribe(str(browser["name"]), browser["keys"])  # type: ignore[arg-type]
        PushSubscription.objects.filter(user=user).exclude(endpoint=told["endpoint"]).delete()
        PushSubscription.objects.get_or_create(
            endpoint=told["endpoint"], defaults={"user": user, "p256dh": told["p256dh"], "auth": told["auth"]}
        )


def _free_base(in_use: int) -> int:
    """A block of ports nobody uses. Each home begins its search elsewhere, so that two that start at once differ."""
    mine = int(same_id("ports", str(config.home()))[:6], 16) % BLOCKS
    for block in range(BLOCKS):
        base = BASE_PORT + (mine + block) % BLOCKS * PORTS
        if all(_is_free(base + offset) for offset in range(PORTS)):
            return base
    return in_use


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True
