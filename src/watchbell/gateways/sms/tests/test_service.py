"""Texts through carriers of both kinds, over real sockets and a real bus."""

import asyncio
from typing import Any

import aiohttp
import pytest

from watchbell.gateways.journal import Journal
from watchbell.gateways.sms.service import Sms
from watchbell.gateways.sms.tests.office import NUMBER, SECRET, Office, batch
from watchbell.line import clock
from watchbell.wire.base import encode
from watchbell.wire.status import DeviceStatus

BOTH = pytest.mark.parametrize("way", ["rest", "smpp"])


def carrier(office: Office, way: str) -> Any:
    return {"rest": office.rest, "smpp": office.smpp}[way]


@BOTH
async def test_texts_are_sent_and_reported_delivered(office: Office, way: str) -> None:
    people = [f"+1573555{at:02d}00" for at in range(30)]
    told = await office.give(batch(people, endpoint=way))
    assert (told.carrier, told.because) == ("ok", "")
    await office.until(lambda: len(office.results("delivered")) == 30)
    assert len(office.results("sent")) == 30 and {one.id for one in office.results("delivered")} == {
        f"{at:032x}" for at in range(30)
    }
    assert sorted(carrier(office, way).sent) == sorted((one, f"Hello no. {at}") for at, one in enumerate(people))
    assert SECRET not in "".join(encode(one).decode() for one in office.told()) and office.rest.problems == []


@BOTH
async def test_long_and_foreign_texts_arrive_whole(office: Office, way: str) -> None:
    texts = ["“Señor” – " + "ab€[" * 90, "Información: " + "día 😀 " * 30, "Aviso: ñandu, café – “ya”…"]
    for at, text in enumerate(texts):
        await office.give(batch([f"+157355501{at}0"], endpoint=way, text=text))
        await office.until(lambda count=at + 1: len(office.results("delivered")) == count)
    plain = [
        texts[0].replace("“", '"').replace("”", '"').replace("–", "-"),
        texts[1].strip(),
        'Aviso: ñandu, café - "ya"...',
    ]
    assert [text for _, text in carrier(office, way).sent] == plain
    assert [one["body"]["parts"] for one in office.heard] == [4, 4, 1]
    assert len(office.results("delivered")) == 3  # once for a message of several parts


@BOTH
async def test_numbers_that_cannot_be_reached_are_told_with_their_reason(office: Office, way: str) -> None:
    people = ["+15735550013", "+15735550014", "+15735550017", "5735550100", "+15735550100"]
    await office.give(batch(people, endpoint=way))
    await office.until(lambda: len(office.results("failed")) == 4 and office.results("delivered"))
    failed = {one.id[-1]: one for one in office.results("failed")}
    assert failed["0"].is_bad_address and failed["0"].code and failed["3"].is_bad_address
    assert failed["1"].because and failed["1"].code and not failed["1"].is_bad_address
    assert failed["2"].because


async def test_who_has_opted_out_with_the_carrier_is_told_and_heard(office: Office) -> None:
    await office.give(batch(["+15735550016"], endpoint="rest"))
    await office.until(lambda: office.results("failed") and office.words())
    assert "opted out" in office.results("failed")[0].because
    heard = office.words()[0]
    assert (heard.kind, heard.sender, heard.delivery) == ("opt_out", "+15735550016", f"{0:032x}")


@BOTH
async def test_what_people_answer_is_heard_and_belongs_to_the_newest_text(office: Office, way: str) -> None:
    await office.give(batch([NUMBER, "+15735550200"], endpoint=way))
    long = "Sí, llegó a casa. " * 20
    for text in ("STOP", "start", "Help", "Is he safe?", long):
        written = carrier(office, way).write(NUMBER, text, "+15735550199")
        assert await written in (200,) if way == "rest" else written
    await office.until(lambda: len(office.words()) == 5)
    found = {one.text: one for one in office.words()}
    assert [found[text].kind for text in ("STOP", "start", "Help", "Is he safe?")] == [
        "opt_out", "opt_in", "reply", "reply",
    ]  # fmt: skip
    assert found["Help"].detail["help"] is True and long in found
    assert {one.delivery for one in found.values()} == {f"{0:032x}"}
    assert {(one.sender, one.channel) for one in found.values()} == {(NUMBER, "text")}


@BOTH
async def test_what_is_said_twice_is_heard_once(office: Office, way: str) -> None:
    if way == "rest":
        for _ in range(2):
            assert await office.rest.write(NUMBER, "Yes", sid="SM00000000000001") == 200
    else:
        await office.until(lambda: any(one.is_bound for one in office.smpp.sessions))
        for _ in range(2):
            office.smpp.write(NUMBER, "Yes")
    await office.until(lambda: office.words())
    await asyncio.sleep(0.3)
    assert len({one.id for one in office.words()}) == 1
    found = await office.place.bus.js.stream_info("TOLD")
    assert found.state.messages == 1  # the stream knows its name


