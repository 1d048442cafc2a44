"""Who may publish and hear what on the bus: one key a process, its own subjects, its own consumers, nothing else."""

import json
import os
from pathlib import Path
from typing import NamedTuple

import nkeys

from watchbell.line import config, signing
from watchbell.line.bus import inbox_prefix, key_file
from watchbell.line.errors import Refused
from watchbell.wire.subjects import (
    ANSWERERS,
    CLOCK,
    CONFIG,
    RECORDINGS,
    REFLEX_FOLLOWS,
    SNAPSHOTS,
    WORKER_FOLLOWS,
    Follower,
    config_key,
    gateway_follows,
    token,
)

GATEWAYS = ("siadc09", "osdp", "rtppaging", "eido", "voicecall", "webpush")
ROLES = ("web", "worker", "reflex", "supervisor", "simulator", "test")
#: Gateways to loudspeakers.
SPEAKING = ("rtppaging", "sip")
SCREENS = "wb.*.*.order.screens.>"


class Rights(NamedTuple):
    """Subjects a process may publish, subjects it may hear."""

    publish: list[str]
    hear: list[str]


def rights_of(name: str) -> Rights:
    """The rights of process `name`, e.g. "worker", "gateway/osdp", "gateway/osdp@<district>" at a district's edge."""
    if name == "test":
        return Rights([">"], [">"])
    own = _gateway_rights(name) if name.startswith("gateway/") else _role_rights()[name]
    hear = [*own.hear, f"{inbox_prefix(name)}.>"] + ([CLOCK] if is_shiftable() else [])
    return Rights([*own.publish, f"wbsys.heartbeat.{token(name.partition('@')[0])}.>"], hear)


def _gateway_rights(name: str) -> Rights:
    gateway, _, district = name.removeprefix("gateway/").partition("@")
    district = district or "*"
    key = f"$KV.{CONFIG}.{config_key(gateway, district)}"
    follows = _following(gateway_follows(gateway, district))
    own = [f"wb.{district}.*.{what}.{gateway}.>" for what in ("press", "receipt", "status", "telemetry")]
    sound = _sound_rights(gateway, district) if gateway in SPEAKING else Rights([], [])
    return Rights(
        [*own, f"$JS.API.DIRECT.GET.KV_{CONFIG}.{key}", *follows.publish, *sound.publish],
        [f"wb.{district}.*.order.{gateway}.>", key, *follows.hear, *sound.hear],
    )


def _sound_rights(gateway: str, district: str) -> Rights:
    """Live speech is heard, who speaks is told how it goes, and recordings are fetched by their hash."""
    recording = f"$KV.{RECORDINGS}.{district}.*"
    return Rights(
        [f"wb.{district}.audio-told.*.{gateway}", f"$JS.API.DIRECT.GET.KV_{RECORDINGS}.{recording}"],
        [f"wb.{district}.*.audio.>"],
    )


def _role_rights() -> dict[str, Rights]:
    worker, reflex = _following(*WORKER_FOLLOWS), _following(REFLEX_FOLLOWS)
    return {
        "web": Rights(
            ["wb.*.*.press.console.>", "wb.*.*.press.hub.>", "wb.*.*.receipt.screens.>", "wb.*.*.status.screens.>",
             "wb.*.live.>", "wb.*.*.audio.>", _replaying("ORDER", SCREENS)],
            ["wb.*.live.>", "wb.*.audio-told.>", SCREENS],
        ),
        "worker": Rights(
            ["wb.*.*.press.hub.>", "wb.*.live.>", "wbsys.heartbeat.worker_slow.>",
             *(f"$KV.{bucket}.>" for bucket in (SNAPSHOTS, CONFIG, RECORDINGS)),
             *(f"$JS.API.STREAM.INFO.KV_{bucket}" for bucket in (SNAPSHOTS, CONFIG, RECORDINGS)), *worker.publish],
            worker.hear,
        ),
        "reflex": Rights(
            ["wb.*.*.order.>", "wb.*.*.receipt.reflex.>", _replaying("PRESS", REFLEX_FOLLOWS.subject),
             *(_replaying("RECEIPT", answerer) for answerer in ANSWERERS),
             _replaying(f"KV_{SNAPSHOTS}", f"$KV.{SNAPSHOTS}.>"), *reflex.publish],
            ["wb.*.*.press.>", "wb.*.*.receipt.>", f"$KV.{SNAPSHOTS}.>", *reflex.hear],
        ),
        "supervisor": Rights(["$JS.API.>", CLOCK], ["wbsys.heartbeat.>", CLOCK]),
        "simulator": Rights([], []),
    }  # fmt: skip


