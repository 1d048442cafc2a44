"""Calls to families in batches, through a played carrier over real sockets and a real bus."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from watchbell.gateways.journal import Journal
from watchbell.gateways.texttelephone import IN_ENGLISH
from watchbell.gateways.voicecall import batches
from watchbell.gateways.voicecall.peer import Carrier
from watchbell.gateways.voicecall.service import VoiceCall
from watchbell.line import clock, signing
from watchbell.line.ids import new_id
from watchbell.wire.base import encode
from watchbell.wire.order import Endpoint
from watchbell.wire.subjects import RECORDINGS, recording_key, subject
from watchbell.wire.tell import Batch, Body, Heard, Recipient, Result, Told

DISTRICT = "0190d1f0-0000-7000-8000-000000000001"
TOKEN = "carrier-secret"
SOUND = bytes(range(256)) * 40


def batch(to: list[str], *, mode: str = "real", endpoint: str = "c1", purpose: str = "routine", **more: Any) -> Batch:
    carrier = Endpoint(id=endpoint, name="Calls", gateway="voicecall", device=endpoint, test=endpoint == "trial")
    people = [
        Recipient(f"{at:032x}", one, ("en", "es")[at % 2], fields={"name": f"no. {at}"}) for at, one in enumerate(to)
    ]
    bodies = more.pop("bodies", None) or [
        Body(language="en", spoken="School is closed, {{name}}."),
        Body(language="es", spoken="No hay clases, {{name}}."),
    ]  # fmt: skip
    return Batch(
        id=more.get("id") or new_id().hex, attempt=1, district=DISTRICT, site="", mailing="m", channel="voice",
        purpose=purpose, mode=mode, endpoint=carrier, bodies=bodies, recipients=people, made_at=clock.unix(),
        expires_at=clock.unix() + 600, options=more.get("options") or {},
    )  # fmt: skip


class Office:
    """A gateway, a carrier, and one for tests."""

    def __init__(self, place: Any) -> None:
        self.place = place
        self.heard: list[dict[str, Any]] = []
        self.carrier = Carrier(0, self.heard.append, token=TOKEN, ring_seconds=0.05)
        self.gateway: VoiceCall

    async def start(self, **more: Any) -> None:
        await self.carrier.start()
        await self.configure(**more)
        self.gateway = await self.place.run(VoiceCall())

    async def configure(self, **more: Any) -> None:
        known = {"kind": "call_carrier", "district": DISTRICT, "site": None, "url": self.carrier.url,
                 "from": "+15735550199", "account_sid": "ACtest", **more}  # fmt: skip
        entries = [{**known, "endpoint": "c1", "name": "Calls", "test": False},
                   {**known, "endpoint": "trial", "name": "Trial", "test": True}]  # fmt: skip
        await self.place.put_config("voicecall", entries, {"c1": TOKEN, "trial": TOKEN})

    async def give(self, wanted: Batch) -> Told:
        before = len(self.ends())
        where = subject(DISTRICT, None, "tell", "voicecall", wanted.endpoint.id)
        await self.place.bus.js.publish(where, encode(signing.Signer().signed(wanted)))
        await self.until(lambda: len(self.ends()) > before, 25)
        return self.ends()[-1]

    def ends(self) -> list[Told]:
        return [one for one in self.place.messages(Told, "told") if one.is_last]

    def newest(self) -> dict[str, Result]:
        return {one.id: one for told in self.place.messages(Told, "told") for one in told.results}

    def states(self) -> dict[int, str]:
        return {int(id, 16): one.state for id, one in self.newest().items()}

    def words(self) -> list[Heard]:
        return self.place.messages(Heard, "told")

    async def until(self, is_so: Any, seconds: float = 10.0) -> None:
        async with asyncio.timeout(seconds):
            while not is_so():
                await asyncio.sleep(0.01)


@pytest.fixture
async def office(installation: Any, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Office]:
    monkeypatch.setenv("WATCHBELL_GATEWAY_VOICECALL_PORT", "0")
    found = Office(installation)
    await found.start()
    yield found
    await found.carrier.stop()


async def test_how_each_call_ends_is_told(office: Office) -> None:
    people = [f"+157355500{ends}" for ends in ("00", "12", "13", "14", "16", "17", "18", "19")] + ["5735550100"]
    assert (await office.give(batch(people))).carrier == "ok"
    wanted = {0: "answered", 1: "answered", 2: "failed", 3: "no_answer", 4: "busy", 5: "machine", 6: "failed",
              7: "answered", 8: "failed"}  # fmt: skip
    await office.until(lambda: office.states() == wanted)
    bad = {int(id, 16) for id, one in office.newest().items() if one.is_bad_address}
    assert bad == {2, 6, 8} and office.carrier.problems == []
    await office.until(lambda: len(office.words()) == 3)
    keys = sorted((one.kind, one.text, one.sender) for one in office.words())
    assert keys == [("key", "1", "+15735550000"), ("key", "9", "+15735550019"), ("opt_out", "9", "+15735550019")]
    said = {one["to"]: one["body"]["said"] for one in office.heard}
    assert said["+15735550000"][0] == "School is closed, no. 0." and "Press nine" in said["+15735550000"][1]
    assert said["+15735550012"][0] == "No hay clases, no. 1." and "Presione uno" in said["+15735550012"][1]
    await office.until(
        lambda: any("no more routine" in words or "No recibirá" in words for words in office.carrier.goodbyes)
    )


async def test_an_emergency_offers_no_way_out(office: Office) -> None:
    await office.give(batch(["+15735550000"], purpose="emergency"))
    await office.until(lambda: office.heard)
    assert "nine" not in " ".join(office.heard[0]["body"]["said"])


async def test_a_key_that_answers_a_question_is_not_asked_for_as_a_confirmation(office: Office) -> None:
    await office.give(batch(["+15735550000"], options={"keys": {"1": "With me, safe", "2": "Not with me"}}))
    await office.until(lambda: office.heard)
    said = " ".join(office.heard[0]["body"]["said"])
    assert "confirm" not in said and "Press nine" in said
    await office.give(batch(["+15735550100"], options={"keys": {"1": "a", "2": "b"}}, purpose="emergency"))
    await office.until(lambda: len(office.heard) == 2)
    assert "ress" not in " ".join(office.heard[1]["body"]["said"])


async def test_a_recording_is_played(office: Office) -> None:
    digest = hashlib.sha256(SOUND).hexdigest()
    bucket = await office.place.bus.bucket(RECORDINGS)
    await bucket.put(recording_key(DISTRICT, digest), SOUND)
    await office.give(batch(["+15735550000"], bodies=[Body(language="en", sound=digest)]))
    await office.until(lambda: office.heard)
    assert office.heard[0]["body"]["played"] == len(SOUND) + 58 and office.carrier.problems == []
    told = await office.give(batch(["+15735550000"], bodies=[Body(language="en", sound="00" * 32)]))
    assert told.carrier == "refuses" and "recording" in told.because
    async with aiohttp.ClientSession() as http:
        for name in (digest, "0" * 64):
            async with http.get(f"http://{office.gateway.address}/voice/sound/{name}.wav") as answer:
                assert answer.status == 404


async def test_no_more_calls_are_open_than_the_carrier_takes(office: Office) -> None:
    office.carrier.ring_seconds = 0.3
    await office.configure(at_once=5)
    await asyncio.sleep(0.3)
    people = [f"+1573555{at:02d}00" for at in range(20)]
    told = await office.give(batch(people))
    await office.until(lambda: len(office.heard) == 20)
    assert told.carrier == "ok" and office.carrier.most_at_once <= 6  # one may be saying that it is over
    await office.until(lambda: set(office.states().values()) == {"answered"})


async def test_calls_keep_the_carriers_pace(office: Office) -> None:
    await office.configure(per_second=20)
    await asyncio.sleep(0.3)
    began = clock.monotonic()
    await office.give(batch([f"+1573555{at:02d}00" for at in range(30)]))
    assert clock.monotonic() - began > 1.0


@pytest.mark.parametrize("mode", ["drill", "test"])
async def test_drills_and_tests_ring_the_trial_carrier_only_and_say_so(office: Office, mode: str) -> None:
    told = await office.give(batch(["+15735550000"], mode=mode))
    assert told.carrier == "refuses" and f"a {mode} never reaches" in told.because and office.carrier.placed == 0
    await office.give(batch(["+15735550000"], mode=mode, endpoint="trial"))
    await office.until(lambda: office.heard)
    assert office.heard[0]["body"]["said"][0].startswith(f"This is a {mode}. This is a {mode}. School is closed")
    assert office.carrier.placed == 1


@pytest.mark.parametrize(("how", "carrier"), [("refuses", "slow"), ("garbles", "down"), ("silent", "down")])
async def test_a_broken_carrier_is_told_and_the_rest_is_untried(
    office: Office, how: str, carrier: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("watchbell.gateways.posting.SLOW_SECONDS", 0.5)
    office.carrier.fail(how, 8 if how == "silent" else 60)
    told = await office.give(batch([f"+1573555{at:02d}00" for at in range(60)]))
    assert told.carrier == carrier and office.carrier.placed == 0
    assert len(office.states()) <= 16 and set(office.states().values()) <= {"later", "unsure"}


async def test_what_a_killed_gateway_may_have_placed_is_not_placed_again(office: Office) -> None:
    await office.place.halt()
    wanted = batch(["+15735550000", "+15735550100"])
    journal = Journal(office.gateway.folder / "batches" / f"{wanted.id}.1")
    journal.begin([f"{0:032x}"])
    journal.close()
    office.gateway = await office.place.run(VoiceCall())
    await office.give(wanted)
    await office.until(lambda: office.states() == {0: "unsure", 1: "answered"})
    assert office.carrier.placed == 1


async def test_a_late_word_after_a_restart_still_finds_its_call(office: Office) -> None:
    office.carrier.ring_seconds = 1.5
    await office.give(batch(["+15735550000", "+15735550014"]))
    await office.place.halt()
    port = int(office.gateway.address.rsplit(":", 1)[1])
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WATCHBELL_GATEWAY_VOICECALL_PORT", str(port))
        office.gateway = await office.place.run(VoiceCall())
        await office.until(lambda: office.states() == {0: "answered", 1: "no_answer"})


async def test_a_call_nothing_is_heard_of_is_asked_for_and_given_up(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "CALL_SECONDS", 0.5)
    monkeypatch.setattr(batches, "LOOK_SECONDS", 0.1)
    await office.configure(at_once=3)  # takes the carrier anew, with the shorter patience
    await asyncio.sleep(0.3)
    office.carrier.people = {"+15735550200": "never", "+15735550300": "never"}
    await office.give(batch(["+15735550200", "+15735550300"]))
    sid = next(sid for sid, state in office.carrier.states.items() if state == "queued")
    office.carrier.states[sid] = "no-answer"
    await office.until(lambda: sorted(office.states().values()) == ["no_answer", "unsure"])
    assert office.gateway._callers["c1"][0].open == {}


async def test_forged_and_repeated_callbacks(office: Office) -> None:
    await office.give(batch(["+15735550000"]))
    await office.until(lambda: office.states() == {0: "answered"})
    base, sid = f"http://{office.gateway.address}/voice", next(iter(office.carrier.states))
    form = {"CallSid": sid, "CallStatus": "failed", "Digits": "9", "To": "+15735550000"}
    async with aiohttp.ClientSession() as http:
        for path in (f"state/c1/{0:032x}", f"key/c1/{0:032x}", f"key/nobody/{0:032x}"):
            async with http.post(f"{base}/{path}", data=form, headers={"X-Twilio-Signature": "forged"}) as answer:
                assert answer.status == 403
    url = f"{base}/state/c1/{0:032x}?language=en"
    for _ in range(2):
        await office.carrier._tell(url, {"CallSid": sid, "CallStatus": "completed", "AnsweredBy": "human"})
    await asyncio.sleep(0.2)
    assert office.states() == {0: "answered"} and office.carrier.problems == []
    assert [one.kind for one in office.words()] == ["key"]


async def test_a_text_telephone_is_played_tones_and_asked_for_no_key(office: Office) -> None:
    bodies = [Body(language="en", spoken="School is closed."), Body(language="ar", spoken="المدرسة مغلقة")]
    made = batch([f"+157355500{ends}" for ends in ("30", "20", "16", "14")] + ["+15735550130"], bodies=bodies)
    known = [
        Recipient(one.id, one.to, "ar" if at == 4 else "en", is_text_telephone=True)
        for at, one in enumerate(made.recipients)
    ]
    wanted = Batch(**{name: getattr(made, name) for name in made.__struct_fields__} | {"recipients": known})
    assert (await office.give(wanted)).carrier == "ok"
    await office.until(lambda: len(office.states()) == 5 and len(office.heard) == 5)
    wanted_states = {0: "delivered", 1: "no_answer", 2: "busy", 3: "no_answer", 4: "delivered"}
    await office.until(lambda: office.states() == wanted_states)
    heard = {one["to"]: one for one in office.heard}
    for number in ("+15735550030", "+15735550130"):
        assert heard[number]["body"]["typed"] == "SCHOOL IS CLOSED.\nSCHOOL IS CLOSED.\nSK SK"
        assert heard[number]["body"]["said"] == [] and "<Gather" not in heard[number]["raw"]
    assert office.newest()[f"{4:032x}"].because == IN_ENGLISH and office.newest()[f"{0:032x}"].because == ""
    assert "hung up" in office.newest()[f"{1:032x}"].because and office.carrier.problems == []
    assert all("MachineDetection" not in form for form in office.carrier.forms), "tones would be taken for a machine"
    assert office.words() == [], "nobody was asked for a key"


async def test_what_a_carrier_says_of_a_text_telephone_is_understood_after_a_restart(office: Office) -> None:
    office.carrier.ring_seconds = 1.5
    made = batch(["+15735550030"], bodies=[Body(language="en", spoken="School is closed.")])
    known = [Recipient(one.id, one.to, "en", is_text_telephone=True) for one in made.recipients]
    await office.give(Batch(**{name: getattr(made, name) for name in made.__struct_fields__} | {"recipients": known}))
    await office.place.halt()
    port = int(office.gateway.address.rsplit(":", 1)[1])
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WATCHBELL_GATEWAY_VOICECALL_PORT", str(port))
        office.gateway = await office.place.run(VoiceCall())
        await office.until(lambda: office.states() == {0: "delivered"})
    assert office.heard[0]["body"]["typed"].endswith("SK SK"), "the tones are still there to be fetched"


def test_tones_that_are_old_are_forgotten(tmp_path: Any) -> None:
    kept = batches.Recordings(tmp_path)
    name = kept.add(b"tones")
    kept.forget(60.0)
    assert kept.read(name) == b"tones"
    kept.forget(-60.0)
    assert kept.read(name) == b""


async def test_a_carrier_that_says_of_every_number_that_it_is_none_is_at_fault(office: Office) -> None:
    told = await office.give(batch([f"+1573555{at}13" for at in range(10, 18)]))
    assert told.carrier == "refuses" and "leads nowhere" in told.because
    assert len(told.untried) == 8 and not any(one.is_bad_address for one in office.newest().values())
    told = await office.give(batch(["+15735550100", "+15735550113"]))
    assert told.carrier == "ok" and told.untried == [], "places are free again"
    await office.until(lambda: any(one.is_bad_address for one in office.newest().values()))
