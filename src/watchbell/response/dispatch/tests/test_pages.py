"""The dispatcher's page as a browser meets it: by link, by code, by account; refused to everybody else."""

import json
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.cache import cache
from django.test import Client

from watchbell.district.sites.tests.builders import SITE, floor_of, room_of
from watchbell.kernel.bus_thread import bus_thread
from watchbell.kernel.models import AuditRow
from watchbell.line import clock, passes, signing
from watchbell.response.dispatch import actions
from watchbell.response.dispatch.models import DispatchLink
from watchbell.response.incidents import actions as incidents
from watchbell.response.incidents.tests.builders import build_incident
from watchbell.response.plans.tests.builders import CENTRE


@pytest.fixture(autouse=True)
def sent(monkeypatch):
    found = []
    monkeypatch.setattr(bus_thread, "keep", lambda subject, message, key: found.append(message) or True)
    cache.clear()
    yield found
    clock.shift(0)


@pytest.fixture
def incident(committed_db, district, actor):
    made = build_incident(actor)
    incidents.check_in_room(actor, made, room_of(), "injured", accounted=2, note="Tourniquet")
    return made


@pytest.fixture
def token(incident, district):
    told = f"p1-tell_dispatch-{str(CENTRE)[:8]}"
    return passes.make_token(signing.Signer(), str(district.id), "p1", told, clock.unix())


@pytest.fixture
def visitor(token):
    """A browser in which the link has been opened."""
    client = Client()
    assert client.post(f"/d/{token}", {"name": "Dana Ortiz"}).status_code == 302
    return client


def body(answer):
    return answer.content.decode()


def test_looking_at_a_link_opens_nothing_and_pressing_opens_it_once(token, incident, visitor):
    stranger = Client()
    assert stranger.get(f"/d/{token}").status_code == 200 and "Lockdown" not in body(stranger.get(f"/d/{token}"))
    assert "opens once" in body(stranger.post(f"/d/{token}"))
    assert stranger.get(f"/dispatch/{incident}").status_code == 302, "sent to sign in"
    assert "not one of ours" in body(stranger.get(f"/d/{token[:-6]}AAAAAA"))
    page = visitor.get(f"/dispatch/{incident}")
    assert page.status_code == 200 and page.headers["Cache-Control"] == "no-store"
    for words in ("Lockdown", "Test TST", "Room 101", "Enter by exterior door", "somebody injured", "Tourniquet",
                  "We have it: acknowledge", "Plan of the building", "911 told"):  # fmt: skip
        assert words in body(page), words
    assert "/incidents/" not in re.sub(r"<script.*?</script>", "", body(page)), "no way into the school's own pages"


def test_a_link_opens_one_incident_and_nothing_else(visitor, incident):
    assert visitor.get(f"/dispatch/{SITE}").status_code == 302
    for path in ("/dispatch", f"/incidents/{incident}", "/people/", f"/api/v1/incidents/{incident}", "/plans",
                 f"/incidents/{incident}/dispatch"):  # fmt: skip
        assert visitor.get(path).status_code in (302, 401, 404), path
    assert visitor.post(f"/incidents/{incident}/all-clear").status_code == 302


def test_every_look_is_written_down(visitor, incident):
    visitor.get(f"/dispatch/{incident}")
    visitor.get(f"/dispatch/{incident}/ticket")
    rows = AuditRow.objects.filter(action="dispatch.look")
    assert rows.count() == 2 and "Dana Ortiz" in rows[0].actor_name and "link" in rows[0].from_where


def test_who_holds_a_link_acknowledges_reports_units_and_writes(visitor, incident, sent):
    ajax = {"headers": {"Accept": "application/json"}}
    assert visitor.post(f"/dispatch/{incident}/acknowledge", **ajax).json()["is_done"]
    assert sent[-1].what == "dispatch_acknowledged" and sent[-1].by_name.startswith("Dana Ortiz, ")
    assert visitor.post(f"/dispatch/{incident}/units", {"unit": "Medic 4", "state": "on_scene"}).status_code == 302
    incidents.take_acknowledgements([one for one in sent if hasattr(one, "what")])
    now = body(visitor.get(f"/dispatch/{incident}/now"))
    assert "Acknowledged" in now and "Medic 4" in now and "On scene" in now and "We have it" not in now
    answer = visitor.post(f"/dispatch/{incident}/units", {"unit": "", "state": "on_scene"}, **ajax)
    assert answer.status_code == 409 and "Say which unit" in answer.json()["told"]
    visitor.post(f"/dispatch/{incident}/messages", {"text": "Two cars, four minutes"})
    assert "Two cars, four minutes" in body(visitor.get(f"/dispatch/{incident}"))


