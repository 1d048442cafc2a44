"""Accounts with their roles and tokens, and the audit log."""

from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from watchbell.district.accounts import actions, queries
from watchbell.district.accounts.facts import PIN_DIGITS, ROLE_NAMES
from watchbell.district.accounts.rules import find_pin_faults
from watchbell.district.sites.queries import all_site_facts
from watchbell.kernel.web import SIGNED_IN, change_page, csv_of, page, page_of
from watchbell.line.errors import WatchbellError
from watchbell.line.vapid import vapid_public_key


@page(permission="accounts.view", template="accounts/accounts_page.html")
def accounts_page(request: HttpRequest) -> Any:
    """Who may do what, where."""
    search, role = request.GET.get("q", "").strip(), request.GET.get("role", "")
    found = page_of(request, queries.members(search, role))
    filters = {
        "q": {"name": "q", "value": search, "placeholder": "Name or address"}, "target": "list",
        "selects": [{"name": "role", "label": "Role", "value": role,
                     "options": [("", "Any role"), *ROLE_NAMES.items()]}], "count": found["count"],
    }  # fmt: skip
    may_edit = "accounts.edit" in request.actor.permissions
    tokens = queries.tokens_of(request.actor) if "accounts.tokens" in request.actor.permissions else []
    return {**found, "filters": filters, "roles": ROLE_NAMES, "sites": all_site_facts(), "may_edit": may_edit,
            "tokens": tokens}  # fmt: skip


@change_page(permission="accounts.edit")
def add_account(request: HttpRequest) -> HttpResponse:
    form = request.POST
    try:
        if "@" not in form.get("email", "") or not form.get("name", "").strip():
            raise WatchbellError("A new account needs a name and an e-mail address.")
        site = UUID(form["site"]) if form.get("site") else None
        actions.add_user(request.actor, form["email"].strip(), form["name"].strip(), form.get("role", ""), site)
        messages.success(request, f"{form['name']} has an account now. They set their password by the reset page.")
    except (WatchbellError, ValueError) as error:
        messages.error(request, str(error))
    return redirect("accounts:accounts_page")


@change_page(permission="accounts.edit")
def end_membership(request: HttpRequest, membership_id: UUID) -> HttpResponse:
    try:
        actions.end_membership(request.actor, membership_id)
        messages.success(request, "The role has ended. What they did stays in the record.")
    except WatchbellError as error:
        messages.error(request, str(error))
    return redirect("accounts:accounts_page")


@change_page(permission="accounts.tokens")
def revoke_token(request: HttpRequest, token_id: UUID) -> HttpResponse:
    try:
        actions.revoke_token(request.actor, token_id)
        messages.success(request, "The token has ended.")
    except WatchbellError as error:
        messages.error(request, str(error))
    return redirect("accounts:accounts_page")


@page(permission="audit.view", template="accounts/audit_page.html")
def audit_page(request: HttpRequest) -> Any:
    """Every action: who, what, why, from where; sealed rows carry their number."""
    wanted = {name: request.GET.get(name, "").strip() for name in ("q", "action", "since", "until")}
    rows = queries.audit_rows(request.actor, **wanted)
    if request.GET.get("format") == "csv":
        cells = [(r.number or "", r.at, r.actor_name, r.role, r.action, r.target, r.why, r.from_where, r.seal)
                 for r in rows[:50_000]]  # fmt: skip
        columns = ("number", "at", "who", "role", "action", "target", "why", "from", "seal")
        return csv_of(cells, columns, "audit")
    found = page_of(request, rows)
    filters = {
        "q": {"name": "q", "value": wanted["q"], "placeholder": "Who or what"}, "target": "list",
        "selects": [{"name": "action", "label": "Action", "value": wanted["action"],
                     "options": [("", "Any action"), *((a, a) for a in queries.audit_actions())]}],
        "count": found["count"], "csv_url": f"?format=csv&{found['query']}",
    }  # fmt: skip
    return {**found, "filters": filters}


@page(permission=SIGNED_IN, template="accounts/pins_page.html", methods=("GET", "POST"))
def pins_page(request: HttpRequest) -> Any:
    """The person's own cancel PIN and duress PIN: set or changed, never shown."""
    faults: dict[str, str] = {}
    if request.method == "POST":
        form = {
            name: request.POST.get(name, "").strip() for name in ("cancel", "cancel_again", "duress", "duress_again")
        }
        faults = find_pin_faults(form["cancel"], form["duress"])
        for name in ("cancel", "duress"):
            if form[name] != form[f"{name}_again"]:
                faults.setdefault(f"{name}_again", "This is not the same PIN again.")
        if not faults:
            actions.set_pins(request.actor, form["cancel"], form["duress"])
            messages.success(request, "Your PINs are set. Nobody can read them, here neither.")
            return redirect("accounts:pins_page")
    return {"changed_at": queries.pins_changed_at(request.actor), "faults": faults, "least": PIN_DIGITS[0],
            "most": PIN_DIGITS[1]}  # fmt: skip


@page(permission=SIGNED_IN, template="accounts/devices_page.html")
def devices_page(request: HttpRequest) -> Any:
    """Alerts on this device, and on the person's other ones."""
    devices = [(one, urlsplit(one.endpoint).hostname) for one in queries.devices_of(request.actor)]
    return {"devices": devices, "key": vapid_public_key()}


@change_page(permission=SIGNED_IN)
def keep_device(request: HttpRequest) -> HttpResponse:
    """The browser's own subscription, as `PushManager.subscribe` gave it."""
    form = request.POST
    try:
        actions.keep_subscription(request.actor, form.get("endpoint", ""), form.get("p256dh", ""), form.get("auth", ""))
    except WatchbellError as error:
        return HttpResponse(str(error), status=422, content_type="text/plain; charset=utf-8")
    messages.success(request, "Alerts come to this device now, also while Watchbell is closed.")
    return HttpResponse(status=204)


@change_page(permission=SIGNED_IN)
def remove_device(request: HttpRequest, subscription_id: UUID) -> HttpResponse:
    try:
        actions.remove_subscription(request.actor, subscription_id)
        messages.success(request, "That device takes no alerts any more.")
    except WatchbellError as error:
        messages.error(request, str(error))
    return redirect("accounts:devices_page")
