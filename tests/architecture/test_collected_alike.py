"""Several processes run the tests together, so each must collect the same list: no case's name is made by chance."""

import ast
from pathlib import Path

ROOT = Path(__file__).parents[2]
CHANCE = {"new_id", "uuid4", "uuid7", "now", "unix", "monotonic", "time", "random", "randint", "urandom"}
TEXTS = {"token_hex", "token_urlsafe"}


def _name(node: ast.expr) -> str:
    if not isinstance(node, ast.Call):
        return ""
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def _is_chance(node: ast.expr) -> bool:
    """A text made of chance: a case is named by its texts and numbers, while an object has only its place there."""
    if isinstance(node, ast.Attribute):
        return _name(node.value) in CHANCE
    if isinstance(node, ast.JoinedStr):
        return any(isinstance(one, ast.FormattedValue) and _name(one.value) in CHANCE for one in node.values)
    of = node.args if isinstance(node, ast.Call) else []
    return _name(node) in TEXTS or (_name(node) == "str" and any(_name(one) in CHANCE for one in of))


def _values(case: ast.expr) -> list[ast.expr]:
    return case.elts if isinstance(case, ast.Tuple | ast.List) else [case]


def _cases_by_chance(path: Path) -> list[str]:
    calls = (node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call))
    lists = (call.args[1] for call in calls if _name(call) == "parametrize" and len(call.args) > 1)
    cases = (case for one in lists if isinstance(one, ast.List | ast.Tuple) for case in one.elts)
    return [f"{path.relative_to(ROOT)}:{one.lineno}" for case in cases for one in _values(case) if _is_chance(one)]


def test_no_case_is_named_by_the_clock_or_by_chance() -> None:
    paths = [*ROOT.glob("src/**/tests/**/*.py"), *ROOT.glob("tests/**/*.py")]
    assert [one for path in paths for one in _cases_by_chance(path)] == []
