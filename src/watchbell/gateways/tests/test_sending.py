"""Batches of messages on a real bus: each once, refused where they must not go, and told of."""

import asyncio
from pathlib import Path
from typing import Any

import msgspec
import pytest

from watchbell.gateways.conftest import Installation
from watchbell.gateways.journal import Journal
from watchbell.gateways.reports import Reports
from watchbell.gateways.sending import Pace, Sender, Sending
from watchbell.line import clock, signing
from watchbell.line.filling import fill
from watchbell.line.ids import new_id
from watchbell.wire.base import encode
from watchbell.wire.order import Endpoint
from watchbell.wire.subjects import STOPPED, key_subject, stopped_key, subject
from watchbell.wire.tell import Batch, Body, Recipient, Result, Stopped, Told

DISTRICT = "0190d1f0-0000-7000-8000-000000000001"
CARRIER = {"endpoint": "carrier", "name": "A carrier", "district": DISTRICT, "site": None, "test": False}


class Played(Sender):
    """Sends by writing down."""

    name = "played"

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[str] = []
        self.dies_after: int | None = None

    async def apply(self, entries: list[dict[str, Any]], secrets: dict[str, Any]) -> None:
        self.take_carriers(entries)

    async def send_batch(self, sending: Sending) -> None:
        for one in sending.todo:
            if self.dies_after is not None and len(self.sent) >= self.dies_after:
                raise OSError("the line is cut")
            sending.begin([one])
            self.sent.append(one.to)
            sending.tell(Result(one.id, "sent", clock.unix(), ref=f"ref-{one.to}"))


def make_batch(count: int = 3, *, mode: str = "real", is_test: bool = False, attempt: int = 1, id: str = "") -> Batch:
    endpoint = Endpoint(id="carrier", name="A carrier", gateway="played", device="carrier", test=is_test)
    people = [Recipient(f"{number:032x}", f"to-{number}", "en") for number in range(count)]
    return Batch(
        id=id or new_id().hex, attempt=attempt, district=DISTRICT, site="", mailing="m", channel="text",
        purpose="routine", mode=mode, endpoint=endpoint, bodies=[Body(language="en", short="Hello")], recipients=people,
        made_at=clock.unix(), expires_at=clock.unix() + 60,
    )  # fmt: skip


async def give(place: Installation, batch: Batch) -> None:
    where = subject(DISTRICT, None, "tell", "played", "carrier")
    await place.bus.js.publish(where, encode(signing.Signer().signed(batch)))


def results(place: Installation) -> dict[str, str]:
    return {one.id: one.state for told in place.messages(Told, "told") for one in told.results}


async def last_told(place: Installation, count: int = 1) -> list[Told]:
    async with asyncio.timeout(10):
        while len(found := [one for one in place.messages(Told, "told") if one.is_last]) < count:
            await asyncio.sleep(0.01)
    return found


async def test_a_batch_is_sent_once_and_each_message_told_of(installation: Installation) -> None:
    await installation.put_config("played", [CARRIER], {})
    gateway = Played()
    await installation.run(gateway)
    batch = make_batch()
    await give(installation, batch)
    assert (await last_told(installation))[0].carrier == "ok"
    async with asyncio.timeout(5):
        while gateway._held:  # it has answered, and has not yet let go of it
            await asyncio.sleep(0.01)
    await give(installation, batch)  # said twice: it is answered again, and sent no second time
    await last_told(installation, 2)
    assert gateway.sent == ["to-0", "to-1", "to-2"]
    assert set(results(installation).values()) == {"sent"} and len(results(installation)) == 3
    assert gateway.delivery_of("ref-to-1") == f"{1:032x}" and gateway.delivery_of("unknown") == ""


