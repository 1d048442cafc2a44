"""What the pages of messages hear of by the live stream, and who may: nobody of another school or district."""

import pytest
from django.test import Client
from django.urls import reverse

from watchbell.communication.channels import actions as channels
from watchbell.communication.channels.models import Delivery, Mailing, Recipient
from watchbell.communication.notices import jobs
from watchbell.communication.notices.models import Notice
from watchbell.communication.notices.tests.builders import write_form
from watchbell.district.accounts.actions import make_token
from watchbell.district.accounts.models import User
from watchbell.kernel.changes import recorded_batch
from watchbell.kernel.models import AuditRow
from watchbell.line import clock
from watchbell.project import tokens
from watchbell.response.incidents.tests.builders import build_incident
from watchbell.wire.tell import Result, Told

pytestmark = pytest.mark.usefixtures("committed_db", "no_bus")
LIVE = {"HX-Request": "true"}


@pytest.fixture
def sent(client_as, family):
    """A message of one school that goes out."""
    client = client_as("director")
    client.post("/messages/new", write_form(family, options=["Safe", "I need help"]))
    client.post(f"/messages/{Notice.objects.get().pk}/submit", {"count": "1"})
    jobs.send(str(Notice.objects.get().pk))
    return Notice.objects.get()


def followed(browser, *topics):
    return browser.get(reverse("incidents:live_ticket"), {"topics": ",".join(topics)}).json()["topics"]


def sign_in(actor):
    browser = Client()
    browser.force_login(User.objects.get(pk=actor.user_id))
    session = browser.session
    session["has_second_factor"] = True
    session.save()
    return browser


def test_a_message_is_followed_by_who_may_see_it(client_as, family, sent, other_district, make_actor):
    own = [f"notice:{sent.pk}", f"progress:notice:{sent.pk}", "notices:all"]
    assert followed(client_as("director"), *own) == own
    assert followed(client_as("principal", family.site), *own) == own
    assert followed(client_as("office", family.other_site), *own) == ["notices:all"], "another school's office"
    assert followed(client_as("teacher", family.site), *own) == []
    assert followed(sign_in(make_actor(other_district, "director")), *own) == ["notices:all"], (
        "and that is their own district's"
    )
    strange = ["progress:", "progress:notices", "progress:progress:x", "notice:x", "notice", "nothing:all", "secret"]
    assert followed(client_as("director"), *strange) == ["progress:notices"]


def test_what_carriers_tell_and_families_do_moves_the_page(client_as, family, sent, hints, client):
    topic = f"progress:notice:{sent.pk}"
    assert topic in hints, "recipients are gathered"
    hints.clear()
    one = Delivery.objects.get(channel="text")
    told = Told(district=str(sent.district_id), gateway="smpp", endpoint="", batch="", attempt=1, at=clock.unix(),
                results=[Result(id=one.pk.hex, state="delivered", at=clock.unix())])  # fmt: skip
    channels.take_told(told)
    assert hints == [topic]
    client.post(f"/m/{Recipient.objects.get().token}/seen")
    client.post(f"/m/{Recipient.objects.get().token}/answer", {"option": "1"})
    assert set(hints) == {topic}
    page = client_as("director").get(f"/messages/{sent.pk}/progress").content.decode()
    assert "1 of 1" in page and "have answered" in page
    client_as("director").post(f"/messages/{sent.pk}/change/stop")
    assert f"notice:{sent.pk}" in hints and Mailing.objects.get().state == "stopped"


def test_no_page_of_messages_asks_by_the_clock(client_as, sent):
    client = client_as("director")
    page = client.get(f"/messages/{sent.pk}").content.decode()
    assert f'data-live="progress:notice:{sent.pk}"' in page and 'hx-trigger="every' not in page
    ledger = client.get(f"/messages/{sent.pk}/ledger").content.decode()
    assert f'data-live="progress:notice:{sent.pk}"' in ledger and 'hx-trigger="every' not in ledger


def test_a_ledger_that_stands_open_is_one_look(client_as, sent):
    client, looks = client_as("director"), AuditRow.objects.filter(action="notices.see_ledger")
    client.get(f"/messages/{sent.pk}/ledger")
    for _ in range(3):
        assert client.get(f"/messages/{sent.pk}/ledger", headers=LIVE).status_code == 200
    assert looks.count() == 1
    client.get(f"/messages/{sent.pk}/ledger")
    assert looks.count() == 2, "opened again is a look again"
    client_as("principal").get(f"/messages/{sent.pk}/ledger", headers=LIVE)
    assert looks.count() == 3, "a look by somebody else is theirs"


def test_the_progress_part_takes_few_statements(client_as, sent):
    client = client_as("director")
    client.get("/")
    for path in (f"/messages/{sent.pk}", f"/messages/{sent.pk}/progress", f"/messages/{sent.pk}/ledger"):
        timing = client.get(path)["Server-Timing"]
        assert int(timing.split('desc="')[1].split('"')[0]) <= 12, (path, timing)


def test_an_incident_s_families_part_follows_what_goes_out(client_as, family, sent, actor):
    incident = build_incident(actor)
    with recorded_batch("a test"):
        Notice.objects.update(incident=incident)
    director = client_as("director")
    part = director.get(f"/incidents/{incident}/messages/part").content.decode()
    assert f'data-live="progress:notice:{sent.pk}"' in part and "0 of 1" in part
    with recorded_batch("a test"):
        Notice.objects.update(state="sent")
    assert "data-live" not in director.get(f"/incidents/{incident}/messages/part").content.decode()


def test_a_token_follows_what_its_holder_may_see(actor_as, family, sent):
    topics = frozenset({f"progress:notice:{sent.pk}", "notices:all", "threads:all", "nothing:all"})

    def token(role, site=None, scope=()):
        holder = actor_as(role, site)
        return make_token(holder, User.objects.get(pk=holder.user_id), "a test", scope)

    assert tokens._followed(token("director"), topics) == topics - {"nothing:all"}
    assert tokens._followed(token("office", family.other_site), topics) == {"notices:all", "threads:all"}
    assert tokens._followed(token("principal", scope=["incidents.view"]), topics) == set()
    assert tokens._followed("wb_forged", topics) == set()
