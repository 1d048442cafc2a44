"""Pushes to the staff's browsers and phones. No port: it only calls push hosts.

Entries: {"endpoint", "name", "district", "site", "test",
"subscriptions": [{"id", "endpoint", "p256dh", "auth", "user", "roles"}]}.
"""

import asyncio
import logging
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import aiohttp
import msgspec

from watchbell.gateways.base import Looked, Outcome, look_at
from watchbell.gateways.sending import Sender, Sending, body_for
from watchbell.gateways.webpush.codec import MAX_PLAINTEXT, Subscription, encrypt_push, read_subscription, sign_vapid
from watchbell.gateways.webpush.outside import OutsideResolver
from watchbell.line import clock, config, ids
from watchbell.line.filling import fill
from watchbell.line.vapid import vapid_key
from watchbell.wire.base import Malformed
from watchbell.wire.order import Order
from watchbell.wire.status import DeviceStatus
from watchbell.wire.tell import Batch, Recipient, Result

log = logging.getLogger(__name__)
TIMEOUT_SECONDS = 3.0
TRY_AGAIN_SECONDS = 0.4
LIVE_SECONDS = 3600
#: How long a push host keeps a message to a family for a phone that is off, and how soon it is to wake the phone
#: (RFC 8030 §5.2, §5.3): an emergency of this morning is no news at night; anything else may wait for a charger.
FAMILY_SECONDS = {"emergency": 4 * 3600, "attendance": 12 * 3600}
USUAL_FAMILY_SECONDS = 24 * 3600
URGENCY = {"emergency": "high", "attendance": "normal"}
TOKEN_SECONDS = 12 * 3600.0
AT_ONCE = 200


class Holder(NamedTuple):
    """Whose browser it is: their account and their roles at the site."""

    user: str = ""
    roles: frozenset[str] = frozenset()


def read_holder(entry: dict[str, Any]) -> Holder:
    """Who holds a subscription of the entry, as far as it says."""
    roles = entry.get("roles")
    return Holder(str(entry.get("user") or ""), frozenset(map(str, roles if isinstance(roles, list | tuple) else ())))


def is_meant(holder: Holder | None, audience: Any) -> bool:
    """Whether an order is for this browser: for everybody's, or for its holder's role or for them by name."""
    if not isinstance(audience, dict) or not audience:
        return True
    holder = holder or Holder()
    if holder.user in audience.get("not", ()):
        return False
    return holder.user in audience.get("users", ()) or bool(holder.roles & set(audience.get("roles", ())))


class Posted(NamedTuple):
    """What became of one message: "sent", "gone" (the browser has unsubscribed) or "failed", and why."""

    id: str
    state: str
    because: str = ""


class Headers(NamedTuple):
    """How a push host is to treat a message. topic: a later one takes its place. ttl: seconds. Defaults: staff's."""

    topic: str
    ttl: int = LIVE_SECONDS
    urgency: str = "high"

    @classmethod
    def of(cls, batch: Batch) -> "Headers":
        """A family's: no longer than the message itself holds."""
        most = FAMILY_SECONDS.get(batch.purpose, USUAL_FAMILY_SECONDS)
        left = max(60, min(most, int(batch.expires_at - clock.unix())))
        return cls(batch.mailing[:32], left, URGENCY.get(batch.purpose, "low"))


