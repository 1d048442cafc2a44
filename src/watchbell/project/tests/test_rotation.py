"""Secrets at rest: a key's name beside what it closed, old keys that still open, rotation, a key that is lost."""

import argparse

import pytest
from allauth.mfa.models import Authenticator
from cryptography.fernet import InvalidToken
from django.db import connection

from watchbell.district.accounts.actions import encrypt_factors_anew
from watchbell.district.equipment.actions import load_equipment
from watchbell.district.equipment.models import Equipment
from watchbell.kernel import fields
from watchbell.kernel.changes import recorded_batch
from watchbell.kernel.models import AuditRow
from watchbell.line import signing
from watchbell.line.errors import Refused
from watchbell.project import rotating
from watchbell.project.cli import main
from watchbell.project.sign_in import SecondFactors


@pytest.fixture
def keys(monkeypatch):
    def use(today, *old):
        monkeypatch.setenv("WATCHBELL_SECRET_KEY", today)
        monkeypatch.setenv("WATCHBELL_SECRET_KEYS_OLD", ",".join(old))

    use("first key")
    return use


def test_an_old_key_opens_what_it_closed_and_no_other_does(keys):
    stored = fields.encrypt("0011")
    assert "0011" not in stored and fields.is_current(stored)
    keys("second key", "first key")
    assert fields.decrypt(stored) == "0011" and not fields.is_current(stored)
    keys("second key")
    with pytest.raises(InvalidToken):
        fields.decrypt(stored)
    with pytest.raises(InvalidToken):
        fields.decrypt("not even encrypted")


def raw():
    with connection.cursor() as cursor:
        cursor.execute("select secret from equipment_equipment")
        return cursor.fetchone()[0]


def test_rotation_brings_devices_under_the_key_of_today(keys, district):
    load_equipment([{"kind": "controlled_door", "name": "Door", "secret": "ab" * 16}])
    before = raw()
    keys("second key", "first key")
    with recorded_batch("a test's rotation"):
        assert fields.encrypt_anew() == 1 and fields.encrypt_anew() == 0
    assert raw() != before and fields.is_current(raw())
    keys("second key")
    assert Equipment.objects.get().secret == "ab" * 16 and fields.count_unreadable() == 0


def test_a_lost_key_loses_no_row_and_is_counted(keys, district):
    load_equipment([{"kind": "controlled_door", "name": "Door", "secret": "ab" * 16}])
    before = raw()
    keys("second key")
    assert Equipment.objects.get().secret == "" and fields.count_unreadable() == 1
    with recorded_batch("a test's rotation"):
        assert fields.encrypt_anew() == 0
    assert raw() == before, "the key may still be found"


def test_a_seed_is_encrypted_and_rotates(keys, actor):
    seed = SecondFactors().encrypt("SEED")
    assert "SEED" not in seed
    with recorded_batch("a test's authenticator"):
        Authenticator.objects.create(user_id=actor.user_id, type="totp", data={"secret": seed})
        keys("second key", "first key")
        assert encrypt_factors_anew() == 1 and encrypt_factors_anew() == 0
    keys("second key")
    assert SecondFactors().decrypt(Authenticator.objects.get().data["secret"]) == "SEED"
    keys("third key")
    assert SecondFactors().decrypt(seed) == ""


@pytest.fixture
def home(monkeypatch, tmp_path):
    """A home of its own, with real files."""
    monkeypatch.setenv("WATCHBELL_HOME", str(tmp_path))
    yield tmp_path


def rotate():
    return rotating.rotate_keys(argparse.Namespace())


def test_the_command_rotates_says_how_much_and_is_done_the_second_time(keys, home, committed_db, actor, capsys):
    with recorded_batch("a test's factor"):
        load_equipment([{"kind": "controlled_door", "name": "Door", "secret": "ab" * 16}])
        seed = SecondFactors().encrypt("SEED")
        Authenticator.objects.create(user_id=actor.user_id, type="totp", data={"secret": seed})
    keys("second key", "first key")
    rotating.note_key()
    assert rotate() == 0 and "2 secrets" in capsys.readouterr().out
    assert rotate() == 0 and "0 secrets" in capsys.readouterr().out
    keys("second key")
    assert Equipment.objects.get().secret == "ab" * 16
    assert SecondFactors().decrypt(Authenticator.objects.get().data["secret"]) == "SEED"
    assert [row.details["count"] for row in AuditRow.objects.filter(action="kernel.rotate_keys").order_by("at")] == [
        1,
        0,
    ]
    assert "first key" not in (home / "run" / rotating.STARTED_UNDER).read_text()


def test_the_command_never_says_that_an_old_key_may_go_which_is_needed(keys, home, committed_db, actor, capsys):
    with recorded_batch("a test's factor"):
        load_equipment([{"kind": "controlled_door", "name": "Door", "secret": "ab" * 16}])
        Authenticator.objects.create(user_id=actor.user_id, type="totp", data={"secret": SecondFactors().encrypt("S")})
    before = raw()
    keys("third key", "second key")
    assert rotate() == 1
    told = capsys.readouterr().out
    assert "2 lie under a key nobody named" in told and "away" not in told and raw() == before


def test_what_runs_must_know_the_key_of_today_first(keys, home, committed_db, district):
    load_equipment([{"kind": "controlled_door", "name": "Door", "secret": "ab" * 16}])
    rotating.note_key()  # it was started under the first key
    before = raw()
    keys("second key", "first key")
    with pytest.raises(Refused, match="Start it with the new"):
        rotate()
    assert raw() == before


def test_a_database_that_does_not_answer_is_said_in_a_line(monkeypatch, db, capsys):
    from django.db import OperationalError

    def away(arguments):
        raise OperationalError("connection refused\nsecond line")

    monkeypatch.setattr(rotating, "rotate_keys", away)
    assert main(["rotate-keys"]) == 1
    told = capsys.readouterr().err
    assert "connection refused" in told and "watchbell up" in told and "Traceback" not in told


def test_deleted_keys_are_made_anew_and_what_the_earlier_signed_and_sealed_is_refused(home):
    before = signing.Signer().mark("order")
    ticket, sealed = signing.make_ticket({"kind": "live"}, 60), signing.seal(signing.box_public_key("g"), {"k": "v"})
    public, box = signing.public_key(), signing.box_public_key("g")
    assert signing.Verifier().is_mark("order", before) and signing.read_ticket(ticket) and signing.unseal("g", sealed)
    for path in (home / "secrets" / "hub.ed25519", home / "hub.pub", home / "secrets" / "g.box"):
        path.unlink()
    signing._ticket_key.cache_clear()
    signing._ticket_signer_of.cache_clear()
    assert signing.public_key() != public and signing.box_public_key("g") != box
    assert not signing.Verifier().is_mark("order", before) and signing.read_ticket(ticket) is None
    assert signing.unseal("g", sealed) == {} and signing.Verifier(public).is_mark("order", before)
