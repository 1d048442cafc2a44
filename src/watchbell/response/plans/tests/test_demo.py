"""The demo district's plans: who ends which alarm."""

from uuid import uuid4

import pytest

from watchbell.district.accounts.facts import CLEARING_ROLES, DURESS_ROLES
from watchbell.district.sites.tests.builders import build_site
from watchbell.response.plans import demo
from watchbell.response.plans.models import Plan
from watchbell.response.plans.tests.builders import build_endpoints


@pytest.fixture
def plans(committed_db, district, actor):
    build_endpoints()
    assert demo.load(actor) == Plan.objects.count()
    return {plan.kind: plan for plan in Plan.objects.all()}


def test_duress_is_ended_by_those_who_learn_of_it_and_by_nobody_else(plans):
    assert sorted(plans["duress"].clear_roles) == ["director", "officer", "police"]
    assert set(plans["duress"].clear_roles) <= set(DURESS_ROLES) & set(CLEARING_ROLES)


def test_what_locks_doors_is_ended_by_named_roles(plans):
    assert plans["lockdown"].clear_roles == ["director", "officer", "police"]
    assert plans["secure"].clear_roles == ["director", "principal", "officer", "police"]


def test_at_the_second_school_two_people_end_a_lockdown(committed_db, district, actor):
    build_endpoints()
    second = build_site("ZZZ", uuid4())
    demo.load(actor)
    careful = {(p.site_id, p.kind): p.clear_with_police for p in Plan.objects.filter(clear_people=2)}
    assert careful == {(second, "lockdown"): True}
    for plan in Plan.objects.filter(site_id=second).exclude(kind="lockdown"):
        assert not plan.clear_with_police, plan.kind