class WebPush(Sender):
    """push_staff and clear_push params: title, body, url, kind, mode.

    "done" as soon as one push host has taken a message; detail {"sent": n, "failed": n, "gone": [subscription ids]}.
    A drill reaches staff too, and says so in its title and its mode.
    """

    name = "webpush"
    is_outward = False  # staff are pushed to in a drill; batches to families refuse it all the same

    def __init__(self) -> None:
        super().__init__()
        self._entries: dict[str, dict[str, Any]] = {}
        self._subscriptions: dict[str, list[Subscription]] = {}
        self._holders: dict[str, Holder] = {}
        self._tokens: dict[str, tuple[float, str]] = {}
        self._http: aiohttp.ClientSession | None = None
        self._key = vapid_key()

    async def apply(self, entries: list[dict[str, Any]], secrets: dict[str, Any]) -> None:
        self.take_carriers([entry for entry in entries if entry.get("is_carrier")])
        self._entries = {str(entry["endpoint"]): entry for entry in entries if entry.get("endpoint")}
        self._subscriptions, self._holders = {}, {}
        for key, entry in self._entries.items():
            given = entry.get("subscriptions")
            read = [read_subscription(one) for one in (given if isinstance(given, list) else [])]
            self._subscriptions[key] = [one for one in read if isinstance(one, Subscription)]
            self._holders |= {str(one.get("id")): read_holder(one) for one in given or () if isinstance(one, dict)}
            for problem in read:
                if isinstance(problem, Malformed):
                    log.warning("%s: %s", entry.get("name") or key, problem.because)

    async def start(self) -> None:
        connector = aiohttp.TCPConnector(limit=AT_ONCE, limit_per_host=AT_ONCE, resolver=OutsideResolver())
        timeout = aiohttp.ClientTimeout(total=TIMEOUT_SECONDS)
        self._http = aiohttp.ClientSession(connector=connector, timeout=timeout)

    async def stop(self) -> None:
        await super().stop()
        if self._http is not None:
            await self._http.close()

    async def probe(self) -> list[DeviceStatus]:
        """Each push host is looked at once; a group is well while a host of one of its subscriptions answers."""
        assert self._http is not None
        origins = sorted({one.origin for known in self._subscriptions.values() for one in known})
        looked = await asyncio.gather(*(look_at(self._http, origin + "/") for origin in origins))
        hosts = dict(zip(origins, looked, strict=True))
        found = []
        for key, entry in list(self._entries.items()):
            if entry.get("is_carrier"):
                found.append(self.status_of(entry, "online", "Reaches the browsers that families have allowed."))
                continue
            known = [one for one in self._subscriptions.get(key, []) if one.origin in hosts]
            judged = judge_hosts([hosts[one.origin] for one in known])
            found.append(self.status_of(entry, *judged, {"subscribed": len(known)}))
        return found

    async def carry_out(self, order: Order) -> Outcome:
        if order.action not in ("push_staff", "clear_push"):
            return Outcome("failed", f"A phone cannot {order.action}.")
        known = self._subscriptions.get(order.endpoint.id)
        if known is None:
            return Outcome("failed", f"{order.endpoint.name} is not configured.")
        if not known and order.action == "clear_push":
            return Outcome("done", f"Nobody has subscribed at {order.endpoint.name}: nothing to take back.")
        if not known:
            return Outcome("failed", f"Nobody has subscribed at {order.endpoint.name}.")
        meant = [one for one in known if is_meant(self._holders.get(one.id), order.params.get("audience"))]
        if not meant and order.action == "clear_push":
            return Outcome("done", "Nobody of those who were meant has a phone here: nothing to take back.")
        if not meant:
            return Outcome("failed", "None of those who are meant has turned alerts on.", {"meant": 0})
        body = build_payload(order)
        headers = Headers(ids.same_id("push", order.press)[:32])
        began = clock.monotonic()
        posted = await asyncio.gather(*(self._post(one, body, headers) for one in meant))
        took = clock.monotonic() - began
        gone = [one.id for one in posted if one.state == "gone"]
        sent = sum(one.state == "sent" for one in posted)
        detail = {"sent": sent, "reached": sent, "failed": len(posted) - sent - len(gone), "gone": gone}
        if sent:
            return Outcome("done", f"{sent} of {len(posted)} phones and browsers were pushed to.", detail, took)
        why = next((one.because for one in posted if one.because), "all have unsubscribed")
        return Outcome("failed", f"No phone or browser could be pushed to: {why}.", detail, took)

    async def send_batch(self, sending: Sending) -> None:
        """To families' browsers: each message's address is a subscription as JSON."""
        while portion := sending.todo[:AT_ONCE]:
            await sending.pace.take(len(portion))
            sending.begin(portion)
            await asyncio.gather(*(self._push_one(sending, one) for one in portion))

    async def _push_one(self, sending: Sending, one: Recipient) -> None:
        try:
            words = msgspec.json.decode(one.to)
        except msgspec.DecodeError:
            words = None
        to = read_subscription(words)
        if isinstance(to, Malformed):
            sending.tell(Result(one.id, "failed", clock.unix(), to.because, is_bad_address=True))
            return
        batch = sending.batch
        posted = await self._post(to, build_notice(batch, one), Headers.of(batch))
        if posted.state == "sent":
            sending.tell(Result(one.id, "sent", clock.unix()))
        elif posted.state == "gone":
            because = "This browser has turned messages off."
            sending.tell(Result(one.id, "failed", clock.unix(), because, is_bad_address=True))
        else:
            sending.tell(Result(one.id, "failed", clock.unix(), posted.because))

    async def _post(self, to: Subscription, plaintext: bytes, how: Headers) -> Posted:
        result = await self._post_once(to, plaintext, how)
        if result.state == "failed":
            await asyncio.sleep(TRY_AGAIN_SECONDS)
            result = await self._post_once(to, plaintext, how)
        return result

    async def _post_once(self, to: Subscription, plaintext: bytes, how: Headers) -> Posted:
        assert self._http is not None
        headers = {
            "Authorization": self._authorise(to.origin), "TTL": str(how.ttl), "Urgency": how.urgency,
            "Topic": how.topic,
            "Content-Encoding": "aes128gcm", "Content-Type": "application/octet-stream",
        }  # fmt: skip
        try:
            body = encrypt_push(plaintext, to)
            async with self._http.post(to.endpoint, data=body, headers=headers, allow_redirects=False) as answer:
                status = answer.status
        except (aiohttp.ClientError, ValueError) as error:
            return Posted(to.id, "failed", f"the push host cannot be reached ({type(error).__name__})")
        except TimeoutError:
            return Posted(to.id, "failed", "the push host did not answer")
        if 200 <= status < 300:
            return Posted(to.id, "sent")
        return Posted(to.id, "gone" if status in (404, 410) else "failed", f"the push host answered {status}")

    def _authorise(self, origin: str) -> str:
        now = clock.unix()
        until, header = self._tokens.get(origin, (0.0, ""))
        if not now + 600 < until <= now + TOKEN_SECONDS:
            until = now + TOKEN_SECONDS
            header = sign_vapid(self._key, origin, say_contact(), until)
            self._tokens[origin] = (until, header)
        return header


