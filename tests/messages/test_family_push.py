"""A guardian without an account is pushed to, over a real bus, by a push host that decrypts (RFC 8291)."""

import asyncio
import threading
import time
from datetime import timedelta

import pytest
from django.test import Client

from watchbell.communication.channels import inbox
from watchbell.communication.channels import jobs as channel_jobs
from watchbell.communication.channels.facts import FAILED, SENT
from watchbell.communication.channels.models import BadAddress, Browser, Delivery
from watchbell.communication.channels.tests.builders import add_carrier
from watchbell.communication.families import jobs as family_jobs
from watchbell.communication.families.models import FamilyDevice
from watchbell.communication.notices import jobs
from watchbell.communication.notices.models import Notice
from watchbell.communication.notices.tests.builders import confirm, write_form
from watchbell.district.people.models import Guardianship, Person
from watchbell.gateways.conftest import Installation
from watchbell.gateways.webpush.peer import PushHost
from watchbell.gateways.webpush.service import WebPush
from watchbell.kernel.acting import acting_in
from watchbell.kernel.bus_thread import BusThread
from watchbell.kernel.changes import recorded_batch
from watchbell.line import config, signing
from watchbell.line.clock import now
from watchbell.line.vapid import vapid_public_key
from watchbell.wire.base import Malformed, decode
from watchbell.wire.order import Endpoint
from watchbell.wire.subjects import subject
from watchbell.wire.tell import Batch, Body, Recipient, Told

from .test_languages import MAIL, PHONE

pytestmark = pytest.mark.usefixtures("committed_db", "no_bus")


class Town:
    """A bus, the gateway of pushes and a played push host, beside Django's own thread."""

    def __init__(self, folder):
        self.place, self.heard = Installation(folder), []
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.thread.start()
        self.hub = BusThread()
        self.hub._loop = self.loop

    def do(self, work):
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(30)

    async def open(self, district, carrier):
        await self.place.start_nats()
        await self.place.connect()
        self.host = PushHost(0, self.heard.append, application_key=vapid_public_key())
        await self.host.start()
        entry = {"endpoint": str(carrier), "name": "Push to families", "district": str(district.id), "site": "",
                 "device": "families", "test": False, "is_carrier": True}  # fmt: skip
        await self.place.put_config("webpush", [entry], {})
        await self.place.run(WebPush())

    async def close(self):
        if self.hub._bus is not None:
            await (await self.hub.bus()).close()
        await self.host.stop()
        await self.place.halt()
        await self.place.bus.close()
        await self.place.stop_nats()

    def end(self):
        self.do(self.close())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()
        self.loop.close()

    def told(self):
        """What the gateway said became of batches, as the hub takes it."""
        raws = [raw for _, raw in self.place.heard if not isinstance(decode(raw, Told), Malformed)]
        return [raw for raw in raws if decode(raw, Told).is_last]

    def wait(self, what, seconds=10):
        until = time.monotonic() + seconds
        while not (found := what()):
            assert time.monotonic() < until, "it did not come"
            time.sleep(0.02)
        return found


@pytest.fixture
def town(tmp_path, monkeypatch, district, family):
    monkeypatch.setenv("WATCHBELL_HOME", str(tmp_path))
    monkeypatch.setenv("WATCHBELL_NATS_URL", "")
    monkeypatch.setenv("WATCHBELL_PUSH_HERE", "1")
    config._file.cache_clear()
    found = Town(tmp_path)
    found.carrier = add_carrier("push_service", "webpush", device="families")
    found.do(found.open(district, found.carrier))
    monkeypatch.setattr(channel_jobs, "bus_thread", found.hub)
    yield found
    found.end()


@pytest.fixture
def guardian(family):
    """Maria's browser, which remembers her."""
    return signed_in(MAIL)


def signed_in(address, browser=None):
    browser = browser or Client(headers={"user-agent": PHONE})
    family_jobs.send_link("email", address)
    told = Delivery.objects.filter(to=address).latest("id")
    link = told.mailing.bodies.get().short.split("/family/sign-in/")[1].split()[0]
    assert browser.post(f"/family/sign-in/{link}").status_code == 302
    return browser


