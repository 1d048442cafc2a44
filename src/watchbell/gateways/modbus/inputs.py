"""Decides: what a button's reading means after those before. Pure; moments are monotonic seconds."""

import msgspec

from watchbell.gateways.modbus.codec import CUT, NORMAL, PRESSED, SHORT, Input

#: So many presses within so many seconds come from a bad contact, not from a hand.
CHATTER_PRESSES, CHATTER_SECONDS = 6, 10.0
WORDS = {CUT: "The wire to the button is cut.", SHORT: "The wire to the button is shorted."}


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """What is kept of a button on disk. number: its presses so far. untaken: a press not yet in the spool."""

    number: int = 0
    is_pressed: bool = False
    untaken: str = ""


class Watched(msgspec.Struct, frozen=True, kw_only=True):
    """A button as it is now. kept: None until it has been read for the first time ever. was: its last sure reading.

    since: when that reading began. presses: moments of the last presses. is_odd: pressed at the very first reading.
    """

    kept: Kept | None = None
    was: str = ""
    since: float = 0.0
    presses: tuple[float, ...] = ()
    is_odd: bool = False


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """is_raised: this reading is a press. trouble: in words, "" for none. is_tampered: somebody was at the wire."""

    watched: Watched
    is_raised: bool = False
    trouble: str = ""
    is_tampered: bool = False


def judge_input(one: Input, watched: Watched, reading: str, now: float) -> Verdict:
    """What a debounced `reading` means. A cut or shorted wire is trouble, never a press; a press that was on before a
    restart is not raised again, one that came meanwhile is."""
    kept = watched.kept
    if reading != watched.was:
        watched = msgspec.structs.replace(watched, was=reading, since=now)
    is_raised = False
    if kept is None:  # nothing is known of it: a button wired the wrong way must not lock a school
        kept, is_odd = Kept(is_pressed=reading == PRESSED), reading == PRESSED
        watched = msgspec.structs.replace(watched, kept=kept, is_odd=is_odd)
    elif reading == PRESSED and not kept.is_pressed:
        presses = (*(at for at in watched.presses if now - at < CHATTER_SECONDS), now)
        is_raised = len(presses) <= CHATTER_PRESSES
        kept = msgspec.structs.replace(kept, number=kept.number + is_raised, is_pressed=True)
        watched = msgspec.structs.replace(watched, kept=kept, presses=presses)
    elif reading == NORMAL and kept.is_pressed:
        kept = msgspec.structs.replace(kept, is_pressed=False)
        watched = msgspec.structs.replace(watched, kept=kept, is_odd=False)
    trouble = _trouble(one, watched, reading, now)
    return Verdict(watched=watched, is_raised=is_raised, trouble=trouble, is_tampered=reading in WORDS)


def _trouble(one: Input, watched: Watched, reading: str, now: float) -> str:
    if reading in WORDS:
        return WORDS[reading]
    if watched.is_odd:
        return "It was pressed when it was read for the first time: press and release it once, or look at its wiring."
    if sum(now - at < CHATTER_SECONDS for at in watched.presses) > CHATTER_PRESSES:
        return "Its contact chatters."
    if reading == PRESSED and now - watched.since > one.stuck_seconds:
        minutes = one.stuck_seconds / 60
        return f"It has been pressed for more than {minutes:.0f} minutes: reset it, or it is stuck."
    return ""
