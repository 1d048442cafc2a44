"""The newsletter by JSON: what everybody may read and ask, what a token's holder writes and sends, and who may not."""

import io
import json
from datetime import timedelta
from uuid import uuid4

import pytest
from PIL import Image

from tests.calling import Caller
from watchbell.communication.newsletter import actions, jobs
from watchbell.communication.newsletter.models import Issue, IssueText, Subscriber, Topic
from watchbell.communication.newsletter.queries import confirm_token
from watchbell.kernel.changes import recorded_batch
from watchbell.kernel.permissions import system_actor
from watchbell.line.clock import now
from watchbell.project.api import api

pytestmark = pytest.mark.usefixtures("committed_db", "no_bus")
TEXT = {"language": "en", "title": "Autumn", "blocks": [{"kind": "paragraph", "text": "We practiced."}]}
PUBLIC = "/api/v1/newsletters/cedar"
ISSUES = "/api/v1/newsletter-issues"


@pytest.fixture
def anybody(district):
    return Caller()


def subscribe(district, *names):
    actor = system_actor(district.id)
    for name in names:
        actions.ask_subscription(actor, f"{name}@x.invalid", "en", [], "")
    with recorded_batch("a test"):
        Subscriber.objects.update(state="active", confirmed_at=now())


def test_a_draft_is_written_changed_sent_and_read_by_everybody(caller_as, district, anybody):
    writer, sender = caller_as("office", ["newsletter.view", "newsletter.write"]), caller_as("principal")
    subscribe(district, "a", "b")
    issue = writer("POST", ISSUES, {"texts": [TEXT]}, status=201)
    path = f"{ISSUES}/{issue['id']}"
    assert (issue["state"], issue["readers"], issue["texts"][0]["version"]) == ("draft", 2, 1)
    changed = {"title": "Autumn news", "version": 1, "blocks": [*TEXT["blocks"], {"kind": "divider"}]}
    assert writer("PATCH", f"{path}/texts/en", changed)["texts"][0]["version"] == 2
    assert "meanwhile" in writer("PATCH", f"{path}/texts/en", changed, status=409)["detail"]
    spanish = {"title": "Otoño", "version": 0, "blocks": [{"kind": "heading", "text": "Practicamos"}]}
    found = writer("PATCH", f"{path}/texts/es", spanish)
    assert [one["title"] for one in found["texts"]] == ["Autumn news", "Otoño"]
    assert anybody("GET", f"{PUBLIC}/issues") == {"items": [], "count": 0}
    anybody("GET", f"{PUBLIC}/issues/1", status=404)
    assert "900" in sender("POST", f"{path}/submit", {"count": 900}, status=409)["detail"]
    assert sender("POST", f"{path}/submit", {"count": 2}) == {"state": "sending"}
    jobs.send(issue["id"])
    (shown,) = anybody("GET", f"{PUBLIC}/issues")["items"]
    assert shown["titles"] == {"en": "Autumn news", "es": "Otoño"} and shown["url"].endswith("/newsletter/cedar/1")
    texts = {one["language"]: one for one in anybody("GET", f"{PUBLIC}/issues/1")["texts"]}
    assert texts["es"]["blocks"][0]["text"] == "Practicamos" and "<h2" in texts["es"]["html"]
    assert writer("GET", path)["progress"]["readers"] == 2
    assert writer("GET", f"{ISSUES}?state=sending")["count"] == 1
    assert writer("POST", f"{path}/pause") == {"state": "paused"}
    assert "Paused" in writer("POST", f"{path}/pause", status=409)["detail"]
    assert len(anybody("GET", f"{PUBLIC}/issues")["items"]) == 1
    assert writer("POST", f"{path}/resume") == {"state": "sending"}
    assert writer("POST", f"{path}/stop") == {"state": "stopped"}
    anybody("GET", f"{PUBLIC}/issues/1", status=404)


