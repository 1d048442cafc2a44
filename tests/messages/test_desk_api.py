"""Templates, what people wrote back and lists of people by JSON: each by whom it may be, and of no other district."""

import pytest

from watchbell.communication.notices import actions
from watchbell.communication.notices.models import ListMember, Notice, Template, Thread
from watchbell.communication.notices.tests.builders import write_form
from watchbell.district.sites.tests.builders import build_site
from watchbell.kernel.acting import acting_in
from watchbell.kernel.models import AuditRow
from watchbell.kernel.permissions import system_actor
from watchbell.line import clock
from watchbell.line.ids import new_id

pytestmark = pytest.mark.usefixtures("committed_db", "no_bus")
TEMPLATES, THREADS, LISTS = "/api/v1/notice-templates", "/api/v1/notice-threads", "/api/v1/people-lists"
WORDS = {
    "name": "Late buses", "purpose": "routine", "kind": "",
    "texts": [{"language": "en", "title": "Late", "short": "Buses are late at {{school}}."}],
}  # fmt: skip


def audited(action):
    return AuditRow.objects.filter(action=action).count()


# -- templates --------------------------------------------------------------------------------------------------------


def test_a_template_is_written_changed_and_approved_version_by_version(caller_as, family):
    director, office = caller_as("director"), caller_as("office")
    office("POST", TEMPLATES, WORDS, status=403)
    made = director("POST", TEMPLATES, WORDS, status=201)
    path = f"{TEMPLATES}/{made['id']}"
    assert (made["version"], made["is_approved"], made["texts"][0]["title"]) == (1, False, "Late")
    assert office("GET", TEMPLATES)["count"] == 1 and office("GET", f"{TEMPLATES}?approved=true")["count"] == 0
    changed = WORDS | {"version": 1, "options": ["Ride", "Walk"]}
    assert director("PUT", path, changed)["version"] == 2
    assert "meanwhile" in director("PUT", path, changed, status=409)["detail"]
    office("POST", f"{path}/approve", {"version": 2}, status=403)
    assert "meanwhile" in director("POST", f"{path}/approve", {"version": 1}, status=409)["detail"]
    approved = director("POST", f"{path}/approve", {"version": 2})
    assert approved["is_approved"] and approved["approved_by"] and approved["options"] == ["Ride", "Walk"]
    (shown,) = office("GET", f"{TEMPLATES}?approved=true")["items"]
    assert shown["languages"] == ["en"] and "texts" not in shown
    assert director("POST", f"{path}/retire")["retired"] and office("GET", TEMPLATES)["count"] == 0
    assert audited("notices.write_template") == 2 and audited("notices.approve_template") == 1


@pytest.mark.parametrize(("change", "said"), [
    ({"kind": "picnic"}, "no such kind of incident"), ({"name": " "}, "Give it a name"),
    ({"texts": [{"language": "en", "title": "", "short": "x"}]}, "Write a title"),
    ({"purpose": "fun"}, "Choose what it is for"),
])  # fmt: skip
def test_a_template_that_is_not_right_says_why(caller_as, district, change, said):
    assert said in caller_as("director")("POST", TEMPLATES, WORDS | change, status=403)["detail"]
    assert not Template.objects.exists()


# -- what people wrote back -------------------------------------------------------------------------------------------


@pytest.fixture
def thread(family, district, client_as):
    """Maria has written back to a message; it lies on her school's desk."""
    client_as("director").post("/messages/new", write_form(family))
    actor = system_actor(district.pk)
    pk = actions.note_reply(actor, "h-1", "text", "+15735550101", "Which bus?", clock.unix(), Notice.objects.get(),
                            None, family.site)  # fmt: skip
    return str(pk)


def test_a_thread_is_read_answered_assigned_and_closed(caller_as, family, thread):
    office = caller_as("office", site=family.site)
    (shown,) = office("GET", f"{THREADS}?search=bus")["items"]
    assert shown["replies"][0]["text"] == "Which bus?" and shown["site"] == str(family.site) and not shown["taken_by"]
    path = f"{THREADS}/{thread}"
    assert office("GET", path)["notice_title"] == "Buses are late"
    assert audited("notices.see_threads") == 1 and audited("notices.see_thread") == 1
    assert office("POST", f"{path}/assign", {"mine": True}) == {"assigned": True}
    assert office("GET", path)["taken_by"]
    told = office("POST", f"{path}/answer", {"text": "Bus 14."})
    assert [one["is_ours"] for one in told["replies"]] == [False, True]
    assert "Write an answer" in office("POST", f"{path}/answer", {"text": " "}, status=403)["detail"]
    assert office("POST", f"{path}/state", {"state": "closed"})["state"] == "closed"
    assert office("GET", THREADS)["count"] == 0 and office("GET", f"{THREADS}?state=")["count"] == 1
    office("POST", f"{path}/state", {"state": "gone"}, status=422)
    assert "who sees to it" in office("POST", f"{path}/assign", {}, status=403)["detail"]


