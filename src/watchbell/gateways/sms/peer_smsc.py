"""Plays a text carrier over SMPP: takes binds and submits, gives receipts, lets people write back."""

import asyncio
import itertools
from collections import deque
from collections.abc import Callable
from typing import Any, cast

from watchbell.gateways.sms.codec import (
    BIND_RECEIVER,
    BIND_TRANSCEIVER,
    BIND_TRANSMITTER,
    DELIVER_SM,
    ENQUIRE_LINK,
    GENERIC_NACK,
    INVALID_COMMAND,
    INVALID_MESSAGE,
    MESSAGE_STATE,
    RECEIPTED_MESSAGE_ID,
    RESPONSE,
    SMSC_RECEIPT,
    SUBMIT_SM,
    THROTTLED,
    UDHI,
    UNBIND,
    Bind,
    Framer,
    Message,
    Pdu,
    build_message,
    build_pdu,
    read_bind,
    read_message,
    read_part,
)
from watchbell.gateways.sms.peer import KEPT, SLOW_SECONDS, habit_of
from watchbell.line import clock
from watchbell.line.listening import stop_listening
from watchbell.line.sms import GSM, encode_gsm, encode_ucs, split_text
from watchbell.wire.base import Malformed

BINDS = (BIND_RECEIVER, BIND_TRANSMITTER, BIND_TRANSCEIVER)
_WORDS = {"delivered": ("DELIVRD", "000", 2), "slow": ("DELIVRD", "000", 2), "unreachable": ("UNDELIV", "027", 5),
          "landline": ("REJECTD", "012", 8), "opted_out": ("REJECTD", "040", 8)}  # fmt: skip
_REFUSALS = {"numbering": 0x50, "misrouted": 0x0B, "barred": 0x0445, "service": 0x15}
Heard = Callable[[dict[str, Any]], None]


class Smsc:
    """A carrier on 127.0.0.1; `heard` gets whole messages, as from the carrier with an API.

    most_per_second: submits beyond it are throttled. ids: "hex" answers in hexadecimal and reports in decimal.
    parameters: receipts carry optional parameters. copies: how often each receipt is sent.
    """

    faults = ("down",)

    def __init__(
        self, port: int, heard: Heard, *, system_id: str = "watchbell", password: str = "", most_per_second: int = 0,
        ids: str = "", parameters: bool = False, copies: int = 1,
    ) -> None:  # fmt: skip
        self.port, self.system_id, self.password = port, system_id, password
        self.most_per_second, self.ids, self.parameters, self.copies = most_per_second, ids, parameters, copies
        self.habits: dict[str, str] = {}
        self.delay_seconds = 0.05
        self.sent: deque[tuple[str, str]] = deque(maxlen=KEPT)
        self.submits: deque[Message] = deque(maxlen=KEPT)
        self.throttled = 0
        self.answers: dict[int, int] = {}
        self.sessions: set[_Session] = set()
        self.dies_after = 0
        self._heard = heard
        self._numbers = itertools.count(int(clock.unix() * 1000))
        self._parts: dict[tuple[str, int], dict[int, str]] = {}
        self._failure, self._fails_until = "", 0.0
        self._second, self._in_second = 0, 0
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: _Session(self), "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        await stop_listening(self._server)
        self.hang_up()

    def hang_up(self) -> None:
        """Every connection is cut."""
        for session in list(self.sessions):
            session.cut()

    def fail(self, how: str, seconds: float) -> None:
        """ "silent" (no answers), "slow" (2 s an answer), "refuses" (throttles all), "down" (hangs up, takes no bind),
        "garbles" (what is no SMPP), "numbering" (takes no such type of number), "misrouted" (knows no number), "barred"
        (takes nothing, by an error of its own), "service" (does not know the type of service)."""
        self._failure, self._fails_until = how, clock.monotonic() + seconds
        if how == "down":
            self.hang_up()

    @property
    def failure(self) -> str:
        return self._failure if clock.monotonic() < self._fails_until else ""

    def is_too_fast(self) -> bool:
        """Counts a submit; True when it is one too many in this second."""
        second = int(clock.monotonic())
        self._in_second = self._in_second + 1 if second == self._second else 1
        self._second = second
        return bool(self.most_per_second) and self._in_second > self.most_per_second

    def take(self, message: Message) -> tuple[int, str]:
        """(status, message_id) of a submit; a message that is whole now is heard."""
        to = f"+{message.destination_addr.lstrip('+')}"
        habit = habit_of(to, self.habits)
        if self.failure in _REFUSALS:
            return _REFUSALS[self.failure], ""
        if habit == "invalid":
            return 0x0B, ""
        number = next(self._numbers)
        id = f"{number:X}" if self.ids == "hex" else str(number)
        self.submits.append(message)
        self._put_together(to, message, id, habit)
        if message.registered_delivery & 1:
            seconds = SLOW_SECONDS if habit == "slow" else self.delay_seconds
            asyncio.get_running_loop().call_later(seconds, self._report, message, str(number), habit)
        return 0, id

    def _put_together(self, to: str, message: Message, id: str, habit: str) -> None:
        part, text, count = read_part(message), message.text, 1
        if part is not None:
            parts = self._parts.setdefault((to, part[0]), {})
            parts[part[2]] = text
            if len(parts) < part[1]:
                return
            del self._parts[to, part[0]]
            text, count = "".join(parts[number] for number in sorted(parts)), part[1]
        self.sent.append((to, text))
        body = {"text": text, "from": message.source_addr, "parts": count, "id": id, "becomes": habit}
        self._heard({"at": clock.unix(), "to": to, "body": body, "raw": text})

    def _report(self, message: Message, id: str, habit: str) -> None:
        word, err, state = _WORDS[habit]
        moment = clock.now().strftime("%y%m%d%H%M")
        text = (
            f"id:{id} sub:001 dlvrd:{int(word == 'DELIVRD'):03d} submit date:{moment} done date:{moment} stat:{word} "
            f"err:{err} text:"
        )
        tlvs = {RECEIPTED_MESSAGE_ID: id.encode() + b"\0", MESSAGE_STATE: bytes((state,))} if self.parameters else {}
        receipt = Message(
            source_addr_ton=1, source_addr_npi=1, source_addr=message.destination_addr, esm_class=SMSC_RECEIPT,
            destination_addr=message.source_addr, short_message=text.encode(), tlvs=tlvs,
        )  # fmt: skip
        session = next((one for one in self.sessions if one.is_bound), None)
        for _ in range(self.copies if session else 0):
            session.deliver(receipt)  # type: ignore[union-attr]

    def write(self, sender: str, text: str, to: str = "12345") -> int:
        """Somebody writes to the district: how many parts were sent, 0 when nobody is bound."""
        session = next((one for one in self.sessions if one.is_bound), None)
        if session is None:
            return 0
        encoding, parts = split_text(text)
        reference = next(self._numbers) & 0xFF
        for number, part in enumerate(parts, 1):
            said = encode_gsm(part) if encoding == GSM else encode_ucs(part)
            header = bytes((5, 0, 3, reference, len(parts), number)) if len(parts) > 1 else b""
            session.deliver(Message(
                source_addr_ton=1, source_addr_npi=1, source_addr=sender.lstrip("+"), destination_addr=to,
                esm_class=UDHI if header else 0, data_coding=0 if encoding == GSM else 8, short_message=header + said,
            ))  # fmt: skip
        return len(parts)


