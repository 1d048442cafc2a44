"""Makes the rooms of a new capability: `python tools/new_capability.py prevention tips --promise "Anonymous tips…"`."""

import argparse
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
SOURCE = ROOT / "src" / "watchbell"
FLOORS = ("district", "field", "response", "prevention", "communication")
#: Room -> what its first lines say. Only asked-for rooms are made: there are no empty rooms in the house.
ROOMS = {
    "facts": "Enums, frozen dataclasses and limits of {name}.",
    "rules": "What {name} decides: pure functions, facts in, decision out.",
    "events": "What {name} tells: frozen, past tense.",
    "models": "What {name} remembers.",
    "queries": "What is read of {name}, permission inside.",
    "actions": "The verbs of {name}; one recorded change each.",
    "reactions": "What {name} does when it hears of something.",
    "jobs": "What {name} retries or waits for.",
    "inbox": "Messages from the wire to own actions.",
    "forms": "Shapes of what people enter for {name}.",
    "pages": "The pages and parts of {name}.",
    "api": "The JSON operations of {name}.",
    "demo": "The demo district's share of {name}.",
}
ALWAYS = ("models", "queries", "actions", "pages")
APPS = '''"""{title}, as a Django app."""

from django.apps import AppConfig


class {title}Config(AppConfig):
    name = "watchbell.{floor}.{name}"
    label = "{name}"
'''
URLS = '''"""Routes of {name}."""

app_name = "{name}"
urlpatterns: list[object] = []
'''


def make_capability(floor: str, name: str, promise: str, rooms: list[str], source: Path = SOURCE) -> list[Path]:
    """Writes the folder; returns the files made. Raises ValueError for a name that is taken or no plain word."""
    folder = source / floor / name
    taken = [path for other in FLOORS for path in source.glob(f"{other}/{name}")]
    if not name.isidentifier() or not name.islower() or taken:
        raise ValueError(f"{name!r} is no free lower-case word: a capability's name is unique over all floors.")
    words = {"floor": floor, "name": name, "title": name.capitalize()}
    files = {"__init__.py": f'"""{promise}"""\n', "apps.py": APPS.format(**words), "urls.py": URLS.format(**words)}
    for room in dict.fromkeys([*ALWAYS, *rooms]):
        files[f"{room}.py"] = f'"""{ROOMS[room].format(**words)}"""\n'
    files |= {"tests/__init__.py": "", "migrations/__init__.py": ""}
    made = []
    for path, text in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
        made.append(target)
    (folder / "templates" / name).mkdir(parents=True)
    return made


def main() -> int:
    """Makes the capability and says what else it needs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("floor", choices=FLOORS)
    parser.add_argument("name")
    parser.add_argument("--promise", required=True, help="what the capability promises, one sentence")
    parser.add_argument("--room", action="append", default=[], choices=sorted(ROOMS))
    given = parser.parse_args()
    try:
        made = make_capability(given.floor, given.name, given.promise, given.room)
    except ValueError as error:
        print(error, file=sys.stderr)
        return 1
    print("\n".join(str(path.relative_to(ROOT)) for path in made))
    print(f"Now: INSTALLED_APPS and urls in project/, floors in .importlinter, docs/capabilities/{given.name}.md.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
