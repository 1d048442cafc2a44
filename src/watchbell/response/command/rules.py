"""Who may take, offer and sign command, and who releases rooms: pure."""

import re
from collections.abc import Iterable

from watchbell.response.command.facts import SCHOOL, Holder, Resource
from watchbell.response.incidents.facts import Answer


def judge_taking(commander: Holder | None, user: str) -> str:
    """Why somebody may not simply take command, or ""; who holds it gives it away by a hand-over that is signed."""
    if commander is None:
        return ""
    if commander.user and commander.user == user:
        return "You are in command already."
    return f"{commander.name} is in command. Command is handed over: they offer it, you sign."


def judge_offer(commander: Holder | None, is_agency: bool) -> str:
    """Why somebody may not offer command to another, or ""."""
    if commander is None:
        return "Nobody is in command yet: take command first."
    if commander.agency and not is_agency:
        return f"{commander.agency} is in command: only they can give it back."
    return ""


def judge_signing(offered_by: str, signer: str, name: str, badge: str, is_witnessed: bool, has_agency: bool) -> str:
    """Why a hand-over may not be signed so, or ""."""
    if not name.strip():
        return "Whoever takes command signs with their name."
    if is_witnessed and has_agency and not badge.strip():
        return "Who signs on somebody else's device gives their badge number."
    if not is_witnessed and offered_by and offered_by == signer:
        return "You have offered command yourself: somebody else signs."
    return ""


def judge_release(commander: Holder | None, is_agency: bool) -> str:
    """Why somebody may not release rooms, or "": whoever is in command decides, room by room."""
    if commander is None:
        return "Nobody is in command yet: somebody takes command first, then rooms are released."
    if commander.agency and not is_agency:
        return f"{commander.name} ({commander.agency}) is in command and releases the rooms."
    return ""


def say_holder(name: str, agency: str) -> str:
    return f"{name} ({agency or SCHOOL})"


def resources_of(answers: Iterable[Answer]) -> list[Resource]:
    """Units as their centres and police last told of them (ICS 201, box 10)."""
    found: dict[tuple[str, str], Resource] = {}
    for answer in answers:
        units = answer.detail.get("units") if answer.what == "dispatch_status" else None
        for unit in units if isinstance(units, list) else []:
            if isinstance(unit, dict) and unit.get("name"):
                states = unit.get("states")
                state = str(states[-1]) if isinstance(states, list) and states else "Assigned"
                state = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", state)[
                    :40
                ].capitalize()  # "OnScene", as the registry has it
                agency = answer.because.partition(":")[0][:120]
                found[agency, str(unit["name"])] = Resource(agency, str(unit["name"])[:80], state, answer.at)
    return sorted(found.values(), key=lambda one: (one.agency, one.name))
