"""Writing places: floors, rooms, doors, the picture behind a plan and where it lies on the earth."""

from typing import Any

from django.db import models

from watchbell.district.sites.models import Building, Door, Floor, Place, Site
from watchbell.kernel.changes import recorded_batch

BATCH = 2000
TABLES: dict[str, type[models.Model]] = {
    "site": Site, "building": Building, "floor": Floor, "place": Place, "door": Door,
}  # fmt: skip


def load_places(rows: dict[str, list[dict[str, Any]]]) -> int:
    """Writes many places at once, as part of a larger recorded change; the number of rows.

    rows: by table ("site", "building", "floor", "place", "door"), each a dict of its fields.
    """
    count = 0
    with recorded_batch("load places"):
        for name, table in TABLES.items():
            made = [table(**row) for row in rows.get(name, ())]
            count += len(table._default_manager.bulk_create(made, batch_size=BATCH))
    return count
