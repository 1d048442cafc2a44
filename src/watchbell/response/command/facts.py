"""Names and frozen facts of incident command (NIMS, ICS 201)."""

from dataclasses import dataclass
from datetime import datetime

COMMANDER = "commander"
#: position → (its title in ICS, what whoever holds it does), the command staff first
POSITIONS = {
    COMMANDER: ("Incident Commander", "Decides, and answers for everybody's safety"),
    "deputy": ("Deputy Incident Commander", "Stands in for the commander"),
    "safety": ("Safety Officer", "Stops what is unsafe"),
    "information": ("Public Information Officer", "Speaks with families and media"),
    "liaison": ("Liaison Officer", "Is the one agencies talk to"),
    "operations": ("Operations Section Chief", "Leads the work on the ground"),
    "planning": ("Planning Section Chief", "Keeps the picture and the records"),
    "logistics": ("Logistics Section Chief", "Gets people, buses, water"),
    "finance": ("Finance Section Chief", "Keeps hours and costs"),
    "guide": ("Guide", "Meets responders at their door and leads them"),
    "reunification": ("Reunification Branch Director", "Gives students back to their families"),
}
SCHOOL = "School"
#: Whoever signs in so speaks for an agency, not for the school.
AGENCY_ROLES = ("police", "dispatcher")
#: What became of somebody who was cared for.
OUTCOMES = {
    "": "Under care", "class": "Back to class", "rest": "Rests in the health room", "home": "Went home",
    "ems": "Handed to EMS",
}  # fmt: skip
MOST_TEXT = 2000
MOST_NAME = 160


@dataclass(frozen=True)
class Holder:
    """Who holds a position. agency: "" for the school's own people."""

    name: str
    agency: str
    since: datetime
    user: str = ""


@dataclass(frozen=True)
class Resource:
    """A line of ICS 201 box 10: a unit that was ordered."""

    agency: str
    name: str
    state: str
    at: datetime
