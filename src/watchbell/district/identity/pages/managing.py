"""A district's providers: the list, one with its settings and what to copy, a test, on and off, and out."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from watchbell.district.identity import actions, queries, rules
from watchbell.district.identity.facts import AUDIENCES, FACTORS, KINDS, SCOPES
from watchbell.kernel.web import change_page, page, try_change
from watchbell.line import clock
from watchbell.line.errors import Refused, WatchbellError

MANAGE = "identity.manage"
TEXTS = ("name", "issuer", "client_id", "scopes", "metadata", "mail_attribute", "subject_attribute", "second_factor",
         "audience", "kind", "metadata_url", "entity")  # fmt: skip
EMPTY = {"audience": "staff", "second_factor": "no", "scopes": SCOPES, "domains": "", "is_on": True}


@page(permission=MANAGE, template="identity/providers_page.html")
def providers_page(request: HttpRequest) -> Any:
    """Every provider, whom it is for, and how many sign in by it."""
    rows = list(queries.providers_seen_by(request.actor))
    for row in rows:
        row.kind_name, row.audience_name = KINDS[row.kind], AUDIENCES[row.audience]
    return {"rows": rows}


def _given(request: HttpRequest) -> dict[str, Any]:
    """The form, read. Raises Refused for domains that are none."""
    form = request.POST
    given: dict[str, Any] = {name: form.get(name, "").replace("\0", "").strip() for name in TEXTS}
    given["scopes"] = " ".join(given["scopes"].split()) or SCOPES
    given["issuer"] = rules.issuer_of(given["issuer"])
    given["domains"] = list(rules.read_domains(form.get("domains", "")))
    for name in ("vouches", "is_required"):
        given[name] = form.get(name) == "on"
    if given["audience"] not in AUDIENCES:
        raise Refused("Say whom it is for.")
    for name, most in (("name", 60), ("issuer", 400), ("client_id", 200), ("scopes", 200), ("mail_attribute", 200),
                       ("subject_attribute", 200), ("metadata", 400_000)):  # fmt: skip
        if len(given[name]) > most:
            raise Refused(f"“{name.replace('_', ' ')}” is too long: at most {most} characters.")
    return given


def _checked(given: dict[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """(what to keep, {field: what is wrong}); metadata is fetched and read here, and nothing else is asked."""
    from watchbell.district.identity.adapters import http

    read = {"entity_id": "", "sso_url": "", "certificates": []}
    if given["kind"] == "saml" and given["metadata_url"]:
        try:
            given["metadata"] = http.fetch_text(given["metadata_url"])
        except WatchbellError as error:
            return given, {"metadata_url": str(error)}
    faults = rules.find_faults(given, may_be_local=http.may_be_local())
    if given["kind"] == "saml" and not faults:
        from watchbell.district.identity.adapters import saml

        try:
            read = saml.read_metadata(given["metadata"], given["entity"])
        except WatchbellError as error:
            faults["metadata"] = str(error)
    kept = {name: value for name, value in given.items() if name not in ("metadata_url", "entity")}
    return {**kept, **read}, faults


def _shown(values: Any, kind: str, faults: dict[str, str], row: Any = None, fault: str = "") -> dict[str, Any]:
    return {"values": values, "kind": kind, "kind_name": KINDS[kind], "faults": faults, "fault": fault, "row": row,
            "audiences": AUDIENCES, "factors": FACTORS}  # fmt: skip


def _kept(request: HttpRequest, kind: str, row: Any = None) -> HttpResponse | dict[str, Any]:
    try:
        given, faults = _checked(_given(request) | {"kind": kind})
        if faults:
            return _shown(request.POST, kind, faults, row)
        provider = actions.keep_provider(request.actor, given, row.id if row else None, request.POST.get("secret", ""))
    except WatchbellError as error:
        return _shown(request.POST, kind, {}, row, str(error))
    return redirect(f"{reverse('identity:provider_page', args=[provider])}?test=1")


@page(permission=MANAGE, template="identity/edit_page.html", methods=("GET", "POST"))
def add_page(request: HttpRequest, kind: str) -> Any:
    """A new provider of a kind."""
    if kind not in KINDS:
        return redirect("identity:providers_page")
    return _kept(request, kind) if request.method == "POST" else _shown(EMPTY, kind, {})


@page(permission=MANAGE, template="identity/edit_page.html", methods=("GET", "POST"))
def edit_page(request: HttpRequest, provider_id: UUID) -> Any:
    """Other settings; an empty secret keeps the one there is."""
    row = queries.provider_seen_by(request.actor, provider_id)
    if request.method == "POST":
        return _kept(request, row.kind, row)
    values = {name: getattr(row, name) for name in (*actions.SETTINGS, "is_on")} | {"domains": ", ".join(row.domains)}
    return _shown(values, row.kind, {}, row)


@page(permission=MANAGE, template="identity/provider_page.html")
def provider_page(request: HttpRequest, provider_id: UUID) -> Any:
    """One provider: what to copy into it, its test, who signs in by it."""
    row = queries.provider_seen_by(request.actor, provider_id)
    ref = queries.ref_of(row.district.code, row.slug)
    from django.conf import settings

    base = f"{settings.PUBLIC_URL}/sign-in/{ref}"
    copies = [("Redirect URI (callback)", f"{base}/callback"),
              ("After signing out", f"{settings.PUBLIC_URL}{reverse('account_login')}")]  # fmt: skip
    if row.kind == "saml":
        copies = [("Entity ID (audience)", f"{base}/metadata"), ("ACS URL (reply address)", f"{base}/acs"),
                  ("Our metadata", f"{base}/metadata")]  # fmt: skip
    return {"row": row, "kind_name": KINDS[row.kind], "audience_name": AUDIENCES[row.audience], "copies": copies,
            "factor_name": FACTORS[row.second_factor], "links": queries.links_of(row.id), "ref": ref,
            "found": _found(row) if request.GET.get("test") else None}  # fmt: skip


def _found(row: Any) -> dict[str, Any]:
    """What a test of the provider finds: {"faults": [...], "good": [...]}, each a sentence."""
    faults, good = [], []
    if row.kind == "oidc":
        from watchbell.district.identity.adapters import http, oidc

        try:
            http.forget_document(rules.well_known_of(row.issuer))
            document = oidc.discover(row.issuer)
            keys = oidc.keys_of(document["jwks_uri"])
            good = [
                f"It answers as {document['issuer']}.",
                f"It publishes {len(keys)} {'key' if len(keys) == 1 else 'keys'} to check its word with.",
            ]
            good.append("People can sign out of it from here." if document.get("end_session_endpoint")
                        else "It does not offer to sign out from here.")  # fmt: skip
            methods = document.get("code_challenge_methods_supported")
            if isinstance(methods, list) and "S256" not in methods:
                faults.append("It says that it knows no PKCE with S256, which Watchbell always uses.")
            if not row.secret:
                faults.append("No client secret is kept here: most providers ask for one.")
        except WatchbellError as error:
            faults.append(str(error))
    else:
        from watchbell.district.identity.adapters import saml

        left = saml.days_left(row.certificates, clock.unix())
        good = [f"Its entity ID is {row.entity_id}.", f"People are sent to {row.sso_url}."]
        if left is None or left < 0:
            faults.append("Its certificate cannot be read, or has ended: fetch the metadata anew.")
        elif left < 30:
            faults.append(f"Its certificate ends in {left} days: fetch the metadata anew when it has been changed.")
        else:
            good.append(f"Its certificate is good for {left} days.")
    return {"faults": faults, "good": good}


@change_page(permission=MANAGE)
def switch_provider(request: HttpRequest, provider_id: UUID) -> HttpResponse:
    """On, or off: nobody is offered it, and nobody who comes back from it is let in."""
    is_on = request.POST.get("on") == "1"
    act = lambda: actions.switch_provider(request.actor, provider_id, is_on)  # noqa: E731
    told = "People can sign in by it again." if is_on else "It is off: its button is gone, and nobody signs in by it."
    return try_change(request, act, told, reverse("identity:provider_page", args=[provider_id]))


@change_page(permission=MANAGE)
def remove_provider(request: HttpRequest, provider_id: UUID) -> HttpResponse:
    act = lambda: actions.remove_provider(request.actor, provider_id)  # noqa: E731
    return try_change(request, act, "Removed. Nobody signs in by it any more.", reverse("identity:providers_page"))


@change_page(permission=MANAGE)
def remove_link(request: HttpRequest, identity_link_id: UUID) -> HttpResponse:
    """One person's link: at the next sign-in they are known by their address again."""
    provider = actions.remove_link(request.actor, identity_link_id)
    return redirect("identity:provider_page", provider)
