"""NATS subjects: `wb.<district>.<site>.<press|order|receipt|status|telemetry>.<gateway>.<device>`."""

import re

STREAMS: dict[str, dict[str, object]] = {
    "PRESS": {"subjects": ["wb.*.*.press.>"], "max_age_seconds": 14 * 86400},
    "ORDER": {"subjects": ["wb.*.*.order.>"], "max_age_seconds": 7 * 86400},
    "RECEIPT": {"subjects": ["wb.*.*.receipt.>"], "max_age_seconds": 14 * 86400},
    "STATUS": {"subjects": ["wb.*.*.status.>"], "max_age_seconds": 3 * 86400},
    "TELEMETRY": {"subjects": ["wb.*.*.telemetry.>"], "max_age_seconds": 6 * 3600},
}
SNAPSHOTS = "snapshots"
CONFIG = "config"


def token(text: str) -> str:
    """`text` as one subject token: NATS gives dots, blanks, `*` and `>` a meaning of their own."""
    return re.sub(r"[^A-Za-z0-9_-]", "_", text) or "_"


def subject(district: str, site: str | None, what: str, gateway: str, device: str) -> str:
    """The subject of a message about one device; `site` is "district" where a message belongs to none."""
    return f"wb.{token(district)}.{token(site or 'district')}.{what}.{token(gateway)}.{token(device)}"


def live_subject(district: str, topic: str) -> str:
    """The core subject of a live hint, e.g. topic "incident:42"."""
    return f"wb.{token(district)}.live.{token(topic.replace(':', '-'))}"


def heartbeat_subject(role: str, instance: str) -> str:
    """The core subject a process beats on."""
    return f"wbsys.heartbeat.{token(role)}.{token(instance)}"


def snapshot_key(district: str, site: str) -> str:
    """The key of a site's snapshot in the bucket `snapshots`."""
    return f"{token(district)}.{token(site)}"
