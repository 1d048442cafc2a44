"""The one map: which announcement is answered by what, which job is asked for by name, who follows which topic live."""

from watchbell.communication.channels import jobs as channel_jobs
from watchbell.communication.channels import ports as channel_ports
from watchbell.communication.channels.events import MailingEnded, ReplyHeard
from watchbell.communication.families import jobs as family_jobs
from watchbell.communication.families import queries as family_queries
from watchbell.communication.newsletter import jobs as newsletter_jobs
from watchbell.communication.newsletter import reactions as newsletter_reactions
from watchbell.communication.notices import jobs as notice_jobs
from watchbell.communication.notices import ports as notice_ports
from watchbell.communication.notices import queries as notice_queries
from watchbell.communication.notices import reactions as notice_reactions
from watchbell.communication.notices.events import NoticeChanged, NoticeSent
from watchbell.communication.public import jobs as public_jobs
from watchbell.communication.public import queries as public_queries
from watchbell.communication.public import reactions as public_reactions
from watchbell.console import dashboard
from watchbell.console.dashboard import Tile
from watchbell.district.equipment import jobs as equipment_jobs
from watchbell.district.equipment import reactions as equipment_reactions
from watchbell.district.equipment.events import EquipmentChanged, EquipmentSilent
from watchbell.district.people.events import RosterImported, StaffChanged
from watchbell.district.sites import queries as site_queries
from watchbell.district.sites.events import PlanChanged, SiteAdded
from watchbell.field.paging import jobs as paging_jobs
from watchbell.field.paging import queries as paging_queries
from watchbell.field.panic.events import PanicRaised, PlaceCorrected, TestSessionChanged
from watchbell.field.video import jobs as video_jobs
from watchbell.kernel import jobs as slow_jobs
from watchbell.kernel import live, tidy
from watchbell.kernel.jobs import Periodic
from watchbell.kernel.journal import Answer, wire_up
from watchbell.kernel.live import Follows
from watchbell.prevention.drills import reactions as drill_reactions
from watchbell.prevention.procedures import jobs as procedure_jobs
from watchbell.prevention.procedures import reactions as procedure_reactions
from watchbell.response.accountability import jobs as accountability_jobs
from watchbell.response.command import jobs as command_jobs
from watchbell.response.command.events import CommandChanged
from watchbell.response.dispatch import jobs as dispatch_jobs
from watchbell.response.dispatch import reactions as dispatch_reactions
from watchbell.response.incidents import jobs as incident_jobs
from watchbell.response.incidents import queries as incident_queries
from watchbell.response.incidents import reactions as incident_reactions
from watchbell.response.incidents.events import IncidentClosed, IncidentOpened
from watchbell.response.plans import jobs as plan_jobs
from watchbell.response.plans import reactions as plan_reactions
from watchbell.response.plans.events import PlanWritten
from watchbell.response.review import reactions as review_reactions

ANSWERS = [
    Answer(PanicRaised, incident_reactions.answer_press, is_urgent=True),
    Answer(SiteAdded, equipment_reactions.answer_site),
    Answer(PlaceCorrected, incident_reactions.answer_correction, is_urgent=True),
    Answer(CommandChanged, dispatch_reactions.answer_command, is_urgent=True),
    Answer(IncidentOpened, notice_reactions.answer_opened),
    Answer(IncidentClosed, notice_reactions.answer_closed),
    Answer(IncidentClosed, drill_reactions.answer_closed),
    Answer(IncidentClosed, review_reactions.answer_closed),
    Answer(PlanWritten, plan_reactions.answer_plan),
    Answer(PlanChanged, plan_reactions.answer_places),
    Answer(PlanChanged, procedure_reactions.answer_places),
    Answer(EquipmentChanged, plan_reactions.answer_equipment),
    Answer(EquipmentChanged, procedure_reactions.answer_equipment),
    Answer(EquipmentSilent, equipment_reactions.answer_silent),
    Answer(RosterImported, plan_reactions.answer_roster),
    Answer(StaffChanged, plan_reactions.answer_staff),
    Answer(MailingEnded, notice_reactions.answer_mailing),
    Answer(MailingEnded, newsletter_reactions.answer_mailing),
    Answer(ReplyHeard, notice_reactions.answer_replies, takes_many=True),
    Answer(TestSessionChanged, plan_reactions.answer_test_session),
    Answer(NoticeSent, public_reactions.answer_sent, is_urgent=True),
    Answer(NoticeSent, notice_reactions.answer_sent),
    Answer(NoticeChanged, public_reactions.answer_changed, is_urgent=True),
]

