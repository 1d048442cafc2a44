"""Who may publish and hear what on the bus: one key a process, its own subjects, its own consumers, nothing else."""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import nkeys

from watchbell.line import config, signing
from watchbell.line.bus import inbox_prefix, key_file
from watchbell.line.edges import Edge, edges, keep_edge, own_edge
from watchbell.line.errors import Refused
from watchbell.wire.subjects import (
    CLOCK,
    CONFIG,
    EVERYWHERE,
    HEARD_FOLLOWS,
    HEARTBEATS,
    HUB_DOMAIN,
    RECORDED_FOLLOWS,
    RECORDINGS,
    REFLEX_FOLLOWS,
    SNAPSHOTS,
    STOPPED,
    TOLD_FOLLOWS,
    WORKER_FOLLOWS,
    Follower,
    answerers,
    config_key,
    every,
    gateway_follows,
    reflex_follows,
    sender_follows,
    snapshot_keys,
    split_where,
    token,
)

GATEWAYS = (
    "siadc09", "osdp", "rtppaging", "eido", "voicecall", "webpush", "cap", "blebadge", "mqttsign", "modbus",
    "sip", "pbx", "held", "smtp", "sms", "social", "siptrunk",
)  # fmt: skip
#: Gateways to carriers that bring messages to people, in batches.
SENDERS = ("voicecall", "webpush", "smtp", "sms", "social", "siptrunk")
#: Gateways that hear whose answers: a badge feels that police have acknowledged, or that a colleague is on the way.
HEARS_ANSWERS = {"blebadge": ("eido", "screens")}
#: Gateways to loudspeakers.
SPEAKING = ("rtppaging", "sip")
ROLES = ("web", "worker", "reflex", "recorder", "supervisor", "simulator", "test")
#: A role that is configured as gateways are: its secrets are sealed to its own key.
RECORDER = "recorder"
#: Asking this tells an edge whether the hub's streams can be reached.
LINK = f"$JS.{HUB_DOMAIN}.API.INFO"
#: What runs at an edge beside its gateways.
EDGE_ROLES = ("web", "reflex")


class Rights(NamedTuple):
    """Subjects a process may publish, subjects it may hear."""

    publish: list[str]
    hear: list[str]


def rights_of(name: str) -> Rights:
    """The rights of process `name`: "worker", "gateway/osdp"; at an edge "gateway/osdp@<district>", "reflex@<…>"."""
    if name == "test":
        return Rights([">"], [">"])
    role, _, where = name.partition("@")
    where = where or EVERYWHERE
    if role == "leaf":
        return _leaf_rights(where)
    own = _gateway_rights(role.removeprefix("gateway/"), where) if "/" in role else _role_rights(where)[role]
    hear = [*own.hear, f"{inbox_prefix(name)}.>"] + ([CLOCK] if is_shiftable() else [])
    return Rights([*own.publish, f"wbsys.heartbeat.{token(role)}.>"], hear)


def _gateway_rights(gateway: str, where: str) -> Rights:
    key = f"$KV.{CONFIG}.{config_key(gateway, where)}"
    follows = _following(_api(where), gateway_follows(gateway, where))
    own = [every(what, where, f"{gateway}.>") for what in ("press", "receipt", "status", "telemetry")]
    answers = [every("receipt", where, f"{one}.>") for one in HEARS_ANSWERS.get(gateway, ())]
    sound = _sound_rights(gateway, where) if gateway in SPEAKING else Rights([], [])
    sends = _sending_rights(gateway) if gateway in SENDERS and where == EVERYWHERE else Rights([], [])
    return Rights(
        [*own, f"{_api(where)}.DIRECT.GET.KV_{CONFIG}.{key}", *follows.publish, *sound.publish, *sends.publish],
        [every("order", where, f"{gateway}.>"), key, *follows.hear, *answers, *sound.hear, *sends.hear],
    )


