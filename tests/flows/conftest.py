"""One installation for all flows of a worker: started as an operator starts it, broken by hand, cleared after each."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.flows.installation import Installation


@pytest.fixture(scope="session")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """A demo district with all roles, real PostgreSQL and NATS, played equipment over real sockets."""
    home = Path(tmp_path_factory.mktemp("wb")) / "home"
    home.mkdir()
    made = Installation(home)
    try:
        made.start()
        yield made
    finally:
        made.stop()


@pytest.fixture
def district(installation: Installation) -> Iterator[Installation]:
    """The installation with nothing on: every alarm of an earlier test is cleared, every fault is over."""
    installation.wait_until(lambda: installation.health().get("status") == "ok", 60, "every role is well")
    installation.clear_all()
    yield installation
    installation.wait_until(lambda: installation.health().get("status") == "ok", 60, "every role is well again")
    installation.clear_all()
