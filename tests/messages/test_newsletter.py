"""The newsletter's whole way: asked for, confirmed, written, sent as a real mail, left by one click."""

import io
import re
from datetime import timedelta

import pytest
from django.test import Client
from PIL import Image
from procrastinate.contrib.django.models import ProcrastinateJob

from watchbell.communication.channels import actions as channel_actions
from watchbell.communication.channels import jobs as channel_jobs
from watchbell.communication.channels import queries as channels
from watchbell.communication.channels.actions import record_consent
from watchbell.communication.channels.models import BadAddress, Batch, Body, Consent, Delivery, Mailing
from watchbell.communication.channels.tests.builders import add_carrier
from watchbell.communication.newsletter import actions, jobs, queries
from watchbell.communication.newsletter.models import Issue, IssueText, Picture, Subscriber, Topic
from watchbell.communication.notices.tests.builders import build_family
from watchbell.gateways.smtp.codec import parse_address
from watchbell.gateways.smtp.message import Mailing as Mails
from watchbell.gateways.smtp.message import Origin
from watchbell.kernel.changes import recorded_batch
from watchbell.kernel.models import AuditRow
from watchbell.kernel.permissions import system_actor
from watchbell.line import clock
from watchbell.line.clock import now
from watchbell.wire.tell import Heard

pytestmark = pytest.mark.usefixtures("committed_db", "no_bus")


@pytest.fixture
def system(district):
    return system_actor(district.id)


def ask(client, address="Ana@X.invalid", code="cedar", **words):
    return client.post(f"/newsletter/{code}", {"address": address, "language": "es"} | words)


def confirm(client, address="ana@x.invalid"):
    """Carries out the job that mails the link, and follows it as a person does."""
    row = Subscriber.objects.get(address=address)
    jobs.send_confirmation(str(row.pk), int(row.asked_at.timestamp() * 1000))
    words = Body.objects.get(mailing__about__startswith=f"newsletter-ask:{row.pk.hex}").text
    path = re.search(r"/newsletter/cedar/confirm/\S+", words)[0]
    assert "press" in client.get(path).content.decode()
    assert Subscriber.objects.get(address=address).state == "pending", "a look alone confirms nothing"
    assert client.post(path).status_code == 302
    return Subscriber.objects.get(address=address), path


def write(client, title="Autumn", **words):
    client.post("/newsletters/new", {"title": title})
    issue = Issue.objects.get(title=title)
    client.post(f"/newsletters/{issue.pk}/edit/en", {
        "version": "1", "title": title, "blocks": ["b1"], "kind_b1": "paragraph", "text_b1": "We practiced.",
        "what": "save"} | words)  # fmt: skip
    return issue


def send(client, issue):
    count = queries.readers_of(issue).count()
    client.post(f"/newsletters/{issue.pk}/submit", {"when": "now", "count": str(count)})
    jobs.send(str(issue.pk))
    return Issue.objects.get(pk=issue.pk)


def letter_to(address):
    """The mail as the carrier's gateway writes it."""
    batch = Batch.objects.get(deliveries__to=address, mailing__purpose="newsletter", state="waiting")
    add_carrier("mail_relay", "smtp")
    carrier = next(one for one in channels.carriers() if one.channel == "email")
    told = channel_jobs._batch_of(batch.mailing, batch, carrier, channels.bodies_of(batch.mailing_id), 1)
    mails = Mails(told, Origin("office@cedar.invalid", "Cedar", "bounce.cedar.invalid"))
    recipient = next(one for one in told.recipients if one.to == address)
    return mails.letter(recipient, parse_address(address)).decode()


