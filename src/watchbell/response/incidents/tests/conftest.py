"""What several tests of incidents begin with."""

import pytest


@pytest.fixture
def sent(monkeypatch):
    """What the jobs gave to the bus, instead of a bus."""
    from watchbell.kernel.bus_thread import bus_thread
    from watchbell.line import clock

    found = []
    monkeypatch.setattr(bus_thread, "keep", lambda subject, message, key: found.append(message) or True)
    yield found
    clock.shift(0)
