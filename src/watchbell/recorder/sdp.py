"""What a camera says of its streams (RFC 8866 with RFC 6184 for H.264)."""

import base64
import binascii
import re

import msgspec

from watchbell.wire.base import Malformed

MOST_BYTES = 64_000
CLOCK_RATE = 90_000
#: What cameras call the codecs that are told from each other by name, in words.
NAMES = {"H264": "H.264", "H265": "H.265", "JPEG": "Motion JPEG", "MP4V-ES": "MPEG-4", "VP8": "VP8"}


class Video(msgspec.Struct, frozen=True, kw_only=True):
    """One video track. codec: as in rtpmap, capital letters. control: as the camera gives it, "" for the whole.

    sps, pps: the parameter sets of H.264, b"" where they come in the stream only.
    """

    codec: str
    payload: int
    control: str = ""
    rate: int = CLOCK_RATE
    sps: bytes = b""
    pps: bytes = b""

    @property
    def words(self) -> str:
        return NAMES.get(self.codec, self.codec)


def read_sdp(raw: bytes) -> Video | Malformed:
    """The first video track, H.264 before others; Malformed with the reason where there is none."""
    if len(raw) > MOST_BYTES:
        return Malformed(because="The description of the streams is too long.", raw=raw[:200])
    text = raw.decode("utf-8", "replace")
    parts = re.split(r"(?m)^m=", text)
    found = [one for one in map(_read_track, parts[1:]) if one is not None]
    if not found:
        return Malformed(because="It offers no video.", raw=raw[:200])
    return next((one for one in found if one.codec == "H264"), found[0])


def _read_track(text: str) -> Video | None:
    """A media section behind its "m="; None when it is no video."""
    head, *lines = text.splitlines() or [""]
    words = head.split()
    if len(words) < 4 or words[0] != "video" or not _is_number(words[3]):
        return None
    payload, codec, rate, control, format_ = int(words[3]), "", CLOCK_RATE, "", ""
    for line in lines:
        name, _, value = line.strip().partition(":")
        if name == "a=control":
            control = value.strip()
        elif name == "a=rtpmap" and value.split()[:1] == [str(payload)] and (told := value.split()[1:2]):
            codec, _, told_rate = told[0].partition("/")
            rate = int(told_rate) if _is_number(told_rate) and int(told_rate) else rate
        elif name == "a=fmtp" and value.split()[:1] == [str(payload)]:
            format_ = value.partition(" ")[2]
    codec = codec.upper() or {26: "JPEG"}.get(payload, f"PAYLOAD {payload}")
    sps, pps = _parameter_sets(format_) if codec == "H264" else (b"", b"")
    return Video(codec=codec, payload=payload, control=control[:2000], rate=rate, sps=sps, pps=pps)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 8


def _parameter_sets(text: str) -> tuple[bytes, bytes]:
    """SPS and PPS of sprop-parameter-sets; b"" for what is missing or unreadable."""
    told = re.search(r"sprop-parameter-sets\s*=\s*([A-Za-z0-9+/=,]+)", text)
    sets: dict[int, bytes] = {}
    for piece in told[1].split(",") if told else ():
        try:
            unit = base64.b64decode(piece + "=" * (-len(piece) % 4), validate=True)
        except (binascii.Error, ValueError):
            continue
        if len(unit) >= 4:
            sets.setdefault(unit[0] & 31, unit)
    return sets.get(7, b""), sets.get(8, b"")
