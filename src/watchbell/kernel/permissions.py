"""Who acts, with what right and where; deny by default."""

from dataclasses import dataclass, field
from uuid import UUID

from watchbell.line.errors import Refused

#: permission → pages and operations that ask for it; filled as they are declared, printed as the matrix.
DECLARED: dict[str, set[str]] = {}


@dataclass(frozen=True)
class Actor:
    """A person (or the system) acting in one district. sites: None means all sites of the district."""

    user_id: UUID | None
    name: str
    role: str
    district: UUID
    permissions: frozenset[str] = frozenset()
    sites: frozenset[UUID] | None = None
    from_where: str = ""
    person_id: UUID | None = None
    is_system: bool = field(default=False)

    @property
    def initials(self) -> str:
        words = self.name.split()
        return "".join(word[0] for word in words[:1] + words[-1:]).upper() if words else "?"


def system_actor(district: UUID, name: str = "Watchbell", from_where: str = "") -> Actor:
    """The installation itself, for what no person asked for, or a stranger whom a link let in."""
    return Actor(user_id=None, name=name, role="system", district=district, from_where=from_where, is_system=True)


def declare(permission: str, what: str) -> None:
    """Notes that page or operation `what` needs `permission`."""
    DECLARED.setdefault(permission, set()).add(what)


def may(actor: Actor, permission: str, site_id: UUID | None = None) -> bool:
    """True when `actor` has `permission`, at `site_id` where one is named."""
    if actor.is_system:
        return True
    if permission not in actor.permissions:
        return False
    return site_id is None or actor.sites is None or site_id in actor.sites


def require(actor: Actor, permission: str, site_id: UUID | None = None) -> None:
    """Raises Refused, naming the permission, unless `may`."""
    if not may(actor, permission, site_id):
        where = " at this site" if permission in actor.permissions else ""
        raise Refused(f"Your role ({actor.role.replace('_', ' ')}) may not do this{where}: it needs “{permission}”.")
