"""Mails to families through a relay (SMTP), and what comes back of them. Port 9714 takes bounces, complaints, answers.

Entries: {"endpoint", "name", "district", "test", "host", "port", "security", "username", "from_address", "from_name",
"bounce_domain", "dkim_domain", "dkim_selector", "ca", "per_second", "lanes", "connections"}; secrets: {endpoint: the
password in the first line (may be empty), the DKIM key as PEM in the lines after it}.
"""

import asyncio
import logging
import re
import ssl
from typing import Any
from urllib.parse import urlsplit

from watchbell.gateways.sending import Sender, Sending
from watchbell.gateways.smtp.codec import parse_address
from watchbell.gateways.smtp.dkim import Signer, make_signer
from watchbell.gateways.smtp.inbound import Door as InboundDoor
from watchbell.gateways.smtp.link import Door, Pool, Trouble
from watchbell.gateways.smtp.message import Mailings, Origin
from watchbell.gateways.smtp.posting import Item, Posting
from watchbell.gateways.smtp.returns import Box, Return, find_box, read_return
from watchbell.line import clock, config
from watchbell.line.ids import same_id
from watchbell.wire.base import Malformed
from watchbell.wire.status import DeviceStatus
from watchbell.wire.tell import Heard, Result, Told

log = logging.getLogger(__name__)
DEFAULT_PORT = 9714
STALL_SECONDS = 30.0
LOOK_SECONDS = 5.0
TIDY_SECONDS = 20.0
MOST_CONNECTIONS = 20
_ID = re.compile(r"[0-9a-f]{32}")


def split_secret(secret: str) -> tuple[str, str]:
    """(password, DKIM key) of a relay's secret."""
    if secret.lstrip().startswith("-----BEGIN"):
        return "", secret.strip() + "\n"
    password, _, key = secret.replace("\r\n", "\n").partition("\n")
    return password, key.strip() + "\n" if key.strip() else ""


class Relay:
    """A relay as an entry describes it. fault: why it cannot be used, "" when it can; warning: what is amiss."""

    def __init__(self, entry: dict[str, Any], secret: str, stall_seconds: float) -> None:
        self.entry = entry
        self.fault = self.warning = ""
        password, key = split_secret(secret)
        self.origin = self._read_origin(key)
        security = str(entry.get("security") or "starttls")
        if security not in ("starttls", "tls", "none"):
            self.fault = self.fault or f"No such way of securing the connection: {security}."
        most = max(1, min(MOST_CONNECTIONS, int(entry.get("connections") or 2)))
        door = Door(
            host=str(entry.get("host") or ""), port=int(entry.get("port") or 587), security=security,
            username=str(entry.get("username") or ""), password=password,
            context=self._make_context(str(entry.get("ca") or "")) if security != "none" else None,
            own_name=self.origin.bounce_domain or self.origin.domain,
        )  # fmt: skip
        self.pool = Pool(door, most, stall_seconds)

    def _read_origin(self, key: str) -> Origin:
        entry = self.entry
        address = parse_address(str(entry.get("from_address") or ""))
        if isinstance(address, Malformed) or address.is_utf8:
            self.fault = "The sender's address cannot be used."
            return Origin("nobody@localhost.invalid")
        bounces = str(entry.get("bounce_domain") or "").strip().lower()
        if bounces and isinstance(parse_address(f"b@{bounces}"), Malformed):
            self.fault = "The domain of bounces is no domain name."
            bounces = ""
        return Origin(address.text, str(entry.get("from_name") or ""), bounces, self._make_signer(key, address.domain))

    def _make_signer(self, key: str, domain: str) -> Signer | None:
        wanted = str(self.entry.get("dkim_domain") or "").strip().lower()
        if not key and not wanted:
            self.warning = "Mails are not signed (DKIM): many will take them for junk."
            return None
        found = make_signer(wanted, str(self.entry.get("dkim_selector") or "").strip(), key)
        if isinstance(found, Malformed):
            self.warning = f"Mails are not signed: {found.because}"
            return None
        own = domain.lower()
        if not (own == wanted or own.endswith("." + wanted) or wanted.endswith("." + own)):
            self.warning = f"Mails from {domain} are signed by {wanted}: that is not aligned (DMARC)."
        return found

    def _make_context(self, ca: str) -> ssl.SSLContext | None:
        try:
            return ssl.create_default_context(cadata=ca or None)
        except (ssl.SSLError, ValueError):
            self.fault = "The authority's certificate cannot be read: it must be PEM."
            return None

    def status(self) -> tuple[str, str]:
        """(state, because) of its settings."""
        return ("trouble", self.fault or self.warning) if self.fault or self.warning else ("online", "")


