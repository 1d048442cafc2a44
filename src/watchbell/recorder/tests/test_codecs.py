"""What cameras say: streams, sessions, addresses, packets; and what is made of it for browsers."""

import struct
from fractions import Fraction

import av
import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchbell.line.numbers import read_whole
from watchbell.recorder.fmp4 import build_fragment, build_init
from watchbell.recorder.h264 import Depacketiser, Frame, Size, codec_name, read_sps
from watchbell.recorder.peer import SCENES, _Line, load_scene
from watchbell.recorder.rtp import Packet as Rtp
from watchbell.recorder.rtp import Report, build_report, read_packet, read_report
from watchbell.recorder.rtsp_codec import (
    Address,
    Answer,
    Asked,
    Deframer,
    Packet,
    Session,
    control_url,
    read_address,
    read_channels,
    read_session,
)
from watchbell.recorder.scene import FPS
from watchbell.recorder.sdp import Video, read_sdp
from watchbell.recorder.timeline import Timeline
from watchbell.wire.base import Malformed

SDP = b"""v=0\r
o=- 1 1 IN IP4 10.0.0.4\r
s=Media\r
m=audio 0 RTP/AVP 0\r
a=control:trackID=2\r
m=video 0 RTP/AVP 96\r
a=rtpmap:96 %s/90000\r
a=fmtp:96 packetization-mode=1; profile-level-id=4D401F;sprop-parameter-sets=Z01AH5ZUAoAt2A==,aO48gA==\r
a=control:rtsp://10.0.0.4:554/stream1/trackID=1\r
"""


def test_the_video_track_is_found_beside_the_sound() -> None:
    found = read_sdp(SDP % b"H264")
    assert isinstance(found, Video)
    assert (found.codec, found.payload, found.rate) == ("H264", 96, 90_000)
    assert found.control == "rtsp://10.0.0.4:554/stream1/trackID=1"
    assert found.sps.startswith(b"\x67\x4d\x40\x1f") and found.pps.startswith(b"\x68")
    other = read_sdp(SDP % b"H265")
    assert isinstance(other, Video) and other.words == "H.265"
    assert isinstance(read_sdp(b"v=0\r\nm=audio 0 RTP/AVP 0\r\n"), Malformed)
    assert isinstance(read_sdp(b"v=0\r\nm="), Malformed), "cut off in the middle of a track"


def test_h264_is_preferred_where_a_camera_offers_two() -> None:
    two = read_sdp(SDP % b"H265" + b"m=video 0 RTP/AVP 97\r\na=rtpmap:97 H264/90000\r\na=control:two\r\n")
    assert isinstance(two, Video) and (two.codec, two.control, two.sps) == ("H264", "two", b"")


@pytest.mark.parametrize(
    ("base", "control", "url"),
    [
        ("rtsp://c/live/", "track1", "rtsp://c/live/track1"),
        ("rtsp://c/live", "track1", "rtsp://c/live/track1"),
        ("rtsp://c/live?profile=2", "trackID=0", "rtsp://c/live?profile=2/trackID=0"),
        ("rtsp://c/live/", "rtsp://d/x", "rtsp://d/x"),
        ("rtsp://c/live/", "*", "rtsp://c/live/"),
        ("rtsp://c/live/", "", "rtsp://c/live/"),
        ("rtsp://c/live/", "/abs", "rtsp://c/abs"),
    ],
)
def test_the_address_of_a_track(base: str, control: str, url: str) -> None:
    assert control_url(base, control) == url


def test_sessions_and_channels() -> None:
    assert read_session("A1;timeout=30") == Session(id="A1", timeout_seconds=30.0)
    assert read_session("A1 ; timeout=1") == Session(id="A1", timeout_seconds=4.0)
    assert read_session("A1") == Session(id="A1", timeout_seconds=60.0)
    assert isinstance(read_session(";timeout=3"), Malformed)
    assert read_channels("RTP/AVP/TCP;unicast;interleaved=4-5;ssrc=1") == (4, 5)
    assert read_channels("RTP/AVP/TCP;unicast") == (0, 1)
    assert isinstance(read_channels("RTP/AVP;unicast;client_port=3-4"), Malformed)
    assert isinstance(read_channels("RTP/AVP/TCP;interleaved=900"), Malformed)


