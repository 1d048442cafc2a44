"""Arranges an incident's receipts for the board: what failed or is late first, what is well counted and folded."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

ORDER = {"failed": 0, "expired": 1, "late": 2, "asked": 3, "done": 4}
ICONS = {
    "failed": "circle-x",
    "expired": "clock-exclamation",
    "late": "clock-exclamation",
    "asked": "send",
    "done": "circle-check",
}


def _get(row: Any, name: str, default: Any = None) -> Any:
    return row.get(name, default) if isinstance(row, dict) else getattr(row, name, default)


def arrange_receipts(rows: Iterable[Any], now: datetime) -> dict[str, Any]:
    """The board of _receipts.html from rows (dicts or objects: step or step_name, endpoint, state, because, asked_at,
    done_at, attempts, deadline_seconds): {"tally", "open", "done", "total"}; an asked row past its deadline is late."""
    shown = [_row(row, now) for row in rows]
    shown.sort(key=lambda row: (ORDER.get(row["state"], 3), row["asked_at"]))
    tally = {state: sum(1 for row in shown if row["state"] == state) for state in ORDER}
    return {
        "tally": [(state, amount) for state, amount in tally.items() if amount],
        "counts": tally,
        "open": [row for row in shown if row["state"] != "done"],
        "done": [row for row in shown if row["state"] == "done"],
        "total": len(shown),
    }


def _row(row: Any, now: datetime) -> dict[str, Any]:
    state, asked_at, done_at = _get(row, "state", "asked"), _get(row, "asked_at"), _get(row, "done_at")
    deadline = _get(row, "deadline_seconds")
    if state == "asked" and deadline is not None and (now - asked_at).total_seconds() > deadline:
        state = "late"
    return {
        "id": _get(row, "id") or _get(row, "order_id"),
        "step": _get(row, "step_name") or _get(row, "step", ""),
        "endpoint": _get(row, "endpoint", ""),
        "state": state,
        "icon": ICONS.get(state, "send"),
        "because": _get(row, "because", ""),
        "asked_at": asked_at,
        "done_at": done_at,
        "took": (done_at - asked_at) if done_at else None,
        "attempts": _get(row, "attempts", 1),
        "is_by_hand": _get(row, "is_by_hand", False),
        "close_url": _get(row, "close_url", ""),
        "again_url": _get(row, "again_url", ""),
    }
