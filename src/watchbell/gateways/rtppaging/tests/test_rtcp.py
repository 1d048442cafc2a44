"""What a speaker says back: both ways, and whatever else comes."""

from hypothesis import given
from hypothesis import strategies as st

from watchbell.gateways.rtppaging.rtcp import SpeakerReport, build_report, parse_report
from watchbell.wire.base import Malformed

WORD = st.integers(0, 2**32 - 1)
REPORTS = st.builds(
    SpeakerReport, reporter=WORD, ssrc=WORD, lost=st.integers(0, 2**23 - 1), highest_sequence=WORD,
    fraction_lost=st.integers(0, 255), jitter=WORD, cname=st.text(max_size=40).filter(lambda t: "\0" not in t),
    heard_permille=st.none() | st.integers(0, 1000), loud_permille=st.just(0),
)  # fmt: skip


@given(REPORTS)
def test_a_report_comes_back_as_it_was_said(report: SpeakerReport) -> None:
    assert parse_report(build_report(report)) == report


@given(st.binary(max_size=300))
def test_every_input_is_answered(raw: bytes) -> None:
    assert isinstance(parse_report(raw), SpeakerReport | Malformed)


@given(REPORTS, st.integers(0, 200), st.binary(max_size=8))
def test_broken_reports_are_answered_too(report: SpeakerReport, cut: int, noise: bytes) -> None:
    whole = build_report(report)
    assert isinstance(parse_report(whole[:cut] + noise + whole[cut:]), SpeakerReport | Malformed)


def test_a_sender_report_with_a_block_counts_and_one_without_does_not() -> None:
    block = b"\x00\x00\x00\x2a" + b"\x80\xff\xff\xff" + b"\x00" * 16
    told = parse_report(b"\x81\xc8\x00\x0c" + b"\x00\x00\x00\x07" + b"\x00" * 20 + block)
    assert isinstance(told, SpeakerReport) and (told.ssrc, told.reporter, told.lost, told.fraction_lost) == (
        42,
        7,
        0,
        128,
    )
    assert isinstance(parse_report(b"\x80\xc9\x00\x01\x00\x00\x00\x07"), Malformed)


def test_packets_of_nobody_beside_a_report_do_not_cost_it() -> None:
    """RFC 3550 §6.5, §6.6: a BYE or SDES may list no source and is then four bytes long."""
    report = SpeakerReport(reporter=1, ssrc=2, lost=3, highest_sequence=4, cname="gym")
    for empty in (b"\x80\xcb\x00\x00", b"\x80\xca\x00\x00"):
        assert parse_report(build_report(report) + empty) == parse_report(empty + build_report(report)) == report
