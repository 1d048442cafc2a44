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

_STAFF = {"alarms.raise", "alerts.answer", "incidents.view", "incidents.check_in", "incidents.note", "sites.view",
          "plans.view", "accountability.names", "accountability.report", "accountability.view", "cards.view",
          "review.note", "tickets.report"}  # fmt: skip
_OFFICE = _STAFF | {"accountability.decide", "people.view", "equipment.view", "schedules.view", "incidents.report",
                    "wall.view", "paging.view", "paging.speak", "review.view", "drills.view", "public.view",
                    "command.view", "notices.view", "notices.write", "newsletter.view", "newsletter.write",
                    "cards.hang", "tickets.view"}  # fmt: skip
_LEADER = _OFFICE | {
    "notices.approve",
    "incidents.approve",
    "incidents.all_clear",
    "incidents.close_endpoint",
    "incidents.retry",
    "command.lead",
    "command.release",
    "command.care",
    "cards.approve",
    "cards.edit",
    "plans.edit",
    "review.edit",
    "drills.record",
    "alarms.drill",
    "people.export",
    "people.rides",
    "health.view",
    "audit.view",
    "dispatch.view",
    "dispatch.message",
    "dispatch.links",
    "paging.all_call",
    "paging.displays",
    "paging.settings",
    "tickets.work",
    "video.view",
    "video.ask",
    "video.look",
}
_RESPONDER = {
    "alerts.answer",
    "video.ask",
    "command.view",
    "review.note",
    "accountability.view",
    "dispatch.view",
    "dispatch.answer",
    "dispatch.message",
    "incidents.view",
    "incidents.note",
    "incidents.report",
    "sites.view",
    "plans.view",
}

#: role → permissions. A role that is not listed may do nothing.
PERMISSIONS: dict[str, frozenset[str]] = {
    "director": frozenset(
        _LEADER
        | {
            "sites.edit",
            "notices.settings",
            "people.edit",
            "people.import",
            "equipment.edit",
            "schedules.edit",
            "alarms.test",
            "drills.edit",
            "public.manage",
            "accounts.view",
            "accounts.edit",
            "accounts.tokens",
            "accounts.break_glass",
            "identity.manage",
        }
    ),
    "principal": frozenset(_LEADER),
    "office": frozenset(_OFFICE | {"dispatch.view", "dispatch.message", "paging.all_call", "people.rides"}),
    "teacher": frozenset(_STAFF),
    "staff": frozenset(_STAFF),
    "nurse": frozenset(_OFFICE | {"command.care"}),
    "driver": frozenset({"alarms.raise", "alerts.answer", "cards.view", "incidents.view", "tickets.report"}),
    "officer": frozenset(
        _OFFICE
        | {
            "incidents.approve",
            "incidents.all_clear",
            "incidents.close_endpoint",
            "incidents.retry",
            "command.lead",
            "command.release",
            "alarms.drill",
            "drills.record",
            "review.edit",
            "health.view",
            "dispatch.view",
            "dispatch.message",
            "dispatch.links",
            "paging.all_call",
            "tickets.work",
            "video.view",
            "video.ask",
            "video.look",
        }
    ),
    "dispatcher": frozenset(_RESPONDER),
    "police": frozenset(_RESPONDER | {"incidents.all_clear", "command.lead", "command.release"}),
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
            "identity.manage",
            "plans.view",
            "audit.view",
            "alarms.test",
            "alarms.raise",
            "alerts.answer",
            "cards.view",
            "wall.view",
            "paging.view",
            "paging.speak",
            "paging.displays",
            "paging.settings",
            "public.view",
            "public.manage",
            "tickets.report",
            "tickets.view",
            "tickets.work",
            "video.view",
            "video.ask",
        }
    ),
    "parent": frozenset(),
}

#: Who hears of an alarm: whoever may see incidents, or answer an alert (who looks after the machines stands in the
#: building too, and sees no incident). One of them is enough; a parent or guardian has neither.
HEARS = ("incidents.view", "alerts.answer")
HEARING_ROLES = frozenset(role for role, rights in PERMISSIONS.items() if rights & set(HEARS))
#: The rights that a ticket carries, each with the sites where it is held: what the raw paths decide by.
TICKET_RIGHTS = ("alarms.raise", "alarms.drill", "alarms.test", *HEARS)
#: Roles that a plan may name for the all-clear: who has no right to it could never end an alarm.
CLEARING_ROLES = {role: name for role, name in ROLE_NAMES.items() if "incidents.all_clear" in PERMISSIONS.get(role, ())}
#: Who is called to a place when somebody there needs help.
RESPONDER_ROLES = ("nurse", "principal", "office", "officer")
#: Who learns that somebody has used their duress PIN: nobody whose screen stands in a classroom.
DURESS_ROLES = ("director", "officer", "police", "dispatcher")
#: A PIN to take back what was pressed by mistake, and another that only looks like it.
PIN_DIGITS = (4, 8)
MOST_TRIES, TRIES_SECONDS = 5, 300.0

DEMO_ROLES = ("director", "principal", "office", "teacher", "officer", "dispatcher", "police", "it", "nurse", "driver",
              "parent")  # fmt: skip
#: {name in the address: role} of the demo's accounts: each role once, and who confirms what the director writes.
DEMO_ACCOUNTS = {role: role for role in DEMO_ROLES} | {"superintendent": "director"}
#: Roles whose accounts act in the whole district unless a site is named.
DISTRICT_WIDE = frozenset({"director", "it", "dispatcher", "police"})
#: Who may see people's records, end an alarm or give rights does not sign in with a password alone.
NEEDS_SECOND_FACTOR = frozenset({"people.view", "incidents.all_clear", "accounts.edit", "incidents.report",
                                 "dispatch.view"})  # fmt: skip
PRESS_TICKET_SECONDS = 12 * 3600.0
LIVE_TICKET_SECONDS = 300.0
TOKEN_DAYS = 90
MOST_TOKEN_DAYS = 366
