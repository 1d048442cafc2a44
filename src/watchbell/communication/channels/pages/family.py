"""A family's own page of numbers, language and wishes, and one click out of routine mail. No account is needed."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.csrf import csrf_exempt

from watchbell.communication.channels import actions, queries
from watchbell.communication.channels.facts import CHANNELS, DECLINABLE, LINK_DAYS, WAYS_OF
from watchbell.communication.channels.facts.refusals import refusal, refused_page, say_refusal
from watchbell.communication.channels.facts.words import contact_words_in, frame_in
from watchbell.communication.channels.ports import remembered_at
from watchbell.communication.channels.queries.wishes import quiet_hours, wishes_of_person
from watchbell.communication.channels.rules import DEFAULT_ORDER
from watchbell.district.people.queries import person_facts, person_of_user
from watchbell.district.sites.facts import read_id
from watchbell.kernel.language import keep_language, languages_wanted
from watchbell.kernel.limits import is_guessing, is_too_often
from watchbell.kernel.permissions import Actor, system_actor
from watchbell.kernel.web import PUBLIC, address_of, page, show_problem
from watchbell.kernel.zones import shown_in
from watchbell.line.clock import now
from watchbell.line.errors import NotFound, Refused, TooOften, WatchbellError
from watchbell.line.languages import LANGUAGES, choose_language

MOST_TRIES = 40


def _actor(request: HttpRequest, district: UUID, name: str) -> Actor:
    return system_actor(district, name or "A family", address_of(request))


def _reads(request: HttpRequest, recipient: Any) -> str:
    """The language a recipient's pages are shown in."""
    wish = queries.preference_of(recipient.person_id) if recipient.person_id else None
    return choose_language(languages_wanted(request, wish.language if wish else "", recipient.language))


def _refuse(request: HttpRequest, error: Exception) -> HttpResponse:
    """A refusal in the language of whoever asks, of whom nothing is known."""
    return show_problem(request, error, **refused_page(languages_wanted(request), error))


def _own(recipient: Any, reads: str) -> dict[str, Any]:
    """What a family may see and change of how it is told. reads: the language it is said in."""
    person = person_facts(recipient.person_id)
    say = contact_words_in(reads)
    rows = [
        {"row": one, "kind": one.kind, "address": one.address, "shown": one.shown, "is_bad": one.is_bad,
         "instead": say["instead"].format(one.shown), "wanted": one.wanted, "is_any": one.is_any,
         "is_typed": one.is_text_telephone,
         "lines": [(say[purpose], [(wish, say[wish.channel]) for wish in wishes]) for purpose, wishes in one.lines]}
        for one in wishes_of_person(person)
    ]  # fmt: skip
    wish = queries.preference_of(person.id)
    order = [*(wish.order if wish else []), *(one for one in DEFAULT_ORDER if not wish or one not in wish.order)]
    digest = f"{quiet_hours().digest:%H:%M}"
    return {"person": person, "has_mail": any(one["kind"] == "email" for one in rows),
            "is_daily": wish is not None and wish.is_daily, "daily": say["mail_daily"].format(digest),
            "rows": rows, "order": [(one, say.get(one, CHANNELS[one][0])) for one in order],
            "say": say, **frame_in(reads), "first": order[0],
            "language": (wish.language if wish else "") or str(recipient.language).partition("-")[0],
            "languages": {"": say["as_recorded"], **LANGUAGES},
            "pending": queries.pending_change(person.id), "recipient": recipient}  # fmt: skip


@page(permission=PUBLIC, template="channels/family_page.html", methods=("GET", "POST"))
def family_page(request: HttpRequest, token: str) -> Any:
    """Their addresses, language, dearest way, and what they do not want; a new address counts once its code is back.

    Whoever comes by the link alone only adds addresses, and only for LINK_DAYS; an account or a remembered device of
    the same person replaces and removes them, however old the link is.
    """
    if is_too_often("family", token, MOST_TRIES):
        return _refuse(request, TooOften(refusal("too_often")))
    device = remembered_at(request.COOKIES)
    try:
        with shown_in(queries.district_of_token(token)):
            recipient = queries.recipient_by_token(token)
            if recipient.person_id is None:
                raise NotFound(refusal("no_family"))
            is_known = _is_known(request, recipient, device)
            if not is_known and recipient.mailing.made_at < now() - timedelta(days=LINK_DAYS):
                return redirect("families:sign_in_page")
            return _show_own(request, recipient, is_known=is_known)
    except NotFound as error:
        is_guess = is_guessing(address_of(request))
        return _refuse(request, TooOften(refusal("too_often")) if is_guess else error)


def _is_known(request: HttpRequest, recipient: Any, device: tuple[UUID, UUID] | None) -> bool:
    """Whether more than the link says that this is the recipient: their account, or a device that remembers them."""
    if device == (recipient.district_id, recipient.person_id):
        return True
    actor = request.actor
    if actor is None or actor.user_id is None or actor.district != recipient.district_id:
        return False
    person = person_of_user(actor.user_id)
    return person is not None and person.id == recipient.person_id


