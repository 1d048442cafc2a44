"""Web Push against RFC 8291, an independent implementation, and any bytes."""

import base64
import json
from pathlib import Path
from typing import Any

import http_ece
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given, settings
from hypothesis import strategies as st

from watchbell.gateways.webpush.codec import (
    MAX_PLAINTEXT,
    Subscription,
    decode64,
    decrypt_push,
    encode64,
    encrypt_push,
    read_subscription,
    read_vapid,
    say_point,
    sign_vapid,
)
from watchbell.gateways.webpush.peer import make_keys
from watchbell.line import vapid
from watchbell.wire.base import Malformed

KEYS = make_keys()
BROWSER = ec.derive_private_key(int.from_bytes(decode64(KEYS["private"]), "big"), ec.SECP256R1())
AUTH = decode64(KEYS["auth"])
TO = Subscription(id="1", endpoint="https://push.example/1", p256dh=decode64(KEYS["p256dh"]), auth=AUTH)
GOOD = {"id": "1", "endpoint": "https://push.example/1", "p256dh": KEYS["p256dh"], "auth": KEYS["auth"]}


def private_key(text: str) -> ec.EllipticCurvePrivateKey:
    return ec.derive_private_key(int.from_bytes(decode64(text), "big"), ec.SECP256R1())


def test_rfc_8291_appendix_a(vectors: Path) -> None:

    case = json.loads((vectors / "messaging" / "push_and_twilio.json").read_text())["rfc8291_appendix_a"]
    to = Subscription(id="a", endpoint="", p256dh=decode64(case["ua_public"]), auth=decode64(case["auth_secret"]))
    sender = private_key(case["as_private"])
    body = encrypt_push(case["plaintext"].encode(), to, salt=decode64(case["salt"]), key=sender)
    assert encode64(body) == case["body_b64url"]
    assert decrypt_push(body, private_key(case["ua_private"]), to.auth) == case["plaintext"].encode()


@settings(max_examples=40, deadline=None)
@given(st.binary(min_size=1, max_size=MAX_PLAINTEXT))
def test_an_independent_implementation_reads_and_is_read(plain: bytes) -> None:
    body = encrypt_push(plain, TO)
    assert len(body) <= 4096 and decrypt_push(body, BROWSER, AUTH) == plain
    assert http_ece.decrypt(body, private_key=BROWSER, auth_secret=AUTH, version="aes128gcm") == plain
    sender = ec.generate_private_key(ec.SECP256R1())
    theirs = http_ece.encrypt(
        plain, private_key=sender, dh=TO.p256dh, auth_secret=AUTH, version="aes128gcm", rs=4096
    )  # fmt: skip
    assert decrypt_push(theirs, BROWSER, AUTH) == plain


def test_a_message_too_long_for_one_record_is_refused() -> None:
    with pytest.raises(ValueError, match="3993"):
        encrypt_push(bytes(MAX_PLAINTEXT + 1), TO)


@given(st.binary(max_size=300), st.integers(0, 200))
def test_any_body_is_answered(raw: bytes, at: int) -> None:
    assert isinstance(decrypt_push(raw, BROWSER, AUTH), Malformed)
    body = bytearray(encrypt_push(b"hello, staff", TO))
    body[at % len(body)] ^= 1
    found = decrypt_push(bytes(body), BROWSER, AUTH)
    assert isinstance(found, Malformed) or found == b"hello, staff"  # the record size is not authenticated


@given(st.one_of(st.none(), st.text(), st.dictionaries(st.sampled_from(list(GOOD)), st.text() | st.integers())))
def test_any_subscription_is_answered(given_: Any) -> None:
    assert isinstance(read_subscription(given_), Malformed)
    assert isinstance(read_subscription(GOOD | (given_ if isinstance(given_, dict) else {})), Malformed | Subscription)


def test_subscriptions_are_checked() -> None:
    padded = base64.b64encode(decode64(KEYS["p256dh"])).decode()
    assert read_subscription(GOOD | {"p256dh": padded}) == TO
    for wrong in (
        {"endpoint": "http://intranet/x"}, {"endpoint": "file:///x"}, {"endpoint": "https://[x"}, {"auth": "AAAA"},
        {"p256dh": encode64(b"\x04" + bytes(64))}, {"p256dh": ""},
    ):  # fmt: skip
        assert isinstance(read_subscription(GOOD | wrong), Malformed)


