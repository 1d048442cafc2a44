"""Roles and what each may do: the whole matrix, in one place."""

ROLE_NAMES = {
    "director": "District safety director",
    "principal": "Principal",
    "office": "Front office",
    "teacher": "Teacher",
    "staff": "Other staff",
    "officer": "Security officer",
    "nurse": "Nurse",
    "driver": "Bus driver",
    "dispatcher": "911 dispatcher",
    "police": "Police",
    "it": "IT administrator",
    "parent": "Parent or guardian",
}

_STAFF = {"alarms.raise", "incidents.view", "incidents.check_in", "incidents.note", "sites.view", "plans.view",
          "review.note"}  # fmt: skip
_OFFICE = _STAFF | {"people.view", "equipment.view", "schedules.view", "incidents.report",
                    "wall.view", "review.view", "drills.view"}  # fmt: skip
_LEADER = _OFFICE | {
    "incidents.approve",
    "incidents.all_clear",
    "incidents.close_endpoint",
    "incidents.retry",
    "plans.edit",
    "review.edit",
    "drills.record",
    "alarms.drill",
    "people.export",
    "health.view",
    "audit.view",
}
_RESPONDER = {"review.note", "incidents.view", "incidents.note", "incidents.report", "sites.view", "plans.view"}

#: role → permissions. A role that is not listed may do nothing.
PERMISSIONS: dict[str, frozenset[str]] = {
    "director": frozenset(
        _LEADER
        | {
            "sites.edit",
            "people.edit",
            "people.import",
            "equipment.edit",
            "schedules.edit",
            "alarms.test",
            "drills.edit",
            "accounts.view",
            "accounts.edit",
            "accounts.tokens",
            "accounts.break_glass",
        }
    ),
    "principal": frozenset(_LEADER),
    "office": frozenset(_OFFICE),
    "teacher": frozenset(_STAFF),
    "staff": frozenset(_STAFF),
    "nurse": frozenset(_OFFICE),
    "driver": frozenset({"alarms.raise", "incidents.view"}),
    "officer": frozenset(
        _OFFICE
        | {
            "incidents.approve",
            "incidents.all_clear",
            "incidents.close_endpoint",
            "incidents.retry",
            "alarms.drill",
            "drills.record",
            "review.edit",
            "health.view",
        }
    ),
    "dispatcher": frozenset(_RESPONDER),
    "police": frozenset(_RESPONDER | {"incidents.all_clear"}),
    "it": frozenset(
        {
            "sites.view",
            "sites.edit",
            "people.view",
            "people.import",
            "equipment.view",
            "equipment.edit",
            "health.view",
            "schedules.view",
            "accounts.view",
            "accounts.edit",
            "accounts.tokens",
            "plans.view",
            "audit.view",
            "alarms.test",
            "alarms.raise",
            "wall.view",
        }
    ),
    "parent": frozenset(),
}

DEMO_ROLES = ("director", "principal", "office", "teacher", "officer", "dispatcher", "police", "it", "nurse", "driver",
              "parent")  # fmt: skip
#: Roles whose accounts act in the whole district unless a site is named.
DISTRICT_WIDE = frozenset({"director", "it", "dispatcher", "police"})
#: Who may see people's records, end an alarm or give rights does not sign in with a password alone.
NEEDS_SECOND_FACTOR = frozenset({"people.view", "incidents.all_clear", "accounts.edit", "incidents.report"})
PRESS_TICKET_SECONDS = 12 * 3600.0
LIVE_TICKET_SECONDS = 300.0
TOKEN_DAYS = 90
