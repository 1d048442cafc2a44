"""When a frame was taken: RTP time made whole, tied to the wall clock by the camera's word or by arrival."""

from collections import deque

from watchbell.recorder.fmp4 import TIMESCALE
from watchbell.recorder.rtp import Report

#: A camera whose clock differs more from ours is not believed: either it is wrong, or its picture is old.
BELIEVED_SECONDS = 2.0
#: The quickest of so many frames says how RTP time and arrival belong together: others were held up.
WINDOW = 150
MOST_STEP_SECONDS = 10.0


class Timeline:
    """One stream's time, from 0 in TIMESCALE. `clock`: "camera" or "arrival", where its wall times come from."""

    def __init__(self, rate: int = TIMESCALE) -> None:
        self._rate = rate
        self._stamp: int | None = None
        self._at = 0
        self._duration = TIMESCALE // 15
        self._offsets: deque[float] = deque(maxlen=WINDOW)
        self._camera: float | None = None
        self.off_seconds: float | None = None

    def place(self, stamp: int, arrived: float) -> tuple[int, int, float]:
        """(time, duration, Unix seconds it was taken) of a frame that arrived at Unix time `arrived`.

        Time never stands still nor goes back: a jump in the stream is taken for one usual frame.
        """
        if self._stamp is not None:
            step = self._steps(stamp, self._stamp)
            if 0 < step < MOST_STEP_SECONDS * TIMESCALE:
                self._duration = step
            else:
                self._offsets.clear()
                self._camera = None
                step = self._duration
            self._at += step
        self._stamp = stamp
        self._offsets.append(arrived - self._at / TIMESCALE)
        by_arrival = self._at / TIMESCALE + min(self._offsets)
        if self._camera is None:
            return self._at, self._duration, by_arrival
        by_camera = self._at / TIMESCALE + self._camera
        self.off_seconds = by_camera - arrived
        is_believed = abs(self.off_seconds) < BELIEVED_SECONDS
        return self._at, self._duration, min(by_camera, arrived) if is_believed else by_arrival

    def take_report(self, report: Report) -> None:
        """The camera's own word on when one of its RTP times was."""
        if self._stamp is not None:
            behind = self._steps(report.stamp, self._stamp)
            self._camera = report.at - (self._at + behind) / TIMESCALE

    def _steps(self, stamp: int, before: int) -> int:
        """From one RTP time to another in TIMESCALE, across the wrap at 32 bits."""
        step = (stamp - before + 0x80000000) & 0xFFFFFFFF
        return (step - 0x80000000) * TIMESCALE // self._rate

    @property
    def clock(self) -> str:
        is_camera = self.off_seconds is not None and abs(self.off_seconds) < BELIEVED_SECONDS
        return "camera" if is_camera and self._camera is not None else "arrival"
