"""The receipt board is kept: orders asked, receipts come, silence audited. In batches, each message once."""

import json
from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec
from django.db import connection

from watchbell.district.accounts.facts import ROLE_NAMES
from watchbell.district.sites.facts import read_id
from watchbell.kernel.acting import acting_district
from watchbell.kernel.changes import recorded_batch, recorded_change, take_turns
from watchbell.kernel.live import touch
from watchbell.kernel.permissions import Actor
from watchbell.line.clock import moment, now
from watchbell.line.ids import new_id
from watchbell.response.incidents import rules
from watchbell.response.incidents.facts import COMING
from watchbell.response.incidents.models import (
    BoardEntry,
    Incident,
    IncidentPress,
    StaffConfirmation,
    TimelineEntry,
)
from watchbell.wire.order import AID_ANSWERS, RELEASES, Acknowledged, Order, Receipt

UPSERT = """
insert into incidents_boardentry (id, district_id, incident_id, press, "order", step, action, endpoint, wire_order,
  state, because, asked_at, last_asked_at, done_at, deadline_seconds, attempts, is_reset, is_by_hand, detail)
values (%(id)s, %(district)s,
  coalesce(%(incident)s::uuid, (select incident_id from incidents_incidentpress where press = %(press)s)),
  %(press)s, %(order)s, %(step)s, %(action)s, %(endpoint)s, %(wire_order)s, %(state)s, %(because)s, %(asked_at)s,
  %(asked_at)s, %(done_at)s, %(deadline)s, %(attempts)s, %(is_reset)s, false, %(detail)s)
on conflict (district_id, "order") do update set
  attempts = greatest(incidents_boardentry.attempts, excluded.attempts),
  last_asked_at = greatest(incidents_boardentry.last_asked_at, excluded.last_asked_at),
  asked_at = least(incidents_boardentry.asked_at, excluded.asked_at),
  incident_id = coalesce(incidents_boardentry.incident_id, excluded.incident_id)
"""
TAKE_RECEIPT = """,
  state = case when incidents_boardentry.state = 'done' or incidents_boardentry.is_by_hand
    then incidents_boardentry.state else excluded.state end,
  because = case when incidents_boardentry.state = 'done' or incidents_boardentry.is_by_hand
    then incidents_boardentry.because else excluded.because end,
  done_at = coalesce(incidents_boardentry.done_at, excluded.done_at),
  detail = incidents_boardentry.detail || excluded.detail
"""


def order_row(order: Order, receipt: Receipt | None) -> dict[str, Any]:
    done_at = moment(receipt.at) if receipt is not None and receipt.state == "done" else None
    return {
        "id": new_id(), "district": acting_district(), "incident": order.incident, "press": order.press,
        "order": order.id, "step": order.step, "action": order.action,
        "endpoint": json.dumps(msgspec.to_builtins(order.endpoint)),
        "wire_order": json.dumps(msgspec.to_builtins(msgspec.structs.replace(order, signature=""))),
        "state": receipt.state if receipt else "asked", "because": receipt.because if receipt else "",
        "asked_at": moment(order.made_at), "done_at": done_at, "deadline": order.deadline_seconds,
        "attempts": order.attempt, "is_reset": order.action in RELEASES,
        "detail": json.dumps(receipt.detail if receipt else {}),
    }  # fmt: skip


def _rows(told: Iterable[tuple[Order, Receipt | None]]) -> list[dict[str, Any]]:
    """Rows in one order everywhere, so that the lanes of orders and receipts never wait for each other in a circle."""
    return [order_row(order, receipt) for order, receipt in sorted(told, key=lambda pair: pair[0].id)]


def hold_presses(presses: Iterable[str]) -> None:
    """Whoever writes orders of a press and whoever files the press take turns, so that neither overlooks the other."""
    take_turns(*(f"press:{press}" for press in presses))


def take_orders(orders: Sequence[Order]) -> None:
    """Orders appear on the board as asked."""
    with recorded_batch("orders"):
        hold_presses(order.press for order in orders)
        with connection.cursor() as cursor:
            cursor.executemany(UPSERT, _rows((order, None) for order in orders))
        _touch_incidents({order.press for order in orders})


def take_receipts(receipts: Sequence[Receipt]) -> list[UUID]:
    """Receipts answer them; returns the incidents that are being cleared and may now be over."""
    with recorded_batch("receipts"):
        hold_presses(receipt.order.press for receipt in receipts)
        with connection.cursor() as cursor:
            cursor.executemany(UPSERT + TAKE_RECEIPT, _rows((receipt.order, receipt) for receipt in receipts))
        incidents = _touch_incidents({receipt.order.press for receipt in receipts})
        for receipt in receipts:
            incident = incidents.get(receipt.order.press)
            if receipt.state != "done" and incident is not None:
                _tell_failure(incident, receipt)
        return list(
            Incident.objects.filter(id__in=set(incidents.values()), state="clearing").values_list("id", flat=True)
        )


def _tell_failure(incident: UUID, receipt: Receipt) -> None:
    """One line for each order that failed, however often it was asked."""
    order = receipt.order
    what = f"{order.endpoint.name}: {receipt.state}"[:200]
    if not TimelineEntry.objects.filter(incident_id=incident, kind="order", what=what).exists():
        TimelineEntry.objects.create(
            incident_id=incident, at=moment(receipt.at), kind="order", what=what, by=receipt.by, because=receipt.because
        )


def _touch_incidents(presses: Iterable[str]) -> dict[str, UUID]:
    found = dict(IncidentPress.objects.filter(press__in=set(presses)).values_list("press", "incident_id"))
    for incident in set(found.values()):
        touch(f"incident:{incident}")
    return found


