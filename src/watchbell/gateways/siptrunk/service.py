"""Calls to families through SIP trunks. Port 5072 for the trunks' requests and responses; a port of its own a call.

Entries: {"endpoint", "name", "district", "site", "test", "host", "port", "transport" ("udp", "tcp"), "user", "domain"
(else the host), "from" (the number shown), "register", "plus" (numbers begin with it), "priority", "per_second",
"lanes", "at_once"}. Secrets: {endpoint: password}. A process of its own, so that no page waits for a campaign.
"""

import asyncio
import logging
from typing import Any

from watchbell.gateways.recording import Recorder
from watchbell.gateways.sending import Sending, body_for
from watchbell.gateways.sip.agent import Agent
from watchbell.gateways.sip.calls import Call, CallFailed
from watchbell.gateways.sip.media import Pump
from watchbell.gateways.sip.transactions import Incoming
from watchbell.gateways.siptrunk.judging import judge_failure
from watchbell.gateways.siptrunk.media import Voice, allow_many_sockets
from watchbell.gateways.siptrunk.recording import Prompts, Recording, Said, make_prompts
from watchbell.gateways.siptrunk.script import NotSpoken, Prompter, Script, Wanted
from watchbell.gateways.siptrunk.textcourse import TextScript, make_text_script
from watchbell.gateways.siptrunk.trunk import Replies, Trunk
from watchbell.gateways.sms.words import read_word
from watchbell.gateways.texttelephone import words_for
from watchbell.gateways.voicecall.batches import Recordings
from watchbell.line import clock, config
from watchbell.line.filling import fill
from watchbell.wire.recording import CallToRecord
from watchbell.wire.status import DeviceStatus
from watchbell.wire.subjects import RECORDINGS, recording_key
from watchbell.wire.tell import Body, Heard, Recipient, Result

log = logging.getLogger(__name__)
DEFAULT_PORT = 5072


#: No call to record is longer, all its takes together.
LONGEST_RECORDING_SECONDS = 900.0


