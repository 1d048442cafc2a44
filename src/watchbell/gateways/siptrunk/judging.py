"""What a call that was not answered says of the number, and what of the trunk: pure."""

from typing import NamedTuple

from watchbell.gateways.doubts import LEADS, NOTHING, UNKNOWN, Doubts, Run
from watchbell.gateways.sip.calls import CallFailed
from watchbell.gateways.voicecall.codec import UNKNOWN_NUMBER
from watchbell.line import clock
from watchbell.wire.tell import Recipient, Result

#: Troubles in a row after which the trunk itself is at fault, not the numbers.
MOST_TROUBLES = 3
REFUSED_US = (401, 407)
WORDS = {
    401: "The trunk refuses our password.", 403: "The trunk refuses this call.",
    404: "The number is not known.", 407: "The trunk refuses our password.", 410: "The number is no longer in service.",
    484: "The number is not complete.", 485: "The number is not clear.", 488: "The trunk cannot carry our sound.",
    503: "The trunk takes no calls now.", 603: "The call was declined.", 604: "The number does not exist anywhere.",
    606: "The trunk cannot carry our sound.", 607: "The person called wants no such calls.",
    608: "The call was rejected on its way.",
}  # fmt: skip


class Verdict(NamedTuple):
    """state and because: of the message. trouble: "", or what the trunk is, should it be at fault. is_sure: it is."""

    state: str
    because: str = ""
    code: str = ""
    is_bad_address: bool = False
    trouble: str = ""
    is_sure: bool = False

    @property
    def is_unknown(self) -> bool:
        """The network does not know the number, or the trunk leads nowhere."""
        return self.is_bad_address and bool(self.code)

    def result(self, one: Recipient, ref: str = "") -> Result:
        return Result(one.id, self.state, clock.unix(), self.because, ref=ref, code=self.code,
                      is_bad_address=self.is_bad_address)  # fmt: skip


class Verdicts:
    """Those of one batch, and what of them can be told; see `Doubts`."""

    def __init__(self, run: Run, size: int) -> None:
        self.all: list[Verdict] = []
        self._doubts = Doubts(run, size)

    def take(self, verdict: Verdict, result: Result | None) -> list[Result]:
        """What can be told now. result: None when it was told before."""
        self.all.append(verdict)
        return self._doubts.take(UNKNOWN if verdict.is_unknown else NOTHING if verdict.trouble else LEADS, result)

    @property
    def is_misrouted(self) -> bool:
        """Whether the trunk leads nowhere."""
        return self._doubts.is_misrouted

    def end(self, *, is_blamed: bool) -> list[Result]:
        """What is left to be told. is_blamed: the trunk is at fault; another may know the numbers."""
        return self._doubts.end(is_blamed=is_blamed)


def judge_failure(error: CallFailed) -> Verdict:
    """A call that was not answered: busy, nobody there, a bad number, or a trunk in trouble ("later")."""
    status = error.status
    code = str(status) if status else ""
    because = WORDS.get(status, f"The trunk answered {status}." if status else "The trunk did not answer.")
    if error.is_silent:
        return Verdict("later", "The trunk did not answer.", "", trouble="down", is_sure=True)
    if status in (486, 600):
        return Verdict("busy", code=code)
    if status in (408, 480, 487, 603):
        return Verdict("no_answer", because if status == 603 else "", code)
    if status in UNKNOWN_NUMBER:
        return Verdict("failed", because, code, is_bad_address=True)
    if status in REFUSED_US:
        return Verdict("later", because, code, trouble="refuses", is_sure=True)
    if status in (403, 488, 606):
        return Verdict("failed", because, code, trouble="refuses")
    if 500 <= status < 600 or not status:
        return Verdict("later", because, code, trouble="down")
    return Verdict("failed", because, code)