class _Session(asyncio.Protocol):
    def __init__(self, smsc: Smsc) -> None:
        self._smsc, self._framer = smsc, Framer()
        self._transport: asyncio.Transport | None = None
        self.is_bound = False
        self._sequence = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is none by name
        if self._smsc.failure == "down":
            self.cut()
        else:
            self._smsc.sessions.add(self)

    def connection_lost(self, error: Exception | None) -> None:
        self.is_bound = False
        self._smsc.sessions.discard(self)

    def cut(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    def send(self, raw: bytes) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(raw)

    def deliver(self, message: Message) -> None:
        self._sequence += 1
        self.send(build_pdu(DELIVER_SM, 0, self._sequence, build_message(message)))

    def data_received(self, data: bytes) -> None:
        failure = self._smsc.failure
        if failure == "silent":
            return
        if failure == "garbles":
            self.send(b"\x00\x00\x00\x03HTTP/1.1 400")
            return
        for pdu in self._framer.feed(data):
            if isinstance(pdu, Malformed):
                self.send(build_pdu(GENERIC_NACK, INVALID_MESSAGE, 0))
                self.cut()
                return
            if failure == "slow":
                asyncio.get_running_loop().call_later(2.0, self._take, pdu)
            else:
                self._take(pdu)

    def _take(self, pdu: Pdu) -> None:
        smsc = self._smsc
        if self._transport is None or self._transport.is_closing():
            return
        if pdu.command in BINDS:
            self._bind(pdu)
        elif pdu.command == SUBMIT_SM and self.is_bound:
            self._submit(pdu)
        elif pdu.command in (ENQUIRE_LINK, UNBIND):
            self.send(build_pdu(pdu.command | RESPONSE, 0, pdu.sequence))
            self.is_bound = self.is_bound and pdu.command != UNBIND
        elif pdu.command & RESPONSE:
            smsc.answers[pdu.status] = smsc.answers.get(pdu.status, 0) + 1
        else:
            self.send(build_pdu(GENERIC_NACK, INVALID_COMMAND, pdu.sequence))

    def _bind(self, pdu: Pdu) -> None:
        bind = read_bind(pdu.body)
        status = INVALID_MESSAGE
        if isinstance(bind, Bind):
            is_known = bind.system_id == self._smsc.system_id
            status = 0x0F if not is_known else 0 if bind.password == self._smsc.password else 0x0E
        self.is_bound = status == 0
        body = self._smsc.system_id.encode() + b"\0" if self.is_bound else b""
        self.send(build_pdu(pdu.command | RESPONSE, status, pdu.sequence, body))

    def _submit(self, pdu: Pdu) -> None:
        smsc, message = self._smsc, read_message(pdu)
        if isinstance(message, Malformed):
            self.send(build_pdu(pdu.command | RESPONSE, INVALID_MESSAGE, pdu.sequence))
            return
        if smsc.failure == "refuses" or smsc.is_too_fast():
            smsc.throttled += 1
            self.send(build_pdu(pdu.command | RESPONSE, THROTTLED, pdu.sequence))
            return
        status, id = smsc.take(message)
        if smsc.dies_after and len(smsc.submits) >= smsc.dies_after:
            self.cut()  # taken, and never answered
            return
        self.send(build_pdu(pdu.command | RESPONSE, status, pdu.sequence, id.encode() + b"\0" if id else b""))
