"""Runs every benchmark, prints one table, writes bench/results.json. Nothing here fails because of a time."""

import json
import platform
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
FIGURES = (
    "startup", "press", "live", "pages", "paging", "notices", "notices_text", "notices_calls", "telling", "answers",
    "campaign", "calls", "flood", "shown", "video",
)  # fmt: skip


def main() -> int:
    results = {"machine": platform.platform(), "python": platform.python_version()}
    wanted = sys.argv[1:] or FIGURES
    for name in wanted:
        out = subprocess.run([sys.executable, HERE / f"{name}.py"], stdout=subprocess.PIPE, check=False)
        lines = out.stdout.decode().strip().splitlines()
        try:
            results[name] = json.loads(lines[-1])
        except (IndexError, ValueError):
            results[name] = {"failed": f"exit code {out.returncode}"}
        print(f"== {name}")
        for key, value in results[name].items():
            print(f"   {key:58} {value}")
    (HERE / "results.json").write_text(json.dumps(results, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
