"""Real bytes, schemas and samples that lie beside the project, never in it."""

import os
from pathlib import Path

import pytest


def vector_folder() -> Path:
    """Where they are (`WATCHBELL_VECTORS`); a test that needs them is skipped without, and fails where they must be."""
    default = Path(__file__).resolve().parents[1].parent / "shared" / "vectors"
    folder = Path(os.environ.get("WATCHBELL_VECTORS") or default)
    if not folder.is_dir():
        if os.environ.get("CI") == "true":
            pytest.fail(f"the vectors are missing at {folder}")
        pytest.skip(f"the vectors are missing at {folder}")
    return folder
