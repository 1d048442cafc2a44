"""Everyday alarms: the right few, further when nobody answers, taken back by PIN, duress that looks the same."""

import json
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest

from tests.flows.installation import Installation
from tests.flows.listening import Screen

CANCEL, DURESS = "4827", "915306"
SET_PINS = """
import django, sys
django.setup()
from uuid import UUID
from watchbell.district.accounts.actions import set_pins
from watchbell.district.accounts.models import User
from watchbell.district.accounts.queries import actor_of
from watchbell.kernel.acting import acting_in
from watchbell.kernel.models import District
district = District.objects.get(code="demo")
with acting_in(district.id):
    for role in sys.argv[3:]:
        set_pins(actor_of(User.objects.get(email=f"{role}@demo.invalid"), district.id), *sys.argv[1:3])
"""


def run(district: Installation, program: str, *words: str) -> None:
    environment = {**district.environment, "DJANGO_SETTINGS_MODULE": "watchbell.project.settings"}
    subprocess.run([sys.executable, "-c", program, *words], env=environment, check=True, capture_output=True)


@pytest.fixture(scope="module")
def with_pins(installation: Installation) -> None:
    installation.wait_until(lambda: installation.health().get("status") == "ok", 60, "every role is well")
    run(installation, SET_PINS, CANCEL, DURESS, "teacher", "nurse", "officer")


@pytest.fixture
def site(district: Installation) -> str:
    return str(district.call("GET", "/sites", role="teacher")["items"][0]["id"])


@pytest.fixture
def room(district: Installation, site: str) -> dict[str, Any]:
    return dict(district.call("GET", f"/places?site={site}&kind=room&limit=500")["items"][3])


@pytest.fixture
def screens(district: Installation) -> Iterator[dict[str, Screen]]:
    """Open screens of everybody who might be told."""
    roles = ("teacher", "nurse", "officer", "principal", "office", "director", "driver", "police")
    opened = {role: Screen(district, role) for role in roles}
    try:
        yield {role: screen.__enter__() for role, screen in opened.items()}
    finally:
        for screen in opened.values():
            screen.__exit__()


def press(district: Installation, kind: str, site: str, room: str | None = None, role: str = "teacher") -> str:
    return str(district.call("POST", "/alarms", {"kind": kind, "site": site, "place": room}, role=role)["id"])


def answer(district: Installation, role: str, press_id: str, what: str) -> dict[str, Any]:
    """As a phone answers: the raw path, with the person's own token."""
    raw = json.dumps({"press": press_id, "what": what, "key": str(uuid4())}).encode()
    headers = {"Authorization": f"Bearer {district.token(role)}", "Content-Type": "application/json"}
    url = f"http://127.0.0.1:{district.port}/live/confirm"
    try:
        with urllib.request.urlopen(urllib.request.Request(url, raw, headers), timeout=10) as told:
            return dict(json.load(told))
    except urllib.error.HTTPError as error:
        return dict(json.load(error))


def saw(screens: dict[str, Screen], press_id: str) -> set[str]:
    return {role for role, screen in screens.items() if any(a["press"] == press_id for a in screen.all("alert"))}


def incident_of(district: Installation, press_id: str, role: str = "director") -> dict[str, Any]:
    found = district.wait_until(
        lambda: [i for i in district.call("GET", "/incidents?limit=50", role=role).get("items", ())
                 if press_id in district.call("GET", f"/incidents/{i['id']}", role=role).get("cause_ids", ())],
        20, "the press is recorded",
    )  # fmt: skip
    return dict(found[0])


