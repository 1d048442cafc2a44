"""A batch over a bind: as many submits as the window holds, throttled ones again, parts of one message together."""

import itertools
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import Any

from watchbell.gateways.base import Looked
from watchbell.gateways.doubts import LEADS, MISROUTED, NOTHING, UNKNOWN, Doubts, Run
from watchbell.gateways.posting import Slowness
from watchbell.gateways.sending import Sending
from watchbell.gateways.sms.codec import (
    QUEUE_FULL,
    STATUSES,
    SYSTEM_ERROR,
    THROTTLED,
    UDHI,
    Message,
    build_message,
)
from watchbell.gateways.sms.smpp import Answered, Link
from watchbell.gateways.sms.texts import Going
from watchbell.line import clock
from watchbell.wire.tell import Batch, Recipient, Result

BIND_WAIT_SECONDS = 6.0
MOST_AT_ONCE = 100
#: What is wrong with the receiver's number (as far as a carrier can tell: it says so as well of what it has no route
#: to), with the text, with how we are set up there, and with the carrier itself. How we are set up (sender, types and
#: plans of numbers, service and system type, validity, flags, binding) says nothing of a number: every message carries
#: the same.
BAD_NUMBER, BAD_TEXT = (0x0B,), (0x01,)
BAD_SENDER = (
    0x02, 0x03, 0x04, 0x06, 0x07, 0x0A, 0x0D, 0x0E, 0x0F, 0x15, 0x43, 0x48, 0x49, 0x50, 0x51, 0x53, 0x61, 0x62,
)  # fmt: skip
BROKEN = (SYSTEM_ERROR, 0x45)
BROKEN_IN_A_ROW = 5
NONE_TAKEN = "It takes no message of ours now."

#: Gets a message the carrier has: the receiver and the names of its parts there.
Sent = Callable[[Recipient, list[str]], None]


class _Open:
    """A message that is with the carrier, or part of it."""

    def __init__(self, going: Going, bodies: list[bytes]) -> None:
        self.going, self.bodies = going, bodies
        self.left = len(bodies)
        self.ids = [""] * len(bodies)
        self.failed: Result | None = None

    @property
    def has_begun(self) -> bool:
        return any(self.ids)


