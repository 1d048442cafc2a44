"""Each decoder for some seconds on every run; `make fuzz` gives them an hour."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.fuzz.targets import TARGETS

RUN = Path(__file__).parent / "run.py"


#: In two turns, so that two processes share the work; a minute in all.
TURNS = {"first": sorted(TARGETS)[::2], "second": sorted(TARGETS)[1::2]}


@pytest.mark.parametrize("turn", TURNS)
def test_no_bytes_make_a_decoder_raise_or_hang(turn: str) -> None:
    out = subprocess.run([sys.executable, RUN, "1", *TURNS[turn]], capture_output=True, text=True, check=False)
    told = out.stdout + out.stderr
    assert out.returncode == 0, told[-5000:]
    assert told.count("seeds") == told.count("exit 0") == len(TURNS[turn]), told[-5000:]


RAISES = """
import sys, tempfile
from pathlib import Path
from tests.fuzz.run import fuzz_in_child
with tempfile.NamedTemporaryFile() as said:
    code = fuzz_in_child(lambda raw: 1 // 0, ["-runs=20"], Path(said.name))
    print("exit", code, Path(said.name).read_text(errors="replace"))
"""


def test_a_decoder_that_raises_is_told_with_what_it_raised() -> None:
    root = Path(__file__).parent.parent.parent
    out = subprocess.run([sys.executable, "-c", RAISES], capture_output=True, text=True, check=False, cwd=root)
    assert out.returncode == 0 and "ZeroDivisionError" in out.stdout and "exit 0" not in out.stdout, out.stderr[-3000:]
