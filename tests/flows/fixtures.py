"""Installations for flows: started as an operator starts them, broken by hand, cleared after each test.

One at a time: on two cores, two of them would show neither's real speed. Files with an installation of their own come
first (`OWN`), then those that share one. A plugin and not a conftest: the browser tests share the same installation,
and a fixture imported into a second conftest is a second fixture, with an installation beside the first.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.flows.installation import Installation

#: In this order: a moved clock never goes back, so whoever moves it furthest comes last.
OWN = (
    "from_nothing",
    "leaving",
    "own_engines",
    "two_of_each",
    "site_cut",
    "operating",
    "paging_by_night",
)
_movable: list[Installation] = []


def place_in_line(item: pytest.Item) -> tuple[int, int]:
    """Where a test stands in a run: long ones first, then flows, those with their own installation ahead."""
    path = item.path
    if path.parent.name == "fuzz":
        return (0, -1)
    if path.parent.name == "flows":
        name = path.stem.removeprefix("test_")
        return (0, OWN.index(name)) if name in OWN else (1, 0)
    return (2, 0) if "installation" in getattr(item, "fixturenames", ()) else (3, 0)


@pytest.fixture(scope="session")
def movable(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """A demo district whose clock may be moved by hours; it ends when the shared one begins."""
    home = Path(tmp_path_factory.mktemp("movable")) / "home"
    home.mkdir()
    made = Installation(home)
    _movable.append(made)
    try:
        made.start()
        yield made
    finally:
        made.stop()


@pytest.fixture(scope="session")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """A demo district with all roles, real PostgreSQL and NATS, played equipment over real sockets."""
    for other in _movable:
        other.stop()
    home = Path(tmp_path_factory.mktemp("wb")) / "home"
    home.mkdir()
    made = Installation(home)
    try:
        made.start()
        yield made
    finally:
        made.stop()


@pytest.fixture
def at_rest(installation: Installation) -> Iterator[Installation]:
    """The installation with nothing on: every alarm of an earlier test is cleared, every fault is over."""
    installation.wait_until(lambda: installation.health().get("status") == "ok", 60, "every role is well")
    installation.clear_all()
    yield installation
    installation.wait_until(lambda: installation.health().get("status") == "ok", 60, "every role is well again")
    installation.clear_all()
    installation.wait_until(lambda: not installation.pages_on(), 30, f"it is quiet: {installation.pages_on()}")