def turn_on(town, browser, name="Maria's phone"):
    given = town.host.subscribe(name)
    form = {key: given[key] for key in ("endpoint", "p256dh", "auth")}
    assert browser.post("/family/devices/push", form).status_code == 204
    return given


def notice(client, family, **words):
    """A notice sent by text and push; its deliveries to browsers."""
    known = set(Notice.objects.values_list("pk", flat=True))
    client.post("/messages/new", write_form(family, channels=["text", "push"], **words))
    made = Notice.objects.exclude(pk__in=known).get()
    client.post(f"/messages/{made.pk}/submit", {"count": "1"})
    confirm(made.pk)
    jobs.send(str(made.pk))
    channel_jobs.feed_carriers()
    return Delivery.objects.filter(mailing__about=f"notice:{made.pk}", channel="push")


def test_the_next_message_is_pushed_to_the_browser_that_remembers_them(town, client_as, family, guardian):
    writer = client_as("principal", family.site)
    assert not notice(writer, family).exists(), "nobody has turned anything on"
    token = Delivery.objects.filter(mailing__purpose="routine").latest("id").recipient.token
    page = guardian.get(f"/m/{token}").content.decode()
    assert 'data-push-url="/family/devices/push"' in page and "data-own" in page and "data-push-lost" in page
    assert "data-own" not in Client().get(f"/m/{token}").content.decode(), "a link alone is not enough"
    turn_on(town, guardian)
    assert "data-push-lost" not in guardian.get(f"/m/{token}").content.decode()
    row = notice(writer, family, title_es="Salimos a mediodía", short_es="{{child}} sale a mediodía.").get()
    (pushed,) = town.wait(lambda: town.heard)
    assert pushed["to"] == "Maria's phone" and not town.host.problems
    body = pushed["body"]
    assert (body["title"], body["kind"], body["mode"]) == ("Salimos a mediodía", "notice", "real")
    assert body["url"] == f"/m/{row.recipient.token}" and "Ana sale a mediodía." in body["body"]
    assert [(one["Urgency"], int(one["TTL"]) > 3600) for one in town.host.headers] == [("low", True)]
    inbox.take_all(town.wait(town.told))
    row.refresh_from_db()
    assert row.state == SENT


def test_what_is_forgotten_is_pushed_to_no_more(town, client_as, family, guardian):
    writer = client_as("principal", family.site)
    elsewhere = signed_in(MAIL)
    for name, browser in (("one", guardian), ("two", elsewhere)):
        turn_on(town, browser, name)
    assert notice(writer, family).count() == 2
    town.wait(lambda: len(town.heard) == 2)
    there = FamilyDevice.objects.latest("made_at")
    page = guardian.get("/family/devices").content.decode()
    assert page.count('action="/family/devices/push/stop"') == 2
    guardian.post("/family/devices/end", {"device": str(there.pk)})
    assert notice(writer, family).count() == 1, "that device was signed out from here"
    town.wait(lambda: len(town.heard) == 3)
    guardian.post("/family/devices/push/stop")
    assert notice(writer, family).count() == 0 and guardian.get("/family").status_code == 200, "opted out, signed in"
    turn_on(town, guardian, "one")
    guardian.post("/family/sign-out")
    assert notice(writer, family).count() == 0 and not Browser.objects.exists()
    assert [one["to"] for one in town.heard].count("two") == 1


def test_a_browser_that_is_gone_is_forgotten_and_no_desk_is_asked(town, client_as, family, guardian):
    town.host.gone.add(turn_on(town, guardian)["id"])
    row = notice(client_as("principal", family.site), family).get()
    inbox.take_all(town.wait(town.told))
    row.refresh_from_db()
    assert row.state == FAILED and "turned messages off" in row.because
    assert not Browser.objects.exists() and not BadAddress.objects.exists()
    assert "data-push-lost" in guardian.get("/family").content.decode(), "and it is offered anew"