JOBS = {
    "channels.change_mailing": channel_jobs.change_mailing,
    "channels.confirm_wish": channel_jobs.confirm_wish,
    "channels.confirm_wishes": channel_jobs.confirm_wishes,
    "channels.mark_opened": channel_jobs.mark_opened,
    "channels.send_code": channel_jobs.send_code,
    "channels.send_contact_link": channel_jobs.send_contact_link,
    "channels.send_trial": channel_jobs.send_trial,
    "channels.try_again": channel_jobs.try_again,
    "command.note": command_jobs.note,
    "dispatch.note_message": dispatch_jobs.note_message,
    "dispatch.send_answer": dispatch_jobs.send_answer,
    "dispatch.send_update": dispatch_jobs.send_update,
    "accountability.tell_rooms": accountability_jobs.tell_rooms,
    "equipment.push_owner": equipment_jobs.push_owner,
    "incidents.send_orders": incident_jobs.send_orders,
    "incidents.send_step": incident_jobs.send_step,
    "incidents.look_after_cancel": incident_jobs.look_after_cancel,
    "incidents.end_drill": incident_jobs.end_drill,
    "newsletter.note_wish": newsletter_jobs.note_wish,
    "notices.follow": notice_jobs.follow,
    "notices.push_reminder": notice_jobs.push_reminder,
    "notices.send_answer": notice_jobs.send_answer,
    "paging.place_call": paging_jobs.place_call,
    "paging.publish_recording": paging_jobs.publish_recording,
    "paging.send_announcement": paging_jobs.send_announcement,
    "paging.send_stop": paging_jobs.send_stop,
    "paging.send_tests": paging_jobs.send_tests,
    "plans.publish_sessions": plan_jobs.publish_sessions,
    "plans.publish_snapshots": plan_jobs.publish_snapshots,
    "public.publish": public_jobs.publish,
    "video.open_gate": video_jobs.open_gate,
    "video.close_gate": video_jobs.close_gate,
}

#: Slow work, retried and in its turn, by the name `ask_slowly` gives.
SLOW_JOBS = {
    "channels.change_mailing": channel_jobs.change_mailing,
    "channels.confirm_wish": channel_jobs.confirm_wish,
    "channels.end_expired": channel_jobs.end_expired,
    "channels.mark_opened": channel_jobs.mark_opened,
    "channels.say_stopped": channel_jobs.say_stopped,
    "channels.send_code": channel_jobs.send_code,
    "channels.send_contact_link": channel_jobs.send_contact_link,
    "channels.try_again": channel_jobs.try_again,
    "dispatch.note_message": dispatch_jobs.note_message,
    "dispatch.send_answer": dispatch_jobs.send_answer,
    "dispatch.send_update": dispatch_jobs.send_update,
    "equipment.audit_telephones": equipment_jobs.audit_telephones,
    "equipment.forget_tickets": equipment_jobs.forget_tickets,
    "equipment.tell_owner": equipment_jobs.tell_owner,
    "equipment.tell_ticket_owner": equipment_jobs.tell_ticket_owner,
    "equipment.tend_tickets": equipment_jobs.tend_tickets,
    "families.send_link": family_jobs.send_link,
    "families.tell_change": family_jobs.tell_change,
    "families.tidy": family_jobs.tidy,
    "kernel.forget_carried_out": tidy.forget_carried_out,
    "newsletter.send": newsletter_jobs.send,
    "newsletter.send_confirmation": newsletter_jobs.send_confirmation,
    "newsletter.send_test": newsletter_jobs.send_test,
    "newsletter.tidy": newsletter_jobs.tidy,
    "notices.correct_posts": notice_jobs.correct_posts,
    "notices.end_expired": notice_jobs.end_expired,
    "notices.end_posts": notice_jobs.end_posts,
    "notices.remind_families": notice_jobs.remind_families,
    "notices.send": notice_jobs.send,
    "notices.send_digests": notice_jobs.send_digests,
    "notices.send_correction": notice_jobs.send_correction,
    "paging.ring_bells": paging_jobs.ring_bells,
    "paging.send_tests": paging_jobs.send_tests,
    "paging.tell_of_tests": paging_jobs.tell_of_tests,
    "paging.test_zones_when_due": paging_jobs.test_zones_when_due,
    "paging.tidy": paging_jobs.tidy,
    "procedures.judge_walls": procedure_jobs.judge_walls,
    "public.bring": public_jobs.bring,
    "public.keep_published": public_jobs.keep_published,
    "public.tell_media": public_jobs.tell_media,
}