def test_it_is_scheduled_taken_back_and_thrown_away(caller_as, district):
    leader = caller_as("principal")
    subscribe(district, "a")
    path = f"{ISSUES}/{leader('POST', ISSUES, {'texts': [TEXT]}, status=201)['id']}"
    later = {"count": 1, "send_at": (now() + timedelta(days=2)).isoformat()}
    assert leader("POST", f"{path}/submit", later) == {"state": "scheduled"}
    leader("PATCH", path, {"topics": []}, status=409)
    leader("DELETE", path, status=409)
    assert leader("POST", f"{path}/take-back") == {"state": "draft"}
    assert leader("DELETE", path) == {"dropped": True} and not Issue.objects.exists()
    leader("GET", path, status=404)


def test_pictures_come_into_a_draft(caller_as):
    writer = caller_as("office")
    path = f"{ISSUES}/{writer('POST', ISSUES, {'texts': [TEXT]}, status=201)['id']}"
    out = io.BytesIO()
    Image.new("RGB", (30, 20), (9, 90, 9)).save(out, "PNG")

    def send(raw):
        out = io.BytesIO(raw)
        out.name = "p.png"
        return writer.client.post(f"{path}/pictures", {"file": out}, headers=writer.headers)

    assert send(b"<svg/>").status_code == 422 and "file" in send(b"<svg/>").json()["fields"]
    digest = send(out.getvalue()).json()["picture"]
    words = {"title": "Autumn", "version": 1, "blocks": [{"kind": "picture", "picture": digest, "alt": "Green"}]}
    assert writer("PATCH", f"{path}/texts/en", words)["texts"][0]["blocks"][0]["picture"] == digest
    words |= {"version": 2, "blocks": [{"kind": "picture", "picture": "f" * 64, "alt": "Green"}]}
    assert list(writer("PATCH", f"{path}/texts/en", words, status=422)["fields"]) == ["blocks.0.picture"]


def test_somebody_subscribes_twice_opted_in_and_leaves(anybody, district, client):
    with recorded_batch("a test"):
        Topic.objects.create(name="Safety")
        Topic.objects.create(name="Old", is_open=False)
    (topic,) = anybody("GET", f"{PUBLIC}/topics")["items"]
    wish = {"address": "Ana@X.invalid", "language": "es", "topics": [topic["id"]]}
    asked = anybody("POST", f"{PUBLIC}/subscriptions", wish, status=202)
    row = Subscriber.objects.get()
    assert (row.address, row.state, row.topics) == ("ana@x.invalid", "pending", [topic["id"]]) and row.from_where
    assert anybody("POST", f"{PUBLIC}/subscriptions", wish, status=202) == asked, "known or not, it says the same"
    assert row.token not in json.dumps(asked)
    actions.confirm_subscription(system_actor(district.id), confirm_token(row, now()))
    assert Subscriber.objects.get().state == "active"
    anybody("DELETE", f"{PUBLIC}/subscriptions/forged-token", status=404)
    anybody("DELETE", f"/api/v1/newsletters/birch/subscriptions/{row.token}", status=404)
    assert Subscriber.objects.get().state == "active"
    for _ in range(2):
        assert anybody("DELETE", f"{PUBLIC}/subscriptions/{row.token}") == {"left": True}
    assert Subscriber.objects.get().left_because == "Unsubscribed by the API"


def test_page_and_api_are_counted_together(anybody, district, client, same_moment):
    for number in range(3):
        client.post("/newsletter/cedar", {"address": f"p{number}@x.invalid"})
        anybody("POST", f"{PUBLIC}/subscriptions", {"address": f"a{number}@x.invalid"}, status=202)
    slow = anybody("POST", f"{PUBLIC}/subscriptions", {"address": "one@more.invalid"}, status=429)
    assert "Wait a minute" in slow["detail"] and Subscriber.objects.count() == 6
    assert b"Wait a minute" in client.post("/newsletter/cedar", {"address": "two@more.invalid"}).content
    for _ in range(130):
        answer = client.get(f"{PUBLIC}/issues")
    assert answer.status_code == 429


