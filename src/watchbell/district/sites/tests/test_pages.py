"""Pages and operations of places: what they show, to whom, with how many queries."""

import json
from dataclasses import replace

import pytest

from watchbell.district.sites import api, pages
from watchbell.district.sites.tests.builders import build_site, floor_of


@pytest.fixture
def ask(rf, actor):
    def get(view, path="/", who=None, **kwargs):
        request = rf.get(path)
        request.actor = who or actor
        return view(request, **kwargs)

    return get


def test_the_list_of_sites_holds_map_table_and_filters(ask):
    build_site()
    body = ask(pages.sites_page).content.decode()
    assert "Test TST" in body and "data-map" in body and "data-filters" in body


def test_the_list_of_sites_is_a_csv_too(ask):
    build_site()
    answer = ask(pages.sites_page, "/sites?format=csv")
    assert answer["Content-Type"].startswith("text/csv") and b"Test TST,High school,TST" in answer.content


def test_a_site_shows_its_rooms_doors_and_plan(ask):
    body = ask(pages.site_page, site_id=build_site()).content.decode()
    for words in ("Room 101", "Door 12A", "Drawing the plan"):
        assert words in body


def test_who_has_another_site_does_not_see_this_one(ask, actor):
    site = build_site()
    assert ask(pages.site_page, who=replace(actor, sites=frozenset()), site_id=site).status_code == 404


def test_who_may_not_see_sites_is_refused(ask, actor):
    assert ask(pages.sites_page, who=replace(actor, permissions=frozenset())).status_code == 403


def test_the_work_on_a_plan_is_for_editors(ask, actor):
    site = build_site()
    assert ask(pages.floor_page, floor_id=floor_of(site)).status_code == 200
    viewer = replace(actor, permissions=frozenset({"sites.view"}))
    assert ask(pages.floor_page, who=viewer, floor_id=floor_of(site)).status_code == 403


def test_all_places_take_the_same_queries_however_many(ask, django_assert_max_num_queries):
    build_site()
    with django_assert_max_num_queries(8):
        assert b"Room 101" in ask(pages.places_page, "/places?q=101").content


def test_the_operations_speak_plain_json(ask):
    build_site()
    found = ask(api.list_doors, "/?exterior=true", exterior="true")
    assert found["count"] == 3 and json.dumps(found)
    assert ask(api.list_places, "/?site=rubbish", site="rubbish") == {"items": [], "count": 0}
