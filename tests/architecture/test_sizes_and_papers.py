"""Lengths of functions, links and names in the docs, generated pages, the one list of exceptions, the tools."""

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from tools.new_capability import make_capability
from tools.new_gateway import make_gateway
from watchbell.line import clock

ROOT = Path(__file__).parent.parent.parent
SOURCE = ROOT / "src" / "watchbell"
LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")
MODULE = re.compile(r"`((?:src/watchbell|tests|tools|bench|docs|web)/[\w./-]+)`")


def exceptions() -> list[dict[str, str]]:
    return list(tomllib.loads((Path(__file__).parent / "exceptions.toml").read_text())["exception"])


def excepted(rule: str) -> set[str]:
    return {one["where"] for one in exceptions() if one["rule"] == rule}


def _functions() -> Iterator[tuple[str, int]]:
    for path in SOURCE.rglob("*.py"):
        if "migrations" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                length = (node.end_lineno or node.lineno) - node.lineno + 1
                yield f"{path.relative_to(SOURCE)}:{node.name}", length


def test_functions_are_at_most_40_lines() -> None:
    long = {name for name, length in _functions() if length > 40}
    assert long == excepted("functions of at most 40 lines")


#: What a template cannot break over lines: one Django tag, the words of one attribute, a raw script.
WHOLE = re.compile(r"\s*(\{%(?:(?!%\}).)*%\}|[\w-]+=\"[^<>]*\">?|<script.*)")


def test_lines_of_templates_are_at_most_200_characters() -> None:
    lines = [
        f"{path.relative_to(SOURCE)}:{number}"
        for path in SOURCE.rglob("*.html")
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if len(line) > 200 and not WHOLE.fullmatch(line)
    ]
    assert not lines, "\n".join(lines)


def test_every_exception_has_a_reason_and_has_not_lapsed(record_property: pytest.FixtureRequest) -> None:
    listed = exceptions()
    print(f"{len(listed)} exceptions to the rules of the house")
    assert all(len(one["reason"]) > 20 for one in listed)
    assert not [one["where"] for one in listed if date.fromisoformat(one["until"]) < clock.now().date()]


def _papers() -> list[Path]:
    return [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]


def test_links_in_the_docs_resolve() -> None:
    broken = [
        f"{paper.relative_to(ROOT)}: {link}"
        for paper in _papers()
        for link in LINK.findall(paper.read_text())
        if "://" not in link and not link.startswith("mailto:") and not (paper.parent / link).exists()
    ]
    assert not broken


def test_names_of_files_in_the_docs_exist() -> None:
    broken = [
        f"{paper.relative_to(ROOT)}: {name}"
        for paper in _papers()
        for name in MODULE.findall(paper.read_text())
        if not (ROOT / name).exists()
    ]
    assert not broken


def test_the_map_is_current() -> None:
    out = subprocess.run([sys.executable, ROOT / "tools" / "map.py", "--check"], capture_output=True, check=False)
    assert out.returncode == 0, "run: python tools/map.py"


def test_every_gateway_has_its_four_files() -> None:
    for folder in (SOURCE / "gateways").iterdir():
        if (folder / "service.py").exists():
            files = {path.name for path in folder.iterdir()}
            assert {"codec.py", "service.py", "peer.py", "standing.toml"} <= files, folder.name
            standing = tomllib.loads((folder / "standing.toml").read_text())
            assert standing["name"] == folder.name and standing["standard"] and standing["proved_by"]


def test_new_rooms_and_gateways_are_made_to_the_house_s_measure(tmp_path: Path) -> None:
    made = make_capability("prevention", "tips", "Anonymous tips reach the right person.", ["rules"], tmp_path)
    assert {path.name for path in made} >= {"rules.py", "actions.py", "apps.py", "urls.py"}
    with pytest.raises(ValueError, match="unique over all floors"):
        make_capability("field", "tips", "Taken.", [], tmp_path)
    files = make_gateway("cot", "Cursor on Target over TCP.", tmp_path)
    for path in [*made, *files]:
        if path.suffix == ".py":
            compile(path.read_text(), path, "exec")
        else:
            assert tomllib.loads(path.read_text())["name"] == "cot"
