"""NATS subjects: `wb.<district>.<site>.<press|order|receipt|status|telemetry|tell|told>.<gateway>.<device>`.

`where` says which part of them a process serves: "*" all of it, "<district>" or "<district>~<site>" an edge's own.
"""

import re
from typing import NamedTuple

STREAMS: dict[str, dict[str, object]] = {
    "PRESS": {"subjects": ["wb.*.*.press.>"], "max_age_seconds": 14 * 86400},
    "ORDER": {"subjects": ["wb.*.*.order.>"], "max_age_seconds": 7 * 86400},
    "RECEIPT": {"subjects": ["wb.*.*.receipt.>"], "max_age_seconds": 14 * 86400},
    "STATUS": {"subjects": ["wb.*.*.status.>"], "max_age_seconds": 3 * 86400},
    "TELEMETRY": {"subjects": ["wb.*.*.telemetry.>"], "max_age_seconds": 6 * 3600},
    # names and numbers of families: gone once the carrier's gateway has dealt with them
    "TELL": {"subjects": ["wb.*.*.tell.>"], "max_age_seconds": 86400, "is_work": True},
    "TOLD": {"subjects": ["wb.*.*.told.>"], "max_age_seconds": 86400, "is_work": True},
}
SNAPSHOTS = "snapshots"
CONFIG = "config"
#: Recorded announcements, µ-law at 8 kHz, by district and hash of the sound: what an order names can be no other sound.
RECORDINGS = "recordings"
#: Mailings that were stopped: asked for before a batch is begun, which may have lain for long; kept longer than those.
STOPPED = "stopped"
#: Buckets → after how many seconds what is in them goes; 0: never.
BUCKETS = {SNAPSHOTS: 0, CONFIG: 0, RECORDINGS: 0, STOPPED: 2 * 86400}
#: Shifts the time of a test's or a demo's processes, in seconds as text; nobody follows it elsewhere.
CLOCK = "wbsys.clock"


class Follower(NamedTuple):
    """A durable consumer, made by the hub; who follows it may neither make nor alter one.

    subject: what it delivers. is_shared: several processes share its messages. ack_seconds: then they come again.
    """

    name: str
    stream: str
    subject: str
    is_shared: bool = False
    ack_seconds: float = 5.0
    most_pending: int = 1000

    @property
    def deliver(self) -> str:
        """The subject its messages arrive on."""
        return f"deliver.{self.name}"


#: Few at once: each that waits is claimed anew every few seconds, and thousands of claims would leave no time to work.
WORKER_FOLLOWS = tuple(
    Follower(f"worker-{name.lower()}", name, f"wb.*.*.{name.lower()}.>", True, seconds, most)
    for name, seconds, most in (
        ("PRESS", 1.5, 500), ("ORDER", 3.0, 1000), ("RECEIPT", 3.0, 1000), ("STATUS", 20.0, 1000),
    )
)  # fmt: skip


#: What became of messages to people, and what people answer, is written down by the slow worker: in lanes of their own,
#: because the one comes hundreds at a time, the other one by one. The other's subject has a token more.
TOLD_FOLLOWS = Follower("worker-told", "TOLD", "wb.*.*.told.*.*", True, 20.0, 200)
HEARD_FOLLOWS = Follower("worker-heard", "TOLD", "wb.*.*.told.*.heard.*", True, 20.0, 200)
#: Recordings made by telephone: few, and large.
RECORDED_FOLLOWS = Follower("worker-recorded", "TOLD", "wb.*.*.told.*.recorded.*", True, 20.0, 20)

EVERYWHERE = "*"
#: The hub's JetStream domain: a leaf passes requests to streams on only when they name it (and no `$KV` hints at all).
HUB_DOMAIN = "hub"


def split_where(where: str) -> tuple[str, str]:
    """(district, site) of a `where`; "*" for any."""
    district, _, site = where.partition("~")
    return district or "*", site or "*"


def join_where(district: str, site: str = "") -> str:
    """The `where` of an edge that serves one site, or a whole district."""
    return f"{district}~{site}" if district and site else district or EVERYWHERE


def covers(where: str, district: str, site: str | None) -> bool:
    """Whether `where` takes in a site of a district."""
    own_district, own_site = split_where(where)
    return own_district in ("*", district) and own_site in ("*", site)


def every(what: str, where: str = EVERYWHERE, rest: str = ">") -> str:
    """The pattern of all messages of a kind, e.g. "press", of the part that `where` names."""
    district, site = split_where(where)
    return f"wb.{district}.{site}.{what}.{rest}"


def answerers(where: str = EVERYWHERE) -> tuple[str, ...]:
    """Where people's and centres' answers come from: what a reflex reads back when it starts."""
    return tuple(every("receipt", where, f"{who}.>") for who in ("eido", "screens", "dispatch"))


