"""The JSON operations on accounts, tokens and the audit log."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Schema

from watchbell.district.accounts import actions, queries
from watchbell.district.accounts.rules import find_account_faults
from watchbell.kernel.api import Invalid, api_router, operation, paged
from watchbell.kernel.zones import day_filter

router = api_router("accounts")


class AccountBody(Schema):
    email: str
    name: str
    role: str
    site: UUID | None = None


def _account_as_dict(row: Any) -> dict[str, Any]:
    return {
        "id": str(row.pk), "user": str(row.user_id), "name": row.user.name, "email": row.user.email, "role": row.role,
        "site": str(row.site_id) if row.site_id else None,
        "agency": row.user.agency.name if row.user.agency else None,
    }  # fmt: skip


@operation(router.get, "/accounts", permission="accounts.view")
def list_accounts(request: HttpRequest, search: str = "", role: str = "") -> Any:
    """Who may do what, where: one item a role that somebody holds. site null: in the whole district."""
    return paged(request, queries.members(request.actor, search, role), _account_as_dict)


@operation(router.get, "/accounts/{membership_id}", permission="accounts.view")
def read_account(request: HttpRequest, membership_id: UUID) -> Any:
    """The person who holds this role: all their roles here, and whether a second factor protects them."""
    user = queries.user_of(request.actor, membership_id)
    rows = queries.roles_of(request.actor, user)
    return {**_account_as_dict(next(row for row in rows if row.pk == membership_id)),
            "roles": [_account_as_dict(row) for row in rows],
            "has_second_factor": bool(queries.second_factors([user]))}  # fmt: skip


@operation(router.post, "/accounts", permission="accounts.edit")
def add_account(request: HttpRequest, body: AccountBody) -> Any:
    """A role for somebody, with an account if they have none yet; a link to set a password is made on their page."""
    if faults := find_account_faults(body.email, body.name):
        raise Invalid(faults)
    user = actions.add_user(request.actor, body.email.strip(), body.name.strip(), body.role, body.site)
    held = [
        row for row in queries.roles_of(request.actor, user.id) if (row.role, row.site_id) == (body.role, body.site)
    ]
    return _account_as_dict(held[0])


@operation(router.delete, "/accounts/{membership_id}", permission="accounts.edit")
def end_account(request: HttpRequest, membership_id: UUID) -> Any:
    """This role ends; the person's other roles stay, and what they did stays in the record."""
    actions.end_membership(request.actor, membership_id)
    return {"id": str(membership_id), "ended": True}


@operation(router.get, "/tokens", permission="accounts.tokens")
def list_tokens(request: HttpRequest) -> Any:
    """Tokens that have not ended, newest first; never the tokens themselves. An empty scope is all its owner may do."""
    return paged(request, queries.tokens_of(request.actor), lambda row: {
        "id": str(row.pk), "name": row.name, "user": str(row.user_id), "owner": row.user.name,
        "scope": row.permissions, "made_at": row.made_at.isoformat(), "expires_at": row.expires_at.isoformat(),
        "used_at": row.used_at.isoformat() if row.used_at else None,
    })  # fmt: skip


@operation(router.delete, "/tokens/{token_id}", permission="accounts.tokens")
def revoke_token(request: HttpRequest, token_id: UUID) -> Any:
    """The token stops working at once."""
    actions.revoke_token(request.actor, token_id)
    return {"id": str(token_id), "ended": True}


@operation(router.get, "/audit-entries", permission="audit.view")
def list_audit_entries(
    request: HttpRequest, search: str = "", action: str = "", since: str = "", until: str = ""
) -> Any:
    """Every action, newest first. since, until: days (YYYY-MM-DD) as the district counts them, both included.

    number, previous, seal: of the hash chain, null and "" until the entry is sealed.
    """
    days = day_filter({"since": since, "until": until}, request.actor.district)
    if days.fault:
        raise Invalid({"since": days.fault})
    rows = queries.audit_rows(request.actor, q=search, action=action, since=days.since, before=days.before)
    return paged(request, rows, lambda row: {
        "id": str(row.pk), "at": row.at.isoformat(), "who": row.actor_name, "role": row.role, "action": row.action,
        "target": row.target, "target_id": row.target_id, "why": row.why, "from": row.from_where, "cause": row.cause,
        "number": row.number, "previous": row.previous, "seal": row.seal,
    })  # fmt: skip
