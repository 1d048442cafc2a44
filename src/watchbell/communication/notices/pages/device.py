"""A family's phone: what it keeps to be read without a network, and what makes the pages an app."""

from typing import Any

from django.db import transaction
from django.http import HttpRequest, JsonResponse
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone

from watchbell.communication.channels import queries as channels
from watchbell.communication.channels.facts.refusals import refusal, say_refusal
from watchbell.communication.channels.facts.words import WORDS, words_in
from watchbell.communication.notices import queries, rules
from watchbell.communication.notices.pages.whose import device_here, family_of, is_account_of, is_device_of
from watchbell.kernel.language import languages_wanted
from watchbell.kernel.limits import is_guessing, is_too_often
from watchbell.kernel.web import PUBLIC, address_of, page
from watchbell.kernel.zones import shown_in
from watchbell.line.clock import now
from watchbell.line.errors import NotFound
from watchbell.line.ids import same_id
from watchbell.line.languages import choose_language

MOST_KEPT, MOST_ASKED = 30, 240
PICTURES = "console/dist/"


def is_past(notice: Any) -> bool:
    """It was ended, or its time has passed."""
    return notice.state == "ended" or bool(notice.expires_at and notice.expires_at <= now())


def language_of(request: HttpRequest, recipient: Any) -> str:
    """The language a recipient reads: as asked now, as they chose once, else as the school knows it."""
    wish = channels.preference_of(recipient.person_id) if recipient.person_id else None
    return choose_language(languages_wanted(request, wish.language if wish else "", recipient.language))


def language_at_home(request: HttpRequest, person: Any) -> str:
    """The language a signed-in family reads, also before anything was written to it."""
    wish = channels.preference_of(person.id) if person else None
    record = person.language if person else ""
    return choose_language(languages_wanted(request, wish.language if wish else "", record))


def keep_for(recipients: list[Any], wanted: str) -> dict[str, Any]:
    """What a phone keeps of these messages: their texts in one language, answers, corrections and ends. Four queries.

    Nothing else: no addresses, no other people's names. `person` only tells one family's messages from another's.
    """
    notices = queries.notices_of_mailings(one.mailing for one in recipients)
    texts, given = queries.newest_texts(notices.values()), queries.own_answers(recipients)
    found = []
    for one in recipients:
        notice = notices.get(one.mailing.about)
        known = texts.get(notice.pk, {}) if notice else {}
        if notice is None or not known:
            continue
        text = known.get(wanted) or known.get("en") or next(iter(known.values()))
        words = {**one.fields, "name": one.name, "link": ""}
        title, short, long = (rules.fill_template(part, words) for part in (text.title, text.short, text.text))
        found.append({
            "token": one.token, "notice": str(notice.pk), "purpose": notice.purpose, "mode": notice.mode,
            "sent_at": notice.sent_at or one.mailing.made_at, "language": text.language, "title": title,
            "text": long or short, "about": one.fields.get("child", ""),
            "options": rules.options_in(text, notice.options),
            "mine": given.get(one.pk), "is_over": is_past(notice), "ended_because": notice.ended_because,
            "correction": notice.correction, "changed_at": notice.changed_at, "is_seen": one.reached_at is not None,
        })  # fmt: skip
    person = next((str(one.person_id or one.pk) for one in recipients), "")
    return {
        "at": now(), "zone": timezone.get_current_timezone_name(), "language": words_in(wanted)["code"],
        "person": same_id("phone", person)[:16], "notices": found,
    }  # fmt: skip


def list_for(recipients: list[Any], wanted: str) -> list[tuple[Any, Any, str]]:
    """(recipient, notice, title in their language) of these messages. Two queries."""
    notices = queries.notices_of_mailings(one.mailing for one in recipients)
    texts = queries.newest_texts(notices.values())
    found = []
    for one in recipients:
        notice = notices.get(one.mailing.about)
        if notice is None:
            continue
        text = texts.get(notice.pk, {}).get(wanted)
        title = text.title if text else notice.title
        found.append((one, notice, rules.fill_template(title, {**one.fields, "name": one.name})))
    return found


