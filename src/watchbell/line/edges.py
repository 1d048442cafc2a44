"""The machines at schools: what each serves. The hub keeps the list in its home, an edge its own entry."""

import msgspec

from watchbell.line import config
from watchbell.wire.subjects import join_where


class Edge(msgspec.Struct, frozen=True, kw_only=True):
    """One enrolled part. where: the district or site it serves. gateways: those that run there.

    is_leaf: it has a NATS leaf, a reflex and screens of its own and goes on without the hub; else it is one gateway
    that calls the hub. signer: public key (hex) of its reflex. hub: where its leaf calls. url: the hub's pages.
    """

    district: str
    site: str = ""
    gateways: list[str] = []
    is_leaf: bool = False
    signer: str = ""
    hub: str = ""
    url: str = ""

    @property
    def where(self) -> str:
        return join_where(self.district, self.site)

    @property
    def name(self) -> str:
        """Its key's name: the leaf calls the hub with it."""
        return f"leaf@{self.where}"


def edges() -> list[Edge]:
    """Every edge the hub has enrolled."""
    path = config.home() / "edges.json"
    return msgspec.json.decode(path.read_bytes(), type=list[Edge]) if path.exists() else []


def keep_edge(edge: Edge) -> None:
    """Adds `edge` to the hub's list; the gateways of an earlier entry for the same part stay."""
    known = {(one.where, one.is_leaf): one for one in edges()}
    before = known.get((edge.where, edge.is_leaf))
    if before is not None:
        edge = msgspec.structs.replace(edge, gateways=sorted({*before.gateways, *edge.gateways}))
    known[edge.where, edge.is_leaf] = edge
    wanted = sorted(known.values(), key=lambda one: (one.where, one.is_leaf))
    config.write_private(config.home() / "edges.json", msgspec.json.encode(wanted))


def own_edge() -> Edge:
    """This machine's entry. Raises FileNotFoundError where it has none."""
    return msgspec.json.decode((config.home() / "edge.json").read_bytes(), type=Edge)


def signers() -> dict[str, str]:
    """{where: public key} of the reflexes whose orders are genuine for what they serve."""
    found = [own_edge()] if config.is_edge() else edges()
    return {one.where: one.signer for one in found if one.signer}