def test_the_whole_way(client, client_as):
    asked = ask(client).content.decode()
    assert "Look into your mail" in asked and not Mailing.objects.exists(), "the job mails, not the page"
    row, _ = confirm(client)
    assert row.state == "active" and row.language == "es" and row.from_where and "127.0.0.1" not in row.from_where
    assert Consent.objects.get().purpose == "newsletter" and Consent.objects.get().is_wanted
    office, leader = client_as("office"), client_as("principal")
    issue = write(office)
    assert send(office, issue).state == "draft", "the office writes, somebody else sends"
    assert send(leader, issue).state == "sending"
    raw = letter_to("ana@x.invalid")
    flat = raw.replace("=\r\n", "")
    assert f"/newsletter/cedar/leave/{row.token}>" in raw.split("List-Unsubscribe:")[1]
    assert "List-Unsubscribe-Post: List-Unsubscribe=One-Click" in raw and "Precedence: bulk" in raw
    assert "multipart/alternative" in raw and "We practiced." in flat and f"/wishes/{row.token}" in flat
    assert "{{" not in raw
    assert "We practiced." in client.get("/newsletter/cedar/1").content.decode()
    assert "Autumn" in client.get("/newsletter/cedar/archive").content.decode()
    with recorded_batch("a test"):
        Mailing.objects.filter(purpose="newsletter").update(state="done")
    actions.note_ended(system_actor(issue.district_id), f"newsletter:{issue.pk}", "done")
    assert Issue.objects.get().state == "sent"
    strange = Client(enforce_csrf_checks=True)  # a mail program has no cookie
    answer = strange.post(f"/newsletter/cedar/leave/{row.token}", {"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 200 and "You have left" in answer.content.decode()
    assert Subscriber.objects.get().state == "left"
    assert channels.is_wanted("email", "ana@x.invalid", "newsletter") is False
    assert channels.is_wanted("email", "ana@x.invalid", "routine") is True
    again = write(leader, "Winter")
    assert send(leader, again).state == "draft", "nobody is left to send it to"
    assert not Delivery.objects.filter(mailing__about=f"newsletter:{again.pk}").exists()


def test_the_answer_is_the_same_for_every_address(client, system):
    first = ask(client, "new@x.invalid").content
    confirm(client, "new@x.invalid")
    with recorded_batch("a test"):
        Subscriber.objects.update(asked_at=now() - timedelta(hours=1))
    clean = lambda raw: re.sub(rb'csrf[^>]*content="[^"]*"|value="[A-Za-z0-9]{64}"', b"", raw)  # noqa: E731
    known = ask(client, "new@x.invalid").content
    assert clean(first) == clean(known) == clean(ask(client, "other@x.invalid").content)
    row = Subscriber.objects.get(address="new@x.invalid")
    assert row.state == "active", "who subscribes already goes on doing so"
    jobs.send_confirmation(str(row.pk), int(row.asked_at.timestamp() * 1000))
    about = f"newsletter-ask:{row.pk.hex}:{int(row.asked_at.timestamp() * 1000)}"
    words = Body.objects.get(mailing__about=about).text
    assert "Ya recibe" in words and "confirm/" not in words


def test_programs_and_hasty_ones_get_nothing(client, district, same_moment):
    assert "Look into your mail" in ask(client, website="spam").content.decode()
    assert not Subscriber.objects.exists()
    assert "Write an e-mail address" in ask(client, "nobody").content.decode()
    for number in range(8):
        told = ask(client, f"p{number}@x.invalid").content.decode()
    assert "Too many tries" in told and Subscriber.objects.count() < 7


def test_the_same_address_is_mailed_once_in_ten_minutes(system):
    for _ in range(3):
        actions.ask_subscription(system, "a@x.invalid", "en", [], "")
    assert AuditRow.objects.filter(action="newsletter.ask").count() == 3
    row = Subscriber.objects.get()
    assert row.state == "pending" and (now() - row.asked_at).total_seconds() < 60


def test_a_link_ends_and_a_forged_one_opens_nothing(client, system, monkeypatch):
    actions.ask_subscription(system, "a@x.invalid", "en", [], "")
    row = Subscriber.objects.get()
    token = queries.confirm_token(row, now())
    for bad in ("x", token[:-2], token.replace("-", "-f"), queries.confirm_token(row, now() - timedelta(days=4))):
        assert client.get(f"/newsletter/cedar/confirm/{bad}").status_code == 404
        assert client.post(f"/newsletter/cedar/confirm/{bad}").status_code == 404
    assert Subscriber.objects.get().state == "pending"
    for path in ("wishes/x", "leave/x", "99", "picture/abc"):
        assert client.get(f"/newsletter/cedar/{path}").status_code == 404
    assert client.post("/newsletter/cedar/leave/forged-token").status_code == 404
    assert client.get("/newsletter/nowhere").status_code == 404


def test_an_old_confirmation_does_not_bring_back_who_has_left(client, system):
    ask(client)
    row, path = confirm(client)
    client.post(f"/newsletter/cedar/wishes/{row.token}/leave")
    assert client.post(path).status_code == 404 and Subscriber.objects.get().state == "left"


def test_wishes_are_kept(client, system):
    actions.save_topic(system, "Safety")
    topic = str(Topic.objects.get().pk)
    ask(client, topics=[topic, "nonsense"])
    row, _ = confirm(client)
    assert row.topics == [topic]
    page = client.get(f"/newsletter/cedar/wishes/{row.token}").content.decode()
    assert "a…a@x.invalid" in page and "ana@x.invalid" not in page
    client.post(f"/newsletter/cedar/wishes/{row.token}", {"language": "fr", "topics": []})
    assert (Subscriber.objects.get().language, Subscriber.objects.get().topics) == ("fr", [])


def test_topics_choose_readers(client_as, system):
    leader = client_as("director")
    for name in ("Safety", "Budget"):
        leader.post("/newsletters/topics", {"name": name})
    safety, budget = (str(Topic.objects.get(name=name).pk) for name in ("Safety", "Budget"))
    for number, chosen in enumerate(([safety], [budget], [])):
        actions.ask_subscription(system, f"r{number}@x.invalid", "en", chosen, "")
    with recorded_batch("a test"):
        Subscriber.objects.update(state="active", confirmed_at=now())
    issue = write(leader)
    leader.post(f"/newsletters/{issue.pk}/topics", {"topics": [safety]})
    readers = queries.readers_of(Issue.objects.get()).values_list("address", flat=True)
    assert set(readers) == {"r0@x.invalid", "r2@x.invalid"}


def test_who_never_confirms_is_forgotten_and_bounces_are_noted(client, system, client_as):
    for name in ("old", "new", "bad", "gone"):
        actions.ask_subscription(system, f"{name}@x.invalid", "en", [], "")
    with recorded_batch("a test"):
        Subscriber.objects.filter(address="old@x.invalid").update(asked_at=now() - timedelta(days=8))
        Subscriber.objects.filter(address__in=("bad@x.invalid", "gone@x.invalid")).update(
            state="active", confirmed_at=now()
        )
        BadAddress.objects.create(channel="email", address="bad@x.invalid", because="no such user")
    record_consent(system, "email", "gone@x.invalid", "newsletter", False, "Wrote STOP")
    jobs.tidy()
    states = dict(Subscriber.objects.values_list("address", "state"))
    assert states == {"new@x.invalid": "pending", "bad@x.invalid": "bounced", "gone@x.invalid": "left"}
    leader, bad = client_as("director"), Subscriber.objects.get(address="bad@x.invalid")
    page = leader.get("/newsletters/subscribers").content.decode()
    assert "nothing arrives there" in page and "Mail again" in page
    leader.post(f"/newsletters/subscribers/{bad.pk}/again")
    assert Subscriber.objects.get(pk=bad.pk).state == "bounced"
    with recorded_batch("a test"):
        BadAddress.objects.all().delete()
    leader.post(f"/newsletters/subscribers/{bad.pk}/again")
    assert Subscriber.objects.get(pk=bad.pk).state == "active"


def test_contacts_and_subscribers_do_not_touch_each_other(client, system):
    family = build_family()
    ask(client, "maria@x.invalid")
    row, _ = confirm(client, "maria@x.invalid")
    client.post(f"/newsletter/cedar/leave/{row.token}")
    assert channels.is_wanted("email", "maria@x.invalid", "routine")
    assert set(Consent.objects.values_list("purpose", flat=True)) == {"newsletter"}
    assert not channels.corrections_of([family.mother])


def test_the_editor_keeps_everything_by_every_button(client_as, district):
    writer = client_as("office")
    issue = write(writer)
    path = f"/newsletters/{issue.pk}/edit/en"
    form = {"version": "2", "title": "Autumn <b>", "blocks": ["b1"], "kind_b1": "paragraph", "text_b1": "Changed"}
    answer = writer.post(path, form | {"what": "add:heading"})
    assert answer.url.endswith("#b-b2") and IssueText.objects.get().blocks[0]["text"] == "Changed"
    form |= {"version": "3", "blocks": ["b1", "b2"], "kind_b2": "heading", "text_b2": "News"}
    writer.post(path, form | {"what": "up:b2"})
    assert [one["id"] for one in IssueText.objects.get().blocks] == ["b2", "b1"]
    page = writer.get(path).content.decode()
    assert "Autumn &lt;b&gt;" in page and "Move block 1 down" in page
    stale = writer.post(path, form | {"what": "save", "text_b1": "Mine"}).content.decode()
    assert "Somebody else has changed it" in stale and "Mine" in stale
    assert IssueText.objects.get().blocks[1]["text"] == "Changed"
    writer.post(path, {"version": "4", "title": "", "blocks": ["b2"], "kind_b2": "heading", "what": "remove:b2"})
    assert IssueText.objects.get().blocks == []
    told = writer.get(f"/newsletters/{issue.pk}").content.decode()
    assert "Give it a title" in told and "Send now" not in told


def test_pictures_need_words_and_belong_to_their_issue(client_as, client):
    writer = client_as("director")
    issue = write(writer)
    out = io.BytesIO()
    Image.new("RGB", (30, 20), (9, 90, 9)).save(out, "PNG")
    form = {"version": "2", "title": "Autumn", "blocks": ["b1"], "kind_b1": "picture", "what": "save"}
    path = f"/newsletters/{issue.pk}/edit/en"
    writer.post(path, form | {"file_b1": io.BytesIO(b"<svg/>")})
    assert not Picture.objects.exists()
    out.seek(0)
    writer.post(path, form | {"version": "3", "file_b1": out})
    kept = Picture.objects.get()
    assert IssueText.objects.get().blocks[0]["picture"] == kept.digest
    assert "Say what the picture" in writer.get(f"/newsletters/{issue.pk}").content.decode()
    shown = client.get(f"/newsletter/cedar/picture/{kept.digest}")
    assert shown["Content-Type"] == "image/jpeg" and "sandbox" in shown["Content-Security-Policy"]
    writer.post(path, form | {"version": "4", "picture_b1": "f" * 64, "alt_b1": "x"})
    assert IssueText.objects.get().blocks[0]["picture"] == "", "another issue's picture is not taken"


def test_scheduled_taken_back_stopped_and_dropped(client_as, system, client):
    leader = client_as("principal")
    actions.ask_subscription(system, "a@x.invalid", "en", [], "")
    with recorded_batch("a test"):
        Subscriber.objects.update(state="active", confirmed_at=now())
    issue = write(leader)
    later = {"when": "later", "send_at": (now() + timedelta(days=2)).strftime("%Y-%m-%dT%H:%M"), "count": "1"}
    leader.post(f"/newsletters/{issue.pk}/submit", {"when": "later", "send_at": "soon", "count": "1"})
    assert Issue.objects.get().state == "draft"
    leader.post(f"/newsletters/{issue.pk}/submit", {"when": "now", "count": "900"})
    assert Issue.objects.get().state == "draft", "the number seen must be the number meant"
    leader.post(f"/newsletters/{issue.pk}/submit", later)
    assert Issue.objects.get().state == "scheduled"
    jobs.send(str(issue.pk))
    assert Issue.objects.get().state == "scheduled" and not Mailing.objects.exists(), "not before its time"
    leader.post(f"/newsletters/{issue.pk}/change/back")
    assert "released by" not in leader.get(f"/newsletters/{issue.pk}").content.decode()
    assert send(leader, issue).state == "sending"
    assert leader.get(f"/newsletters/{issue.pk}/progress").status_code == 200
    leader.post(f"/newsletters/{issue.pk}/change/stop")
    assert Issue.objects.get().state == "stopped" and Mailing.objects.get().state == "stopped"
    assert client.get("/newsletter/cedar/1").status_code == 404
    second = write(leader, "Other")
    leader.post(f"/newsletters/{second.pk}/change/drop")
    assert Issue.objects.count() == 1


def test_what_is_sent_is_paused_goes_on_and_is_stopped(client_as, system, client):
    leader = client_as("principal")
    actions.ask_subscription(system, "a@x.invalid", "en", [], "")
    with recorded_batch("a test"):
        Subscriber.objects.update(state="active", confirmed_at=now())
    issue = write(leader)
    path = f"/newsletters/{issue.pk}"
    leader.post(f"{path}/change/pause")
    assert Issue.objects.get().state == "draft", "only what is sent"
    send(leader, issue)
    page = leader.get(path).content.decode()
    assert f"{path}/change/pause" in page and f"{path}/change/resume" not in page
    answer = leader.post(f"{path}/change/pause", follow=True).content.decode()
    assert "Paused: what has gone out has gone out." in answer and "Go on" in answer and "change/stop" in answer
    assert (Issue.objects.get().state, Mailing.objects.get(about=f"newsletter:{issue.pk}").state) == ("paused",) * 2
    assert client.get("/newsletter/cedar/1").status_code == 200, "it is out"
    assert "It goes on." in leader.post(f"{path}/change/resume", follow=True).content.decode()
    assert (Issue.objects.get().state, Mailing.objects.get(about=f"newsletter:{issue.pk}").state) == ("sending",) * 2
    leader.post(f"{path}/change/pause")
    leader.post(f"{path}/change/stop")
    assert Issue.objects.get().state == "stopped"
    assert Mailing.objects.get(about=f"newsletter:{issue.pk}").state == "stopped"
    told = AuditRow.objects.filter(action__in=("newsletter.pause", "newsletter.resume", "newsletter.stop"))
    assert [row.action for row in told.order_by("id")] == [
        "newsletter.pause", "newsletter.resume", "newsletter.pause", "newsletter.stop"]  # fmt: skip
    assert client_as("teacher").post(f"{path}/change/pause").status_code == 403


def queued():
    return ProcrastinateJob.objects.filter(args__job="newsletter.send").count()


def test_what_was_paused_before_its_readers_were_gathered_gathers_them_when_it_goes_on(client_as, system):
    leader = client_as("principal")
    actions.ask_subscription(system, "a@x.invalid", "en", [], "")
    with recorded_batch("a test"):
        Subscriber.objects.update(state="active", confirmed_at=now())
    issue = write(leader)
    leader.post(f"/newsletters/{issue.pk}/submit", {"when": "now", "count": "1"})
    leader.post(f"/newsletters/{issue.pk}/change/pause")
    jobs.send(str(issue.pk))
    assert not Mailing.objects.filter(about=f"newsletter:{issue.pk}").exists()
    before = queued()
    leader.post(f"/newsletters/{issue.pk}/change/resume")
    assert queued() == before + 1
    jobs.send(str(issue.pk))
    assert Mailing.objects.get(about=f"newsletter:{issue.pk}").state == "sending"


def test_languages_previews_and_a_test_copy(client_as, district):
    writer = client_as("director")
    issue = write(writer)
    writer.post(f"/newsletters/{issue.pk}/languages", {"language": "es"})
    assert IssueText.objects.get(language="es").blocks[0]["text"] == "We practiced."
    mail = writer.get(f"/newsletters/{issue.pk}/mail/es")
    assert "We practiced." in mail.content.decode() and mail["X-Frame-Options"] == "SAMEORIGIN"
    assert "sandbox" in mail["Content-Security-Policy"] and "{{" not in mail.content.decode()
    assert "We practiced." in writer.get(f"/newsletters/{issue.pk}/mail/en?as=text").content.decode()
    assert writer.get(f"/newsletters/{issue.pk}/preview/es").status_code == 200
    assert writer.get(f"/newsletters/{issue.pk}/preview/zh").status_code == 404
    writer.post(f"/newsletters/{issue.pk}/test/en")
    jobs.send_test(str(issue.pk), "me@x.invalid", "en", "1")
    assert Delivery.objects.get().to == "me@x.invalid" and "[Test copy]" in Body.objects.get().subject


def test_a_digest_is_a_draft_and_stays_one(client_as, district):
    writer = client_as("principal")
    build_family()
    answer = writer.post("/newsletters/digest")
    issue = Issue.objects.get()
    assert issue.state == "draft" and issue.is_digest and str(issue.pk) in answer.url
    assert set(IssueText.objects.values_list("language", flat=True)) == {"en", "es"}
    assert f"Safety in {clock.now():%B}" in issue.title
    assert "never sent by itself" in writer.get(f"/newsletters/{issue.pk}").content.decode()


def test_lists_are_searched_and_exported_with_a_trace(client_as, system):
    actions.ask_subscription(system, "=cmd@x.invalid", "en", [], "")
    actions.ask_subscription(system, "ana@x.invalid", "es", [], "")
    office = client_as("office")
    empty = office.get("/newsletters/subscribers?q=nobody").content.decode()
    assert "Nobody fits" in empty and "not imported" in empty
    assert "ana@x.invalid" in office.get("/newsletters/subscribers?q=ana&state=pending").content.decode()
    csv = office.get("/newsletters/subscribers?format=csv").content.decode()
    assert "'=cmd@x.invalid" in csv and "ana@x.invalid" in csv
    assert AuditRow.objects.filter(action="newsletter.export_subscribers").exists()
    assert client_as("teacher").get("/newsletters/subscribers").status_code == 403


def test_each_district_has_its_own(client, client_as, system, other_district, act_in):
    ask(client)
    row, path = confirm(client)
    assert client.get(path.replace("cedar", "birch")).status_code == 404
    assert client.get(f"/newsletter/birch/wishes/{row.token}").status_code == 404
    assert client.post(f"/newsletter/birch/leave/{row.token}").status_code == 404
    assert Subscriber.objects.get().state == "active"
    ask(client, code="birch")
    with act_in(other_district):
        assert Subscriber.objects.get().state == "pending"
    issue = write(client_as("director"))
    send(client_as("director"), issue)
    assert client.get("/newsletter/cedar/1").status_code == 200
    assert client.get("/newsletter/birch/1").status_code == 404
    assert "No issue yet" in client.get("/newsletter/birch/archive").content.decode()


def test_no_page_takes_more_than_twelve_statements(client, client_as, system):
    for number in range(30):
        actions.ask_subscription(system, f"r{number}@x.invalid", "en", [], "")
    with recorded_batch("a test"):
        Subscriber.objects.update(state="active", confirmed_at=now())
    actions.save_topic(system, "Safety")
    leader = client_as("director")
    draft = write(leader, "Draft")
    send(leader, write(leader))
    sent, token = Issue.objects.get(state="sending"), Subscriber.objects.first().token
    leader.get("/")
    greedy = {}
    for browser, path in (
        *((leader, one) for one in (
            "/newsletters", "/newsletters/subscribers", f"/newsletters/{draft.pk}", f"/newsletters/{sent.pk}",
            f"/newsletters/{sent.pk}/progress", f"/newsletters/{draft.pk}/edit/en",
            f"/newsletters/{draft.pk}/preview/en", f"/newsletters/{draft.pk}/mail/en",
        )),
        *((client, one) for one in (
            "/newsletter/cedar", "/newsletter/cedar/archive", f"/newsletter/cedar/{sent.number}",
            f"/newsletter/cedar/wishes/{token}", f"/newsletter/cedar/leave/{token}",
        )),
    ):  # fmt: skip
        answer = browser.get(path)
        assert answer.status_code == 200, path
        count = int(re.search(r'desc="(\d+)"', answer["Server-Timing"])[1])
        greedy |= {path: count} if count > 12 else {}
    assert not greedy


def test_leaving_by_a_mail_program_leaves_the_newsletter_alone(client, client_as, system):
    ask(client)
    confirm(client)
    leader = client_as("director")
    send(leader, write(leader))
    delivery = Delivery.objects.get(mailing__purpose="newsletter")
    heard = Heard(id="h1", district=str(system.district), gateway="smtp", endpoint="", channel="email", kind="opt_out",
                  sender="alias@x.invalid", text="unsubscribe", at=clock.unix(), delivery=delivery.pk.hex)  # fmt: skip
    channel_actions.take_heard(system, heard)
    jobs.tidy()
    assert Subscriber.objects.get().state == "left"
    assert channels.is_wanted("email", "ana@x.invalid", "routine")
    assert not Consent.objects.filter(address="alias@x.invalid").exists()
