"""An office whose words are spoken once for all tests, by the engine that is quick to start."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import uvloop

from watchbell.gateways.rtppaging import piper
from watchbell.gateways.siptrunk import course, script, trunk
from watchbell.gateways.siptrunk.tests.office import Office

#: These run on asyncio's own loop, too.
BOTH = ("test_how_each_call_ends_is_told", "test_a_call_sends_shared_frames_then_quiet_and_hears_each_key_once",
        "test_sipp_challenges_answers_and_presses_a_key_by_its_own_capture",
        "test_a_gateway_that_ends_in_mid_call_hangs_up_and_does_not_call_again")  # fmt: skip


def pytest_asyncio_loop_factories(item: pytest.Item) -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    """The loop that processes run on."""
    loops: dict[str, Callable[[], asyncio.AbstractEventLoop]] = {"uvloop": uvloop.new_event_loop}
    return loops | ({"asyncio": asyncio.new_event_loop} if item.name in BOTH else {})


@pytest.fixture(scope="session")
def speech(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("trunk-speech")


@pytest.fixture
async def office(installation: Any, speech: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Office]:
    monkeypatch.setenv("WATCHBELL_GATEWAY_SIPTRUNK_PORT", "0")
    monkeypatch.setattr(piper, "find_voice", lambda: None)
    monkeypatch.setattr(script, "KEY_SECONDS", 0.5)
    monkeypatch.setattr(trunk, "RING_SECONDS", 2.5)
    monkeypatch.setattr(trunk, "FIRST_SECONDS", 1.5)
    monkeypatch.setattr(course, "HEARD_SECONDS", 0.5)
    found = Office(installation, speech)
    await found.start()
    yield found
    await installation.halt()
    await found.trunk.stop()
