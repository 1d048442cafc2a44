"""What cameras, and who watches them, may send the recorder."""

from watchbell.recorder import rtp, rtsp_codec
from watchbell.recorder.fmp4 import build_fragment
from watchbell.recorder.h264 import Depacketiser, Frame, Size, read_sps
from watchbell.recorder.pulse import judge
from watchbell.recorder.rtsp_codec import Address, read_address, read_channels, read_head, read_session
from watchbell.recorder.scene import Scene, read_scene
from watchbell.recorder.sdp import Video, read_sdp
from watchbell.recorder.timeline import Timeline
from watchbell.recorder.viewing import read_wish
from watchbell.wire.base import Malformed


def meet_cameras(raw: bytes) -> None:
    """A connection cut in two, its packets as a stream, its headers as each that is read."""
    deframer, depacketiser, timeline = rtsp_codec.Deframer(), Depacketiser(), Timeline()
    for piece in deframer.feed(raw[: len(raw) // 2]) + deframer.feed(raw[len(raw) // 2 :]):
        if isinstance(piece, rtsp_codec.Packet):
            _meet_packet(piece.body, depacketiser, timeline)
    _meet_packet(raw, depacketiser, timeline)
    text = raw.decode("utf-8", "replace")
    assert isinstance(read_head(raw), rtsp_codec.Answer | rtsp_codec.Asked | Malformed)
    assert isinstance(read_sdp(raw), Video | Malformed)
    found = read_address(text)
    assert isinstance(found, Address | Malformed)
    if isinstance(found, Address):
        assert "@" not in found.url.partition("//")[2].partition("/")[0]
        judge(raw, found)
    read_channels(text)
    read_session(text)
    rtsp_codec.control_url("rtsp://c/live", text)
    assert isinstance(read_sps(raw), Size | Malformed)
    assert isinstance(read_scene(raw), Scene | Malformed)
    read_wish(raw)


def _meet_packet(raw: bytes, depacketiser: Depacketiser, timeline: Timeline) -> None:
    packet, report = rtp.read_packet(raw), rtp.read_report(raw)
    if isinstance(report, rtp.Report):
        timeline.take_report(report)
    if isinstance(packet, rtp.Packet):
        for frame in depacketiser.push(packet):
            assert isinstance(frame, Frame) and frame.units
            at, duration, wall = timeline.place(frame.stamp, 1_700_000_000.0)
            build_fragment(1, at, duration, frame, max(0.0, wall))
