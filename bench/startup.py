"""Cold and warm start of the whole demo: from the command to every role reporting that it is well, in seconds."""

import json
import shutil
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))
from tests.flows.installation import Installation


def main() -> None:
    home = Path(tempfile.mkdtemp(prefix="wb-bench-")) / "home"
    home.mkdir()
    made = Installation(home)
    try:
        cold = made.start()
        made.stop()
        began = time.monotonic()
        warm = made.start()
        stop_began = time.monotonic()
        made.stop()
        stop = time.monotonic() - stop_began
        print(json.dumps({"cold_seconds": round(cold, 1), "warm_seconds": round(warm, 1),
                          "stop_seconds": round(stop, 1), "aim": "cold 20, warm 5",
                          "all_seconds": round(time.monotonic() - began, 1)}))  # fmt: skip
    finally:
        made.stop()
        shutil.rmtree(home.parent, ignore_errors=True)


if __name__ == "__main__":
    main()
