"""Who somebody is in a district, and the tickets that say so without the database."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.db.models import Q, QuerySet

from watchbell.district.accounts.facts import (
    DURESS_ROLES,
    HEARING_ROLES,
    LIVE_TICKET_SECONDS,
    NEEDS_SECOND_FACTOR,
    PERMISSIONS,
    PRESS_TICKET_SECONDS,
    TICKET_RIGHTS,
)
from watchbell.district.accounts.models import ApiToken, BreakGlassUse, Membership, Pins, PushSubscription, User
from watchbell.kernel import fields
from watchbell.kernel.acting import acting_in
from watchbell.kernel.audit import about_sites
from watchbell.kernel.districts import looking_into
from watchbell.kernel.models import AuditRow, District
from watchbell.kernel.permissions import Actor, Held, may, require, sites_as, sites_with
from watchbell.line import clock, signing
from watchbell.line.errors import NotFound, Refused
from watchbell.line.ids import same_id

#: The mark of who acts by a token, before its id.
PROGRAM = "token:"
#: When a token was last used is written at most this often.
USED_EVERY = timedelta(minutes=1)


def actor_of(user: User, district: UUID, from_where: str = "", session: str = "") -> Actor | None:
    """`user` as an actor in `district`; None without an active membership there. Acts in the caller's district."""
    told: tuple[UUID, list[tuple[str, UUID | None]]] | None = getattr(user, "roles_here", None)
    found = told[1] if told is not None and told[0] == district else roles_held(user.id)
    if not found:
        return None
    held = tuple(
        Held(role, PERMISSIONS.get(role, frozenset()), None if site is None else frozenset({site}))
        for role, site in found
    )
    permissions = frozenset().union(*(one.permissions for one in held))
    sites = None if any(site is None for _, site in found) else frozenset(site for _, site in found if site)
    return Actor(
        user_id=user.id, name=str(user), role=found[0][0], district=district, permissions=permissions, sites=sites,
        from_where=from_where, held=held, session=session,
    )  # fmt: skip


def roles_held(user_id: UUID) -> list[tuple[str, UUID | None]]:
    """(role, site) of an account's active memberships in the acting district, the oldest first."""
    rows = Membership.objects.filter(user_id=user_id, is_active=True).order_by("id")
    return list(rows.values_list("role", "site_id"))


def user_with_roles(user_id: UUID | str, district: UUID) -> User | None:
    """An account that has a role in the acting district, with what `actor_of` asks of it: one query for both.

    None for everybody else, whoever they are.
    """
    rows = Membership.objects.filter(user_id=user_id, is_active=True).select_related("user").order_by("id")
    found = [(row.user, row.role, row.site_id) for row in rows]
    if not found:
        return None
    user = found[0][0]
    user.roles_here = (district, [(role, site) for _, role, site in found])
    return user


def districts_of(user: User) -> list[tuple[District, list[str]]]:
    """The districts where an account has roles, by name, each with these roles."""
    found = []
    for district in user.districts.order_by("name", "id"):
        with looking_into(district.id):
            if held := roles_held(user.id):
                found.append((district, list(dict.fromkeys(role for role, _ in held))))
    return found


def users_with_mail(mail: str) -> list[User]:
    """Accounts with a role in the acting district and this address, however it is written; never the sealed one."""
    rows = Membership.objects.filter(
        user__email__iexact=mail, user__is_active=True, user__is_break_glass=False, is_active=True
    ).select_related("user")  # fmt: skip
    return list({row.user_id: row.user for row in rows.order_by("id")}.values())


def account_with_mail(mail: str) -> User | None:
    """The account that signs in with this address, in whichever district."""
    return User.objects.filter(email__iexact=mail.replace("\0", "").strip()).first()


def is_demo_outside(user: User) -> bool:
    """True for a demo account where the demo does not run: nothing that was made for it lets anybody in there."""
    return user.is_demo and not settings.IS_DEMO


def token_actor(token: str, from_where: str = "") -> Actor | None:
    """The actor of a bearer token: genuine, unexpired, not revoked; its own scope narrows the person's right. None also
    for a demo account's outside the demo."""
    claims = signing.read_ticket(token.removeprefix("wb_"))
    if claims is None or claims.get("kind") != "token":
        return None
    return _actor_by(claims["id"], from_where)


