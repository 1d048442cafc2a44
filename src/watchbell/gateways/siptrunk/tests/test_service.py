"""Calls in batches through a played trunk, over real sockets and a real bus, on asyncio's loop and on uvloop."""

import asyncio

import pytest

from watchbell.gateways.journal import Journal
from watchbell.gateways.siptrunk.tests.office import Office, batch
from watchbell.line import clock
from watchbell.wire.status import DeviceStatus


async def test_how_each_call_ends_is_told(office: Office) -> None:
    ends = ("00", "12", "13", "14", "16", "17", "18", "19", "20", "21", "22", "23", "24")
    told = await office.give(batch([f"+1573555{'00'}{end}" for end in ends] + ["5735550100"]))
    assert told.carrier == "ok", told
    wanted = ["answered", "answered", "failed", "no_answer", "busy", "machine", "failed", "answered", "no_answer",
              "answered", "no_answer", "failed", "answered", "failed"]  # fmt: skip
    assert office.states() == dict(enumerate(wanted)), office.newest()
    bad = {int(id, 16) for id, one in office.newest().items() if one.is_bad_address}
    assert bad == {2, 6, 11, 13}
    keys = sorted((one.kind, one.text, one.sender) for one in office.words())
    assert keys == [("key", "1", "+15735550000"), ("key", "1", "+15735550021"), ("key", "1", "+15735550024"),
                    ("key", "9", "+15735550019"), ("opt_out", "9", "+15735550019")]  # fmt: skip
    assert all(one.channel == "voice" and one.delivery for one in office.words())
    await office.until(lambda: {"+15735550017", "+15735550012"} <= set(office.bodies()))
    machine, listener = office.bodies()["+15735550017"], office.bodies()["+15735550012"]
    assert machine["by"] == "machine" and 0.5 < machine["heard_seconds"] < listener["heard_seconds"] / 2
    assert office.trunk.counts["+15735550000"] == 1, "each is called once"


@pytest.mark.parametrize("mode", ["drill", "test"])
async def test_drills_and_tests_ring_the_trial_trunk_only_and_say_so(office: Office, mode: str) -> None:
    told = await office.give(batch(["+15735550012"], mode=mode))
    assert told.carrier == "refuses" and f"a {mode} never reaches" in told.because and not office.trunk.counts
    await office.give(batch(["+15735550017"]))
    await office.give(batch(["+15735550117"], mode=mode, endpoint="trial"))
    await office.until(lambda: len(office.heard) == 2)
    real, marked = (office.bodies()[one]["heard_seconds"] for one in ("+15735550017", "+15735550117"))
    assert marked > 1.5 * real, "a drill or a test is called one, twice, before the words"


@pytest.mark.parametrize(
    ("how", "carrier", "state"),
    [("down", "down", "later"), ("garbles", "down", "later"), ("refuses", "refuses", "failed"),
     ("silent", "down", "later")],
)  # fmt: skip
async def test_a_broken_trunk_is_told_and_the_rest_is_untried(
    office: Office, how: str, carrier: str, state: str
) -> None:  # fmt: skip
    await office.configure(at_once=3)
    office.trunk.fail(how, 60)
    await office.until(lambda: office.gateway.trunks["t1"].entry["at_once"] == 3)
    told = await office.give(batch([f"+1573555{at:02d}00" for at in range(30)]))
    assert told.carrier == carrier and told.because and not office.trunk.counts
    assert set(office.states().values()) == {state} and len(office.states()) <= 6
    office.trunk.fail("", 0)
    left = batch(["+15735550000"])
    assert (await office.give(left)).carrier == "ok"
    assert office.newest()[f"{0:032x}"].state == "answered"


async def test_a_trunk_that_leads_nowhere_is_at_fault_and_no_number_is(office: Office) -> None:
    for habit in ("gone", "invalid"):
        office.trunk.habit = habit
        told = await office.give(batch([f"+1573555{at:02d}01" for at in range(12)], purpose="emergency"))
        assert told.carrier == "refuses" and "leads nowhere" in told.because
        assert set(office.states().values()) == {"later"} and len(office.states()) >= 5
        assert not any(one.is_bad_address for one in office.newest().values())
    office.trunk.habit = "confirms"
    office.trunk.people = {"+15735550101": "gone"}
    told = await office.give(batch([f"+1573555{at:02d}01" for at in range(12)], purpose="emergency"))
    assert told.carrier == "ok" and office.states()[1] == "failed" and office.newest()[f"{1:032x}"].is_bad_address