@pytest.mark.parametrize("mode", ["drill", "test"])
def test_no_drill_and_no_test_reaches_it(town, client_as, family, guardian, mode):
    given = turn_on(town, guardian)
    row = notice(client_as("principal", family.site), family, mode=mode).get()
    assert "no test carrier" in row.because and not town.told()  # what reaches the gateway all the same, it refuses
    words = {"id": "b1", "attempt": 1, "site": "", "mailing": "m1", "channel": "push", "purpose": "routine"}
    batch = _batch(town, row, given, mode, words)
    town.do(town.place.bus.keep(subject(batch.district, None, "tell", "webpush", "families"), batch, "b1"))
    town.wait(town.told)
    assert not town.heard and decode(town.told()[0], Told).carrier == "refuses"


def _batch(town, row, given, mode, words):
    endpoint = Endpoint(id=str(town.carrier), name="Push", gateway="webpush", device="families", test=False)
    moment = now().timestamp()
    return signing.Signer().signed(Batch(
        **words, district=str(row.district_id), mode=mode, endpoint=endpoint, made_at=moment, expires_at=moment + 60,
        bodies=[Body(language="en", subject="x", text="x", short="x", spoken="x")],
        recipients=[Recipient(row.pk.hex, row.to, "en", "x", {})], options={},
    ))  # fmt: skip


def test_it_is_kept_for_one_guardian_in_one_district(town, client_as, family, guardian, other_district, district):
    given = turn_on(town, guardian)
    with acting_in(other_district.id):
        assert not Browser.objects.exists()
        with recorded_batch("a test's neighbour"):
            ana = Person.objects.create(kind="guardian", given="Ana", family="Birch", email="ana@birch.invalid")
    form = {key: given[key] for key in ("endpoint", "p256dh", "auth")}
    stranger = Client()
    assert stranger.post("/family/devices/push", form).status_code == 401, "nobody is remembered there"
    cookie = next(value for name, value in guardian.cookies.items() if name.endswith("_family")).value
    name = next(name for name in guardian.cookies if name.endswith("_family"))
    stranger.cookies[name] = f"{other_district.id}.{cookie.partition('.')[2]}"
    assert stranger.post("/family/devices/push", form).status_code == 401, "a key of Cedar keeps nothing in Birch"
    stranger.post("/family/devices/push/stop", {"device": str(Browser.objects.get().device)})
    assert Browser.objects.get().person_id == family.mother and ana.district_id == other_district.id


def test_a_browser_pushes_for_one_person_and_for_as_long_as_it_remembers(town, client_as, family, guardian):
    writer = client_as("principal", family.site)
    given = turn_on(town, guardian)
    form = {key: given[key] for key in ("endpoint", "p256dh", "auth")}
    with recorded_batch("a test's father"):
        ben = Person.objects.create(kind="guardian", given="Ben", family="Lopez", email="ben@x.invalid")
        Guardianship.objects.create(student_id=family.student, guardian=ben, relation="parent")
    signed_in("ben@x.invalid", guardian)
    assert not Browser.objects.exists(), "whoever signs in after her is not shown her messages"
    assert FamilyDevice.objects.filter(ended_at=None).get().person_id == ben.pk
    assert "data-push-lost" in guardian.get("/family").content.decode()
    assert guardian.post("/family/devices/push", form).status_code == 204
    assert notice(writer, family).get().recipient.person_id == ben.pk
    with recorded_batch("a test's time"):
        Browser.objects.update(ends_at=now() - timedelta(seconds=1))
    assert not notice(writer, family).exists(), "a device that is not remembered any more"
    family_jobs.tidy()
    assert not Browser.objects.exists()


@pytest.mark.parametrize(
    "wrong",
    [{}, {"endpoint": "http://intranet/x"}, {"endpoint": "javascript:1"}, {"endpoint": "http://127.0.0.1.evil.invalid/"},
     {"p256dh": ""}, {"auth": "a" * 99}],
)  # fmt: skip
def test_what_is_no_subscription_is_refused(family, wrong):
    browser = signed_in(MAIL)
    form = {"endpoint": "https://push.invalid/x", "p256dh": "p" * 87, "auth": "a" * 22} | wrong if wrong else {}
    answer = browser.post("/family/devices/push", form)
    assert answer.status_code == 422 and not Browser.objects.exists()
