"""Calls to record, as both gateways to carriers of calls take them: each rings once, and what was spoken is not lost.

What is said to whoever is called stands here alone, and nothing in a call to record can change it.
"""

import asyncio
import logging
from typing import NamedTuple

from nats.aio.msg import Msg

from watchbell.gateways.sending import Sender
from watchbell.gateways.twilio import is_number
from watchbell.line import clock
from watchbell.line.bus import acknowledge
from watchbell.line.sound import RATE, loudness
from watchbell.line.spool import Memory
from watchbell.wire.base import Malformed, decode
from watchbell.wire.recording import ENDS, MOST_SECONDS, CallToRecord, Recorded, is_call
from watchbell.wire.subjects import is_of, recorded_subject

log = logging.getLogger(__name__)
KEEP_SECONDS = 86400.0
#: So often somebody may begin anew in one call, and so often be silent.
MOST_TAKES, MOST_SILENT = 4, 2
#: So long a quiet ends a recording.
QUIET_SECONDS = 5
#: Sound with so much of it loud has words in it (root mean square of a frame); a click has less.
FRAME, WORDS_LEVEL, LEAST_FRAMES = RATE // 50, 250.0, 20
KEEP_KEY, AGAIN_KEY, END_KEY = "1", "2", "#"
OVER = b"over"


class Words(NamedTuple):
    """What is said in a call to record, in one language. intro: with {seconds}."""

    intro: str
    nothing: str
    ask: str
    kept: str
    goodbye: str


WORDS = {
    "en": Words(
        "Watchbell: record your message after the tone, then press the pound key. You have {seconds} seconds.",
        "We heard nothing.", "Press one to keep it, two to record again.", "It is kept. Goodbye.", "Goodbye.",
    ),
    "es": Words(
        "Watchbell: grabe su mensaje después del tono y luego presione la tecla numeral. Tiene {seconds} segundos.",
        "No escuchamos nada.", "Presione uno para guardarlo, dos para grabar de nuevo.", "Se ha guardado. Adiós.",
        "Adiós.",
    ),
    "fr": Words(
        "Watchbell : enregistrez votre message après le signal, puis appuyez sur dièse. Vous avez {seconds} secondes.",
        "Nous n'avons rien entendu.", "Appuyez sur un pour le garder, sur deux pour recommencer.",
        "C'est enregistré. Au revoir.", "Au revoir.",
    ),
    "pt": Words(
        "Watchbell: grave a sua mensagem após o sinal e depois pressione cerquilha. Você tem {seconds} segundos.",
        "Não ouvimos nada.", "Pressione um para guardar, dois para gravar de novo.", "Está guardado. Adeus.", "Adeus.",
    ),
}  # fmt: skip


def words_in(language: str) -> tuple[Words, str]:
    """(the words, the language they are in): the recording's own where there are some, else English."""
    known = language if language in WORDS else "en"
    return WORDS[known], known


def cut_quiet(sound: bytes) -> bytes:
    """µ-law without the quiet around its words, b"" when there are none."""
    frames = [sound[at : at + FRAME] for at in range(0, len(sound), FRAME)]
    loud = [at for at, frame in enumerate(frames) if loudness(frame) > WORDS_LEVEL]
    if len(loud) < LEAST_FRAMES:
        return b""
    return b"".join(frames[max(0, loud[0] - 8) : loud[-1] + 16])


class Recorder(Sender):
    """A sender that takes calls to record. A protocol implements `record`; it may implement `resume`.

    None of a drill's or a test's rules applies: such a call is of no mode. It rings who has asked for it, says nothing
    but the words above, and plays nothing but what they have spoken themselves; families hear none of it.
    """

    def __init__(self) -> None:
        super().__init__()
        #: By the call's id what is known of it, from before it rings: whoever is in here is never called again.
        self.calls = Memory(self.folder / "recording-calls", KEEP_SECONDS, clock.unix())

    async def record(self, call: CallToRecord) -> None:
        """Rings, and tells how it goes; returns after its end was told."""
        raise NotImplementedError

    async def resume(self, call: CallToRecord) -> None:
        """This process took over from one that ended in mid-call."""
        await self.tell(call, "failed", "The gateway was restarted in the middle of the call. Try again.")

    async def tell(
        self, call: CallToRecord, state: str, because: str = "", sound: bytes = b"", *, is_kept: bool = False
    ) -> None:  # fmt: skip
        """Says how it goes; returns once that is kept. After an end nothing more is said."""
        if self.is_over(call.id):
            return
        told = Recorded(
            id=call.id, district=call.district, gateway=self.name, endpoint=call.endpoint.id, state=state,
            at=clock.unix(), because=because, sound=sound, is_kept=is_kept,
        )  # fmt: skip
        where = recorded_subject(call.district, self.name, call.id)
        await self.send_safely(where, told, f"recorded:{call.id}:{state}:{int(is_kept)}")
        if state in ENDS:
            self.calls.keep(call.id, clock.unix(), OVER)

    def is_over(self, call: str) -> bool:
        known = self.calls.get(call)
        return known is not None and known[1] == OVER

    # -- from the bus ------------------------------------------------------------------------------------------------

    def take_other(self, message: Msg) -> bool:
        call = decode(message.data, CallToRecord)
        if isinstance(call, Malformed) or not self._may_call(call, message.subject):
            return False
        name = f"recording.{call.id}"
        is_here = name in self._held
        self._held[name] = message
        if not is_here:  # beside the lanes: somebody stands at the telephone, and no campaign goes before them
            task = asyncio.create_task(self._work_call(call, name))
            self._beside.add(task)
            task.add_done_callback(self._beside.discard)
        return True

    def _may_call(self, call: CallToRecord, where: str) -> bool:
        is_here = is_of(where, call.district) and call.endpoint.gateway == self.name and is_call(call.id)
        return is_here and self.verifier.is_genuine(call)

    def refuse_call(self, call: CallToRecord) -> str:
        """Why nobody may be called, or ""."""
        entry = self.carriers.get(call.endpoint.id)
        if entry is None or str(entry.get("district") or "") != call.district:
            return f"{call.endpoint.name} is not configured here."
        if not is_number(call.to):
            return "This is not a telephone number with its country code."
        if not 1 <= call.seconds <= MOST_SECONDS:
            return f"A recording by telephone has 1 to {MOST_SECONDS} seconds."
        return "It came after it had expired." if call.expires_at < clock.unix() else ""

    async def _work_call(self, call: CallToRecord, name: str) -> None:
        try:
            if self.calls.get(call.id) is not None:
                if not self.is_over(call.id):
                    await self.resume(call)
            elif because := self.refuse_call(call):
                await self.tell(call, "failed", because)
            else:
                self.calls.keep(call.id, clock.unix(), b"begun")
                await self.record(call)
        except Exception as error:
            log.exception("%s: call to record %s", self.name, call.id)
            await self.tell(call, "failed", f"The gateway failed: {type(error).__name__}.")
        await acknowledge(self._held.pop(name))

    def forget(self) -> None:
        super().forget()
        self.calls.forget(clock.unix())
