"""Cold and warm start of the whole demo: from the command to every role reporting that it is well, in seconds.

Cold is an empty home after the installation, which keeps copies of schema and demo; without them it is told, too.
"""

import json
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))
from tests.flows.installation import Installation
from watchbell.project import installation


def measure_unprepared() -> float:
    """An empty home on a machine that keeps no copies: schema and district are made while it starts."""
    kept = installation.copies_folder()
    aside = kept.with_name(f"{kept.name}.aside")
    kept.rename(aside)
    folder = Path(tempfile.mkdtemp(prefix="wb-bench-"))
    (folder / "home").mkdir()
    made = Installation(folder / "home")
    try:
        return made.start()
    finally:
        made.stop()
        shutil.rmtree(folder, ignore_errors=True)
        shutil.rmtree(kept, ignore_errors=True)
        aside.rename(kept)


def main() -> None:
    began = time.monotonic()
    subprocess.run([sys.executable, "-m", "watchbell.project.cli", "prepare"], check=True, stdout=sys.stderr)
    preparing = time.monotonic() - began
    home = Path(tempfile.mkdtemp(prefix="wb-bench-")) / "home"
    home.mkdir()
    made = Installation(home)
    try:
        cold = made.start()
        made.stop()
        warm = made.start()
        stop_began = time.monotonic()
        made.stop()
        stop = time.monotonic() - stop_began
        print(json.dumps({"preparing_seconds": round(preparing, 1), "cold_seconds": round(cold, 1),
                          "warm_seconds": round(warm, 1), "stop_seconds": round(stop, 1), "aim": "cold 20, warm 5",
                          "cold_without_kept_copies_seconds": round(measure_unprepared(), 1)}))  # fmt: skip
    finally:
        made.stop()
        shutil.rmtree(home.parent, ignore_errors=True)


if __name__ == "__main__":
    main()