def test_an_address_never_holds_a_password() -> None:
    assert read_address("rtsp://cam:8554/a?b=1") == Address(host="cam", port=8554, url="rtsp://cam:8554/a?b=1")
    assert read_address("rtsp://[fd00::4]/a") == Address(host="fd00::4", port=554, url="rtsp://[fd00::4]/a")
    told = read_address("rtsp://root:hunter2@cam/a")
    assert isinstance(told, Malformed) and "own fields" in told.because and b"hunter2" not in told.raw
    for wrong in ("http://cam/a", "rtsp:///a", "rtsp://cam:99999/a", "rtsp://cam/a b", "", "rtsp://[x/"):
        assert isinstance(read_address(wrong), Malformed), wrong


def _pieces(raw: bytes, cuts: list[int]) -> list[bytes]:
    places = sorted({cut % (len(raw) + 1) for cut in cuts})
    return [raw[a:b] for a, b in zip([0, *places], [*places, len(raw)], strict=True)]


TALK = (
    b"RTSP/1.0 200 OK\r\nCSeq: 1\r\nContent-Length: 4\r\n\r\nabcd$\0\0\3xyz\r\n"
    b"OPTIONS rtsp://x RTSP/1.0\r\nCSeq: 9\r\n\r\n$\1\0\0RTSP/1.0 401 Unauthorized\r\nWWW-Authenticate: Digest a\r\n"
    b"WWW-Authenticate: Basic b\r\n\r\n"
)


@given(st.lists(st.integers(0, len(TALK)), max_size=12))
def test_a_connection_is_cut_right_wherever_its_bytes_are(cuts: list[int]) -> None:
    deframer = Deframer()
    found = [piece for raw in _pieces(TALK, cuts) for piece in deframer.feed(raw)]
    assert found == [
        Answer(status=200, reason="OK", headers={"cseq": ["1"], "content-length": ["4"]}, body=b"abcd"),
        Packet(0, b"xyz"),
        Asked(method="OPTIONS", url="rtsp://x", headers={"cseq": ["9"]}),
        Packet(1, b""),
        Answer(status=401, reason="Unauthorized", headers={"www-authenticate": ["Digest a", "Basic b"]}),
    ]


def test_what_is_no_rtsp_is_said_to_be_none_and_holds_no_memory() -> None:
    assert isinstance(Deframer().feed(b"\x00\x01garbage")[0], Malformed)
    assert isinstance(Deframer().feed(b"HTTP/1.1 400 Bad\r\n\r\n")[0], Malformed)
    assert isinstance(Deframer().feed(b"RTSP/1.0 200 OK\r\nContent-Length: 99999999999\r\n\r\n")[0], Malformed)
    endless = Deframer()
    assert any(isinstance(one, Malformed) for _ in range(20) for one in endless.feed(b"RTSP/1.0 200 " + b"x" * 1000))


# -- pictures ------------------------------------------------------------------------------------------------------


def _rtp(line: _Line, numbers: range) -> list[Rtp]:
    deframer = Deframer()
    packets = [one for number in numbers for one in deframer.feed(line.frame(number))]
    return [found for one in packets if isinstance(found := read_packet(one.body), Rtp)]  # type: ignore[union-attr]


def _bare(units: tuple[bytes, ...]) -> tuple[bytes, ...]:
    return tuple(unit for unit in units if unit[0] & 31 not in (7, 8, 9))


@pytest.mark.parametrize("name", SCENES)
def test_every_frame_of_the_loop_comes_out_byte_for_byte(name: str) -> None:
    scene = load_scene(name)
    line, depacketiser = _Line(scene), Depacketiser()
    count = len(scene.frames)
    assert count == 150 and scene.keys == [number % FPS == 0 for number in range(count)]
    found = [frame for packet in _rtp(line, range(count, 3 * count)) for frame in depacketiser.push(packet)]
    assert [frame.units for frame in found] == [_bare(units) for units in scene.frames] * 2
    assert [frame.is_key for frame in found] == scene.keys * 2
    assert (depacketiser.sps, depacketiser.pps) == (scene.sps, scene.pps)
    assert (depacketiser.lost, depacketiser.dropped) == (0, 0)


