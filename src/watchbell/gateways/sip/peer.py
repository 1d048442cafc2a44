"""Plays a telephone system: a registrar with telephones and speakers that answer by themselves and record, a page
group, and people who dial codes."""

import asyncio
import contextlib
import wave
from collections.abc import Callable
from pathlib import Path
from typing import Any

from watchbell.gateways.rtppaging.audio import cut_frames, decode_mulaw, loudness, tone
from watchbell.gateways.sip.addresses import build_uri, parse_address, parse_uri
from watchbell.gateways.sip.agent import Agent, Credentials, find_hop
from watchbell.gateways.sip.calls import Call, CallFailed, Ring, answer_call, place_call
from watchbell.gateways.sip.media import Programme, Pump, decode_alaw
from watchbell.gateways.sip.transactions import Incoming
from watchbell.gateways.sip.transport import Hop
from watchbell.line import clock, ids
from watchbell.line.digest import Challenge, build_challenge, is_right
from watchbell.wire.base import Malformed

Heard = Callable[[dict[str, Any]], None]


class Pbx:
    """`heard` gets {"at", "to", "body": {"what": "page_started"|"page_stopped"|"confirmed", …}, "raw"}.

    faults: user → "busy", "refuses", "silent", "unknown" or "rings"; "*" fits every user. Port 0 takes any.
    """

    def __init__(
        self, heard: Heard, port: int = 0, *, accounts: dict[str, str] | None = None, algorithm: str = "MD5",
        name: str = "PBX", has_auto_answer: bool = True,
    ) -> None:  # fmt: skip
        self.name, self._heard, self._wanted_port = name, heard, port
        self.agent, self.pump = Agent(), Pump()
        self.accounts = accounts or {}
        self.algorithm = algorithm
        self.has_auto_answer = has_auto_answer
        self.contacts: dict[str, str] = {}
        self.calls: list[Call] = []
        self.faults: dict[str, str] = {}
        self.invites: list[Incoming] = []
        self._nonce = ids.new_id().hex

    @property
    def port(self) -> int:
        return self.agent.port

    async def start(self) -> None:
        self.agent.handlers |= {"INVITE": self._take_invite, "REGISTER": self._take_register}
        await self.agent.start("127.0.0.1", self._wanted_port)
        self.pump.start()

    async def stop(self) -> None:
        await self.pump.stop()
        await self.agent.stop()

    def fail(self, how: str, seconds: float) -> None:
        """Every telephone fails for a while: "silent", "refuses"."""
        self.faults["*"] = {"slow": "rings", "garbles": "unknown"}.get(how, how)
        asyncio.get_running_loop().call_later(seconds, self.faults.pop, "*", None)

    # -- registrar ---------------------------------------------------------------------------------------------

    async def _take_register(self, incoming: Incoming) -> None:
        request = incoming.request
        to = parse_address(request.first("to"))
        user = "" if isinstance(to, Malformed) else to.user
        if self.faults.get("*") == "silent":
            return
        challenge = Challenge(realm=self.name, nonce=self._nonce, algorithm=self.algorithm, has_auth=True)
        if user in self.accounts:
            given = request.first("authorization")
            if not given:
                incoming.answer(401, [("www-authenticate", build_challenge(challenge))])
                return
            if not is_right(given, challenge, self.accounts[user], "REGISTER"):
                incoming.answer(403)
                return
        contact = parse_address(request.first("contact"))
        expires = request.first("expires") or "3600"
        if expires == "0" or isinstance(contact, Malformed):
            self.contacts.pop(user, None)
        else:
            self.contacts[user] = contact.uri
        incoming.answer(200, [("contact", f"{request.first('contact')};expires={expires}"), ("expires", expires)])

    # -- telephones that are called ----------------------------------------------------------------------------

    async def _take_invite(self, incoming: Incoming) -> None:
        self.invites.append(incoming)
        to = parse_address(incoming.request.first("to"))
        user = "" if isinstance(to, Malformed) else to.user
        fault = self.faults.get(user) or self.faults.get("*")
        if fault == "silent":
            return
        incoming.answer(100)
        if fault in ("busy", "refuses", "unknown"):
            incoming.answer({"busy": 486, "refuses": 603, "unknown": 404}[fault])
            return
        incoming.answer(180)
        is_automatic = "answer-after=0" in " ".join(incoming.request.every("call-info"))
        if fault == "rings" or (self.has_auto_answer and not is_automatic):
            return  # nobody picks up
        call = await answer_call(self.agent, incoming)
        if call is None:
            return
        call.stream.is_recording = True
        self.calls.append(call)
        self._tell(user, "page_started", {"call": call.call_id}, incoming)
        await call.ended.wait()
        self._tell(user, "page_stopped", {"call": call.call_id, **summary(call)}, incoming)

    def _tell(self, user: str, what: str, more: dict[str, Any], incoming: Incoming) -> None:
        raw = incoming.request.first("call-info")
        self._heard({"at": clock.unix(), "to": user, "body": {"what": what, **more}, "raw": raw})

    # -- people who call ---------------------------------------------------------------------------------------

    async def dial(
        self, extension: str, number: str, *, account: str = "watchbell", name: str = "", seconds: float = 8.0,
        to: str = "",
    ) -> dict[str, Any]:  # fmt: skip
        """`extension` dials `number`, which is routed to where `account` has registered (or to the address `to`).

        {"answer": SIP status, "because", "heard_seconds", "loudness", "sound"}; waits until the other side hangs up.
        """
        contact = to or self.contacts.get(account)
        if contact is None:
            return {"answer": 480, "because": f"{account} has not registered"}
        found = await _hop_of(contact)
        identity = (
            "p-asserted-identity",
            f'"{name or "Extension " + extension}" <{build_uri(extension, "127.0.0.1")}>',
        )
        ring = Ring(
            to=build_uri(number, found.host, found.port), caller=extension, caller_name=name or f"Ext. {extension}",
            proxy=found, is_auto_answer=False, ring_seconds=seconds + 8, more=(identity,),
        )  # fmt: skip
        try:
            call = await place_call(self.agent, ring)
        except CallFailed as error:
            return {"answer": error.status, "because": str(error)}
        call.stream.is_recording = True
        call.stream.playing = Programme(cut_frames(tone((440.0,), 0.5, 300)), 0)
        self.pump.add(call.stream)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(call.ended.wait(), seconds)
        self.pump.remove(call.stream)
        await call.hang_up()
        told = {"answer": 200, "because": call.because, **summary(call)}
        self._heard({"at": clock.unix(), "to": extension, "body": {"what": "confirmed", **told}, "raw": number})
        return told

    def save_wav(self, path: Path, number: int = -1) -> None:
        """What a call heard, as a WAV file."""
        stream = self.calls[number].stream
        samples = decode_mulaw(bytes(stream.sound)) if stream.codec == "PCMU" else decode_alaw(bytes(stream.sound))
        with wave.open(str(path), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(8000)
            file.writeframes(samples.tobytes())


async def _hop_of(contact: str) -> Hop:
    found = parse_uri(contact)
    if isinstance(found, Malformed):
        raise OSError(f"{contact} is no address")
    return await find_hop(found)


def summary(call: Call) -> dict[str, Any]:
    """What a call heard, in numbers."""
    sound = bytes(call.stream.sound)
    gaps = [later - earlier for earlier, later in zip(call.stream.arrivals, call.stream.arrivals[1:], strict=False)]
    return {
        "heard_seconds": round(len(sound) / 8000, 2), "packets": call.stream.heard,
        "first_heard_at": call.stream.first_heard_at, "longest_gap_ms": round(max(gaps, default=0.0) * 1000, 1),
        "loudness": round(loudness(sound)) if call.stream.codec == "PCMU" else 0,
    }  # fmt: skip


__all__ = ["Credentials", "Pbx", "summary"]
