"""Makes the four files of a new gateway: `python tools/new_gateway.py cot "Cursor on Target over TCP and TLS"`."""

import argparse
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
GATEWAYS = ROOT / "src" / "watchbell" / "gateways"
FILES = {
    "__init__.py": '"""{promise}"""\n',
    "codec.py": '''"""Bytes to messages and back; total: every input gives a message or a Malformed."""
''',
    "service.py": '''"""{promise}: carries out orders and publishes what the equipment says.

Entries: {{"endpoint", "name", "district", "site", "test"}}; no secrets.
"""

from watchbell.gateways.base import Gateway


class {title}Gateway(Gateway):
    """{promise}."""

    name = "{name}"


Service = {title}Gateway
''',
    "peer.py": '''"""Plays the other end over a real socket, for the simulator and the tests."""
''',
    "standing.toml": """name = "{name}"
title = "{promise}"
listens = false
standard = ""

proved_by = []
not_yet_proved_by = []
""",
    "tests/__init__.py": "",
}


def make_gateway(name: str, promise: str, folder: Path = GATEWAYS) -> list[Path]:
    """Writes the folder; returns the files made. Raises ValueError for a name that is taken or no plain word."""
    if not name.isidentifier() or not name.islower() or (folder / name).exists():
        raise ValueError(f"{name!r} is no free lower-case word.")
    made = []
    for path, text in FILES.items():
        target = folder / name / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text.format(name=name, title=name.capitalize(), promise=promise.rstrip(".")))
        made.append(target)
    return made


def main() -> int:
    """Makes the gateway and says what else it needs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name")
    parser.add_argument("promise", help="which protocol it speaks, one sentence")
    given = parser.parse_args()
    try:
        made = make_gateway(given.name, given.promise)
    except ValueError as error:
        print(error, file=sys.stderr)
        return 1
    print("\n".join(str(path.relative_to(ROOT)) for path in made))
    print("Now: its name in kernel/bus_rights.py, its entries in response/plans/rules/entries.py.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
