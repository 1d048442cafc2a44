"""Each request acts in exactly one district, chosen from the person's memberships; and the security headers."""

from collections.abc import Callable
from ipaddress import ip_address, ip_network
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.loader import get_template

from watchbell.district.accounts.queries import actor_of, districts_of, lacks_second_factor, session_mark, token_actor
from watchbell.kernel.acting import acting_in
from watchbell.kernel.api import problem
from watchbell.kernel.permissions import Actor
from watchbell.kernel.web import show_problem
from watchbell.kernel.zones import shown_in
from watchbell.line import config
from watchbell.line.errors import Refused
from watchbell.project.tokens import bearer_of

CONTENT_SECURITY_POLICY = (
    "default-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; style-src 'self'; script-src 'self'; "
    "worker-src 'self' blob:; connect-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; "
    "form-action 'self'"
)
AWAY = (OperationalError, InterfaceError)
Next = Callable[[HttpRequest], HttpResponse]


def _say_away(request: HttpRequest) -> HttpResponse:
    """503 with what still works: pressing does, it needs no database."""
    told = "The database is away for a moment and comes back by itself. Raising an alarm still works."
    if request.path.startswith("/api/"):
        return problem(503, "Try again shortly", told)
    request.actor = None  # type: ignore[attr-defined]
    page = get_template("503.html").render({"told": told})
    return HttpResponse(page, status=503, headers={"Retry-After": "2"})


def _bearer(request: HttpRequest) -> str | None:
    """The token a request comes with; None where its session speaks for it, whatever else its headers say."""
    return bearer_of(request.headers.get("authorization", ""))


class KnowsProxies:
    """Behind a proxy named in `WATCHBELL_TRUSTED_PROXIES` (addresses or networks, comma between them), whoever the
    proxy says is asking counts: for the record, and for throttling. Nobody else's word is taken."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response
        words = config.setting("TRUSTED_PROXIES").replace(",", " ").split()
        self.trusted = [ip_network(word, strict=False) for word in words]

    def __call__(self, request: HttpRequest) -> HttpResponse:
        told = request.headers.get("x-forwarded-for", "")
        if self.trusted and told and self._is_trusted(request.META.get("REMOTE_ADDR", "")):
            known = [one.strip() for one in told.split(",")]
            request.META["REMOTE_ADDR"] = next((one for one in reversed(known) if not self._is_trusted(one)), known[0])
        return self.get_response(request)

    def _is_trusted(self, text: str) -> bool:
        try:
            address = ip_address(text)
        except ValueError:
            return False
        return any(address in network for network in self.trusted)


class SecurityHeaders:
    """A strict policy on every answer; nothing is loaded from elsewhere, nothing inline runs, and no cache keeps what
    does not say itself for how long it may: families' pages open without signing in, too."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)
        response.headers.setdefault("Permissions-Policy", "camera=(), microphone=(self), geolocation=(self)")
        if not request.path.startswith("/static/"):
            response.headers.setdefault("Cache-Control", "no-store")
        return response


class ActsInDistrict:
    """Sets `request.actor` (or None) and lets the request act in that district, in its local time."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        try:
            actor = self._actor(request)
        except AWAY:
            return _say_away(request)
        request.actor = actor  # type: ignore[attr-defined]
        if actor is None:
            return self.get_response(request)
        if _bearer(request) is not None:
            request._dont_enforce_csrf_checks = True  # type: ignore[attr-defined]
        with shown_in(actor.district):
            return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """The database went away in the middle: said plainly instead of a broken page."""
        return _say_away(request) if isinstance(exception, AWAY) else None

    def _actor(self, request: HttpRequest) -> Actor | None:
        where = request.META.get("REMOTE_ADDR", "")
        bearer = _bearer(request)
        if bearer is not None:
            return token_actor(bearer, where)
        if request.path.startswith("/static/"):
            return None
        district = request.session.get("district")
        if district is None:
            if not request.user.is_authenticated:
                return None
            own = districts_of(request.user)
            if not own:
                return None
            request.session["district"] = district = str(own[0][0].id)
            request.session["has_districts"] = len(own) > 1
        with acting_in(district):  # before anybody asks for the user: their roles come in the same query
            if not request.user.is_authenticated:
                return None
            actor = actor_of(request.user, UUID(district), where, session_mark(request.session.session_key))
        if actor is None and not request.session.get("identity"):
            request.session.pop("district")  # the last role here has ended: the next page is of another district
        return actor


#: What somebody who has yet to set up a second factor may do: set it up, sign out, press, and answer an alert.
WITHOUT_SECOND_FACTOR = ("/accounts/", "/press", "/live-ticket", "/static/", "/incidents/press/", "/sw.js", "/offline")
CHECKED = "has_second_factor"


class AsksForSecondFactor:
    """Leads people with sensitive rights to set up a passkey or an authenticator app before anything else.

    The demo's own accounts are exempt where the demo runs, and the sealed account, which is for the day the phones are
    lost. Tokens were issued to somebody who had signed in.
    """

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        actor = getattr(request, "actor", None)
        is_person = actor is not None and _bearer(request) is None
        if not is_person or request.path.startswith(WITHOUT_SECOND_FACTOR) or self._has(request, actor):
            if is_person and request.path.startswith("/accounts/2fa/"):
                request.session.pop(CHECKED, None)  # it may be removed there: looked at again afterwards
            return self.get_response(request)
        messages.warning(request, "Your role sees people's records: add a passkey or an authenticator app first.")
        return redirect("mfa_index")

    def _has(self, request: HttpRequest, actor: Actor) -> bool:
        is_exempt = request.user.is_break_glass or (settings.IS_DEMO and request.user.is_demo)
        by_provider = request.session.get("identity") or {}
        if is_exempt or by_provider.get("is_strong") or request.session.get(CHECKED):
            return True
        has = not lacks_second_factor(actor)
        if has:
            request.session[CHECKED] = True
        return has


#: An account's own pages that a guest of one district may still use.
FOR_GUESTS = ("/accounts/logout/", "/accounts/login/")


class StaysInDistrict:
    """Whom one district's provider let in acts in that district alone.

    An account that signs in for other districts too keeps its password, second factors and sessions for whoever proves
    them: a district's provider is no key to another district.
    """

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path.startswith("/accounts/") and not request.path.startswith(FOR_GUESTS):
            actor = getattr(request, "actor", None)
            if actor is not None and request.session.get("identity") and request.user.districts.count() > 1:
                told = "You sign in for other districts too. To change how, sign in with your password or passkey."
                return show_problem(request, Refused(told))
        return self.get_response(request)
