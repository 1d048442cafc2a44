"""The code on a room's wall opens that room's exits for whoever stands there, and nothing else for anybody."""

from urllib.parse import urlsplit

import pytest
from django.test import Client, RequestFactory
from django.urls import reverse

from watchbell.district.accounts.models import User
from watchbell.district.sites.tests.builders import SITE, room_of
from watchbell.kernel.language import languages_wanted
from watchbell.line.ids import new_id, same_uuid
from watchbell.line.languages import choose_language
from watchbell.prevention.procedures import actions, pages, queries, rules
from watchbell.prevention.procedures.facts import LANGUAGES


@pytest.fixture
def card(site, actor, actor_as):
    made = actions.write_card(actor, "lockdown", "everyone", "en", "Lockdown", ["Lock {room}.", "Leave by {exit}."])
    actions.approve_card(actor_as("principal"), made, 1)


def _url(district, **more):
    token = queries.wall_token(district.id, more.get("site", SITE), more.get("place", room_of()))
    return reverse("procedures:wall_page", args=[token])


def test_a_stranger_reads_the_exits_of_the_room_and_no_name(card, district):
    answer = Client().get(_url(district))
    page = answer.content.decode()
    assert answer.status_code == 200 and "Room 101" in page and "Door 2" in page and "Lock " in page
    assert answer.headers["Cache-Control"] == "no-store"


def test_it_speaks_the_telephone_s_language_or_the_one_chosen(card, district):
    page = Client().get(_url(district), headers={"Accept-Language": "es-MX,es;q=0.9,en;q=0.8"}).content.decode()
    assert '<div class="qcards wall-card" lang="es"' in page
    assert 'lang="ar" dir="rtl"' in Client().get(_url(district) + "?lang=ar").content.decode()


def test_who_is_signed_in_gets_the_cards_of_their_own_role(card, district, actor_as):
    client = Client()
    client.force_login(User.objects.get(id=actor_as("teacher").user_id))
    answer = client.get(_url(district))
    assert answer.status_code == 302 and answer.headers["Location"] == f"/cards?room={room_of()}"


def test_the_printed_code_leads_there(ask, card, district):
    body = ask(pages.room_page, place_id=room_of())[1]
    assert 'class="code"' in body
    assert urlsplit(_url(district)).path.startswith("/w/")


@pytest.mark.parametrize("change", ["place", "site", "mark", "rubbish"])
def test_what_hangs_on_no_wall_opens_nothing(card, district, other_district, change):
    good = _url(district)
    urls = {
        "place": _url(district, place=new_id()), "site": _url(district, site=new_id()),
        "mark": good[:-4] + ("AAAA" if good[-4:] != "AAAA" else "BBBB"), "rubbish": "/w/%C3%A9..x",
    }  # fmt: skip
    assert Client().get(urls[change]).status_code == 404
    assert Client().get(_url(other_district)).status_code == 404, "the room of one district is not another's"


def test_a_token_is_read_back_and_no_other_secret_makes_one():
    ids = [same_uuid("wall", number) for number in range(3)]
    token = rules.make_wall_token("secret", *ids)
    assert rules.read_wall_token("secret", token) == tuple(ids) and len(token) == 80
    assert rules.read_wall_token("another", token) is None
    for text in ("", "é", "A" * 80, token[:-1], token + "A"):
        assert rules.read_wall_token("secret", text) is None, text


@pytest.mark.parametrize(
    ("wanted", "accepted", "language"),
    [("", "", "en"), ("vi", "es", "vi"), ("xx", "so-SO,en", "so"), ("", "de-DE,de;q=0.9", "en"), ("", ";;,,q", "en")],
)
def test_the_language_of_a_stranger(wanted, accepted, language):
    asked = RequestFactory().get("/w/token", {"lang": wanted}, headers={"Accept-Language": accepted})
    assert choose_language(languages_wanted(asked)) == language and language in LANGUAGES