def _sending_rights(gateway: str) -> Rights:
    """Its batches, which of them were stopped, what became of them, and the recordings that calls play."""
    follows = _following(_api(EVERYWHERE), sender_follows(gateway))
    reads = [f"{_api(EVERYWHERE)}.DIRECT.GET.KV_{bucket}.$KV.{bucket}.>" for bucket in (RECORDINGS, STOPPED)]
    return Rights([every("told", EVERYWHERE, f"{gateway}.>"), *reads, *follows.publish], follows.hear)


def _sound_rights(gateway: str, where: str) -> Rights:
    """Live speech is heard, who speaks is told how it goes, and recordings are fetched by their hash."""
    district = split_where(where)[0]
    recording = f"$KV.{RECORDINGS}.{district}.*"
    return Rights(
        [f"wb.{district}.audio-told.*.{gateway}", f"{_api(where)}.DIRECT.GET.KV_{RECORDINGS}.{recording}"],
        [every("audio", where)],
    )


def _role_rights(where: str) -> dict[str, Rights]:
    api = _api(where)
    worker = _following(api, *WORKER_FOLLOWS, TOLD_FOLLOWS, HEARD_FOLLOWS, RECORDED_FOLLOWS)
    reflex = _following(api, reflex_follows(where))
    live = f"wb.{split_where(where)[0]}.live.>"
    screens, presses = every("order", where, "screens.>"), every("press", where)
    snapshots = f"$KV.{SNAPSHOTS}.{snapshot_keys(where)}"
    own_entry = f"$KV.{CONFIG}.{config_key(RECORDER, where)}"
    return {
        "web": Rights(
            [every("press", where, "console.>"), every("receipt", where, "screens.>"),
             every("status", where, "screens.>"), _replaying(api, "ORDER", screens),
             _replaying(api, "PRESS", presses), *(_replaying(api, "RECEIPT", one) for one in answerers(where)),
             every("audio", where), *([every("press", where, "hub.>"), every("receipt", where, "dispatch.>"), live]
               if where == EVERYWHERE else [])],
            [live, screens, presses, f"wb.{split_where(where)[0]}.audio-told.>", *answerers(where),
             *([HEARTBEATS] if where == EVERYWHERE else [])],
        ),
        "worker": Rights(
            ["wb.*.*.press.hub.>", "wb.*.*.press.console.>", "wb.*.*.receipt.dispatch.>", "wb.*.live.>",
             "wbsys.heartbeat.worker_slow.>", "wb.*.*.tell.>",
             *(f"$KV.{bucket}.>" for bucket in (SNAPSHOTS, CONFIG, RECORDINGS, STOPPED)),
             *(f"$JS.API.STREAM.INFO.KV_{bucket}" for bucket in (SNAPSHOTS, CONFIG, RECORDINGS)), *worker.publish],
            worker.hear,
        ),
        "reflex": Rights(
            [every("order", where), every("receipt", where, "reflex.>"), _replaying(api, "PRESS", presses),
             *(_replaying(api, "RECEIPT", answerer) for answerer in answerers(where)),
             _replaying(api, f"KV_{SNAPSHOTS}", snapshots), *reflex.publish],
            [presses, every("receipt", where), snapshots, *reflex.hear],
        ),
        "recorder": Rights(
            [every("status", where, f"{RECORDER}.>"), f"{api}.DIRECT.GET.KV_{CONFIG}.{own_entry}"], [presses, own_entry]
        ),
        "supervisor": Rights([LINK if where != EVERYWHERE else "$JS.API.>", CLOCK], [HEARTBEATS, CLOCK]),
        "simulator": Rights([], []),
    }  # fmt: skip


def _leaf_rights(where: str) -> Rights:
    """What passes between the hub and an edge: all that the processes there may do, and nothing else."""
    edge = next(
        one for one in (edges() if not config.is_edge() else [own_edge()]) if one.where == where and one.is_leaf
    )
    publish, hear = {LINK}, {f"{inbox_prefix(f'supervisor@{where}')}.>"}
    for name in edge_names(edge):
        rights = rights_of(name)
        publish |= set(rights.publish)
        hear |= set(rights.hear)
    return Rights(sorted(publish), sorted(hear))


