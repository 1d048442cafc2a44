"""Telling the families of a bus: its riders from a file and by hand, chosen in a message, and nobody else's."""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from watchbell.communication.channels.models import Recipient
from watchbell.communication.notices import jobs
from watchbell.communication.notices.models import Notice
from watchbell.communication.notices.tests.builders import confirm, write_form
from watchbell.district.people.actions import load_people
from watchbell.district.people.models import Person, Ride, SchoolClass
from watchbell.kernel.changes import recorded_batch
from watchbell.kernel.models import AuditRow
from watchbell.kernel.tests.reading import one_line
from watchbell.line.ids import new_id, same_uuid

pytestmark = pytest.mark.usefixtures("committed_db", "no_bus")
FILE = b"number,bus,run,stop\n1,bus-014,morning,Elm\n2,14,both,\n3,Bus 14,pm,Oak\n4,Bus 2,both,\n"


@pytest.fixture
def riders(family):
    """Ana (1), Ben (2) and Dee (4) of Birch, Cal (3) of Oak, each with a mother of the same family name."""
    rows = {"person": [], "guardianship": []}
    named = (
        ("Ben", "Otto", family.site, "2"),
        ("Cal", "Pike", family.other_site, "3"),
        ("Dee", "Quinn", family.site, "4"),
    )
    for given, name, site, number in named:
        child, mother = same_uuid("rider", given), same_uuid("mother", given)
        rows["person"] += [
            {"id": child, "kind": "student", "given": given, "family": name, "site_id": site, "grade": "05",
             "number": number},
            {"id": mother, "kind": "guardian", "given": "Mia", "family": name, "email": f"{name}@x.invalid"},
        ]  # fmt: skip
        rows["guardianship"].append({"id": new_id(), "student_id": child, "guardian_id": mother, "relation": "parent"})
    load_people(rows)
    with recorded_batch("test"):
        Person.objects.filter(pk=family.student).update(number="1")
    return family


@pytest.fixture
def on_buses(riders, client_as):
    """The riders' file, taken over by the page."""
    client = client_as("director")
    file = SimpleUploadedFile("riders.csv", FILE)
    page = said(client.post("/people/riders/import", {"file": file, "then": "look"}))
    assert "<b>6</b> rides added" in page and "add Ben Otto (2): Bus 14, morning and afternoon" in page
    assert not Ride.objects.exists(), "it is only looked at"
    answer = client.post("/people/riders/import", {"lines": carried(page), "seen": seen(page), "then": "take"})
    assert answer.status_code == 302 and Ride.objects.count() == 6
    return riders


def said(answer):
    return answer.content.decode().replace("&quot;", '"').replace("&#x27;", "'")


def carried(page):
    return page.split('<textarea name="lines"')[1].split(">", 1)[1].split("</textarea>")[0]


def seen(page):
    return re.search(r'name="seen" value="([^"]+)"', page)[1]


def told_of(client, family, **words):
    """Who is told when this is sent: names of recipients with the children they are told of."""
    client.post("/messages/new", write_form(family, **words))
    notice = Notice.objects.latest("made_at")
    client.post(f"/messages/{notice.pk}/submit", {"count": ""})
    confirm(notice.pk)
    jobs.send(str(notice.pk))
    rows = Recipient.objects.filter(mailing__about=f"notice:{notice.pk}")
    return notice, {(one.name, one.fields.get("child", "")) for one in rows}


def test_the_families_of_a_bus_are_told_and_no_others(client_as, on_buses):
    client = client_as("director")
    notice, told = told_of(client, on_buses, sites=[], buses=["Bus 14"])
    assert told == {("Maria Lopez", "Ana"), ("Mia Otto", "Ben"), ("Mia Pike", "Cal")}
    assert notice.spelled == "Families of the 3 students on Bus 14."
    assert set(notice.sites) == {str(on_buses.site), str(on_buses.other_site)}
    notice, told = told_of(client, on_buses, sites=[], buses=["Bus 14"], run="morning")
    assert told == {("Maria Lopez", "Ana"), ("Mia Otto", "Ben")}
    assert notice.spelled == "Families of the 2 students on Bus 14, morning run."
    _, told = told_of(client, on_buses, sites=[], buses=["Bus 14", "Bus 2"], run="afternoon")
    assert {name for name, _ in told} == {"Mia Otto", "Mia Pike", "Mia Quinn"}


def test_who_has_left_is_told_nothing(client_as, on_buses):
    client = client_as("director")
    client.post("/messages/new", write_form(on_buses, sites=[], buses=["Bus 14"]))
    assert "the 3 students" in Notice.objects.get().spelled
    with recorded_batch("test"):
        Person.objects.filter(given="Ben").update(status="withdrawn")
        Ride.objects.filter(student=on_buses.student).update(status="withdrawn")
    notice = Notice.objects.get()
    client.post(f"/messages/{notice.pk}/submit", {"count": ""})
    jobs.send(str(notice.pk))
    assert [one.name for one in Recipient.objects.all()] == ["Mia Pike"]
    assert Notice.objects.get().spelled == "Families of the 1 student on Bus 14.", "spelled anew when it is sent"


