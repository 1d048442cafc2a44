"""A home is brought up to the code's schema whichever capability has a new migration, and demo copies are made anew."""

from pathlib import Path

import pytest

from watchbell.kernel import engines
from watchbell.project import installation
from watchbell.project.installation import PACKAGE


@pytest.fixture
def changed(tmp_path, monkeypatch):
    """`changed(path)`: the package with that one file besides, as a mark sees it."""
    real = engines.fingerprint

    def with_file(path):
        extra = tmp_path / path
        extra.parent.mkdir(parents=True, exist_ok=True)
        extra.write_text("# new")

        def fingerprint(*folders, only=frozenset()):
            more = [tmp_path / folder.relative_to(PACKAGE) for folder in folders]
            return real(*folders, *[one for one in more if one.exists()], only=only)

        monkeypatch.setattr(engines, "fingerprint", fingerprint)

    return with_file


MIGRATIONS = sorted(str(path.relative_to(PACKAGE)) for path in Path(PACKAGE).glob("*/*/migrations"))


@pytest.mark.parametrize("folder", ["kernel/migrations", *MIGRATIONS])
def test_a_new_migration_anywhere_changes_both_marks(changed, folder):
    before = installation.mark(), installation.schema_mark()
    changed(f"{folder}/9999_new.py")
    assert all(
        one != other for one, other in zip(before, (installation.mark(), installation.schema_mark()), strict=True)
    )


def test_a_capability_s_demo_changes_the_demo_s_copy(changed):
    before = installation.mark()
    changed("communication/notices/demo.py")
    assert installation.mark() != before
