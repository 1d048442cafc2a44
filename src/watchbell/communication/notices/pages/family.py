"""A recipient's own page of a notice: no sign-in, their language, their answer; the truth all links point to."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.csrf import csrf_exempt

from watchbell.communication.channels import queries as channels
from watchbell.communication.channels.facts.refusals import refusal, refused_page
from watchbell.communication.channels.facts.through_words import through_words_in
from watchbell.communication.channels.facts.words import frame_in, words_in
from watchbell.communication.families.facts.words import sign_in_words_in
from watchbell.communication.notices import actions, queries, rules
from watchbell.communication.notices.facts import STATES
from watchbell.communication.notices.pages.device import is_past, keep_for, language_at_home, language_of, list_for
from watchbell.communication.notices.pages.whose import (
    Family,
    device_here,
    family_of,
    is_account_of,
    is_device_of,
    push_words,
)
from watchbell.district.people.queries import students_of_guardian
from watchbell.kernel.acting import acting_in
from watchbell.kernel.language import keep_language, languages_wanted
from watchbell.kernel.limits import is_guessing, is_too_often
from watchbell.kernel.models import District
from watchbell.kernel.permissions import Actor, system_actor
from watchbell.kernel.web import PUBLIC, address_of, change_page, page, show_problem, status_of
from watchbell.kernel.zones import shown_in
from watchbell.line.clock import now
from watchbell.line.errors import NotFound, TooOften, WatchbellError
from watchbell.line.ids import new_id
from watchbell.line.numbers import read_whole

MOST_LOOKS, MOST_ANSWERS = 120, 120
#: What waited longer for a network counts as this old: a week, in seconds.
MOST_WAITED = 7 * 86400.0


def _actor(request: HttpRequest, district: UUID, name: str) -> Actor:
    return system_actor(district, name or "A family", address_of(request))


def _shown(request: HttpRequest, token: str, device: Any) -> dict[str, Any]:
    recipient = channels.recipient_by_token(token)
    notice = queries.notice_of_mailing(recipient.mailing.about)
    if notice is None:
        raise NotFound(refusal("message_gone"))
    texts = {one.language: one for one in queries.texts_of(notice)}
    wanted = language_of(request, recipient)
    text = texts.get(wanted) or texts.get("en") or next(iter(texts.values()))
    words = {**recipient.fields, "name": recipient.name, "link": ""}
    mine = queries.own_answers([recipient]).get(recipient.pk)
    given = read_whole(request.GET.get("answer", ""))
    frame = words_in(wanted)
    return {
        "notice": notice, "recipient": recipient, "token": token, "is_over": is_past(notice), "mine": mine,
        "has_answered": mine is not None,
        **frame_in(wanted), "all_words": {frame["code"]: frame}, "kept": keep_for([recipient], wanted),
        "key": str(new_id()), "is_urgent": notice.purpose == "emergency" and not is_past(notice),
        **_offers(request, recipient, device, wanted),
        "text": {name: rules.fill_template(getattr(text, name), words) for name in ("title", "short", "text")},
        "language": text.language,
        "options": list(enumerate(rules.options_in(text, notice.options))),
        "preset": -1 if given is None else given - 1,
        "state": STATES[notice.state][0], "district": District.objects.get(id=notice.district_id).name,
    }  # fmt: skip


def _offers(request: HttpRequest, recipient: Any, device: Any, wanted: str) -> dict[str, Any]:
    """For the same person only, by account or device: whether the next message can come to this browser at once, and
    what else they were written. Whoever has the link alone sees this message, and no other."""
    mine = device if is_device_of(device, recipient) else None
    has_account = is_account_of(request, recipient)
    others = channels.recipients_of_person(recipient.person_id, 12) if mine is not None or has_account else []
    return push_words(mine, has_account=has_account) | {
        "others": list_for([one for one in others if one.pk != recipient.pk], wanted)
    }


def _refuse(request: HttpRequest, error: Exception, wanted: Iterable[str] = ()) -> HttpResponse:
    """A refusal in the reader's language; for a phone that sends by itself, as JSON."""
    told = refused_page([*wanted, *languages_wanted(request)], error)
    if request.headers.get("Accept") == "application/json":
        return JsonResponse({"title": told["words"]["told"]}, status=status_of(error))
    return show_problem(request, error, **told)


def _missed(request: HttpRequest, error: WatchbellError) -> WatchbellError:
    """The same error, or that it is too often, from where many links are tried that nobody has."""
    is_guess = isinstance(error, NotFound) and is_guessing(address_of(request))
    return TooOften(refusal("too_often")) if is_guess else error


@page(permission=PUBLIC, template="notices/message_page.html")
def message_page(request: HttpRequest, token: str) -> Any:
    """What was sent, as it holds now. A look alone changes nothing: a preview by a program is no reader."""
    if is_too_often("message", token, MOST_LOOKS):
        return _refuse(request, TooOften(refusal("too_often")))
    device = device_here(request)
    try:
        with shown_in(channels.district_of_token(token)), transaction.atomic():
            shown = _shown(request, token, device)
            return keep_language(request, render(request, "notices/message_page.html", shown), shown["words"]["code"])
    except NotFound as error:
        return _refuse(request, _missed(request, error))


