"""No page or part of the console takes more than twelve database statements, with a whole district in the database."""

import re
from collections.abc import Iterator

import pytest
from django.apps import apps
from django.db import connection
from django.test import Client
from django.urls import get_resolver

from tools.permissions import find_views
from watchbell.communication.notices import actions as messages
from watchbell.communication.notices import jobs as notice_jobs
from watchbell.communication.notices.facts import Audience, Draft, Text
from watchbell.district.accounts.models import User
from watchbell.district.equipment.models import Equipment
from watchbell.district.people.models import Person
from watchbell.district.sites.models import Floor
from watchbell.district.sites.queries import all_site_facts, first_site, rooms_of_site
from watchbell.field.paging.actions import make_announcement
from watchbell.field.paging.facts import Said, Wanted
from watchbell.field.panic.actions import record_press
from watchbell.kernel.acting import acting_in
from watchbell.kernel.models import District
from watchbell.kernel.permissions import system_actor
from watchbell.line import clock
from watchbell.line.ids import same_id
from watchbell.project.demo import load_demo
from watchbell.response.incidents import actions as incidents
from watchbell.response.incidents.models import Incident
from watchbell.response.plans.models import Plan, PlanStep
from watchbell.response.review.actions import begin_review
from watchbell.wire.order import Acknowledged
from watchbell.wire.press import PanicPressed

MOST = 12
#: Who comes sees the place, the roll, the orders, the answers, the talk, the plan at once,
#: and each look is written. A draft opened again stands in the whole form with the names of all whom it is for; before
#: a message goes, whether it reaches nearly everybody is counted of each kind of people.
MORE = {"dispatch/<uuid:incident_id>": 17, "messages/<uuid:notice_id>/edit": 14, "messages/new": 14,
        "messages/<uuid:notice_id>/check": 13}  # fmt: skip
PARTS = ("band", "strip", "help", "plan", "receipts", "checkin", "steps", "timeline")
ROLES = ("director", "principal", "teacher")
PARAMETER = re.compile(r"<(?:\w+:)?(\w+)>")
COUNT = re.compile(r'desc="(\d+)"')


def press_at(district, site, room, number: int, kind: str = "lockdown") -> str:
    """A press with three screens that confirmed it; its id."""
    press, where = same_id("statements", site, number), {"district": str(district.id), "site": str(site)}
    record_press(
        PanicPressed(id=press, kind=kind, mode="real", device=f"{site}/{number}", gateway="siadc09",
                     received_at=clock.unix(), place=str(room[0]), place_name=room[2] or room[1], **where)
    )  # fmt: skip
    seen = [
        Acknowledged(id=same_id(press, screen), press=press, order="", what="screen_confirmed", at=clock.unix(),
                     by=f"{screen}", by_name="Somebody", **where) for screen in range(3)
    ]  # fmt: skip
    incidents.take_acknowledgements(seen)
    return press


#: parameter → whose first row it names.
ROWS = {
    "issue_id": "newsletter.Issue", "card_id": "procedures.Card", "template_id": "notices.Template",
    "profile_id": "drills.Profile", "drill_id": "drills.Drill", "target_id": "public.PublishTarget",
    "contact_id": "public.MediaContact", "ticket_id": "equipment.Ticket", "membership_id": "accounts.Membership",
}  # fmt: skip


