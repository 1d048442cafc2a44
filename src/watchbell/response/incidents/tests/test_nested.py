"""An address names an incident and something in it: what belongs to another incident is not there."""

import pytest

from watchbell.district.sites.tests.builders import SITE
from watchbell.kernel.bus_thread import bus_thread
from watchbell.kernel.changes import recorded_batch
from watchbell.kernel.permissions import system_actor
from watchbell.line import clock
from watchbell.line.errors import NotFound
from watchbell.response.incidents import actions, api, pages, queries
from watchbell.response.incidents.models import BoardEntry, Incident, IncidentStep, TimelineEntry
from watchbell.response.incidents.tests.builders import STEPS, build_incident, order, raised, receipt
from watchbell.response.plans.actions import write_plan
from watchbell.response.plans.tests.builders import DOOR


@pytest.fixture
def two(committed_db, district, actor, monkeypatch):
    """(a lockdown, an evacuation at the same site), each with a step that waits and an order that failed."""
    monkeypatch.setattr(bus_thread, "keep", lambda subject, message, key: True)
    lockdown = build_incident(actor)
    write_plan(actor, SITE, "evacuate", STEPS)
    other = actions.open_or_join(system_actor(district.id), raised("p9", kind="evacuate"))
    asked = order(DOOR, press="p9")
    actions.take_orders([asked])
    actions.take_receipts([receipt(asked, "failed", "Jammed.")])
    assert other != lockdown
    return lockdown, other


@pytest.fixture
def ask(rf, actor):
    def post(view, where, path="/", method="post", **more):
        request = getattr(rf, method)(path)
        request.actor, request.session = actor, {}
        return view(request, **where, **more)

    return post


def test_a_step_of_another_incident_is_not_there(two, ask):
    lockdown, other = two
    step = IncidentStep.objects.get(incident_id=other)
    where = {"incident_id": lockdown, "step_id": step.id}
    with pytest.raises(NotFound):
        ask(api.approve_step, where)
    for view in (pages.approve_step, pages.refuse_step):
        assert ask(view, where).status_code == 404
    step.refresh_from_db()
    assert step.state == "waiting"


def test_an_order_of_another_incident_is_not_there(two, ask):
    lockdown, other = two
    entry = BoardEntry.objects.get(incident_id=other, state="failed")
    where = {"incident_id": lockdown, "entry_id": entry.id}
    with pytest.raises(NotFound):
        ask(api.retry_endpoint, where)
    with pytest.raises(NotFound):
        ask(api.close_endpoint, where, body=api.Reason(why="Seen"))
    for view in (pages.retry_endpoint, pages.close_endpoint):
        assert ask(view, where).status_code == 404
    entry.refresh_from_db()
    assert (entry.state, entry.attempts, entry.is_by_hand) == ("failed", 1, False)


def test_a_long_timeline_says_how_long_it_is_and_comes_in_pages(two, ask):
    lockdown, _ = two
    short = ask(api.read_incident, {"incident_id": lockdown}, method="get")
    assert short["timeline_count"] == len(short["timeline"]) > 0
    with recorded_batch("a test's long incident"):
        TimelineEntry.objects.bulk_create(
            TimelineEntry(incident_id=lockdown, kind="note", what=f"Note {number}", by="", because="", at=clock.now())
            for number in range(520)
        )
    full = queries.incident_in_full(system_actor(Incident.objects.get(id=lockdown).district_id), lockdown)
    whole = 520 + len(short["timeline"])
    assert len(full["timeline"]) == 500 and full["timeline_count"] == whole
    page = ask(api.read_timeline, {"incident_id": lockdown}, "/?limit=30&offset=500", "get")
    assert page["count"] == whole and len(page["items"]) == min(30, whole - 500)
    assert set(page["items"][0]) == set(full["timeline"][0])