@pytest.mark.parametrize(("body", "field"), [
    ({"texts": []}, "texts"), ({}, "texts"), ({"texts": [TEXT | {"title": " "}]}, "texts.0.title"),
    ({"texts": [TEXT | {"language": "tlh"}]}, "texts.0.language"), ({"texts": [TEXT, TEXT]}, "texts.1.language"),
    ({"texts": [TEXT | {"blocks": [{"kind": "script"}]}]}, "texts.0.blocks.0.kind"),
    ({"texts": [TEXT | {"blocks": [{"kind": "heading", "text": "x" * 301}]}]}, "texts.0.blocks.0.text"),
    ({"texts": [TEXT | {"blocks": [{"kind": "picture", "picture": "a" * 64}]}]}, "texts.0.blocks.0.picture"),
    ({"texts": [TEXT], "topics": ["x"]}, "topics.0"), ({"texts": [TEXT], "topics": [str(uuid4())]}, "topics"),
])  # fmt: skip
def test_what_is_wrong_with_a_draft_is_said_by_its_field(caller_as, body, field):
    told = caller_as("office")("POST", ISSUES, body, status=422)
    assert [name.removeprefix("body.") for name in told["fields"]] == [field] and not Issue.objects.exists()


@pytest.mark.parametrize(("body", "field"), [
    ({"address": "nobody"}, "address"), ({}, "address"), ({"address": "a@x.invalid", "language": "xx"}, "language"),
    ({"address": "a@x.invalid", "topics": [str(uuid4())]}, "topics"), ({"address": "a\0@x.invalid"}, "address"),
    ([], "address"), ({"address": ["a@x.invalid"]}, "address"),
])  # fmt: skip
def test_what_is_wrong_with_a_wish_is_said_by_its_field(anybody, body, field):
    told = anybody("POST", f"{PUBLIC}/subscriptions", body, status=422)
    assert [name.removeprefix("body.") for name in told["fields"]] == [field]
    assert not Subscriber.objects.exists()


@pytest.mark.parametrize(("body", "field"), [
    ({}, "count"), ({"count": -1}, "count"), ({"count": 1, "send_at": "2030-01-01T08:00:00"}, "send_at"),
    ({"count": 1, "send_at": "2020-01-01T08:00:00Z"}, "send_at"),
    ({"count": 1, "send_at": "2999-01-01T08:00:00Z"}, "send_at"),
])  # fmt: skip
def test_what_is_wrong_with_sending_is_said_by_its_field(caller_as, district, body, field):
    leader = caller_as("principal")
    subscribe(district, "a")
    path = f"{ISSUES}/{leader('POST', ISSUES, {'texts': [TEXT]}, status=201)['id']}"
    told = leader("POST", f"{path}/submit", body, status=422)
    assert [name.removeprefix("body.") for name in told["fields"]] == [field] and Issue.objects.get().state == "draft"


def test_an_empty_draft_is_not_sent(caller_as, district):
    leader = caller_as("principal")
    subscribe(district, "a")
    path = f"{ISSUES}/{leader('POST', ISSUES, {'texts': [TEXT | {'blocks': []}]}, status=201)['id']}"
    assert "paragraph" in leader("POST", f"{path}/submit", {"count": 1}, status=422)["fields"]["texts"]


