"""What a backup takes along besides the database."""

import argparse
import io
import json
import tarfile

import pytest

from watchbell.kernel import engines
from watchbell.line import config
from watchbell.line.edges import Edge, edges, keep_edge
from watchbell.project import copies

PASSPHRASE = "one of twelve or more"


@pytest.fixture
def home(tmp_path, monkeypatch):
    """An installation's home without engines: the database's part is another test's (tests/flows/test_operating.py)."""
    monkeypatch.setattr(config, "home", lambda: tmp_path / "home")
    monkeypatch.setattr(engines, "super_options", lambda name: {})
    monkeypatch.setattr(copies, "_run", lambda tool, options, *given, raw=None: b"dump")
    monkeypatch.setenv("WATCHBELL_BACKUP_PASSPHRASE", PASSPHRASE)
    (tmp_path / "home" / "secrets").mkdir(parents=True)
    (tmp_path / "home" / "secrets" / "secret_key").write_text("kept secret")
    return tmp_path / "home"


def test_the_machines_at_schools_are_known_after_a_restore(home, tmp_path):
    school = Edge(district="d", site="s", is_leaf=True, signer="ab" * 32, hub="tls://hub:7422", url="https://hub")
    keep_edge(school)
    path = tmp_path / "one.backup"
    assert copies.backup(argparse.Namespace(path=str(path))) == 0
    (home / "edges.json").unlink()
    assert edges() == []
    with tarfile.open(fileobj=io.BytesIO(copies._read(path)["plain"])) as packed:
        packed.extractall(home, filter="data")
    assert edges() == [school]
    assert json.loads(copies._read(path)["about.json"])["salt"] and b"kept secret" not in path.read_bytes()