def test_a_call_for_help_reaches_the_nearest_few_and_is_answered(
    district: Installation, screens: dict[str, Screen], site: str, room: dict[str, Any]
) -> None:
    made = press(district, "staff_assist", site, room["id"])
    alert = screens["nurse"].wait("alert", lambda a: a["press"] == made)
    assert len(alert["audience"]["users"]) == 3 and alert["audience"]["roles"] == []
    incident = incident_of(district, made)
    district.settled(incident["id"])
    seen = saw(screens, made)
    assert seen == {"nurse", "officer", "principal"}, seen
    full = district.incident(incident["id"])
    assert {r["action"] for r in full["receipts"]} <= {"tell_screens", "push_staff"}, "no page, no door, no dispatch"
    assert answer(district, "driver", made, "on_my_way")["confirmed"] is False, "who was not asked cannot answer"
    assert answer(district, "nurse", made, "on_my_way")["confirmed"] is True
    told = screens["teacher"].wait("progress", lambda p: made in p["presses"] and p["coming"])
    assert told["coming"][0]["role"] == "nurse" and told["coming"][0]["what"] == "on_my_way"
    assert answer(district, "nurse", made, "arrived")["confirmed"] is True
    full = district.wait_until(
        lambda: (f := district.incident(incident["id"]))["coming"] and f["coming"][0]["arrived_at"] and f, 15, "kept"
    )
    assert full["coming"][0]["from"]
    district.wait_until(lambda: "is on the way" in str(district.incident(incident["id"])["timeline"]), 10, "told")


@pytest.mark.parametrize("is_away", [False, True], ids=["with the database", "with Postgres stopped"])
def test_when_nobody_answers_it_goes_further(
    district: Installation, screens: dict[str, Screen], site: str, room: dict[str, Any], is_away: bool
) -> None:
    def go() -> str:
        made = press(district, "staff_assist", site, room["id"])
        screens["nurse"].wait("alert", lambda a: a["press"] == made)
        time.sleep(1.5)
        assert len(saw(screens, made)) == 3
        district.shift(31)
        screens["director"].wait("alert", lambda a: a["press"] == made and a["waited_seconds"] == 30)
        assert "teacher" not in saw(screens, made)
        district.shift(30)
        screens["teacher"].wait("alert", lambda a: a["press"] == made and a["waited_seconds"] == 60)
        if is_away:
            assert answer(district, "director", made, "on_my_way")["confirmed"] is True
            screens["teacher"].wait("progress", lambda p: made in p["presses"] and p["coming"])
        return made

    if not is_away:
        made = go()
    else:
        with district.without_postgres():
            made = go()
        district.wait_until(lambda: district.health().get("status") == "ok", 60, "everything is back")
    incident = incident_of(district, made)
    full = district.settled(incident["id"], 40)
    assert len([r for r in full["receipts"] if r["action"] == "tell_screens"]) == 3
    assert bool(full["coming"]) is is_away, "what was answered meanwhile has arrived"


def test_somebody_on_the_way_ends_the_waiting(
    district: Installation, screens: dict[str, Screen], site: str, room: dict[str, Any]
) -> None:
    made = press(district, "medical", site, room["id"])
    alert = screens["nurse"].wait("alert", lambda a: a["press"] == made)
    texts = [one["text"] for one in alert["helps"]]
    assert any(text.startswith("AED: ") for text in texts) and any(text.startswith("Kit: ") for text in texts), texts
    assert answer(district, "nurse", made, "on_my_way")["confirmed"] is True
    screens["teacher"].wait("progress", lambda p: made in p["presses"] and p["coming"])
    district.shift(65)
    time.sleep(2)
    assert "director" not in saw(screens, made)