def test_the_page_offers_buses_counts_live_and_shows_a_sample(client_as, on_buses):
    client = client_as("director")
    page = one_line(said(client.get("/messages/new?bus=bus-014&run=afternoon")))
    assert re.search(r'name="buses" value="Bus 14" checked', page) and re.search(r'value="afternoon" checked', page)
    page = said(client.get(f"/people/riders?bus=14&run=afternoon&site={on_buses.site}&grade=05"))
    page = said(client.get(re.search(r'href="(/messages/new\?[^"]+)"', page)[1].replace("&amp;", "&")))
    assert "Families of the 1 student of grade 05 on Bus 14, afternoon run, at Test BIR." in page
    assert "/messages/new" not in said(client.get("/people/riders?bus=14&q=ott")), "a search is no audience"
    look = said(client.post("/messages/preview", write_form(on_buses, sites=[], buses=["Bus 14"], run="afternoon")))
    assert "Families of the 2 students on Bus 14, afternoon run." in look
    assert "<b>2</b> families" in look and "Mia Pike" in look
    part = said(client.get(f"/messages/buses?bus=2&buses=Bus+14&sites={on_buses.site}"))
    assert "Bus 2" in part and 'value="Bus 14" checked' in part
    assert "No bus of this name" in said(client.get("/messages/buses?bus=zz"))


def test_every_bus_of_the_district_takes_two(client_as, on_buses):
    client = client_as("director")
    client.post("/messages/new", write_form(on_buses, sites=[], buses=["*"], run="afternoon"))
    notice = Notice.objects.get()
    assert notice.spelled == "Families of the 3 students on any bus, afternoon run." and notice.sites == []
    client.post(f"/messages/{notice.pk}/submit", {"count": ""})
    assert Notice.objects.get().second_because == "It goes to the riders of every bus of the district."


def test_a_school_writes_to_its_own_riders_only(client_as, on_buses):
    client = client_as("principal", site=on_buses.site)
    notice, told = told_of(client, on_buses, buses=["Bus 14"])
    assert {name for name, _ in told} == {"Maria Lopez", "Mia Otto"}
    assert notice.spelled == "Families of the 2 students on Bus 14 at Test BIR."
    refused = said(client.post("/messages/new", write_form(on_buses, sites=[], buses=["Bus 14"])))
    assert "Choose your school" in refused
    refused = said(
        client.post("/messages/new", write_form(on_buses, sites=[str(on_buses.other_site)], buses=["Bus 14"]))
    )
    assert "your own school only" in refused and "Pike" not in refused
    assert "(2)" in said(client.get("/messages/buses")), "Cal of the other school is not counted"
    assert "Pike" not in said(client.get("/people/riders?bus=Bus+14"))


def test_a_bus_nobody_rides_is_named(client_as, on_buses):
    client = client_as("director")
    page = said(client.post("/messages/new", write_form(on_buses, sites=[], buses=["Bus 99"])))
    assert "Nobody rides “Bus 99”" in page and not Notice.objects.exists()
    look = said(
        client.post("/messages/preview", write_form(on_buses, sites=[], buses=["Bus 2"], kinds=["family", "staff"]))
    )
    assert "a bus has its students only" in look


def test_a_bus_takes_no_more_statements_than_a_class(client_as, on_buses):
    room, student = same_uuid("k"), on_buses.student
    load_people({"class": [{"id": room, "title": "Room 1", "site_id": on_buses.site}],
                 "enrolment": [{"id": new_id(), "school_class_id": room, "person_id": student}]})  # fmt: skip
    client, counts = client_as("director"), {}
    asked = {"class": {"classes": [str(SchoolClass.objects.get().pk)]}, "bus": {"buses": ["Bus 14"], "run": "morning"}}
    for path in ("/messages/preview", "/messages/new"):
        for name, words in asked.items():
            with CaptureQueriesContext(
                connection,
            ) as caught:
                assert client.post(path, write_form(on_buses, **words)).status_code in (200, 302)
            counts[path, name] = len(caught)
        assert counts[path, "bus"] <= counts[path, "class"], counts


