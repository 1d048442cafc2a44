"""Decides: what a badge's counter means. Pure; `now` is an argument, in Unix seconds."""

import msgspec

from watchbell.gateways.blebadge.buttons import Button

#: A longer pause between two presses begins a new run.
RUN_SECONDS = 5.0
#: An older frame this soon after a newer one came late from another gateway; later it is somebody's replay.
LATE_SECONDS, LATE_STEPS = 30.0, 16
#: A counter that stays lower for this long, with nothing pressed, is that of a badge with a new battery.
RESYNC_SECONDS = 60.0
#: A counter of so few bits comes round too often to tell an old press from one after a new battery.
FEW_BITS = 8
#: Not heard for longer, a badge may have been pressed where nobody heard it: those presses are not taken for eight.
HEARD_SECONDS = 120.0


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """So many presses in a row raise an alarm of this kind."""

    presses: int
    kind: str


DEFAULT_STEPS = (Step(presses=3, kind="staff_assist"), Step(presses=8, kind="lockdown"))


class Track(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of one badge; kept on disk. last: its counter. at: the last press. count, run: presses in the run
    under way and what the run is called. raised: kinds it has raised. untaken: kind → press the stream has not
    confirmed yet. epoch: how often the counter has begun again. low_since: since when a lower counter is heard.
    """

    last: int
    epoch: int = 0
    at: float = 0.0
    count: int = 0
    run: str = ""
    raised: tuple[str, ...] = ()
    untaken: dict[str, str] = {}
    is_latched: bool = False
    low: int = -1
    low_since: float = 0.0


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """track: what is known now. kind: the alarm to raise, "" for none. refused: why a press was not believed."""

    track: Track
    kind: str = ""
    refused: str = ""
    note: str = ""


def judge_button(
    track: Track | None, button: Button, now: float, *, heard_at: float, resumed_at: float = 0.0,
    steps: tuple[Step, ...] = DEFAULT_STEPS, held_kind: str = "", is_known: bool = True,
    run_seconds: float = RUN_SECONDS,
) -> Verdict:  # fmt: skip
    """What `button` means after `track`.

    heard_at: when the badge was last heard before; resumed_at: when hearing began again after an interruption.
    """
    if track is None:
        return _first(button, now, steps, held_kind, is_known)
    counter, size = _counter(track, button), 1 << button.bits
    ahead = (counter - track.last) % size
    if ahead == 0:
        return Verdict(track=_latch(track, button))
    if ahead >= size // 2 and button.counter is not None:
        if button.bits <= FEW_BITS and button.is_latched and now - track.at > LATE_SECONDS:
            return _begun_again(track, button, counter, now, steps, held_kind)
        return _older(track, button, counter, size - ahead, now)
    epoch = track.epoch + (counter < track.last)
    is_heard_lately = now - max(heard_at, resumed_at) <= HEARD_SECONDS
    if button.is_latched is False or (button.is_latched is None and not is_heard_lately):
        return Verdict(track=msgspec.structs.replace(track, last=counter, epoch=epoch, is_latched=False, low=-1))
    added = ahead - 1 + button.step
    is_going_on = track.count > 0 and now - max(track.at, resumed_at) <= run_seconds
    note = ""
    if button.presses:
        run = f"{epoch}.{(counter - button.presses) % size}"
        count, raised = button.presses, track.raised if run == track.run else ()
    elif is_going_on:
        run, count, raised = track.run, track.count + added, track.raised
    else:
        run, count, raised = f"{track.epoch}.{track.last}", added, ()
        if not is_heard_lately and count > steps[0].presses:
            note = f"Its counter rose by {count} since it was last heard; earlier presses are not counted."
            count = steps[0].presses
    new = Track(last=counter, epoch=epoch, at=now, count=count, run=run, raised=raised, is_latched=True,
                untaken=track.untaken)  # fmt: skip
    return _reach(new, button, steps, held_kind, note)


def _first(button: Button, now: float, steps: tuple[Step, ...], held_kind: str, is_known: bool) -> Verdict:
    """A badge never heard before: with a press showing, it counts as one that raises, for nobody knows how many."""
    counter = button.counter or 0
    if not button.is_latched:
        return Verdict(track=Track(last=counter))
    count = button.presses or (max(button.step, steps[0].presses) if is_known and steps else button.step)
    new = Track(last=counter, at=now, count=count, run=f"new.{int(now)}.{counter}", is_latched=True)
    return _reach(new, button, steps, held_kind, "First heard while pressed: how often is not known.")


def _counter(track: Track, button: Button) -> int:
    """The badge's counter; for one without, presses counted here by the moments they begin to show."""
    if button.counter is not None:
        return button.counter
    begins = bool(button.is_latched) and not track.is_latched
    return (track.last + 1) % (1 << button.bits) if begins else track.last


def _latch(track: Track, button: Button) -> Track:
    is_latched = bool(button.is_latched)
    if is_latched == track.is_latched and track.low < 0:
        return track
    return msgspec.structs.replace(track, is_latched=is_latched, low=-1)


def _older(track: Track, button: Button, counter: int, back: int, now: float) -> Verdict:
    if back <= LATE_STEPS and now - track.at <= LATE_SECONDS:
        return Verdict(track=track)
    if button.is_latched is not False:
        because = f"Its counter stands at {counter}, but {track.last} was heard before: an old press, sent again."
        return Verdict(track=track, refused=because)
    if track.low != counter:
        return Verdict(track=msgspec.structs.replace(track, low=counter, low_since=now))
    if now - track.low_since < RESYNC_SECONDS:
        return Verdict(track=track)
    return Verdict(
        track=Track(last=counter, epoch=track.epoch + 1, untaken=track.untaken),
        note="Its counter has begun again, as after a change of battery.",
    )


def _begun_again(
    track: Track, button: Button, counter: int, now: float, steps: tuple[Step, ...], held_kind: str
) -> Verdict:
    """A press by a short counter that went back: many of these badges are heard only while they are pressed, so that
    nothing else ever tells of the new battery. It counts for itself alone."""
    count = button.presses or button.step
    new = Track(last=counter, epoch=track.epoch + 1, at=now, count=count, run=f"{track.epoch + 1}.{counter}",
                is_latched=True, untaken=track.untaken)  # fmt: skip
    return _reach(new, button, steps, held_kind, "Its counter has begun again, as after a change of battery.")


def _reach(track: Track, button: Button, steps: tuple[Step, ...], held_kind: str, note: str) -> Verdict:
    """The alarm this press reaches: of several reached at once the last, which asks for most."""
    reached = [step.kind for step in sorted(steps, key=lambda step: step.presses) if step.presses <= track.count]
    if button.is_held and held_kind:
        reached.append(held_kind)
    kind = reached[-1] if reached else ""
    if not kind or kind in track.raised:
        return Verdict(track=track)
    raised = (*track.raised, *(one for one in reached if one not in track.raised))
    return Verdict(track=msgspec.structs.replace(track, raised=raised), kind=kind, note=note)
