"""A message is made one of an incident where it is written, also by whoever did not come from the incident's page."""

import re
from datetime import timedelta

import pytest

from watchbell.communication.notices.models import Notice, PeopleList
from watchbell.communication.notices.tests.builders import write_form
from watchbell.kernel.changes import recorded_batch
from watchbell.kernel.tests.reading import one_line
from watchbell.line.clock import now
from watchbell.response.incidents.models import Incident
from watchbell.response.incidents.tests.builders import build_incident

pytestmark = pytest.mark.usefixtures("committed_db", "no_bus")


@pytest.fixture
def incident(actor, family):
    return build_incident(actor)


def offered(page):
    select = re.search(r'<select id="of-incident".*?</select>', one_line(page.content))
    return re.findall(r'<option value="([^"]+)"', select[0]) if select else []


def test_open_incidents_and_those_of_the_last_day_are_offered(client_as, incident):
    client = client_as("director")
    assert offered(client.get("/messages/new")) == [str(incident)]
    with recorded_batch("a test's incident is over"):
        Incident.objects.update(state="closed", closed_at=now() - timedelta(hours=20))
    assert offered(client.get("/messages/new")) == [str(incident)]
    with recorded_batch("a test's incident is long over"):
        Incident.objects.update(closed_at=now() - timedelta(hours=30), opened_at=now() - timedelta(hours=31))
    assert offered(client.get("/messages/new")) == []
    assert offered(client.get(f"/messages/new?incident={incident}")) == [str(incident)], "what is chosen stays"


def test_the_incident_s_school_is_ticked_and_the_message_is_of_it(client_as, incident, family):
    client, site = client_as("director"), str(Incident.objects.get().site_id)
    part = one_line(
        client.get("/messages/schools", {"incident": str(incident), "sites": [str(family.other_site)]}).content
    )
    ticked = [one for one in re.findall(r"<input[^>]*>", part) if "checked" in one]
    assert len(ticked) == 1 and site in ticked[0]
    form = write_form(family, purpose="emergency", sites=[site], incident=str(incident))
    assert "A second person confirms it" not in one_line(client.post("/messages/preview", form).content)
    client.post("/messages/new", form)
    assert Notice.objects.get().incident_id == incident
    page = client.get(f"/messages/{Notice.objects.get().pk}/edit")
    assert f'value="{incident}" selected' in one_line(page.content)


def test_without_an_incident_the_schools_stay_as_they_are(client_as, incident, family):
    client = client_as("director")
    part = one_line(client.get("/messages/schools", {"incident": "", "sites": [str(family.other_site)]}).content)
    ticked = [one for one in re.findall(r"<input[^>]*>", part) if "checked" in one]
    assert len(ticked) == 1 and str(family.other_site) in ticked[0]
    assert client_as("teacher").get("/messages/schools").status_code == 403


def test_writing_and_looking_once_more_take_few_statements(client_as, incident, family):
    client = client_as("director")
    client.post("/messages/lists/new", {"name": "Band", "site": "", "about": "Fridays"})
    listed = PeopleList.objects.get().pk
    client.post("/messages/new", write_form(family, is_public="on", sites=[], lists=[str(listed)]))
    client.get("/")
    kept = f"/messages/{Notice.objects.get().pk}"
    for path, most in (("/messages/new", 12), (f"{kept}/edit", 14), (f"{kept}/check", 12)):
        timing = client.get(path)["Server-Timing"]
        assert int(timing.split('desc="')[1].split('"')[0]) <= most, (path, timing)