@BOTH
async def test_reports_that_come_twice_are_harmless(office: Office, way: str) -> None:
    carrier(office, way).copies = 3
    await office.give(batch([NUMBER], endpoint=way))
    await office.until(lambda: office.results("delivered"))
    await asyncio.sleep(0.3)
    assert {one.state for one in office.results()} == {"sent", "delivered"}
    if way == "smpp":  # its names are ours: the second is not even told
        assert len(office.results("delivered")) == 1 and office.smpp.answers == {0: 3}


@BOTH
async def test_a_throttled_carrier_is_waited_for_and_nothing_is_lost(office: Office, way: str) -> None:
    carrier(office, way).fail("refuses", 1.0)
    told = await office.give(batch([f"+1573555{at:02d}00" for at in range(20)], endpoint=way))
    assert told.carrier == "ok" and len(office.results("sent")) == 20
    assert len(carrier(office, way).sent) == 20


async def test_a_carrier_that_counts_by_the_second_gets_all_once(office: Office) -> None:
    office.smpp.most_per_second = 40
    people = [f"+1573{at:05d}00" for at in range(100)]
    told = await office.give(batch(people, endpoint="smpp"))
    assert told.carrier == "ok" and office.smpp.throttled > 0
    assert sorted(to for to, _ in office.smpp.sent) == sorted(people)