class SmppCarrier:
    """A carrier with a bind."""

    def __init__(self, entry: dict[str, Any], link: Link) -> None:
        self.entry, self.link = entry, link
        self._references = itertools.count(1)
        source = str(entry.get("from") or "")
        self._source = source.lstrip("+")
        is_digits = self._source.isdigit()
        self._ton, self._npi = (5, 0) if not is_digits else (3, 0) if len(self._source) < 7 else (1, 1)
        self.slowness, self._broken, self.unknown = Slowness(), 0, Run()
        self._common_key: tuple[str, bool] = ("", False)
        self._common = (b"", b"")

    def look(self) -> Looked:
        """Whether it is bound."""
        if self.link.is_up:
            return Looked("online")
        return Looked("trouble" if self.link.is_refused else "silent", self.link.because)

    def start_bodies(self, batch: Batch, going: Going) -> list[tuple[bytes, bytes]]:
        """What stands before and behind the receiver's number in each part's submit_sm; a receipt is asked for each."""
        cut, mark = going.cut, "\x01"
        seconds = int(max(60.0, min(batch.expires_at - clock.unix(), 7 * 86400.0)))
        days, seconds = divmod(seconds, 86400)
        validity = f"0000{days:02d}{seconds // 3600:02d}{seconds // 60 % 60:02d}{seconds % 60:02d}000R"
        total = len(cut.octets)
        reference = next(self._references) & 0xFF if total > 1 else 0
        found = []
        for number, said in enumerate(cut.octets, 1):
            header = bytes((5, 0, 3, reference, total, number)) if total > 1 else b""
            body = build_message(Message(
                source_addr_ton=self._ton, source_addr_npi=self._npi, source_addr=self._source, dest_addr_ton=1,
                dest_addr_npi=1, destination_addr=mark, esm_class=UDHI if header else 0,
                priority_flag=1 if batch.purpose == "emergency" else 0, validity_period=validity,
                registered_delivery=1, data_coding=0 if cut.is_gsm else 8, short_message=header + said,
            ))  # fmt: skip
            at = 6 + len(self._source)  # service type, two numbers, our own address, two numbers
            found.append((body[:at], body[at + 1 :]))
        return found

    def bodies_of(self, sending: Sending, going: Going) -> list[bytes]:
        """The submit_sm bodies of a message. A single part is spliced into what the batch's others have in common."""
        said = going.cut.octets
        number = going.recipient.to[1:].encode("ascii")
        if len(said) > 1:
            return [head + number + tail for head, tail in self.start_bodies(sending.batch, going)]
        key = (sending.batch.id, going.cut.is_gsm)
        if key != self._common_key:
            ((head, tail),) = self.start_bodies(sending.batch, going)
            self._common_key, self._common = key, (head, tail[: -1 - len(said[0])])
        head, tail = self._common
        return [b"%b%b%b%c%b" % (head, number, tail, len(said[0]), said[0])]

    async def send(self, sending: Sending, going: list[Going], sent: Sent) -> None:
        """Sends a batch; ends when all is known, or the carrier is in trouble."""
        if not going:
            return
        if not await self.link.wait_up(BIND_WAIT_SECONDS):
            sending.blame("refuses" if self.link.is_refused else "down", self.link.because)
            return
        await _Run(self, sending, going, sent).work()

    def is_broken(self, status: int) -> bool:
        """True when the carrier has had errors of its own several times in a row."""
        self._broken = self._broken + 1 if status in BROKEN else 0
        if status not in (THROTTLED, QUEUE_FULL):
            self.slowness.end()
        return self._broken >= BROKEN_IN_A_ROW


