"""Session descriptions (RFC 8866) and the offer and answer of one audio stream in G.711 (RFC 3264, RFC 3551), with
pressed keys as events beside it where asked for (RFC 4733)."""

import re

import msgspec

from watchbell.wire.base import Malformed

MAX_BYTES = 20_000
PCMU, PCMA = 0, 8
#: The payload type that we offer for pressed keys; any from 96 on would do.
EVENTS = 101
NAMES = {PCMU: "PCMU", PCMA: "PCMA"}
DIRECTIONS = ("sendrecv", "sendonly", "recvonly", "inactive")
_OPPOSITE = {"sendonly": "recvonly", "recvonly": "sendonly", "sendrecv": "sendrecv", "inactive": "inactive"}
_TIMES = re.compile(r"[0-9]{1,20} [0-9]{1,20}\Z", re.ASCII)
_HOST = re.compile(r"[A-Za-z0-9.:_-]{1,255}\Z", re.ASCII)


class Media(msgspec.Struct, frozen=True, kw_only=True):
    """One m= line as it came. formats: payload types in the order offered; codecs: {payload type: "PCMU"} of ours.

    events: the payload type of pressed keys (telephone-event at 8 kHz), 0 without one.
    """

    kind: str
    port: int
    protocol: str
    formats: tuple[str, ...]
    host: str = ""
    direction: str = "sendrecv"
    codecs: dict[int, str] = msgspec.field(default_factory=dict)
    events: int = 0


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """A description with its media in order. times: its first t= line's value."""

    media: tuple[Media, ...]
    times: str = "0 0"

    @property
    def audio(self) -> Media | None:
        """The first audio stream over plain RTP that is open and has a codec of ours."""
        return next(
            (one for one in self.media if one.kind == "audio" and one.protocol == "RTP/AVP" and one.port and one.codecs
             and one.host), None
        )  # fmt: skip


def parse_sdp(raw: bytes) -> Session | Malformed:
    """The description in `raw`; lines of unknown letters are passed over (§5: parsers ignore what they do not know)."""
    if len(raw) > MAX_BYTES:
        return Malformed(because="The session description is too long.", raw=raw[:200])
    # CR and LF alone end a line: names may hold whatever else Unicode counts as a break.
    lines = [line.strip() for line in re.split(r"[\r\n]+", raw.decode("utf-8", "replace")) if line.strip()]
    if not lines or not lines[0].startswith("v=0"):
        return Malformed(because="A session description begins with v=0.", raw=raw[:200])
    host, direction, times = "", "sendrecv", ""
    media: list[Media] = []
    for line in lines:
        letter, equals, value = line.partition("=")
        if not equals or len(letter) != 1:
            return Malformed(because=f"No line of a session description: {line[:40]!r}.", raw=raw[:200])
        if letter == "m":
            found = _read_media(value, host, direction)
            if found is None or len(media) >= 20:
                return Malformed(because=f"No media line: {value[:40]!r}.", raw=raw[:200])
            media.append(found)
        elif letter == "c":
            where = _read_host(value)
            host, media = (where, media) if not media else (host, [*media[:-1], _with(media[-1], host=where)])
        elif letter == "t" and _TIMES.match(value):
            times = times or value
        elif letter == "a" and value in DIRECTIONS:
            direction, media = (
                (value, media) if not media else (direction, [*media[:-1], _with(media[-1], direction=value)])
            )
        elif letter == "a" and value.startswith("rtpmap:") and media:
            media[-1] = _with_map(media[-1], value.removeprefix("rtpmap:"))
    return Session(media=tuple(media), times=times or "0 0")


def _with(media: Media, **changes: str) -> Media:
    return msgspec.structs.replace(media, **changes)


def _read_host(value: str) -> str:
    parts = value.split()
    host = parts[2].split("/")[0] if len(parts) == 3 and parts[0] == "IN" else ""
    return host if _HOST.match(host) else ""


