"""Plays a relay and the people behind it: takes mails, bounces some, complains about some, answers some.

By the local part of an address: "nobody…" is refused at RCPT, "grey…" put off, "bounce…" taken and sent back as a DSN,
"complain…" as a complaint report, "reply…" is answered by a person, "away…" by a machine.
"""

import asyncio
import base64
import email
import email.policy
import re
import ssl
from collections.abc import Callable
from email.message import EmailMessage
from typing import Any

from watchbell.gateways.smtp.letters import read_letter
from watchbell.gateways.smtp.returning import answer_mail, complaint, deliver, dsn, machine_answer
from watchbell.line import clock
from watchbell.line.listening import stop_listening
from watchbell.wire.base import Malformed

Heard = Callable[[dict[str, Any]], None]
MOST_LINE = 4096
SIZE = 10_000_000
_PATH = re.compile(rb"(?:FROM|TO):\s*<([^>]*)>(.*)", re.I)


class Mail:
    """One mail as the relay has it."""

    def __init__(self, sender: str, to: str, raw: bytes) -> None:
        self.sender, self.to, self.raw = sender, to, raw

    def read(self) -> EmailMessage:
        return email.message_from_bytes(self.raw, policy=email.policy.default)


class Relay:
    """An SMTP server on 127.0.0.1. `heard` gets {"at", "to", "body": {"subject", "text", …}, "raw"} of every mail.

    inbound: gives (host, port) of the gateway that takes bounces and answers, or None. offers: which extensions it has.
    context: for STARTTLS; accounts: user → password, who may send then. answers_after: seconds until people answer.
    """

    def __init__(
        self, port: int, heard: Heard, *, inbound: Callable[[], tuple[str, int] | None] = lambda: None,
        offers: tuple[str, ...] = ("PIPELINING", "CHUNKING", "8BITMIME", "SMTPUTF8", "ENHANCEDSTATUSCODES"),
        context: ssl.SSLContext | None = None, is_tls: bool = False, accounts: dict[str, str] | None = None,
        answers_after: float = 0.3, size: int = SIZE,
    ) -> None:  # fmt: skip
        self.port, self.offers, self.context, self.is_tls = port, offers, context, is_tls
        self.accounts, self.answers_after, self.size = accounts or {}, answers_after, size
        self.mails: list[Mail] = []
        self.problems: list[str] = []
        self.connections = 0
        self.keeps = 5000
        self.dies_after: int | None = None
        self.dies_once = False
        self.is_strict = False
        self._heard, self._inbound = heard, inbound
        self._failure, self._fails_until = "", 0.0
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[Any]] = set()

    @property
    def is_failing(self) -> str:
        """How it fails now, "" when it does not."""
        return self._failure if clock.monotonic() < self._fails_until else ""

    @property
    def fails_for(self) -> float:
        """Seconds until it is well again."""
        return max(0.0, self._fails_until - clock.monotonic())

    def fail(self, how: str, seconds: float) -> None:
        """Breaks it: "silent", "slow" (1 s a reply), "refuses" (421) or "garbles" (nonsense)."""
        self._failure, self._fails_until = how, clock.monotonic() + seconds

    async def start(self) -> None:
        context = self.context if self.is_tls else None
        self._server = await asyncio.start_server(self._meet, "127.0.0.1", self.port, ssl=context, limit=1 << 20)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        await stop_listening(self._server)
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self.connections += 1
        try:
            await SmtpSession(self, reader, writer).run()
        except (OSError, EOFError, ValueError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass  # the other side has gone, or this one is stopping
        finally:
            self._tasks.discard(task)
            writer.close()

    # -- what becomes of a mail ----------------------------------------------------------------------------------

    def judge(self, to: str) -> bytes:
        """The reply to RCPT for `to`, b"" when it is taken."""
        if to.startswith("nobody"):
            return b"550 5.1.1 No such user here"
        return b"451 4.7.1 Greylisted, come again in five minutes" if to.startswith("grey") else b""

    def take(self, sender: str, to: list[str], raw: bytes) -> None:
        for one in to:
            mail = Mail(sender, one, raw)
            self.mails.append(mail)
            del self.mails[: -self.keeps]
            self._heard(describe(mail))
            if one.startswith(("bounce", "complain", "reply", "away")):
                task = asyncio.create_task(self._answer_later(mail))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)

    async def _answer_later(self, mail: Mail) -> None:
        await asyncio.sleep(self.answers_after)
        message = mail.read()
        if mail.to.startswith("bounce"):
            await self._deliver("", mail.sender, dsn(mail.sender, mail.to, message))
        elif mail.to.startswith("complain"):
            domain = mail.sender.rpartition("@")[2]
            report = complaint(mail.sender, mail.to, message)
            await self._deliver("fbl@provider.invalid", f"complaints@{domain}", report)
        elif mail.to.startswith("away"):
            await self._deliver("", mail.sender, machine_answer(mail.sender, mail.to, message))
        else:
            await self.answer(mail, "Thank you, I am on my way.")

    async def answer(self, mail: Mail, text: str) -> str:
        """A person answers `mail`; returns the gateway's last reply."""
        message = mail.read()
        to = str(message["Reply-To"] or message["From"])
        found = re.search(r"<([^<>]+)>", to)
        return await self._deliver(mail.to, found[1] if found else to, answer_mail(to, mail.to, message, text))

    async def _deliver(self, sender: str, to: str, raw: bytes) -> str:
        address = self._inbound()
        if address is None:
            self.problems.append(f"nobody takes mails for {to}")
            return ""
        said = await deliver(address, sender, to, raw)
        if not said.startswith("2"):
            self.problems.append(f"{to}: {said}")
        return said