async def test_a_carrier_that_goes_away_leaves_the_rest_untried(installation: Installation) -> None:
    await installation.put_config("played", [CARRIER], {})
    gateway = Played()
    gateway.dies_after = 1
    await installation.run(gateway)
    await give(installation, make_batch())
    (told,) = await last_told(installation)
    assert told.carrier == "down" and "the line is cut" in told.because
    assert results(installation) == {f"{0:032x}": "sent"}


class Slow(Played):
    """Sends routine batches only when told to go on, as calls last."""

    def __init__(self) -> None:
        super().__init__()
        self.goes_on = asyncio.Event()

    async def send_batch(self, sending: Sending) -> None:
        if sending.batch.purpose != "emergency":
            await self.goes_on.wait()
        await super().send_batch(sending)


async def test_an_emergency_does_not_wait_for_a_batch_under_way(installation: Installation) -> None:
    await installation.put_config("played", [CARRIER], {})
    gateway = Slow()
    await installation.run(gateway)
    for _ in range(3):
        await give(installation, make_batch())
    urgent = msgspec.structs.replace(make_batch(1), purpose="emergency")
    await give(installation, urgent)
    (told,) = await last_told(installation)
    assert told.batch == urgent.id and gateway.sent == ["to-0"]
    gateway.goes_on.set()
    await last_told(installation, 4)
    assert len(gateway.sent) == 10, "each batch once, also beside the other"


async def test_drills_reach_only_carriers_for_tests(installation: Installation) -> None:
    await installation.put_config("played", [CARRIER], {})
    gateway = Played()
    await installation.run(gateway)
    await give(installation, make_batch(mode="drill"))
    await give(installation, make_batch(mode="test", is_test=True))  # the batch's word alone is not enough
    for told in await last_told(installation, 2):
        assert told.carrier == "refuses" and "never reaches" in told.because
    assert gateway.sent == []
    await installation.put_config("played", [{**CARRIER, "test": True}], {})
    await asyncio.sleep(0.3)
    await give(installation, make_batch(mode="drill", is_test=True))
    await last_told(installation, 3)
    assert len(gateway.sent) == 3


async def test_a_batch_that_has_expired_ends_without_blame(installation: Installation) -> None:
    await installation.put_config("played", [CARRIER], {})
    gateway = Played()
    await installation.run(gateway)
    late = msgspec.structs.replace(make_batch(2), expires_at=clock.unix() - 1)
    await give(installation, late)
    (told,) = await last_told(installation)
    assert (told.carrier, told.because) == ("ok", "") and gateway.sent == []
    assert [(one.state, one.code) for one in told.results] == [("failed", "expired")] * 2
    assert "time was over" in told.results[0].because and not told.results[0].is_bad_address
    await give(installation, make_batch(1))
    assert (await last_told(installation, 2))[1].carrier == "ok" and gateway.sent == ["to-0"]


async def test_what_expires_while_its_batch_is_sent_ends_then(installation: Installation) -> None:
    await installation.put_config("played", [CARRIER], {})
    gateway = Played()

    async def send(sending: Sending) -> None:
        sending.begin(sending.todo[:1])
        sending.tell(Result(f"{0:032x}", "sent", clock.unix()))
        await asyncio.sleep(0.6)

    gateway.send_batch = send  # type: ignore[method-assign]
    await installation.run(gateway)
    await give(installation, msgspec.structs.replace(make_batch(2), expires_at=clock.unix() + 0.5))
    (told,) = await last_told(installation)
    assert told.carrier == "ok" and results(installation) == {f"{0:032x}": "sent", f"{1:032x}": "failed"}


async def test_what_may_have_gone_out_before_a_kill_does_not_go_out_again(installation: Installation) -> None:
    await installation.put_config("played", [CARRIER], {})
    gateway = Played()
    batch = make_batch()
    journal = Journal(gateway.folder / "batches" / f"{batch.id}.1")  # what the killed process has left
    journal.begin([f"{0:032x}", f"{1:032x}"])
    journal.end([Result(f"{0:032x}", "sent", clock.unix())])
    journal.close()
    await installation.run(gateway)
    await give(installation, batch)
    await last_told(installation)
    assert gateway.sent == ["to-2"]
    assert results(installation) == {f"{0:032x}": "sent", f"{1:032x}": "unsure", f"{2:032x}": "sent"}