def _actor_by(token_id: str, from_where: str = "") -> Actor | None:
    row = ApiToken.objects.select_related("user").filter(id=token_id, revoked_at=None).first()
    if row is None or row.expires_at < clock.now() or not row.user.is_active or is_demo_outside(row.user):
        return None
    with acting_in(row.district_ref):
        actor = actor_of(row.user, row.district_ref, from_where or f"token {row.name}", f"{PROGRAM}{row.id}")
    if actor is None:
        return None
    if row.used_at is None or row.used_at < clock.now() - USED_EVERY:
        ApiToken.objects.filter(id=row.id).update(used_at=clock.now())
    return narrowed(actor, row.permissions)


def session_mark(key: str | None) -> str:
    """What a ticket says of the session it came from: enough to know it again, never the key itself."""
    return same_id("session", key) if key else ""


def actor_behind(user_id: str, district: UUID, session: str) -> Actor | None:
    """Who was given a ticket, as they stand now. None once the session or token it came from has ended, or the account,
    or its last role here."""
    if session.startswith(PROGRAM):
        return _actor_by(session.removeprefix(PROGRAM))
    with acting_in(district):
        user = user_with_roles(user_id, district)
        if user is None or not user.is_active or is_demo_outside(user):
            return None
        rows = [row for row in UserSession.objects.filter(user=user) if session_mark(row.session_key) == session]
        if not rows or rows[0].purge():  # gone from the store, or of a password that was changed since
            return None
        return actor_of(user, district, session=session)


def narrowed(actor: Actor, scope: Iterable[str]) -> Actor:
    """`actor` with those of their rights alone that are in `scope`; with all of them where it is empty."""
    kept = frozenset(scope)
    return replace(actor, permissions=actor.permissions & kept) if kept else actor


def _claims(actor: Actor, kind: str) -> dict[str, Any]:
    """rights: {right that counts on the raw paths: its sites, None for all}; roles: [[role, sites]]."""
    return {
        "kind": kind, "user": str(actor.user_id), "name": actor.name, "role": actor.role,
        "district": str(actor.district), "sites": _told(actor.sites), "session": actor.session,
        "rights": {right: _told(sites_with(actor, right)) for right in TICKET_RIGHTS if may(actor, right)},
        "roles": [[one.role, _told(one.sites)] for one in actor.held] or [[actor.role, _told(actor.sites)]],
    }  # fmt: skip


def _told(sites: frozenset[UUID] | None) -> list[str] | None:
    return None if sites is None else sorted(str(site) for site in sites)


def press_claims(actor: Actor) -> dict[str, Any]:
    """What a press needs to know of who presses: which modes, which sites."""
    modes = [mode for mode, need in (("real", "raise"), ("drill", "drill"), ("test", "test"))
             if f"alarms.{need}" in actor.permissions]  # fmt: skip
    return {**_claims(actor, "press"), "modes": modes}


def press_ticket(actor: Actor) -> str:
    """A ticket for POST /api/v1/alarms, issued at sign-in and checked without the database."""
    return signing.make_ticket(press_claims(actor), PRESS_TICKET_SECONDS)


def live_ticket(actor: Actor, topics: list[str]) -> str:
    """A ticket for the live path: topics and expiry of five minutes; permission is checked again at renewal."""
    return signing.make_ticket({**_claims(actor, "live"), "topics": topics}, LIVE_TICKET_SECONDS)


def members(actor: Actor, search: str = "", role: str = "") -> QuerySet[Membership]:
    """Active memberships of the acting district at the sites whose accounts `actor` may see, people first."""
    rows = Membership.objects.filter(is_active=True).select_related("user", "site", "user__agency")
    own = sites_with(actor, "accounts.view")
    rows = rows if own is None else rows.filter(site__in=own)
    rows = rows.filter(role=role.replace("\0", "")) if role else rows
    if search := search.replace("\0", ""):
        rows = rows.filter(Q(user__name__icontains=search) | Q(user__email__icontains=search))
    return rows.order_by("user__name", "role", "id")


def tokens_of(actor: Actor) -> QuerySet[ApiToken]:
    """Tokens of this district that have not ended, newest first; with the right at single sites, one's own and those
    of whoever is of these sites alone."""
    rows = ApiToken.objects.filter(district_ref=actor.district, revoked_at=None, expires_at__gt=clock.now())
    own = sites_with(actor, "accounts.tokens")
    if own is not None:
        rows = rows.filter(Q(user_id=actor.user_id) | Q(user_id__in=list(users_within(own))))
    return rows.select_related("user").order_by("-made_at")


