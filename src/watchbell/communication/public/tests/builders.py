"""Notices and a district for tests of the public side."""

from datetime import UTC, datetime, timedelta
from typing import Any

from watchbell.communication.notices.facts import PublicNotice
from watchbell.communication.public.facts import PublicDistrict
from watchbell.line.ids import same_uuid

NOW = datetime(2026, 11, 26, 15, 0, tzinfo=UTC)
BASE = "https://status.cedar.example.org/alerts"
DISTRICT = PublicDistrict("Cedar Valley Schools", "cedar", "America/Chicago", "573-555-0100", ("029159",))


def make_notice(number: int = 1, **more: Any) -> PublicNotice:
    sent = NOW - timedelta(minutes=90 - number)
    texts = {
        "en": ("Lincoln High is locked down", "All students are inside. Stay away from the school.",
               "Police are at Lincoln High.\n\nStay away. News: https://example.org/x?a=1&b=2."),
        "es": ("Lincoln High está cerrada", "Los alumnos están dentro. No se acerque.", "La policía está allí."),
    }  # fmt: skip
    fields: dict[str, Any] = {
        "id": same_uuid("notice", number), "number": number, "purpose": "emergency", "kind": "lockdown",
        "title": texts["en"][0], "short": texts["en"][1], "text": texts["en"][2], "language": "en", "texts": texts,
        "sites": ("Lincoln High",), "sent_at": sent, "changed_at": sent, "correction": "", "replaces": None,
        "expires_at": None, "state": "current", "is_banner": True, "severity": "Severe",
        "area": "Lincoln High, Springfield", "contact": "",
    }  # fmt: skip
    return PublicNotice(**{**fields, **more})