def test_the_page_without_the_form_s_mark_of_origin_takes_nothing(token, incident):
    strict = Client(enforce_csrf_checks=True)
    assert strict.post(f"/d/{token}").status_code == 403
    assert not DispatchLink.objects.exists()
    page = body(strict.get(f"/d/{token}"))
    assert "no-referrer" not in page, "a browser would then send no origin, and no post would be taken"
    mark = re.search(r'csrfmiddlewaretoken" value="(\w+)"', page)[1]
    assert strict.post(f"/d/{token}", {"csrfmiddlewaretoken": mark}).status_code == 302


def test_the_live_ticket_is_for_this_incident_and_its_doors_and_carries_no_alert(visitor, incident, district):
    told = visitor.get(f"/dispatch/{incident}/ticket").json()
    claims = signing.read_ticket(told["ticket"])
    assert claims["topics"] == [f"incident:{incident}", f"site:{SITE}"] == told["topics"]
    assert claims["sites"] == [] and claims["district"] == str(district.id)


def test_floors_come_one_at_a_time_and_only_this_site_s(visitor, incident):
    assert "<svg" in body(visitor.get(f"/dispatch/{incident}/floors/{floor_of()}"))
    assert visitor.get(f"/dispatch/{incident}/floors/{SITE}").status_code == 404


def test_a_withdrawn_link_closes_the_page(visitor, incident, actor):
    actions.revoke_link(actor, DispatchLink.objects.get().id)
    assert visitor.get(f"/dispatch/{incident}/now").status_code == 302


def test_a_code_opens_and_guessing_is_slow(incident, actor, same_moment):
    made = actions.make_link(actor, incident, "Highway patrol")
    client = Client()
    assert "nine digits" in body(client.get("/d"))
    assert "9 digits" in body(client.post("/d", {"code": "12"}))
    assert "No alarm that is on now" in body(client.post("/d", {"code": "123456789"}))
    said = f"{made.code[:3]} {made.code[3:6]} {made.code[6:]}"
    answer = client.post("/d", {"code": said})
    assert answer.headers["Location"] == f"/dispatch/{incident}"
    for _ in range(6):
        answer = client.post("/d", {"code": "123456789"})
    assert "Too many tries" in body(answer)
    assert "Too many tries" in body(client.post("/d", {"code": said})), "not even the right one"


def test_a_hand_on_the_keyboard_is_not_slowed_and_a_flood_is(visitor, incident, same_moment):
    answers = [visitor.post(f"/dispatch/{incident}/units", {"unit": "A", "state": "assigned"}) for _ in range(41)]
    assert {one.status_code for one in answers[:40]} == {302} and answers[-1].status_code == 429


def sign_in(role, district):
    client = Client()
    client.force_login(get_user_model().objects.get(email=f"{role}@{district.code}.invalid"))
    return client


def test_an_agency_s_account_needs_its_second_factor(incident, actor_as, district):
    actor_as("dispatcher")
    client = sign_in("dispatcher", district)
    assert "/2fa/" in client.get("/dispatch").headers["Location"]
    session = client.session
    session["has_second_factor"] = True
    session.save()
    assert f"/dispatch/{incident}" in body(client.get("/dispatch"))
    page = body(client.get(f"/dispatch/{incident}"))
    assert "We have it: acknowledge" in page
    actor_as("teacher")
    assert sign_in("teacher", district).get(f"/dispatch/{incident}").status_code == 403


