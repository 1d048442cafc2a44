"""What is ticked under "To whom" stays ticked, whatever is looked up beside it: nothing is lost, nothing widened."""

import re

import pytest

from watchbell.communication.notices.models import Notice
from watchbell.communication.notices.tests.builders import write_form
from watchbell.district.people.actions import load_people
from watchbell.kernel.changes import recorded_batch
from watchbell.kernel.tests.reading import one_line
from watchbell.line.ids import new_id, same_uuid

pytestmark = pytest.mark.usefixtures("committed_db", "no_bus")


@pytest.fixture
def algebra(family):
    """A class of Ana's school."""
    pk = same_uuid("class", "algebra")
    with recorded_batch("a test's class"):
        load_people({
            "class": [{"id": pk, "site_id": family.site, "title": "Algebra 1", "type": "scheduled"}],
            "person": [{"id": new_id(), "kind": "student", "given": "Bo", "family": "Ash", "site_id": family.other_site,
                        "grade": "05"}],
        })  # fmt: skip
    return pk


def ticked(page, name):
    """The values that `name` has on a page as it stands."""
    boxes = re.findall(r"<input[^>]*>", one_line(page.content))
    mine = [one for one in boxes if f'name="{name}"' in one and ("checked" in one or 'type="hidden"' in one)]
    return [re.search(r'value="([^"]*)"', one)[1] for one in mine]


def test_a_second_search_keeps_who_is_ticked(client_as, family):
    client, ana = client_as("director"), str(family.student)
    assert ticked(client.get("/messages/people", {"who": "Ana"}), "people") == []
    page = client.get("/messages/people", {"who": "Nobody", "people": [ana]})
    assert ticked(page, "people") == [ana] and "Ana Lopez" in one_line(page.content)
    again = client.get("/messages/people", {"who": "Ana", "people": [ana]})
    assert ticked(again, "people") == [ana] and one_line(again.content).count(f'value="{ana}"') == 1
    assert client.get("/messages/people", {"who": "Ana", "people": ["no id"]}).status_code == 200
    away = client_as("principal", site=family.other_site)
    assert "Ana" not in one_line(away.get("/messages/people", {"who": "x", "people": [ana]}).content)


def test_who_is_ticked_is_among_those_a_search_replaces(client_as, family):
    client = client_as("director")
    client.post("/messages/new", write_form(family, people=[str(family.student)]))
    page = one_line(client.get(f"/messages/{Notice.objects.get().pk}/edit").content)
    found = page.split('id="found"')[1]
    assert f'value="{family.student}" checked' in found and 'hx-include="#found"' in page


def test_the_own_school_s_classes_are_offered_at_once(client_as, family, algebra):
    page = one_line(client_as("principal", site=family.site).get("/messages/new").content)
    trigger = re.search(r'id="schools"[^>]*hx-trigger="([^"]*)"', page)[1]
    assert "load" in trigger, "its school is ticked already: nobody unticks it to see the classes"


def test_a_class_is_kept_while_schools_change(client_as, family, algebra):
    client, here, there = client_as("director"), str(family.site), str(family.other_site)
    for sites in ([here], [here, there], [there], []):
        page = client.get("/messages/choices", {"sites": sites, "classes": [str(algebra)]})
        assert ticked(page, "classes") == [str(algebra)], sites
        assert "Algebra 1" in one_line(page.content)
    assert ticked(client.get("/messages/choices", {"sites": [here]}), "classes") == []
    gone = client.get("/messages/choices", {"sites": [here], "classes": [str(new_id())]})
    assert gone.status_code == 200 and ticked(gone, "classes") == []


def test_the_page_asks_for_choices_with_what_is_chosen(client_as, family, algebra):
    client = client_as("director")
    client.post("/messages/new", write_form(family, classes=[str(algebra)]))
    page = client.get(f"/messages/{Notice.objects.get().pk}/edit")
    assert ticked(page, "classes") == [str(algebra)]
    assert 'hx-include="[name=sites],[name=classes],[name=rooms]"' in one_line(page.content)
