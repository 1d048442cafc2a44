"""Names and frozen facts of people."""

from dataclasses import dataclass, field
from uuid import UUID

PERSON_KINDS = {"staff": "Staff", "student": "Student", "guardian": "Guardian", "other": "Other"}
STATUSES = {"active": "Active", "withdrawn": "Withdrawn"}
ORG_TYPES = ("district", "local", "state", "national", "school", "department")
RELATIONS = {
    "parent": "Parent",
    "guardian": "Guardian",
    "relative": "Relative",
    "contact": "Contact",
}
ENROLMENT_ROLES = {"student": "Student", "teacher": "Teacher", "aide": "Aide", "proctor": "Proctor",
                   "administrator": "Administrator"}  # fmt: skip


@dataclass(frozen=True)
class PersonFacts:
    """A person as others need to know them. languages: BCP 47."""

    id: UUID
    name: str
    kind: str
    title: str
    email: str
    phones: tuple[str, ...]
    site: UUID | None
    place: UUID | None
    user_id: UUID | None
    language: str = "en"
    grade: str = ""


@dataclass(frozen=True)
class RosterDifference:
    """What an import would change, counted by table, and the first changes in words.

    added, changed, withdrawn: {"people": n, …}. changes: at most 200 lines for people to read.
    """

    added: dict[str, int] = field(default_factory=dict)
    changed: dict[str, int] = field(default_factory=dict)
    withdrawn: dict[str, int] = field(default_factory=dict)
    changes: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        return not (any(self.added.values()) or any(self.changed.values()) or any(self.withdrawn.values()))
