"""Text telephones (TTY, TDD): text as tones, and tones as text; total both ways.

The 5-bit mode of ITU-T V.18 (11/2000) Annex A, which is ANSI/TIA-825-A "A Frequency Shift Keyed Modem for Use on the
Public Switched Telephone Network": 45.45 baud (a bit is 22.00 ms, ±0.40), one start bit, five data bits (the lowest
first), at least 1.5 stop bits; 1400 Hz (±5 %) is mark, 1800 Hz (±5 %) space; mark is held for 150 ms before the first
character, and after the last one so that an echo prints nothing; no carrier otherwise. Letters and figures share codes:
a shift goes before the first character, wherever the case changes, and anew in each line, so that one that was lost
spoils no more than its line. A line has at most 60 characters and ends with carriage return and line feed.
"""

import array
import math
import textwrap
import unicodedata
from collections import deque
from collections.abc import Iterable, Sequence

from watchbell.line.sound import RATE, SILENCE, encode_mulaw

#: By code 0 to 31 (V.18 table A.1, the United States' column): "\0" is a bell, a shift, or nothing.
LETTERS = "\bE\nA SIU\rDRJNFCKTZLWHYPQOBG\0MXV\0"
FIGURES = "\b3\n- \00087\r$4',!:(5\")2=6019?+\0./;\0"
FIGURES_SHIFT, LETTERS_SHIFT, RETURN, FEED = 27, 31, 8, 2
LINE = 60
BIT = RATE * 22 // 1000
_STOP = BIT * 3 // 2
HOLD, TAIL = RATE * 200 // 1000, RATE * 300 // 1000
#: A character's samples: start, five bits, one and a half to stop.
CHARACTER = 6 * BIT + _STOP
#: A sine's peak at -10 dBm0: in G.711 one of 3.17 dBm0 has the loudest sample there is (32,124).
PEAK = 32124 * 10 ** (-(10 + 3.17) / 20)
_TURNS = 40  # both tones come round in forty samples: 7 and 9 times
_MARK, _SPACE = 7, 9
_NOTHING = 40

_CODES = {one: (code, False) for code, one in enumerate(LETTERS) if one not in "\0\b"} | {
    one: (code, True) for code, one in enumerate(FIGURES) if one not in "\0\b \r\n"
}
#: What Baudot lacks and no decomposition gives; "" leaves it out. V.18 A.4 where it says something.
_INSTEAD = {
    "đ": "d", "ł": "l", "ø": "o", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th", "ð": "d", "ħ": "h", "ŋ": "ng",
    "‘": "'", "’": "'", "ʼ": "'", "´": "'", "`": "'", "^": "'", "“": '"', "”": '"', "«": '"', "»": '"', "„": '"',
    "–": "-", "—": "-", "‑": "-", "−": "-", "•": "-", "·": ".", "…": "...", "¿": "", "¡": "", "&": "+", "#": "NO. ",
    "@": " AT ", "%": " PCT", "*": ".", "_": " ", "~": " ", "<": "(", ">": ")", "[": "(", "]": ")", "{": "(",
    "}": ")", "|": "/", "\\": "/", "€": " EUR", "£": " GBP", "°": " DEG", "×": "X",
}  # fmt: skip


def _spell_one(one: str) -> str:
    """A character of a text as a text telephone has it; "?" for a letter of another script."""
    if one in _CODES:
        return one
    small = one.lower()
    if small in _INSTEAD:
        return _INSTEAD[small].upper()
    if one.isspace():
        return " "
    digit = unicodedata.digit(one, None)
    if digit is not None:
        return str(digit)
    parts = unicodedata.normalize("NFKD", one).upper()
    parts = f" {parts}".replace("⁄", "/") if "⁄" in parts else parts  # "8½" is not "81/2"
    found = "".join(part for part in parts if part in _CODES and part not in "\r\n")
    return found or ("?" if one.isalpha() else "")


