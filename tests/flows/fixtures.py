"""Installations for flows: started as an operator starts them, broken by hand, cleared after each test.

One at a time: on two cores, two of them would show neither's real speed. Files with an installation of their own come
first (`OWN`), then those that share one. A plugin and not a conftest: the browser tests share the same installation,
and a fixture imported into a second conftest is a second fixture, with an installation beside the first.
"""

import os
from collections.abc import Iterator
from zlib import crc32

import pytest

from tests.flows.installation import Installation, running

#: In this order: a moved clock never goes back, so whoever moves it furthest comes last.
OWN = (
    "from_nothing",
    "leaving",
    "own_engines",
    "two_of_each",
    "site_cut",
    "operating",
    "keys",
    "paging_by_night",
)
#: What `make test` leaves to `make test-long`, besides what is marked so in its file: on two cores there is no time for
#: every variant of every path, so each path is walked once and the rest before a release.
LONG = (
    "flows/test_after.py", "flows/test_test_sessions.py",
    "flows/test_badges.py::test_with_postgres", "flows/test_badges.py::test_a_badge_gateway_process_killed",
    "flows/test_badges.py::test_a_sign_that_is_away", "flows/test_calls.py::test_a_dialled_code",
    "flows/test_faults.py::test_a_gateway_dies_between_order_and_receipt[rtppaging]",
    "flows/test_faults.py::test_a_gateway_dies_between_order_and_receipt[eido]",
    "flows/test_faults.py::test_a_role_dies_during_the_all_clear[reflex]",
    "flows/test_faults.py::test_a_role_dies_during_the_all_clear[gateway/osdp]",
    "flows/test_from_nothing.py::test_two_districts_press_at_once_and_never_meet[reflex]",
    "flows/test_from_nothing.py::test_two_districts_press_at_once_and_never_meet[postgres]",
    "flows/test_graded.py::test_when_nobody_answers_it_goes_further[with the database]",
    "flows/test_nobody_acknowledges.py::test_a_reflex_killed", "flows/test_nobody_acknowledges.py::test_with_postgres",
    "flows/test_nobody_acknowledges.py::test_what_becomes", "flows/test_panic_press.py::test_many_buttons",
    *(f"flows/test_panic_press.py::test_a_role_killed_in_the_middle_of_a_press_loses_nothing[{role}]"
      for role in ("web", "gateway/rtppaging", "gateway/eido")),
    "browser/test_workflow.py::test_the_guided_path", "browser/test_workflow.py::test_what_happens",
    "browser/test_workflow.py::test_press_and_all_clear_by_keyboard", "browser/test_roll.py::test_from_the_alert",
    "browser/test_roll.py::test_a_person_in_two", "browser/test_announcing.py::test_what_is_spoken",
    "browser/test_graded.py::test_pins",
    "src/watchbell/gateways/rtppaging/tests/test_announcing.py::test_a_zone_knows_which",
)  # fmt: skip
#: A single test in these takes half a minute of real time: calls, and a gateway killed in the middle of its work.
SLOW = ("test_texttelephone", "test_kill")
_movable: list[Installation] = []


def place_in_line(item: pytest.Item) -> tuple[int, int]:
    """Where a test stands in a run: long ones first, then flows, those with their own installation ahead.

    Among several processes what waits for a socket and what computes are mixed, the same way each time: one after the
    other, half the machine would be idle in the first half and short in the second.
    """
    path = item.path
    if "PYTEST_XDIST_WORKER" in os.environ and path.parent.name not in ("fuzz", "gallery"):
        return (0, 0) if path.stem in SLOW else (3, crc32(item.nodeid.encode()))
    if path.parent.name == "fuzz":
        return (0, -1)
    if path.parent.name == "flows":
        name = path.stem.removeprefix("test_")
        return (0, OWN.index(name)) if name in OWN else (1, 0)
    return (2, 0) if "installation" in getattr(item, "fixturenames", ()) else (3, 0)


@pytest.fixture(scope="session")
def movable(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """A demo district whose clock may be moved by hours; it ends when the shared one begins."""
    with running(tmp_path_factory.mktemp("movable")) as made:
        _movable.append(made)
        yield made


@pytest.fixture(scope="session")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """A demo district with all roles, real PostgreSQL and NATS, played equipment over real sockets."""
    for other in _movable:
        other.stop()
    with running(tmp_path_factory.mktemp("wb")) as made:
        yield made


@pytest.fixture
def at_rest(installation: Installation) -> Iterator[Installation]:
    """The installation with nothing on: every alarm of an earlier test is cleared, every fault is over."""
    installation.wait_until(lambda: installation.health().get("status") == "ok", 60, "every role is well")
    installation.clear_all()
    yield installation
    installation.wait_until(lambda: installation.health().get("status") == "ok", 60, "every role is well again")
    installation.clear_all()
    installation.wait_until(lambda: not installation.pages_on(), 30, f"it is quiet: {installation.pages_on()}")
