"""Codes of authenticator apps against RFC 6238's own, and the clock of a telephone that is a little off."""

import base64
import json

import pytest
from allauth.mfa.totp.internal import auth


@pytest.fixture
def recorded(vectors):
    return json.loads((vectors / "identity" / "totp.json").read_text())["rfc6238_sha1_8digits"]


def test_codes_are_those_of_the_standard(recorded, monkeypatch):
    secret = base64.b32encode(recorded["secret_ascii"].encode()).decode()
    for at, code in recorded["cases"]:
        monkeypatch.setattr(auth.time, "time", lambda at=at: at)
        assert auth.validate_totp_code(secret, code[-6:]), at  # six digits are the last six of eight


@pytest.mark.parametrize(("late", "taken"), [(-31, True), (0, True), (31, True), (-91, False), (91, False)])
def test_a_code_holds_for_half_a_minute_beside_its_own(recorded, monkeypatch, late, taken):
    secret = base64.b32encode(recorded["secret_ascii"].encode()).decode()
    at, code = recorded["cases"][2]
    monkeypatch.setattr(auth.time, "time", lambda: at // 30 * 30 + 15 + late)
    assert auth.validate_totp_code(secret, code[-6:]) is taken
