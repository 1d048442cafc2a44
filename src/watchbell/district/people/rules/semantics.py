"""Finds what cannot be true although every cell is well formed."""

import re
from collections.abc import Iterator

from watchbell.district.people.facts import Record, RosterFault
from watchbell.district.people.rules.references import Tables

CASE_ID = re.compile(r"urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
MAPPING = re.compile(r"\{[^:]+:[^:]+\}")
Index = dict[str, Record]


def find_semantic_faults(modes: dict[str, str], tables: Tables) -> list[RosterFault]:
    """Faults of meaning in bulk rows (a delta shows only part of the picture)."""
    bulk = {name: rows for name, rows in tables.items() if modes[name] == "bulk"}
    index = {name: {row["sourcedId"]: row for row in rows} for name, rows in bulk.items()}
    faults: list[RosterFault] = []
    faults += _judge_sessions(bulk, index)
    faults += _judge_schools(bulk, index)
    faults += _judge_roles(bulk, index)
    faults += _judge_line_items(bulk)
    faults += _judge_results(bulk, index)
    faults += _judge_learning_objectives(bulk)
    return faults


def _fault(code: str, because: str, table: str, record: Record, field: str) -> RosterFault:
    return RosterFault(f"semantic.{code}", because, f"{table}.csv", record["line"], field)


def _judge_sessions(bulk: Tables, index: dict[str, Index]) -> Iterator[RosterFault]:
    sessions = index.get("academicSessions", {})
    for course in bulk.get("courses", ()):
        session = sessions.get(course["schoolYearSourcedId"] or "")
        if session and session["type"] != "schoolYear" and not session["type"].startswith("ext:"):
            because = "A course's school year must be a session of the type schoolYear."
            yield _fault("academic_session_type_mismatch", because, "courses", course, "schoolYearSourcedId")
    for item in bulk.get("lineItems", ()):
        session = sessions.get(item["academicSessionSourcedId"])
        if session and session["type"] == "schoolYear":
            because = "A line item belongs to a term, semester or grading period, not to a school year."
            yield _fault("academic_session_type_mismatch", because, "lineItems", item, "academicSessionSourcedId")


def _judge_schools(bulk: Tables, index: dict[str, Index]) -> Iterator[RosterFault]:
    orgs = index.get("orgs", {})
    for table in ("classes", "enrollments", "lineItems"):
        for record in bulk.get(table, ()):
            org = orgs.get(record["schoolSourcedId"])
            if org and org["type"] != "school" and not org["type"].startswith("ext:"):
                because = f"The organisation {org['sourcedId']} is no school."
                yield _fault("org_type_mismatch", because, table, record, "schoolSourcedId")


def _judge_roles(bulk: Tables, index: dict[str, Index]) -> Iterator[RosterFault]:
    if "roles" not in bulk:
        return
    primary: set[tuple[str, str]] = set()
    held = {(role["userSourcedId"], role["orgSourcedId"]) for role in bulk["roles"]}
    for role in bulk["roles"]:
        key = (role["userSourcedId"], role["orgSourcedId"])
        if role["roleType"] == "primary" and key in primary:
            because = "A person has one primary role in an organisation."
            yield _fault("multiple_primary_roles_for_user_org", because, "roles", role, "roleType")
        if role["roleType"] == "primary":
            primary.add(key)
        profile = index.get("userProfiles", {}).get(role["userProfileSourcedId"] or "")
        if profile and profile["userSourcedId"] != role["userSourcedId"]:
            because = "The profile belongs to someone else."
            yield _fault("user_profile_user_mismatch", because, "roles", role, "userProfileSourcedId")
    for user in bulk.get("users", ()):
        org = user["primaryOrgSourcedId"]
        if org and (user["sourcedId"], org) not in held:
            because = "The person has no role in their primary organisation."
            yield _fault("primary_org_missing_role", because, "users", user, "primaryOrgSourcedId")


def _judge_line_items(bulk: Tables) -> Iterator[RosterFault]:
    for item in bulk.get("lineItems", ()):
        low, high = item["resultValueMin"], item["resultValueMax"]
        if low is not None and high is not None and low > high:
            because = "The lowest result is above the highest."
            yield _fault("invalid_score_range", because, "lineItems", item, "resultValueMin")
    for scale in bulk.get("scoreScales", ()):
        if not all(MAPPING.fullmatch(value) for value in scale["scoreScaleValue"]):
            because = "Each value of a score scale is written {letter:number}."
            yield _fault("invalid_score_scale_mapping", because, "scoreScales", scale, "scoreScaleValue")


def _judge_results(bulk: Tables, index: dict[str, Index]) -> Iterator[RosterFault]:
    items = index.get("lineItems", {})
    enrolled = {(row["classSourcedId"], row["userSourcedId"]) for row in bulk.get("enrollments", ())}
    for result in bulk.get("results", ()):
        item = items.get(result["lineItemSourcedId"])
        if item is None:
            continue
        low, high, score = item["resultValueMin"], item["resultValueMax"], result["score"]
        is_range = low is None or high is None or low <= high
        if score is not None and is_range and low is not None and score < low:
            yield _fault("score_below_min", "The score is below the lowest result.", "results", result, "score")
        if score is not None and is_range and high is not None and score > high:
            yield _fault("score_above_max", "The score is above the highest result.", "results", result, "score")
        if result["classSourcedId"] and result["classSourcedId"] != item["classSourcedId"]:
            because = "The result names another class than its line item."
            yield _fault("result_class_mismatch", because, "results", result, "classSourcedId")
        taught_in = result["classSourcedId"] or item["classSourcedId"]
        if "enrollments" in bulk and (taught_in, result["studentSourcedId"]) not in enrolled:
            because = "The student is not enrolled in the class."
            yield _fault("result_student_not_enrolled", because, "results", result, "studentSourcedId")


def _judge_learning_objectives(bulk: Tables) -> Iterator[RosterFault]:
    for table in ("lineItemLearningObjectiveIds", "resultLearningObjectiveIds"):
        for record in bulk.get(table, ()):
            if record["source"] == "case" and not CASE_ID.fullmatch(record["learningObjectiveId"]):
                because = "A CASE learning objective is named by a UUID URN."
                yield _fault("invalid_case_learning_objective_id", because, table, record, "learningObjectiveId")