def _read_media(value: str, host: str, direction: str) -> Media | None:
    parts = value.split()
    port = parts[1].split("/")[0] if len(parts) >= 4 else ""
    if not (port.isascii() and port.isdigit()) or len(port) > 5 or int(port) > 65535:
        return None
    # Payload types below 96 are fixed by RFC 3551 and need no rtpmap.
    codecs = {number: name for number, name in NAMES.items() if str(number) in parts[3:]}
    return Media(
        kind=parts[0], port=int(port), protocol=parts[2].upper(), formats=tuple(parts[3:]), host=host,
        direction=direction, codecs=codecs,
    )  # fmt: skip


def _with_map(media: Media, value: str) -> Media:
    number, _, encoding = value.partition(" ")
    name, _, rest = encoding.strip().partition("/")
    if not (number.isascii() and number.isdigit()) or len(number) > 3 or number not in media.formats:
        return media
    codecs = {kind: known for kind, known in media.codecs.items() if kind != int(number)}
    if name.upper() in ("PCMU", "PCMA") and rest.split("/")[0] == "8000" and rest.removeprefix("8000") in ("", "/1"):
        codecs[int(number)] = name.upper()
    is_events = name.lower() == "telephone-event" and rest in ("8000", "8000/1")
    return msgspec.structs.replace(media, codecs=codecs, events=int(number) if is_events else media.events)


def choose_codec(media: Media) -> tuple[int, str]:
    """(payload type, name) of the first format of theirs that is ours; call only when there is one."""
    ours = {str(number): (number, name) for number, name in media.codecs.items()}
    return next(ours[one] for one in media.formats if one in ours)


def build_offer(
    host: str, port: int, session: int, version: int = 1, direction: str = "sendrecv", events: int = 0
) -> bytes:  # fmt: skip
    """An offer of one audio stream: G.711 µ-law, then A-law, 20 ms; pressed keys by payload type `events`, 0: none."""
    return _build(host, session, version, [_audio(port, (PCMU, PCMA), {PCMU: "PCMU", PCMA: "PCMA"}, direction, events)])


def build_answer(
    offer: Session, host: str, port: int, session: int, version: int = 1, *, takes_events: bool = False
) -> bytes:  # fmt: skip
    """The answer to `offer`: its first usable audio stream taken, every other refused by port 0 (RFC 3264 §6).

    takes_events: pressed keys are taken too, where they are offered.
    """
    taken = offer.audio
    lines = []
    for media in offer.media:
        if media is taken:
            number, name = choose_codec(media)
            events = media.events if takes_events else 0
            lines.append(_audio(port, (number,), {number: name}, _OPPOSITE[media.direction], events))
        else:
            lines.append([f"m={media.kind} 0 {media.protocol} {' '.join(media.formats)}"])
    return _build(host, session, version, lines, offer.times)


def _audio(port: int, formats: tuple[int, ...], names: dict[int, str], direction: str, events: int = 0) -> list[str]:
    listed = (*formats, events) if events else formats
    lines = [f"m=audio {port} RTP/AVP {' '.join(str(one) for one in listed)}"]
    lines += [f"a=rtpmap:{number} {names[number]}/8000" for number in formats]
    lines += [f"a=rtpmap:{events} telephone-event/8000", f"a=fmtp:{events} 0-15"] if events else []
    return [*lines, "a=ptime:20", f"a={direction}"]


def _build(host: str, session: int, version: int, media: list[list[str]], times: str = "0 0") -> bytes:
    kind = "IP6" if ":" in host else "IP4"
    lines = [
        "v=0",
        f"o=watchbell {session} {version} IN {kind} {host}",
        "s=Watchbell",
        f"c=IN {kind} {host}",
        f"t={times}",
    ]
    return "".join(f"{line}\r\n" for line in [*lines, *(line for one in media for line in one)]).encode()
