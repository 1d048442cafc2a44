"""Who acts, with what right and where; deny by default."""

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from uuid import UUID

from watchbell.line.errors import Refused

#: permission → pages and operations that ask for it; filled as they are declared, printed as the matrix.
DECLARED: dict[str, set[str]] = {}


@dataclass(frozen=True)
class Held:
    """A role as somebody holds it: its rights count at these sites and nowhere else. sites: None means all of them."""

    role: str
    permissions: frozenset[str]
    sites: frozenset[UUID] | None = None

    def gives(self, permission: str, site_id: UUID | None = None) -> bool:
        """Whether this role has `permission`, at `site_id` where one is named."""
        return permission in self.permissions and (site_id is None or self.sites is None or site_id in self.sites)


@dataclass(frozen=True)
class Actor:
    """A person (or the system) acting in one district. sites: None means all sites of the district.

    permissions, sites: of all roles together, the most that any of them can give. held: the roles one by one; a right
    of one of them counts at the sites of that one (see `may`). Empty for whoever is made of rights and sites alone.
    session: a mark of the session or the token they act by, which tells neither; tickets carry it.
    """

    user_id: UUID | None
    name: str
    role: str
    district: UUID
    permissions: frozenset[str] = frozenset()
    sites: frozenset[UUID] | None = None
    from_where: str = ""
    person_id: UUID | None = None
    is_system: bool = field(default=False)
    held: tuple[Held, ...] = ()
    session: str = ""

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
    """True when `actor` has `permission`; where a site is named, by a role that counts there."""
    if actor.is_system:
        return True
    if permission not in actor.permissions:
        return False
    if site_id is not None and actor.sites is not None and site_id not in actor.sites:
        return False
    return not actor.held or any(one.gives(permission, site_id) for one in actor.held)


def require(actor: Actor, permission: str, site_id: UUID | None = None) -> None:
    """Raises Refused, naming the permission, unless `may`."""
    if not may(actor, permission, site_id):
        where = " at this site" if permission in actor.permissions else ""
        raise Refused(f"Your role ({actor.role.replace('_', ' ')}) may not do this{where}: it needs “{permission}”.")


def sites_with(actor: Actor, permission: str) -> frozenset[UUID] | None:
    """The sites at which `actor` has `permission`: None for all of the district, empty for none at all."""
    if actor.is_system:
        return None
    if not may(actor, permission):
        return frozenset()
    found = [one.sites for one in actor.held if permission in one.permissions]
    if not found or None in found:
        return actor.sites
    sites = frozenset(site for one in found if one is not None for site in one)
    return sites if actor.sites is None else sites & actor.sites


def require_everywhere(actor: Actor, permission: str) -> None:
    """For what is the whole district's. Raises Refused for whoever has `permission` at single sites, or not at all."""
    require(actor, permission)
    if sites_with(actor, permission) is not None:
        raise Refused(f"This is the whole district's: it needs “{permission}” for all of it; yours is for your sites.")


def roles_with(actor: Actor, permission: str, site_id: UUID) -> list[str]:
    """The roles by which `actor` has `permission` at a site, the oldest first."""
    if not may(actor, permission, site_id):
        return []
    return [one.role for one in actor.held if one.gives(permission, site_id)] or [actor.role]


def roles_at(actor: Actor, site_id: UUID | None) -> list[str]:
    """The roles somebody has at a site, the one they act in first; None: anywhere in the district."""
    here = [one.role for one in actor.held if site_id is None or one.sites is None or site_id in one.sites]
    if not actor.held and (site_id is None or actor.sites is None or site_id in actor.sites):
        here = [actor.role]
    return sorted(dict.fromkeys(here), key=lambda role: role != actor.role)


def sites_as(actor: Actor, roles: Collection[str]) -> frozenset[UUID] | None:
    """The sites at which somebody has one of `roles`: None for all of the district, empty for none at all."""
    held = actor.held or (Held(actor.role, actor.permissions, actor.sites),)
    found = [one.sites for one in held if one.role in roles]
    return None if None in found else frozenset(site for one in found if one is not None for site in one)


def acting_by(actor: Actor, permission: str) -> Actor:
    """`actor` as they stand before what asks for `permission`: in a role that gives it, and at the sites where one
    does. So a list of one right holds nothing of the sites at which somebody has only another."""
    if actor.is_system or len(actor.held) < 2 or not may(actor, permission):
        return actor
    roles = [one.role for one in actor.held if permission in one.permissions]
    role = actor.role if actor.role in roles else roles[0]
    return replace(actor, role=role, sites=sites_with(actor, permission))
