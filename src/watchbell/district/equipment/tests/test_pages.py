"""Pages of equipment: failures first, secrets never."""

from dataclasses import replace

import pytest

from watchbell.district.equipment import actions, api, pages
from watchbell.district.equipment.tests.test_actions import DOOR, build_door
from watchbell.district.sites.tests.builders import SITE, build_site, floor_of


@pytest.fixture
def ask(rf, actor):
    site = build_site()
    build_door(site, state="silent", state_because="No answer.", floor_id=floor_of(site), x=5, y=5)
    actions.load_equipment([{"kind": "aed", "name": "AED", "site_id": site, "state": "online"}])

    def get(view, path="/", who=None, **kwargs):
        request = rf.get(path)
        request.actor = who or actor
        return view(request, **kwargs)

    return get


def test_the_list_shows_failures_first_and_why(ask):
    body = ask(pages.equipment_page, "/equipment").content.decode()
    assert body.index("Door 1") < body.index('">AED</a>') and "No answer." in body


def test_filters_narrow_and_csv_holds_the_same(ask):
    assert b"AED" not in ask(pages.equipment_page, "/equipment?state=failing&format=csv").content
    assert b"Door 1" in ask(pages.equipment_page, "/equipment?kind=controlled_door&format=csv").content


def test_no_page_and_no_operation_tells_a_secret(ask):
    for answer in (
        ask(pages.one_page, equipment_id=DOOR).content,
        str(ask(api.read_equipment, equipment_id=DOOR)).encode(),
    ):
        assert b"001122" not in answer and b"Door 1" in answer


def test_who_may_not_see_equipment_is_refused(ask, actor):
    assert ask(pages.equipment_page, who=replace(actor, permissions=frozenset())).status_code == 403


def test_the_plan_carries_the_doors_of_the_site(ask):
    assert b"data-plan" in ask(pages.plan_part, site_id=SITE).content
