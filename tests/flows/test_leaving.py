"""It leaves at once when asked, also in the very moment in which it has become ready."""

import signal
import time
from pathlib import Path

import pytest

from tests.flows.installation import Installation

pytestmark = pytest.mark.long

TIMES = 2


def test_it_leaves_at_once_also_when_it_has_just_become_ready(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    made = Installation(home)
    try:
        for _ in range(TIMES):
            made.start()
            assert made.process is not None
            began = time.monotonic()
            made.process.send_signal(signal.SIGTERM)
            assert made.process.wait(30) == 0, made.log_end()
            assert time.monotonic() - began < 15, made.log_end()
    finally:
        made.stop()
    told = home.with_suffix(".log").read_text()
    assert "Traceback" not in told and "does not leave" not in told, made.log_end()
