"""The JSON operations on equipment."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest

from watchbell.district.equipment import queries
from watchbell.kernel.api import api_router, operation, paged

router = api_router("equipment")


def equipment_dict(row: Any) -> dict[str, Any]:
    """A piece of equipment without its secret; `settings` holds none."""
    return {
        "id": str(row.pk), "kind": row.kind, "name": row.name, "identifier": row.identifier,
        "site": str(row.site_id) if row.site_id else None, "place": str(row.place_id) if row.place_id else None,
        "floor": str(row.floor_id) if row.floor_id else None, "door": row.door.number if row.door else None,
        "holder": str(row.holder_id) if row.holder_id else None, "x": row.x, "y": row.y, "gateway": row.gateway,
        "device": row.device, "is_test": row.is_test, "state": row.state,
        "state_at": row.state_at.isoformat() if row.state_at else None, "state_because": row.state_because,
        "battery": row.battery, "contact": row.contact, "lock": row.lock,
        "heard_at": row.heard_at.isoformat() if row.heard_at else None, "detail": row.detail,
        "self_test": row.self_test, "self_test_at": row.self_test_at.isoformat() if row.self_test_at else None,
        "self_test_because": row.self_test_because, "owner": str(row.owner_id) if row.owner_id else None,
        "expires_on": row.expires_on.isoformat() if row.expires_on else None,
    }  # fmt: skip


@operation(router.get, "/equipment", permission="equipment.view")
def list_equipment(
    request: HttpRequest, kind: str = "", state: str = "", site: str = "", search: str = "", owner: str = ""
) -> Any:
    """Equipment, failures first; state "failing" means trouble or silent; owner "mine", "nobody" or a person's id."""
    rows = queries.equipment_seen_by(request.actor, kind=kind, state=state, site=site, search=search, owner=owner)
    return paged(request, rows, equipment_dict)


@operation(router.get, "/equipment/{equipment_id}", permission="equipment.view")
def read_equipment(request: HttpRequest, equipment_id: UUID) -> Any:
    """One piece of equipment."""
    return equipment_dict(queries.one_seen_by(request.actor, equipment_id))