def judge_hosts(looked: list[Looked]) -> Looked:
    """A group of phones by the hosts of its subscriptions. A host that asks who we are answers: it is alive."""
    if not looked:
        return Looked("trouble", "Nobody has subscribed: no phone would be pushed to.")
    reached = [one for one in looked if one.state == "online" or "refuses our key" in one.because]
    if reached:
        return Looked("online")
    return Looked("silent", f"No push host answers: {looked[0].because}")


def build_payload(order: Order) -> bytes:
    """The JSON the service worker shows: title, body, url, kind, mode, press, clear, at; cut to fit one message."""
    params = order.params
    is_clear = order.action == "clear_push"
    kind = str(params.get("kind") or order.kind)
    title = str(params.get("title") or ("All clear" if is_clear else kind.replace("_", " ").capitalize() or "Alarm"))
    if order.mode != "real" and order.mode.upper() not in title.upper():
        title = f"{order.mode.upper()}: {title}"
    message = {
        "title": title[:200], "body": str(params.get("body") or "")[:2000], "url": str(params.get("url") or "/")[:500],
        "kind": kind, "mode": order.mode, "press": order.press, "clear": is_clear, "at": order.made_at,
        "site": order.site, "incident": order.incident, "quiet": bool(params.get("audience")),
    }  # fmt: skip
    return _cut_to_fit(message)


def build_notice(batch: Batch, one: Recipient) -> bytes:
    """The JSON of a message to a family: title, body, url of their own page, its tag; cut to fit one message."""
    body = body_for(batch, one.language)
    text = fill(body.short or body.text, {**one.fields, "link": ""}).strip()
    message = {
        "title": fill(body.subject, one.fields)[:200], "body": text[:2000],
        "url": urlsplit(one.fields.get("link", "/")).path or "/", "kind": "notice", "mode": batch.mode,
        "press": batch.mailing, "clear": False, "at": batch.made_at, "site": "", "incident": None,
        "quiet": batch.purpose != "emergency",
    }  # fmt: skip
    return _cut_to_fit(message)


def _cut_to_fit(message: dict[str, Any]) -> bytes:
    """The message as JSON, its body halved until one push holds it."""
    raw = msgspec.json.encode(message)
    while len(raw) > MAX_PLAINTEXT and message["body"]:
        message["body"] = str(message["body"])[: len(str(message["body"])) // 2]
        raw = msgspec.json.encode(message)
    return raw


def say_contact() -> str:
    """Whom a push host may ask: `WATCHBELL_VAPID_CONTACT`, else the public https address, else a mail address."""
    given = config.setting("VAPID_CONTACT")
    url = config.public_url()
    return given or (url if url.startswith("https:") else f"mailto:watchbell@{urlsplit(url).hostname or 'localhost'}")


Service = WebPush
