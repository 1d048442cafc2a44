"""A home of a figure's own, with the whole demo in it, thrown away afterwards."""

import contextlib
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))
from tests.flows.installation import Installation


def send_confirmed(made: Installation, notice: str) -> None:
    """Sent by the director; what reaches nearly everybody is confirmed by the superintendent, as it has to be."""
    state = made.call("POST", f"/notices/{notice}/submit", {"count": None})
    if state.get("state") == "asked":
        state = made.call("POST", f"/notices/{notice}/approve", {"count": None}, role="superintendent")
    assert state.get("state") == "sending", state


@contextlib.contextmanager
def demo() -> Iterator[Installation]:
    """A started demo district; whatever happened, nothing of it is left."""
    home = Path(tempfile.mkdtemp(prefix="wb-bench-")) / "home"
    home.mkdir()
    made = Installation(home)
    try:
        made.start()
        yield made
    finally:
        with contextlib.suppress(AssertionError):  # what was killed is only just coming back
            made.stop()
        shutil.rmtree(home.parent, ignore_errors=True)