@BOTH
async def test_a_carrier_that_stays_throttled_gives_the_rest_back(
    office: Office, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    monkeypatch.setattr("watchbell.gateways.posting.SLOW_SECONDS", 0.8)
    carrier(office, way).fail("refuses", 60)
    people = [f"+1573{at:05d}00" for at in range(90)]
    told = await office.give(batch(people, endpoint=way))
    assert told.carrier == "slow" and not carrier(office, way).sent
    assert {one.state for one in office.results()} == {"later"}


@BOTH
async def test_a_carrier_that_is_down_is_said_to_be_and_the_rest_is_untried(office: Office, way: str) -> None:
    carrier(office, way).fail("down", 60)
    if way == "smpp":
        office.smpp.hang_up()
        await office.until(lambda: not office.gateway._smpp["smpp"][0].link.is_up)
    told = await office.give(batch([f"+1573{at:05d}00" for at in range(90)], endpoint=way))
    assert told.carrier == "down" and told.because and not carrier(office, way).sent
    assert {one.state for one in office.results()} <= {"later"} and len(office.results()) < 20


async def test_a_carrier_that_takes_no_such_kind_of_number_is_to_blame_and_no_number_is(office: Office) -> None:
    office.smpp.fail("numbering", 60)
    told = await office.give(batch([f"+1573{at:05d}00" for at in range(30)], endpoint="smpp"))
    assert told.carrier == "refuses" and "ESME_RINVDSTTON" in told.because
    assert {one.state for one in office.results()} == {"later"}
    assert not any(one.is_bad_address for one in office.results())


async def test_a_bind_comes_back_by_itself(office: Office) -> None:
    await office.until(lambda: office.smpp.sessions)
    office.smpp.hang_up()
    told = await office.give(batch([NUMBER], endpoint="smpp"))
    assert told.carrier == "ok" and len(office.smpp.sent) == 1


async def test_a_carrier_that_hangs_up_in_mid_batch_leaves_the_unanswered_unsure(office: Office) -> None:
    office.smpp.dies_after = 25
    await office.configure(window=10)
    await asyncio.sleep(0.3)
    people = [f"+1573{at:05d}00" for at in range(60)]
    told = await office.give(batch(people, endpoint="smpp"))
    states = [one.state for one in office.results() if one.state != "delivered"]
    assert told.carrier == "down" and states.count("sent") >= 15 and 1 <= states.count("unsure") <= 10
    untried = 60 - len({one.id for one in office.results()})
    assert untried > 0 and len(office.smpp.sent) == 25
    told_sent = {one.id for one in office.results("sent")} | {one.id for one in office.results("unsure")}
    assert {
        f"{people.index(to):032x}" for to, _ in office.smpp.sent
    } <= told_sent  # whoever may have it is not tried again


@BOTH
async def test_what_a_killed_gateway_may_have_sent_is_not_sent_again(office: Office, way: str) -> None:
    await office.place.halt()
    wanted = batch(["+15735550100", "+15735550200", "+15735550300"], endpoint=way)
    journal = Journal(office.gateway.folder / "batches" / f"{wanted.id}.1")
    journal.begin([f"{0:032x}"])
    journal.close()
    office.gateway = await office.place.run(Sms())
    await office.give(wanted)
    assert [to for to, _ in carrier(office, way).sent] == ["+15735550200", "+15735550300"]
    assert [one.state for one in office.results() if one.id == f"{0:032x}"] == ["unsure"]


@pytest.mark.parametrize("mode", ["drill", "test"])
async def test_drills_and_tests_reach_the_trial_carrier_only_and_say_so(office: Office, mode: str) -> None:
    for way in ("rest", "smpp"):
        for is_test in (False, True):  # what a batch says of its carrier is not believed against the configuration
            told = await office.give(batch([NUMBER], endpoint=way, mode=mode, is_test=is_test))
            assert told.carrier == "refuses" and f"a {mode} never reaches" in told.because
    assert not office.rest.sent and not office.smpp.sent and not office.results()
    told = await office.give(batch([NUMBER], endpoint="trial", mode=mode, is_test=False))
    assert told.carrier == "refuses" and not office.trial.sent
    await office.give(batch([NUMBER], endpoint="trial", mode=mode, is_test=True))
    assert list(office.trial.sent) == [(NUMBER, f"{mode.upper()}: Hello no. 0")]


async def test_forged_callbacks_are_refused(office: Office) -> None:
    form = {"MessageSid": "SM0123456789", "MessageStatus": "delivered", "From": NUMBER, "Body": "STOP"}
    base = f"http://{office.gateway.address}/sms"
    async with aiohttp.ClientSession() as http:
        for path in (f"status/rest/{1:032x}", "heard/rest", "heard/smpp", "heard/nobody"):
            for headers in ({}, {"X-Twilio-Signature": "RSOYDt4T1cUTdK1PDd93/VVr8B8="}):
                async with http.post(f"{base}/{path}", data=form, headers=headers) as answer:
                    assert answer.status == 403
    office.rest.token = "another"
    assert await office.rest.write(NUMBER, "STOP") == 403
    assert office.words() == [] and office.told() == []


async def test_a_wrong_password_is_trouble_and_refused(office: Office) -> None:
    await office.configure(password="wrong")
    await office.until(lambda: office.gateway._smpp["smpp"][0].link.is_refused)
    told = await office.give(batch([NUMBER], endpoint="smpp"))
    assert told.carrier == "refuses" and "password" in told.because
    statuses = {one.endpoint: one for one in await office.gateway.probe()}
    assert statuses["smpp"].state == "trouble" and statuses["rest"].state == "online"


async def test_carriers_are_looked_at(office: Office) -> None:
    statuses = {one.endpoint: one.state for one in await office.gateway.probe()}
    assert statuses == {"rest": "online", "smpp": "online", "trial": "online"}
    office.rest.account_sid = "ACother"
    statuses = {one.endpoint: one.state for one in await office.gateway.probe()}
    assert statuses["rest"] == "trouble"
    assert await office.place.wait_for(DeviceStatus, "status", 3)


async def test_receipts_in_hex_and_by_parameters_are_matched(office: Office) -> None:
    office.smpp.ids, office.smpp.parameters = "hex", True
    await office.give(batch([NUMBER, "+15735550014"], endpoint="smpp"))
    await office.until(lambda: office.results("delivered") and office.results("failed"))
    assert {one.id for one in office.results("delivered")} == {f"{0:032x}"}


async def test_a_receipt_that_comes_before_the_answer_is_kept(office: Office) -> None:
    carrier = office.gateway._smpp["smpp"][1]
    await office.until(lambda: any(one.is_bound for one in office.smpp.sessions))
    office.smpp.write(
        NUMBER, "id:77 sub:001 dlvrd:001 submit date:2611270230 done date:2611270231 stat:DELIVRD err:000 text:"
    )
    await asyncio.sleep(0.2)
    office.gateway.names.keep("smpp", f"{9:032x}", ["77"], clock.unix())
    await office.until(lambda: office.results("delivered"))
    assert office.results("delivered")[0].id == f"{9:032x}" and carrier.endpoint == "smpp"


async def test_the_gateway_goes_on_after_what_is_no_smpp(office: Office) -> None:
    office.smpp.fail("garbles", 0.5)
    await office.gateway._smpp["smpp"][0].link.unbind()
    await asyncio.sleep(0.6)
    told = await office.give(batch([NUMBER], endpoint="smpp"))
    assert told.carrier == "ok" and len(office.smpp.sent) == 1
