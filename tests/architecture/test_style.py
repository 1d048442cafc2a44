"""Python, styles and scripts are written as their formatters write them, and the scripts' types agree."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
RUFF = str(Path(sys.executable).parent / "ruff")


@pytest.mark.parametrize(
    "command",
    [
        [RUFF, "check", "--quiet", "src", "tests", "tools", "bench"],
        [RUFF, "format", "--check", "--quiet", "src", "tests", "tools", "bench"],
        ["npm", "run", "--silent", "style"],
        ["npm", "run", "--silent", "types"],
    ],
    ids=["lint", "format", "web style", "web types"],
)
def test_nothing_is_left_to_be_said(command: list[str]) -> None:
    found = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert found.returncode == 0, (found.stdout + found.stderr)[-4000:]
