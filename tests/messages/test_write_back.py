"""Whoever was told by push alone can write back: they are answered at an address the records hold."""

import pytest

from watchbell.communication.channels.models import BadAddress, Delivery, Recipient
from watchbell.communication.notices import jobs
from watchbell.communication.notices.models import Notice, Thread
from watchbell.communication.notices.tests.builders import confirm, write_form
from watchbell.district.people.actions import load_people
from watchbell.kernel.changes import recorded_batch
from watchbell.line.ids import new_id

pytestmark = pytest.mark.usefixtures("committed_db", "no_bus")
JSON = {"Accept": "application/json"}


@pytest.fixture
def told(client_as, family):
    """A message that went to Maria by push alone."""
    client = client_as("director")
    client.post("/messages/new", write_form(family, channels=["push", "email"]))
    client.post(f"/messages/{Notice.objects.get().pk}/submit", {"count": "1"})
    jobs.send(str(Notice.objects.get().pk))
    with recorded_batch("a test's push"):
        Delivery.objects.all().delete()
    return Recipient.objects.get()


def write(client, told):
    return client.post(f"/m/{told.token}/answer", {"text": "Who picks her up?", "key": str(new_id())}, headers=JSON)


def test_who_was_told_by_push_alone_is_answered_at_an_address_of_the_records(client, told, family):
    assert write(client, told).status_code == 200
    thread = Thread.objects.get()
    assert (thread.channel, thread.address, thread.site_id) == ("email", "maria@x.invalid", family.site)


def test_a_question_lies_with_the_school_that_wrote_though_another_child_goes_elsewhere(client, family, client_as):
    load_people({
        "person": [{"id": (brother := new_id()), "kind": "student", "given": "Abel", "family": "Lopez",
                    "site_id": family.other_site, "grade": "09"}],
        "guardianship": [{"id": new_id(), "student_id": brother, "guardian_id": family.mother, "relation": "parent"}],
    })  # fmt: skip
    writer = client_as("principal", family.site)
    writer.post("/messages/new", write_form(family, channels=["email"]))
    writer.post(f"/messages/{Notice.objects.get().pk}/submit", {"count": "1"})
    confirm(Notice.objects.get().pk)
    jobs.send(str(Notice.objects.get().pk))
    write(client, Recipient.objects.get())
    assert Thread.objects.get().site_id == family.site
    assert "Lopez" in writer.get("/messages/threads").content.decode(), "who wrote it can answer"


def test_an_address_at_which_nothing_arrives_is_no_way_back(client, told):
    with recorded_batch("a test's bad address"):
        BadAddress.objects.create(channel="email", address="maria@x.invalid", because="No such mailbox", code="1")
    write(client, told)
    assert (Thread.objects.get().channel, Thread.objects.get().address) == ("text", "+15735550101")
    with recorded_batch("a test's bad number"):
        BadAddress.objects.create(channel="text", address="+15735550101", because="No such number", code="1")
    assert write(client, told).status_code == 403, "without any address nobody could answer"
