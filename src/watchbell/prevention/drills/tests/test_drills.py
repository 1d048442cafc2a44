"""Drills recorded by themselves and by hand, exempted, reported; profiles changed and checked again."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.contrib.messages.storage.fallback import FallbackStorage
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from watchbell.district.sites.tests.builders import SITE, build_site, room_of
from watchbell.kernel.bus_thread import bus_thread
from watchbell.kernel.changes import recorded_batch
from watchbell.kernel.journal import sweep
from watchbell.kernel.models import Announcement
from watchbell.kernel.permissions import system_actor
from watchbell.line import clock
from watchbell.line.errors import Conflict, Refused
from watchbell.line.ids import same_uuid
from watchbell.prevention.drills import actions, api, pages, queries
from watchbell.prevention.drills.models import Drill, Exemption, Profile, Requirement
from watchbell.response.incidents import actions as incidents
from watchbell.response.incidents.models import BoardEntry
from watchbell.response.incidents.tests.builders import build_incident


@pytest.fixture
def ask(rf, actor):
    def get(view, path="/", post=None, who=None, **kwargs):
        request = rf.get(path) if post is None else rf.post(path, post)
        request.actor, request.session = who or actor, {}
        request._messages = FallbackStorage(request)
        answer = view(request, **kwargs)
        if not hasattr(answer, "content"):
            return answer
        return SimpleNamespace(status=answer.status_code, body=answer.content.decode(),
                               said=[str(m) for m in request._messages])  # fmt: skip

    return get


def test_a_closed_drill_stands_in_the_record_with_its_times_and_counts(committed_db, district, actor, monkeypatch, ask):
    monkeypatch.setattr(bus_thread, "keep", lambda subject, message, key: True)
    incident = build_incident(actor, mode="drill")
    incidents.check_in_room(actor, incident, room_of(), "safe", accounted=20)
    incidents.give_all_clear(actor, incident)
    with recorded_batch("every reset is confirmed"):
        BoardEntry.objects.filter(is_reset=True).update(state="done")
    incidents.finish_if_over(system_actor(actor.district), incident)
    while sweep():
        pass
    drill = Drill.objects.get()
    assert (drill.kind, drill.source, drill.incident_id, drill.rooms_reported) == ("lockdown", "auto", incident, 1)
    assert drill.lock_seconds is not None and drill.seconds > 0 and drill.counts
    assert actions.record_closed(system_actor(actor.district), incident) == drill.pk, "once"
    assert Announcement.objects.filter(name="DrillRecorded").count() == 1
    _a_profile_is_taken_changed_and_checked(actor, ask)
    _the_drill_counts_and_what_is_missing_is_shown(actor, ask, drill)


def _a_profile_is_taken_changed_and_checked(actor, ask):
    assert "Choose a profile" in ask(pages.drills_page).body
    assert ask(pages.take_sample, post={"name": "Texas, sample"}).status == 302
    profile = Profile.objects.get()
    assert profile.is_in_use and not profile.is_checked
    with pytest.raises(Conflict):
        actions.take_sample(actor, "Texas, sample")
    form = {"name": profile.name, "note": profile.note, "starts_month": "8", "starts_day": "15", "in_use": "on",
            "checked": "on"}  # fmt: skip
    assert ask(pages.profile_page, post=form, profile_id=profile.pk).said == ["Saved."]
    assert Profile.objects.get().checked_by == "Director Cedar"
    line = {"kind": "hold", "count": "1", "period": "year", "site_kinds": ["high"]}
    ask(pages.write_requirement, post=line, profile_id=profile.pk)
    assert not Profile.objects.get().is_checked, "a changed profile is to be checked again"
    assert "High school" in ask(pages.profile_page, profile_id=profile.pk).body
    ask(pages.remove_requirement, post={}, requirement_id=Requirement.objects.get(kind="hold").pk)
    assert not Requirement.objects.filter(kind="hold").exists() and "In use" in ask(pages.profiles_page).body


def _the_drill_counts_and_what_is_missing_is_shown(actor, ask, drill):
    today = timezone.localdate()
    _, year, schools, duties = queries.duties_seen_by(actor, today)
    mine = [d for d in duties if d.rule.kind == "lockdown" and d.starts_on <= today <= d.ends_on]
    assert mine[0].state == "done" and mine[0].done == (drill.pk,) and [s.id for s in schools] == [SITE]
    body = ask(pages.drills_page).body
    assert "Lockdown" in body and "Not checked with counsel" in body
    assert ask(pages.drills_page, "/?format=csv").body.startswith("school,drill")
    assert "auto" in ask(pages.drills_page, "/?format=record").body
    assert "Call to lock" in ask(pages.drill_page, drill_id=drill.pk).body
    assert "Lockdown" in ask(pages.report_page).body and year.name in ask(pages.calendar_page).body
    assert f"Drills, {year.name}" in ask(pages.due_part).body
    form = {"because": "A real alarm ended it", "participants": "400", "kind": "lockdown"}
    assert ask(pages.drill_page, post=form, drill_id=drill.pk).said == ["Saved."]
    _, _, _, duties = queries.duties_seen_by(actor, today)
    assert not any(d.done for d in duties), "what does not count, does not count"
    assert ask(pages.remove_drill, post={"why": "x"}, drill_id=drill.pk).said[0].startswith("This drill was recorded")
    assert ask(api.list_duties)["count"] == len(duties) and ask(api.list_drills)["count"] == 1


def test_a_drill_by_hand_is_of_a_school_and_not_of_tomorrow(actor, actor_as):
    build_site()
    today = clock.now().date()
    made = actions.add_drill(actor, SITE, "fire", today, minutes=7, participants=412, note="  Clear weather ")
    drill = Drill.objects.get(pk=made)
    assert (drill.seconds, drill.participants, drill.note, drill.source) == (420, 412, "Clear weather", "hand")
    for on in (None, today + timedelta(days=2), today - timedelta(days=500)):
        with pytest.raises(Refused):
            actions.add_drill(actor, SITE, "fire", on)
    with pytest.raises(Refused):
        actions.add_drill(actor, SITE, "dance", today)
    with pytest.raises(Refused):
        actions.add_drill(actor_as("teacher", SITE), SITE, "fire", today)
    with pytest.raises(Refused, match="why"):
        actions.complete_drill(actor, made, counts=False, because=" ", participants=None, note="")
    with pytest.raises(Refused):
        actions.remove_drill(actor, made, "")
    actions.remove_drill(actor, made, "Entered twice")
    assert not Drill.objects.exists()


def test_an_exemption_has_a_reason_and_is_taken_back(actor):
    build_site()
    actions.take_sample(actor, "Texas, sample")
    today = timezone.localdate()
    _, _, _, duties = queries.duties_seen_by(actor, today)
    duty = duties[0]
    actions.exempt_site(actor, SITE, duty.rule.id, duty.starts_on, "The school opens in spring.")
    again = {(d.rule.id, d.starts_on): d for d in queries.duties_seen_by(actor, today)[3]}
    assert again[duty.rule.id, duty.starts_on].state == "exempt"
    assert Exemption.objects.get().by_name == "Director Cedar"
    actions.exempt_site(actor, SITE, duty.rule.id, duty.starts_on, "")
    assert not Exemption.objects.exists()


def test_twenty_schools_cost_no_more_questions_than_one(actor, ask):
    for number in range(20):
        site = build_site(f"S{number}", same_uuid("site", number))
        actions.add_drill(actor, site, "fire", clock.now().date())
    actions.take_sample(actor, "Missouri, sample")
    with CaptureQueriesContext(connection) as asked:
        _, _, schools, duties = queries.duties_seen_by(actor, timezone.localdate())
    assert len(schools) == 20 and len(duties) > 200 and len(asked) <= 6
