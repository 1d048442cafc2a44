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


def pytest_asyncio_loop_factories() -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    """The tests here run on both loops; processes run on uvloop."""
    return {"asyncio": asyncio.new_event_loop, "uvloop": uvloop.new_event_loop}


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
