"""Each decoder for some seconds on every run; `make fuzz` gives them an hour."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.fuzz.targets import TARGETS

RUN = Path(__file__).parent / "run.py"


@pytest.mark.parametrize("name", sorted(TARGETS))
def test_no_bytes_make_a_decoder_raise_or_hang(name: str) -> None:
    out = subprocess.run([sys.executable, RUN, "4", name], capture_output=True, text=True, check=False)
    assert out.returncode == 0, out.stdout[-3000:]
