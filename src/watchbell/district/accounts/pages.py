"""Accounts with their roles and tokens, and the audit log."""

from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from watchbell.district.accounts import actions, queries
from watchbell.district.accounts.facts import MOST_TOKEN_DAYS, PIN_DIGITS, ROLE_NAMES, TOKEN_DAYS
from watchbell.district.accounts.rules import find_account_faults, find_pin_faults
from watchbell.district.sites.queries import all_site_facts
from watchbell.kernel.audit import action_words
from watchbell.kernel.permissions import may, sites_with
from watchbell.kernel.web import SIGNED_IN, change_page, csv_of, csv_url, page, page_of, part
from watchbell.kernel.zones import day_filter
from watchbell.line.errors import Refused, WatchbellError
from watchbell.line.numbers import read_whole
from watchbell.line.vapid import vapid_public_key

NOTHING = "Every change is written here. Choose other days (as {} counts them) or another filter to see more."


@page(permission="accounts.view", template="accounts/accounts_page.html")
def accounts_page(request: HttpRequest) -> Any:
    """Who may do what, where."""
    search, role = request.GET.get("q", "").strip(), request.GET.get("role", "")
    found = page_of(request, queries.members(request.actor, search, role))
    protected = queries.second_factors(row.user_id for row in found["items"])
    for row in found["items"]:
        row.role_name, row.has_second_factor = ROLE_NAMES.get(row.role, row.role), row.user_id in protected
    filters = {
        "q": {"name": "q", "value": search, "placeholder": "Name or address"}, "target": "list",
        "selects": [{"name": "role", "label": "Role", "value": role,
                     "options": [("", "Any role"), *ROLE_NAMES.items()]}], "count": found["count"],
    }  # fmt: skip
    mine = request.actor.permissions
    tokens = queries.tokens_of(request.actor) if "accounts.tokens" in mine else []
    own = sites_with(request.actor, "accounts.edit")
    sites = [site for site in all_site_facts() if own is None or site.id in own]
    return {**found, "filters": filters, "roles": ROLE_NAMES, "sites": sites, "may_all": own is None,
            "may_edit": "accounts.edit" in mine, "may_seal": "accounts.break_glass" in mine, "tokens": tokens,
            "may_identity": "identity.manage" in mine,
            "may_token": "accounts.tokens" in mine, "scopes": sorted(mine), "days": TOKEN_DAYS}  # fmt: skip


def _account(request: HttpRequest, user_id: UUID, link: str = "") -> dict[str, Any]:
    rows = queries.roles_of(request.actor, user_id)
    for row in rows:
        row.role_name = ROLE_NAMES.get(row.role, row.role)
    user = rows[0].user
    return {
        "account": user, "rows": rows, "link": request.build_absolute_uri(link) if link else "",
        "has_second_factor": user.id in queries.second_factors([user.id]), "may_edit": not user.is_break_glass
        and "accounts.edit" in request.actor.permissions,
    }  # fmt: skip


@page(permission="accounts.view", template="accounts/account_page.html")
def account_page(request: HttpRequest, membership_id: UUID) -> Any:
    """One account: its roles, how it is protected, and help for somebody who cannot sign in."""
    return _account(request, queries.user_of(request.actor, membership_id))


@change_page(permission="accounts.edit", template="accounts/account_page.html")
def add_account(request: HttpRequest) -> Any:
    """Makes the account and shows the link with which its owner sets a password."""
    form = request.POST
    try:
        if find_account_faults(form.get("email", ""), form.get("name", "")):
            raise Refused("A new account needs a name and an e-mail address.")
        site = UUID(form["site"]) if form.get("site") else None
        role = form.get("role", "")
        user = actions.add_user(request.actor, form["email"].strip(), form["name"].strip(), role, site)
    except (WatchbellError, ValueError) as error:
        messages.error(request, str(error))
        return redirect("accounts:accounts_page")
    try:
        return _account(request, user.id, actions.make_set_up_link(request.actor, user.id))
    except WatchbellError:  # somebody who signs in already
        messages.success(request, f"{user.name} has the role now and signs in as before.")
        return redirect("accounts:accounts_page")


@change_page(permission="accounts.edit", template="accounts/account_page.html")
def make_link(request: HttpRequest, membership_id: UUID) -> Any:
    """The set-up link, shown once."""
    user_id = queries.user_of(request.actor, membership_id)
    try:
        return _account(request, user_id, actions.make_set_up_link(request.actor, user_id))
    except WatchbellError as error:
        messages.error(request, str(error))
        return redirect("accounts:accounts_page")


@change_page(permission="accounts.edit")
def remove_factor(request: HttpRequest, membership_id: UUID) -> HttpResponse:
    """For a lost phone or key."""
    user_id = queries.user_of(request.actor, membership_id)
    try:
        actions.remove_second_factor(request.actor, user_id, request.POST.get("why", ""))
        messages.success(request, "Removed, and signed out everywhere. A new one is set up at the next sign-in.")
    except WatchbellError as error:
        messages.error(request, str(error))
    return redirect("accounts:account_page", membership_id)


@change_page(permission="accounts.tokens", template="accounts/token_page.html")
def add_token(request: HttpRequest) -> Any:
    """A token of one's own, shown once; its scope is at most what one may do oneself."""
    form = request.POST
    name, days = form.get("name", "").strip()[:120], read_whole(form.get("days", "")) or 0
    scope = [one for one in form.getlist("scope") if one in request.actor.permissions]
    if not name or not 1 <= days <= MOST_TOKEN_DAYS or not scope:
        messages.error(request, f"A token needs a name, a right or more, and ends within {MOST_TOKEN_DAYS} days.")
        return redirect("accounts:accounts_page")
    token = actions.make_token(request.actor, request.user, name, scope, days)
    return {"token": token, "name": name, "scope": scope, "days": days}


