"""Pages on which a guardian signs in, and looks after the devices that remember them. No account is needed."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.html import format_html

from watchbell.communication.channels import actions as channels
from watchbell.communication.channels.facts.refusals import refusal, say_refusal
from watchbell.communication.channels.facts.words import frame_in
from watchbell.communication.channels.queries import devices_pushed_to
from watchbell.communication.families import actions, queries
from watchbell.communication.families.facts import DEVICE_DAYS, MOST_ASKED, MOST_TO_ONE, MOST_TRIED, TO_ONE_SECONDS
from watchbell.communication.families.facts.words import sign_in_words_in
from watchbell.communication.families.queries import COOKIE
from watchbell.communication.families.rules import name_of_device, say_how
from watchbell.district.identity.queries import family_buttons
from watchbell.district.sites.facts import read_id
from watchbell.kernel.acting import acting_in
from watchbell.kernel.language import asked_language, keep_language, kept_language, languages_wanted
from watchbell.kernel.limits import is_too_often
from watchbell.kernel.models import District
from watchbell.kernel.permissions import Actor, system_actor
from watchbell.kernel.web import PUBLIC, address_of, change_page, page
from watchbell.kernel.zones import shown_in
from watchbell.line.addresses import read_email, read_number
from watchbell.line.errors import NotFound, Refused, WatchbellError
from watchbell.line.languages import choose_language, read_language

#: What the page of devices says was done.
DONE = ("ended", "push_stopped")


def _actor(request: HttpRequest, district: UUID) -> Actor:
    return system_actor(district, "A family", address_of(request))


def _end_former(request: HttpRequest) -> None:
    """A browser remembers one guardian: whom it knew before is signed out of it, and gets no pushes here."""
    device = queries.device_of(request.COOKIES.get(COOKIE, ""))
    if device is not None:
        _end(request, device, device.pk)


def remember(request: HttpRequest, answer: HttpResponse, district: UUID, key: str) -> HttpResponse:
    """The answer with the cookie by which this browser is known again, as nobody else's any more."""
    _end_former(request)
    answer.set_cookie(
        COOKIE, f"{district}.{key}", max_age=DEVICE_DAYS * 86400, httponly=True, samesite="Lax",
        secure=bool(settings.SESSION_COOKIE_SECURE),
    )  # fmt: skip
    return answer


def _chosen(request: HttpRequest, known: list[District]) -> District | None:
    code = request.POST.get("district") or request.GET.get("district") or ""
    return known[0] if len(known) == 1 else next((one for one in known if one.code == code), None)


def _reads(request: HttpRequest, people: Sequence[UUID] = ()) -> str:
    """The language a page is shown in. people: whose it is, in the district acted in."""
    wish, record = queries.languages_of(people) if people else ("", "")
    return choose_language(languages_wanted(request, wish, record))


def _show(
    request: HttpRequest, name: str, reads: str, told: dict[str, Any], fault: object = "", status: int = 200
) -> HttpResponse:
    """A page in a language. fault: why not, as it was refused."""
    said = say_refusal(reads, fault) if fault else ""
    shown = {**frame_in(reads), "say": sign_in_words_in(reads), "fault": said, **told}
    return keep_language(request, render(request, f"families/{name}.html", shown, status=status), reads)


@page(permission=PUBLIC, template="families/sign_in_page.html", methods=("GET", "POST"))
def sign_in_page(request: HttpRequest) -> Any:
    """An address; the answer is the same whether or not the school has it."""
    known = list(District.objects.order_by("name", "id"))
    chosen, address = _chosen(request, known), request.POST.get("address", "").strip()[:254]
    is_refused = request.GET.get("refused") == "provider"  # they come back from a way of signing in that is no link
    fault = _ask_link(request, chosen, address) if request.method == "POST" else refusal("provider") * is_refused
    if request.method == "POST" and not fault:
        return redirect("families:sent_page")
    reads = _reads(request)
    buttons = family_buttons(chosen.id, chosen.code) if chosen else []
    providers = [(one.ref, sign_in_words_in(reads)["provider"].format(one.name)) for one in buttons]
    shown = {"districts": known if len(known) > 1 else [], "chosen": chosen, "address": address,
             "providers": providers}  # fmt: skip
    return _show(request, "sign_in_page", reads, shown, fault)


def _ask_link(request: HttpRequest, chosen: District | None, address: str) -> str:
    """Asks for a link, and keeps who asked in their session; "", or why not."""
    kind = "email" if "@" in address else "phone"
    value = read_email(address) if kind == "email" else read_number(address)
    if not value:
        return refusal("no_address")
    if chosen is None:
        return refusal("no_district")
    if is_too_often("family-ask", address_of(request), MOST_ASKED):
        return refusal("too_often")
    if not is_too_often("family-to", f"{chosen.id}:{value}", MOST_TO_ONE, TO_ONE_SECONDS):
        language = read_language(asked_language(request) or kept_language(request))
        with acting_in(chosen.id):
            actions.ask_sign_in(_actor(request, chosen.id), kind, value, language)
    request.session["family"] = {"district": str(chosen.id), "address": value, "kind": kind}
    return ""


