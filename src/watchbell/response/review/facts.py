"""Words of the after-action report (HSEEP 2020: ratings, core capabilities, improvement plan) and its facts."""

from dataclasses import dataclass, field
from typing import Any

#: HSEEP ratings of a core capability's critical tasks.
RATINGS = {
    "P": "Performed without challenges",
    "S": "Performed with some challenges",
    "M": "Performed with major challenges",
    "U": "Unable to be performed",
}
RATING_TONES = {"P": "good", "S": "info", "M": "warn", "U": "bad", "": ""}
STATES = {"draft": "Draft", "final": "Final"}
#: The first two are the hot wash, the others the report.
FINDINGS = {"well": "What went well", "mend": "What to mend", "strength": "Strength", "area": "Area for improvement"}
HOT_WASH = ("well", "mend")
#: Parts of a capability an improvement is about (HSEEP: POETE).
ELEMENTS = ("Planning", "Organization", "Equipment", "Training", "Exercise")
IMPROVEMENT_STATES = {"open": "Open", "doing": "Under way", "done": "Done", "dropped": "Dropped"}
#: Text blocks people write beside the facts, in the order of the report.
BLOCKS = {
    "overview": "Overview",
    "scope": "Scope",
    "scenario": "What happened",
    "participants": "Who took part",
    "analysis": "Analysis of capabilities",
    "conclusion": "Conclusion",
}
HOT_WASH_MINUTES = 10
#: Kinds whose report is drafted without being asked; the everyday ones are, when somebody asks.
DRAFTED_KINDS = frozenset({"hold", "secure", "lockdown", "evacuate", "shelter", "fire", "duress"})
MOST_TEXT, MOST_NOTE, MOST_ENTRIES = 8000, 600, 400
PAPERS = {"letter": "us-letter", "a4": "a4"}


@dataclass(frozen=True)
class StepTimes:
    """How fast a step was: milliseconds from the press to the first, middle and last endpoint that did it."""

    name: str
    action: str
    asked: int
    done: int
    first: int | None
    median: int | None
    last: int | None


@dataclass(frozen=True)
class Said:
    """Something that happened, `seconds` after the press; `at` is ISO local time."""

    seconds: float
    at: str
    what: str
    by: str = ""
    because: str = ""
    kind: str = ""


@dataclass(frozen=True)
class ReportFacts:
    """What the record of an incident measures, frozen when the report was drafted. Seconds count from the press."""

    number: int
    name: str
    kind: str
    mode: str
    site_name: str
    place_name: str
    directive: str
    plan_version: int
    began: str
    began_on: str
    ended: str = ""
    cleared_by: str = ""
    cleared_seconds: float | None = None
    duration_seconds: float = 0.0
    outcome: str = ""
    presses: tuple[Said, ...] = ()
    steps: tuple[StepTimes, ...] = ()
    failed: tuple[Said, ...] = ()
    answers: tuple[Said, ...] = ()
    units: tuple[Said, ...] = ()
    confirmed: int = 0
    first_confirmed_seconds: float | None = None
    rooms: int = 0
    rooms_reported: int = 0
    curve: tuple[tuple[float, int], ...] = ()
    help_rooms: tuple[Said, ...] = ()
    silent_rooms: tuple[str, ...] = ()
    timeline: tuple[Said, ...] = ()
    timeline_left_out: int = 0

    @property
    def is_exercise(self) -> bool:
        return self.mode != "real"


@dataclass(frozen=True)
class DraftObjective:
    """An objective to observe, with the rating the numbers suggest and why."""

    capability: str
    text: str
    suggested: str
    because: str


@dataclass(frozen=True)
class Draft:
    """What is written without anybody: texts by block, objectives, strengths, areas, and what to mend."""

    texts: dict[str, str] = field(default_factory=dict)
    objectives: tuple[DraftObjective, ...] = ()
    strengths: tuple[str, ...] = ()
    areas: tuple[str, ...] = ()
    improvements: tuple[dict[str, Any], ...] = ()