def take_acknowledgements(told: Sequence[Acknowledged]) -> None:
    """Staff who confirmed, centres that answered: kept once, shown on the board and in the timeline."""
    with recorded_batch("acknowledgements"):
        for one in told:
            if one.what in AID_ANSWERS:
                continue
            _, is_new = StaffConfirmation.objects.get_or_create(acknowledged=one.id, defaults=_confirmation(one))
            incident = IncidentPress.objects.filter(press=one.press).values_list("incident_id", flat=True).first()
            if is_new and incident is not None and one.what.startswith("dispatch"):
                _tell_dispatch_answer(incident, one)
            elif is_new and incident is not None and one.what in COMING:
                _tell_helper(incident, one)
        _touch_incidents({one.press for one in told})
    for one in told:
        if one.what in AID_ANSWERS:
            _take_aid(one)


def _take_aid(one: Acknowledged) -> None:
    """Somebody says that the AED is there (or is not, after all): others act on it, so it is audited as theirs."""
    district = acting_district()
    if district is None or StaffConfirmation.objects.filter(acknowledged=one.id).exists():
        return
    what, is_here = AID_ANSWERS[one.what]
    actor = Actor(read_id(one.by), one.by_name, str(one.detail.get("role", "")), district)
    incident = Incident.objects.filter(presses__press=one.press).first()
    with recorded_change(
        actor, "incidents.say_aid_here" if is_here else "incidents.say_aid_not_here", target=incident or one.press,
        cause=str(incident.pk) if incident else one.press,
    ) as change:  # fmt: skip
        StaffConfirmation.objects.create(**_confirmation(one))
        change.note(aid=what)
        if incident is not None:
            name = "AED" if what == "aed" else "kit"
            TimelineEntry.objects.create(
                incident=incident, at=moment(one.at), kind="person", by=one.by_name,
                what=f"The {name} is here" if is_here else f"The {name} is not here after all", because=one.because,
            )  # fmt: skip
            change.touch(f"incident:{incident.pk}")


def _confirmation(one: Acknowledged) -> dict[str, Any]:
    return {
        "acknowledged": one.id, "press": one.press, "order": one.order, "what": one.what, "by": one.by,
        "by_name": one.by_name, "at": moment(one.at), "because": one.because, "detail": one.detail,
    }  # fmt: skip


def _tell_dispatch_answer(incident: UUID, one: Acknowledged) -> None:
    what = {"dispatch_acknowledged": "911 has acknowledged", "dispatch_status": "911 reports"}.get(one.what, one.what)
    Incident.objects.filter(id=incident).update(dispatch_state=(one.because or what)[:200])
    if one.what == "dispatch_acknowledged":
        Incident.objects.filter(id=incident, acknowledged_at=None).update(acknowledged_at=moment(one.at))
    TimelineEntry.objects.create(
        incident_id=incident, at=moment(one.at), kind="person", what=what, by=one.by_name, because=one.because
    )


def _tell_helper(incident: UUID, one: Acknowledged) -> None:
    role = ROLE_NAMES.get(str(one.detail.get("role", "")), "")
    place = str(one.detail.get("place_name") or "")
    told = f"{role} {one.by_name} {COMING[one.what]}".strip()
    TimelineEntry.objects.create(
        incident_id=incident, at=moment(one.at), kind="person", what=told[:200], by=one.by_name,
        because=one.because or (f"From {place}." if place and one.what == "on_my_way" else ""),
    )  # fmt: skip


def audit_failed() -> list[BoardEntry]:
    """Orders that failed, to be asked once more now; until one succeeds the board goes on saying that it has failed."""
    moment_now = now()
    with recorded_batch("audit of what failed"):
        failed = BoardEntry.objects.filter(
            state__in=("failed", "expired"), is_by_hand=False, incident__state__in=("open", "clearing"),
            last_asked_at__lt=moment_now - timedelta(seconds=rules.FAILED_AGAIN_SECONDS),
        )  # fmt: skip
        again = []
        for entry in failed.select_related("incident").select_for_update(skip_locked=True, of=("self",))[:200]:
            assert entry.incident is not None
            if rules.is_asked_again(
                entry.action, entry.because, entry.attempts, entry.last_asked_at, entry.incident.state, entry.is_reset,
                moment_now,
            ):  # fmt: skip
                again.append(entry)
                entry.attempts += 1
                entry.last_asked_at = moment_now
        BoardEntry.objects.bulk_update(again, ["attempts", "last_asked_at"])
    return again


def audit_orders() -> tuple[list[BoardEntry], int]:
    """Orders whose deadline and grace are over without a receipt: (those to ask once more, how many expired)."""
    again: list[BoardEntry] = []
    expired = 0
    moment_now = now()
    with recorded_batch("audit of orders"):
        waiting = BoardEntry.objects.filter(state="asked", last_asked_at__lt=moment_now - timedelta(seconds=5))
        waiting = waiting.exclude(incident=None).select_related("incident")
        for entry in waiting.select_for_update(skip_locked=True, of=("self",))[:200]:
            assert entry.incident is not None
            is_over = not entry.is_reset and entry.incident.state != "open"
            verdict = rules.needs_audit(
                entry.attempts, entry.last_asked_at, entry.deadline_seconds, moment_now, is_over
            )  # fmt: skip
            if verdict == "ask":
                again.append(entry)
                entry.attempts += 1
                entry.last_asked_at = moment_now
                entry.save(update_fields=["attempts", "last_asked_at"])
            elif verdict == "expire":
                expired += 1
                entry.state, entry.because = "expired", f"No answer, asked {entry.attempts} times."
                entry.save(update_fields=["state", "because"])
                touch(f"incident:{entry.incident_id}")
    return again, expired
