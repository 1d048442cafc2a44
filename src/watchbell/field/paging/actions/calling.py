"""Calls to record: asked for by an author, followed as their carrier tells, ended by a recording or a reason."""

from datetime import timedelta
from uuid import UUID

from watchbell.district.people.queries import families_with_number
from watchbell.field.paging import queries
from watchbell.field.paging.actions.recordings import keep_sound, read_recording
from watchbell.field.paging.facts import (
    CALL_ENDS,
    CALL_HISTORY_DAYS,
    CALL_LASTS_SECONDS,
    CALL_WINDOW_SECONDS,
    LANGUAGES,
    CallAsked,
    Called,
)
from watchbell.field.paging.models import RecordingCall
from watchbell.field.paging.rules import NotSound, is_news, judge_number, judge_pace, write_wav
from watchbell.kernel.acting import acting_district
from watchbell.kernel.changes import recorded_batch, recorded_change, take_turns
from watchbell.kernel.live import touch
from watchbell.kernel.permissions import Actor, require, system_actor
from watchbell.line.addresses import read_number
from watchbell.line.clock import now
from watchbell.line.errors import Conflict, Refused, TooOften
from watchbell.wire.recording import Recorded


def topic_of(call: UUID | str) -> str:
    """The live topic of a call."""
    return f"recordings:{call}"


def call_to_record(actor: Actor, asked: CallAsked) -> UUID:
    """Has the author called. Raises Refused for what is no number to be called, TooOften, Conflict without a carrier.

    The call has no mode: it rings who asks for it and nobody else, says and plays nothing but what the gateways
    themselves say and what the author has just spoken. So a drill's or a test's message may be recorded by it as well,
    and it goes by a carrier in use, never by one for trials, which must not ring anybody's telephone for real.
    """
    require(actor, queries.SPEAK)
    if actor.user_id is None:
        raise Refused("Only a person can be called: sign in.")
    if not asked.name.strip():
        raise Refused("Give the recording a title by which others find it.")
    own = queries.own_numbers(actor)
    number = read_number(asked.number) if asked.number.strip() else next(iter(own), "")
    is_of_family = bool(number) and number not in own and bool(families_with_number(number))
    if because := judge_number(number, own, is_of_family):
        raise Refused(because)
    with recorded_change(actor, "paging.call_to_record") as change:
        take_turns(f"calls to record:{actor.district}")
        earlier = queries.earlier_calls(actor, number, now() - timedelta(seconds=CALL_WINDOW_SECONDS))
        known = [Called(one.by == actor.user_id, one.number == number, one.state, one.asked_at) for one in earlier]
        if because := judge_pace(known, now()):
            raise TooOften(because)
        carrier = queries.carrier_for_calls(one.carrier for one in earlier if one.state == "failed")
        if carrier is None:
            raise Conflict("The district has no carrier of calls. An administrator adds one under Equipment.")
        row = RecordingCall.objects.create(
            name=asked.name.strip()[:120], language=asked.language if asked.language in LANGUAGES else "en",
            number=number, about=asked.about.strip()[:160], by=actor.user_id, by_name=actor.name, carrier=carrier.id,
            asked_at=now(),
        )  # fmt: skip
        change.about(row)
        change.note(number=number, about=row.about, carrier=carrier.name)
        change.ask_later("paging.place_call", call=str(row.pk))  # by the worker: it alone may give to carriers
        change.touch(topic_of(row.pk))
    return row.pk


def take_recorded(told: Recorded) -> None:
    """What the carrier's gateway says of a call; said twice or late, it is written down once."""
    district = acting_district()
    known = RecordingCall.objects.filter(pk=UUID(told.id)).first()
    if known is None or district is None or not is_news(known.state, told.state):
        return
    if told.state not in CALL_ENDS:
        with recorded_batch("how a call to record goes"):
            row = RecordingCall.objects.select_for_update().get(pk=known.pk)
            if is_news(row.state, told.state):
                row.state = told.state
                row.save(update_fields=["state"])
                touch(topic_of(row.pk))
        return
    state, because, sound = told.state, told.because, b""
    if state == "recorded":
        try:
            sound = read_recording(write_wav(told.sound))  # by the same reader as a file that is handed in
        except NotSound:
            state, because = "silent", ""
    _end_call(system_actor(district, f"{told.gateway} gateway"), known.pk, state, because, sound, told.is_kept)


def _end_call(actor: Actor, call: UUID, state: str, because: str, sound: bytes = b"", is_kept: bool = False) -> None:
    with recorded_change(actor, "paging.end_call_to_record") as change:
        row = RecordingCall.objects.select_for_update().get(pk=call)
        change.about(row)
        if not is_news(row.state, state):
            return
        row.state, row.because, row.ended_at, row.is_kept = state, because[:300], now(), is_kept
        if sound:
            row.recording = keep_sound(change, sound, row.name, row.language, "telephone", row.by, row.by_name)
            if is_kept:  # it was played back to them before they pressed the key
                row.recording.listened_at, row.recording.listened_name = now(), row.by_name
                row.recording.save(update_fields=["listened_at", "listened_name"])
        row.save(update_fields=["state", "because", "ended_at", "is_kept", "recording"])
        change.note(state=state, by=row.by_name)
        change.touch(topic_of(row.pk))


def give_up_call(call: UUID, because: str) -> None:
    """It could not begin, or nothing more is heard of it."""
    district = acting_district()
    if district is not None:
        _end_call(system_actor(district), call, "failed", because)


def tidy_calls() -> int:
    """Ends calls nothing more is heard of, and forgets numbers after a month; how many calls were ended."""
    late = now() - timedelta(seconds=CALL_LASTS_SECONDS)
    stuck = RecordingCall.objects.filter(asked_at__lt=late).exclude(state__in=CALL_ENDS).values_list("pk", flat=True)
    ended = list(stuck)
    for call in ended:
        give_up_call(call, "Nothing more was heard of the call.")
    old = RecordingCall.objects.filter(asked_at__lt=now() - timedelta(days=CALL_HISTORY_DAYS))
    if old.exists():
        with recorded_batch("old calls to record are forgotten"):
            old.delete()
    return len(ended)
