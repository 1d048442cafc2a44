"""The demo district's plans: what a careful district would write for each kind at each site."""

from typing import Any

from watchbell.district.equipment.queries import district_equipment, equipment_of
from watchbell.district.sites.queries import all_site_ids
from watchbell.kernel.permissions import Actor
from watchbell.response.plans.actions import write_plan

LOUD = ("lockdown", "secure", "hold", "evacuate", "shelter", "fire")
QUIET = ("medical", "staff_assist", "duress", "call_911")
SCREENS = {"name": "Alert every staff screen", "action": "tell_screens", "deadline_seconds": 5.0}
PHONES = {"name": "Push to staff phones", "action": "push_staff", "deadline_seconds": 10.0}
HELPERS = {**SCREENS, "name": "Alert the right few"}
POCKETS = {**PHONES, "name": "Push to the right few"}
#: Everyday alarms go silently to the nearest of each of these: nurse, administrator, officer.
FIRST = ["nurse", "principal", "officer"]
#: Nobody answers within 30 s: to all of these, then to all staff.
FEW = ["nurse", "principal", "office", "officer", "director"]
STAFF = [*FEW, "teacher", "staff"]
CANCEL_SECONDS = {"staff_assist": 120.0, "medical": 60.0}
#: Who learns of duress: no screen that stands in a classroom.
SILENT = ["police", "officer", "director"]
CLEAR = {
    "lockdown": ["director", "officer", "police"],
    "secure": ["director", "principal", "officer", "police"],
    "duress": SILENT,
}

#: So ends a lockdown at one school, for both ways to be seen; of the two, one is of the police once they have come.
TWO_PEOPLE: dict[str, Any] = {"clear_people": 2, "clear_with_police": True}


def _quietly(step: dict[str, Any], nearest: int) -> dict[str, Any]:
    """The step for the few who are nearest, going further while nobody is on the way."""
    waits = ["on_my_way", "arrived"]
    further = [
        {
            "after_seconds": seconds,
            "action": step["action"],
            "waits_for": waits,
            "params": {"audience": {"roles": roles}},
        }
        for seconds, roles in ((30.0, FEW), (60.0, STAFF))
    ]
    audience = {"roles": FIRST, "nearest": nearest, "each": True}
    return {**step, "params": {"audience": audience}, "escalations": further}


def _silently(step: dict[str, Any]) -> dict[str, Any]:
    return {**step, "params": {"audience": {"roles": SILENT}}}


STROBES = {"name": "Flash the strobes", "action": "start_strobe", "deadline_seconds": 6.0}
SIGNS = {"name": "Show it on the signs", "action": "show_sign", "deadline_seconds": 6.0}
#: Who goes and sees when somebody has called 911 (Kari's Law: a place where somebody can help).
OFFICE = {"audience": {"roles": ["office", "principal", "director", "officer", "nurse"]}}
CALLED_911 = [
    {**SCREENS, "name": "Tell the front office who has called 911", "params": OFFICE, "deadline_seconds": 3.0},
    {**PHONES, "name": "Push to the office, the nurse and the officer", "params": OFFICE},
]


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


def _until_acknowledged(voice_lines: list[str], second_centres: list[str]) -> list[dict[str, Any]]:
    """Nobody at the centre acknowledges: a call after 30 s; after a minute the second centre, and a call again."""
    follows = [(30.0, "place_call", voice_lines), (60.0, "tell_dispatch", second_centres),
               (60.0, "place_call", voice_lines)]  # fmt: skip
    return [
        {"after_seconds": seconds, "action": action, "waits_for": ["dispatch_acknowledged"], "endpoints": endpoints}
        for seconds, action, endpoints in follows if endpoints
    ]  # fmt: skip


def steps_of(kind: str, voice_lines: list[str], second_centres: list[str]) -> list[dict[str, Any]]:
    """The steps of one kind."""
    later = _dispatch(voice_lines)
    dispatch = later | {"escalations": _until_acknowledged(voice_lines, second_centres)}
    cap = {"name": "Ask the county to warn the public (CAP)", "action": "send_cap", "timing": "approval",
           "deadline_seconds": 10.0, "expires_seconds": 120.0}  # fmt: skip
    unlock = {
        "name": "Unlock the exterior doors for responders", "action": "unlock_door", "select": "exterior",
        "timing": "approval", "deadline_seconds": 8.0,
    }  # fmt: skip
    call = {
        "name": "Call the 911 centre by telephone", "action": "place_call", "timing": "approval",
        "deadline_seconds": 60.0, "expires_seconds": 300.0,
    }  # fmt: skip
    plans: dict[str, list[dict[str, Any]]] = {
        "lockdown": [_lock("all"), _page(12, 9), dispatch, SCREENS, PHONES, call, unlock, cap],
        "secure": [_lock("exterior"), _page(30, 7), SCREENS, PHONES, {**later, "timing": "approval"}],
        "hold": [_page(60, 5), SCREENS, PHONES],
        "evacuate": [_page(15, 8), dispatch, SCREENS, PHONES],
        "shelter": [_page(20, 8), SCREENS, PHONES],
        "fire": [_page(15, 9), dispatch, SCREENS, PHONES, unlock],
        "medical": [
            _quietly(HELPERS, 3),
            _quietly(POCKETS, 3),
            {**later, "timing": "approval"},
            {**unlock, "name": "Unlock the exterior doors for EMS"},
        ],
        "staff_assist": [_quietly(HELPERS, 3), _quietly(POCKETS, 3)],
        "duress": [dispatch, _silently(HELPERS), _silently(POCKETS)],
        "call_911": [*CALLED_911, {**later, "name": "Give 911 the caller's room and number"}],
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
    sites = all_site_ids()
    careful = sites[1:2]
    voice = [str(line.id) for line in district_equipment(("voice_line",)) if not line.is_test]
    centres = district_equipment(("dispatch_endpoint",))
    second = [str(centre.id) for centre in centres if centre.settings.get("is_standby")]
    count = 0
    for site in sites:
        has = {thing.kind for thing in equipment_of(site, ("strobe", "sign"))}
        for kind in (*LOUD, *QUIET):
            steps = steps_of(kind, voice, second) + seen_steps(kind, has)
            write_plan(
                actor, site, kind, steps, clear_roles=CLEAR.get(kind, []), has_check_in=kind not in QUIET,
                cancel_seconds=CANCEL_SECONDS.get(kind, 0.0),
                **(TWO_PEOPLE if kind == "lockdown" and site in careful else {}),
            )  # fmt: skip
            count += 1
    return count
