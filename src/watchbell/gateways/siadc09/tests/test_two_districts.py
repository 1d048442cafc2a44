"""Panels of two districts with one number: their keys tell them apart; where nothing does, no press is lost."""

import uuid

from watchbell.gateways.siadc09.tests.test_service import DISTRICT, ENTRY, KEY, panel
from watchbell.wire.press import PanicPressed

__all__ = ["panel"]  # the fixture
OTHER, SCHOOL = str(uuid.UUID(int=91)), str(uuid.UUID(int=92))
ELSEWHERE = {**ENTRY, "district": OTHER, "site": SCHOOL}


async def test_the_key_says_whose_panel_it_is(installation, panel):
    secrets = {f"{DISTRICT} 5678": KEY.hex(), f"{OTHER} 5678": (KEY + KEY).hex()}
    one = await panel((ENTRY, ELSEWHERE), secrets, key=KEY + KEY)
    assert (await one.press("12")).answer == "ACK"
    (press,) = await installation.wait_for(PanicPressed, "press")
    assert (press.district, press.site) == (OTHER, SCHOOL)
    assert panel.gateway()._problems == []


async def test_a_press_that_may_be_of_either_school_is_raised_at_both_and_somebody_is_told(installation, panel):
    one = await panel((ENTRY, ELSEWHERE))
    assert (await one.press("12")).answer == "ACK"
    presses = await installation.wait_for(PanicPressed, "press", 2)
    assert {press.district for press in presses} == {DISTRICT, OTHER} and len({press.id for press in presses}) == 2
    (problem,) = panel.gateway()._problems
    assert "5678" in problem and "2 schools" in problem
