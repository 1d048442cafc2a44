"""A gateway for texts and its carriers."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from watchbell.gateways.sms.tests.office import Office


@pytest.fixture
async def office(installation: Any, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Office]:
    monkeypatch.setenv("WATCHBELL_GATEWAY_SMS_PORT", "0")
    found = Office(installation)
    await found.start()
    yield found
    await found.stop()
