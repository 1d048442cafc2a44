"""Turns OneRoster records into rows of our tables."""

import re
from collections.abc import Callable
from datetime import date
from typing import Any
from uuid import UUID

from watchbell.district.people.facts import KnownRows, Record, Roster, RosterFault, RosterState

ROOM_NUMBER = re.compile(r"([A-Za-z]?\d+[A-Za-z]?)\s*$")
GUARDIAN_ROLES = ("guardian", "parent", "relative")
TITLES = {
    "aide": "Aide", "counselor": "Counselor", "districtAdministrator": "District administrator",
    "principal": "Principal", "proctor": "Proctor", "siteAdministrator": "Administrator",
    "systemAdministrator": "IT administrator", "teacher": "Teacher",
}  # fmt: skip
Row = dict[str, Any]


class Mapping:
    """What the records of one package mean here, given what is known already."""

    def __init__(self, roster: Roster, state: RosterState, make_id: Callable[..., UUID], today: date) -> None:
        self.roster, self.state, self.make_id, self.today = roster, state, make_id, today
        self.faults: list[RosterFault] = []
        self.contacts: dict[tuple[str, str], Row] = {}
        self.students_without_contacts: set[str] = set()
        self._records = {
            file: {record["sourcedId"]: record for record in records if not record["is_gone"]}
            for file, records in roster.tables.items()
        }
        self._roles: dict[str, list[Record]] = {}
        for role in self._records.get("roles", {}).values():
            self._roles.setdefault(role["userSourcedId"], []).append(role)
        agents = (user["agentSourcedIds"] for user in self._records.get("users", {}).values())
        self._agents = {agent for found in agents for agent in found}
        self._homerooms: dict[str, UUID | None] = {}

    def row_of(self, table: str, record: Record) -> Row:
        """The row of `table` a record asks for, without id and sourced_id."""
        row: Row = {"source": self.roster.source, "status": "active"}
        if record["dateLastModified"] is not None:
            row["source_modified_at"] = record["dateLastModified"]
        return row | getattr(self, f"_{table}")(record)

    # -- identities --------------------------------------------------------------------------------------------

    def _known(self, table: str) -> KnownRows:
        return self.state.tables.get(table, {})

    def _id(self, table: str, file: str, name: str | None, record: Record, source: str, field: str) -> UUID | None:
        """The id behind a reference; a dead one is a fault."""
        if not name:
            return None
        if name in self._known(table):
            return self._known(table)[name]["id"]
        if name in self._records.get(file, {}):
            return self.make_id(table, name)
        because = f"Neither the package nor the district knows {name}."
        self.faults.append(
            RosterFault("reference.missing_target_record", because, f"{source}.csv", record["line"], field)
        )
        return None

    def _site(self, org: str | None) -> UUID | None:
        """The site an organisation stands for: tied by hand before, or by its identifier or sourcedId."""
        if not org:
            return None
        tied = self._known("org").get(org, {}).get("site_id")
        if tied:
            return tied
        record = self._records.get("orgs", {}).get(org)
        names = [org] if record is None else [record["identifier"] or "", org]
        return next((self.state.sites[name] for name in names if name in self.state.sites), None)

    # -- one method for each table -----------------------------------------------------------------------------

    def _org(self, record: Record) -> Row:
        row = {
            "name": record["name"][:255], "type": record["type"][:20], "identifier": (record["identifier"] or "")[:255],
            "parent_sourced_id": record["parentSourcedId"] or "",
        }  # fmt: skip
        site = self._site(record["sourcedId"]) if record["type"] == "school" else None
        return row | {"site_id": site} if site else row

    def _session(self, record: Record) -> Row:
        return {
            "title": record["title"][:255], "type": record["type"][:20], "starts_on": record["startDate"],
            "ends_on": record["endDate"], "school_year": record["schoolYear"],
            "parent_sourced_id": record["parentSourcedId"] or "",
        }  # fmt: skip

    def _course(self, record: Record) -> Row:
        return {
            "title": record["title"][:255], "code": (record["courseCode"] or "")[:100],
            "org_id": self._id("org", "orgs", record["orgSourcedId"], record, "courses", "orgSourcedId"),
        }  # fmt: skip

    def _class(self, record: Record) -> Row:
        site = self._site(record["schoolSourcedId"])
        row = {
            "title": record["title"][:255], "code": (record["classCode"] or "")[:100], "type": record["classType"][:12],
            "location": (record["location"] or "")[:255], "grades": [grade[:10] for grade in record["grades"]],
            "periods": [period[:40] for period in record["periods"]], "term_sourced_ids": record["termSourcedIds"],
            "course_id": self._id("course", "courses", record["courseSourcedId"], record, "classes", "courseSourcedId"),
            "org_id": self._id("org", "orgs", record["schoolSourcedId"], record, "classes", "schoolSourcedId"),
        }  # fmt: skip
        if site:
            row["site_id"] = site
        place = self._room(site, record["location"])
        return row | {"place_id": place} if place else row

    def _room(self, site: UUID | None, location: str | None) -> UUID | None:
        found = ROOM_NUMBER.search(location or "")
        return self.state.rooms.get((site, found.group(1))) if site and found else None

    def _person(self, record: Record) -> Row:
        roles = self._roles.get(record["sourcedId"], [])
        role = next((role for role in roles if role["roleType"] == "primary"), roles[0] if roles else None)
        name = record["sourcedId"]
        row = {
            "given": record["givenName"][:100], "family": record["familyName"][:100],
            "middle": (record["middleName"] or "")[:100], "preferred": (record["preferredGivenName"] or "")[:100],
            "pronouns": (record["pronouns"] or "")[:60], "number": (record["identifier"] or "")[:60],
            "username": record["username"][:255], "email": (record["email"] or "")[:254],
            "phones": [text[:40] for text in dict.fromkeys((record["sms"], record["phone"])) if text],
            "grade": record["grades"][0][:10] if record["grades"] else "",
        }  # fmt: skip
        site = self._site(record["primaryOrgSourcedId"]) or self._site(role["orgSourcedId"] if role else None)
        if site:
            row["site_id"] = site
        row |= self._kind_of(name, role)
        self._name_contacts(record, row.get("kind") or self._known("person").get(name, {}).get("kind", ""))
        return row

    def _kind_of(self, name: str, role: Record | None) -> Row:
        if role is None:
            kind = "guardian" if name in self._agents else "other"
            return {} if name in self._known("person") else {"kind": kind}
        if role["role"] == "student":
            return {"kind": "student"}
        if role["role"] in GUARDIAN_ROLES:
            return {"kind": "guardian"}
        is_new = name not in self._known("person")
        return {"kind": "staff", "title": TITLES.get(role["role"], "")} if is_new else {"kind": "staff"}

    def _name_contacts(self, record: Record, kind: str) -> None:
        student = record["sourcedId"]
        if not record["agentSourcedIds"]:
            self.students_without_contacts.add(student)
            return
        for place, agent in enumerate(dict.fromkeys(record["agentSourcedIds"]), 1):
            agent_id = self._id("person", "users", agent, record, "users", "agentSourcedIds")
            student_id = self._id("person", "users", student, record, "users", "sourcedId")
            if agent == student or agent_id is None or kind not in ("student", "other"):
                continue
            self.contacts[student, agent] = {
                "student_id": student_id, "guardian_id": agent_id, "relation": self._relation(agent),
                "priority": place, "is_sourced": True, "status": "active",
            }  # fmt: skip

    def _relation(self, agent: str) -> str | None:
        """What the package calls an agent; None where it says nothing (a delta without roles.csv)."""
        if agent not in self._roles:
            return None
        return next((role["role"] for role in self._roles[agent] if role["role"] in GUARDIAN_ROLES), "contact")

    def _enrolment(self, record: Record) -> Row:
        row = {
            "school_class_id": self._id(
                "class", "classes", record["classSourcedId"], record, "enrollments", "classSourcedId"
            ),
            "person_id": self._id("person", "users", record["userSourcedId"], record, "enrollments", "userSourcedId"),
            "role": record["role"][:16], "is_primary": bool(record["primary"]), "begins_on": record["beginDate"],
            "ends_on": record["endDate"],
        }  # fmt: skip
        return row

    # -- rooms -------------------------------------------------------------------------------------------------

    def place_students(self, people: dict[str, Row]) -> None:
        """Gives students in `people` the room of their homeroom class, where the package says both."""
        for name, room in self._rooms().items():
            if name in people:
                people[name]["homeroom_id"] = room

    def rows_of_others(self, people: dict[str, Row]) -> dict[str, Row]:
        """What enrollments.csv and roles.csv change for known people who do not stand in users.csv: a delta brings a
        student's new class without the student."""
        found: dict[str, Row] = {}
        for name, room in self._rooms().items():
            found.setdefault(name, {})["homeroom_id"] = room
        for name, roles in self._roles.items():
            primary = next((role for role in roles if role["roleType"] == "primary"), None)
            if primary is not None:
                found.setdefault(name, {})["kind"] = self._kind_of(name, primary)["kind"]
        known = self._known("person")
        return {name: row for name, row in found.items() if name in known and name not in people}

    def _rooms(self) -> dict[str, UUID]:
        """The room of each student's homeroom class: of several, that of today's enrolment, then of the latest."""
        best: dict[str, tuple[bool, date]] = {}
        found: dict[str, UUID] = {}
        for record in self._records.get("enrollments", {}).values():
            name, school_class = record["userSourcedId"], record["classSourcedId"]
            if school_class not in self._homerooms:
                self._homerooms[school_class] = self._homeroom(school_class)
            room = self._homerooms[school_class]
            if room is None or record["role"] != "student":
                continue
            begins, ends = record["beginDate"] or date.min, record["endDate"] or date.max
            rank = (begins <= self.today <= ends, begins)
            if name not in best or rank >= best[name]:
                best[name], found[name] = rank, room
        return found

    def _homeroom(self, name: str) -> UUID | None:
        record = self._records.get("classes", {}).get(name)
        if record is None:
            known = self._known("class").get(name, {})
            return known.get("place_id") if known.get("type") == "homeroom" else None
        if record["classType"] != "homeroom":
            return None
        return self._room(self._site(record["schoolSourcedId"]), record["location"])
