"""Pages on which a guardian signs in, and looks after the devices that remember them. No account is needed."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from watchbell.communication.families import actions, queries
from watchbell.communication.families.facts import DEVICE_DAYS, MOST_ASKED, MOST_TO_ONE, MOST_TRIED, TO_ONE_SECONDS
from watchbell.communication.families.queries import COOKIE
from watchbell.communication.families.rules import name_of_device
from watchbell.district.identity.queries import family_buttons
from watchbell.district.sites.facts import read_id
from watchbell.kernel.acting import acting_in
from watchbell.kernel.limits import is_too_often
from watchbell.kernel.models import District
from watchbell.kernel.permissions import Actor, system_actor
from watchbell.kernel.web import PUBLIC, change_page, page
from watchbell.kernel.zones import shown_in
from watchbell.line.addresses import read_email, read_number
from watchbell.line.errors import Refused, WatchbellError

SLOWLY = "Too many tries from here. Wait a minute."


def _where(request: HttpRequest) -> str:
    return str(request.META.get("REMOTE_ADDR", ""))


def _actor(request: HttpRequest, district: UUID) -> Actor:
    return system_actor(district, "A family", _where(request))


def remember(request: HttpRequest, answer: HttpResponse, district: UUID, key: str) -> HttpResponse:
    """The answer with the cookie by which this browser is known again."""
    answer.set_cookie(
        COOKIE, f"{district}.{key}", max_age=DEVICE_DAYS * 86400, httponly=True, samesite="Lax",
        secure=bool(settings.SESSION_COOKIE_SECURE),
    )  # fmt: skip
    return answer


def _chosen(request: HttpRequest, known: list[District]) -> District | None:
    code = request.POST.get("district") or request.GET.get("district") or ""
    return known[0] if len(known) == 1 else next((one for one in known if one.code == code), None)


@page(permission=PUBLIC, template="families/sign_in_page.html", methods=("GET", "POST"))
def sign_in_page(request: HttpRequest) -> Any:
    """An address; the answer is the same whether or not the school has it."""
    known = list(District.objects.order_by("name", "id"))
    chosen, address = _chosen(request, known), request.POST.get("address", "").strip()[:254]
    shown = {"districts": known if len(known) > 1 else [], "chosen": chosen, "address": address,
             "providers": family_buttons(chosen.id, chosen.code) if chosen else []}  # fmt: skip
    if request.method == "GET":
        return shown
    kind = "email" if "@" in address else "phone"
    value = read_email(address) if kind == "email" else read_number(address)
    if not value:
        return shown | {"fault": "Write an e-mail address, or a telephone number with its area code."}
    if chosen is None:
        return shown | {"fault": "Choose your school district."}
    if is_too_often("family-ask", _where(request), MOST_ASKED):
        return shown | {"fault": SLOWLY}
    if not is_too_often("family-to", f"{chosen.id}:{value}", MOST_TO_ONE, TO_ONE_SECONDS):
        with acting_in(chosen.id):
            actions.ask_sign_in(_actor(request, chosen.id), kind, value)
    request.session["family"] = {"district": str(chosen.id), "address": value, "kind": kind}
    return redirect("families:sent_page")


@page(permission=PUBLIC, template="families/sent_page.html", methods=("GET", "POST"))
def sent_page(request: HttpRequest) -> Any:
    """Look at your mail or telephone; the code can be typed here, in the browser that asked."""
    asked = request.session.get("family")
    if not asked:
        return redirect("families:sign_in_page")
    if request.method == "GET":
        return {"asked": asked}
    if is_too_often("family-code", _where(request), MOST_TRIED):
        return {"asked": asked, "fault": SLOWLY}
    district = UUID(asked["district"])
    with acting_in(district):
        actor = _actor(request, district)
        try:
            link = actions.check_code(actor, asked["address"], request.POST.get("code", ""))
        except Refused as error:
            return {"asked": asked, "fault": str(error)}
        people = queries.people_of(link.people)
        person = _who(request, people)
        if person is None:
            return {"asked": asked, "people": people, "code": request.POST.get("code", "")}
        key = actions.open_link(actor, link.pk, person, device_name(request), "a code")
    request.session.pop("family", None)
    return remember(request, redirect("notices:family_home"), district, key)


def _who(request: HttpRequest, people: list[Any]) -> UUID | None:
    """Whom a shared address is used by now: the only one, or the one they say they are."""
    said = read_id(request.POST.get("person", ""))
    return people[0].id if len(people) == 1 else next((one.id for one in people if one.id == said), None)


def device_name(request: HttpRequest) -> str:
    """What the asking browser is called in the list of devices."""
    return name_of_device(request.headers.get("user-agent", "")[:400])


@page(permission=PUBLIC, template="families/link_page.html", methods=("GET", "POST"))
def link_page(request: HttpRequest, ref: str) -> Any:
    """The link. A look opens nothing, so that a program that previews links does not use it up; the button does."""
    if is_too_often("family-link", _where(request), MOST_TRIED):
        return {"fault": SLOWLY}
    code, _, token = ref.partition(".")
    district = District.objects.filter(code=code).first() if "\0" not in code else None
    if district is None:
        return render(request, "families/link_page.html", {"fault": "This link is not valid."}, status=404)
    with shown_in(district.id):
        try:
            link = queries.link_of(token)
            people = queries.people_of(link.people)
            if request.method == "GET":
                return render(request, "families/link_page.html", {"people": people, "district": district})
            person = _who(request, people)
            if person is None:
                raise Refused("Say who you are.")
            key = actions.open_link(_actor(request, district.id), link.pk, person, device_name(request), "a link")
        except WatchbellError as error:
            return render(request, "families/link_page.html", {"fault": str(error)}, status=404)
    return remember(request, redirect("notices:family_home"), district.id, key)


@page(permission=PUBLIC, template="families/devices_page.html")
def devices_page(request: HttpRequest) -> Any:
    """Where a guardian is signed in."""
    device = queries.device_of(request.COOKIES.get(COOKIE, ""))
    if device is None:
        return redirect("families:sign_in_page")
    with shown_in(device.district_id):
        told = {"device": device, "devices": queries.devices_of(device.person_id), "person": device.person}
        answer = render(request, "families/devices_page.html", told)
    answer.headers["Cache-Control"] = "no-store"
    return answer


@change_page(permission=PUBLIC)
def end_device(request: HttpRequest) -> HttpResponse:
    """Another of one's devices; this one leaves by `sign_out`."""
    device = queries.device_of(request.COOKIES.get(COOKIE, ""))
    wanted = read_id(request.POST.get("device", ""))
    if device is None or wanted is None or wanted == device.pk:
        return sign_out(request)
    _end(request, device, wanted)
    messages.success(request, "That device is signed out.")
    return redirect("families:devices_page")


@change_page(permission=PUBLIC)
def sign_out(request: HttpRequest) -> HttpResponse:
    """This device remembers nobody any more; what it kept is forgotten by the page's worker."""
    device = queries.device_of(request.COOKIES.get(COOKIE, ""))
    if device is not None:
        _end(request, device, device.pk)
    answer = redirect(reverse("families:sign_in_page"))
    answer.delete_cookie(COOKIE)
    return answer


def _end(request: HttpRequest, device: Any, wanted: UUID) -> None:
    with acting_in(device.district_id):
        actor = system_actor(device.district_id, str(device.person), _where(request))
        actions.end_device(actor, device.person_id, wanted)