def _following(*followers: Follower) -> Rights:
    """Asking whether the consumer is there, acknowledging its messages, hearing them; not making or altering it."""
    publish = []
    for one in followers:
        publish += [f"$JS.API.CONSUMER.INFO.{one.stream}.{one.name}", f"$JS.ACK.{one.stream}.{one.name}.>"]
    return Rights(publish, [one.deliver for one in followers])


def _replaying(stream: str, subject: str) -> str:
    """Making a passing consumer of exactly this subject: the server compares it with what the request asks."""
    return f"$JS.API.CONSUMER.CREATE.{stream}.*.{subject}"


def is_shiftable() -> bool:
    """True where a test may move the time of every process."""
    return config.setting("TEST") == "1"


# -- keys --------------------------------------------------------------------------------------------------------


def public_key(name: str) -> str:
    """The public NKEY of process `name`; its seed is made when missing (home, 0600)."""
    seed = config.keep_first(key_file(name), nkeys.encode_seed(os.urandom(32), nkeys.PREFIX_BYTE_USER))
    return nkeys.from_seed(seed).public_key.decode()


def _edges_file() -> Path:
    return config.home() / "edges.json"


def edges() -> list[tuple[str, str]]:
    """(gateway, district id) of every gateway enrolled at a district's edge."""
    path = _edges_file()
    return [(gateway, district) for gateway, district in json.loads(path.read_text())] if path.exists() else []


def enrol_key(name: str, district: str = "") -> tuple[str, list[Path]]:
    """(public key, files the other machine needs) of process `name`, made when missing.

    With `district` (its id) the key is worth nothing outside that district. Raises Refused for an unknown name.
    """
    gateway = name.removeprefix("gateway/")
    if name not in names() or (district and gateway not in GATEWAYS):
        known = [f"gateway/{one}" for one in GATEWAYS] if district else names()
        raise Refused(f"Only these can be enrolled{' for one district' if district else ''}: {', '.join(known)}.")
    signing.public_key()
    files = [config.home() / "hub.pub"]
    if district:
        name = f"{name}@{district}"
        config.write_private(_edges_file(), json.dumps(sorted({*edges(), (gateway, district)})).encode())
    if gateway in GATEWAYS:
        files.append(signing.box_file(name.replace("/", "-")))
    return public_key(name), [key_file(name), *files]


def names() -> list[str]:
    """Every process with a key of its own. The test key exists only where a test or the demo asked for it."""
    given = [role for role in ROLES if role not in ("test", "simulator") or config.is_demo() or is_shiftable()]
    enrolled = [f"gateway/{gateway}@{district}" for gateway, district in edges()]
    return given + [f"gateway/{name}" for name in GATEWAYS] + enrolled


def followers() -> list[Follower]:
    """Every durable consumer of this installation."""
    own = [gateway_follows(gateway) for gateway in GATEWAYS]
    return [REFLEX_FOLLOWS, *WORKER_FOLLOWS, *own, *(gateway_follows(*edge) for edge in edges())]


def _quoted(subjects: list[str]) -> str:
    return "[" + ", ".join(f'"{subject}"' for subject in subjects) + "]"


def authorization() -> str:
    """The `authorization` part of a NATS server's configuration: every process by key, with its subjects."""
    users = []
    for name in names():
        publish, hear = rights_of(name)
        # an empty list would mean everything; nobody answers requests, so nothing else is allowed either
        users.append(
            f"  {{ nkey: {public_key(name)}, permissions: {{\n    publish: {_quoted(publish)},\n"
            f"    subscribe: {_quoted(hear)} }} }}"
        )
    return "authorization {\n users = [\n" + ",\n".join(users) + "\n ]\n}\n"