def audit_rows(
    actor: Actor, *, q: str = "", action: str = "", since: datetime | None = None, before: datetime | None = None
) -> QuerySet[AuditRow]:
    """The audit log of the acting district, newest first, from `since` until just `before`: a range of its index.

    With the right at single sites: one's own rows, those of the people who are of these sites alone, and those about
    the sites and what belongs to them.
    """
    require(actor, "audit.view")
    rows = _audit_of(actor).order_by("-at", "-id").exclude(_unread_by(actor))
    rows = rows.filter(action=action) if (action := action.replace("\0", "")) else rows
    if q := q.replace("\0", ""):
        rows = rows.filter(Q(actor_name__icontains=q) | Q(target__icontains=q) | Q(why__icontains=q))
    rows = rows.filter(at__gte=since) if since else rows
    return rows.filter(at__lt=before) if before else rows


def hidden_from(actor: Actor, way: str = "") -> Q:
    """Duress is for police, officer and director where they are that, and never on the screen of whom it is about.

    way: how a table comes to the row with `kind`, `site` and `pressed_by`, such as "incident__".
    """
    if actor.is_system:
        return Q(pk=None)
    hidden = Q(**{f"{way}kind": "duress"})
    known = sites_as(actor, DURESS_ROLES)
    elsewhere = Q(pk=None) if known is None else ~Q(**{f"{way}site_id__in": known})
    own = Q(**{f"{way}pressed_by": actor.user_id}) if actor.user_id else Q(pk=None)
    return hidden & (elsewhere | own)


def _unread_by(actor: Actor) -> Q:
    """What would betray a duress alarm: for police, officer and director only, and never for whom it is about."""
    silent = Q(target__istartswith="duress")
    roles = [one.role for one in actor.held if "audit.view" in one.permissions] or [actor.role]
    if not set(roles) <= set(DURESS_ROLES):  # a row does not say at which site, so the least of them decides
        return silent
    return silent & (Q(actor_name=actor.name) | Q(actor_id=actor.user_id))


def _audit_of(actor: Actor) -> QuerySet[AuditRow]:
    own = sites_with(actor, "audit.view")
    if own is None:
        return AuditRow.objects.all()
    people = users_within(own) | ({actor.user_id} if actor.user_id else set())
    about = Q(actor_id__in=people) | Q(target_id__in=[str(one) for one in people]) | about_sites(own)
    return AuditRow.objects.filter(about)


def audit_actions(actor: Actor) -> list[str]:
    """The kinds of action that occur in what `actor` sees of this district's log."""
    return list(_audit_of(actor).order_by("action").values_list("action", flat=True).distinct())


def subscriptions_of_site(site_id: UUID) -> list[dict[str, Any]]:
    """The browsers of this site's people and of the district's who hear of alarms there, as the push gateway wants
    them, with whose they are."""
    roles: dict[UUID, list[str]] = {}
    for user, _, role in accounts_of_site(site_id):
        if role in HEARING_ROLES:
            roles.setdefault(user, []).append(role)
    rows = PushSubscription.objects.filter(user_id__in=list(roles)).order_by("id")
    return [
        {"id": str(r.id), "endpoint": r.endpoint, "p256dh": r.p256dh, "auth": r.auth, "user": str(r.user_id),
         "roles": sorted(roles.get(r.user_id, ()))}
        for r in rows
    ]  # fmt: skip


def subscriptions_of_users(users: Iterable[UUID]) -> dict[UUID, list[dict[str, Any]]]:
    """{account: its browsers that take pushes}: {"id", "endpoint", "p256dh", "auth"}. One query."""
    found: dict[UUID, list[dict[str, Any]]] = {}
    for row in PushSubscription.objects.filter(user_id__in=list(users)).order_by("made_at"):
        words = {"id": str(row.pk), "endpoint": row.endpoint, "p256dh": row.p256dh, "auth": row.auth}
        found.setdefault(row.user_id, []).append(words)
    return found


def accounts_with_roles(roles: Iterable[str], sites: Iterable[UUID] = ()) -> list[UUID]:
    """The accounts that hold one of these roles, at one of these sites or everywhere."""
    rows = Membership.objects.filter(role__in=list(roles), is_active=True)
    wanted = list(sites)
    rows = rows.filter(Q(site=None) | Q(site__in=wanted)) if wanted else rows
    return list(rows.order_by("user_id").values_list("user_id", flat=True).distinct())


def accounts_of_site(site_id: UUID) -> list[tuple[UUID, str, str]]:
    """(account, name, role) of everybody who acts at a site, there or in the whole district, by name."""
    rows = Membership.objects.filter(Q(site_id=site_id) | Q(site_id=None), is_active=True, user__is_active=True)
    rows = rows.order_by("user__name", "user_id", "role").select_related("user")
    return [(row.user_id, str(row.user), row.role) for row in rows]


