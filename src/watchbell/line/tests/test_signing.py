"""Signatures, sealed secrets and tickets: only what is genuine, meant for the reader and in time is believed."""

import base64
import json

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from watchbell.line import clock, signing
from watchbell.wire.order import Endpoint, Order


def order(**more):
    words = {"id": "o", "attempt": 1, "press": "p", "district": "d", "site": "s", "step": "1", "action": "lock_door",
             "endpoint": Endpoint(id="e", name="Door 1", gateway="osdp", device="1"), "mode": "real", "made_at": 1.0,
             "expires_at": 61.0, "deadline_seconds": 5.0}  # fmt: skip
    return Order(**{**words, **more})


@pytest.fixture(autouse=True)
def at_home(tmp_path, monkeypatch):
    monkeypatch.setenv("WATCHBELL_HOME", str(tmp_path))
    yield
    clock.shift(0)


def test_what_was_signed_is_genuine_also_after_the_wire():
    signed = signing.Signer().signed(order(made_at=5, expires_at=65))
    read = msgspec.json.decode(msgspec.json.encode(signed), type=type(signed))
    assert signing.Verifier().is_genuine(read)


@pytest.mark.parametrize(
    "change",
    [{"mode": "drill"}, {"expires_at": 9e9}, {"action": "unlock_door"}, {"signature": ""}, {"signature": "zz"}],
)
def test_what_was_altered_is_not(change):
    signed = signing.Signer().signed(order())
    assert not signing.Verifier().is_genuine(msgspec.structs.replace(signed, **change))


@pytest.mark.parametrize("count", [1, 2, 3, 5, 40, 200])
def test_each_of_what_was_signed_together_is_genuine_by_itself(count):
    signed = signing.Signer().signed_together([order(id=f"o{number}", made_at=5) for number in range(count)])
    for one in signed:
        read = msgspec.json.decode(msgspec.json.encode(one), type=type(one))
        assert signing.Verifier().is_genuine(read)
    verifier = signing.Verifier()
    assert all(verifier.is_genuine(one) for one in signed) and len(verifier._roots) == 1
    assert signing.Signer().signed_together([]) == []


@pytest.mark.parametrize("change", [{"mode": "drill"}, {"id": "o3"}, {"expires_at": 9e9}])
def test_one_of_many_that_was_altered_is_not_even_after_the_others_were_believed(change):
    signed = signing.Signer().signed_together([order(id=f"o{number}") for number in range(5)])
    verifier = signing.Verifier()
    assert verifier.is_genuine(signed[2])
    assert not verifier.is_genuine(msgspec.structs.replace(signed[2], **change))
    assert not verifier.is_genuine(msgspec.structs.replace(signed[2], signature=signed[3].signature))


@given(st.text(max_size=300) | st.builds("{}.{:x}.{}".format, st.text("0123456789abcdef", max_size=130),
       st.integers(-5, 1 << 20), st.text("0123456789abcdef", max_size=2200)))  # fmt: skip
@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_signature_makes_the_verifier_raise(text):
    assert not signing.Verifier().is_genuine(order(signature=text))


def test_another_installation_is_not_believed(tmp_path, monkeypatch):
    signed = signing.Signer().signed(order())
    monkeypatch.setenv("WATCHBELL_HOME", str(tmp_path / "other"))
    assert not signing.Verifier().is_genuine(signed)


@pytest.mark.parametrize(("name", "found"), [("gateway-osdp", {"a": "00"}), ("gateway-eido", {})])
def test_secrets_open_only_for_whom_they_are_sealed(name, found):
    sealed = signing.seal(signing.box_public_key("gateway-osdp"), {"a": "00"})
    assert signing.unseal(name, sealed) == found
    assert signing.unseal(name, "") == {} and signing.unseal(name, "no box") == {}


def test_a_ticket_lives_its_seconds():
    ticket = signing.make_ticket({"who": "anna"}, 60)
    assert signing.read_ticket(ticket)["who"] == "anna"
    clock.shift(61)
    assert signing.read_ticket(ticket) is None


def test_a_forged_ticket_is_none():
    body, _, mark = signing.make_ticket({"who": "anna"}, 60).partition(".")
    other = base64.urlsafe_b64encode(json.dumps({"who": "ben", "exp": 9e9}).encode()).decode().rstrip("=")
    for ticket in (f"{other}.{mark}", body, f"{body}.", f".{mark}", "", "…", f"{body}.{mark[:-1]}"):
        assert signing.read_ticket(ticket) is None
