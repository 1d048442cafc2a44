"""Turns text into mu-law speech in a process of its own: eSpeak NG is loaded here and nowhere else.

`python -m watchbell.gateways.rtppaging.speech LANGUAGE PATH < text` writes PATH whole or not at all.
"""

import array
import ctypes
import os
import sys
from pathlib import Path

import espeakng_loader

from watchbell.gateways.rtppaging.audio import encode_mulaw, make_loud, resample

_RETRIEVE_SYNCHRONOUSLY = 2
_CHARACTERS_UTF8 = 1
_RATE, _PITCH, _WORD_GAP = 1, 3, 7
WORDS_PER_MINUTE = 150
VOICES = {"en": b"en-us", "es": b"es-419"}
MAX_CHARACTERS = 1000
MAX_SECONDS = 90


class SpeechFailed(Exception):
    """The speech engine could not say this."""


def speak(text: str, language: str) -> "tuple[array.array[int], int]":
    """The 16-bit samples of `text` spoken in `language` ("en", "es"), and their rate; raises SpeechFailed."""
    engine = ctypes.CDLL(espeakng_loader.get_library_path())
    rate = engine.espeak_Initialize(
        _RETRIEVE_SYNCHRONOUSLY, 0, str(Path(espeakng_loader.get_data_path()).parent).encode(), 0
    )
    if rate <= 0:
        raise SpeechFailed(f"The speech engine does not start ({rate}).")
    spoken = array.array("h")
    kind = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p)

    def hear(samples: "ctypes._Pointer[ctypes.c_short]", count: int, _events: int) -> int:
        if samples and count > 0:
            spoken.frombytes(ctypes.string_at(samples, count * 2))
        return int(len(spoken) > MAX_SECONDS * rate)

    callback = kind(hear)
    engine.espeak_SetSynthCallback(callback)
    if engine.espeak_SetVoiceByName(VOICES.get(language, b"en-us")) != 0:
        raise SpeechFailed(f"No voice for {language}.")
    for parameter, value in ((_RATE, WORDS_PER_MINUTE), (_PITCH, 42), (_WORD_GAP, 2)):
        engine.espeak_SetParameter(parameter, value, 0)
    raw = text[:MAX_CHARACTERS].encode()
    engine.espeak_Synth(raw, ctypes.c_size_t(len(raw) + 1), 0, 1, 0, _CHARACTERS_UTF8, None, None)
    engine.espeak_Synchronize()
    if not spoken:
        raise SpeechFailed("Nothing was said.")
    return spoken, rate


def render_speech(text: str, language: str) -> bytes:
    """`text` as mu-law at 8 kHz; raises SpeechFailed."""
    samples, rate = speak(text, language)
    loudest = max(abs(sample) for sample in samples)
    quiet = loudest // 100
    first = next(at for at, sample in enumerate(samples) if abs(sample) > quiet)
    last = next(at for at in range(len(samples) - 1, -1, -1) if abs(samples[at]) > quiet)
    return encode_mulaw(make_loud(resample(samples[first : last + 1], rate)))


def main() -> int:
    """Reads the text from stdin; exit 1 with the reason on stderr."""
    language, path = sys.argv[1], Path(sys.argv[2])
    try:
        sound = render_speech(sys.stdin.buffer.read(4 * MAX_CHARACTERS).decode("utf-8", "replace"), language)
    except (SpeechFailed, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    temporary.write_bytes(sound)
    os.replace(temporary, path)
    return 0


if __name__ == "__main__":
    sys.exit(main())
