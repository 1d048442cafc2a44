"""A batch over connections to a relay: which mails are in flight, what each reply means for which.

With CHUNKING and PIPELINING (RFC 3030, 2920) two windows of whole mails are under way at once; a connection begins with
a small one, so that one that fails at once leaves few mails unsure. Else DATA, with one round trip a mail.
"""

import asyncio
import contextlib
from collections import deque
from typing import NamedTuple

from watchbell.gateways.sending import Sending
from watchbell.gateways.smtp.codec import Address, Reply, judge, parse_reply, stuff
from watchbell.gateways.smtp.link import Link, Pool, Trouble
from watchbell.gateways.smtp.message import Mailing
from watchbell.line import clock
from watchbell.wire.base import Malformed
from watchbell.wire.tell import Recipient, Result

WINDOW = 50
COMMANDS = b"%bMAIL FROM:<%b>%b\r\nRCPT TO:<%b>\r\nBDAT %d LAST\r\n"
MOST_BREAKS = 2
Item = tuple[Recipient, Address]


class Flight(NamedTuple):
    """One mail under way, and how many replies it gets."""

    item: Item
    replies: int


class Posting:
    """Sends the mails of `waiting` over the pool's connections, until they are gone or the relay is in trouble."""

    def __init__(self, sending: Sending, mailing: Mailing, waiting: list[Item]) -> None:
        self.sending, self.mailing, self.waiting = sending, mailing, deque(waiting)
        pace = sending.pace.per_second
        self._window = WINDOW if pace <= 0 else max(1, min(WINDOW, int(pace / 4)))
        self._breaks = 0

    @property
    def is_over(self) -> bool:
        return not self.waiting or self.sending.carrier != "ok"

    async def run(self, pool: Pool) -> None:
        """Returns when it is over. Raises Trouble when not even one connection can be had."""
        while not self.is_over:
            places = min(pool.most, len(self.waiting) // WINDOW)
            helpers = [asyncio.create_task(self._help(pool)) for _ in range(places - 1)]
            try:
                while not self.is_over:
                    await self._work(pool)
            except asyncio.CancelledError:
                for task in helpers:
                    task.cancel()
                raise
            finally:  # what they have under way is waited for, whatever became of this connection
                ended = await asyncio.gather(*helpers, return_exceptions=True)
            for error in ended:
                if isinstance(error, Exception):
                    raise error

    async def _help(self, pool: Pool) -> None:
        """A further connection; a relay that allows no more of them is no trouble."""
        await asyncio.sleep(0)
        with contextlib.suppress(Trouble):
            while not self.is_over and pool.is_free:
                await self._work(pool)

    async def _work(self, pool: Pool) -> None:
        """One connection, as long as it lasts."""
        link = await pool.take()
        try:
            features = link.features
            if features.is_chunking and features.is_pipelining:
                await self._post_chunks(link)
            else:
                await self._post_data(link)
        finally:
            await pool.give(link)
        if link.broken is not None:
            self._breaks += 1
            if link.broken.carrier != "down" or self._breaks >= MOST_BREAKS:
                self.sending.blame(link.broken.carrier, link.broken.because)

    def _is_expired(self) -> bool:
        return self.sending.batch.expires_at < clock.unix() or self.sending.carrier != "ok"

    # -- BDAT ----------------------------------------------------------------------------------------------------

    async def _post_chunks(self, link: Link) -> None:
        flying: deque[list[Flight]] = deque()
        while link.is_usable and not self.is_over and not self._is_expired():
            count = min(link.window, self._window, len(self.waiting))
            link.window = min(WINDOW, link.window * 3)
            await self.sending.pace.take(count)
            if not link.is_usable:  # it broke meanwhile: nothing of these has gone
                break
            items = [self.waiting.popleft() for _ in range(min(count, len(self.waiting)))]
            flying.append(self._launch(link, items))
            if len(flying) > 1 or not self.waiting:
                await self._land(link, flying.popleft())
        while flying:
            await self._land(link, flying.popleft())

    def _launch(self, link: Link, items: list[Item]) -> list[Flight]:
        """Writes a window of mails at once."""
        out: list[bytes] = []
        flights = []
        letter, envelope = self.mailing.letter, self.mailing.origin.envelope
        most, resets = link.features.size, b"RSET\r\n" if link.needs_resets else b""
        for item in items:
            recipient, to = item
            if to.is_utf8 and not link.features.is_utf8:
                self._fail(recipient, "The relay cannot write to addresses with such letters (no SMTPUTF8).", "5.6.7")
                continue
            raw = letter(recipient, to)
            size = len(raw)
            if most and size > most:
                self._fail(recipient, "The mail is larger than the relay takes.", "5.3.4")
                continue
            utf8 = b" SMTPUTF8" if to.is_utf8 else b""
            out += (COMMANDS % (resets, envelope(recipient.id), utf8, to.text.encode(), size), raw)
            flights.append(Flight(item, 4 if resets else 3))
        if flights:
            self.sending.begin([one.item[0] for one in flights])
            link.write(b"".join(out))
        return flights

    async def _land(self, link: Link, flights: list[Flight]) -> None:
        """Reads what became of a window. Mails without a last word stay as begun: they are unsure."""
        found = await link.answers(sum(one.replies for one in flights))
        if link.left and not found:  # it left before it came to these
            self.sending.tell(*self._judge_all(flights, link.left))
            return
        results: list[Result] = []
        at, now = 0, clock.unix()
        for flight in flights:
            said = found[at : at + flight.replies]
            at += flight.replies
            if at <= len(found) and said[-1][:1] == b"2":
                results.append(Result(flight.item[0].id, "sent", now))
                continue
            closing = next((one for one in said if one.startswith(b"421")), None)
            if closing is not None:  # it leaves: nothing that follows has been taken
                link.leave(closing)
                results += self._judge_all(flights[flights.index(flight) :], closing)
                break
            refused = self._judge(link, flight, said[-3:] if flight.replies == 3 else said[1:])
            results += [refused] if refused is not None else []
        self.sending.tell(*results)

    def _judge_all(self, flights: list[Flight], said: bytes) -> list[Result]:
        reply = parse_reply(said)
        words = reply.words if isinstance(reply, Reply) else "it is leaving"
        self.sending.blame("slow", f"The relay closes the connection: {words}")
        return [Result(one.item[0].id, "later", clock.unix(), words, code="421") for one in flights]

    def _judge(self, link: Link, flight: Flight, said: list[bytes]) -> Result | None:
        """What a mail's replies (MAIL, RCPT, end of data) make of it; None when it is not known, or tried again."""
        for stage, raw in zip(("mail", "rcpt", "data"), said, strict=False):
            reply = parse_reply(raw)
            if isinstance(reply, Malformed) or reply.code < 400:
                continue
            if stage == "mail" and reply.code == 503 and not link.needs_resets and len(said) == 3:
                link.needs_resets = True  # it wants RSET after a refusal; this mail was not taken
                self.waiting.appendleft(flight.item)
                return None
            return self._told(flight.item[0], stage, reply)
        return None

    def _told(self, recipient: Recipient, stage: str, reply: Reply) -> Result:
        verdict = judge(stage, reply)
        if verdict.carrier != "ok":
            self.sending.blame(verdict.carrier, f"The relay does not take the mails: {reply.words}")
        return Result(
            recipient.id, verdict.state, clock.unix(), reply.words, code=reply.status or str(reply.code),
            is_bad_address=verdict.is_bad_address,
        )  # fmt: skip

    def _fail(self, recipient: Recipient, because: str, code: str) -> None:
        self.sending.tell(Result(recipient.id, "failed", clock.unix(), because, code=code))

    # -- DATA ----------------------------------------------------------------------------------------------------

    async def _post_data(self, link: Link) -> None:
        while link.is_usable and not self.is_over and not self._is_expired():
            await self.sending.pace.take(1)
            if not self.waiting or not link.is_usable:
                return
            await self._post_one(link, self.waiting.popleft())

    async def _post_one(self, link: Link, item: Item) -> None:
        recipient, to = item
        if to.is_utf8 and not link.features.is_utf8:
            self._fail(recipient, "The relay cannot write to addresses with such letters (no SMTPUTF8).", "5.6.7")
            return
        raw = self.mailing.letter(recipient, to)
        if link.features.size and len(raw) > link.features.size:
            self._fail(recipient, "The mail is larger than the relay takes.", "5.3.4")
            return
        commands = [
            b"MAIL FROM:<" + self.mailing.origin.envelope(recipient.id) + _options(link, len(raw), to)[:-2],
            b"RCPT TO:<" + to.text.encode() + b">", b"DATA",
        ]  # fmt: skip
        said = await self._say(link, commands)
        if len(said) < 3 and link.broken is not None:  # no byte of the mail has gone: another may send it
            self.sending.tell(Result(recipient.id, "later", clock.unix(), link.broken.because))
            return
        is_wanted = len(said) == 3 and said[1].startswith(b"2")
        if said[-1].startswith(b"354"):
            if is_wanted:
                self.sending.begin([recipient])
            link.write((stuff(raw) if is_wanted else b"") + b".\r\n")
            said = [*said[:2], *await link.answers(1)]
            if len(said) < 3:
                return
        await self._conclude(link, recipient, said)

    async def _say(self, link: Link, commands: list[bytes]) -> list[bytes]:
        """The replies to an envelope; at one that is refused a server without PIPELINING is asked no further."""
        if link.features.is_pipelining:
            link.write(b"\r\n".join(commands) + b"\r\n")
            return await link.answers(len(commands))
        said: list[bytes] = []
        for command in commands:
            link.write(command + b"\r\n")
            said += await link.answers(1)
            if not said or link.broken is not None or not said[-1].startswith((b"2", b"3")):
                break
        return said

    async def _conclude(self, link: Link, recipient: Recipient, said: list[bytes]) -> None:
        if len(said) == 3 and said[2].startswith(b"2"):
            self.sending.tell(Result(recipient.id, "sent", clock.unix()))
            return
        for stage, raw in zip(("mail", "rcpt", "data"), said, strict=False):
            reply = parse_reply(raw)
            if isinstance(reply, Reply) and reply.code >= 400:
                self.sending.tell(self._told(recipient, stage, reply))
                if reply.code == 421:
                    link.leave(raw)
                elif link.is_usable:
                    link.write(b"RSET\r\n")
                    await link.answers(1)
                return
        self.sending.tell(Result(recipient.id, "later", clock.unix(), "The relay did not say what it did."))


def _options(link: Link, size: int, to: Address) -> bytes:
    """The end of MAIL FROM."""
    words = b"> SIZE=%d" % size if link.features.size else b">"
    return words + (b" SMTPUTF8\r\n" if to.is_utf8 else b"\r\n")
