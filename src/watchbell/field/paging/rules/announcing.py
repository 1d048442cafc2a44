"""Who may say what where, and what became of an announcement."""

from collections.abc import Iterable, Sequence

from watchbell.field.paging.facts import (
    ALARM_PROMPTS,
    CHIMES,
    EMERGENCY,
    ENDED,
    LANGUAGES,
    MODES,
    MOST_TEXT,
    MOST_TEXTS,
    MOST_TIMES,
    PRIORITIES,
    PROMPTS,
    WAYS,
    Busy,
    Wanted,
    Zone,
)


def judge_wanted(
    wanted: Wanted, zones: Sequence[Zone], busy: Iterable[Busy], *, may_all_call: bool, may_drill: bool,
    is_all_of_site: bool = False,
) -> dict[str, str]:  # fmt: skip
    """{field: what to do about it}; empty when the announcement may go out to `zones`."""
    faults: dict[str, str] = {}
    if wanted.way not in WAYS:
        faults["way"] = "Choose text, a recording, a prompt or the microphone."
    if not zones or len(zones) != len(set(wanted.zones)):
        faults["zones"] = (
            "Choose at least one zone." if not wanted.zones else "One of these zones is not there any more."
        )
    if wanted.priority not in PRIORITIES:
        faults["priority"] = "The priority is 1 to 10."
    if wanted.mode not in MODES or (wanted.mode == "drill" and not may_drill):
        faults["mode"] = "You may not announce as a drill." if wanted.mode == "drill" else "Real, drill or test."
    if wanted.chime not in CHIMES or not 1 <= wanted.times <= MOST_TIMES:
        faults["times"] = f"Say it one to {MOST_TIMES} times, after a chime of the list."
    sites = {zone.site for zone in zones}
    if not may_all_call and (len(sites) > 1 or is_all_of_site):
        faults["zones"] = "Your role speaks to single zones of one site; an all-call needs “paging.all_call”."
    if not may_all_call and wanted.priority >= EMERGENCY:
        faults["priority"] = "An emergency announcement needs “paging.all_call”."
    return _judge_busy(wanted, zones, busy) | faults | _judge_sound(wanted)


def _judge_sound(wanted: Wanted) -> dict[str, str]:
    if wanted.way == "text":
        if not wanted.say or any(not said.text.strip() for said in wanted.say):
            return {"say": "Type what is to be said, in each language you chose."}
        if len(wanted.say) > MOST_TEXTS or any(len(said.text) > MOST_TEXT for said in wanted.say):
            return {"say": f"At most {MOST_TEXTS} languages with {MOST_TEXT} characters each."}
        if any(said.language not in LANGUAGES for said in wanted.say):
            return {"say": "One of these languages has no voice."}
    if wanted.way == "recording" and wanted.recording is None:
        return {"recording": "Choose a recording."}
    if wanted.way == "prompt":
        if wanted.prompt in ALARM_PROMPTS and wanted.mode == "real":
            return {"prompt": "Only an alarm says this, so that words and doors agree. Raise the alarm instead."}
        if wanted.prompt not in PROMPTS and wanted.prompt not in ALARM_PROMPTS:
            return {"prompt": "Choose a prompt."}
    return {}


def _judge_busy(wanted: Wanted, zones: Sequence[Zone], busy: Iterable[Busy]) -> dict[str, str]:
    named = {zone.id: zone.name for zone in zones}
    for other in busy:
        if other.zone in named and other.priority >= wanted.priority:
            who = f"{other.by_name} is speaking" if other.way == "live" else f"An announcement by {other.by_name} is on"
            return {"zones": f"{who} in {named[other.zone]}. Wait for its end, or take a higher priority."}
    return {}


def judge_state(zones: Sequence[str]) -> str:
    """What an announcement has come to, from the states of its zones; see facts.STATES."""
    if any(state == "on" for state in zones):
        return "on"
    if any(state not in ENDED for state in zones):
        return "asked"
    bad = sum(state in ("failed", "expired") for state in zones)
    if not zones or bad == len(zones):
        return "failed"
    if bad:
        return "partly"
    if "cut" in zones:
        return "cut"
    return "stopped" if "stopped" in zones else "over"


def title_of(wanted: Wanted, recording: str = "", bell: str = "") -> str:
    """One line that says what was announced."""
    if wanted.way == "text":
        return wanted.say[0].text[:120]
    if wanted.way == "recording":
        return recording[:120]
    if wanted.way == "prompt":
        return {**PROMPTS, **ALARM_PROMPTS}.get(wanted.prompt, wanted.prompt)
    return bell or WAYS[wanted.way]