def test_a_cancel_reaches_every_endpoint_police_first(
    district: Installation, screens: dict[str, Screen], site: str, room: dict[str, Any], with_pins: None
) -> None:
    made = press(district, "medical", site, room["id"])
    incident = incident_of(district, made)
    step = next(s for s in district.incident(incident["id"])["steps"] if s["timing"] == "approval")
    district.call("POST", f"/incidents/{incident['id']}/steps/{step['id']}/approve", {})
    district.settled(incident["id"])
    wrong = district.call("POST", f"/incidents/{incident['id']}/cancel", {"pin": "7039"}, role="teacher")
    assert wrong["status"] == 403
    said = district.call("POST", f"/incidents/{incident['id']}/cancel", {"pin": CANCEL}, role="teacher")
    assert said == {"id": incident["id"], "cancelled": True}
    closed = district.wait_until(
        lambda: (f := district.incident(incident["id"]))["state"] == "closed" and f, 30, "every endpoint has confirmed"
    )
    resets = {r["action"]: r for r in closed["receipts"] if r["is_reset"]}
    assert {r["state"] for r in resets.values()} == {"done"}
    assert set(resets) == {"clear_dispatch", "clear_screens", "clear_push"}
    assert resets["clear_dispatch"]["done_at"] <= min(r["done_at"] for r in resets.values()), "police first"
    assert "as pressed by mistake" in str(closed["timeline"]) and closed["outcome"] == "unintended"
    screens["nurse"].wait("clear", lambda c: c["press"] == made)


def test_a_lockdown_is_not_cancelled(district: Installation, site: str, with_pins: None) -> None:
    made = press(district, "lockdown", site)
    incident = incident_of(district, made)
    said = district.call("POST", f"/incidents/{incident['id']}/cancel", {"pin": CANCEL}, role="teacher")
    assert said["status"] == 403 and "all-clear" in said["detail"]
    assert district.incident(incident["id"])["state"] == "open"


def seen_by(district: Installation, incident: str, role: str) -> dict[str, Any]:
    """What a person sees of an incident, without what differs between any two."""
    found = district.call("GET", f"/incidents/{incident}", role=role)
    board = sorted((r["action"], r["endpoint"], r["state"], r["is_reset"]) for r in found["receipts"])
    lines = sorted((t["what"], t["by"], t["because"]) for t in found["timeline"])
    kept = {key: found[key] for key in ("kind", "mode", "state", "name", "place_name", "outcome", "coming")}
    return {**kept, "keys": sorted(found), "board": board, "lines": lines}


def test_duress_looks_like_a_cancel_and_is_not(
    district: Installation, screens: dict[str, Screen], site: str, room: dict[str, Any], with_pins: None
) -> None:
    told, seen, took, said = {}, {}, {}, {}
    for pin, name in ((CANCEL, "cancel"), (DURESS, "duress")):
        before = district.mark("eido")
        made = press(district, "staff_assist", site, room["id"])
        incident = incident_of(district, made)
        district.settled(incident["id"])
        began = time.monotonic()
        answered = district.call("POST", f"/incidents/{incident['id']}/cancel", {"pin": pin}, role="teacher")
        took[name] = time.monotonic() - began
        said[name] = json.dumps(answered).replace(incident["id"], "ID")
        district.wait_until(
            lambda: district.call("GET", f"/incidents/{incident['id']}", role="teacher")["state"] == "closed",  # noqa: B023
            30, "it is closed for who pressed",
        )  # fmt: skip
        time.sleep(4)
        seen[name] = {role: seen_by(district, incident["id"], role) for role in ("teacher", "principal", "nurse")}
        told[name] = len(district.outside("eido", before))
    assert said["cancel"] == said["duress"] == '{"id": "ID", "cancelled": true}'
    assert seen["cancel"] == seen["duress"]
    assert abs(took["cancel"] - took["duress"]) < 1.5, took
    assert told["cancel"] == 0 and told["duress"] > 0, "police are told, silently"
    for role in ("officer", "director", "police"):
        screens[role].wait("alert", lambda a: a["kind"] == "duress")
    hidden = ("teacher", "principal", "nurse", "office", "driver")
    for role in hidden:
        assert "uress" not in json.dumps(screens[role].events), role
        if role != "driver":
            assert "uress" not in json.dumps(district.call("GET", "/incidents?limit=50", role=role)), role
    silent = [i for i in district.incidents("open") if i["kind"] == "duress"]
    assert len(silent) == 1
    actions = {r["action"] for r in district.settled(silent[0]["id"])["receipts"]}
    assert actions == {"tell_dispatch", "tell_screens", "push_staff"}, "no page, no door"