class _Run:
    """One batch in the window."""

    def __init__(self, carrier: SmppCarrier, sending: Sending, going: list[Going], sent: Sent) -> None:
        self.carrier, self.link, self.sending, self.sent = carrier, carrier.link, sending, sent
        self.rest = deque(going)
        self.again: deque[tuple[_Open, int]] = deque()
        self.open: set[_Open] = set()
        self.fresh: list[Result] = []
        self.doubts = Doubts(carrier.unknown, len(sending.batch.recipients))
        self.is_over = False

    async def work(self) -> None:
        while self.link.is_up and (self.open or (self.rest and not self.is_over)):
            pause = self.carrier.slowness.left
            is_sent = pause <= 0 and await self._send_some()
            self._flush()
            if self.is_over:
                self._give_up()
            if not is_sent and (self.open or self.rest):
                await self.link.changed(pause if pause > 0 else 1.0)
        self._flush()
        if self.open or (self.rest and not self.is_over):
            self.sending.blame("down", self.link.because or "The carrier has hung up.")
        self.sending.tell(*self.doubts.end(is_blamed=self.sending.carrier != "ok"))

    def _room(self) -> int:
        """How many submits the window takes now; few at once for a carrier that counts them by the second."""
        pace = self.sending.pace.per_second
        most = MOST_AT_ONCE if pace <= 0 else max(1, int(pace / 4))
        return min(self.link.terms.window - self.link.outstanding, most)

    async def _send_some(self) -> bool:
        """Sends what the window takes; False when it takes nothing."""
        count = self._count(self._room())
        if count == 0:
            return False
        await self.sending.pace.take(count)
        await self.link.can_write()
        bodies = self._choose(min(count, max(self._room(), 0)))  # other batches share the window
        if bodies:
            self.link.submit(bodies)
        return bool(bodies)

    def _fits(self, taken: int, count: int, room: int) -> bool:
        """Whether a message of `count` parts goes out now; one longer than the whole window goes alone."""
        return taken + count <= room or (taken == 0 and self.link.outstanding == 0 and count > room > 0)

    def _count(self, room: int) -> int:
        count = min(len(self.again), max(room, 0))
        for going in itertools.islice(self.rest, room if room > 0 and not self.is_over else 0):
            if not self._fits(count, len(going.cut.octets), room):
                break
            count += len(going.cut.octets)
        return count

    def _choose(self, room: int) -> list[tuple[bytes, Answered]]:
        """What goes out next: what was throttled, then the next messages that fit into the window, whole."""
        bodies: list[tuple[bytes, Answered]] = []
        while self.again and len(bodies) < room:
            one, number = self.again.popleft()
            bodies.append((one.bodies[number], partial(self._hear, one, number)))
        began: list[Recipient] = []
        while self.rest and not self.is_over and self._fits(len(bodies), len(self.rest[0].cut.octets), room):
            going = self.rest.popleft()
            one = _Open(going, self.carrier.bodies_of(self.sending, going))
            self.open.add(one)
            began.append(going.recipient)
            bodies += [(body, partial(self._hear, one, number)) for number, body in enumerate(one.bodies)]
        if began:
            self.sending.begin(began)
        return bodies

    def _hear(self, one: _Open, number: int, status: int, id: str) -> None:
        """The carrier has answered a submit."""
        if self.carrier.is_broken(status):
            self._end("down", STATUSES[SYSTEM_ERROR])
        if status in (THROTTLED, QUEUE_FULL):
            self.again.append((one, number))
            if not self.carrier.slowness.rise():
                self._end("slow", STATUSES[status])
            return
        one.left -= 1
        if status == 0:
            one.ids[number] = id or "?"
        else:
            one.failed = self._judge(one, status)
        if one.left == 0:
            self._close(one)

    def _judge(self, one: _Open, status: int) -> Result:
        because = STATUSES.get(status, f"The carrier gives the error {status:#x}.")
        state = "failed"
        if status in BAD_SENDER:
            self._end("refuses", because)
        if status in BAD_SENDER or status in BROKEN:
            state = "later"
        id, is_bad = one.going.recipient.id, status in BAD_NUMBER
        return Result(id, state, clock.unix(), because, code=f"{status:#06x}", is_bad_address=is_bad)

    def _close(self, one: _Open) -> None:
        self.open.discard(one)
        result = one.failed
        if result is None:
            self.sent(one.going.recipient, one.ids)
            result = Result(one.going.recipient.id, "sent", clock.unix(), ref=one.ids[-1])
        elif result.state == "later" and one.has_begun:
            result = Result(result.id, "unsure", result.at, f"Only a part of it was taken: {result.because}")
        self.fresh += self.doubts.take(_says(result), result)
        if result.state == "failed" and self.doubts.is_misrouted and not self.is_over:
            self._end("refuses", f"{MISROUTED if result.is_bad_address else NONE_TAKEN} ({result.because})")

    def _give_up(self) -> None:
        """What was throttled is not tried again here."""
        for one in {one for one, _ in self.again}:
            if one.left == sum(waiting is one for waiting, _ in self.again):  # nothing of it is with the carrier
                one.failed = one.failed or Result(one.going.recipient.id, "later", clock.unix(), self.sending.because)
                self._close(one)
        self.again = deque((one, number) for one, number in self.again if one in self.open)
        self._flush()

    def _end(self, carrier: str, because: str) -> None:
        self.is_over = True
        self.sending.blame(carrier, because)

    def _flush(self) -> None:
        if self.fresh:
            fresh, self.fresh = self.fresh, []
            self.sending.tell(*fresh)


def _says(result: Result) -> str:
    """What the answer to a message says of the carrier. What it will not take, whatever it calls the reason, is as
    doubtful as a number it does not know: a whole account may be barred by an error of the carrier's own.
    """
    if result.state != "failed":
        return NOTHING if result.state == "later" else LEADS
    return NOTHING if int(result.code, 16) in BAD_TEXT else UNKNOWN