def test_the_api_tells_a_bus(client_as, on_buses):
    client = client_as("director")
    body = {"purpose": "routine", "texts": [{"title": "Late", "short": "Late by 20 minutes."}], "channels": ["email"],
            "audience": {"buses": ["bus-014"], "run": "afternoon"}}  # fmt: skip
    made = client.post("/api/v1/notices", body, content_type="application/json")
    assert made.status_code == 201 and made.json()["spelled"] == "Families of the 2 students on Bus 14, afternoon run."
    body["audience"] = {"buses": ["Bus 14"], "run": "noon"}
    assert (
        "morning or afternoon" in client.post("/api/v1/notices", body, content_type="application/json").json()["detail"]
    )
    body["audience"] = {"run": "morning"}
    assert "Name the buses" in client.post("/api/v1/notices", body, content_type="application/json").json()["detail"]
    found = client.get("/api/v1/rides?bus=14&run=afternoon").json()
    assert [(one["name"], one["run"]) for one in found["items"]] == [
        ("Ben Otto", "afternoon"),
        ("Cal Pike", "afternoon"),
    ]
    assert AuditRow.objects.filter(action="people.see_riders", why="API").exists()
    assert client.get("/api/v1/rides?run=noon").status_code == 422
    rides = f"/api/v1/people/{on_buses.student}/rides"
    assert client.post(rides, {"bus": "2", "run": "afternoon"}, content_type="application/json").status_code == 201
    ride = Ride.objects.get(student=on_buses.student, bus="Bus 2")
    assert client.delete(f"{rides}/{ride.pk}").json() == {"ended": "Bus 2, afternoon"}


def test_riders_are_listed_found_exported_and_looks_are_written_down(client_as, on_buses):
    client = client_as("director")
    assert re.search(r"Bus 2</a>.*Bus 14</a>", said(client.get("/people/buses")), re.S)
    page = one_line(said(client.get("/people/riders?bus=14")))
    assert "Lopez, Ana" in page and "Pike, Cal" in page and "Quinn" not in page and "Elm" in page
    assert AuditRow.objects.filter(action="people.see_riders", target="Bus 14").count() == 1
    assert "Lopez" not in said(client.get("/people/riders?bus=14&run=afternoon"))
    assert "Otto" in said(client.get("/people/riders?q=ott")) and "Nobody found" in said(
        client.get("/people/riders?bus=99")
    )
    rows = said(client.get("/people/riders?format=csv"))
    assert "2,,Otto,Ben,05,Test BIR,Bus 14,both," in rows and "3,,Pike,Cal,05,Test OAK,Bus 14,afternoon,Oak" in rows
    assert AuditRow.objects.filter(action="people.export_riders").exists()
    again = said(client.post("/people/riders/import", {"lines": rows, "then": "look"}))
    assert "Nothing differs" in again, "what was exported can be taken over as it is"
    office = client_as("office", site=on_buses.site)
    assert office.get("/people/riders?format=csv").status_code == 403
    assert office.get("/people/riders/import").status_code == 403
    assert "2 in the afternoon" in said(client.get("/people/buses/count?bus=VIN77&bus=bus-014"))
    assert "Nobody rides it" in said(client.get("/people/buses/count?bus=Bus+77"))


def test_faults_of_a_file_stand_beside_what_was_given(client_as, riders):
    client = client_as("director")
    file = SimpleUploadedFile("riders.csv", FILE + b"88,Bus 2,noon,\n99,Bus 2,am,\n")
    page = said(client.post("/people/riders/import", {"file": file, "then": "look"}))
    assert "Write morning, afternoon or both." in page and "mend it here" in page and "88,Bus 2,noon," in page
    page = said(client.post("/people/riders/import", {"lines": FILE.decode() + "99,2,am,\n", "then": "take"}))
    assert "Belongs to no student." in page and not Ride.objects.exists()
    assert "Choose a file" in said(client.post("/people/riders/import", {"then": "look"}))
    assert "workbook" in said(client.post("/people/riders/import", {"file": SimpleUploadedFile("x", b"PK\x03\x04")}))
    page = said(client.post("/people/riders/import", {"lines": FILE.decode(), "seen": "1 added", "then": "take"}))
    assert "6 added, 0 changed, 0 ended by now" in page and "mend it here" in page and not Ride.objects.exists()


def test_the_office_changes_a_bus_on_the_student_s_page(client_as, on_buses):
    office, path = client_as("office", site=on_buses.site), f"/people/{on_buses.student}"
    page = said(office.get(path))
    assert "Morning · Elm" in page and "Write down a bus" in page and '<option value="Bus 2">' in page
    page = said(office.post(f"{path}/rides", {"bus": "2", "run": "afternoon", "stop": "Gym"}, follow=True))
    assert "rides Bus 2" in page and "Afternoon · Gym" in page
    ride = Ride.objects.get(student=on_buses.student, run="morning")
    page = said(office.post(f"{path}/rides/{ride.pk}/end", follow=True))
    assert "Ended: Bus 14, morning" in page and "Rode before" in page
    assert "They ride it again" in said(office.post(f"{path}/rides/{ride.pk}/put-back", follow=True))
    assert "Name the bus" in said(office.post(f"{path}/rides", {"bus": " ", "run": "both"}, follow=True))
    nurse = client_as("nurse", site=on_buses.site)
    assert "Write down a bus" not in said(nurse.get(path))
    assert nurse.post(f"{path}/rides", {"bus": "3", "run": "both"}).status_code == 403
    assert office.post(f"/people/{same_uuid('rider', 'Cal')}/rides", {"bus": "3", "run": "both"}).status_code == 404