def opened(district, site, incident) -> dict[str, str]:
    """What people make: a message that is out, a list, an announcement, a report; and the first row of the rest."""
    office = system_actor(district.id)
    people = [one.pk for one in Person.objects.filter(site_id=site.id, kind="student")[:40]]
    listed = messages.save_list(office, None, "Chess club", site=site.id)
    messages.add_people(office, listed, people)
    draft = Draft(
        "routine", (Text("en", "Late", "Buses are late."),), Audience(("family",), lists=(str(listed),)), ("text",)
    )
    notice = messages.write_notice(office, None, draft)
    messages.submit_notice(office, notice)
    notice_jobs.send(str(notice))
    zone = Equipment.objects.filter(site_id=site.id, kind="paging_zone").first()
    said = Wanted(way="text", zones=(zone.pk,), say=(Said("en", "Buses are late."),))
    over = Incident.objects.exclude(pk=incident.pk).first()
    incidents.give_all_clear(office, over.pk)
    rows = {name: apps.get_model(label).objects.first().pk for name, label in ROWS.items()}
    return rows | {
        "notice_id": notice, "list_id": listed, "announcement_id": make_announcement(office, said),
        "review_id": begin_review(office, over.pk), "language": "en", "code": "demo", "number": "1",
        "step_id": PlanStep.objects.filter(plan=Plan.objects.filter(site_id=site.id).first()).first().pk,
        "telephone_id": Equipment.objects.filter(site_id=site.id, kind="phone").first().pk,
        "camera_id": Equipment.objects.filter(site_id=site.id, kind="camera").first().pk,
    }  # fmt: skip


@pytest.fixture
def values(committed_db, hints, settings) -> Iterator[dict[str, str]]:
    """The demo district in three alarms, with rooms that need help; an id for each parameter of a route."""
    settings.IS_DEMO = True  # its accounts sign in nowhere else
    guards = connection.execute_wrappers[:]
    connection.execute_wrappers.clear()  # the demo makes its district by hand
    load_demo()
    connection.execute_wrappers[:] = guards
    district, site = District.objects.get(code="demo"), None
    with acting_in(district.id):
        site = first_site()
        for other in all_site_facts()[1:3]:
            press_at(district, other.id, rooms_of_site(other.id)[0], 0)
        rooms = rooms_of_site(site.id)
        presses = [press_at(district, site.id, room, number) for number, room in enumerate(rooms[:4])]
        incident = Incident.objects.get(site_id=site.id)
        for number, room in enumerate(rooms[:12]):
            said = ("help", "injured", "missing", "safe")[number % 4]
            incidents.check_in_room(system_actor(district.id), incident.id, room[0], said, accounted=5)
        here = {"site_id": site.id}
        yield opened(district, site, incident) | {
            "incident_id": incident.id, "press": presses[0], "site_id": site.id, "place_id": rooms[0][0],
            "plan_id": Plan.objects.filter(**here).first().pk, "floor_id": Floor.objects.filter(**here).first().pk,
            "person_id": Person.objects.filter(**here).first().pk,
            "equipment_id": Equipment.objects.filter(**here).first().pk, "name": "band",
        }  # fmt: skip


def addresses(values: dict[str, str]) -> list[tuple[str, str]]:
    """(pattern, address) of every page and part whose parameters are known."""
    found = []
    for path, view in find_views(get_resolver().url_patterns):
        names = PARAMETER.findall(path)
        if getattr(view, "kind", "") in ("page", "part") and all(name in values for name in names):
            for part in PARTS if "name" in names else ("",):
                told = {**values, "name": part}
                found.append((path, "/" + PARAMETER.sub(lambda found, told=told: str(told[found.group(1)]), path)))
    return found


def test_no_page_takes_more_than_twelve_statements(values):
    seen: dict[str, int] = {}
    for role in ROLES:
        client = Client()
        client.force_login(User.objects.get(email=f"{role}@demo.invalid"))
        session = client.session
        session["has_second_factor"] = True
        session.save()
        client.get("/")  # chooses the district
        for pattern, address in addresses(values):
            answer = client.get(address)
            assert answer.status_code < 500, (role, address)
            if answer.status_code == 200:
                count = COUNT.search(answer.headers["Server-Timing"])
                seen[pattern] = max(seen.get(pattern, 0), int(count.group(1)))
    assert len(seen) > 115, "most pages could be opened"
    greedy = {pattern: count for pattern, count in seen.items() if count > MORE.get(pattern, MOST)}
    assert not greedy, greedy
