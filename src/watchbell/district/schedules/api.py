"""The JSON operations on school days."""

from datetime import date
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
from django.http import HttpRequest

from watchbell.district.schedules import queries
from watchbell.district.sites.queries import site_seen_by
from watchbell.kernel.api import api_router, operation
from watchbell.line import clock

router = api_router("schedules")


@operation(router.get, "/sites/{site_id}/day", permission="schedules.view")
def read_day(request: HttpRequest, site_id: UUID, on: date | None = None) -> Any:
    """What a date (today, if none is given) is at a site, with its periods in local time."""
    site = site_seen_by(request.actor, site_id)
    return msgspec.to_builtins(queries.day_at(site.pk, on or clock.now().astimezone(ZoneInfo(site.timezone)).date()))