def _show_own(request: HttpRequest, recipient: Any, *, is_known: bool) -> HttpResponse:
    fault: WatchbellError | None = None
    said = ""
    if request.method == "POST":
        try:
            said = _change(request, recipient, is_known=is_known)
        except WatchbellError as error:
            fault = error
    with transaction.atomic():
        reads = _reads(request, recipient)
        if said == "saved" and request.POST.get("language"):  # what was chosen just now, whatever the address asks for
            reads = choose_language([request.POST["language"]])
        own = _own(recipient, reads)
    code = own["words"]["code"]
    own |= {"token": recipient.token, "is_known": is_known,
            "is_bare": not recipient.mailing.about.startswith("notice:"),
            "fault": say_refusal(code, fault) if fault else "",
            "told": own["say"].get(said, "")}  # fmt: skip
    return keep_language(request, render(request, "channels/family_page.html", own), code)


def _change(request: HttpRequest, recipient: Any, *, is_known: bool) -> str:
    """Does what the form asks; the key of what is said about it."""
    actor = _actor(request, recipient.district_id, recipient.name)
    form, what, person = request.POST, request.POST.get("what", ""), recipient.person_id
    reads = _reads(request, recipient)
    known = _own(recipient, reads)["rows"]
    chosen = {row["shown"]: row for row in known}.get(form.get("old", ""))
    if what in ("address", "remove", "code"):
        return _change_address(request, actor, person, chosen, reads, is_known=is_known)
    if what == "order":
        first = form.get("first", "")
        actions.set_preference(actor, person, [first, *(one for one in DEFAULT_ORDER if one != first)],
                               form.get("language", ""))  # fmt: skip
        return "saved"
    if what == "mail" and form.get("mail") in ("now", "daily"):
        released = actions.set_routine_mail(actor, person, form["mail"] == "daily", "On their own page")
        return "sent_now" if released else "saved"
    if what == "wishes" and (at := {row["row"].key: row["row"] for row in known}.get(form.get("at", ""))):
        actions.set_wishes(actor, at, form.getlist("wish"), "On their own page")
        return "saved"
    if what in ("tty", "no_tty") and chosen is not None and chosen["kind"] == "phone":
        actions.mark_text_telephone(actor, person, chosen["address"], what == "tty")
        return "typed" if what == "tty" else "spoken"
    if what in ("stop", "start") and chosen is not None:
        for way in WAYS_OF[chosen["kind"]]:
            for purpose in DECLINABLE:
                actions.record_consent(actor, way, chosen["address"], purpose, what == "start", "On their own page")
        return "starts" if what == "start" else "stops"
    raise NotFound(refusal("nothing_such"))


def _change_address(
    request: HttpRequest, actor: Actor, person: UUID, chosen: dict[str, Any] | None, reads: str, *, is_known: bool
) -> str:  # fmt: skip
    """Adds, replaces, removes, or takes the code of what was added; the key of what is said about it."""
    form, what = request.POST, request.POST["what"]
    if what == "code":
        change = read_id(form.get("change", "")) or UUID(int=0)
        actions.confirm_change(actor, change, person, form.get("code", ""))
        return "used"
    if what == "address":
        kind = "email" if form.get("kind") == "email" else "phone"
        old = chosen["address"] if chosen else ""
        actions.ask_change(actor, person, kind, old, form.get("new", ""), reads, is_known=is_known)
        return "code_sent"
    if not is_known:
        raise Refused(refusal("sign_in_first"))
    if chosen is None:
        raise NotFound(refusal("nothing_such"))
    actions.remove_address(actor, person, chosen["kind"], chosen["address"])
    return "removed"


@csrf_exempt
@page(permission=PUBLIC, template="channels/unsubscribed_page.html", methods=("GET", "POST"))
def unsubscribe_page(request: HttpRequest, token: str) -> Any:
    """One click out of routine mail (RFC 8058): a mail program posts here; a person sees a button first."""
    try:
        with shown_in(queries.district_of_token(token)):
            return _unsubscribe(request, queries.recipient_by_token(token))
    except NotFound as error:
        return _refuse(request, error)


def _unsubscribe(request: HttpRequest, recipient: Any) -> HttpResponse:
    if request.method == "POST":
        actor = _actor(request, recipient.district_id, recipient.name)
        for address in queries.emails_told(recipient):
            for purpose in DECLINABLE:
                actions.record_consent(actor, "email", address, purpose, False, "Unsubscribed by one click")
    reads = _reads(request, recipient)
    shown = {"is_done": request.method == "POST", "token": recipient.token, "say": contact_words_in(reads),
             "has_family": recipient.person_id is not None, **frame_in(reads)}  # fmt: skip
    return keep_language(request, render(request, "channels/unsubscribed_page.html", shown), reads)
