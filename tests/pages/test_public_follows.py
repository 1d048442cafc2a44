"""A message to everybody, over the screens: on the public copy when it is sent, corrected there, and over there."""

import json
import shutil
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from lxml import etree
from procrastinate.contrib.django.models import ProcrastinateJob

from watchbell import wiring
from watchbell.communication.notices import jobs
from watchbell.communication.notices.models import Notice
from watchbell.communication.notices.rules import times
from watchbell.communication.notices.tests.builders import build_family, write_form
from watchbell.communication.public import jobs as public_jobs
from watchbell.communication.public.adapters.opening import own_folder
from watchbell.district.accounts.models import User
from watchbell.kernel.bus_thread import bus_thread
from watchbell.kernel.changes import recorded_batch
from watchbell.kernel.journal import sweep
from watchbell.line import clock
from watchbell.line.cap import CAP

pytestmark = pytest.mark.usefixtures("committed_db")


@pytest.fixture
def principal(
    district: Any, make_actor: Callable[..., Any], hints: list[str], monkeypatch: pytest.MonkeyPatch
) -> Client:
    """A browser of the principal, whose own word is enough at their own school."""
    wiring.connect()
    monkeypatch.setattr(bus_thread, "keep", lambda subject, message, key: True)
    monkeypatch.setattr(times, "is_quiet", lambda *asked: False)  # these tests run by night, too
    shutil.rmtree(own_folder(district.code), ignore_errors=True)
    family = build_family()
    browser = Client()
    browser.force_login(User.objects.get(pk=make_actor(district, "principal", family.site).user_id))
    session = browser.session
    session["has_second_factor"] = True
    session.save()
    form = {"is_public": "on", "is_banner": "on", "title_es": "Los autobuses", "short_es": "Llegan tarde."}
    browser.post("/messages/new", write_form(family, **form))
    return browser


def banners() -> list[dict[str, Any]]:
    while sweep():
        pass
    return list(json.loads((own_folder("cedar") / "banner.json").read_text())["banners"])


def test_what_everybody_is_told_stands_on_the_public_copy_until_it_ends(principal: Client) -> None:
    notice = Notice.objects.get()
    principal.post(f"/messages/{notice.pk}/submit", {"count": "1"})
    jobs.send(str(notice.pk))
    (bar,) = banners()
    assert bar["texts"]["es"]["title"] == "Los autobuses" and bar["number"] == notice.number
    page = own_folder("cedar") / "notices" / f"{notice.number}.html"
    assert "Buses are late by 20 minutes." in page.read_text()
    words = {"title_en": "Buses are late", "short_en": "By 40 minutes.", "why": "It was 40, not 20."}
    principal.post(f"/messages/{notice.pk}/correct", words)
    banners()
    assert "It was 40, not 20." in page.read_text() and "By 40 minutes." in page.read_text()
    principal.post(f"/messages/{notice.pk}/end", {"why": "They have arrived."})
    assert banners() == [] and "This notice is over" in page.read_text()
    feed = (own_folder("cedar") / "feed.atom").read_text()
    assert "Ended: Corrected: Buses are late" in feed


def test_what_has_expired_is_no_cancel(principal: Client) -> None:
    notice = Notice.objects.get()
    with recorded_batch("an emergency, for this test"):
        Notice.objects.update(purpose="emergency", expires_at=clock.now() + timedelta(minutes=5))
    principal.post(f"/messages/{notice.pk}/submit", {"count": "1"})
    with recorded_batch("nobody second at this school"):
        Notice.objects.update(state="sending", sent_at=clock.now(), changed_at=clock.now())
    public_jobs.publish()
    alert = own_folder("cedar") / "alerts" / f"{notice.number}.xml"
    before = alert.read_bytes()
    with recorded_batch("time goes by"):
        Notice.objects.update(
            sent_at=clock.now() - timedelta(hours=1), changed_at=clock.now() - timedelta(hours=1),
            expires_at=clock.now() - timedelta(minutes=1),
        )  # fmt: skip
    public_jobs.keep_published()
    assert banners() == []
    kind = f"{{{CAP}}}msgType"
    assert etree.fromstring(before).findtext(kind) == etree.fromstring(alert.read_bytes()).findtext(kind) == "Alert"


def media_jobs() -> list[str]:
    while sweep():
        pass
    rows = ProcrastinateJob.objects.filter(args__job="public.tell_media").order_by("id")
    return [row.args["arguments"]["what"] for row in rows]


def test_newsrooms_hear_of_what_is_sent_corrected_and_over(principal: Client) -> None:
    notice = Notice.objects.get()
    with recorded_batch("newsrooms are told, for this test"):
        Notice.objects.update(tell_media=True)
    principal.post(f"/messages/{notice.pk}/submit", {"count": "1"})
    jobs.send(str(notice.pk))
    assert media_jobs() == ["sent"]
    words = {"title_en": "Buses are late", "short_en": "By 40 minutes.", "why": "It was 40, not 20."}
    principal.post(f"/messages/{notice.pk}/correct", words)
    assert media_jobs() == ["sent", "corrected"]
    principal.post(f"/messages/{notice.pk}/end", {"why": "They have arrived."})
    assert media_jobs() == ["sent", "corrected", "ended"]