async def test_a_fax_tone_in_an_emergency_closes_no_number_for_good(office: Office) -> None:
    for purpose in ("emergency", "routine"):
        office.trunk.people = {"+15735550301": "fax"}
        await office.give(batch(["+15735550301"], purpose=purpose))
        result = office.newest()[f"{0:032x}"]
        assert (result.state, result.is_bad_address) == ("failed", purpose == "routine")


async def test_a_wrong_password_is_the_trunks_refusal(office: Office) -> None:
    office.trunk.accounts["district"] = "another"
    told = await office.give(batch(["+15735550000", "+15735550100"]))
    assert told.carrier == "refuses" and "password" in told.because
    assert set(office.states().values()) == {"later"}


async def test_no_more_calls_are_up_than_the_trunk_takes_however_it_is_configured_meanwhile(office: Office) -> None:
    office.trunk.habit = "hangs up"
    await office.configure(at_once=2)
    await office.until(lambda: office.gateway.trunks["t1"].at_once == 2)
    await office.put(batch([f"+1573555{at:02d}00" for at in range(6)]))
    await office.until(lambda: office.trunk.counts)
    await office.configure(at_once=2, lanes=2, priority=3)  # calls that are up count on
    await office.put(batch([f"+1573556{at:02d}00" for at in range(6)], purpose="newsletter"))
    await office.until(lambda: len(office.ends()) == 2, 60)
    assert office.trunk.most_at_once <= 2 and sum(office.trunk.counts.values()) == 12
    assert set(office.states().values()) == {"no_answer"}


async def test_a_trunk_that_wants_registration(office: Office) -> None:
    await office.configure(register=True)
    await office.until(lambda: "district" in office.trunk.registered)
    assert (await office.give(batch(["+15735550000"]))).carrier == "ok"
    await office.until(lambda: office.gateway.trunks["t1"].state == "online")


async def test_the_trunks_health(office: Office) -> None:
    trunk = office.gateway.trunks["t1"]
    (status, _) = await office.gateway.probe()
    assert isinstance(status, DeviceStatus) and (status.endpoint, status.state) == ("t1", "online")
    for how, state in (("down", "trouble"), ("refuses", "trouble"), ("silent", "silent")):
        office.trunk.fail(how, 8)
        await trunk.look()
        assert (trunk.state, bool(trunk.because)) == (state, True)


async def test_what_a_killed_gateway_may_have_called_is_not_called_again(office: Office) -> None:
    wanted = batch(["+15735550012", "+15735550100"])
    await office.place.halt()
    journal = Journal(office.gateway.folder / "batches" / f"{wanted.id}.1")
    journal.begin([f"{0:032x}"])
    journal.close()
    await office.run()
    await office.give(wanted)
    assert office.states() == {0: "unsure", 1: "answered"}
    assert office.trunk.counts == {"+15735550100": 1}


async def test_a_gateway_that_ends_in_mid_call_hangs_up_and_does_not_call_again(office: Office) -> None:
    wanted = batch(["+15735550012"])
    await office.put(wanted)
    await office.until(lambda: office.trunk.up)
    await office.place.halt()
    await office.until(lambda: not office.trunk.up, 5)
    await office.run()
    await office.give(wanted)  # as the hub does once its lease is over
    assert office.states() == {0: "unsure"}
    assert office.trunk.counts == {"+15735550012": 1}


async def test_a_poll_takes_its_own_keys(office: Office) -> None:
    office.trunk.people = {"+15735550300": "never again"}
    await office.give(batch(["+15735550300"], options={"keys": {"1": "yes", "9": "no"}}, purpose="emergency"))
    assert [(one.kind, one.text) for one in office.words()] == [("key", "9")], "nine is an answer here, no wish"


async def test_calls_keep_the_trunks_pace(office: Office) -> None:
    await office.configure(per_second=4, at_once=50)
    await asyncio.sleep(0.3)
    began = clock.monotonic()
    await office.give(batch([f"+1573555{at:02d}16" for at in range(12)]))
    assert clock.monotonic() - began > 2.0
