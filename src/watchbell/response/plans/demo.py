"""The demo district's plans: what a careful district would write for each kind at each site."""

from typing import Any

from watchbell.district.equipment.queries import district_equipment, equipment_of
from watchbell.district.sites.queries import all_site_ids
from watchbell.kernel.permissions import Actor
from watchbell.response.plans.actions import write_plan

SCREENS = {"name": "Alert every staff screen", "action": "tell_screens", "deadline_seconds": 5.0}
PHONES = {"name": "Push to staff phones", "action": "push_staff", "deadline_seconds": 10.0}
STROBES = {"name": "Flash the strobes", "action": "start_strobe", "deadline_seconds": 6.0}
SIGNS = {"name": "Show it on the signs", "action": "show_sign", "deadline_seconds": 6.0}
CLEAR = {"lockdown": ["director", "officer", "police"], "secure": ["director", "principal", "officer", "police"]}


def _lock(select: str) -> dict[str, Any]:
    name = "Lock every door" if select == "all" else "Lock the exterior doors"
    return {"name": name, "action": "lock_door", "select": select, "deadline_seconds": 8.0}


def _page(repeat_seconds: int, priority: int) -> dict[str, Any]:
    params = {"repeat_seconds": repeat_seconds, "priority": priority}
    return {"name": "Announce on every speaker", "action": "start_page", "params": params, "deadline_seconds": 4.0}


def _dispatch(voice_lines: list[str]) -> dict[str, Any]:
    step: dict[str, Any] = {"name": "Tell 911 and police", "action": "tell_dispatch", "deadline_seconds": 10.0}
    if voice_lines:
        step |= {"fallback_action": "place_call", "fallback_endpoints": voice_lines}
    return step


def steps_of(kind: str, voice_lines: list[str]) -> list[dict[str, Any]]:
    """The steps of one kind."""
    dispatch = _dispatch(voice_lines)
    unlock = {
        "name": "Unlock the exterior doors for responders", "action": "unlock_door", "select": "exterior",
        "timing": "approval", "deadline_seconds": 8.0,
    }  # fmt: skip
    call = {
        "name": "Call the 911 centre by telephone", "action": "place_call", "timing": "approval",
        "deadline_seconds": 60.0, "expires_seconds": 300.0,
    }  # fmt: skip
    plans: dict[str, list[dict[str, Any]]] = {
        "lockdown": [_lock("all"), _page(12, 9), dispatch, SCREENS, PHONES, call, unlock],
        "secure": [_lock("exterior"), _page(30, 7), SCREENS, PHONES, {**dispatch, "timing": "approval"}],
        "hold": [_page(60, 5), SCREENS, PHONES],
        "evacuate": [_page(15, 8), dispatch, SCREENS, PHONES],
        "shelter": [_page(20, 8), SCREENS, PHONES],
        "fire": [_page(15, 9), dispatch, SCREENS, PHONES, unlock],
        "medical": [SCREENS, PHONES, {**dispatch, "timing": "approval"}],
        "staff_assist": [SCREENS, PHONES],
    }
    return plans[kind]


#: What is also to be seen, by those who cannot hear, where a site has it.
SEEN: dict[str, list[dict[str, Any]]] = {
    "lockdown": [STROBES, SIGNS],
    "secure": [SIGNS],
    "hold": [SIGNS],
    "evacuate": [STROBES, SIGNS],
    "shelter": [STROBES, SIGNS],
    "fire": [STROBES, SIGNS],
}


def seen_steps(kind: str, has: set[str]) -> list[dict[str, Any]]:
    """The strobes' and the signs' steps of a kind, at a site that `has` these kinds of equipment."""
    return [
        step for step in SEEN.get(kind, []) if {"start_strobe": "strobe", "show_sign": "sign"}[step["action"]] in has
    ]


def load(actor: Actor) -> int:
    """Writes all plans of all sites; returns how many."""
    voice = [str(line.id) for line in district_equipment(("voice_line",)) if not line.is_test]
    count = 0
    for site in all_site_ids():
        has = {thing.kind for thing in equipment_of(site, ("strobe", "sign"))}
        for kind in ("lockdown", "secure", "hold", "evacuate", "shelter", "fire", "medical", "staff_assist"):
            write_plan(
                actor, site, kind, steps_of(kind, voice) + seen_steps(kind, has), clear_roles=CLEAR.get(kind, []),
                has_check_in=kind not in ("medical", "staff_assist"),
            )  # fmt: skip
            count += 1
    return count