class SipTrunk(Recorder):
    """Takes batches; see `Trunk`. A batch ends when its last call has ended: a killed gateway's calls are "unsure".
    Calls to record are led by `Recording`.
    """

    name = "siptrunk"

    def __init__(self) -> None:
        super().__init__()
        self.agent, self.pump = Agent(), Pump()
        self.prompter = Prompter(self.folder / "speech")
        self.recordings = Recordings(self.folder)
        self.trunks: dict[str, Trunk] = {}
        self._passwords: dict[str, str] = {}

    async def apply(self, entries: list[dict[str, Any]], secrets: dict[str, Any]) -> None:
        self._passwords = {key: str(password) for key, password in secrets.items() if password}
        self.take_carriers(entries)
        if self.agent.port:
            self._make_trunks()

    def _make_trunks(self) -> None:
        """A trunk whose entry is the same stays as it is; calls of one that has changed go on."""
        former, self.trunks = self.trunks, {}
        for key, entry in self.carriers.items():
            password, known = self._passwords.get(key, ""), former.pop(key, None)
            if known is not None and (known.entry, known.password) == (entry, password):
                self.trunks[key] = known
                continue
            trunk = self.trunks[key] = Trunk(entry, password, self.agent, self.pump)
            if known is not None:
                trunk.follow(known)
            trunk.begin()
        for one in former.values():
            one.drop()

    async def start(self) -> None:
        allow_many_sockets()
        await self.agent.start(config.bind(), config.gateway_port(self.name, DEFAULT_PORT))
        self.agent.handlers["INVITE"] = _take_no_call
        self.address = f"{config.bind()}:{self.agent.port}"
        self.pump.start()
        self._make_trunks()

    async def stop(self) -> None:
        await super().stop()
        await asyncio.sleep(0)  # what was cut off hangs up
        await asyncio.gather(*(trunk.stop() for trunk in self.trunks.values()))
        await self.pump.stop()
        await self.agent.stop()
        await self.prompter.stop()

    async def probe(self) -> list[DeviceStatus]:
        """Each trunk by its registration, or by what it says to OPTIONS."""
        trunks = list(self.trunks.values())
        await asyncio.gather(*(trunk.look() for trunk in trunks))
        return [self.status_of(one.entry, one.state, one.because) for one in trunks if one.state != "unknown"]

    def forget(self) -> None:
        super().forget()
        self.prompter.forget()

    # -- batches ------------------------------------------------------------------------------------------------------

    async def send_batch(self, sending: Sending) -> None:
        batch = sending.batch
        trunk = self.trunks.get(batch.endpoint.id)
        if trunk is None:
            sending.blame("down", "The gateway is not ready yet.")
            return
        sounds: dict[str, bytes] = {}
        for body in batch.bodies:
            sound = await self._sound_of(batch.district, body.sound) if body.sound else b""
            if body.sound and not sound and not _words_of(body):
                sending.blame("refuses", "The recording is not here: it was not found under its hash. Save it again.")
                return
            sounds[body.language] = sound

        async def prompt(one: Recipient) -> Script | TextScript:
            if one.is_text_telephone:
                return make_text_script(words_for(batch, one))
            body = body_for(batch, one.language)
            return await self.prompter.script_of(Wanted(
                words=fill(_words_of(body), one.fields), language=body.language, mode=batch.mode,
                sound=sounds[body.language], offers_never=batch.purpose != "emergency",
                has_poll=len(batch.options.get("keys") or {}) > 1,
            ))  # fmt: skip

        async def told(one: Recipient, call: str, key: str, is_never: bool) -> None:
            await self._tell_key(batch.district, batch.endpoint.id, one, call, key, is_never)

        async def typed(one: Recipient, call: str, text: str) -> None:
            await self._tell_typed(batch.district, batch.endpoint.id, one, call, text)

        await trunk.send(sending, prompt, Replies(told, typed))

    # -- calls to record ----------------------------------------------------------------------------------------------

    async def record(self, call: CallToRecord) -> None:
        trunk = self.trunks.get(call.endpoint.id)
        if trunk is None:
            await self.tell(call, "failed", "The gateway is not ready yet. Try again.")
            return
        try:
            prompts = await make_prompts(self.prompter, call.language, call.seconds)
            await self.tell(call, "calling")
            async with asyncio.timeout(LONGEST_RECORDING_SECONDS):
                has_sound = await trunk.talk_with(call.to, lambda live, voice: self._lead(call, prompts, live, voice))
            if not has_sound:
                await self.tell(call, "failed", "It answered without sound that can be reached.")
        except NotSpoken as error:
            await self.tell(call, "failed", str(error))
        except CallFailed as error:
            verdict = judge_failure(error)
            is_end = verdict.state in ("busy", "no_answer")
            await self.tell(call, verdict.state if is_end else "failed", verdict.because)
        except TimeoutError:
            await self.tell(call, "failed", "The call lasted too long.")
        except OSError as error:
            await self.tell(call, "failed", f"{trunk.name} cannot be reached ({type(error).__name__}).")

    async def _lead(self, call: CallToRecord, prompts: Prompts, live: Call, voice: Voice) -> bool:
        async def tell(said: Said) -> None:
            await self.tell(call, said.state, sound=said.sound, is_kept=said.is_kept)

        await self.tell(call, "answered")
        await Recording(live, voice, prompts, call.seconds, tell).run()
        return True

    # -- what both take ------------------------------------------------------------------------------------------------

    async def _sound_of(self, district: str, digest: str) -> bytes:
        if not self.recordings.has(digest):
            sound = await self.bus.read_key(RECORDINGS, recording_key(district, digest)) if self.bus.is_up else b""
            if not self.recordings.keep(digest, sound):
                return b""
        return self.recordings.read(self.recordings.name_of(digest))

    async def _tell_key(
        self, district: str, endpoint: str, one: Recipient, call: str, key: str, is_never: bool
    ) -> None:  # fmt: skip
        for kind in ("key", "opt_out") if is_never else ("key",):
            await self.publish_heard(Heard(
                id=f"{call}-{kind}-{key}", district=district, gateway=self.name, endpoint=endpoint, kind=kind,
                at=clock.unix(), channel="voice", sender=one.to, delivery=one.id, text=key,
            ))  # fmt: skip

    async def _tell_typed(self, district: str, endpoint: str, one: Recipient, call: str, text: str) -> None:
        """What a text telephone typed back: a reply, and a wish where it is the word for one."""
        word = read_word(text)
        for kind in ("reply", word) if word in ("opt_out", "opt_in") else ("reply",):
            await self.publish_heard(Heard(
                id=f"{call}-{kind}", district=district, gateway=self.name, endpoint=endpoint, kind=kind,
                at=clock.unix(), channel="voice", sender=one.to, delivery=one.id, text=text,
            ))  # fmt: skip

    def keep_ref(self, endpoint: str, result: Result) -> None:
        """Nothing is reported of a call once it is over."""


def _words_of(body: Body) -> str:
    return body.spoken or body.text or body.short


async def _take_no_call(incoming: Incoming) -> None:
    """Somebody calls the number back that was shown: nobody is there."""
    incoming.answer(480)


Service = SipTrunk