@given(st.sets(st.integers(0, 400), max_size=25), st.integers(0, 3000))
def test_whatever_is_lost_only_whole_frames_come_out_and_none_before_the_next_key(lost: set[int], start: int) -> None:
    scene = load_scene("corridor")
    packets = _rtp(_Line(scene), range(start, start + 60))
    kept = [packet for number, packet in enumerate(packets) if number not in lost]
    depacketiser = Depacketiser()
    found = [frame for packet in kept for frame in depacketiser.push(packet)]
    touched = {packet.stamp for number, packet in enumerate(packets) if number in lost}
    spoilt = {packet.stamp for number, packet in enumerate(packets) if number in lost and _is_picture(packet)}
    is_waiting = True
    wanted = []
    for number in range(start, start + 60):
        stamp = number * 6000 & 0xFFFFFFFF
        is_key = scene.keys[number % 150]
        sets = {packet.body[0] & 31 for packet in kept if _is_set(packet) and packet.stamp <= stamp}
        is_waiting = stamp in spoilt or (is_waiting and not (is_key and len(sets) == 2))
        if not is_waiting:
            wanted.append(Frame(stamp, is_key, _bare(scene.frames[number % 150])))
    last = packets[-1].stamp
    as_far = lambda frame: frame.stamp if frame.stamp in touched else frame  # noqa: E731 - without what is beside it
    assert [as_far(f) for f in found if f.stamp != last] == [as_far(f) for f in wanted if f.stamp != last]


def _is_picture(packet: Rtp) -> bool:
    """A slice, or a part of one; the rest is beside the picture (SEI), or sent again with each key frame (sets)."""
    return packet.body[0] & 31 in (1, 5, 28)


def _is_set(packet: Rtp) -> bool:
    """A parameter set, which is sent with each key frame and is missed by nobody who has one."""
    return packet.body[0] & 31 in (7, 8)


def test_a_key_frame_without_its_first_slice_is_not_shown_and_one_without_its_repeated_set_is() -> None:
    head, second = b"\x65\x88first", b"\x65\x5asecond"
    packets = [Rtp(96, number, stamp, is_last, body) for number, (stamp, body, is_last) in enumerate([
        (0, b"\x67sps", False), (0, b"\x68pps", False), (0, head, False), (0, second, True),
        (1, b"\x67sps", False), (1, b"\x68pps", False), (1, head, False), (1, second, True),
        (2, b"\x41\x9adelta", True),
    ])]  # fmt: skip
    key = Frame(1, True, (head, second))
    for lost, wanted in (({4}, [key]), ({5}, [key]), ({4, 5}, [key]), ({4, 5, 6}, []), ({6}, []), ({7}, [])):
        depacketiser = Depacketiser()
        found = [f for n, one in enumerate(packets) if n not in lost for f in depacketiser.push(one)]
        assert [f for f in found if f.stamp == 1] == wanted, lost
        assert len(found) == (3 if wanted else 1)


def test_single_units_and_aggregates_come_out_too() -> None:
    scene = load_scene("entrance")
    sps, pps, key = scene.sps, scene.pps, b"\x65key"
    body = b"\x18" + b"".join(struct.pack(">H", len(one)) + one for one in (sps, pps, key))
    depacketiser = Depacketiser()
    assert depacketiser.push(Rtp(96, 65535, 1, True, body)) == [Frame(1, True, (key,))]
    assert depacketiser.push(Rtp(96, 0, 2, True, b"\x41one")) == [Frame(2, False, (b"\x41one",))]
    assert depacketiser.push(Rtp(96, 65535, 1, True, b"\x41old")) == [], "one that comes twice"
    assert depacketiser.push(Rtp(96, 1, 3, False, b"\x41a")) == []
    assert depacketiser.push(Rtp(96, 2, 4, True, b"\x41b")) == [
        Frame(3, False, (b"\x41a",)), Frame(4, False, (b"\x41b",)),
    ], "a frame ends with the next one's time, marker or not"  # fmt: skip


