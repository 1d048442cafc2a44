"""Writes docs/permissions.md: which role may open which page and call which operation, from what they declare."""

import argparse
import os
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

TARGET = Path(__file__).parent.parent / "docs" / "permissions.md"
EVERYBODY = {"public": "everybody, signed in or not", "signed_in": "everybody who is signed in"}


def find_views(patterns: Any, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """(path, view) of every route of ours; allauth's own pages and ninja's are left out."""
    for entry in patterns:
        path = prefix + str(entry.pattern)
        if hasattr(entry, "url_patterns"):
            yield from find_views(entry.url_patterns, path)
        elif not path.startswith(("accounts/", "api/v1/")):
            yield path, entry.callback


def find_operations() -> Iterator[tuple[str, Any]]:
    """("GET /api/v1/sites", function) of every operation."""
    from watchbell.project.api import api

    for _, router in api._routers:
        for path, view in router.path_operations.items():
            for operation in view.operations:
                yield f"{'/'.join(operation.methods)} /api/v1{path}", operation.view_func


def write_matrix() -> str:
    """The page, as text."""
    from django.urls import get_resolver

    from watchbell.district.accounts.facts import PERMISSIONS, ROLE_NAMES

    asked: dict[str, list[str]] = defaultdict(list)
    for path, view in find_views(get_resolver().url_patterns):
        verb = {"change": "POST"}.get(getattr(view, "kind", ""), "GET")
        asked[getattr(view, "permission", "?")].append(f"{verb} /{path}")
    for name, function in find_operations():
        asked[getattr(function, "permission", "?")].append(name)
    known = sorted({*asked, *(one for granted in PERMISSIONS.values() for one in granted)} - set(EVERYBODY))
    lines = [
        "# Who may do what", "",
        "Made by `python tools/permissions.py` from what each page and operation declares and from",
        "`src/watchbell/district/accounts/facts.py`; a test keeps it current and tries every refusal.",
        "What is not listed is refused. A role held at a site counts there only. `POST /api/v1/alarms` needs",
        "`alarms.raise` (for those modes `alarms.drill`, `alarms.test`) by a signed ticket, so that it works",
        "with the database away.", "",
        "| permission | " + " | ".join(ROLE_NAMES[role].lower() for role in PERMISSIONS) + " |",
        "|---|" + "---|" * len(PERMISSIONS),
    ]  # fmt: skip
    for permission in known:
        marks = ("yes" if permission in granted else "" for granted in PERMISSIONS.values())
        lines.append(f"| `{permission}` | " + " | ".join(marks) + " |")
    lines += ["", "## What asks for it", ""]
    for permission in [*known, *EVERYBODY]:
        lines += [f"### {EVERYBODY.get(permission) or f'`{permission}`'}", ""]
        lines += [f"- `{name}`" for name in sorted(set(asked.get(permission, [])))] or ["- an action, by itself"]
        lines.append("")
    return "\n".join(lines)


def main() -> int:
    """Writes the page, or with --check compares it; 1 when it is not current."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "watchbell.project.settings")
    import django

    django.setup()
    text = write_matrix()
    if parser.parse_args().check:
        return 0 if TARGET.exists() and TARGET.read_text() == text else 1
    TARGET.write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
