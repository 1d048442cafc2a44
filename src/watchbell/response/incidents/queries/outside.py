"""What was told to the outside and what came back, for those above who carry it further."""

from watchbell.response.incidents.facts import Answer, OutsideOrder
from watchbell.response.incidents.models import Incident, IncidentPress, StaffConfirmation

OUTSIDE = ("tell_dispatch", "update_dispatch", "clear_dispatch", "place_call", "send_cap", "cancel_cap")


def open_incidents() -> list[Incident]:
    """All incidents of the acting district whose alarm is on, the oldest first."""
    return list(Incident.objects.filter(state="open").select_related("site", "place").order_by("opened_at"))


def outside_orders(incident: Incident) -> list[OutsideOrder]:
    """Orders of this incident that leave the school, the oldest first."""
    rows = incident.board.filter(action__in=OUTSIDE).order_by("asked_at", "id")
    return [
        OutsideOrder(
            order=row.order, press=row.press, action=row.action, step=row.step, endpoint=row.endpoint["name"],
            endpoint_id=row.endpoint["id"], state=row.state, because=row.because, asked_at=row.asked_at,
            done_at=row.done_at, is_reset=row.is_reset, wire=row.wire_order,
        )
        for row in rows
    ]  # fmt: skip


def answers_of(incident: Incident) -> list[Answer]:
    """What people and centres have answered to any press of this incident, the oldest first."""
    presses = IncidentPress.objects.filter(incident=incident).values("press")
    rows = StaffConfirmation.objects.filter(press__in=presses).order_by("at", "id")
    return [Answer(r.what, r.by, r.by_name, r.order, r.at, r.because, r.detail) for r in rows]
