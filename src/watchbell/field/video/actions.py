"""Opening and closing cameras to agencies, and the looks, each of which leaves a trace."""

from datetime import datetime, timedelta
from uuid import UUID

from watchbell.field.video import queries
from watchbell.field.video.facts import TICKET_SECONDS, CameraFacts, GateAsked, LookVerdict
from watchbell.field.video.models import Gate, Look
from watchbell.kernel.changes import recorded_batch, recorded_change
from watchbell.kernel.permissions import Actor
from watchbell.line import clock
from watchbell.line.errors import NotFound, Refused

#: A ticket that was renewed late by so much still belongs to its look.
GRACE_SECONDS = 30.0
#: What the audit log calls a look that was not allowed.
REFUSED = "video.refuse_look"


def open_gate(actor: Actor, asked: GateAsked) -> None:
    """From now on the agencies that this incident involves may look into the cameras of its site."""
    with recorded_change(actor, "video.open_gate", cause=str(asked.incident)) as change:
        values = {
            "site_id": asked.site, "place_id": asked.place, "place_name": asked.place_name, "kind": asked.kind,
            "mode": asked.mode, "name": asked.name, "agencies": list(asked.agencies), "opened_at": asked.opened_at,
            "pressed_by": asked.pressed_by,
        }  # fmt: skip
        gate, _ = Gate.objects.update_or_create(incident=asked.incident, defaults=values)
        change.about(gate)
        change.note(agencies=list(asked.agencies), mode=asked.mode)


def close_gate(actor: Actor, incident: UUID) -> None:
    """No agency looks any more because of this incident: running looks end within seconds."""
    with recorded_change(actor, "video.close_gate", cause=str(incident)) as change:
        gate = Gate.objects.select_for_update().filter(incident=incident, closed_at=None).first()
        if gate is None:
            return
        gate.closed_at = clock.now()
        gate.save(update_fields=["closed_at"])
        Look.objects.filter(gate=gate, is_gated=True, ended_at=None).update(ended_at=gate.closed_at)
        change.about(gate)
        change.touch(f"gate:{incident}")


def begin_look(actor: Actor, camera_id: UUID) -> tuple[Look, LookVerdict]:
    """Lets somebody look into a camera, and writes it down. Raises Refused with the reason, which is written down too;
    NotFound.
    """
    if actor.user_id is None:
        raise Refused("Only a person with an account looks into cameras.")
    camera = queries.camera_at(actor, camera_id)
    verdict = queries.judge(actor, camera)
    if not verdict.is_allowed:
        _refuse(actor, camera, verdict)
    is_silent = verdict.gate is not None and verdict.gate.kind == "duress"
    why = "" if is_silent else verdict.because[:200]
    with recorded_change(
        actor, "video.begin_look", target=camera.name, why=why,
        cause=str(verdict.gate.incident) if verdict.gate else None,
    ) as change:  # fmt: skip
        look = Look.objects.create(
            camera_id=camera.id, camera_name=camera.name, by=actor.user_id, by_name=actor.name[:160], role=actor.role,
            gate_id=verdict.gate.id if verdict.gate else None, is_gated=verdict.is_gated, because=why, until=_until(),
        )  # fmt: skip
        change.note(camera=str(camera.id), look=str(look.pk), site=camera.site_name, place=camera.place_name)
    return look, verdict


def _refuse(actor: Actor, camera: CameraFacts, verdict: LookVerdict) -> None:
    with recorded_change(actor, REFUSED, target=camera.name, why=verdict.because[:200]) as change:
        change.note(camera=str(camera.id), site=camera.site_name, place=camera.place_name)
    raise Refused(verdict.because)


def renew_look(actor: Actor, look_id: UUID) -> Look:
    """The same look goes on, if it still may. Raises Refused, NotFound."""
    look = queries.own_look(actor, look_id)
    camera = queries.camera_at(actor, look.camera_id)
    verdict = queries.judge(actor, camera)
    if not verdict.is_allowed:
        end_look(actor, look_id)
        _refuse(actor, camera, verdict)
    if look.is_gated and (verdict.gate is None or verdict.gate.id != look.gate_id):
        end_look(actor, look_id)
        raise Refused("The incident this look was because of is over. Start another one.")
    with recorded_batch("a look goes on", actor):
        look.until = _until()
        look.save(update_fields=["until"])
    return look


def end_look(actor: Actor, look_id: UUID) -> None:
    """Somebody has looked away. Raises NotFound for what is no look of theirs."""
    own = Look.objects.filter(pk=look_id, by=actor.user_id) if actor.user_id else Look.objects.none()
    with recorded_batch("a look ends", actor):
        count = own.filter(ended_at=None).update(ended_at=clock.now())
    if not count and not own.exists():
        raise NotFound("There is no such look of yours.")


def try_camera(actor: Actor, camera_id: UUID) -> str:
    """A ticket with which the recorder looks for a picture and says what it found. Raises Refused, NotFound."""
    camera = queries.camera_to_try(actor, camera_id)
    with recorded_change(actor, "video.try_camera", target=camera.name) as change:
        change.note(camera=str(camera.id))
    return queries.trial_ticket(actor, camera)


def _until() -> datetime:
    return clock.now() + timedelta(seconds=TICKET_SECONDS + GRACE_SECONDS)
