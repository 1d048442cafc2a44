"""A school with one family, and a notice's form."""

from typing import Any, NamedTuple
from uuid import UUID

from watchbell.communication.notices.actions import approve_notice
from watchbell.communication.notices.models import Notice
from watchbell.district.people.actions import load_people
from watchbell.district.sites.tests.builders import build_site
from watchbell.kernel.permissions import system_actor
from watchbell.line.ids import new_id, same_uuid


class Family(NamedTuple):
    site: UUID
    other_site: UUID
    student: UUID
    mother: UUID


def build_family() -> Family:
    """Ana, a fourth-grader, and Maria, her mother, with a telephone and an address."""
    site, other = build_site("BIR", same_uuid("birch")), build_site("OAK", same_uuid("oak"))
    student, mother, home = (same_uuid("family", name) for name in ("ana", "maria", "home"))
    load_people({
        "person": [
            {"id": student, "kind": "student", "given": "Ana", "family": "Lopez", "site_id": site, "grade": "04"},
            {"id": mother, "kind": "guardian", "given": "Maria", "family": "Lopez", "email": "Maria@X.invalid",
             "phones": ["(573) 555-0101"], "language": "es"},
        ],
        "household": [{"id": home, "name": "Lopez"}],
        "membership": [{"id": new_id(), "household_id": home, "person_id": one} for one in (student, mother)],
        "guardianship": [{"id": new_id(), "student_id": student, "guardian_id": mother, "relation": "parent"}],
    })  # fmt: skip
    return Family(site, other, student, mother)


def confirm(notice_id: UUID) -> None:
    """A second person's word, where the message waits for it: a school of few is soon nearly everybody."""
    row = Notice.objects.get(pk=notice_id)
    if row.state == "asked":
        approve_notice(system_actor(row.district_id), notice_id)


def write_form(family: Family, **words: Any) -> dict[str, Any]:
    """What the compose page sends."""
    return {
        "purpose": "routine", "mode": "real", "kinds": ["family"], "sites": [str(family.site)],
        "channels": ["text", "email"], "title_en": "Buses are late", "short_en": "Buses are late by 20 minutes.",
        "at_once": "on",
    } | words  # fmt: skip
