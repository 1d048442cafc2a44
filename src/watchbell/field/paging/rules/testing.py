"""What a zone's self-test says of the zone."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from watchbell.district.equipment.facts import SelfTest
from watchbell.field.paging.facts import BAD_VERDICTS, VERDICTS


def read_zone_test(verdict: str, because: str, unheard: Mapping[str, Any], at: datetime) -> SelfTest:
    """Passed or failed, with the speakers not heard by name. What cannot be heard back has passed when it was sent."""
    if verdict not in BAD_VERDICTS:
        return SelfTest("passed", at, VERDICTS.get(verdict, verdict))
    names = sorted(unheard)
    more = f" and {len(names) - 8} more" if len(names) > 8 else ""
    silent = f"Not heard: {', '.join(names[:8])}{more}." if names else ""
    said = because or VERDICTS.get(verdict, verdict)
    return SelfTest("failed", at, f"{said.rstrip('.')}. {silent}".strip()[:255])