def test_the_school_sees_clock_units_messages_and_links_and_gives_a_link(incident, actor, district, visitor):
    client = sign_in("director", district)
    session = client.session
    session["has_second_factor"] = True
    session.save()
    assert f"/incidents/{incident}/dispatch" in body(client.get(f"/incidents/{incident}"))
    part = body(client.get(f"/incidents/{incident}/dispatch"))
    assert "911 told" in part and "Opened" in part and "Dana Ortiz" in part and "Give a link to" in part
    client.post(f"/incidents/{incident}/dispatch/message", {"text": "They are in the gym"})
    assert "They are in the gym" in body(visitor.get(f"/dispatch/{incident}/now"))
    shown = body(client.post(f"/incidents/{incident}/dispatch/links", {"for_whom": "Highway patrol"}))
    link = re.search(r"/d/([\w.-]+)</code>", shown)[1]
    other = Client()
    assert other.post(f"/d/{link}").headers["Location"] == f"/dispatch/{incident}"


def test_the_operations_tell_and_take_the_same(incident, actor_as, actor, rf):
    from watchbell.response.dispatch import api

    def call(who, view, method="get", **kwargs):
        request = getattr(rf, method)("/")
        request.actor = who
        return view(request, **kwargs)

    police = actor_as("police")
    assert call(police, api.acknowledge, "post", incident_id=incident) == {"acknowledged": True}
    call(police, api.report_unit, "post", incident_id=incident, body=api.UnitState(unit="A 1", state="assigned"))
    call(police, api.send_message, "post", incident_id=incident, body=api.Message(text="On our way"))
    made = call(actor, api.make_link, "post", incident_id=incident, body=api.ForWhom(for_whom="Patrol"))
    assert len(made["code"]) == 9 and "/d/" in made["url"]
    assert call(actor, api.revoke_link, "post", link_id=made["id"]) == {"withdrawn": True}
    assert call(actor, api.list_links, incident_id=incident)["items"][0]["revoked_at"]
    found = call(police, api.read_dispatch, incident_id=incident)
    assert found["messages"][0]["side"] == "dispatch" and found["told"] and found["rooms"][0]["word"]


def test_the_first_load_is_light_enough_for_a_poor_link(visitor, incident):
    first = visitor.get(f"/dispatch/{incident}").content
    built = Path(settings.STATIC_ROOT) / "console" / "dist"
    manifest = json.loads((built / "manifest.json").read_text())
    entry = manifest["src/dispatch.ts"]
    names = [entry["file"], *entry.get("css", ()), *(manifest[one]["file"] for one in entry.get("imports", ()))]
    files = [built / name for name in names]
    assert len(first) + sum(file.stat().st_size for file in files) < 150_000


def test_a_link_pressed_before_its_alarm_is_recorded_looks_again_by_itself(incident, district):
    told = passes.make_token(signing.Signer(), str(district.id), "p9", "p9-tell_dispatch-1", clock.unix())
    client, preview = Client(), Client()
    answer = client.post(f"/d/{told}", {"name": "Dana Ortiz"})
    assert "looks again by itself" in body(answer) and answer["Refresh"] == f"1; url=/d/{told}?tries=1"
    assert 'role="status"' in body(answer) and "Not opened" not in body(answer)
    for n in range(1, 12):  # more often than a person may press in a minute
        again = client.get(f"/d/{told}?tries={n}")
        assert again["Refresh"] == f"1; url=/d/{told}?tries={n + 1}", "what looks by itself is not slowed"
    assert "Refresh" not in preview.get(f"/d/{told}?tries=1"), "who has not pressed does not wait"
    last = client.get(f"/d/{told}?tries=60")
    assert "Refresh" not in last and "still being recorded" in body(last) and 'value="Dana Ortiz"' in body(last)
    client.post(f"/d/{told}", {"name": "Dana Ortiz"})
    recorded = passes.make_token(signing.Signer(), str(district.id), "p1", "p9-tell_dispatch-1", clock.unix())
    assert preview.get(f"/d/{recorded}?tries=2").status_code == 200, "a look of somebody else opens nothing"
    opened = client.get(f"/d/{recorded}?tries=2")
    assert (opened.status_code, opened.url) == (302, f"/dispatch/{incident}")
    link = DispatchLink.objects.get(order="p9-tell_dispatch-1")
    assert link.opened_by == "Dana Ortiz"
    assert client.get(f"/dispatch/{incident}").status_code == 200