def _json(body: dict[str, Any], status: int = 200) -> JsonResponse:
    return JsonResponse(body, status=status, headers={"Cache-Control": "no-store"})


def _asked(request: HttpRequest) -> str:
    return choose_language(languages_wanted(request))


@page(permission=PUBLIC, template="")
def kept_of_link(request: HttpRequest, token: str) -> JsonResponse:
    """For whoever has the link: this message. For its reader, signed in or remembered by this browser: unless `only` is
    asked for, the newest thirty. is_whole: these are all there are of the same person.

    404 tells the phone to forget the message.
    """
    if is_too_often("kept", token, MOST_ASKED):
        return _json({"title": say_refusal(_asked(request), refusal("too_often"))}, 429)
    device = device_here(request)
    try:
        district = channels.district_of_token(token)
    except NotFound as error:
        if is_guessing(address_of(request)):
            return _json({"title": say_refusal(_asked(request), refusal("too_often"))}, 429)
        return _json({"title": say_refusal(_asked(request), error)}, 404)
    with shown_in(district), transaction.atomic():
        own = channels.recipient_by_token(token)
        is_own = "only" not in request.GET and (is_device_of(device, own) or is_account_of(request, own))
        others = channels.recipients_of_person(own.person_id, MOST_KEPT) if is_own and own.person_id else []
        rows = [own, *(one for one in others if one.pk != own.pk)]
        return _json(keep_for(rows, language_of(request, own)) | {"is_whole": is_own})


@page(permission=PUBLIC, template="")
def kept_of_home(request: HttpRequest) -> JsonResponse:
    """For a signed-in family, or one this browser remembers: its newest thirty."""
    with family_of(request) as family:
        if family is None:
            return _json({"title": say_refusal(_asked(request), refusal("sign_in_first"))}, 401)
        person = family.person
        rows = channels.recipients_of_person(person.id, MOST_KEPT) if person else []
        return _json(keep_for(rows, language_at_home(request, person)))


@page(permission=PUBLIC, template="notices/offline_page.html")
def offline_page(request: HttpRequest) -> Any:
    """The empty page a phone fills with what it has kept; it says nothing of anybody itself."""
    return {"words": words_in(_asked(request)), "all_words": {code: words_in(code) for code in WORDS}, "days": 30}


@page(permission=PUBLIC, template="")
def family_manifest(request: HttpRequest) -> JsonResponse:
    """The families' app, beside the staff's on the same address: its own name, start and identity.

    Both reach over the whole address (`/family` and `/m/`), so that a link opened in the app stays in it.
    """
    words = words_in(request.GET.get("language", "en"))
    pictures = [(static(PICTURES + f"icon-{size}.png"), size) for size in (192, 512)]
    icons = [{"src": static(PICTURES + "icon.svg"), "sizes": "any", "type": "image/svg+xml", "purpose": "any"}]
    icons += [
        {"src": src, "sizes": f"{size}x{size}", "type": "image/png", "purpose": purpose}
        for src, size in pictures for purpose in ("any", "maskable")
    ]  # fmt: skip
    home = reverse("notices:family_home")
    body = {
        "id": home, "name": words["app"], "short_name": words["app_short"], "start_url": home, "scope": "/",
        "lang": words["code"], "dir": words["dir"], "display": "standalone", "background_color": "#e9eef2",
        "theme_color": "#0e2235", "icons": icons,
        "shortcuts": [{"name": words["messages"], "url": home, "icons": [icons[1]]},
                      {"name": words["contacts"], "url": reverse("notices:own_contacts"), "icons": [icons[1]]}],
    }  # fmt: skip
    return JsonResponse(body, content_type="application/manifest+json")