def gateway_follows(gateway: str, where: str = EVERYWHERE) -> Follower:
    """The consumer of a gateway's orders; of its own part's for a gateway at an edge."""
    name = f"gateway-{token(gateway)}" + ("" if where == EVERYWHERE else f"-{token(where)}")
    return Follower(name, "ORDER", every("order", where, f"{token(gateway)}.>"), ack_seconds=30.0)


def sender_follows(gateway: str) -> Follower:
    """The consumer of the batches a gateway sends to people; carriers are spoken with from the hub alone."""
    return Follower(
        f"tell-{token(gateway)}", "TELL", every("tell", EVERYWHERE, f"{token(gateway)}.>"), ack_seconds=30.0
    )


def reflex_follows(where: str = EVERYWHERE) -> Follower:
    """The consumer of presses and of what the hub asks; of its own site's for a reflex at an edge."""
    name = "reflex" if where == EVERYWHERE else f"reflex-{token(where)}"
    return Follower(name, "PRESS", every("press", where), is_shared=True, ack_seconds=3.0)


def config_key(gateway: str, where: str = EVERYWHERE) -> str:
    """The key of a gateway's configuration in the bucket `config`: its own, or its own at an edge."""
    if where == EVERYWHERE:
        return token(gateway)
    return ".".join(token(part) for part in (*split_where(where), gateway) if part != "*")


REFLEX_FOLLOWS = reflex_follows()


def snapshot_keys(where: str = EVERYWHERE) -> str:
    """The pattern of the snapshots that `where` needs, in the bucket `snapshots`."""
    district, site = split_where(where)
    return ">" if district == "*" else f"{token(district)}.{'>' if site == '*' else token(site)}"


def token(text: str) -> str:
    """`text` as one subject token: NATS gives dots, blanks, `*` and `>` a meaning of their own."""
    return re.sub(r"[^A-Za-z0-9_-]", "_", text) or "_"


def subject(district: str, site: str | None, what: str, gateway: str, device: str) -> str:
    """The subject of a message about one device; `site` is "district" where a message belongs to none."""
    return f"wb.{token(district)}.{token(site or 'district')}.{what}.{token(gateway)}.{token(device)}"


def heard_subject(district: str, gateway: str, kind: str) -> str:
    """The subject of what somebody answered to a message; `kind` as in wire.tell.Heard."""
    return f"{subject(district, None, 'told', gateway, 'heard')}.{token(kind)}"


def recorded_subject(district: str, gateway: str, call: str) -> str:
    """The subject of how a call to record goes."""
    return f"{subject(district, None, 'told', gateway, 'recorded')}.{token(call)}"


def is_of(subject: str, district: str) -> bool:
    """Whether a message on `subject` may speak for `district`: the bus vouches for the subject, not for the body."""
    return subject.split(".")[1:2] == [token(district)]


def audio_subject(district: str, site: str, session: str) -> str:
    """A live announcement on core NATS: frames of 20 ms G.711 µ-law (160 bytes) behind a count (4 bytes)."""
    return f"wb.{token(district)}.{token(site)}.audio.{token(session)}"


def audio_told_subject(district: str, session: str, gateway: str) -> str:
    """What a gateway says to who speaks live, on core NATS: JSON {"zone", "state", "because"} (on, cut, over)."""
    return f"wb.{token(district)}.audio-told.{token(session)}.{token(gateway)}"


def recording_key(district: str, digest: str) -> str:
    """The key of a recording in the bucket `recordings`; `digest` is the SHA-256 of its bytes in hex."""
    return f"{token(district)}.{token(digest)}"


def stopped_key(district: str, mailing: str) -> str:
    """The key of a stopped mailing in the bucket `stopped`."""
    return f"{token(district)}.{token(mailing)}"


def key_subject(bucket: str, key: str) -> str:
    """The subject on which a key of a bucket is written."""
    return f"$KV.{bucket}.{key}"


def progress_topic(about: str) -> str:
    """The live topic of what becomes of messages about something, told at most once a second: see `is_paced`.

    about: "notice:ID", or "notice:ID:2" for a correction of it, which is followed with it.
    """
    return ":".join(("progress", *about.split(":")[:2]))


def is_paced(topic: str) -> bool:
    """Whether a live topic may be touched thousands of times a minute, so that its followers hear it once a second."""
    return topic.startswith(("progress:", "threads:"))


def live_subject(district: str, topic: str) -> str:
    """The core subject of a live hint, e.g. topic "incident:42"."""
    return f"wb.{token(district)}.live.{token(topic.replace(':', '-'))}"


#: What all processes beat on.
HEARTBEATS = "wbsys.heartbeat.>"


def heartbeat_subject(role: str, instance: str) -> str:
    """The core subject a process beats on."""
    return f"wbsys.heartbeat.{token(role)}.{token(instance)}"


def snapshot_key(district: str, site: str) -> str:
    """The key of a site's snapshot in the bucket `snapshots`."""
    return f"{token(district)}.{token(site)}"
