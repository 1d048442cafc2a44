"""Every setting that the code reads stands in the table of docs/deploy.md, and none stands there that nothing reads."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
SOURCE = ROOT / "src" / "watchbell"
#: Where a name is put together when it is read: what comes of it there.
PUT_TOGETHER = {
    "line/config.py": {"GATEWAY_<NAME>_PORT"},
    "project/roles.py": {"WORKERS", "REFLEXES"},
    "gateways/twilio.py": {"SMS_PUBLIC_URL", "VOICECALL_PUBLIC_URL"},
}


def _read() -> Iterator[tuple[str, str]]:
    """(file, name) of every setting that is read: by `config.setting`, or as a variable of the environment."""
    for path in SOURCE.rglob("*.py"):
        where = str(path.relative_to(SOURCE))
        if "tests" in path.parts or path.name == "conftest.py":
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found = re.fullmatch(r"WATCHBELL_([A-Z0-9_]+)", node.value)
                if found:
                    yield where, found.group(1)
            if isinstance(node, ast.Call) and ast.unparse(node.func) in ("setting", "config.setting"):
                told = node.args[0]
                yield where, str(told.value) if isinstance(told, ast.Constant) else ""


def _table() -> set[str]:
    rows = [line.split("|")[1] for line in (ROOT / "docs" / "deploy.md").read_text().splitlines() if line[:1] == "|"]
    return {name for row in rows for name in re.findall(r"`WATCHBELL_([A-Z0-9_<>]+)`", row)}


def test_every_setting_stands_in_the_table() -> None:
    read = {name for _, name in _read() if name} | set().union(*PUT_TOGETHER.values())
    missing, stale = read - _table(), _table() - read
    assert not missing, f"read, but not in docs/deploy.md: {sorted(missing)}"
    assert not stale, f"in docs/deploy.md, but nothing reads them: {sorted(stale)}"


def test_names_that_are_put_together_are_known() -> None:
    assert {where for where, name in _read() if not name} == set(PUT_TOGETHER)
