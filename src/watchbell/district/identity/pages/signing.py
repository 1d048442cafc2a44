"""Signing in by a provider: out to it, back from it, and out of it. Every page chooses its district by its address."""

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.csrf import csrf_exempt

from watchbell.district.identity import actions, queries
from watchbell.district.identity.facts import FAMILIES, STAFF
from watchbell.kernel.acting import acting_in
from watchbell.kernel.limits import is_too_often
from watchbell.kernel.permissions import system_actor
from watchbell.kernel.web import PUBLIC, address_of, change_page, page, show_problem
from watchbell.line.addresses import read_email
from watchbell.line.errors import NotFound, Refused, Unavailable, WatchbellError

MOST_TRIES = 60
MOST_BYTES = 300_000
KEPT_SECONDS = 120
PURPOSES = {"staff": STAFF, "family": FAMILIES}


def not_let_in(request: HttpRequest, told: str, status: int = 403) -> HttpResponse:
    """The page that says why somebody is not signed in, and what to do; a guardian's own page says it to a guardian."""
    if request.session.get("signing_in") == "family":
        return redirect(f"{reverse('families:sign_in_page')}?refused=provider")
    return render(request, "identity/refused_page.html", {"told": told}, status=status)


def _by(request: HttpRequest, ref: str, act: Callable[[Any], HttpResponse]) -> HttpResponse:
    """`act` with the provider an address names, in its district; what fails is said and written down."""
    if is_too_often("identity", address_of(request), MOST_TRIES):
        return not_let_in(request, "Too many tries from here. Wait a minute.", 429)
    try:
        district, provider_id = queries.find_provider(ref)
    except NotFound as error:
        return not_let_in(request, str(error), 404)
    with acting_in(district):
        try:
            provider = queries.provider_by_id(provider_id)
            request.identity_provider = provider  # type: ignore[attr-defined]  # for the adapter that ends the sign-in
            return act(provider)
        except Unavailable as error:
            told = f"{error} Sign in with your password, or try again in a few minutes."
            _note(request, district, provider, str(error))
            return not_let_in(request, told, 503)
        except NotFound as error:
            return not_let_in(request, str(error), 404)
        except WatchbellError as error:
            if not getattr(error, "is_noted", False):
                _note(request, district, provider, str(error))
            return not_let_in(request, str(error))


def _note(request: HttpRequest, district: UUID, provider: Any, why: str) -> None:
    actions.note_refusal(system_actor(district, "District sign-in", address_of(request)), provider, why)


def _next(request: HttpRequest) -> str:
    wanted = request.GET.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(wanted, allowed_hosts=None) and wanted.startswith("/")
    return wanted[:500] if is_ours else ""


@page(permission=PUBLIC, template="identity/refused_page.html")
def begin(request: HttpRequest, ref: str) -> HttpResponse:
    """Out to the provider. `?for=family`: for a guardian's pages, else for an account."""
    purpose = "family" if request.GET.get("for") == "family" else "staff"
    request.session["signing_in"] = purpose

    def act(provider: Any) -> HttpResponse:
        if provider.audience not in PURPOSES[purpose]:
            raise NotFound("This way of signing in is for others. Go back to the page of sign-in.")
        if provider.kind == "oidc":
            from watchbell.district.identity.adapters import oidc

            return oidc.begin(request, str(provider.id), purpose, _next(request))
        from watchbell.district.identity.adapters import saml

        return saml.begin(request, _app(request, provider), purpose, _next(request))

    return _by(request, ref, act)


def _app(request: HttpRequest, provider: Any) -> Any:
    from allauth.socialaccount.adapter import get_adapter

    return get_adapter(request).get_app(request, provider=str(provider.id))


@page(permission=PUBLIC, template="identity/refused_page.html")
def callback(request: HttpRequest, ref: str) -> HttpResponse:
    """Back from a provider of OpenID Connect."""

    def act(provider: Any) -> HttpResponse:
        if provider.kind != "oidc":
            raise NotFound("This address belongs to another way of signing in.")
        from watchbell.district.identity.adapters import oidc

        return oidc.complete(request, str(provider.id))

    return _by(request, ref, act)


@csrf_exempt
@change_page(permission=PUBLIC)
def acs(request: HttpRequest, ref: str) -> HttpResponse:
    """Back from a provider of SAML. The POST comes from its site, without our cookie: kept for the GET that follows."""

    def act(provider: Any) -> HttpResponse:
        raw = request.POST.get("SAMLResponse", "")
        if provider.kind != "saml" or not 0 < len(raw) <= MOST_BYTES:
            raise Refused("The provider sent no answer that can be read.")
        key = uuid4().hex
        cache.set(f"identity:acs:{key}", (str(provider.id), raw), KEPT_SECONDS)
        return redirect(f"{reverse('identity:finish', args=[ref])}?of={key}")

    return _by(request, ref, act)


@page(permission=PUBLIC, template="identity/refused_page.html")
def finish(request: HttpRequest, ref: str) -> HttpResponse:
    """The answer a provider of SAML has just posted, in the session that asked for it."""

    def act(provider: Any) -> HttpResponse:
        key = f"identity:acs:{request.GET.get('of', '')[:40]}"
        of, raw = cache.get(key) or ("", "")
        cache.delete(key)
        if of != str(provider.id):
            raise Refused("The provider's answer has been used already, or came too late. Try again.")
        from allauth.socialaccount.adapter import get_adapter

        from watchbell.district.identity.adapters import saml

        identity, state = saml.complete(request, _app(request, provider), raw)
        answer: HttpResponse = get_adapter(request).let_in(request, identity, state)
        return answer

    return _by(request, ref, act)


@page(permission=PUBLIC, template="identity/refused_page.html")
def metadata(request: HttpRequest, ref: str) -> HttpResponse:
    """Our metadata for a provider of SAML: entity ID and where it answers to."""

    def act(provider: Any) -> HttpResponse:
        if provider.kind != "saml":
            raise NotFound("This address belongs to another way of signing in.")
        from watchbell.district.identity.adapters import saml

        return HttpResponse(saml.own_metadata(_app(request, provider)), content_type="application/samlmetadata+xml")

    return _by(request, ref, act)


@change_page(permission=PUBLIC)
def find_home(request: HttpRequest) -> HttpResponse:
    """Which district's providers an address may use, by its domain: the same for whoever has it, account or not."""
    if is_too_often("home", address_of(request), MOST_TRIES):
        return show_problem(request, Refused("Too many tries from here. Wait a minute."))
    if request.actor is not None:  # type: ignore[attr-defined]
        return redirect("/")
    code = queries.home_of(read_email(request.POST.get("email", "")))
    return redirect(f"{reverse('account_login')}?district={code or '-'}")


@page(permission=PUBLIC, template="identity/signed_out_page.html")
def signed_out_page(request: HttpRequest) -> Any:
    """Signed out here; the provider's own page, which ends its session, follows by itself."""
    leaving = request.session.pop("leaving", None) or {}
    answer = render(request, "identity/signed_out_page.html", {"leaving": leaving})
    if leaving.get("url"):
        answer.headers["Refresh"] = f"2; url={leaving['url']}"
    return answer
