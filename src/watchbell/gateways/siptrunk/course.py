"""One call from the moment it is answered: who is there, what is played to them, which key they press, how it ends."""

import asyncio
from collections.abc import Awaitable, Callable, Collection

import msgspec

from watchbell.gateways.sip.calls import Call
from watchbell.gateways.siptrunk.ear import Ear
from watchbell.gateways.siptrunk.media import Voice, hear_call
from watchbell.gateways.siptrunk.script import Script
from watchbell.gateways.voicecall.codec import NEVER_DIGIT

#: No call is longer.
LONGEST_SECONDS = 300.0
MOST_REPEATS = 3
#: Who hangs up before so much of the message was played has not heard it.
HEARD_SECONDS = 1.0
#: A beep so late after a person has answered is none of a machine's.
BEEP_WATCH_SECONDS = 25.0

#: Gets the key, and whether it means "never again".
Pressed = Callable[[str, bool], Awaitable[None]]


class Ended(msgspec.Struct, frozen=True, kw_only=True):
    """How a call that was answered ended. state: "answered", "machine", "no_answer" or "failed"."""

    state: str
    because: str = ""
    is_bad_address: bool = False
    key: str = ""


class Course:
    """Plays `script` to whoever has answered. keys: what may be pressed; another key has it all said again."""

    def __init__(self, call: Call, voice: Voice, script: Script, keys: Collection[str], pressed: Pressed) -> None:
        self._call, self._voice, self._script, self._keys, self._pressed = call, voice, script, keys, pressed
        self._events: asyncio.Queue[str] = asyncio.Queue()
        self._is_machine = self._is_leaving = self._has_begun = False
        self._repeats = 0
        self._key = ""

    async def run(self) -> Ended:
        """Ends when the call has ended; it hangs up by itself."""
        tell = self._events.put_nowait
        self._voice.ear = Ear(tell)
        hear_call(self._call, self._voice, tell)
        try:
            async with asyncio.timeout(LONGEST_SECONDS):
                while (ended := await self._take(await self._events.get())) is None:
                    pass
        except TimeoutError:
            ended = self._judge("It lasted too long.")
        await self._call.hang_up()
        return ended

    async def _take(self, event: str) -> Ended | None:
        what, _, key = event.partition(" ")
        if what == "gone":
            return self._judge_gone()
        if what == "key":
            await self._take_key(key)
        elif self._key:
            return self._judge() if what == "over" else None
        elif what == "fax":
            return Ended(state="failed", because="A fax machine answered.", is_bad_address=True)
        elif what == "person":
            self._begin()
        elif what == "machine":
            self._is_machine = True
            self._voice.hush()
        elif what == "ready":
            self._is_leaving = True
            self._voice.ear = None
            self._voice.play(self._script.message, self._tell_over)
        elif what == "over":
            return self._judge()
        return None

    def _tell_over(self) -> None:
        self._events.put_nowait("over")

    def _begin(self) -> None:
        self._has_begun = True
        self._voice.play(self._script.whole, self._tell_over)
        asyncio.get_running_loop().call_later(BEEP_WATCH_SECONDS, self._stop_listening)

    def _stop_listening(self) -> None:
        if not self._is_machine:
            self._voice.ear = None

    async def _take_key(self, key: str) -> None:
        is_never = key == NEVER_DIGIT
        if self._key:
            return
        if key not in self._keys and not is_never:
            if self._repeats < MOST_REPEATS:
                self._repeats += 1
                self._voice.ear = None  # a machine presses nothing
                self._is_machine = False
                self._begin()
            return
        self._key, self._voice.ear = key, None
        means_never = is_never and key not in self._keys
        self._voice.play(self._script.never if means_never else self._script.thanks, self._tell_over)
        await self._pressed(key, means_never)

    def _judge(self, because: str = "") -> Ended:
        if self._is_machine and not self._key:
            return Ended(state="machine", because=because)
        return Ended(state="answered", because=because, key=self._key)

    def _judge_gone(self) -> Ended:
        """They hung up."""
        heard = self._voice.played / 50
        if not self._key and heard < HEARD_SECONDS:
            who = "The answering machine" if self._is_machine else "Whoever answered"
            return Ended(state="no_answer", because=f"{who} hung up before the message.")
        is_cut = self._is_machine and self._is_leaving and heard < self._script.message.seconds - HEARD_SECONDS
        return self._judge("The answering machine hung up before the message was over." if is_cut else "")