def spell(text: str) -> str:
    """`text` as a text telephone prints it: capitals, no accents, in lines of at most LINE characters."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    spelled = (" ".join("".join(map(_spell_one, unicodedata.normalize("NFC", line))).split()) for line in lines)
    # a blank that just fits before a word too long for any line is left at the end of its own
    return "\n".join(part.rstrip() for line in spelled for part in textwrap.wrap(line, LINE, break_on_hyphens=False))


def is_spelled(text: str) -> bool:
    """Whether a text telephone can write it: no more than every fourth letter is of another script."""
    letters = [one for one in text if one.isalpha()]
    return sum(_spell_one(one) == "?" for one in letters) * 4 <= len(letters)


def codes_of(text: str, *, is_new_line: bool = False) -> list[int]:
    """The 5-bit codes of `text`, with their shifts. is_new_line: whatever stands on the line already is left there."""
    found = [RETURN, FEED] if is_new_line else []
    for number, line in enumerate(spell(text).split("\n")):
        found += [RETURN, FEED] if number else []
        shift = None
        for one in line:
            code, is_figure = _CODES[one]
            wanted = FIGURES_SHIFT if is_figure else LETTERS_SHIFT
            if shift is None or (shift != wanted and one != " "):
                found.append(wanted)
                shift = wanted
            found.append(code)
            if one == " " and shift == FIGURES_SHIFT:
                shift = None  # some receivers go back to letters at a space
    return found


def seconds_of(text: str) -> float:
    """How long its tones are."""
    return (HOLD + len(codes_of(text)) * CHARACTER + TAIL) / RATE


def _phases(codes: Iterable[int]) -> bytes:
    """For each sample where its tone stands, 0 to 39; phase-continuous."""
    runs = {
        (step, phase): bytes((phase + step * at) % _TURNS for at in range(_TURNS)) * (HOLD // _TURNS + 8)
        for step in (_MARK, _SPACE) for phase in range(_TURNS)
    }  # fmt: skip
    parts, phase = [], 0

    def add(step: int, samples: int) -> None:
        nonlocal phase
        parts.append(runs[step, phase][:samples])
        phase = (phase + step * samples) % _TURNS

    add(_MARK, HOLD)
    for code in codes:
        add(_SPACE, BIT)
        for bit in range(5):
            add(_MARK if code >> bit & 1 else _SPACE, BIT)
        add(_MARK, _STOP)
    add(_MARK, TAIL // 2)
    add(_MARK, TAIL - TAIL // 2)
    return b"".join(parts)


_WAVE = [round(PEAK * math.sin(2 * math.pi * at / _TURNS)) for at in range(_TURNS)]
_AS_MULAW = bytes(encode_mulaw(_WAVE)) + bytes([SILENCE]) * (256 - _TURNS)


def encode(text: str) -> "array.array[int]":
    """The tones as 16-bit samples at 8 kHz, mono, about -10 dBm0."""
    return array.array("h", [_WAVE[phase] for phase in _phases(codes_of(text))])


def encode_tones(text: str, *, is_new_line: bool = False) -> bytes:
    """The tones as µ-law at 8 kHz."""
    return _phases(codes_of(text, is_new_line=is_new_line)).translate(_AS_MULAW)


# -- hearing ----------------------------------------------------------------------------------------------------------

_BLOCK = 20
_BITS = BIT / _BLOCK  # blocks of a bit
#: A tone's share of the sound's power, from which there is a carrier; and the least power (a root mean square of 60).
_PURE, _LEAST = 0.5, 3600.0
_COS = {step: [math.cos(2 * math.pi * step * at / _TURNS) for at in range(_BLOCK)] for step in (_MARK, _SPACE)}
_SIN = {step: [math.sin(2 * math.pi * step * at / _TURNS) for at in range(_BLOCK)] for step in (_MARK, _SPACE)}
#: How sure a bit must be, from 0 to 1, and where its middle lies (blocks on each side of it).
_SURE, _MIDDLE = 0.3, 2
_LONGEST = 4096


class Reader:
    """Hears tones piece by piece. text: what they have said. characters: all codes so far, shifts too.

    quiet_seconds: since a carrier was heard last.
    """

    def __init__(self) -> None:
        self.characters = 0
        self._printed: list[str] = []
        self._is_figures = self._had_return = False
        self._rest: list[int] = []
        self._before = [0.0] * 5
        self._values: deque[float] = deque(maxlen=_LONGEST)
        self._first = self._at = self._quiet = 0

    @property
    def text(self) -> str:
        return "".join(self._printed)

    @property
    def quiet_seconds(self) -> float:
        return self._quiet * _BLOCK / RATE

    def hear(self, samples: Iterable[int]) -> None:
        """16-bit samples at 8 kHz, any number of them."""
        sound = [*self._rest, *samples]
        for number, at in enumerate(range(0, len(sound) - _BLOCK + 1, _BLOCK), 1):
            self._take(sound[at : at + _BLOCK])
            if number % (_LONGEST // 8) == 0:  # before what was heard first is let go
                self._read()
        self._rest = sound[len(sound) - len(sound) % _BLOCK :]
        self._read()

    def _take(self, block: Sequence[int]) -> None:
        """How much the last 5 ms are mark (1) rather than space (-1); 0 without a carrier."""
        sums = []
        for step in (_MARK, _SPACE):
            sums.append(sum(one * turn for one, turn in zip(block, _COS[step], strict=True)))
            sums.append(sum(one * turn for one, turn in zip(block, _SIN[step], strict=True)))
        now = [*sums, float(sum(one * one for one in block))]
        # half a turn lies between two blocks at both tones: the one before counts with the other sign
        a, b, c, d = (new - old for new, old in zip(now[:4], self._before[:4], strict=True))
        power, mark, space = now[4] + self._before[4], a * a + b * b, c * c + d * d
        self._before = now
        is_on = power > _LEAST * 2 * _BLOCK and mark + space > _PURE * _BLOCK * power
        if len(self._values) == _LONGEST:
            self._first += 1
        self._values.append((mark - space) / (mark + space) if is_on else 0.0)
        self._quiet = 0 if is_on else self._quiet + 1

    def _read(self) -> None:
        """Whatever characters are whole by now."""
        end = self._first + len(self._values)
        self._at = max(self._at, self._first + 1)
        while self._at < end:
            before, here = self._value(self._at - 1), self._value(self._at)
            if not (here < 0.0 <= before):
                self._at += 1
                continue
            edge = self._at - 1 + (before / (before - here) if before > 0.0 else 0.5)
            if edge + 6.5 * _BITS + _MIDDLE + 1 >= end:
                return
            code = self._code_from(edge)
            if code is None:
                self._at += 1
            else:
                self._print(code)
                self._at = int(edge + 6.5 * _BITS)

    def _value(self, at: int) -> float:
        return self._values[at - self._first]

    def _code_from(self, edge: float) -> int | None:
        """The code whose start bit begins there; None where none does."""
        bits = []
        for number in range(7):
            middle = round(edge + (number + 0.5) * _BITS)
            around = [self._value(at) for at in range(middle - _MIDDLE, middle + _MIDDLE + 1)]
            bits.append(sum(around) / len(around))
        if bits[0] > -_SURE or bits[6] < _SURE or any(abs(one) < _SURE for one in bits):
            return None
        return sum((one > 0) << number for number, one in enumerate(bits[1:6]))

    def _print(self, code: int) -> None:
        self.characters += 1
        if code in (FIGURES_SHIFT, LETTERS_SHIFT):
            self._is_figures = code == FIGURES_SHIFT
            return
        one = (FIGURES if self._is_figures else LETTERS)[code]
        if one == "\b":
            if self._printed and self._printed[-1] != "\n":
                self._printed.pop()
        elif one == "\r" or (one == "\n" and not self._had_return):
            self._printed.append("\n")
        elif one not in "\0\n":
            self._printed.append(one)
        self._had_return = one == "\r"


def decode(samples: Iterable[int]) -> str:
    """What tones say, as far as they can be read; "" for other sound."""
    reader = Reader()
    reader.hear(samples)
    reader.hear([0] * (BIT * 2))
    return reader.text
