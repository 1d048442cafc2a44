"""Answers of both networks: what stands there, what does not and why, and any bytes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchbell.gateways.social.codec import Fault, Posted, read_facebook, read_x
from watchbell.wire.base import Malformed

GRAPH = b'{"error":{"message":"%s","type":"OAuthException","code":%d,"fbtrace_id":"x"}}'


def fault(found: object) -> Fault:
    assert isinstance(found, Fault), found
    return found


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [(400, 190, "token"), (403, 200, "token"), (400, 4, "limit"), (400, 17, "limit"), (400, 32, "limit"),
     (400, 506, "duplicate"), (404, 100, "gone"), (400, 100, "refused"), (500, 2, "down"), (400, 368, "refused")],
)  # fmt: skip
def test_facebooks_codes_in_words(status: int, code: int, kind: str) -> None:
    found = fault(read_facebook(status, GRAPH % (b"Some words", code), {}))
    assert (found.kind, found.code) == (kind, str(code)) and found.because


def test_facebook_posts_and_edits() -> None:
    assert read_facebook(200, b'{"id":"1_2"}', {}) == Posted(id="1_2")
    assert read_facebook(200, b'{"success":true}', {}) == Posted()
    assert isinstance(read_facebook(200, b"{}", {}), Malformed)
    assert fault(read_facebook(502, b"<html>", {})).kind == "down"
    usage = {"x-business-use-case-usage": '{"1":[{"estimated_time_to_regain_access":7}]}'}
    assert fault(read_facebook(400, GRAPH % (b"x", 32), usage)).wait_seconds == 420
    assert fault(read_facebook(400, GRAPH % (b"x", 32), {})).wait_seconds == 300


def test_xs_answers() -> None:
    assert read_x(201, b'{"data":{"id":"9","text":"a"}}', {}, 0) == Posted(id="9")
    assert read_x(200, b'{"data":{"deleted":true}}', {}, 0) == Posted()
    assert fault(read_x(401, b"{}", {}, 0)).kind == "token"
    limited = fault(read_x(429, b"", {"x-rate-limit-reset": "1090"}, 1000.0))
    assert (limited.kind, limited.wait_seconds) == ("limit", 90)
    daily = {"x-rate-limit-reset": "1090", "x-user-limit-24hour-remaining": "0", "x-user-limit-24hour-reset": "5000"}
    assert fault(read_x(429, b"", daily, 1000.0)).wait_seconds == 4000
    assert fault(read_x(429, b"", {"x-rate-limit-reset": "inf"}, 1000.0)).wait_seconds == 300
    detail = b'{"title":"Forbidden","status":403,"type":"about:blank","detail":"%s"}'
    words = b"You are not allowed to create a Tweet with duplicate content."
    assert fault(read_x(403, detail % words, {}, 0)).kind == "duplicate"
    assert fault(read_x(403, detail % b"Your Tweet text is too long.", {}, 0)).kind == "refused"
    assert fault(read_x(404, b'{"title":"Not Found Error"}', {}, 0)).kind == "gone"
    assert fault(read_x(503, b"", {}, 0)).kind == "down"
    assert isinstance(read_x(200, b"\xff", {}, 0), Malformed)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda one: st.lists(one, max_size=3) | st.dictionaries(
        st.sampled_from(["error", "errors", "data", "id", "code", "message", "detail", "title", "type", "deleted",
                         "success", "error_subcode"]), one, max_size=4), max_leaves=8,
)  # fmt: skip


@given(st.integers(100, 599), st.binary(max_size=200) | JSON, st.text(max_size=40))
def test_any_answer_is_read(status: int, given: object, header: str) -> None:
    import json

    raw = given if isinstance(given, bytes) else json.dumps(given).encode()
    headers = {"x-rate-limit-reset": header, "x-business-use-case-usage": header}
    for found in (read_facebook(status, raw, headers), read_x(status, raw, headers, 1000.0)):
        assert isinstance(found, Posted | Fault | Malformed)
        if isinstance(found, Fault):
            assert found.because and 0 <= found.wait_seconds <= 86400
