"""The dispatcher's page, the way in by link or code, and dispatch's share of the incident page."""

from watchbell.response.dispatch.pages.entrance import entrance_page, link_page
from watchbell.response.dispatch.pages.school import make_link, revoke_link, revoke_sent, school_message, school_part
from watchbell.response.dispatch.pages.view import (
    acknowledge,
    dispatch_page,
    floor_part,
    incidents_page,
    now_part,
    picture_page,
    report_unit,
    send_message,
    ticket_part,
)

__all__ = [
    "acknowledge",
    "dispatch_page",
    "entrance_page",
    "floor_part",
    "incidents_page",
    "link_page",
    "make_link",
    "now_part",
    "picture_page",
    "report_unit",
    "revoke_link",
    "revoke_sent",
    "school_message",
    "school_part",
    "send_message",
    "ticket_part",
]
