"""The library of recordings: added, listened to before they are used, retired and brought back."""

import hashlib
from uuid import UUID

from watchbell.field.paging.facts import LANGUAGES, LEAST_RECORDING_SECONDS, MOST_FILE_BYTES, MOST_RECORDING_SECONDS
from watchbell.field.paging.models import Recording
from watchbell.field.paging.queries import SPEAK
from watchbell.field.paging.rules import NotSound, read_wav
from watchbell.kernel.changes import Change, recorded_change
from watchbell.kernel.permissions import Actor, require
from watchbell.line.clock import now
from watchbell.line.errors import NotFound, Refused
from watchbell.line.sound import RATE


def add_recording(actor: Actor, name: str, raw: bytes, language: str = "en", source: str = "uploaded") -> UUID:
    """Keeps a WAV file as a recording. Raises Refused for what is no sound, too long, too short or silent."""
    require(actor, SPEAK)
    if not name.strip():
        raise Refused("Give the recording a name by which others find it.")
    if len(raw) > MOST_FILE_BYTES:
        raise Refused(f"The file is larger than {MOST_FILE_BYTES // 1_000_000} MB.")
    try:
        sound = read_recording(raw)
    except NotSound as error:
        raise Refused(str(error)) from error
    with recorded_change(actor, "paging.add_recording") as change:
        row = keep_sound(change, sound, name, language, source, actor.user_id, actor.name)
        change.about(row)
    return row.id


def read_recording(raw: bytes) -> bytes:
    """The sound of a WAV file as recordings keep it. Raises NotSound: no sound, too long, too short or silent."""
    sound = read_wav(raw, MOST_RECORDING_SECONDS)
    if len(sound) < LEAST_RECORDING_SECONDS * RATE:
        raise NotSound("The recording is shorter than half a second.")
    return sound


def keep_sound(
    change: Change, sound: bytes, name: str, language: str, source: str, made_by: UUID | None, made_name: str
) -> Recording:  # fmt: skip
    """Inside a change: one more recording of the library, on its way to the gateways."""
    row = Recording.objects.create(
        name=name.strip()[:120], language=language if language in LANGUAGES else "en",
        digest=hashlib.sha256(sound).hexdigest(), sound=sound, seconds=round(len(sound) / RATE, 1), source=source,
        made_by=made_by, made_name=made_name, made_at=now(),
    )  # fmt: skip
    change.note(seconds=row.seconds, digest=row.digest)
    change.touch("recordings:all")
    change.ask_later("paging.publish_recording", recording=str(row.id))
    return row


def _found(recording_id: UUID) -> Recording:
    row = Recording.objects.defer("sound").filter(pk=recording_id).first()
    if row is None:
        raise NotFound("There is no such recording.")
    return row


def note_listened(actor: Actor, recording_id: UUID) -> None:
    """Somebody has listened to it: from now on it can be announced."""
    require(actor, SPEAK)
    row = _found(recording_id)
    if row.listened_at is not None:
        return
    with recorded_change(actor, "paging.listen_recording", target=row) as change:
        row.listened_at, row.listened_name = now(), actor.name
        row.save(update_fields=["listened_at", "listened_name"])
        change.touch("recordings:all")


def retire_recording(actor: Actor, recording_id: UUID) -> None:
    """Takes it out of use; what it was announced by keeps it."""
    require(actor, SPEAK)
    row = _found(recording_id)
    with recorded_change(actor, "paging.retire_recording", target=row) as change:
        row.retired_at, row.retired_name = now(), actor.name
        row.save(update_fields=["retired_at", "retired_name"])
        change.touch("recordings:all")


def restore_recording(actor: Actor, recording_id: UUID) -> None:
    """Brings a retired one back."""
    require(actor, SPEAK)
    row = _found(recording_id)
    with recorded_change(actor, "paging.restore_recording", target=row) as change:
        row.retired_at, row.retired_name = None, ""
        row.save(update_fields=["retired_at", "retired_name"])
        change.touch("recordings:all")