@page(permission="accounts.break_glass", template="accounts/break_glass_page.html")
def break_glass_page(request: HttpRequest) -> Any:
    """The sealed account: what it is for, and its uses."""
    return {"login": queries.break_glass_login(request.actor), "uses": queries.break_glass_uses()}


@change_page(permission="accounts.break_glass", template="accounts/break_glass_page.html")
def seal_break_glass(request: HttpRequest) -> Any:
    """Makes or renews it; the passphrase is shown once, to be printed and sealed."""
    login, passphrase = actions.seal_break_glass(request.actor)
    return {"login": login, "passphrase": passphrase, "uses": queries.break_glass_uses()}


@part(permission="accounts.view", template="accounts/_break_glass_part.html")
def break_glass_part(request: HttpRequest) -> Any:
    """On the home page while nobody has looked into a use of the sealed account."""
    may_edit = may(request.actor, "accounts.edit") and sites_with(request.actor, "accounts.edit") is None
    return {"uses": queries.break_glass_alarms(), "may_edit": may_edit}


@change_page(permission="accounts.edit")
def look_into_use(request: HttpRequest, use_id: UUID) -> HttpResponse:
    """Ends the alarm with a finding."""
    try:
        actions.look_into_break_glass(request.actor, use_id, request.POST.get("finding", ""))
        messages.success(request, "Written down. The alarm is off.")
    except WatchbellError as error:
        messages.error(request, str(error))
    return redirect("console:home_page")


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
    """Every action: who, what, why, from where; sealed rows carry their number. Days are the district's own."""
    wanted = {name: request.GET.get(name, "").strip() for name in ("q", "action")}
    days = day_filter(request.GET, request.actor.district)
    rows = queries.audit_rows(request.actor, **wanted, since=days.since, before=days.before)
    if days.fault:  # nothing is shown, lest the whole log pass for a part of it
        rows = rows.none()
    if request.GET.get("format") == "csv" and not days.fault:
        cells = [(r.number or "", r.at, r.actor_name, r.role, r.action, r.target, r.why, r.from_where, r.seal)
                 for r in rows[:50_000]]  # fmt: skip
        columns = ("number", "at", "who", "role", "action", "target", "why", "from", "seal")
        return csv_of(cells, columns, "audit")
    found = page_of(request, rows)
    actions_seen = [(one, action_words(one)) for one in queries.audit_actions(request.actor)]
    filters = {
        "q": {"name": "q", "value": wanted["q"], "placeholder": "Who or what"}, "target": "list",
        "selects": [{"name": "action", "label": "Action", "value": wanted["action"],
                     "options": [("", "Any action"), *actions_seen]}],
        "dates": days.fields, "count": found["count"], "csv_url": "" if days.fault else csv_url(request),
    }  # fmt: skip
    is_part = sites_with(request.actor, "audit.view") is not None
    return {**found, "filters": filters, "fault": days.fault, "zone": str(days.zone), "is_part": is_part,
            "nothing": NOTHING.format(days.zone)}  # fmt: skip


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


@page(permission=SIGNED_IN, template="accounts/districts_page.html", methods=("GET",))
def districts_page(request: HttpRequest) -> Any:
    """The districts where one has roles, and which one acts in now."""
    found = queries.districts_of(request.user) if request.user.is_authenticated else []
    rows = [{"id": one.id, "name": one.name, "roles": [ROLE_NAMES.get(role, role) for role in roles],
             "is_current": one.id == request.actor.district} for one, roles in found]  # fmt: skip
    return {"districts": rows, "may_switch": not request.session.get("identity")}


@change_page(permission=SIGNED_IN)
def switch_district(request: HttpRequest) -> HttpResponse:
    """Goes on in another district of one's own, under the roles one has there."""
    try:
        district = UUID(request.POST.get("district", ""))
        if request.session.get("identity"):
            raise Refused("Your district's sign-in let you in for this district alone.")
        if not request.user.is_authenticated:
            raise Refused("A token is for one district.")
        actions.switch_district(request.actor, request.user, district)
    except (WatchbellError, ValueError) as error:
        is_told = isinstance(error, WatchbellError)
        messages.error(request, str(error) if is_told else "Choose one of your districts.")
        return redirect("accounts:districts_page")
    request.session["district"] = str(district)
    request.session.pop("has_second_factor", None)  # other rights are asked for it anew
    return redirect("console:home_page")


@page(permission=SIGNED_IN, template="accounts/devices_page.html")
def devices_page(request: HttpRequest) -> Any:
    """Alerts on this device, and on the person's other ones."""
    devices = [(one, urlsplit(one.endpoint).hostname) for one in queries.devices_of(request.actor)]
    return {"devices": devices, "key": vapid_public_key()}


@change_page(permission=SIGNED_IN)
def keep_device(request: HttpRequest) -> HttpResponse:
    """The browser's own subscription, as `PushManager.subscribe` gave it. quiet: the page itself says it worked."""
    form = request.POST
    try:
        actions.keep_subscription(request.actor, form.get("endpoint", ""), form.get("p256dh", ""), form.get("auth", ""))
    except WatchbellError as error:
        return HttpResponse(str(error), status=422, content_type="text/plain; charset=utf-8")
    if "quiet" not in request.GET:
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
