"""Writes docs/flows/map.md from wiring.py and the code: who announces, who answers, jobs, streams, rights, tiles."""

import argparse
import os
import re
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent
SOURCE = ROOT / "src" / "watchbell"
TARGET = ROOT / "docs" / "flows" / "map.md"
ANNOUNCED = re.compile(r"\.announce\(\s*(?:\w+\.)?(\w+)\(")
ASKED = re.compile(r"\.ask_(?:later|soon)\(\s*\"([\w.]+)\"")


EVENT = re.compile(r"^class (\w+)\(msgspec\.Struct", re.MULTILINE)


def find_events() -> list[str]:
    """The announcements of all capabilities, floor by floor."""
    files = [
        path for floor in ("district", "field", "response") for path in sorted((SOURCE / floor).glob("*/events.py"))
    ]
    return [name for path in files for name in EVENT.findall(path.read_text())]


def _where(path: Path) -> str:
    return ".".join(path.relative_to(SOURCE).with_suffix("").parts).removesuffix(".__init__")


def find_callers(pattern: re.Pattern[str]) -> dict[str, list[str]]:
    """What `pattern` names -> the modules that name it, sorted."""
    found: dict[str, set[str]] = defaultdict(set)
    for path in sorted(SOURCE.rglob("*.py")):
        if "tests" in path.parts:
            continue
        for name in pattern.findall(path.read_text()):
            found[name].add(_where(path))
    return {name: sorted(places) for name, places in found.items()}


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> Iterator[str]:
    columns = list(head)
    yield "| " + " | ".join(columns) + " |"
    yield "|" + "---|" * len(columns)
    for row in rows:
        yield "| " + " | ".join(cell or "–" for cell in row) + " |"
    yield ""


def _code(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _function(target: object) -> str:
    return f"{getattr(target, '__module__', '')}.{getattr(target, '__name__', '')}".removeprefix("watchbell.")


def write_map() -> str:
    """The page, as text."""
    from watchbell import wiring
    from watchbell.kernel import bus_rights
    from watchbell.wire import subjects

    announced, asked = find_callers(ANNOUNCED), find_callers(ASKED)
    answers: dict[str, list[str]] = defaultdict(list)
    for answer in wiring.ANSWERS:
        urgent = " (urgent)" if answer.is_urgent else ""
        answers[answer.event.__name__].append(f"`{answer.name}`{urgent}")
    lines = [
        "# The map",
        "",
        "Made by `python tools/map.py` from `wiring.py` and the code; a test keeps it current.",
        "",
    ]
    lines += ["## News: who announces, who answers", ""]
    lines += _table(
        ("announcement", "announced by", "answered by"),
        ((f"`{name}`", _code(announced.get(name, [])), ", ".join(answers[name])) for name in find_events()),
    )
    lines += ["## Orders: jobs asked for by name", ""]
    lines += _table(
        ("job", "asked by", "does"),
        ((f"`{name}`", _code(asked.get(name, [])), f"`{_function(job)}`") for name, job in sorted(wiring.JOBS.items())),
    )
    lines += ["## Streams", ""]
    lines += _table(
        ("stream", "subjects", "kept"),
        (
            (name, _code(stream["subjects"]), f"{float(str(stream['max_age_seconds'])) / 3600:g} h")
            for name, stream in subjects.STREAMS.items()
        ),
    )
    lines += ["## Who may say and hear what on the bus", ""]
    lines += _table(
        ("process", "says", "hears"),
        _rights([*bus_rights.ROLES, *(f"gateway/{name}" for name in bus_rights.GATEWAYS)], bus_rights.rights_of),
    )
    lines += ["## Live topics", ""]
    lines += _table(
        ("topic", "followed by whoever"),
        ((f"`{kind}`", f"holds `{rule}`" if isinstance(rule, str) else f"`{_function(rule)}` says so")
         for kind, rule in sorted(wiring.TOPICS.items())),
    )  # fmt: skip
    lines += ["## The home page", ""]
    lines += _table(
        ("part", "shown with", "follows", "place"),
        ((f"`{tile.route}`", f"`{tile.permission}`", tile.topic, tile.place) for tile in wiring.TILES),
    )
    return "\n".join(lines)


def _rights(names: Iterable[str], rights_of: object) -> Iterator[tuple[str, str, str]]:
    for name in names:
        said, heard = rights_of(name)  # type: ignore[operator]
        yield f"`{name}`", _code(said), _code(heard)


def main() -> int:
    """Writes the page, or with --check compares it; 1 when it is not current."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "watchbell.project.settings")
    os.environ.pop("WATCHBELL_TEST", None)  # a test installation has one subject more
    import django

    django.setup()
    text = write_map()
    if parser.parse_args().check:
        return 0 if TARGET.exists() and TARGET.read_text() == text else 1
    TARGET.parent.mkdir(exist_ok=True)
    TARGET.write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
