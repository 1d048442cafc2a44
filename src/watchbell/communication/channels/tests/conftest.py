"""What several tests of ways and carriers begin with."""

import pytest


@pytest.fixture
def kept(committed_db, district, hints, monkeypatch):
    """What was published: (subject, message)."""
    from watchbell.communication.channels import jobs
    from watchbell.kernel.bus_thread import bus_thread

    found = []
    monkeypatch.setattr(jobs, "quiet_until", lambda moment: None)  # these tests run by night, too
    monkeypatch.setattr(bus_thread, "keep", lambda subject, message, key: found.append((subject, message)) or True)
    return found
