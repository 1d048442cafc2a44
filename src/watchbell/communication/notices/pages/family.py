"""A recipient's own page of a notice: no sign-in, their language, their answer; the truth all links point to."""

from typing import Any
from uuid import UUID

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from watchbell.communication.channels import queries as channels
from watchbell.communication.families.actions import note_use
from watchbell.communication.families.queries import COOKIE, device_of
from watchbell.communication.notices import actions, queries, rules
from watchbell.communication.notices.facts import LANGUAGES, STATES
from watchbell.district.people.facts import PersonFacts
from watchbell.district.people.queries import person_facts, person_of_user, students_of_guardian
from watchbell.kernel.acting import acting_in
from watchbell.kernel.limits import is_too_often
from watchbell.kernel.models import District
from watchbell.kernel.permissions import Actor, system_actor
from watchbell.kernel.web import PUBLIC, change_page, page, show_problem
from watchbell.kernel.zones import shown_in
from watchbell.line.clock import now
from watchbell.line.errors import NotFound, WatchbellError

MOST_LOOKS = 120


def _address(request: HttpRequest) -> str:
    return str(request.META.get("REMOTE_ADDR", ""))


def _actor(request: HttpRequest, district: UUID, name: str) -> Actor:
    return system_actor(district, name or "A family", _address(request))


def _shown(request: HttpRequest, token: str) -> dict[str, Any]:
    recipient = channels.recipient_by_token(token)
    notice = queries.notice_of_mailing(recipient.mailing.about)
    if notice is None:
        raise NotFound("This message is not kept any more.")
    texts = {one.language: one for one in queries.texts_of(notice)}
    wish = channels.preference_of(recipient.person_id) if recipient.person_id else None
    wanted = request.GET.get("language") or (wish.language if wish else "") or recipient.language
    text = texts.get(wanted) or texts.get("en") or next(iter(texts.values()))
    words = {**recipient.fields, "name": recipient.name, "link": ""}
    mine = next((one for one in queries.answers_given(notice) if one.recipient == recipient.pk), None)
    given = request.GET.get("answer", "")
    is_over = notice.state == "ended" or bool(notice.expires_at and notice.expires_at <= now())
    return {
        "notice": notice, "recipient": recipient, "token": token, "is_over": is_over, "mine": mine,
        "text": {name: rules.fill_template(getattr(text, name), words) for name in ("title", "short", "text")},
        "language": text.language, "languages": [(code, LANGUAGES[code]) for code in texts if code in LANGUAGES],
        "options": list(enumerate(notice.options)), "preset": int(given) - 1 if given.isdigit() else -1,
        "state": STATES[notice.state][0], "district": District.objects.get(id=notice.district_id).name,
        "others": [(one, note) for one in channels.recipients_of_person(recipient.person_id, 8)
                   if one.pk != recipient.pk and (note := queries.notice_of_mailing(one.mailing.about))]
        if recipient.person_id else [],
    }  # fmt: skip


@page(permission=PUBLIC, template="notices/message_page.html")
def message_page(request: HttpRequest, token: str) -> Any:
    """What was sent, as it holds now. A look alone changes nothing: a preview by a program is no reader."""
    if is_too_often("message", _address(request), MOST_LOOKS):
        return show_problem(request, WatchbellError("Too many looks. Wait a minute."))
    try:
        with shown_in(channels.district_of_token(token)), transaction.atomic():
            return render(request, "notices/message_page.html", _shown(request, token))
    except NotFound as error:
        return show_problem(request, error)


@page(permission=PUBLIC, template="notices/family_home.html")
def family_home(request: HttpRequest) -> Any:
    """A family's own: every message to them, the newest first; their numbers and wishes; push.

    For whoever is signed in, and for a guardian whom this browser remembers; anybody else is asked to sign in.
    """
    actor = request.actor
    if actor is not None:
        person = person_of_user(actor.user_id) if actor.user_id else None
        with transaction.atomic():
            return render(request, "notices/family_home.html", _home(person))
    device = device_of(request.COOKIES.get(COOKIE, ""))
    if device is None:
        return redirect("families:sign_in_page")
    with shown_in(device.district_id):
        note_use(device)
        with transaction.atomic():
            answer = render(request, "notices/family_home.html", _home(person_facts(device.person_id)))
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _home(person: PersonFacts | None) -> dict[str, Any]:
    rows = channels.recipients_of_person(person.id, 40) if person else []
    notices = queries.notices_of_mailings(one.mailing for one in rows)
    listed = [(one, notices[one.mailing.about]) for one in rows if one.mailing.about in notices]
    for _, notice in listed:
        notice.is_over = notice.state == "ended" or bool(notice.expires_at and notice.expires_at <= now())
    return {"rows": listed, "person": person, "children": students_of_guardian(person.id) if person else [],
            "token": listed[0][0].token if listed else ""}  # fmt: skip


@change_page(permission=PUBLIC)
def seen(request: HttpRequest, token: str) -> HttpResponse:
    """A browser has shown it: they are reached."""
    district = channels.district_of_token(token)
    with acting_in(district):
        recipient = channels.recipient_by_token(token)
        actions.note_seen(_actor(request, district, recipient.name), recipient)
    return HttpResponse(status=204)


@change_page(permission=PUBLIC)
def answer(request: HttpRequest, token: str) -> HttpResponse:
    """One of the buttons."""
    district = channels.district_of_token(token)
    with acting_in(district):
        recipient = channels.recipient_by_token(token)
        notice = queries.notice_of_mailing(recipient.mailing.about)
        if notice is None:
            raise NotFound("This message is not kept any more.")
        actor = _actor(request, district, recipient.name)
        option, text = request.POST.get("option", ""), request.POST.get("text", "").strip()
        if option.isdigit():
            actions.note_answer(actor, notice, recipient, int(option), "page")
            actions.note_seen(actor, recipient)
        elif text:
            actions.note_written(actor, notice, recipient, text)
    return redirect("notices:message_page", token)
