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
#: language → the engine's voice. Languages that schools ask for and the engine has.
VOICES = {
    "en": b"en-us", "es": b"es-419", "ar": b"ar", "am": b"am", "de": b"de", "fa": b"fa", "fr": b"fr", "ht": b"ht",
    "hi": b"hi", "it": b"it", "ja": b"ja", "ko": b"ko", "my": b"my", "pl": b"pl", "pt": b"pt-br", "ru": b"ru",
    "sw": b"sw", "uk": b"uk", "ur": b"ur", "vi": b"vi", "zh": b"cmn",
}  # fmt: skip
MAX_CHARACTERS = 1000
MAX_SECONDS = 90


class SpeechFailed(Exception):
    """The speech engine could not say this."""


def speak(text: str, language: str) -> "tuple[array.array[int], int]":
    """The 16-bit samples of `text` spoken in `language` (one of VOICES), and their rate; raises SpeechFailed."""
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


def as_mulaw(samples: "array.array[int]", rate: int) -> bytes:
    """Spoken samples without the quiet before and after, loud, as mu-law at 8 kHz. Raises SpeechFailed for silence."""
    loudest = max((abs(sample) for sample in samples), default=0)
    if not loudest:
        raise SpeechFailed("Nothing was said.")
    quiet = loudest // 100
    first = next(at for at, sample in enumerate(samples) if abs(sample) > quiet)
    last = next(at for at in range(len(samples) - 1, -1, -1) if abs(samples[at]) > quiet)
    return encode_mulaw(make_loud(resample(samples[first : last + 1], rate)))


def render_speech(text: str, language: str) -> bytes:
    """`text` as mu-law at 8 kHz; raises SpeechFailed."""
    return as_mulaw(*speak(text, language))


def write_whole(path: Path, sound: bytes) -> None:
    """Puts `sound` at `path`, whole or not at all."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    temporary.write_bytes(sound)
    os.replace(temporary, path)


def main() -> int:
    """Reads the text from stdin; exit 1 with the reason on stderr."""
    language, path = sys.argv[1], Path(sys.argv[2])
    try:
        sound = render_speech(sys.stdin.buffer.read(4 * MAX_CHARACTERS).decode("utf-8", "replace"), language)
    except (SpeechFailed, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    write_whole(path, sound)
    return 0


if __name__ == "__main__":
    sys.exit(main())
