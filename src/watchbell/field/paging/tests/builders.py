"""A site with two zones and speakers, a recording, receipts of its orders, for tests."""

import math
import struct
from typing import Any

from watchbell.district.equipment.actions import load_equipment
from watchbell.district.sites.tests.builders import SITE, build_site
from watchbell.field.paging.models import AnnouncementZone, ZoneTest
from watchbell.line import clock
from watchbell.line.ids import same_uuid
from watchbell.wire.order import Endpoint, Order, Receipt

INDOORS, GROUNDS, SPEAKER = (same_uuid("test", name) for name in ("indoors", "grounds", "speaker"))


def build_zones() -> None:
    """Two zones at SITE; indoors one speaker of two can be heard back."""
    build_site()
    common = {"site_id": SITE, "kind": "paging_zone", "gateway": "rtppaging"}
    load_equipment([
        common | {"id": INDOORS, "name": "Indoors", "device": "t-indoors", "settings": {"group": "239.192.9.1"}},
        common | {"id": GROUNDS, "name": "Grounds", "device": "t-grounds", "settings": {"group": "239.192.9.2"}},
        {"site_id": SITE, "id": SPEAKER, "kind": "speaker", "name": "Hall",
         "settings": {"zone": "t-indoors", "return": "rtcp", "cname": "hall-1"}},
        {"site_id": SITE, "id": same_uuid("test", "deaf"), "kind": "speaker", "name": "Gym",
         "settings": {"zone": "t-indoors"}},
    ])  # fmt: skip


def wav(seconds: float = 1.0, rate: int = 16000, level: float = 0.4) -> bytes:
    """A tone as a 16-bit file."""
    sound = b"".join(
        struct.pack("<h", round(32767 * level * math.sin(2 * math.pi * 440 * n / rate)))
        for n in range(round(seconds * rate))
    )
    shape = (16, 1, 1, rate, 2 * rate, 2, 16)
    return (
        struct.pack("<4sI4s4sIHHIIHH4sI", b"RIFF", 36 + len(sound), b"WAVE", b"fmt ", *shape, b"data", len(sound))
        + sound
    )


def receipt(district: Any, row: AnnouncementZone | ZoneTest, step: str, state: str = "done", because: str = "",
            **detail: Any) -> Receipt:  # fmt: skip
    """What the gateway answers to the row's order."""
    now = clock.unix()
    order = Order(
        id=row.order, attempt=1, press="a", district=str(district.id), site=str(row.site_id), step=step,
        action="start_page", endpoint=Endpoint(id=str(row.zone), name=row.zone_name, gateway="rtppaging", device="d"),
        mode="real", made_at=now, expires_at=now + 9, deadline_seconds=5.0,
    )  # fmt: skip
    return Receipt(order=order, state=state, because=because, at=now, by="gateway/rtppaging", detail=detail)
