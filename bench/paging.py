"""All speakers of one school: from the button's TCP byte to the first sound at each, and how far they are apart.

Each speaker is a socket of its own in its zone's multicast group; packets are timed by the kernel as they arrive.
Beside it, in the same run, the bare limit: a plain loop sending the same RTP to the same speakers.
"""

import asyncio
import json
import socket
import struct
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))
from bench.home import demo
from bench.press import spread
from tests.flows.installation import Installation
from watchbell.gateways.rtppaging.codec import FRAME_SAMPLES, PCMU, RtpPacket, build_rtp, parse_rtp
from watchbell.line import clock
from watchbell.wire.base import Malformed

SPEAKERS, ROUNDS, LISTEN_SECONDS, FRAMES = 36, 12, 1.2, 50
SO_TIMESTAMPNS = 35


class Speaker:
    """A socket in a zone's group. Arrivals are timed by the kernel."""

    def __init__(self, group: str, port: int) -> None:
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        self.socket.bind((group, port))
        member = struct.pack("4s4s", socket.inet_aton(group), socket.inet_aton("127.0.0.1"))
        self.socket.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, member)
        self.socket.setblocking(False)
        self.group, self.port = group, port

    def drain(self) -> list[tuple[int, bytes, float]]:
        """(ssrc, sound, kernel time) of everything that has arrived."""
        found = []
        while True:
            try:
                raw, told, _, _ = self.socket.recvmsg(2048, 128)
            except BlockingIOError:
                return found
            packet = parse_rtp(raw)
            at = next((struct.unpack("qq", data[:16]) for _, kind, data in told if kind == SO_TIMESTAMPNS), None)
            if not isinstance(packet, Malformed) and at is not None:
                found.append((packet.ssrc, packet.payload, at[0] + at[1] / 1e9))


def judge(speakers: list[Speaker], pressed: float) -> dict[str, list[float]]:
    """First sound at each speaker after the press, and how far they are apart in one moment of the page."""
    firsts, frames = [], []
    for speaker in speakers:
        heard = [one for one in speaker.drain() if one[2] >= pressed]
        if heard:
            firsts.append(heard[0][2] - pressed)
            frames.append([(payload, at) for _, payload, at in heard])
    if not firsts:
        return {"first": [], "skew": [], "start": [], "heard": [0.0]}
    skews = []
    for sound in {payload for payload, count in Counter(one for one, _ in frames[0]).items() if count == 1}:
        moments = [[at for payload, at in one if payload == sound] for one in frames]
        if all(len(one) == 1 for one in moments):  # the same 20 ms of speech, once at every speaker
            skews.append(max(one[0] for one in moments) - min(one[0] for one in moments))
    return {"first": firsts, "skew": skews, "start": [max(firsts) - min(firsts)], "heard": [float(len(firsts))]}


def measure_bare(speakers: list[Speaker], targets: list[tuple[str, int]]) -> dict[str, list[float]]:
    """The plain loop: the same packets every 20 ms to the same groups, nothing else."""
    senders = []
    for _ in targets:
        sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        sender.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton("127.0.0.1"))
        senders.append(sender)
    for speaker in speakers:
        speaker.drain()
    pressed = clock.unix()
    due = time.monotonic()
    for number in range(FRAMES):
        for ssrc, (sender, target) in enumerate(zip(senders, targets, strict=True), 1):
            packet = RtpPacket(
                payload_type=PCMU, sequence=number, timestamp=number * FRAME_SAMPLES, ssrc=ssrc,
                payload=number.to_bytes(2, "big") * (FRAME_SAMPLES // 2),
            )  # fmt: skip
            sender.sendto(build_rtp(packet), target)
        due += 0.02
        time.sleep(max(0.0, due - time.monotonic()))
    time.sleep(0.1)
    for sender in senders:
        sender.close()
    return judge(speakers, pressed)


async def measure_press(made: Installation, speakers: list[Speaker]) -> dict[str, list[float]]:
    panel = made.panel()
    for speaker in speakers:
        speaker.drain()
    pressed = clock.unix()
    reply = await panel.press("001")
    await asyncio.sleep(LISTEN_SECONDS)
    panel.hang_up()
    found = judge(speakers, pressed)
    return {**found, "acknowledged": [reply.seconds]}


def collect(rounds: list[dict[str, list[float]]]) -> dict[str, Any]:
    joined = {name: [value for one in rounds for value in one[name]] for name in rounds[0]}
    told: dict[str, Any] = {
        "first sound at a speaker ms": spread(joined["first"]),
        "skew of one moment over all speakers ms": spread(joined["skew"]),
        "first to last speaker to begin ms": spread(joined["start"]),
        "speakers that heard it": f"{int(min(joined['heard']))} of {SPEAKERS} in the worst round",
    }
    if joined.get("acknowledged"):
        told["panel acknowledged ms"] = spread(joined["acknowledged"])
    return told


def measure(made: Installation) -> dict[str, Any]:
    site = made.played()["panels"][0]["site"]
    zones = [zone for zone in made.played()["paging_zones"] if zone["site"] == site]
    indoors, grounds = zones[0], zones[-1]
    counts = [(indoors, SPEAKERS - 4), (grounds, 4)]
    speakers = [Speaker(zone["group"], zone["port"]) for zone, count in counts for _ in range(count)]
    targets = [(zone["group"], zone["port"]) for zone in (indoors, grounds)]
    bare, presses = [], []
    for _ in range(ROUNDS):
        bare.append(measure_bare(speakers, targets))
        presses.append(asyncio.run(measure_press(made, speakers)))
        made.clear_all()
        time.sleep(0.5)
    for speaker in speakers:
        speaker.socket.close()
    return {"press": collect(presses), "bare limit": collect(bare), "presses": ROUNDS, "speakers": SPEAKERS,
            "aims ms": {"first sound": 200, "skew": 50}}  # fmt: skip


def main() -> None:
    with demo() as made:
        print(json.dumps(measure(made)))


if __name__ == "__main__":
    main()
