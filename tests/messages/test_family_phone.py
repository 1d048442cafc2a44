"""What a family's phone is given to keep, what it sends late or twice, and what makes the pages an app."""

import re

import pytest

from tests.messages.test_pages import send
from watchbell.communication.channels.models import Recipient
from watchbell.communication.notices import jobs
from watchbell.communication.notices.models import Answer, Reply
from watchbell.district.people.models import Person
from watchbell.kernel.changes import recorded_change
from watchbell.line import clock
from watchbell.line.ids import same_uuid

pytestmark = pytest.mark.usefixtures("committed_db", "no_bus")


def _sent(client_as, family, **words):
    notice = send(client_as("principal", family.site), family, **words)
    jobs.send(str(notice.pk))
    return notice, Recipient.objects.get(mailing__about=f"notice:{notice.pk}").token


def test_a_phone_is_given_the_messages_and_nothing_else(client_as, family, client):
    notice, token = _sent(client_as, family, title_es="Autobuses tarde", short_es="{{child}} llega tarde.")
    answer = client.get(f"/m/{token}/kept")
    assert answer["Cache-Control"] == "no-store"
    body = answer.json()
    (kept,) = body["notices"]
    assert kept["token"] == token and kept["language"] == body["language"] == "es"
    assert kept["title"] == "Autobuses tarde" and kept["text"] == "Ana llega tarde."
    assert kept["is_over"] is False and kept["mine"] is None
    text = answer.content.decode()
    assert "Maria" not in text and "0101" not in text and str(same_uuid("family", "maria")) not in text
    client_as("principal", family.site).post(f"/messages/{notice.pk}/end", {"why": "Everybody is home"})
    (kept,) = client.get(f"/m/{token}/kept?only=1").json()["notices"]
    assert kept["is_over"] is True and kept["ended_because"] == "Everybody is home"


def test_a_withdrawn_link_tells_the_phone_to_forget(client_as, family, client, district, make_actor):
    _, token = _sent(client_as, family)
    with recorded_change(make_actor(district, "director"), "notices.forget"):
        Recipient.objects.all().delete()
    assert client.get(f"/m/{token}/kept").status_code == client.get(f"/m/{token}").status_code == 404


def test_a_signed_in_family_keeps_its_own_only(client_as, family, client, district, make_actor):
    _, token = _sent(client_as, family)
    assert client.get("/family/kept").status_code == 401
    parent = client_as("parent")
    assert parent.get("/family/kept").json()["notices"] == []
    with recorded_change(make_actor(district, "director"), "people.link"):
        Person.objects.filter(pk=family.mother).update(user_id=parent.session["_auth_user_id"])
    assert [one["token"] for one in parent.get("/family/kept").json()["notices"]] == [token]
    page = parent.get("/family").content.decode()
    assert f"/m/{token}" in page and "Mensajes" in page and 'class="tabs"' in page
    assert parent.get("/family/contacts")["Location"] == f"/m/{token}/contacts"


def test_what_is_sent_twice_is_taken_once_and_late_is_no_newer(client_as, family, client):
    _, token = _sent(client_as, family, options=["At home", "Elsewhere"])
    sent = {"headers": {"Accept": "application/json", "Idempotency-Key": "k-1"}}
    for _ in range(2):
        assert client.post(f"/m/{token}/answer", {"text": "Where do I park?"}, **sent).json() == {"taken": True}
    assert Reply.objects.count() == 1
    now = int(clock.unix() * 1000)
    client.post(f"/m/{token}/answer", {"option": "0"})
    late = {"Watchbell-Device-Time": str(now), "Accept": "application/json"}
    client.post(f"/m/{token}/answer", {"option": "1", "made_at": str(now - 3_600_000)}, headers=late)
    assert Answer.objects.get().option == 0, "an answer an hour old takes the place of none that is newer"
    client.post(f"/m/{token}/answer", {"option": "1", "made_at": str(now)}, headers=late)
    assert Answer.objects.get().option == 1
    assert client.post(f"/m/{token}/answer", {"option": "²"}).status_code == 302
    for chosen in ("²", "9" * 5000):
        assert client.get(f"/m/{token}", {"answer": chosen}).status_code == 200


def test_the_families_app_stands_beside_the_staff_s(client):
    ours, theirs = (
        client.get("/family/manifest.webmanifest?language=es").json(),
        client.get("/manifest.webmanifest").json(),
    )
    assert ours["id"] != theirs["id"] and ours["start_url"] == "/family" and ours["name"] == "Mensajes de la escuela"
    assert any(one["purpose"] == "maskable" for one in ours["icons"]) and len(ours["shortcuts"]) == 2
    assert all(url.startswith(ours["scope"]) for url in ("/family", "/m/abc"))


def test_the_page_for_no_network_says_nothing_of_anybody(client):
    page = client.get("/family/offline").content.decode()
    assert "Waiting to be sent" in page and "Pendiente de env" in page
    assert not re.search(r"/m/[\w-]{10}", page)
