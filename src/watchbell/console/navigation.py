"""What stands in the navigation: label, icon, route and the permission that shows it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Entry:
    """routes: names tried in order; an entry none of whose routes exists yet is not shown."""

    label: str
    icon: str
    routes: tuple[str, ...]
    permission: str
    topic: str = ""


#: The first four are the tabs of a phone; the first seven stand in the top bar, the rest under “More”.
MAIN = (
    Entry("Home", "home", ("console:home_page", "home"), ""),
    Entry("Incidents", "shield-lock", ("incidents:incidents_page", "incidents:incident_list_page"), "incidents.view"),
    Entry("Dispatch", "phone", ("dispatch:incidents_page",), "dispatch.answer"),
    Entry("Press", "bell-ringing", ("panic:press_page", "console:press_page"), "alarms.raise"),
    Entry("Cards", "cards", ("procedures:mine_page",), "cards.view"),
    Entry("Sites", "school", ("sites:sites_page", "sites:site_list_page"), "sites.view"),
    Entry("Announce", "speakerphone", ("paging:announce_page", "paging:history_page"), "paging.view"),
    Entry("Messages", "messages", ("notices:notices_page",), "notices.view"),
    Entry("Newsletter", "news", ("newsletter:issues_page",), "newsletter.view"),
    Entry("Website", "world", ("public:site_page",), "public.view"),
    Entry("Visitors", "id-badge", ("visitors:visitors_page",), "visitors.view"),
    Entry("Cameras", "device-cctv", ("video:cameras_page",), "video.view"),
    Entry("Doors", "door", ("doors:doors_page",), "doors.view"),
    Entry("Buses", "bus", ("buses:buses_page",), "buses.view"),
    Entry("Tips", "message-circle", ("tips:tips_page",), "tips.view"),
    Entry("Plans", "checklist", ("plans:plans_page",), "plans.view"),
    Entry("Readiness", "shield-check", ("plans:readiness_page",), "equipment.view"),
    Entry("Drills", "flag", ("drills:drills_page",), "drills.view"),
    Entry("Reports", "report", ("review:reviews_page",), "review.view"),
    Entry("People", "users", ("people:people_page",), "people.view"),
    Entry("Equipment", "devices", ("equipment:equipment_page",), "equipment.view"),
    Entry("Tickets", "ticket", ("equipment:tickets_page",), "tickets.report"),
    Entry("Schedules", "calendar", ("schedules:schedules_page",), "schedules.view"),
    Entry("Test sessions", "tool", ("panic:sessions_page",), "alarms.test"),
    Entry("Wall", "device-desktop", ("incidents:wall_page",), "wall.view"),
    Entry("Accounts", "user-cog", ("accounts:accounts_page",), "accounts.view"),
    Entry("Audit", "history", ("accounts:audit_page",), "audit.view"),
    Entry("Health", "heartbeat", ("health_page",), "health.view"),
)
BAR = 7
TABS = 4
