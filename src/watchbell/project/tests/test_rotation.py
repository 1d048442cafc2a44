"""Secrets at rest: a key's name beside what it closed, old keys that still open, rotation, a key that is lost."""

import pytest
from allauth.mfa.models import Authenticator
from cryptography.fernet import InvalidToken
from django.db import connection

from watchbell.district.accounts.actions import encrypt_factors_anew
from watchbell.district.equipment.actions import load_equipment
from watchbell.district.equipment.models import Equipment
from watchbell.kernel import fields
from watchbell.kernel.changes import recorded_batch
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
