"""Pages of people: what they show and to whom."""

from dataclasses import replace

import pytest

from watchbell.district.people import actions, api, pages
from watchbell.district.people.models import Person
from watchbell.district.people.tests.builders import BULK, package
from watchbell.district.sites.tests.builders import build_site
from watchbell.kernel.models import AuditRow
from watchbell.kernel.tests.reading import one_line


@pytest.fixture
def ask(rf, actor):
    build_site()
    actions.import_roster(actor, package(BULK))

    def get(view, path="/", who=None, **kwargs):
        request = rf.get(path)
        request.actor = who or actor
        return view(request, **kwargs)

    return get


def test_the_list_finds_people_and_pages_in_few_queries(ask, django_assert_max_num_queries):
    with django_assert_max_num_queries(8):
        body = one_line(ask(pages.people_page, "/people?q=voss").content)
    assert "Voss, Amy" in body and "Room 101" in body


def test_only_who_may_export_gets_the_csv(ask, actor):
    assert b"Voss,Amy,Student" in ask(pages.people_page, "/people?format=csv").content
    viewer = replace(actor, permissions=frozenset({"people.view", "sites.view"}))
    assert ask(pages.people_page, "/people?format=csv", who=viewer).status_code == 403


def test_a_student_shows_whom_to_call_and_that_collection_is_not_recorded(ask):
    body = ask(pages.person_page, person_id=Person.objects.get(given="Amy").pk).content.decode()
    assert "Pat Voss" in body and "Collection not recorded" in body


def test_the_operations_speak_plain_json(ask):
    assert ask(api.list_people, "/?kind=student", kind="student")["count"] == 1
    found = ask(api.read_person, person_id=Person.objects.get(given="Amy").pk)
    assert found["contacts"][0]["may_collect"] is None


def test_whoever_looks_is_in_the_audit_log(ask):
    amy = Person.objects.get(given="Amy")
    ask(pages.people_page, "/people?kind=student")
    ask(pages.people_page, "/people?format=csv")
    ask(pages.person_page, person_id=amy.pk)
    ask(api.list_people, "/", kind="student")
    ask(api.read_person, person_id=amy.pk)
    looks = AuditRow.objects.exclude(action="people.import_roster").order_by("at")
    assert [(row.action, row.target, row.why) for row in looks] == [
        ("people.see_people", "Student", ""), ("people.export_people", "Everyone", ""),
        ("people.see_person", str(amy), ""), ("people.see_people", "Student", "API"),
        ("people.see_person", str(amy), "API"),
    ]  # fmt: skip
    assert {row.target_id for row in looks if row.action == "people.see_person"} == {str(amy.pk)}
