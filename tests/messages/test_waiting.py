"""What waits for its time or for a second person: changed until it leaves, shown to whoever may decide."""

from datetime import timedelta

import pytest
from django.utils import timezone

from watchbell.communication.channels.models import Mailing
from watchbell.communication.notices import jobs
from watchbell.communication.notices.models import Notice, Template
from watchbell.communication.notices.tests.builders import write_form
from watchbell.kernel.changes import recorded_batch
from watchbell.kernel.tests.reading import one_line
from watchbell.line import clock

pytestmark = pytest.mark.usefixtures("committed_db", "no_bus")


def at(hours):
    return timezone.localtime(clock.now() + timedelta(hours=hours)).strftime("%Y-%m-%dT%H:%M")


def schedule(client, family, hours=2, **words):
    client.post("/messages/new", write_form(family, send_at=at(hours), **words))
    client.post(f"/messages/{Notice.objects.get().pk}/submit", {"count": "1"})
    return Notice.objects.get()


def test_a_scheduled_message_is_changed_until_it_leaves(client_as, family):
    client = client_as("director")
    notice = schedule(client, family)
    assert notice.state == "scheduled" and f"/messages/{notice.pk}/edit" in page_of(client, notice)
    edit = client.get(f"/messages/{notice.pk}/edit").content.decode()
    assert "as it stands" in edit and "Buses are late by 20 minutes." in edit
    words = write_form(family, send_at=at(5), title_en="Buses", short_en="By 40 minutes.", then="send")
    answer = client.post(f"/messages/{notice.pk}/edit", words)
    assert answer.url == f"/messages/{notice.pk}/check" and Notice.objects.get().state == "draft"
    client.post(f"/messages/{notice.pk}/submit", {"count": "1"})
    assert Notice.objects.get().state == "scheduled"
    jobs.send(str(notice.pk))  # the first time comes round
    assert not Mailing.objects.exists() and Notice.objects.get().sent_at is None, "it was put off"
    with recorded_batch("the second time comes round"):
        Notice.objects.update(send_at=clock.now())
    jobs.send(str(notice.pk))
    assert Mailing.objects.get().bodies.get(language="en").subject == "Buses"
    late = client.post(f"/messages/{notice.pk}/edit", words | {"short_en": "By an hour."}).content.decode()
    assert "correct it instead" in late and "By an hour." in late and Notice.objects.get().sent_at is not None


def page_of(client, notice):
    return client.get(f"/messages/{notice.pk}").content.decode()


def test_what_is_changed_while_it_waits_is_asked_anew(client_as, family):
    writer, second = client_as("director"), client_as("principal", site=family.site)
    writer.post("/messages/new", write_form(family, purpose="emergency"))
    notice = Notice.objects.get()
    writer.post(f"/messages/{notice.pk}/submit", {"count": "1"})
    assert "waits for a second person" in writer.get(f"/messages/{notice.pk}/edit").content.decode()
    words = write_form(family, purpose="emergency", short_en="Other words.")
    told = writer.post(f"/messages/{notice.pk}/edit", words, follow=True).content.decode()
    assert "before it is sent again" in told and "Came back" not in told
    second.post(f"/messages/{notice.pk}/approve", {"count": "1"})
    assert Notice.objects.get().state == "draft", "the words that were asked for are gone"


def test_whoever_changes_or_asks_does_not_confirm(client_as, family):
    writer, second = client_as("director"), client_as("principal", site=family.site)
    writer.post("/messages/new", write_form(family, purpose="emergency"))
    path = f"/messages/{Notice.objects.get().pk}"
    second.post(f"{path}/edit", write_form(family, purpose="emergency", short_en="Mine."))
    second.post(f"{path}/submit", {"count": "1"})
    second.post(f"{path}/approve", {"count": "1"})
    assert Notice.objects.get().state == "asked", "one person changed it, asked, and confirmed"
    writer.post(f"{path}/approve", {"count": "1"})
    assert Notice.objects.get().state == "sending"
    with recorded_batch("a test"):
        Notice.objects.update(state="draft", sent_at=None)
    writer.post(f"{path}/submit", {"count": "1"})
    writer.post(f"{path}/approve", {"count": "1"})
    assert Notice.objects.get().state == "asked"


def test_a_message_is_held_for_somebody_else_by_choice(client_as, family):
    writer = client_as("director")
    writer.post("/messages/new", write_form(family))
    notice = Notice.objects.get()
    assert "Let somebody else confirm it" in one_line(writer.get(f"/messages/{notice.pk}/check").content)
    writer.post(f"/messages/{notice.pk}/submit", {"count": "1", "hold": "on"})
    assert Notice.objects.get().state == "asked" and "look at it first" in page_of(writer, notice)
    assert "has asked a second person" in one_line(writer.get("/messages/desk/part").content)
    second = one_line(client_as("principal", site=family.site).get("/messages/desk/part").content)
    assert "asks for your word" in second and "Look and decide" in second
    office = one_line(client_as("office", site=family.site).get("/messages/desk/part").content)
    assert "has asked a second person" in office and "Look and decide" not in office


def test_templates_that_wait_are_shown_to_who_may_approve(client_as, family):
    leader = client_as("director")
    leader.post("/messages/templates/new", {"name": "Late", "purpose": "routine", "title_en": "Late", "short_en": "x."})
    assert "1 template to approve" in one_line(leader.get("/messages/desk/part").content)
    assert "to approve" not in one_line(client_as("office", site=family.site).get("/messages/desk/part").content)
    leader.post(f"/messages/templates/{Template.objects.get().pk}/approve", {"version": "1"})
    assert "to approve" not in one_line(leader.get("/messages/desk/part").content)