@page(permission=PUBLIC, template="families/sent_page.html", methods=("GET", "POST"))
def sent_page(request: HttpRequest) -> Any:
    """Look at your mail or telephone; the code can be typed here, in the browser that asked."""
    asked = request.session.get("family")
    if not asked:
        return redirect("families:sign_in_page")
    reads = _reads(request)
    where = format_html("<bdi>{}</bdi>", asked["address"])
    shown = {"asked": asked, "on_way": format_html(sign_in_words_in(reads)["on_way"], where)}
    if request.method == "GET":
        return _show(request, "sent_page", reads, shown)
    if is_too_often("family-code", address_of(request), MOST_TRIED):
        return _show(request, "sent_page", reads, shown, refusal("too_often"))
    district = UUID(asked["district"])
    with acting_in(district):
        actor = _actor(request, district)
        try:
            link = actions.check_code(actor, asked["address"], request.POST.get("code", ""))
        except Refused as error:
            return _show(request, "sent_page", reads, shown, error)
        people = queries.people_of(link.people)
        person = _who(request, people)
        if person is None:
            shown |= {"people": people, "code": request.POST.get("code", "")}
            return _show(request, "sent_page", reads, shown)
        key = actions.open_link(actor, link.pk, person, device_name(request), "code")
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
    if is_too_often("family-link", address_of(request), MOST_TRIED):
        return _show(request, "link_page", _reads(request), {}, refusal("too_often"))
    code, _, token = ref.partition(".")
    district = District.objects.filter(code=code).first() if "\0" not in code else None
    if district is None:
        return _show(request, "link_page", _reads(request), {}, refusal("sign_in_bad"), 404)
    with shown_in(district.id):
        try:
            link = queries.link_of(token)
            people = queries.people_of(link.people)
            person = _who(request, people)
            if request.method == "GET" or person is None:
                reads = _reads(request, [one.id for one in people])
                button = sign_in_words_in(reads)["sign_in_as"].format(people[0].name if people else "")
                fault = refusal("say_who") if request.method == "POST" else ""
                shown = {"people": people, "district": district, "button": button}
                return _show(request, "link_page", reads, shown, fault)
            key = actions.open_link(_actor(request, district.id), link.pk, person, device_name(request), "link")
        except WatchbellError as error:
            return _show(request, "link_page", _reads(request), {}, error, 404)
    return remember(request, redirect("notices:family_home"), district.id, key)


@page(permission=PUBLIC, template="families/devices_page.html")
def devices_page(request: HttpRequest) -> Any:
    """Where a guardian is signed in, and where messages appear at once."""
    device = queries.device_of(request.COOKIES.get(COOKIE, ""))
    if device is None:
        return redirect("families:sign_in_page")
    return _show_devices(request, device)


def _show_devices(request: HttpRequest, device: Any, fault: object = "", status: int = 200) -> HttpResponse:
    with shown_in(device.district_id):
        reads = _reads(request, [device.person_id])
        say = sign_in_words_in(reads)
        pushed = devices_pushed_to(device.person_id)
        rows = [
            {"device": one, "name": one.name or say["browser"], "is_this": one.pk == device.pk,
             "is_pushed_to": one.pk in pushed, "how": say_how(say, one.how),
             "out": say["sign_out_of"].format(one.name or say["browser"])}
            for one in queries.devices_of(device.person_id)
        ]  # fmt: skip
        done = request.GET.get("told", "")
        shown = {"rows": rows, "person": device.person, "told": say[done] if done in DONE else ""}
        answer = _show(request, "devices_page", reads, shown, fault, status)
    answer.headers["Cache-Control"] = "no-store"
    return answer


@change_page(permission=PUBLIC)
def end_device(request: HttpRequest) -> HttpResponse:
    """Another of one's devices; this one leaves by `sign_out`."""
    device = queries.device_of(request.COOKIES.get(COOKIE, ""))
    wanted = read_id(request.POST.get("device", ""))
    if device is None or wanted is None or wanted == device.pk:
        return sign_out(request)
    try:
        _end(request, device, wanted)
    except NotFound as error:
        return _show_devices(request, device, error, 404)
    return redirect(f"{reverse('families:devices_page')}?told=ended")


@change_page(permission=PUBLIC)
def keep_push(request: HttpRequest) -> HttpResponse:
    """The browser's own subscription, as `PushManager.subscribe` gave it, for the guardian it remembers."""
    device = queries.device_of(request.COOKIES.get(COOKIE, ""))
    if device is None:
        return HttpResponse(refusal("sign_in_first"), status=401, content_type="text/plain; charset=utf-8")
    form = request.POST
    with acting_in(device.district_id):
        try:
            channels.keep_browser(
                _own_actor(request, device), device.person_id, device.pk, form.get("endpoint", ""),
                form.get("p256dh", ""), form.get("auth", ""), device.ends_at,
            )  # fmt: skip
        except Refused as error:
            return HttpResponse(str(error), status=422, content_type="text/plain; charset=utf-8")
    return HttpResponse(status=204)


@change_page(permission=PUBLIC)
def drop_push(request: HttpRequest) -> HttpResponse:
    """No message appears by itself any more, on the device named or on this one."""
    device = queries.device_of(request.COOKIES.get(COOKIE, ""))
    if device is not None:
        with acting_in(device.district_id):
            wanted = read_id(request.POST.get("device", "")) or device.pk
            channels.forget_browser(_own_actor(request, device), device.person_id, wanted)
    return redirect(f"{reverse('families:devices_page')}?told=push_stopped")


@change_page(permission=PUBLIC)
def sign_out(request: HttpRequest) -> HttpResponse:
    """This device remembers nobody any more; what it kept is forgotten by the page's worker."""
    _end_former(request)
    answer = redirect(reverse("families:sign_in_page"))
    answer.delete_cookie(COOKIE)
    return answer


def _own_actor(request: HttpRequest, device: Any) -> Actor:
    return system_actor(device.district_id, str(device.person), address_of(request))


def _end(request: HttpRequest, device: Any, wanted: UUID) -> None:
    """One of a guardian's devices remembers nobody any more, and is pushed to no more: that first."""
    actor = _own_actor(request, device)
    with acting_in(device.district_id):
        channels.forget_browser(actor, device.person_id, wanted)
        actions.end_device(actor, device.person_id, wanted)
