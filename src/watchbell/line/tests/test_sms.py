"""The alphabet of short messages, and how many parts a text needs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchbell.line.sms import (
    BASIC,
    EXTENSION,
    GSM,
    PART,
    UCS,
    count_segments,
    decode_gsm,
    decode_ucs,
    encode_gsm,
    encode_ucs,
    is_gsm,
    simplified,
    split_text,
)

ALPHABET = BASIC.replace("\x1b", "") + "".join(EXTENSION.values())


@pytest.mark.parametrize(
    ("text", "encoding", "parts"),
    [
        ("", GSM, 0), ("a" * 160, GSM, 1), ("a" * 161, GSM, 2), ("a" * 306, GSM, 2), ("a" * 307, GSM, 3),
        ("€" * 80, GSM, 1), ("€" * 81, GSM, 2), ("a" * 152 + "€" * 77, GSM, 3), ("ñ" * 160, GSM, 1),
        ("á" * 70, UCS, 1), ("á" * 71, UCS, 2), ("á" * 134, UCS, 2), ("á" * 135, UCS, 3),
        ("😀" * 35, UCS, 1), ("😀" * 36, UCS, 2), ("😀" * 66, UCS, 2), ("😀" * 67, UCS, 3), ("`", UCS, 1),
    ],
)  # fmt: skip
def test_parts_are_counted_before_they_are_sent(text: str, encoding: str, parts: int) -> None:
    assert count_segments(text) == (encoding, parts)
    assert split_text(text)[0] == encoding and len(split_text(text)[1]) == parts


@given(st.one_of(st.text(alphabet=ALPHABET, max_size=700), st.text(max_size=300)))
def test_a_text_is_cut_into_what_fits_and_nothing_is_lost(text: str) -> None:
    encoding, parts = split_text(text)
    assert "".join(parts) == text and (encoding, len(parts)) == count_segments(text)
    for part in parts if len(parts) > 1 else []:
        octets = encode_gsm(part) if encoding == GSM else encode_ucs(part)
        assert 0 < len(octets) <= (PART[GSM] if encoding == GSM else 2 * PART[UCS])


@given(st.text(alphabet=ALPHABET, max_size=300))
def test_the_alphabet_is_written_and_read_back(text: str) -> None:
    assert is_gsm(text) and decode_gsm(encode_gsm(text)) == text


@given(st.text(max_size=100), st.binary(max_size=100), st.integers(0, 9), st.integers(0, 9))
def test_any_text_and_any_octets_are_answered(text: str, raw: bytes, single: int, locking: int) -> None:
    assert isinstance(encode_gsm(text), bytes) and isinstance(simplified(text), str)
    assert isinstance(decode_gsm(raw, single, locking), str) and isinstance(decode_ucs(raw), str)
    assert decode_ucs(encode_ucs(text)) == text or any("\ud800" <= char <= "\udfff" for char in text)


def test_quotes_and_dashes_are_made_plain_where_that_helps() -> None:
    assert simplified("“Lockdown” – it’s over…") == '"Lockdown" - it\'s over...'
    assert simplified("“José” está aquí") == "“José” está aquí"  # í is in no table: nothing is won
    assert simplified("Señor é à ü") == "Señor é à ü"


def test_national_tables_are_read() -> None:
    assert decode_gsm(b"t\x7bst") == "täst" and decode_gsm(b"t\x1b\x7bst", single=3) == "tãst"
    assert decode_gsm(b"t\x7bst", locking=3) == "tãst" and decode_gsm(b"aqu\x1bi", single=2) == "aquí"
    assert decode_gsm(b"\x1bA\x1b") == "A"
