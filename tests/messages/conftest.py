"""One school with a family, browsers of those who write, and no bus. Imports wait until Django is set up."""

from datetime import datetime, timedelta

import pytest


@pytest.fixture
def no_bus(hints, monkeypatch):
    from django.core.cache.backends.locmem import LocMemCache

    from watchbell import wiring
    from watchbell.communication.channels import jobs as channel_jobs
    from watchbell.communication.notices.rules import times
    from watchbell.kernel import limits
    from watchbell.kernel.bus_thread import bus_thread
    from watchbell.line.ids import new_id

    monkeypatch.setattr(limits, "cache", LocMemCache(new_id().hex, {}))
    wiring.connect()
    monkeypatch.setattr(times, "is_quiet", lambda *asked: False)  # these tests run by night, too
    monkeypatch.setattr(channel_jobs, "quiet_until", lambda moment: None)
    monkeypatch.setattr(bus_thread, "keep", lambda subject, message, key: True)


@pytest.fixture
def family(district):
    from watchbell.communication.notices.tests.builders import build_family

    return build_family()


@pytest.fixture
def client_as(district, make_actor):
    """A browser in which somebody of that role is signed in."""
    from django.test import Client

    from watchbell.district.accounts.models import User

    def sign_in(role, site=None):
        browser = Client()
        browser.force_login(User.objects.get(pk=make_actor(district, role, site).user_id))
        session = browser.session
        session["has_second_factor"] = True
        session.save()
        return browser

    return sign_in


@pytest.fixture
def goto(district):
    """`goto(12)`: it is that hour of the same winter's day; `goto(9, days=1)`: of the next."""
    from watchbell.kernel.zones import zone_of
    from watchbell.line import clock

    zone = zone_of(district.pk)

    def go(hour, minute=0, days=0):
        wanted = datetime(2026, 12, 2, hour, minute, tzinfo=zone) + timedelta(days=days)
        clock.shift(wanted.timestamp() - (clock.unix() - clock.shifted()))

    go(12)
    yield go
    clock.shift(0)


@pytest.fixture
def daily(goto, family, district):
    """Maria wants one mail a day."""
    from watchbell.communication.channels import actions
    from watchbell.kernel.permissions import system_actor

    actions.set_routine_mail(system_actor(district.pk), family.mother, True, "On their own page")
    return family
