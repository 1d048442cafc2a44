"""School days written and read back."""

from dataclasses import replace
from datetime import UTC, date, datetime, time

import pytest

from watchbell.district.accounts.actions import add_user
from watchbell.district.accounts.models import User
from watchbell.district.accounts.queries import actor_of
from watchbell.district.schedules import actions, queries
from watchbell.district.schedules.facts import PeriodFacts
from watchbell.district.schedules.models import BellSchedule
from watchbell.district.sites.tests.builders import build_site
from watchbell.kernel.models import AuditRow
from watchbell.line.errors import Refused

ON = date(2026, 9, 9)


def make_schedule(site):
    actions.load_schedules([{"site_id": site, "name": "Regular", "day_kind": "school_day"}], [], [])
    return BellSchedule.objects.get()


def test_a_period_is_found_in_the_sites_own_time(actor):
    site = build_site()
    actions.set_periods(actor, make_schedule(site).pk, [PeriodFacts("Period 1", time(8), time(9))])
    assert queries.period_at(site, datetime(2026, 9, 9, 13, 30, tzinfo=UTC)).name == "Period 1"
    assert queries.period_at(site, datetime(2026, 9, 9, 8, 30, tzinfo=UTC)) is None
    assert AuditRow.objects.get().action == "schedules.set_periods"


def test_a_day_marked_twice_is_one_entry_with_the_last_word(actor):
    site = build_site()
    actions.mark_day(actor, ON, "no_school", "Snow")
    actions.mark_day(actor, ON, "early_dismissal", "Snow after all")
    assert queries.day_at(site, ON).because == "Snow after all"


def test_one_site_cannot_close_the_whole_district(actor):
    site = build_site()
    with pytest.raises(Refused):
        actions.mark_day(replace(actor, sites=frozenset({site})), ON, "no_school")


def test_nor_can_who_has_the_right_at_one_site_and_another_right_everywhere(actor, actor_as, district):
    site = build_site()
    user = User.objects.get(id=actor_as("it").user_id)
    add_user(actor, user.email, user.name, "director", site)
    both = actor_of(user, district.id)
    assert both.sites is None
    with pytest.raises(Refused, match="whole district"):
        actions.mark_day(both, ON, "no_school")
    actions.mark_day(both, ON, "no_school", site_id=site)
