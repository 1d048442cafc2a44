"""A drawn scene as it lies in the package: H.264 (Annex B) with a delimiter before each frame, played as a loop."""

import base64
import re

import msgspec

from watchbell.recorder.h264 import DELIMITER, KEY, PPS, SPS
from watchbell.wire.base import Malformed

FPS = 15
#: The number of the frame, burnt in at the top left: so many squares, the lowest bit first, black 0 and white 1, then
#: one white and one black square, by which a reader sees that it looks in the right place.
BITS, SQUARE = 8, 10


class Scene(msgspec.Struct, frozen=True):
    """frames: NAL units of each without delimiters; those of key frames begin with the parameter sets."""

    frames: list[tuple[bytes, ...]]
    keys: list[bool]
    sps: bytes
    pps: bytes

    @property
    def sprop(self) -> str:
        return ",".join(base64.b64encode(one).decode() for one in (self.sps, self.pps))


def read_scene(raw: bytes) -> Scene | Malformed:
    """The frames of a loop. Malformed where it does not begin with a key frame."""
    frames: list[list[bytes]] = []
    for piece in re.split(rb"\x00{2,}\x01", raw):
        unit = piece.rstrip(b"\x00")
        if not unit:
            continue
        if unit[0] & 31 == DELIMITER:
            frames.append([])
        elif frames:
            frames[-1].append(unit)
    whole = [tuple(units) for units in frames if units]
    keys = [any(unit[0] & 31 == KEY for unit in units) for units in whole]
    sets = {unit[0] & 31: unit for unit in (whole[0] if whole else ())}
    if not whole or not keys[0] or SPS not in sets or PPS not in sets:
        return Malformed(because="It does not begin with a key frame and its parameter sets.", raw=raw[:64])
    return Scene(whole, keys, sets[SPS], sets[PPS])
