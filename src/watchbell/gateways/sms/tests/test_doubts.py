"""A carrier's own mistake (its route, its contract, our account there) is none of the numbers'."""

import msgspec
import pytest

from watchbell.gateways.sms.tests.office import Office, batch, number

BAD = [f"+1573555{at:02d}13" for at in range(10, 22)]


def bad_of(office: Office) -> list[str]:
    return [one.id for one in office.results() if one.is_bad_address]


@pytest.mark.parametrize("way", ["smpp", "rest"])
async def test_one_bad_number_among_good_ones_is_bad(office: Office, way: str) -> None:
    told = await office.give(batch([number(1), BAD[0], number(2), number(3)], endpoint=way))
    assert told.carrier == "ok" and told.untried == [] and bad_of(office) == [f"{1:032x}"]


@pytest.mark.parametrize("way", ["smpp", "rest"])
async def test_a_carrier_that_knows_no_number_is_at_fault_and_another_gets_them_all(office: Office, way: str) -> None:
    told = await office.give(batch(BAD, endpoint=way))
    assert told.carrier == "refuses" and "leads nowhere" in told.because
    assert len(told.untried) == len(BAD) and bad_of(office) == [] and office.results("failed") == []


@pytest.mark.parametrize(("how", "words"), [
    ("misrouted", "leads nowhere"), ("barred", "takes no message"), ("service", "0x15"), ("numbering", "DSTTON"),
])  # fmt: skip
async def test_a_route_that_leads_nowhere_or_an_account_that_is_barred(office: Office, how: str, words: str) -> None:
    assert (await office.give(batch([number(9)], endpoint="smpp"))).carrier == "ok"
    office.smpp.fail(how, 60)
    told = await office.give(batch([number(at) for at in range(8)], endpoint="smpp"))
    assert told.carrier == "refuses" and words in told.because, told.because
    assert len(told.untried) == 8 and bad_of(office) == [] and office.results("failed") == []


async def test_single_messages_one_after_another_show_it_as_well(office: Office) -> None:
    office.smpp.fail("misrouted", 60)
    told = [await office.give(batch([number(at)], endpoint="smpp")) for at in range(6)]
    assert [one.carrier for one in told] == ["ok"] * 4 + ["refuses"] * 2, "of one number alone it may be right"
    assert told[-1].untried == [f"{0:032x}"]


async def test_a_few_bad_numbers_do_not_stand_before_the_others(office: Office) -> None:
    first = batch([*BAD[:6], number(1), number(2)], endpoint="smpp")
    await office.configure(window=1)
    await office.until(lambda: office.gateway._smpp["smpp"][0].entry.get("window") == 1)
    told = await office.give(first)
    assert told.carrier == "refuses" and len(told.untried) == 8
    told = await office.give(msgspec.structs.replace(first, attempt=2))
    assert [to for to, _ in office.smpp.sent] == [number(1), number(2)], "what it has refused comes last"
    assert bad_of(office) == [f"{5:032x}"], "between good ones it is believed"
    assert set(told.untried) == {f"{at:032x}" for at in range(5)}, "of five in a row it is still not"


async def test_a_text_that_is_too_long_blames_nobody(office: Office) -> None:
    told = await office.give(batch([number(at) for at in range(6)], endpoint="rest", text="long " * 800))
    assert told.carrier == "ok" and len(office.results("failed")) == 6 and bad_of(office) == []
