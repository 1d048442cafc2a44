"""A drill's and a test's messages are never public: not on the website, in no feed, on no account of the district."""

import shutil
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from watchbell import wiring
from watchbell.communication.channels import jobs as channel_jobs
from watchbell.communication.channels.facts import SKIPPED
from watchbell.communication.channels.models import Delivery
from watchbell.communication.channels.tests.builders import add_carrier
from watchbell.communication.notices import actions, jobs, queries
from watchbell.communication.notices.models import Notice
from watchbell.communication.notices.rules import times
from watchbell.communication.notices.tests.builders import build_family, write_form
from watchbell.communication.public import jobs as public_jobs
from watchbell.communication.public.adapters.opening import own_folder
from watchbell.district.accounts.models import User
from watchbell.kernel.bus_thread import bus_thread
from watchbell.kernel.journal import sweep
from watchbell.kernel.permissions import system_actor

pytestmark = pytest.mark.usefixtures("committed_db")
WORDS = "Zephyr practice words"


@pytest.fixture
def kept(hints: list[str], monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What was given to the carriers' gateways."""
    found: list[Any] = []
    wiring.connect()
    monkeypatch.setattr(bus_thread, "keep", lambda subject, message, key: found.append(message) or True)
    monkeypatch.setattr(times, "is_quiet", lambda *asked: False)
    return found


@pytest.fixture
def director(district: Any, make_actor: Callable[..., Any]) -> Client:
    shutil.rmtree(own_folder(district.code), ignore_errors=True)
    browser = Client()
    browser.force_login(User.objects.get(pk=make_actor(district, "director", None).user_id))
    session = browser.session
    session["has_second_factor"] = True
    session.save()
    return browser


def send(district: Any, director: Client, mode: str, **words: Any) -> Notice:
    """A message that would be everywhere if it were real, confirmed and out."""
    form = {"mode": mode, "is_public": "on", "is_banner": "on", "tell_media": "on", "title_en": WORDS} | words
    director.post("/messages/new", write_form(build_family(), short_en=f"{WORDS}.", **form))
    notice = Notice.objects.get()
    director.post(f"/messages/{notice.pk}/submit", {"count": ""})
    notice.refresh_from_db()
    if notice.state == "asked":
        actions.approve_notice(system_actor(district.id), notice.pk)
    jobs.send(str(notice.pk))
    while sweep():
        pass
    public_jobs.publish()
    notice.refresh_from_db()
    return notice


def published(district: Any) -> str:
    """Everything that everybody can read on the public copy."""
    files = [path for path in own_folder(district.code).rglob("*") if path.is_file()]
    assert any(path.name == "banner.json" for path in files)
    return "\n".join(path.read_text(errors="replace") for path in files)


def test_what_is_real_is_found_by_this_very_look(district: Any, director: Client, kept: list[Any]) -> None:
    notice = send(district, director, "real")
    assert notice.sent_at and WORDS in published(district)


@pytest.mark.parametrize("mode", ["drill", "test"])
@pytest.mark.parametrize("purpose", ["emergency", "routine"])
def test_neither_banner_nor_status_page_nor_feed_says_it(
    district: Any, director: Client, kept: list[Any], mode: str, purpose: str
) -> None:
    notice = send(district, director, mode, purpose=purpose)
    assert notice.mode == mode and WORDS not in published(district)
    assert queries.public_notice(notice.pk) is None and queries.public_notices() == []
    assert not (own_folder(district.code) / "notices" / f"{notice.number}.html").exists()
    if notice.sent_at:
        director.post(f"/messages/{notice.pk}/end", {"why": WORDS})
        while sweep():
            pass
        public_jobs.publish()
        assert WORDS not in published(district)


@pytest.mark.parametrize("mode", ["drill", "test"])
def test_no_account_of_the_district_posts_it(district: Any, director: Client, kept: list[Any], mode: str) -> None:
    page = str(add_carrier("social_account", "social"))
    notice = send(district, director, mode, posts=[page])
    for _ in range(3):
        channel_jobs.feed_carriers()
    assert [one for one in kept if getattr(one, "channel", "") == "post"] == []
    for row in Delivery.objects.filter(channel="post"):
        assert row.state == SKIPPED and f"a {mode} stops here" in row.because
    assert notice.sent_at and Delivery.objects.filter(channel="post", to=page).exists()


@pytest.mark.parametrize("mode", ["drill", "test"])
def test_an_account_for_tests_alone_takes_it(district: Any, director: Client, kept: list[Any], mode: str) -> None:
    real = str(add_carrier("social_account", "social"))
    trial = str(add_carrier("social_account", "social", is_test=True))
    send(district, director, mode, posts=[real, trial])
    channel_jobs.feed_carriers()
    posts = [one for one in kept if getattr(one, "channel", "") == "post"]
    assert [one.endpoint.id for one in posts] == [trial] and posts[0].mode == mode
