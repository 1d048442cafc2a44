"""The tables of OneRoster 1.2 CSV: their columns in order, what each holds, and what it points to.

Source: 1EdTech OneRoster 1.2 CSV binding, section 4.
"""

from typing import NamedTuple


class Column(NamedTuple):
    """kind: text, guid, guids, texts, enum, enums, date, year, boolean, integer, float, user_ids. to: table."""

    name: str
    kind: str = "text"
    is_required: bool = False
    to: str = ""
    values: tuple[str, ...] = ()
    is_open: bool = True


def _must(name: str, kind: str = "text", to: str = "", values: tuple[str, ...] = (), is_open: bool = True) -> Column:
    return Column(name, kind, True, to, values, is_open)


def _may(name: str, kind: str = "text", to: str = "", values: tuple[str, ...] = (), is_open: bool = True) -> Column:
    return Column(name, kind, False, to, values, is_open)


LIFECYCLE = ("sourcedId", "status", "dateLastModified")
SESSION_TYPES = ("gradingPeriod", "semester", "schoolYear", "term")
ORG_TYPES = ("department", "school", "district", "local", "state", "national")
ROLES = (
    "aide", "counselor", "districtAdministrator", "guardian", "parent", "principal", "proctor", "relative",
    "siteAdministrator", "student", "systemAdministrator", "teacher",
)  # fmt: skip
ENROLMENT_ROLES = ("administrator", "proctor", "student", "teacher")
SCORE_STATUSES = ("exempt", "fully graded", "not submitted", "partially graded", "submitted")
RESOURCE_ROLES = ("administrator", "aide", "guardian", "parent", "proctor", "relative", "student", "teacher")
SOURCES = ("case", "unknown")
_SUBJECTS = (_may("subjects", "texts"), _may("subjectCodes", "texts"))
_RACES = (
    "americanIndianOrAlaskaNative", "asian", "blackOrAfricanAmerican", "nativeHawaiianOrOtherPacificIslander",
    "white", "demographicRaceTwoOrMoreRaces", "hispanicOrLatinoEthnicity",
)  # fmt: skip

