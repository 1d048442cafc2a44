"""The JSON operations on equipment."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest

from watchbell.district.equipment import actions, queries
from watchbell.district.equipment.rules import judge_telephone
from watchbell.kernel.api import api_router, operation, paged
from watchbell.line import clock

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


def telephone_dict(one: Any) -> dict[str, Any]:
    """A telephone with its dispatchable location. one: (TelephoneFacts, problem or "")."""
    phone, problem = one
    return {
        "id": str(phone.id), "extension": phone.extension, "name": phone.name, "elin": phone.elin,
        "callback": phone.callback, "site": str(phone.site) if phone.site else None,
        "place": str(phone.place) if phone.place else None, "place_name": phone.place_name, "civic": phone.civic,
        "latitude": phone.latitude, "longitude": phone.longitude, "mac": phone.mac, "ip": phone.ip,
        "confirmed_on": phone.confirmed_on.isoformat() if phone.confirmed_on else None,
        "confirmed_by": phone.confirmed_by, "problem": problem or None,
    }  # fmt: skip


@operation(router.get, "/telephones", permission="equipment.view")
def list_telephones(request: HttpRequest, site: str = "", search: str = "", problem: str = "") -> Any:
    """Telephones with their dispatchable locations, problems first; problem "any", "grave" or one by name."""
    today = clock.now().date()
    found = queries.telephones_judged(request.actor, today, site=site, search=search, problem=problem)
    return paged(request, found, telephone_dict)


@operation(router.get, "/telephones/audit", permission="equipment.view")
def read_telephone_audit(request: HttpRequest) -> Any:
    """What the last night's audit of telephones found: {"at", "checked", "problems": [...]}; at null before it."""
    audit = queries.newest_audit()
    if audit is None:
        return {"at": None, "checked": 0, "problems": []}
    return {"at": audit.at.isoformat(), "checked": audit.checked, "problems": audit.problems}


@operation(router.get, "/telephones/{telephone_id}", permission="equipment.view")
def read_telephone(request: HttpRequest, telephone_id: UUID) -> Any:
    """One telephone."""
    phone = queries.one_telephone(request.actor, telephone_id)
    return telephone_dict((phone, judge_telephone(phone, clock.now().date())))


@operation(router.post, "/telephones/{telephone_id}/confirm", permission="equipment.edit")
def confirm_telephone(request: HttpRequest, telephone_id: UUID) -> Any:
    """Somebody has seen the telephone in its room: {"confirmed": 1}, 0 for one without a room."""
    queries.one_telephone(request.actor, telephone_id)
    return {"confirmed": actions.confirm_telephones(request.actor, [telephone_id])}