@page(permission=PUBLIC, template="notices/family_home.html")
def family_home(request: HttpRequest) -> Any:
    """A family's own: every message to them, the newest first; their numbers and wishes; push for who has an account.

    For whoever is signed in, and for a guardian whom this browser remembers; anybody else is asked to sign in.
    """
    with family_of(request) as family:
        if family is None:
            return redirect("families:sign_in_page")
        shown = _home(request, family)
        answer = keep_language(request, render(request, "notices/family_home.html", shown), shown["words"]["code"])
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _home(request: HttpRequest, family: Family) -> dict[str, Any]:
    """A member of staff sees it in the console's frame, with its alarms; every family in the families' own."""
    person, is_staff = family.person, family.device is None and request.actor.role != "parent"
    rows = channels.recipients_of_person(person.id, 40) if person else []
    reads = language_at_home(request, person)
    listed = [(one, notice, title, is_past(notice)) for one, notice, title in list_for(rows, reads)]
    frame = words_in(reads)
    return {
        "rows": listed, "person": person, "children": students_of_guardian(person.id) if person else [],
        "token": listed[0][0].token if listed else "", **frame_in(reads), "all_words": {frame["code"]: frame},
        "say": sign_in_words_in(reads), "through_title": through_words_in(reads)["title"],
        **push_words(family.device, has_account=family.device is None),
        "page_frame": "console/frame.html" if is_staff else "channels/family_frame.html",
        "is_urgent": any(notice.purpose == "emergency" and not past for _, notice, _, past in listed),
    }  # fmt: skip


@page(permission=PUBLIC, template="")
def own_contacts(request: HttpRequest) -> HttpResponse:
    """The way from the home screen to one's numbers, language and wishes; the home while nothing was written yet."""
    with family_of(request) as family:
        person = family.person if family else None
        rows = channels.recipients_of_person(person.id, 1) if person else []
    return redirect("channels:family_page", rows[0].token) if rows else redirect("notices:family_home")


def _made_at(request: HttpRequest) -> datetime:
    """When it was done on the phone: before now, where it had to wait for a network; by the phone's own two times."""
    told = (request.POST.get("made_at", ""), request.headers.get("Watchbell-Device-Time", ""))
    if not all(one.isdigit() and len(one) < 15 for one in told):
        return now()
    waited = (int(told[1]) - int(told[0])) / 1000
    return now() - timedelta(seconds=min(max(0.0, waited), MOST_WAITED))


@csrf_exempt  # the link is all the authority there is: whoever does not know it cannot post here
@change_page(permission=PUBLIC)
def seen(request: HttpRequest, token: str) -> HttpResponse:
    """A browser has shown it: they are reached."""
    try:
        district = channels.district_of_token(token)
    except NotFound as error:
        return _refuse(request, error)
    with acting_in(district):
        recipient = channels.recipient_by_token(token)
        actions.note_seen(_actor(request, district, recipient.name), recipient)
    return HttpResponse(status=204)


@csrf_exempt
@change_page(permission=PUBLIC)
def answer(request: HttpRequest, token: str) -> HttpResponse:
    """One of the buttons, or a written reply; what a phone sends twice (`Idempotency-Key`) is taken once."""
    if is_too_often("answer", token, MOST_ANSWERS):
        return _refuse(request, TooOften(refusal("too_often")))
    try:
        _take_answer(request, token)
    except WatchbellError as error:
        return _refuse(request, _missed(request, error), [_reads(request, token)])
    if request.headers.get("Accept") == "application/json":
        return JsonResponse({"taken": True})
    return redirect("notices:message_page", token)


def _reads(request: HttpRequest, token: str) -> str:
    """The language of whose link it is; "" where it is nobody's."""
    try:
        with acting_in(channels.district_of_token(token)):
            return language_of(request, channels.recipient_by_token(token))
    except NotFound:
        return ""


def _take_answer(request: HttpRequest, token: str) -> None:
    district = channels.district_of_token(token)
    with acting_in(district):
        recipient = channels.recipient_by_token(token)
        notice = queries.notice_of_mailing(recipient.mailing.about)
        if notice is None:
            raise NotFound(refusal("message_gone"))
        actor = _actor(request, district, recipient.name)
        option, text = request.POST.get("option", ""), request.POST.get("text", "").strip()
        key = request.headers.get("Idempotency-Key", "") or request.POST.get("key", "")
        if option.isdecimal() and len(option) < 4:
            actions.note_answer(actor, notice, recipient, int(option), "page", _made_at(request))
            actions.note_seen(actor, recipient)
        elif text:
            actions.note_written(actor, notice, recipient, text, key)