async def test_what_was_being_told_when_the_batch_ended_is_told(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    await installation.put_config("played", [CARRIER], {})
    monkeypatch.setattr("watchbell.gateways.sending.TELL_SECONDS", 0.01)
    gateway, slow = Played(), asyncio.Event()
    keep = gateway.publish_told

    async def publish(told: Told, site: str = "") -> bool:
        if not told.is_last:
            slow.set()
            await asyncio.sleep(60)
        return await keep(told, site)

    async def send(sending: Sending) -> None:
        await Played.send_batch(gateway, sending)
        await slow.wait()

    gateway.publish_told, gateway.send_batch = publish, send  # type: ignore[method-assign]
    await installation.run(gateway)
    await give(installation, make_batch())
    await last_told(installation)
    assert len(results(installation)) == 3


async def test_a_batch_that_nobody_signed_is_not_sent(installation: Installation) -> None:
    await installation.put_config("played", [CARRIER], {})
    gateway = Played()
    await installation.run(gateway)
    where = subject(DISTRICT, None, "tell", "played", "carrier")
    await installation.bus.js.publish(where, encode(make_batch()))
    other = make_batch()
    await installation.bus.js.publish(
        subject("another", None, "tell", "played", "carrier"), encode(signing.Signer().signed(other))
    )
    await give(installation, make_batch(1))
    await last_told(installation)
    assert len(gateway.sent) == 1


async def test_at_an_edge_no_batches_are_followed(installation: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WATCHBELL_DISTRICT", DISTRICT)
    gateway = Played()
    gateway.bus = installation.bus
    await gateway.on_bus()
    assert gateway.where != "*" and len(gateway._tasks) == 1
    await gateway.stop()


async def test_what_a_batch_knows_is_told_before_what_the_carrier_reports(installation: Installation) -> None:
    await installation.put_config("played", [CARRIER], {})
    gateway = Played()
    reports = Reports(gateway)
    await installation.run(gateway)
    sending = Sending(make_batch(), CARRIER, Journal(gateway.folder / "batches" / "b"), Pace(0))
    gateway._running.add(sending)
    sending.tell(Result(f"{0:032x}", "sent", clock.unix()))
    await reports.tell(DISTRICT, "carrier", Result(f"{0:032x}", "delivered", clock.unix()))
    await installation.wait_for(Told, "told", 2)
    assert [one.results[0].state for one in installation.messages(Told, "told")] == ["sent", "delivered"]
    sending._journal.close()


async def test_a_pace_lets_through_what_it_may() -> None:
    pace = Pace(100, burst=1)
    began = clock.monotonic()
    for _ in range(11):
        await pace.take()
    assert clock.monotonic() - began > 0.09


def test_a_torn_journal_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    path = tmp_path / "batch"
    path.write_bytes(b'b a,b\nr ["a","sent",1.0]\nr ["b","se')
    journal = Journal(path)
    assert journal.begun == {"a", "b"} and list(journal.results) == ["a"]
    journal.close()


def test_fields_are_filled_in() -> None:
    assert fill("Dear {{name}}, {{ child }} {{gone}}.", {"name": "A", "child": "B"}) == "Dear A, B ."
    assert fill("{{name}}", {"name": "<b>"}, lambda text: text.replace("<", "&lt;")) == "&lt;b>"
    assert fill("{{ open", {}) == "{{ open"


class Greylisting(Played):
    """Takes each message at the second attempt."""

    async def send_batch(self, sending: Sending) -> None:
        for one in sending.todo:
            if sending.batch.attempt == 1 and one.to != "to-0":
                sending.begin([one])
                sending.tell(Result(one.id, "later", clock.unix(), "try again"))
                continue
            sending.begin([one])
            self.sent.append(one.to)
            sending.tell(Result(one.id, "sent", clock.unix()))


async def test_what_was_put_off_is_sent_at_the_next_attempt_and_nothing_else(installation: Installation) -> None:
    await installation.put_config("played", [CARRIER], {})
    gateway = Greylisting()
    await installation.run(gateway)
    first = make_batch()
    await give(installation, first)
    await last_told(installation)
    assert gateway.sent == ["to-0"]
    await give(installation, make_batch(attempt=2, id=first.id))
    await last_told(installation, 2)
    assert gateway.sent == ["to-0", "to-1", "to-2"]
    assert set(results(installation).values()) == {"sent"}


async def test_what_the_carrier_does_not_have_is_named(installation: Installation) -> None:
    await installation.put_config("played", [CARRIER], {})
    gateway = Greylisting()
    await installation.run(gateway)
    first = make_batch()
    await give(installation, first)
    (told,) = await last_told(installation)
    assert told.carrier == "ok" and told.untried == [f"{1:032x}", f"{2:032x}"], "put off is nobody's as well"
    await give(installation, make_batch(attempt=2, id=first.id))
    assert (await last_told(installation, 2))[1].untried == []
    gateway.send_batch = cut  # type: ignore[method-assign]
    await give(installation, make_batch(attempt=1))
    told = (await last_told(installation, 3))[2]
    assert told.carrier == "down" and told.untried == [f"{2:032x}"]
    assert {one.id: one.state for one in told.results} == {f"{0:032x}": "sent", f"{1:032x}": "unsure"}


async def cut(sending: Sending) -> None:
    """The line breaks while the second is going out."""
    first, second, _ = sending.todo
    sending.begin([first, second])
    sending.tell(Result(first.id, "sent", clock.unix()))
    raise OSError("the line is cut")


async def stop_mailing(place: Installation, mailing: str, *, signed_by: str = DISTRICT) -> None:
    said = signing.Signer().signed(Stopped(district=signed_by, mailing=mailing, at=clock.unix()))
    await place.bus.js.publish(key_subject(STOPPED, stopped_key(DISTRICT, mailing)), encode(said))


async def test_what_was_stopped_meanwhile_is_not_begun(installation: Installation) -> None:
    await installation.put_config("played", [CARRIER], {})
    gateway = Played()
    await installation.run(gateway)
    batch = make_batch()
    journal = Journal(gateway.folder / "batches" / f"{batch.id}.1")  # a killed process had begun with it
    journal.begin([f"{0:032x}", f"{1:032x}"])
    journal.end([Result(f"{0:032x}", "sent", clock.unix())])
    journal.close()
    await stop_mailing(installation, "m")
    await give(installation, batch)
    (told,) = await last_told(installation)
    assert gateway.sent == [] and (told.carrier, told.untried) == ("ok", [f"{2:032x}"])
    assert {one.id: one.state for one in told.results} == {f"{0:032x}": "sent", f"{1:032x}": "unsure"}
    await give(installation, msgspec.structs.replace(make_batch(1), mailing="another"))
    await last_told(installation, 2)
    assert gateway.sent == ["to-0"], "another mailing goes on"


async def test_nobody_stops_a_mailing_by_word_of_another_district_or_unsigned(installation: Installation) -> None:
    await installation.put_config("played", [CARRIER], {})
    gateway = Played()
    await installation.run(gateway)
    where = key_subject(STOPPED, stopped_key(DISTRICT, "m"))
    await installation.bus.js.publish(where, encode(Stopped(district=DISTRICT, mailing="m", at=clock.unix())))
    await give(installation, make_batch(1))
    await last_told(installation)
    await stop_mailing(installation, "m", signed_by="another")
    await give(installation, make_batch(1))
    await last_told(installation, 2)
    assert gateway.sent == ["to-0", "to-0"]