#: table → its columns after the three of LIFECYCLE.
TABLES: dict[str, tuple[Column, ...]] = {
    "academicSessions": (
        _must("title"), _must("type", "enum", values=SESSION_TYPES), _must("startDate", "date"),
        _must("endDate", "date"), _may("parentSourcedId", "guid", "academicSessions"), _must("schoolYear", "year"),
    ),
    "categories": (_must("title"), _may("weight", "integer")),
    "classes": (
        _must("title"), _may("grades", "texts"), _must("courseSourcedId", "guid", "courses"), _may("classCode"),
        _must("classType", "enum", values=("homeroom", "scheduled")), _may("location"),
        _must("schoolSourcedId", "guid", "orgs"), _must("termSourcedIds", "guids", "academicSessions"), *_SUBJECTS,
        _may("periods", "texts"),
    ),
    "classResources": (
        _may("title"), _must("classSourcedId", "guid", "classes"), _must("resourceSourcedId", "guid", "resources"),
    ),
    "courseResources": (
        _may("title"), _must("courseSourcedId", "guid", "courses"), _must("resourceSourcedId", "guid", "resources"),
    ),
    "courses": (
        _may("schoolYearSourcedId", "guid", "academicSessions"), _must("title"), _may("courseCode"),
        _may("grades", "texts"), _must("orgSourcedId", "guid", "orgs"), *_SUBJECTS,
    ),
    "demographics": (
        _may("birthDate", "date"), _may("sex", "enum", values=("male", "female", "unspecified", "other")),
        *(_may(name, "boolean") for name in _RACES), _may("countryOfBirthCode"), _may("stateOfBirthAbbreviation"),
        _may("cityOfBirth"), _may("publicSchoolResidenceStatus"),
    ),
    "enrollments": (
        _must("classSourcedId", "guid", "classes"), _must("schoolSourcedId", "guid", "orgs"),
        _must("userSourcedId", "guid", "users"), _must("role", "enum", values=ENROLMENT_ROLES),
        _may("primary", "boolean"), _may("beginDate", "date"), _may("endDate", "date"),
    ),
    "lineItemLearningObjectiveIds": (
        _must("lineItemSourcedId", "guid", "lineItems"), _must("source", "enum", values=SOURCES),
        _must("learningObjectiveId"),
    ),
    "lineItems": (
        _must("title"), _may("description"), _must("assignDate", "date"), _must("dueDate", "date"),
        _must("classSourcedId", "guid", "classes"), _must("categorySourcedId", "guid", "categories"),
        _must("academicSessionSourcedId", "guid", "academicSessions"), _may("resultValueMin", "float"),
        _may("resultValueMax", "float"), _must("schoolSourcedId", "guid", "orgs"),
    ),
    "lineItemScoreScales": (
        _may("title"), _must("lineItemSourcedId", "guid", "lineItems"),
        _must("scoreScaleSourcedId", "guid", "scoreScales"),
    ),
    "orgs": (
        _must("name"), _must("type", "enum", values=ORG_TYPES), _may("identifier"),
        _may("parentSourcedId", "guid", "orgs"),
    ),
    "resources": (
        _must("vendorResourceId"), _may("title"), _may("roles", "enums", values=RESOURCE_ROLES),
        _may("importance", "enum", values=("primary", "secondary"), is_open=False), _may("vendorId"),
        _may("applicationId"),
    ),
    "resultLearningObjectiveIds": (
        _must("resultSourcedId", "guid", "results"), _must("source", "enum", values=SOURCES),
        _must("learningObjectiveId"), _may("score", "float"), _may("textScore"),
    ),
    "results": (
        _must("lineItemSourcedId", "guid", "lineItems"), _must("studentSourcedId", "guid", "users"),
        _must("scoreStatus", "enum", values=SCORE_STATUSES), _may("score", "float"), _must("scoreDate", "date"),
        _may("comment"), _may("textScore"), _may("classSourcedId", "guid", "classes"), _may("inProgress", "boolean"),
        _may("incomplete", "boolean"), _may("late", "boolean"), _may("missing", "boolean"),
    ),
    "resultScoreScales": (
        _may("title"), _must("resultSourcedId", "guid", "results"),
        _must("scoreScaleSourcedId", "guid", "scoreScales"),
    ),
    "roles": (
        _must("userSourcedId", "guid", "users"),
        _must("roleType", "enum", values=("primary", "secondary"), is_open=False),
        _must("role", "enum", values=ROLES), _may("beginDate", "date"), _may("endDate", "date"),
        _must("orgSourcedId", "guid", "orgs"), _may("userProfileSourcedId", "guid", "userProfiles"),
    ),
    "scoreScales": (
        _must("title"), _must("type"), _must("orgSourcedId", "guid", "orgs"),
        _must("courseSourcedId", "guid", "courses"), _must("classSourcedId", "guid", "classes"),
        _must("scoreScaleValue", "texts"),
    ),
    "userProfiles": (
        _must("userSourcedId", "guid", "users"), _must("profileType"), _must("vendorId"), _may("applicationId"),
        _may("description"), _must("credentialType"), _must("username"), _may("password"),
    ),
    "userResources": (
        _must("userSourcedId", "guid", "users"), _may("orgSourcedId", "guid", "orgs"),
        _may("classSourcedId", "guid", "classes"), _must("resourceSourcedId", "guid", "resources"),
    ),
    "users": (
        _must("enabledUser", "boolean"), _must("username"), _may("userIds", "user_ids"), _must("givenName"),
        _must("familyName"), _may("middleName"), _may("identifier"), _may("email"), _may("sms"), _may("phone"),
        _may("agentSourcedIds", "guids", "users"), _may("grades", "texts"), _may("password"),
        _may("userMasterIdentifier"), _may("preferredGivenName"), _may("preferredMiddleName"),
        _may("preferredFamilyName"), _may("primaryOrgSourcedId", "guid", "orgs"), _may("pronouns"),
    ),
}  # fmt: skip


def header_of(table: str) -> list[str]:
    """The column names of `table` in the order the standard fixes."""
    return [*LIFECYCLE, *(column.name for column in TABLES[table])]