def test_the_size_is_read_from_parameter_sets() -> None:
    assert read_sps(load_scene("parking").sps) == Size(640, 360)
    assert read_sps(bytes.fromhex("67640028acd940780227e5c044000003000400000300c83c60c658")) == Size(1920, 1080)
    assert isinstance(read_sps(b"\x67\x64"), Malformed) and isinstance(read_sps(b"\x67" * 8), Malformed | Size)
    assert codec_name(load_scene("parking").sps) == "avc1.4d401f"


def test_browsers_get_a_file_that_decodes_to_the_frames_sent(tmp_path: object) -> None:
    scene = load_scene("cafeteria")
    size = read_sps(scene.sps)
    assert isinstance(size, Size)
    raw = build_init(scene.sps, scene.pps, size)
    for number in range(45):
        frame = Frame(0, scene.keys[number], _bare(scene.frames[number]))
        raw += build_fragment(number + 1, number * 6000, 6000, frame, 1_700_000_000 + number / FPS)
    path = f"{tmp_path}/live.mp4"
    with open(path, "wb") as file:
        file.write(raw)
    with av.open(path) as found:
        pictures = list(found.decode(video=0))
        assert len(pictures) == 45 and found.streams.video[0].average_rate == Fraction(15)
        assert [picture.pts for picture in pictures] == [number * 6000 for number in range(45)]
        for number in (0, 17, 44):
            luma = pictures[number].to_ndarray()
            bits = [bool(luma[5, 5 + 10 * bit] > 128) for bit in range(10)]
            assert sum(1 << bit for bit in range(8) if bits[bit]) == number and bits[8:] == [True, False]
    told = raw[raw.index(b"prft") - 4 :][:32]
    seconds, at = struct.unpack(">QQ", told[16:])
    assert abs(seconds / 2**32 - 2_208_988_800 - 1_700_000_000) < 0.01 and at == 0


# -- time ----------------------------------------------------------------------------------------------------------


def test_sender_reports() -> None:
    found = read_report(build_report(1_700_000_000.25, 4711, 5))
    assert isinstance(found, Report) and abs(found.at - 1_700_000_000.25) < 1e-6 and found.stamp == 4711
    empty = build_report(0, 1, 5)
    assert read_report(empty[:8] + bytes(4) + empty[12:]) is None, "a camera without a clock"
    assert read_report(b"\x80\xc9\x00\x01\x00\x00\x00\x01") is None, "a receiver report"
    assert isinstance(read_report(b"no"), Malformed)


def test_a_frame_is_as_old_as_the_cameras_clock_says() -> None:
    timeline = Timeline()
    _, _, wall = timeline.place(0xFFFFFFFF, 100.0)
    assert wall == 100.0 and timeline.clock == "arrival"
    timeline.take_report(Report(99.8, 0xFFFFFFFF))
    at, duration, wall = timeline.place(5999, 100.07)
    assert at == 6000 and duration == 6000, "across the wrap"
    assert abs(wall - 99.8667) < 0.001 and timeline.clock == "camera"


def test_a_camera_whose_clock_is_far_off_is_not_believed() -> None:
    timeline = Timeline()
    timeline.place(0, 100.0)
    timeline.take_report(Report(100.0 - 1200, 0))
    _, _, wall = timeline.place(6000, 100.2)
    assert abs(wall - 100.0667) < 0.001, "by the quickest arrival"
    assert timeline.clock == "arrival" and timeline.off_seconds is not None and timeline.off_seconds < -1199


def test_time_goes_on_when_the_stream_jumps() -> None:
    timeline = Timeline()
    timeline.place(6000, 1.0)
    assert timeline.place(12000, 1.1)[0] == 6000
    assert timeline.place(900_000_000, 1.2)[0] == 12000 and timeline.place(500, 1.3)[0] == 18000


@pytest.mark.parametrize(
    "length", ["9" * 5000, "0" * 9 + "9" * 5000, "000000000999999999", "\u00b2", "-1", "1e3", "262145"]
)
def test_a_length_that_is_none_ends_the_connection_and_holds_no_memory(length: str) -> None:
    deframer = Deframer()
    found = deframer.feed(f"RTSP/1.0 200 OK\r\nCSeq: 1\r\nContent-Length: {length}\r\n\r\n".encode())
    assert [type(one) for one in found] == [Malformed]
    assert read_whole("9" * 5000) is None and read_whole("7") == 7
