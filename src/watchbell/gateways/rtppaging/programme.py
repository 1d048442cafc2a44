"""What a page plays on the common tick: a fixed cycle, speech that is still being made, or somebody speaking now."""

from collections import deque
from typing import Protocol

from watchbell.gateways.rtppaging.audio import SILENCE
from watchbell.gateways.rtppaging.codec import FRAME_SAMPLES

QUIET = bytes([SILENCE]) * FRAME_SAMPLES
#: Frames of 20 ms held back so that late ones still come in time, and the most that may gather.
JITTER_FRAMES, MOST_FRAMES = 4, 25
FIRST_WORD_TICKS, LOST_TICKS = 1000, 150  # 20 s to begin to speak, 3 s without a sign of life


class Programme(Protocol):
    """Gives the frame of a tick, the same for every zone; None when it is over. because: why it ended too early."""

    upcoming: tuple[bytes, ...] | None
    because: str

    def frame(self, tick: int) -> bytes | None: ...


class Cycle:
    """A cycle of frames on the common tick. `upcoming` takes the cycle's place when a new round begins.

    is_whole: False while speech is still being made: `grow` adds to it, and its end is waited for in quiet.
    """

    def __init__(self, frames: tuple[bytes, ...], times: int = 0, is_whole: bool = True) -> None:
        self.frames = frames
        self.upcoming: tuple[bytes, ...] | None = None
        self.is_whole = is_whole
        self.times = times
        self.because = ""
        self._played = 0
        self._began = 0
        self._last = -2

    def grow(self, frames: tuple[bytes, ...]) -> None:
        """Adds to the round that is being played; called from another thread than `frame`."""
        self.frames = self.frames + frames

    def frame(self, tick: int) -> bytes | None:
        """The frame of this tick, the same for every zone; None when all rounds have been played."""
        if tick == self._last + 1 and not self.is_whole and tick - self._began >= len(self.frames):
            self._began += 1
            self._last = tick
            return QUIET
        if tick > self._last + 1:  # no zone played it meanwhile: begin with the pre-tone again
            self._begin(tick)
        elif tick - self._began >= len(self.frames):
            self._played += 1
            self._begin(tick)
        self._last = tick
        if self.times and self._played >= self.times:
            return None
        return self.frames[tick - self._began]

    def _begin(self, tick: int) -> None:
        self._began = tick
        if self.upcoming is not None:
            self.frames, self.upcoming = self.upcoming, None


class Live:
    """Somebody speaking now: the pre-tone, then frames as they come, held back a little, quiet where one is missing.

    Over when `end` was called and all has been played, or when nothing came for long (a lost connection).
    """

    def __init__(self, lead: tuple[bytes, ...]) -> None:
        self.upcoming: tuple[bytes, ...] | None = None
        self.because = ""
        self.dropped = 0
        self._lead = deque(lead)
        self._waiting: deque[tuple[int, bytes]] = deque()
        self._newest = -1
        self._is_flowing = False
        self._is_ending = False
        self._idle = 0
        self._has_begun = False
        self._last: tuple[int, bytes | None] = (-1, None)

    def take(self, count: int, sound: bytes) -> None:
        """One frame from the microphone, by its count; an empty one only says that the speaker is still there."""
        self._idle = 0
        self._has_begun = True
        if not sound or count <= self._newest or self._lead:
            return
        self._newest = count
        self._waiting.append((count, sound.ljust(FRAME_SAMPLES, QUIET[:1])[:FRAME_SAMPLES]))
        if len(self._waiting) > MOST_FRAMES:
            while len(self._waiting) > JITTER_FRAMES:
                self._waiting.popleft()
                self.dropped += 1

    def end(self) -> None:
        """Nothing more will come; what has come is still played."""
        self._is_ending = True

    def frame(self, tick: int) -> bytes | None:
        if tick != self._last[0]:
            self._last = (tick, self._next())
        return self._last[1]

    def _next(self) -> bytes | None:
        if self._lead:
            return self._lead.popleft()
        self._idle += 1
        if self._idle > (LOST_TICKS if self._has_begun else FIRST_WORD_TICKS):
            self.because = "The connection to the speaker was lost." if self._has_begun else "Nobody spoke."
            return None
        if not self._is_flowing:
            self._is_flowing = len(self._waiting) >= JITTER_FRAMES or (self._is_ending and bool(self._waiting))
        if not self._waiting:
            self._is_flowing = False
            return None if self._is_ending else QUIET
        return self._waiting.popleft()[1] if self._is_flowing else QUIET
