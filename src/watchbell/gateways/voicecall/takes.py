"""Recordings in Twilio-shaped calls: TwiML that records and plays back, what is told of one, its media; total."""

import array
import re
import struct
import sys
from xml.sax.saxutils import escape, quoteattr  # only writes

import msgspec

from watchbell.gateways.recording import QUIET_SECONDS
from watchbell.gateways.twilio import Pairs, read_code, read_object
from watchbell.gateways.voicecall.codec import VOICES
from watchbell.line.sound import RATE, decode_mulaw, encode_mulaw, resample
from watchbell.wire.base import Malformed

_PCM, _MULAW = 1, 7
_RATES = (8000, 11025, 16000, 22050, 24000, 32000, 44100, 48000)
KEY_SECONDS = 6
_SID = r"RE[0-9a-zA-Z]{8,64}"


class Media(msgspec.Struct, frozen=True, kw_only=True):
    """What is told of a recording: by Record's action (status "") or by its status callback ("completed", "absent").

    digits: the key that ended it, "hangup" when they hung up. error: why there is none (16101 too short, 16102 silent).
    """

    sid: str
    call: str
    status: str = ""
    digits: str = ""
    seconds: int = 0
    error: int = 0


def _say(words: str, language: str) -> str:
    return f"<Say language={quoteattr(VOICES.get(language, 'en-US'))}>{escape(words)}</Say>"


def _document(*verbs: str) -> str:
    return f'<?xml version="1.0" encoding="UTF-8"?><Response>{"".join(verbs)}</Response>'


def build_record(words: str, language: str, seconds: int, action: str, callback: str, nothing: str) -> str:
    """Says `words`, then records: what was recorded is posted to `action`, word of its media to `callback`; who is
    silent goes on at `nothing` (an empty recording never reaches the action)."""
    record = (
        f'<Record maxLength="{seconds}" timeout="{QUIET_SECONDS}" finishOnKey="#" playBeep="true" trim="trim-silence" '
        f'method="POST" action={quoteattr(action)} recordingStatusCallback={quoteattr(callback)} '
        f'recordingStatusCallbackMethod="POST" recordingStatusCallbackEvent="completed absent"/>'
    )
    return _document(_say(words, language), record, f'<Redirect method="POST">{escape(nothing)}</Redirect>')


def build_question(ask: str, goodbye: str, language: str, action: str, sound: str = "") -> str:
    """Plays the recording at the address `sound`, and asks what becomes of it, three times; then says goodbye."""
    play = f"<Play>{escape(sound)}</Play>" if sound else ""
    gathers = [
        f'<Gather input="dtmf" numDigits="1" timeout="{KEY_SECONDS}" method="POST" action={quoteattr(action)}>'
        f"{first}{_say(ask, language)}</Gather>"
        for first in (play, "", "")
    ]
    return _document(*gathers, _say(goodbye, language), "<Hangup/>")


def build_end(words: str, language: str) -> str:
    """Says it and hangs up."""
    return _document(_say(words, language), "<Hangup/>")


def parse_media(form: Pairs) -> Media | Malformed:
    """What Record's action or the recording's status callback says."""
    fields = dict(form)
    sid, call, seconds = (fields.get(name, "") for name in ("RecordingSid", "CallSid", "RecordingDuration"))
    if not re.fullmatch(_SID, sid) or not re.fullmatch(r"CA[0-9a-zA-Z]{8,64}", call):
        return Malformed(because="RecordingSid or CallSid is missing.")
    return Media(
        sid=sid, call=call, status=fields.get("RecordingStatus", "")[:20], digits=fields.get("Digits", "")[:20],
        seconds=int(seconds) if seconds.isascii() and seconds.isdigit() and len(seconds) < 6 else 0,
        error=read_code(fields.get("ErrorCode")),
    )  # fmt: skip


def parse_recordings(raw: bytes) -> list[str] | Malformed:
    """The recordings of a call as the carrier lists them, by their names, the newest first."""
    found = read_object(raw)
    if isinstance(found, Malformed):
        return found
    listed = found.get("recordings")
    rows = [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
    sids = [one.get("sid") for one in rows if one.get("status", "completed") != "absent"]
    return [one for one in sids if isinstance(one, str) and re.fullmatch(_SID, one)]


def build_pcm(sound: bytes) -> bytes:
    """µ-law as the WAV file a carrier hands over: 16-bit PCM."""
    samples = decode_mulaw(sound)
    if sys.byteorder == "big":
        samples.byteswap()
    body = struct.pack("<4sIHHIIHH", b"fmt ", 16, _PCM, 1, RATE, 2 * RATE, 2, 16)
    body += struct.pack("<4sI", b"data", 2 * len(samples)) + samples.tobytes()
    return struct.pack("<4sI4s", b"RIFF", 4 + len(body), b"WAVE") + body


def read_sound(raw: bytes) -> bytes | Malformed:
    """A carrier's WAV file (16-bit PCM or µ-law) as µ-law at 8 kHz, mono. A length that is not true is not believed."""
    if len(raw) < 12 or raw[:4] != b"RIFF" or raw[8:12] != b"WAVE":
        return Malformed(because="The carrier's recording is no WAV file.", raw=raw[:64])
    shape: tuple[int, ...] = ()
    at = 12
    while at + 8 <= len(raw):
        name, length = raw[at : at + 4], int.from_bytes(raw[at + 4 : at + 8], "little")
        if name == b"fmt " and at + 24 <= len(raw):
            shape = struct.unpack_from("<HHIIHH", raw, at + 8)
        if name == b"data":
            return _read_samples(shape, raw[at + 8 : at + 8 + length])
        at += 8 + length + length % 2
    return Malformed(because="The carrier's recording holds no sound.", raw=raw[:64])


def _read_samples(shape: tuple[int, ...], sound: bytes) -> bytes | Malformed:
    kind, channels, rate, _, _, bits = shape or (0,) * 6
    if (kind, bits, channels, rate) == (_MULAW, 8, 1, RATE):
        return sound
    if (kind, bits) != (_PCM, 16) or channels not in (1, 2) or rate not in _RATES:
        return Malformed(because=f"The carrier's recording has a format that is not known ({kind}, {bits} bits).")
    samples = array.array("h", sound[: len(sound) - len(sound) % 2])
    if sys.byteorder == "big":
        samples.byteswap()
    mono = samples if channels == 1 else [(a + b) // 2 for a, b in zip(samples[::2], samples[1::2], strict=False)]
    return encode_mulaw(resample(mono, rate))
