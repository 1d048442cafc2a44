"""What those who come and the school's command read of an incident."""

from watchbell.response.dispatch.queries.links import (
    find_code,
    links_of,
    make_visitor,
    may_open,
    one_link,
    pass_of,
    press_of,
    sent_links,
)
from watchbell.response.dispatch.queries.reading import (
    as_dict,
    clock_of,
    endpoint_names,
    last_updates,
    messages_of,
    newest_tell,
    open_for,
    situation_of,
    units_of_incident,
    whole_view,
)

__all__ = [
    "as_dict",
    "clock_of",
    "endpoint_names",
    "find_code",
    "last_updates",
    "links_of",
    "make_visitor",
    "may_open",
    "messages_of",
    "newest_tell",
    "one_link",
    "open_for",
    "pass_of",
    "press_of",
    "sent_links",
    "situation_of",
    "units_of_incident",
    "whole_view",
]