def test_a_push_host_is_here_in_the_demo_only(monkeypatch: pytest.MonkeyPatch) -> None:
    here = [GOOD | {"endpoint": f"http://{host}:9/x"} for host in ("127.0.0.1", "localhost", "[::1]")]
    for setting, kind in (("", Malformed), ("PUSH_HERE", Subscription), ("DEMO", Subscription)):
        with monkeypatch.context() as patch:
            if setting:
                patch.setenv(f"WATCHBELL_{setting}", "1")
            assert all(isinstance(read_subscription(one), kind) for one in here)


@pytest.mark.parametrize(
    "address",
    ["https://10.0.0.8/x", "https://192.168.1.1/x", "https://172.16.0.9/x", "https://169.254.169.254/latest", "https://0/x",
     "https://127.0.0.1:5000/x", "https://localhost/x", "https://localhost./x", "https://[::1]/x", "https://[fe80::1]/x",
     "https://[fd00::1]/x", "https://[::ffff:10.0.0.8]/x", "https://2130706433/x", "https://127.1/x", "https://100.64.0.1/x",
     "https://224.0.0.1/x", "https://[2002:0a00:0008::]/x", "http://push.example/x", "https://push.example:0/x"],
)  # fmt: skip
@pytest.mark.parametrize("setting", ["", "PUSH_HERE"])
def test_no_push_host_is_inside_the_house(address: str, setting: str, monkeypatch: pytest.MonkeyPatch) -> None:
    is_here = any(one in address for one in ("//127.0.0.1", "//localhost/", "//[::1]"))
    if setting:
        monkeypatch.setenv(f"WATCHBELL_{setting}", "1")
    assert isinstance(read_subscription(GOOD | {"endpoint": address}), Malformed) is not (is_here and bool(setting))


def test_what_is_out_of_the_house_is_pushed_to() -> None:
    for host in ("fcm.googleapis.com", "updates.push.services.mozilla.com", "web.push.apple.com", "8.8.8.8"):
        assert isinstance(read_subscription(GOOD | {"endpoint": f"https://{host}/x"}), Subscription)


@pytest.mark.parametrize(
    ("endpoint", "origin"),
    [("https://push.example/x", "https://push.example"), ("https://Push.Example:443/x", "https://push.example"),
     ("https://push.example:8443/x?y", "https://push.example:8443"), ("http://127.0.0.1:80/x", "http://127.0.0.1"),
     ("https://u:p@push.example/x", "https://push.example"), ("http://[::1]:9/x", "http://[::1]:9")],
)  # fmt: skip
def test_the_audience_is_an_origin_as_browsers_write_it(
    endpoint: str, origin: str, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    monkeypatch.setenv("WATCHBELL_PUSH_HERE", "1")
    found = read_subscription(GOOD | {"endpoint": endpoint})
    assert isinstance(found, Subscription) and found.origin == origin


def test_a_vapid_token_is_genuine_and_changes_break_it() -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    header = sign_vapid(key, "https://push.example", "mailto:a@b", 1.7e9)
    assert read_vapid(header) == (
        {"aud": "https://push.example", "exp": 1_700_000_000, "sub": "mailto:a@b"},
        encode64(say_point(key.public_key())),
    )  # fmt: skip
    other = encode64(say_point(ec.generate_private_key(ec.SECP256R1()).public_key()))
    assert isinstance(read_vapid(header.rpartition("k=")[0] + f"k={other}"), Malformed)


@given(st.text(max_size=200))
def test_any_header_is_answered(text: str) -> None:
    assert isinstance(read_vapid(text), Malformed)
    assert isinstance(read_vapid(f"vapid t={text}, k={KEYS['p256dh']}"), Malformed)


def test_the_key_is_made_once_and_private(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WATCHBELL_HOME", str(tmp_path))
    public = vapid.vapid_public_key()
    assert decode64(public) == say_point(vapid.vapid_key().public_key()) and len(decode64(public)) == 65
    kept = list((tmp_path / "secrets").iterdir())
    assert [path.name for path in kept] == ["vapid.p256"] and kept[0].stat().st_mode & 0o777 == 0o600