def devices_of(actor: Actor) -> QuerySet[PushSubscription]:
    """The browsers in which the signed-in person takes alerts, newest first."""
    return PushSubscription.objects.filter(user_id=actor.user_id).order_by("-made_at")


def pins_changed_at(actor: Actor) -> datetime | None:
    """When the signed-in person last set their PINs; None while they have none. Nobody can read the PINs."""
    return Pins.objects.filter(user_id=actor.user_id).values_list("changed_at", flat=True).first()


def lacks_second_factor(actor: Actor) -> bool:
    """True for somebody with sensitive rights whose account has neither an authenticator app nor a passkey."""
    if actor.user_id is None or not actor.permissions & NEEDS_SECOND_FACTOR:
        return False
    return not Authenticator.objects.filter(user_id=actor.user_id).exclude(type="recovery_codes").exists()


def users_within(sites: frozenset[UUID]) -> set[UUID]:
    """Accounts that hold roles at these sites and none elsewhere in the acting district."""
    found: dict[UUID, bool] = {}
    for user, site in Membership.objects.filter(is_active=True).values_list("user_id", "site_id"):
        found[user] = found.get(user, True) and site in sites
    return {user for user, is_within in found.items() if is_within}


def user_to_keep(actor: Actor, user_id: UUID) -> User:
    """Somebody whose way of signing in `actor` may set anew: whoever acts at none but `actor`'s sites. Raises Refused,
    NotFound."""
    require(actor, "accounts.edit")
    user = User.objects.filter(id=user_id, is_active=True).first()
    held = {site for _, site in roles_held(user_id)}
    own = sites_with(actor, "accounts.edit")
    if user is None or not held or (own is not None and not held & own):
        raise NotFound("There is no such account in this district.")
    if own is not None and not held <= own:
        raise Refused(f"{user.name} acts at other sites too: ask whoever keeps the accounts of the whole district.")
    if user.districts.exclude(id=actor.district).exists():
        raise Refused(f"{user.name} signs in for other districts too; their way of signing in is not ours to set.")
    if user.is_break_glass:
        raise Refused("The sealed account is sealed anew on this page; it takes no link.")
    return user


def second_factors(users: Iterable[UUID]) -> set[UUID]:
    """Those of `users` who have an authenticator app or a passkey."""
    rows = Authenticator.objects.filter(user_id__in=list(users)).exclude(type="recovery_codes")
    return set(rows.values_list("user_id", flat=True))


def break_glass_login(actor: Actor) -> str:
    """The sealed account's login, "" when there is none yet."""
    found = User.objects.filter(is_break_glass=True, districts=actor.district).values_list("email", flat=True).first()
    return found or ""


def break_glass_alarms() -> QuerySet[BreakGlassUse]:
    """Uses of the sealed account that nobody has looked into yet, newest first."""
    return BreakGlassUse.objects.filter(seen_at=None).order_by("-at")


def break_glass_uses() -> QuerySet[BreakGlassUse]:
    """Every use of the sealed account, newest first."""
    return BreakGlassUse.objects.order_by("-at")


def roles_of(actor: Actor, user_id: UUID) -> list[Membership]:
    """What a person is in this district, with the person. Raises NotFound."""
    require(actor, "accounts.view")
    found = list(members(actor).filter(user_id=user_id))
    if not found:
        raise NotFound("There is no such account in this district.")
    return found


def user_of(actor: Actor, membership_id: UUID) -> UUID:
    """Whose role in this district that is. Raises NotFound."""
    require(actor, "accounts.view")
    found = members(actor).filter(id=membership_id).values_list("user_id", flat=True).first()
    if found is None:
        raise NotFound("There is no such account in this district, or the role has ended.")
    return found


def factors_with_seeds() -> list[tuple[Authenticator, dict[str, str]]]:
    """Authenticator apps and sets of recovery codes of everybody, each with what lies encrypted in it."""
    found = []
    for row in Authenticator.objects.exclude(type="webauthn").order_by("id"):
        seeds = {name: row.data[name] for name in ("secret", "seed") if isinstance(row.data.get(name), str)}
        found.append((row, {name: value for name, value in seeds.items() if value}))
    return found


def count_unreadable_factors() -> int:
    """How many of them no known key opens."""
    return sum(not all(fields.is_readable(value) for value in seeds.values()) for _, seeds in factors_with_seeds())
