"""What imports cannot see: sizes, walls, foreign keys, permissions, the map."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.urls import get_resolver

from tools.permissions import find_operations, find_views
from watchbell.kernel.tenancy import tenant_models

ROOT = Path(__file__).parent.parent.parent
SOURCE = ROOT / "src" / "watchbell"
FLOORS = ["kernel", "sites", "people", "schedules", "equipment", "accounts", "panic", "plans", "incidents",
          "command", "dispatch", "accountability", "review", "procedures", "drills", "channels", "notices",
          "public", "newsletter"]  # fmt: skip


def test_no_file_is_longer_than_400_lines() -> None:
    files = [path for path in SOURCE.rglob("*.py") if "migrations" not in path.parts]
    long = [str(path) for path in files if len(path.read_text().splitlines()) > 400]
    assert not long


def test_no_template_is_longer_than_200_lines() -> None:
    assert not [p for p in SOURCE.rglob("*.html") if len(p.read_text().splitlines()) > 200]


def test_the_import_contracts_hold() -> None:
    lint = Path(sys.executable).parent / "lint-imports"
    out = subprocess.run(
        [lint], cwd=ROOT, capture_output=True, text=True, check=False, env={"PYTHONPATH": f"{ROOT / 'src'}:."}
    )
    assert out.returncode == 0, out.stdout[-3000:]


def test_foreign_keys_point_down() -> None:
    for model in apps.get_models():
        if model._meta.app_label not in FLOORS:
            continue
        for field in model._meta.get_fields():
            target = getattr(field, "related_model", None)
            if (
                field.concrete
                and target is not None
                and not isinstance(target, str)
                and target._meta.app_label in FLOORS
            ):
                here, there = FLOORS.index(model._meta.app_label), FLOORS.index(target._meta.app_label)
                assert there <= here, f"{model._meta.label}.{field.name} points up to {target._meta.label}"


def test_every_tenant_table_stands_behind_the_wall(db: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute("select relname from pg_class where relrowsecurity")
        walled = {row[0] for row in cursor.fetchall()}
        cursor.execute("select tablename from pg_policies where policyname = 'tenant'")
        walled &= {row[0] for row in cursor.fetchall()}
        cursor.execute("select rolsuper or rolbypassrls from pg_roles where rolname = current_user")
        assert cursor.fetchone()[0] is False
    assert {model._meta.db_table for model in tenant_models()} <= walled


def test_every_page_declares_its_permission() -> None:
    ours = list(find_views(get_resolver().url_patterns))
    assert len(ours) > 40
    assert not [path for path, view in ours if not hasattr(view, "permission")]


def test_every_operation_declares_its_permission() -> None:
    operations = list(find_operations())
    assert len(operations) > 15
    assert not [name for name, function in operations if not hasattr(function, "permission")]


@pytest.mark.parametrize("word", ["django.dispatch", "post_save", "pre_save"])
def test_no_signals(word: str) -> None:
    assert not [p for p in SOURCE.rglob("*.py") if word in p.read_text()]