#: What comes round, in every district (UTC).
PERIODIC = [
    Periodic("channels.end_expired", "* * * * *"),
    Periodic("equipment.audit_telephones", "40 7 * * *"),
    Periodic("equipment.forget_tickets", "52 8 * * *"),
    Periodic("equipment.tend_tickets", "* * * * *"),
    Periodic("families.tidy", "47 8 * * *"),
    Periodic("kernel.forget_carried_out", "17 8 * * *"),
    Periodic("newsletter.tidy", "25 * * * *"),
    Periodic("notices.end_expired", "* * * * *"),
    Periodic("notices.send_digests", "* * * * *"),
    Periodic("paging.ring_bells", "* * * * *"),
    Periodic("paging.test_zones_when_due", "* * * * *"),
    Periodic("paging.tidy", "*/5 * * * *"),
    Periodic("procedures.judge_walls", "37 * * * *"),
    Periodic("public.keep_published", "* * * * *"),
]

#: Who may follow which kind of live topic: whoever holds a permission, or as a rule says.
TOPICS: dict[str, Follows] = {
    "accounts": "accounts.view",
    "announcement": paging_queries.may_follow_announcement,
    "announcements": "paging.view",
    "calendar": "schedules.view",
    "cards": "cards.hang",
    "displays": "paging.displays",
    "equipment": "equipment.view",
    "gate": incident_queries.may_follow_incident,
    "incident": incident_queries.may_follow_incident,
    "incidents": incident_queries.may_follow_incidents,
    "media": "public.view",
    "newsletter": "newsletter.view",
    "notice": notice_queries.may_follow_notice,
    "notices": "notices.view",
    "people": "people.view",
    "plan": "plans.view",
    "progress": live.may_follow,  # of what is named behind it
    "public": "public.view",
    "recordings": "paging.view",
    "sessions": "alarms.raise",
    "site": site_queries.may_follow_site,
    "sites": "sites.view",
    "threads": "notices.view",
    "tickets": "tickets.report",
    "zones": "paging.view",
}

#: The home page, from above to below.
TILES = [
    Tile("accounts:break_glass_part", "accounts.view", "accounts:alarms"),
    Tile("panic:sessions_part", "alarms.raise", "sessions:all"),
    Tile("incidents:open_part", "incidents.view", "incidents:all"),
    Tile("notices:letters_part", "notices.view", "notices:all"),
    Tile("notices:desk_part", "notices.view", "notices:all"),
    Tile("paging:on_air_part", "paging.view", "announcements:all"),
    Tile("review:hot_wash_part", "review.note", "incidents:all"),
    Tile("incidents:map_part", "sites.view", "incidents:all"),
    Tile("panic:demo_part", "alarms.raise", "", "side"),
    Tile("plans:ready_part", "equipment.view", "equipment:all", "side"),
    Tile("drills:due_part", "drills.view", "incidents:all"),
    Tile("review:due_part", "review.view", "incidents:all"),
    Tile("equipment:mine_part", "equipment.view", "equipment:all", "side"),
    Tile("equipment:tickets_part", "tickets.work", "tickets:all", "side"),
    Tile("incidents:readiness_part", "equipment.view", "", "side"),
]

#: On an incident's page, beside what incidents show themselves.
INCIDENT_TILES = [
    Tile("accountability:help_part", "accountability.view", "", "mid"),
    Tile("command:command_part", "command.view", "", "mid"),
    Tile("dispatch:school_part", "dispatch.view", "", "mid"),
    Tile("notices:incident_part", "notices.view", "", "mid"),
    Tile("video:near_part", "video.ask", "", "main"),
]


def connect() -> None:
    """Hands the map to the kernel and the tiles to the console; every process with Django calls this once."""
    dashboard.TILES[:], dashboard.INCIDENT_TILES[:] = TILES, INCIDENT_TILES
    live.wire_up(TOPICS)
    channel_ports.wire_up(family_queries.remembered_at)
    notice_ports.wire_up(notice_ports.PublicSide(public_queries.base_url, public_queries.press_mail))
    wire_up(ANSWERS, JOBS)
    slow_jobs.wire_up(SLOW_JOBS, PERIODIC)