def test_a_token_does_what_its_scope_and_its_holder_may(caller_as, district, anybody):
    writer = caller_as("office")
    path = f"{ISSUES}/{writer('POST', ISSUES, {'texts': [TEXT]}, status=201)['id']}"
    subscribe(district, "a")
    reader, teacher = caller_as("principal", ["newsletter.view"]), caller_as("teacher")
    words = {"title": "Mine", "version": 1}
    for method, where, body, may_read, may_write in (
        ("GET", ISSUES, None, True, True), ("GET", path, None, True, True),
        ("GET", "/api/v1/newsletter-subscribers/count", None, True, True),
        ("POST", ISSUES, {"texts": [TEXT]}, False, True), ("PATCH", f"{path}/texts/en", words, False, True),
        ("PATCH", path, {"topics": []}, False, True), ("POST", f"{path}/submit", {"count": 1}, False, False),
        ("POST", f"{path}/take-back", None, False, None), ("POST", f"{path}/stop", None, False, None),
        ("POST", f"{path}/pause", None, False, None), ("POST", f"{path}/resume", None, False, None),
        ("DELETE", path, None, False, None),
    ):  # fmt: skip
        anybody(method, where, body, status=401)
        teacher(method, where, body, status=403)
        if not may_read:
            reader(method, where, body, status=403)
        if may_write is False:
            writer(method, where, body, status=403)
    assert IssueText.objects.get().title == "Autumn" and Issue.objects.get().state == "draft"
    counted = reader("GET", "/api/v1/newsletter-subscribers/count")
    assert counted["states"]["active"] == 1 and counted["topics"] == [] and "@" not in json.dumps(counted)


def test_another_district_has_none_of_it(caller_as, district, other_district, act_in, anybody):
    writer, elsewhere = caller_as("office"), caller_as("director", where=other_district)
    subscribe(district, "a")
    with recorded_batch("a test"):
        topic = Topic.objects.create(name="Safety")
    path = f"{ISSUES}/{writer('POST', ISSUES, {'texts': [TEXT]}, status=201)['id']}"
    assert elsewhere("GET", ISSUES)["count"] == 0
    assert elsewhere("GET", "/api/v1/newsletter-subscribers/count")["states"]["active"] == 0
    for method, where, body in (
        ("GET", path, None), ("PATCH", path, {"topics": []}), ("DELETE", path, None), ("POST", f"{path}/stop", None),
        ("POST", f"{path}/pause", None), ("POST", f"{path}/resume", None),
        ("PATCH", f"{path}/texts/en", {"title": "Mine", "version": 1}), ("POST", f"{path}/take-back", None),
        ("POST", f"{path}/submit", {"count": 1}),
    ):  # fmt: skip
        elsewhere(method, where, body, status=404)
    assert "topics" in elsewhere("POST", ISSUES, {"texts": [TEXT], "topics": [str(topic.pk)]}, status=422)["fields"]
    wish = {"address": "a@x.invalid", "topics": [str(topic.pk)]}
    assert "topics" in anybody("POST", "/api/v1/newsletters/birch/subscriptions", wish, status=422)["fields"]
    anybody("GET", "/api/v1/newsletters/nowhere/issues", status=404)
    with act_in(other_district):
        assert not Issue.objects.exists() and not Subscriber.objects.exists()


def test_topics_choose_readers_and_are_counted(caller_as, district):
    writer = caller_as("office")
    subscribe(district, "a", "b", "c")
    with recorded_batch("a test"):
        one, two = (Topic.objects.create(name=name) for name in ("Safety", "Budget"))
        Subscriber.objects.filter(address="a@x.invalid").update(topics=[str(one.pk)])
        Subscriber.objects.filter(address="b@x.invalid").update(topics=[str(two.pk)])
    made = writer("POST", ISSUES, {"texts": [TEXT], "topics": [str(one.pk)]}, status=201)
    assert made["readers"] == 2 and made["topics"] == [str(one.pk)]
    assert writer("PATCH", f"{ISSUES}/{made['id']}", {"topics": []})["readers"] == 3
    counted = writer("GET", "/api/v1/newsletter-subscribers/count")
    assert {row["name"]: row["active"] for row in counted["topics"]} == {"Safety": 2, "Budget": 2}


def test_the_description_shows_every_operation():
    paths = api.get_openapi_schema()["paths"]
    found = {(method.upper(), path) for path, rows in paths.items() for method in rows if "newsletter" in path}
    assert len(found) == 18 and ("POST", "/api/v1/newsletters/{code}/subscriptions") in found
    assert all(rows[method]["tags"] == ["newsletter"] and rows[method]["description"]
               for path, rows in paths.items() if "newsletter" in path for method in rows)  # fmt: skip