def describe(mail: Mail) -> dict[str, Any]:
    """What the outside world sees of a mail."""
    letter = read_letter(mail.raw)
    if isinstance(letter, Malformed):
        body: dict[str, Any] = {"problem": letter.because}
    else:
        parts = dict(reversed(letter.parts))
        body = {
            "subject": letter.subject, "from": letter.header("from"), "to": letter.header("to"),
            "text": parts.get("text/plain", ""), "html": parts.get("text/html", ""), "sender": mail.sender,
            "message_id": letter.message_id, "unsubscribe": letter.header("list-unsubscribe"),
            "signed": bool(letter.header("dkim-signature")),
        }  # fmt: skip
    return {"at": clock.unix(), "to": mail.to, "body": body, "raw": mail.raw.decode("utf-8", "replace")}


class SmtpSession:
    """One connection to a played relay."""

    def __init__(self, relay: Relay, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.relay, self._reader, self._writer = relay, reader, writer
        self._is_tls, self._user = relay.is_tls, ""
        self._sender: str | None = None
        self._to: list[str] = []
        self._chunks = b""
        self._failed_at_bdat = False

    async def run(self) -> None:
        await self._say(b"220 played.invalid ESMTP")
        while True:
            line = await self._reader.readline()
            if not line.endswith(b"\n") or len(line) > MOST_LINE:
                return
            verb, _, rest = line.strip().partition(b" ")
            act = getattr(self, "_do_" + verb.decode("ascii", "replace").lower(), None)
            if act is None:
                await self._say(b"500 5.5.1 What?")
            elif await act(rest):
                return

    async def _say(self, *lines: bytes) -> None:
        failure = self.relay.is_failing
        if failure == "silent":
            await asyncio.sleep(self.relay.fails_for)
        if failure == "slow":
            await asyncio.sleep(1)
        if failure == "refuses":
            self._writer.write(b"421 4.3.2 Out of order\r\n")
            await self._writer.drain()
            raise EOFError
        if failure == "garbles":
            lines = (b"\xff\x00<html>" + lines[0],)
        marked = [line[:3] + b"-" + line[4:] for line in lines[:-1]] + [lines[-1]]
        self._writer.write(b"\r\n".join(marked) + b"\r\n")
        await self._writer.drain()

    async def _do_ehlo(self, rest: bytes) -> None:
        offers = [offer.encode() for offer in self.relay.offers] + [b"SIZE %d" % self.relay.size]
        offers += [b"STARTTLS"] if self.relay.context and not self._is_tls else []
        offers += [b"AUTH PLAIN LOGIN"] if self.relay.accounts and (self._is_tls or not self.relay.context) else []
        await self._say(b"250 played.invalid", *(b"250 " + offer for offer in offers))

    async def _do_helo(self, rest: bytes) -> None:
        await self._say(b"250 played.invalid")

    async def _do_starttls(self, rest: bytes) -> None:
        if self.relay.context is None or self._is_tls:
            return await self._say(b"503 5.5.1 Not now")
        await self._say(b"220 2.0.0 Go ahead")
        await self._writer.start_tls(self.relay.context)
        self._is_tls = True

    async def _do_auth(self, rest: bytes) -> None:
        way, _, first = rest.partition(b" ")
        if way.upper() == b"PLAIN":
            _, user, password = base64.b64decode(first).split(b"\0")
        else:
            words = []
            for prompt in (b"334 VXNlcm5hbWU6", b"334 UGFzc3dvcmQ6"):
                await self._say(prompt)
                words.append(base64.b64decode(await self._reader.readline()))
            user, password = words
        if self.relay.accounts.get(user.decode()) != password.decode():
            return await self._say(b"535 5.7.8 Wrong")
        self._user = user.decode()
        await self._say(b"235 2.7.0 Welcome")

    async def _do_mail(self, rest: bytes) -> None:
        found = _PATH.match(rest)
        if self.relay.accounts and not self._user:
            return await self._say(b"530 5.7.0 Authentication required")
        if self._sender is not None or (self.relay.is_strict and self._failed_at_bdat):
            return await self._say(b"503 5.5.1 Nested MAIL")
        if found is None:
            return await self._say(b"501 5.5.4 MAIL FROM:<address>")
        self._sender = found[1].decode()
        await self._say(b"250 2.1.0 Ok")

    async def _do_rcpt(self, rest: bytes) -> None:
        found = _PATH.match(rest)
        if self._sender is None or found is None:
            return await self._say(b"503 5.5.1 MAIL first")
        to = found[1].decode()
        refused = self.relay.judge(to)
        if not refused:
            self._to.append(to)
        await self._say(refused or b"250 2.1.5 Ok")

    async def _do_data(self, rest: bytes) -> None:
        if not self._to:
            self._reset()
            return await self._say(b"554 5.5.1 No valid recipients")
        await self._say(b"354 Go on")
        raw = await self._reader.readuntil(b"\r\n.\r\n")
        raw = raw[:-3].replace(b"\r\n..", b"\r\n.")
        await self._take(raw[1:] if raw.startswith(b"..") else raw)

    async def _do_bdat(self, rest: bytes) -> None:
        count, *last = rest.split()
        chunk = await self._reader.readexactly(int(count))
        if not self._to:
            self._failed_at_bdat = self.relay.is_strict
            if not self.relay.is_strict:
                self._reset()
            return await self._say(b"554 5.5.1 No valid recipients")
        self._chunks += chunk
        if not last:
            return await self._say(b"250 2.0.0 %d octets" % len(chunk))
        await self._take(self._chunks)

    async def _take(self, raw: bytes) -> None:
        relay = self.relay
        if relay.dies_after is not None and len(relay.mails) >= relay.dies_after:
            relay.dies_after = None if relay.dies_once else relay.dies_after
            self._writer.transport.abort()
            raise EOFError
        relay.take(self._sender or "", self._to, raw)
        self._reset()
        await self._say(b"250 2.0.0 Ok: queued as %X" % len(relay.mails))

    async def _do_rset(self, rest: bytes) -> None:
        self._reset()
        await self._say(b"250 2.0.0 Ok")

    async def _do_noop(self, rest: bytes) -> None:
        await self._say(b"250 2.0.0 Ok")

    async def _do_quit(self, rest: bytes) -> bool:
        await self._say(b"221 2.0.0 Bye")
        return True

    def _reset(self) -> None:
        self._sender, self._to, self._chunks, self._failed_at_bdat = None, [], b"", False
