"""Text telephones: what is written comes back from the tones, through noise, µ-law and clocks that are off."""

import itertools
import math
import random
import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from watchbell.line import baudot
from watchbell.line.baudot import (
    BIT,
    FIGURES_SHIFT,
    LETTERS_SHIFT,
    LINE,
    PEAK,
    Reader,
    codes_of,
    decode,
    encode,
    encode_tones,
    is_spelled,
    seconds_of,
    spell,
)
from watchbell.line.sound import decode_mulaw, encode_mulaw, loudness, resample

WORDS = "Cedar School District. Lockdown at Birch Elementary, 10:45. Do not come; we write again."
WRITTEN = st.text(string.ascii_letters + string.digits + " \n.,:;?!'\"()-/$+=éñ", max_size=90)


def signal_of(codes: list[int], *, stop: float = 1.5, mark: float = 1400.0, space: float = 1800.0,
              baud: float = 45.45, hold: float = 0.15, level: float = 7000.0) -> list[int]:  # fmt: skip
    """Tones made by another hand than the encoder's: by the running integral of the frequency, in seconds."""
    tones = [(mark, hold)]
    for code in codes:
        bits = [0, *((code >> bit) & 1 for bit in range(5))]
        tones += [(mark if bit else space, 1 / baud) for bit in bits] + [(mark, stop / baud)]
    tones.append((mark, 0.1))
    found: list[int] = []
    phase, ends = 0.0, 0.0
    for hertz, seconds in tones:
        ends += seconds
        while len(found) < ends * 8000:
            phase += 2 * math.pi * hertz / 8000
            found.append(round(level * math.sin(phase)))
    return found


@settings(max_examples=40, deadline=None)
@given(WRITTEN)
def test_what_is_written_comes_back(text: str) -> None:
    assert decode(encode(text)) == spell(text)


def test_the_standard_s_figures_hold() -> None:
    """V.18 Annex A: 22.00 ms a bit, 1.5 stop bits, 150 ms of mark before, -10 dBm0, no jump of the phase."""
    sound = encode("A")
    assert BIT == 176 and len(sound) / 8000 == seconds_of("A")
    first = next(at for at in range(0, len(sound), 20) if _hertz(sound[at : at + 160]) > 1600)
    assert first >= 0.15 * 8000
    assert _hertz(sound[:1200]) == pytest.approx(1400, rel=0.01)
    steepest = PEAK * 2 * math.pi * 1800 / 8000
    assert max(abs(a - b) for a, b in itertools.pairwise(sound)) <= steepest * 1.01
    power = math.sqrt(sum(one * one for one in sound) / len(sound))
    assert 20 * math.log10(power / (32124 / math.sqrt(2))) + 3.17 == pytest.approx(-10, abs=0.1)
    assert loudness(encode_tones("A")) == pytest.approx(power, rel=0.02)
    assert max(encode_tones("HELLO")) <= 255 and codes_of("A1") == [LETTERS_SHIFT, 3, FIGURES_SHIFT, 23]


def _hertz(sound: "list[int]") -> float:
    crossings = sum(a < 0 <= b for a, b in itertools.pairwise(sound))
    return crossings * 8000 / (len(sound) - 1)


def test_shifts_stand_in_each_line_and_lines_break_at_words() -> None:
    lines = spell(WORDS * 3).split("\n")
    assert len(lines) > 3 and max(map(len, lines)) <= LINE and not any(" " in (one[0], one[-1]) for one in lines)
    codes = codes_of("ONE\nTWO")
    assert codes == [31, 24, 12, 1, 8, 2, 31, 16, 19, 24]
    assert spell("A" * 70) == "A" * 60 + "\n" + "A" * 10
    assert spell("A" * 59 + " " + "B" * 61) == "\n".join(["A" * 59, "B" * 60, "B"]), "no blank at the end of a line"


@pytest.mark.parametrize(
    ("written", "printed"),
    [("Niños: ¿a las 8½?", "NINOS: A LAS 8 1/2?"), ("Là-bas, ça va", "LA-BAS, CA VA"), ("Đường số 5", "DUONG SO 5"),
     ("Straße “A”", 'STRASSE "A"'), ("a@b.org & c #4", "A AT B.ORG + C NO. 4"), ("Room 5 – now…", "ROOM 5 - NOW..."),
     ("٣ مدرسة", "3 ?????"), ("\u200f🚌 Bus\t7", "BUS 7"), ("", "")],
)  # fmt: skip
def test_what_baudot_lacks_is_written_otherwise(written: str, printed: str) -> None:
    assert spell(written) == printed
    assert decode(encode(written)) == printed


def test_other_scripts_are_told_apart() -> None:
    assert is_spelled(WORDS) and is_spelled("Trường học đóng cửa") and is_spelled("Welcome, مريم, to the school")
    assert not is_spelled("المدرسة مغلقة اليوم") and not is_spelled("学校今天关闭") and is_spelled("")


def test_noise_of_20_decibels_prints_nothing_wrong() -> None:
    made = random.Random(7)
    noisy = [round(one + made.gauss(0, PEAK / math.sqrt(2) / 10)) for one in encode(WORDS)]
    assert decode(noisy) == spell(WORDS)


def test_it_comes_through_mulaw() -> None:
    assert decode(decode_mulaw(encode_mulaw(encode(WORDS)))) == spell(WORDS)
    assert decode(decode_mulaw(encode_tones(WORDS))) == spell(WORDS)


@pytest.mark.parametrize("rate", [7920, 8080])
def test_clocks_may_be_off_by_one_in_a_hundred(rate: int) -> None:
    assert decode(resample(encode(WORDS), 8000, rate)) == spell(WORDS)


@pytest.mark.parametrize(
    "how",
    [{}, {"stop": 2.0}, {"stop": 1.0}, {"baud": 1000 / 21.6}, {"baud": 1000 / 22.4}, {"mark": 1330.0, "space": 1710.0},
     {"mark": 1470.0, "space": 1890.0}, {"level": 300.0}, {"level": 25000.0}, {"hold": 0.0}],
)  # fmt: skip
def test_tones_made_elsewhere_are_read_within_the_standard_s_bounds(how: dict[str, float]) -> None:
    assert decode(signal_of(codes_of("HELLO MARIA 573-555 GA"), **how)) == "HELLO MARIA 573-555 GA"


def test_what_is_typed_slowly_is_read_as_it_comes() -> None:
    reader, said = Reader(), []
    for one in "OK GA":
        sound = [*signal_of(codes_of(one) or [LETTERS_SHIFT, 4]), *[0] * 2000]
        for at in range(0, len(sound), 160):
            reader.hear(sound[at : at + 160])
        said.append(reader.text)
    assert said == ["O", "OK", "OK ", "OK G", "OK GA"]
    assert 0.2 < reader.quiet_seconds < 0.3 and reader.characters == 10


def test_a_backspace_and_a_bell_print_nothing() -> None:
    assert decode(signal_of([31, 24, 12, 0, 15, 27, 5, 8, 2, 2, 31, 3])) == "OK\n\nA"


@pytest.mark.parametrize("seed", range(3))
def test_other_sound_is_no_text(seed: int) -> None:
    made = random.Random(seed)
    noise = [round(made.gauss(0, 5000)) for _ in range(40000)]
    tone = [round(9000 * math.sin(2 * math.pi * (1000 + 300 * seed) * at / 8000)) for at in range(16000)]
    assert decode(noise) == decode(tone) == decode([]) == decode([32767, -32768] * 900) == ""
    assert baudot.seconds_of("") > 0 and decode(encode("")) == ""
