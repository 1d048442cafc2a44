"""A message's link shows that one message; what else was written, who is known reads: and no cache keeps any of it."""

import pytest

from tests.messages.test_pages import send
from watchbell.communication.channels.models import Recipient
from watchbell.communication.families import actions as families
from watchbell.communication.families.queries import COOKIE
from watchbell.communication.notices import jobs
from watchbell.communication.notices.models import Notice
from watchbell.communication.notices.tests.builders import write_form
from watchbell.district.people.models import Person
from watchbell.kernel.changes import recorded_batch
from watchbell.kernel.permissions import system_actor

pytestmark = pytest.mark.usefixtures("committed_db", "no_bus")


@pytest.fixture
def tokens(client_as, family):
    """Of an older message and a newer one to the same guardian."""
    writer = client_as("principal", family.site)
    jobs.send(str(send(writer, family).pk))
    writer.post("/messages/new", write_form(family, title_es="Segundo", title_en="Second"))
    newest = Notice.objects.latest("number")
    writer.post(f"/messages/{newest.pk}/submit", {"count": ""})
    jobs.send(str(newest.pk))
    return [Recipient.objects.get(mailing__about=f"notice:{one.pk}").token for one in Notice.objects.order_by("number")]


def kept(client, token):
    return [one["token"] for one in client.get(f"/m/{token}/kept").json()["notices"]]


def test_a_link_alone_shows_this_one_message(client, tokens):
    old, new = tokens
    assert kept(client, old) == [old]
    assert client.get(f"/m/{old}/kept").json()["is_whole"] is False, "what the phone has of other links it keeps"
    page = client.get(f"/m/{old}").content.decode()
    assert f"/m/{new}" not in page and "Segundo" not in page


def test_a_remembered_device_and_an_account_show_the_others(client, client_as, family, tokens):
    old, new = tokens
    district = Notice.objects.first().district_id
    key = families.begin_device(system_actor(district), family.mother, "", "code")
    client.cookies[COOKIE] = f"{district}.{key}"
    assert set(kept(client, old)) == set(tokens) and f"/m/{new}" in client.get(f"/m/{old}").content.decode()
    parent = client_as("parent")
    assert kept(parent, old) == [old], "an account that is somebody else's shows no more than a stranger sees"
    with recorded_batch("a test's account"):
        Person.objects.filter(pk=family.mother).update(user_id=parent.session["_auth_user_id"])
    assert set(kept(parent, old)) == set(tokens)


def test_no_cache_keeps_what_anybody_sees(client, tokens):
    for path in (f"/m/{tokens[0]}", f"/m/{tokens[0]}/contacts", f"/m/{tokens[0]}/alerts", f"/wishes/{tokens[0]}",
                 "/m/gone", "/family/sign-in", "/family/devices", "/login"):  # fmt: skip
        assert client.get(path).headers["Cache-Control"] == "no-store", path
