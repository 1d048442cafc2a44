"""What the push gateway heard: browsers that are gone are forgotten."""

from collections.abc import Sequence

from watchbell.district.accounts.actions import forget_gone_subscriptions
from watchbell.wire.base import Malformed, decode
from watchbell.wire.order import Receipt


def take_receipts(raws: Sequence[bytes]) -> None:
    """Receipts of one district; those of other gateways, or without anybody gone, change nothing."""
    gone: list[str] = []
    for raw in raws:
        if b'"gone":["' not in raw:
            continue
        found = decode(raw, Receipt)
        if not isinstance(found, Malformed) and found.by == "gateway/webpush":
            gone += [str(one) for one in found.detail.get("gone", [])]
    forget_gone_subscriptions(gone)
