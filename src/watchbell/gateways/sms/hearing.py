"""What comes back over SMPP: receipts for what was sent, and what people write, put together from its parts."""

import asyncio
import hashlib
import logging
from collections.abc import Awaitable, Callable

from watchbell.gateways.sms.codec import USER_REFERENCE, Message, read_part, read_text
from watchbell.gateways.sms.names import Names
from watchbell.gateways.sms.receipts import DELIVERED, FAILED, Receipt, read_receipt
from watchbell.line import clock
from watchbell.line.sms import join_parts
from watchbell.wire.tell import Result

log = logging.getLogger(__name__)
#: Some carriers send the receipt before they answer the submit.
EARLY_SECONDS = (0.5, 2.0, 5.0)
#: The other parts of what somebody writes are waited for so long.
PARTS_SECONDS = 30.0
SAME_SECONDS = 120.0

#: Gets what became of a message; what somebody wrote: sender, to, text, a name that is the same when said twice.
Told = Callable[[Result], Awaitable[None]]
Wrote = Callable[[str, str, str, str], Awaitable[bool]]


class Hearing:
    """What one carrier delivers. alphabet: what data_coding 0 stands for there."""

    def __init__(self, endpoint: str, names: Names, alphabet: str, country: str, told: Told, wrote: Wrote) -> None:
        self.endpoint, self._names, self._alphabet, self._country = endpoint, names, alphabet, country
        self._told, self._wrote = told, wrote
        self._parts: dict[tuple[str, str, int], dict[int, str]] = {}
        self._tasks: set[asyncio.Task[object]] = set()

    async def take(self, message: Message) -> bool:
        """True once it is safe here."""
        text = read_text(message, self._alphabet).replace("\0", "")
        receipt = read_receipt(message, text)
        if receipt is None:
            return await self._take_words(message, text)
        if receipt.state not in (DELIVERED, FAILED):
            return True
        key = self._names.find(self.endpoint, receipt.id)
        if key:
            await self._tell(key, receipt)
        else:
            self._later(self._look_again(receipt))
        return True

    def stop(self) -> None:
        for task in list(self._tasks):
            task.cancel()

    def _later(self, work: Awaitable[object]) -> None:
        if len(self._tasks) > 5000:
            log.warning("carrier %s: receipts for messages nobody has sent", self.endpoint)
            return
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _look_again(self, receipt: Receipt) -> None:
        for seconds in EARLY_SECONDS:
            await asyncio.sleep(seconds)
            key = self._names.find(self.endpoint, receipt.id)
            if key:
                await self._tell(key, receipt)
                return

    async def _tell(self, key: str, receipt: Receipt) -> None:
        now = clock.unix()
        if receipt.state == DELIVERED:
            delivery = self._names.arrive(key, now)
            result = Result(delivery, "delivered", now, ref=receipt.id)
        else:
            delivery = self._names.fail(key, now)
            result = Result(delivery, "failed", now, receipt.because, ref=receipt.id, code=receipt.err)
        if delivery:
            await self._told(result)

    # -- what people write ---------------------------------------------------------------------------------------

    async def _take_words(self, message: Message, text: str) -> bool:
        sender, to = self._number(message.source_addr, message.source_addr_ton), message.destination_addr
        part = read_part(message)
        if part is None:
            return await self._wrote(sender, to, text, self._name(sender, to, text, message))
        reference, total, number = part
        key = (sender, to, reference)
        if key not in self._parts:
            if len(self._parts) > 1000:
                return False  # it comes again
            self._parts[key] = {}
            self._later(self._give_in(key, message))
        parts = self._parts[key]
        parts[number] = read_text(message, self._alphabet, is_part=True)
        if len(parts) < total:
            return True
        del self._parts[key]
        return await self._write_parts(key, parts, message)

    async def _give_in(self, key: tuple[str, str, int], message: Message) -> None:
        """What has not come by then does not come any more."""
        await asyncio.sleep(PARTS_SECONDS)
        parts = self._parts.pop(key, None)
        if parts:
            await self._write_parts(key, parts, message)

    async def _write_parts(self, key: tuple[str, str, int], parts: dict[int, str], message: Message) -> bool:
        text = join_parts(parts[number] for number in sorted(parts)).replace("\0", "")
        return await self._wrote(key[0], key[1], text, self._name(key[0], key[1], text, message))

    def _number(self, address: str, ton: int) -> str:
        """A number as E.164 where it can be told; short codes and names as they are."""
        digits = address.lstrip("+")
        if not digits.isdigit() or len(digits) < 7:
            return address
        if ton == 1 or address.startswith("+") or len(digits) > 10:
            return f"+{digits.removeprefix('00')}"
        return f"+{self._country}{digits.removeprefix('0')}"

    def _name(self, sender: str, to: str, text: str, message: Message) -> str:
        """The same for what a carrier brings again because our answer was lost."""
        own = message.tlvs.get(USER_REFERENCE, b"").hex() or str(int(clock.unix() // SAME_SECONDS))
        return hashlib.sha256("\0".join((self.endpoint, sender, to, text, own)).encode("utf-8", "replace")).hexdigest()[
            :32
        ]