class Smtp(Sender):
    """E-mail. A batch's mails go over pooled connections; see `posting`."""

    name = "smtp"

    def __init__(self) -> None:
        super().__init__()
        self.stall_seconds = STALL_SECONDS
        self._relays: dict[str, Relay] = {}
        self._secrets: dict[str, str] = {}
        self._mailings = Mailings()
        self._inbound = InboundDoor(
            self._find_box, self._take_mail, urlsplit(config.public_url()).hostname or "watchbell"
        )
        self._tidying: asyncio.Task[None] | None = None

    async def apply(self, entries: list[dict[str, Any]], secrets: dict[str, Any]) -> None:
        self.take_carriers(entries)
        old, kept = self._relays, {}
        for key, entry in self.carriers.items():
            secret = str(secrets.get(key) or "")
            same = old.get(key)
            is_same = same is not None and same.entry == entry and self._secrets.get(key, "") == secret
            kept[key] = same if same is not None and is_same else Relay(entry, secret, self.stall_seconds)
        self._relays, self._secrets = kept, {key: str(secrets.get(key) or "") for key in kept}
        await asyncio.gather(*(relay.pool.close() for key, relay in old.items() if kept.get(key) is not relay))

    async def start(self) -> None:
        host, port = await self._inbound.start(config.bind(), config.gateway_port(self.name, DEFAULT_PORT))
        self.address = f"{host}:{port}"
        self._tidying = asyncio.create_task(self._tidy())

    async def stop(self) -> None:
        if self._tidying is not None:
            self._tidying.cancel()
        await super().stop()
        await self._inbound.stop()
        await asyncio.gather(*(relay.pool.close() for relay in self._relays.values()))

    async def _tidy(self) -> None:
        while True:
            await asyncio.sleep(TIDY_SECONDS)
            for relay in list(self._relays.values()):
                await relay.pool.tidy()

    async def probe(self) -> list[DeviceStatus]:
        """Each relay is asked over a connection that stays open; nothing is sent."""
        return list(await asyncio.gather(*(self._look(relay) for relay in self._relays.values())))

    async def _look(self, relay: Relay) -> DeviceStatus:
        state, because = relay.status()
        if not relay.fault and relay.pool.is_free:  # where all connections are at work it lives
            try:
                async with asyncio.timeout(LOOK_SECONDS * 2):
                    await relay.pool.check(min(LOOK_SECONDS, self.stall_seconds))
            except TimeoutError:
                state, because = "silent", "It did not answer."
            except Trouble as trouble:
                state, because = "silent" if trouble.carrier == "down" else "trouble", trouble.because
        return self.status_of(relay.entry, state, because)

    # -- going out -----------------------------------------------------------------------------------------------

    async def send_batch(self, sending: Sending) -> None:
        relay = self._relays.get(sending.batch.endpoint.id)
        if relay is None or relay.fault:
            sending.blame("refuses", relay.fault if relay else "It is not configured here.")
            return
        if not sending.batch.bodies:
            sending.blame("refuses", "The message has no text.")
            return
        posting = Posting(sending, self._mailings.find(sending.batch, relay.origin), self._sort_out(sending))
        try:
            await posting.run(relay.pool)
        except Trouble as trouble:
            if posting.waiting:
                sending.blame(trouble.carrier, trouble.because)

    def _sort_out(self, sending: Sending) -> list[Item]:
        """Those that can be written to; the others are told of at once."""
        items: list[Item] = []
        for one in sending.todo:
            address = parse_address(one.to.strip())
            if isinstance(address, Malformed):
                sending.tell(Result(one.id, "failed", clock.unix(), f"{one.to[:80]!r} is no e-mail address: "
                                    f"{address.because}.", code="5.1.3", is_bad_address=True))  # fmt: skip
            elif not _ID.fullmatch(one.id):
                sending.tell(Result(one.id, "failed", clock.unix(), "The delivery has no proper name."))
            else:
                items.append((one, address))
        return items

    # -- coming in -----------------------------------------------------------------------------------------------

    def _relay_of(self, recipient: str) -> tuple[Relay, Box] | None:
        for relay in self._relays.values():
            box = find_box(recipient, relay.origin.bounce_domain, relay.origin.address)
            if box is not None:
                return relay, box
        return None

    def _find_box(self, recipient: str) -> Box | None:
        found = self._relay_of(recipient)
        return found[1] if found else None

    async def _take_mail(self, recipient: str, envelope_from: str, raw: bytes) -> bool:
        found = self._relay_of(recipient)
        if found is None:  # the relay went away between RCPT and the end of the mail
            return False
        relay, box = found
        meaning = await asyncio.to_thread(read_return, raw, box, envelope_from)
        if isinstance(meaning, Malformed):
            log.warning("a mail to a %s address: %s", box.role, meaning.because)
            return await self._tell_unreadable(relay.entry, box, recipient, envelope_from, raw, meaning.because)
        if meaning.kind in ("automatic", "delayed"):
            return True
        return await self._tell_return(relay.entry, meaning, recipient, raw)

    async def _tell_unreadable(
        self, entry: dict[str, Any], box: Box, recipient: str, envelope_from: str, raw: bytes, because: str
    ) -> bool:  # fmt: skip
        """A mail that nobody can read says by its address alone what it wants, where that is a wish."""
        if box.role not in ("unsubscribe", "complaints"):
            return True
        return await self.publish_heard(Heard(
            id=same_id("smtp", str(entry["endpoint"]), recipient.lower(), raw),
            kind="opt_out" if box.role == "unsubscribe" else "complaint", district=str(entry.get("district") or ""),
            gateway=self.name, endpoint=str(entry["endpoint"]), at=clock.unix(), channel="email",
            sender=envelope_from[:254], to=recipient, delivery=box.delivery, detail={"unreadable": because},
        ))  # fmt: skip

    async def _tell_return(self, entry: dict[str, Any], meaning: Return, recipient: str, raw: bytes) -> bool:
        now, endpoint = clock.unix(), str(entry["endpoint"])
        is_safe = True
        states = {"bounce": "failed", "delivered": "delivered"}
        if meaning.kind in states and meaning.delivery:
            result = Result(meaning.delivery, states[meaning.kind], now,
                            meaning.because if meaning.kind == "bounce" else "", code=meaning.code,
                            is_bad_address=meaning.is_bad_address)  # fmt: skip
            told = Told(district=str(entry.get("district") or ""), gateway=self.name, endpoint=endpoint, at=now,
                        results=[result])  # fmt: skip
            is_safe = await self.publish_told(told)
        if meaning.kind == "delivered":
            return is_safe
        detail = {"code": meaning.code, "because": meaning.because, "is_bad_address": meaning.is_bad_address}
        is_person = meaning.kind in ("reply", "opt_out")
        heard = Heard(
            id=same_id("smtp", endpoint, recipient.lower(), meaning.message_id or raw), kind=meaning.kind,
            district=str(entry.get("district") or ""), gateway=self.name, endpoint=endpoint, at=now, channel="email",
            sender=meaning.final_to or (meaning.sender if is_person else ""), to=recipient,
            delivery=meaning.delivery, text=meaning.text, subject=meaning.subject,
            detail=detail if not is_person else {},
        )  # fmt: skip
        return await self.publish_heard(heard) and is_safe


Service = Smtp