def _api(where: str) -> str:
    """The subject before requests to streams: through a leaf they name the hub's domain."""
    is_leaf = config.is_edge() or any(edge.where == where and edge.is_leaf for edge in edges())
    return f"$JS.{HUB_DOMAIN}.API" if where != EVERYWHERE and is_leaf else "$JS.API"


def _following(api: str, *followers: Follower) -> Rights:
    """Asking whether the consumer is there, acknowledging its messages, hearing them; not making or altering it."""
    publish = []
    for one in followers:
        publish += [f"{api}.CONSUMER.INFO.{one.stream}.{one.name}", f"$JS.ACK.{one.stream}.{one.name}.>"]
    return Rights(publish, [one.deliver for one in followers])


def _replaying(api: str, stream: str, subject: str) -> str:
    """Making a passing consumer of exactly this subject: the server compares it with what the request asks."""
    return f"{api}.CONSUMER.CREATE.{stream}.*.{subject}"


def is_shiftable() -> bool:
    """True where a test may move the time of every process."""
    return config.setting("TEST") == "1"


# -- keys --------------------------------------------------------------------------------------------------------


def public_key(name: str) -> str:
    """The public NKEY of process `name`; its seed is made when missing (home, 0600)."""
    seed = config.keep_first(key_file(name), nkeys.encode_seed(os.urandom(32), nkeys.PREFIX_BYTE_USER))
    return nkeys.from_seed(seed).public_key.decode()


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
        keep_edge(Edge(district=district, gateways=[gateway]))
    if gateway in (*GATEWAYS, RECORDER):
        files.append(signing.box_file(signing.box_name(gateway, district or EVERYWHERE)))
    return public_key(name), [key_file(name), *files]


def edge_names(edge: Edge) -> list[str]:
    """Every process of an edge, as it calls itself."""
    roles = [f"{role}@{edge.where}" for role in EDGE_ROLES] if edge.is_leaf else []
    return [*roles, *(f"gateway/{gateway}@{edge.where}" for gateway in edge.gateways)]


def names() -> list[str]:
    """Every process with a key of its own. The test key exists only where a test or the demo asked for it."""
    given = [role for role in ROLES if role not in ("test", "simulator") or config.is_demo() or is_shiftable()]
    enrolled = [name for edge in edges() for name in ([edge.name] if edge.is_leaf else edge_names(edge))]
    return given + [f"gateway/{name}" for name in GATEWAYS] + enrolled


def followers() -> list[Follower]:
    """Every durable consumer of this installation."""
    own = [gateway_follows(gateway) for gateway in GATEWAYS] + [sender_follows(gateway) for gateway in SENDERS]
    away = [gateway_follows(gateway, edge.where) for edge in edges() for gateway in edge.gateways]
    reflexes = (reflex_follows(edge.where) for edge in edges() if edge.is_leaf)
    return [REFLEX_FOLLOWS, *WORKER_FOLLOWS, TOLD_FOLLOWS, HEARD_FOLLOWS, RECORDED_FOLLOWS, *own, *away, *reflexes]


def _quoted(subjects: list[str]) -> str:
    return "[" + ", ".join(f'"{subject}"' for subject in subjects) + "]"


def authorization(listed: Iterable[str] | None = None) -> str:
    """The `authorization` part of a NATS server's configuration: every process by key, with its subjects."""
    users = []
    for name in names() if listed is None else listed:
        publish, hear = rights_of(name)
        # an empty list would mean everything; nobody answers requests, so nothing else is allowed either
        users.append(
            f"  {{ nkey: {public_key(name)}, permissions: {{\n    publish: {_quoted(publish)},\n"
            f"    subscribe: {_quoted(hear)} }} }}"
        )
    return "authorization {\n users = [\n" + ",\n".join(users) + "\n ]\n}\n"