def test_a_thread_goes_to_another_desk_and_is_seen_there_only(caller_as, family, thread):
    here, there = caller_as("office", site=family.site), caller_as("principal", site=family.other_site)
    there("GET", f"{THREADS}/{thread}", status=404)
    there("POST", f"{THREADS}/{thread}/answer", {"text": "x"}, status=404)
    here("POST", f"{THREADS}/{thread}/assign", {"site": str(new_id())}, status=404)
    assert Thread.objects.get().site_id == family.site
    assert here("POST", f"{THREADS}/{thread}/assign", {"site": str(family.other_site)})["assigned"]
    here("GET", f"{THREADS}/{thread}", status=404)
    assert there("GET", f"{THREADS}/{thread}")["site"] == str(family.other_site)
    assert AuditRow.objects.get(action="notices.assign_thread").details["desk"] == "Test OAK"
    caller_as("teacher")("GET", THREADS, status=403)


# -- lists of people --------------------------------------------------------------------------------------------------


def test_a_list_is_made_filled_read_and_thrown_away(caller_as, family):
    office = caller_as("office", site=family.site)
    made = office("POST", LISTS, {"name": "Chess", "site": str(family.site)}, status=201)
    path = f"{LISTS}/{made['id']}"
    assert (made["size"], made["site"]) == (0, str(family.site))
    assert "only the district" in office("POST", LISTS, {"name": "All"}, status=403)["detail"]
    assert office("POST", f"{path}/members", {"people": [str(family.student)]}) == {"added": 1, "size": 1}
    assert office("POST", f"{path}/members", {"people": [str(family.student)]}) == {"added": 0, "size": 1}
    assert office("GET", path)["reaches"] == {"people": 1, "families": 1}
    (member,) = office("GET", f"{path}/members")["items"]
    assert member["name"] == "Ana Lopez" and audited("notices.see_list") == 1
    body = {"name": "Chess club", "about": "Fridays", "site": str(family.site)}
    assert office("PUT", path, body)["name"] == "Chess club"
    assert office("GET", f"{LISTS}?search=club")["count"] == 1
    assert office("DELETE", f"{path}/members/{family.student}") == {"size": 0}
    assert office("DELETE", path) == {"dropped": True} and office("GET", LISTS)["count"] == 0


def test_numbers_are_taken_all_or_none_and_each_fault_is_named(caller_as, family):
    director = caller_as("director")
    path = f"{LISTS}/{director('POST', LISTS, {'name': 'Trip'}, status=201)['id']}/members"
    told = director("POST", path, {"numbers": ["maria@x.invalid", "nobody-7"]}, status=422)
    assert [(one["number"], bool(one["because"])) for one in told["faults"]] == [("maria@x.invalid", True),
                                                                               ("nobody-7", True)]  # fmt: skip
    assert not ListMember.objects.exists()
    director("POST", path, {"numbers": ["1,2"]}, status=422)
    assert "one of both" in str(director("POST", path, {}, status=422)["fields"])


def test_nothing_of_another_district_is_read_changed_or_named(caller_as, make_district, family, thread):
    director = caller_as("director")
    other = make_district("birch")
    with acting_in(other.pk):
        school = build_site("FAR", new_id())
    stranger = caller_as("director", where=other)
    made = stranger("POST", LISTS, {"name": "Theirs"}, status=201)["id"]
    words = stranger("POST", TEMPLATES, WORDS, status=201)["id"]
    for method, path, body in (
        ("GET", f"{LISTS}/{made}", None), ("GET", f"{LISTS}/{made}/members", None),
        ("PUT", f"{LISTS}/{made}", {"name": "x"}), ("DELETE", f"{LISTS}/{made}", None),
        ("POST", f"{LISTS}/{made}/members", {"people": [str(family.student)]}),
        ("DELETE", f"{LISTS}/{made}/members/{family.student}", None), ("GET", f"{TEMPLATES}/{words}", None),
        ("PUT", f"{TEMPLATES}/{words}", WORDS | {"version": 1}),
        ("POST", f"{TEMPLATES}/{words}/approve", {"version": 1}), ("POST", f"{TEMPLATES}/{words}/retire", None),
        ("POST", f"{THREADS}/{thread}/assign", {"site": str(school)}),
    ):  # fmt: skip
        director(method, path, body, status=404)
    for method, path, body in (
        ("GET", f"{THREADS}/{thread}", None), ("POST", f"{THREADS}/{thread}/answer", {"text": "x"}),
        ("POST", f"{THREADS}/{thread}/assign", {"mine": True}),
        ("POST", f"{THREADS}/{thread}/state", {"state": "closed"}),
    ):  # fmt: skip
        stranger(method, path, body, status=404)
    assert director("GET", LISTS)["count"] == 0 and director("GET", TEMPLATES)["count"] == 0
    assert stranger("GET", THREADS)["count"] == 0
    inside = stranger("POST", f"{LISTS}/{made}/members", {"people": [str(family.student)]}, status=404)
    assert "not there" in inside["detail"]
    assert stranger("GET", f"{TEMPLATES}/{words}")["version"] == 1


def test_the_desk_gives_a_thread_on_from_its_page(client_as, family, thread):
    office, path = client_as("office", site=family.site), f"/messages/threads/{thread}"
    office.post(f"{path}/assign", {"mine": "on", "site": str(family.site)})  # the desk is chosen in the same form
    assert "sees to it" in office.get(path).content.decode() and Thread.objects.get().taken_by
    answer = office.post(f"{path}/assign", {"moves": "on", "site": str(family.other_site)}, follow=True)
    assert "lies on the other desk" in answer.content.decode()
    assert Thread.objects.get().site_id == family.other_site and not Thread.objects.get().taken_by
    assert office.get(path).status_code == 404
