"""Posts to the district's own Facebook Page and X account. No port: it only calls the networks.

Entries: {"endpoint", "name", "district", "site", "test", "network" ("facebook" or "x"), "account" (page id, user id),
"url" (API base), "per_second", "lanes"}; secrets: {endpoint: access token}.

A recipient is the account. Its fields, else the batch's options: "page" or "link" (where the truth stands),
"replaces_ref" (the carrier's name of an earlier post: it is edited at Facebook, answered at X), "take_back" ("1": that
earlier post is taken away). A thread's ref is its posts' ids with commas between.
"""

import asyncio
from typing import Any
from urllib.parse import quote

import aiohttp

from watchbell.gateways.sending import Sender, Sending, body_for
from watchbell.gateways.social.codec import Answer, Fault, Posted, read_facebook, read_x
from watchbell.line import clock
from watchbell.line.filling import fill
from watchbell.line.posts import clean, render_post, split_post
from watchbell.wire.base import Malformed
from watchbell.wire.status import DeviceStatus
from watchbell.wire.tell import Recipient, Result

TIMEOUT_SECONDS = 10.0
PROBE_SECONDS = 5.0
RENEW = "renew it under Equipment, {name}"


class NotReached(Exception):
    """No byte of a request has gone out."""


class Social(Sender):
    """Batches of channel "post": one message is one account's post."""

    name = "social"

    def __init__(self) -> None:
        super().__init__()
        self._tokens: dict[str, str] = {}
        self._closed: dict[str, tuple[float, str]] = {}
        self._http: aiohttp.ClientSession | None = None

    async def apply(self, entries: list[dict[str, Any]], secrets: dict[str, Any]) -> None:
        self.take_carriers(entries)
        self._tokens = {key: str(token) for key, token in secrets.items() if token}

    async def start(self) -> None:
        self._http = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=TIMEOUT_SECONDS))

    async def stop(self) -> None:
        await super().stop()
        if self._http is not None:
            await self._http.close()

    # -- proof of life -----------------------------------------------------------------------------------------------

    async def probe(self) -> list[DeviceStatus]:
        """Each account is read by its token: nothing is posted."""
        return list(await asyncio.gather(*(self._probe_one(key, entry) for key, entry in self.carriers.items())))

    async def _probe_one(self, key: str, entry: dict[str, Any]) -> DeviceStatus:
        if not self._tokens.get(key):
            return self.status_of(entry, "trouble", "No access token is configured.")
        path = (
            f"/{quote(str(entry.get('account')))}?fields=id,name" if entry["network"] == "facebook" else "/2/users/me"
        )
        try:
            async with asyncio.timeout(PROBE_SECONDS):
                found = await self._ask("GET", key, entry, path)
        except (aiohttp.ClientError, NotReached, ValueError) as error:
            return self.status_of(entry, "silent", f"It cannot be reached ({type(error).__name__}).")
        except TimeoutError:
            return self.status_of(entry, "silent", "It did not answer.")
        if isinstance(found, Fault) and found.kind == "token":
            return self.status_of(entry, "trouble", self._say_token(entry, found))
        until, why = self._closed.get(key, (0.0, ""))
        if until > clock.unix():
            return self.status_of(entry, "trouble", why)
        if isinstance(found, Fault) and found.kind == "down":
            return self.status_of(entry, "trouble", f"{found.because}.")
        return self.status_of(entry, "online")

    # -- posting -----------------------------------------------------------------------------------------------------

    async def send_batch(self, sending: Sending) -> None:
        key, entry = sending.batch.endpoint.id, sending.entry
        if not self._tokens.get(key):
            sending.blame("refuses", f"{entry.get('name')}: no access token is configured.")
            return
        if entry.get("network") not in ("facebook", "x") or sending.batch.channel != "post":
            sending.blame("refuses", f"{entry.get('name')} takes posts only.")
            return
        for one in sending.todo:
            until, why = self._closed.get(key, (0.0, ""))
            if until > clock.unix():
                sending.blame("slow", why)
                return
            await sending.pace.take()
            if not await self._send_one(sending, key, one):
                return

    async def _send_one(self, sending: Sending, key: str, one: Recipient) -> bool:
        """False when the carrier is in trouble and the rest waits."""
        entry = sending.entry
        told = {**sending.batch.options, **one.fields}
        earlier = [ref for ref in str(told.get("replaces_ref") or "").split(",") if ref]
        sending.begin([one])
        try:
            if told.get("take_back"):
                result, fault = await self._take_back(key, entry, one, earlier)
            else:
                texts = self._texts(sending, one, told)
                result, fault = await self._post(key, entry, one, texts, earlier)
        except NotReached as error:
            fault = Fault(kind="down", because=f"{entry.get('name')} cannot be reached ({error})")
            result = self._later(one, fault)
        sending.tell(result)
        return fault is None or self._blame(sending, key, fault)

    def _texts(self, sending: Sending, one: Recipient, told: dict[str, Any]) -> list[str]:
        body = body_for(sending.batch, one.language)
        link = str(told.get("page") or told.get("link") or "")
        fields = {**one.fields, "link": link}
        network = str(sending.entry["network"])
        short = clean(fill(body.short or body.text, fields))
        return split_post(network, render_post(network, fill(body.subject, fields), short, link))

    async def _post(
        self, key: str, entry: dict[str, Any], one: Recipient, texts: list[str], earlier: list[str]
    ) -> tuple[Result, Fault | None]:
        if entry["network"] == "facebook":
            answer = await self._post_facebook(key, entry, texts[0], earlier)
            return self._judge(one, answer, earlier[0] if earlier else "")
        refs: list[str] = []
        for number, text in enumerate(texts, 1):
            before = refs[-1] if refs else earlier[0] if earlier else ""
            body: dict[str, Any] = {"text": text}
            if before:
                body["reply"] = {"in_reply_to_tweet_id": before}
            answer = await self._ask("POST", key, entry, "/2/tweets", json=body)
            if isinstance(answer, Fault) and answer.kind == "gone" and not refs:  # what it corrects is gone
                body.pop("reply", None)
                answer = await self._ask("POST", key, entry, "/2/tweets", json=body)
            if not isinstance(answer, Posted):
                result, fault = self._judge(one, answer, "")
                if not refs:
                    return result, fault
                why = f"Only {number - 1} of {len(texts)} parts were posted: {result.because}"
                return Result(one.id, "sent", clock.unix(), why, ",".join(refs), result.code), fault
            refs.append(answer.id)
        return Result(one.id, "sent", clock.unix(), ref=",".join(refs)), None

    async def _post_facebook(self, key: str, entry: dict[str, Any], text: str, earlier: list[str]) -> Answer:
        if earlier:
            answer = await self._ask("POST", key, entry, f"/{quote(earlier[0])}", data={"message": text})
            if not (isinstance(answer, Fault) and answer.kind == "gone"):
                return answer
        return await self._ask("POST", key, entry, f"/{quote(str(entry['account']))}/feed", data={"message": text})

    async def _take_back(
        self, key: str, entry: dict[str, Any], one: Recipient, earlier: list[str]
    ) -> tuple[Result, Fault | None]:
        """The last of a thread first: what is left meanwhile still begins at its beginning."""
        result = Result(one.id, "sent", clock.unix(), "" if earlier else "There is no post to take away.")
        for ref in reversed(earlier):
            path = f"/{quote(ref)}" if entry["network"] == "facebook" else f"/2/tweets/{quote(ref)}"
            answer = await self._ask("DELETE", key, entry, path)
            if isinstance(answer, Fault) and answer.kind == "gone":
                continue
            result, fault = self._judge(one, answer, ref)
            if not isinstance(answer, Posted):
                return result, fault
        return result, None

    def _judge(self, one: Recipient, answer: Answer, ref: str) -> tuple[Result, Fault | None]:
        now = clock.unix()
        if isinstance(answer, Posted):
            return Result(one.id, "sent", now, ref=answer.id or ref), None
        if isinstance(answer, Malformed):
            return Result(one.id, "unsure", now, answer.because), Fault(kind="down", because=answer.because)
        if answer.kind == "duplicate":
            return Result(one.id, "sent", now, f"{answer.because}: not posted again.", ref, answer.code), None
        if answer.kind in ("refused", "gone"):
            return Result(one.id, "failed", now, f"{answer.because}.", "", answer.code), None
        return self._later(one, answer), answer

    def _later(self, one: Recipient, fault: Fault) -> Result:
        return Result(one.id, "later", clock.unix(), f"{fault.because}.", "", fault.code)

    def _blame(self, sending: Sending, key: str, fault: Fault) -> bool:
        name = sending.entry.get("name")
        if fault.kind == "token":
            sending.blame("refuses", self._say_token(sending.entry, fault))
        elif fault.kind == "limit":
            until = clock.unix() + fault.wait_seconds
            why = f"{name}: {fault.because}; again at {clock.moment(until):%H:%M} UTC."
            self._closed[key] = until, why
            sending.blame("slow", why)
        else:
            sending.blame("down", f"{fault.because.rstrip('.')}.")
        return False

    def _say_token(self, entry: dict[str, Any], fault: Fault) -> str:
        return f"{fault.because}: {RENEW.format(name=entry.get('name'))}."

    async def _ask(self, method: str, key: str, entry: dict[str, Any], path: str, **body: Any) -> Answer:
        """One request. Raises NotReached when nothing went out, ClientError or TimeoutError when that is not known."""
        assert self._http is not None
        url = str(entry.get("url") or "").rstrip("/") + path
        headers = {"Authorization": f"Bearer {self._tokens.get(key, '')}"}
        try:
            async with self._http.request(
                method, url, headers=headers, allow_redirects=False, **body
            ) as answer:  # fmt: skip
                raw, status = await answer.read(), answer.status
                told = {name.lower(): value for name, value in answer.headers.items()}
        except (aiohttp.ClientConnectorError, aiohttp.InvalidURL) as error:
            raise NotReached(type(error).__name__) from error
        except aiohttp.ClientError as error:
            raise ConnectionError(type(error).__name__) from error
        if entry["network"] == "facebook":
            return read_facebook(status, raw, told)
        return read_x(status, raw, told, clock.unix())


Service = Social
