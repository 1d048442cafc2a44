"""What Facebook's Graph API and X's API v2 answer, as posts, faults in words, or Malformed; total."""

import math
from collections.abc import Mapping
from typing import Any

import msgspec

from watchbell.wire.base import Malformed

#: Graph codes: an access token that has ended or lacks a right; too much at once; the same words again.
FACEBOOK_TOKEN = (102, 190, 467)
FACEBOOK_RIGHTS = (3, 10, 200, 299)
FACEBOOK_LIMITS = (4, 17, 32, 341, 613)
FACEBOOK_DUPLICATE, FACEBOOK_GONE = 506, 100
LIMIT_SECONDS, MOST_LIMIT_SECONDS = 300.0, 86400.0
MAX_BYTES = 1_000_000


class Posted(msgspec.Struct, frozen=True, kw_only=True):
    """It stands there. id: the network's name for it; "" where it gave none (edited, taken away)."""

    id: str = ""


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """It does not stand there. kind: "token" (renew it), "limit" (wait), "duplicate" (it stands there already), "gone"
    (what is answered or edited is not there), "refused" (these words will never be taken), "down".

    because: in words for people. wait_seconds: until the network takes more, where it says so. code: its own.
    """

    kind: str
    because: str
    code: str = ""
    wait_seconds: float = 0.0


Answer = Posted | Fault | Malformed


def _read(raw: bytes) -> dict[str, Any] | None:
    if len(raw) > MAX_BYTES:
        return None
    try:
        found = msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _words(found: Any, *names: str) -> str:
    """The first of `names` that is text in `found`, in one line of at most 300 characters."""
    if isinstance(found, dict):
        for name in names:
            if isinstance(found.get(name), str) and found[name].strip():
                return " ".join(found[name].split())[:300]
    return ""


def _number(value: Any) -> float:
    """A number that may come as text; 0 for anything else."""
    try:
        found = float(value)
    except (TypeError, ValueError, OverflowError):
        return 0.0
    return found if math.isfinite(found) else 0.0


def _wait(seconds: float) -> float:
    return max(1.0, min(MOST_LIMIT_SECONDS, seconds)) if seconds > 0 else LIMIT_SECONDS


# -- Facebook --------------------------------------------------------------------------------------------------------


def read_facebook(status: int, raw: bytes, headers: Mapping[str, str]) -> Answer:
    """The answer to a post, an edit or a taking away at the Graph API. headers: by lower-case name."""
    found = _read(raw)
    if found is None:
        if status >= 500:
            return Fault(kind="down", because=f"Facebook has an error of its own ({status}).", code=str(status))
        return Malformed(because="Facebook's answer makes no sense.", raw=raw[:1000])
    error = found.get("error")
    if isinstance(error, dict):
        return _facebook_fault(status, error, headers)
    if isinstance(found.get("id"), str) and found["id"] and 200 <= status < 300:
        return Posted(id=found["id"][:100])
    if found.get("success") is True and 200 <= status < 300:
        return Posted()
    if status >= 500:
        return Fault(kind="down", because=f"Facebook has an error of its own ({status}).", code=str(status))
    return Malformed(because="Facebook's answer names no post.", raw=raw[:1000])


def _facebook_fault(status: int, error: dict[str, Any], headers: Mapping[str, str]) -> Fault:
    code, words = int(_number(error.get("code"))), _words(error, "error_user_msg", "message")
    named = f"{code}/{int(_number(error['error_subcode']))}" if error.get("error_subcode") else str(code)
    if code in FACEBOOK_TOKEN:
        return Fault(kind="token", because="Facebook says that our token has expired or was withdrawn", code=named)
    if code in FACEBOOK_RIGHTS:
        return Fault(kind="token", because=f"Facebook says that our token may not post to this page ({words})",
                     code=named)  # fmt: skip
    if code in FACEBOOK_LIMITS or status == 429:
        return Fault(kind="limit", because="Facebook takes no more posts for now", code=named,
                     wait_seconds=_wait(_facebook_wait(headers)))  # fmt: skip
    if code == FACEBOOK_DUPLICATE:
        return Fault(kind="duplicate", because="Facebook shows these very words already", code=named)
    if (code == FACEBOOK_GONE and status == 404) or "does not exist" in words:
        return Fault(kind="gone", because="This post is not there any more", code=named)
    if code in (1, 2) or status >= 500:
        return Fault(kind="down", because=f"Facebook has an error of its own: {words or status}", code=named)
    return Fault(kind="refused", because=f"Facebook does not take it: {words or f'code {named}'}", code=named)


def _facebook_wait(headers: Mapping[str, str]) -> float:
    """Seconds by its usage header: {"<business>": [{"estimated_time_to_regain_access": minutes}]}."""
    found = _read(headers.get("x-business-use-case-usage", "").encode("utf-8", "replace"))
    minutes = [
        _number(one.get("estimated_time_to_regain_access"))
        for listed in (found or {}).values() if isinstance(listed, list)
        for one in listed if isinstance(one, dict)
    ]  # fmt: skip
    return max(minutes, default=0.0) * 60


# -- X ---------------------------------------------------------------------------------------------------------------


def read_x(status: int, raw: bytes, headers: Mapping[str, str], now: float) -> Answer:
    """The answer to a post or a taking away at API v2. headers: by lower-case name. now: Unix seconds."""
    if status == 429:
        daily = [f"x-{whose}-limit-24hour" for whose in ("app", "user")]
        names = ["x-rate-limit-reset", *(f"{one}-reset" for one in daily if headers.get(f"{one}-remaining") == "0")]
        resets = [_number(headers.get(name)) for name in names]
        return Fault(kind="limit", because="X takes no more posts for now", code="429",
                     wait_seconds=_wait(max(resets, default=0.0) - now))  # fmt: skip
    if status == 401:
        return Fault(kind="token", because="X says that our token has expired or was withdrawn", code="401")
    found = _read(raw)
    if status >= 500 or (found is None and not 200 <= status < 300 and status not in (403, 404)):
        return Fault(kind="down", because=f"X has an error of its own ({status})", code=str(status))
    data = (found or {}).get("data")
    if 200 <= status < 300 and isinstance(data, dict):
        if isinstance(data.get("id"), str) and data["id"]:
            return Posted(id=data["id"][:40])
        if data.get("deleted") is True:
            return Posted()
    if found is None or (200 <= status < 300 and not found.get("errors")):
        return Malformed(because="X's answer makes no sense.", raw=raw[:1000])
    return _x_fault(status, found)


def _x_fault(status: int, found: dict[str, Any]) -> Fault:
    errors = found.get("errors")
    first = errors[0] if isinstance(errors, list) and errors else {}
    words = _words(found, "detail") or _words(first, "detail", "message") or _words(found, "title")
    kind, code = _words(found, "type") or _words(first, "type"), str(status)
    if "duplicate content" in words.lower():
        return Fault(kind="duplicate", because="X shows these very words already", code=code)
    if status == 404 or "deleted or not visible" in words or kind.endswith("resource-not-found"):
        return Fault(kind="gone", because="This post is not there any more", code=code)
    if status == 403 and (kind.endswith(("oauth1-permissions", "client-forbidden")) or "oauth" in words.lower()):
        return Fault(kind="token", because=f"X says that our token may not post ({words})", code=code)
    return Fault(kind="refused", because=f"X does not take it: {words or status}", code=code)
