"""The console's half: issues, the editor, previews, sending."""

from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone

from watchbell.communication.channels.queries.waiting import progress_with_reasons
from watchbell.communication.newsletter import actions, forms, queries
from watchbell.communication.newsletter.facts import (
    APPROVE,
    BLOCKS,
    ISSUE_STATES,
    MOST_LINE,
    MOST_PICTURE_BYTES,
    MOST_TEXT,
    SEE,
    WRITE,
    Block,
    Letter,
    Places,
)
from watchbell.communication.newsletter.rules.blocks import judge_block, judge_letters
from watchbell.communication.newsletter.rules.letters import mail_html, mail_text
from watchbell.communication.notices.facts import LANGUAGES
from watchbell.kernel.districts import own_district
from watchbell.kernel.permissions import may
from watchbell.kernel.web import change_page, page, page_of, part, try_change
from watchbell.line.errors import Conflict, NotFound, Refused
from watchbell.line.numbers import read_whole

MAIL_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src 'self'; frame-ancestors 'self'; sandbox"


@page(permission=SEE, template="newsletter/issues_page.html")
def issues_page(request: HttpRequest) -> Any:
    """Every issue, and how many subscribe."""
    wanted = {name: request.GET.get(name, "") for name in ("q", "state")}
    found = page_of(request, queries.issues_seen_by(request.actor, search=wanted["q"], state=wanted["state"]), 25)
    for row in found["items"]:
        row.word, row.tone = ISSUE_STATES[row.state]
    counts = queries.count_states()
    states = [("", "Any state"), *((key, word) for key, (word, _) in ISSUE_STATES.items())]
    return {
        **found, "active": counts.get("active", 0), "pending": counts.get("pending", 0),
        "bounced": counts.get("bounced", 0), "may_write": may(request.actor, WRITE),
        "is_filtered": any(wanted.values()), "code": own_district().code,
        "filters": {"q": {"name": "q", "value": wanted["q"], "placeholder": "Title"},
                    "selects": [{"name": "state", "label": "State", "value": wanted["state"], "options": states}],
                    "target": "issues", "count": found["count"], "count_word": "issues"},
    }  # fmt: skip


@change_page(permission=WRITE)
def new_issue(request: HttpRequest) -> HttpResponse:
    """An empty draft, ready for a heading and a paragraph."""
    language = request.POST.get("language", "en")
    blocks = (Block("b1", "paragraph"),)
    letter = Letter(language if language in LANGUAGES else "en", request.POST.get("title", ""), blocks)
    try:
        made = actions.write_issue(request.actor, [letter])
    except Refused as error:
        messages.error(request, str(error))
        return redirect("newsletter:issues_page")
    return redirect("newsletter:edit_page", made, letter.language)


@change_page(permission=WRITE)
def new_digest(request: HttpRequest) -> HttpResponse:
    """A draft from this month's figures: a person reviews it."""
    made = actions.draft_digest(request.actor)
    messages.success(request, "A draft from this month's figures. Read it, change it, then send it yourself.")
    return redirect("newsletter:edit_page", made, "en")


@page(permission=SEE, template="newsletter/issue_page.html")
def issue_page(request: HttpRequest, issue_id: UUID) -> Any:
    """One issue: what it says, to whom it goes, how it went."""
    issue = queries.issue_seen_by(request.actor, issue_id)
    letters = queries.letters_of(issue)
    mailing = queries.mailing_of(issue) if issue.state not in ("draft", "scheduled") else None
    word, tone = ISSUE_STATES[issue.state]
    return {
        "issue": issue, "word": word, "tone": tone, "letters": [(one, LANGUAGES.get(one.language, one.language))
                                                                 for one in letters],
        "faults": judge_letters(letters) if issue.state == "draft" else [],
        "readers": queries.readers_of(issue).count() if issue.state in ("draft", "scheduled") else None,
        "topics": queries.topics(), "chosen": list(issue.topics or []), "mailing": mailing,
        "progress": progress_with_reasons(mailing) if mailing else None,
        "may_write": may(request.actor, WRITE), "may_send": may(request.actor, APPROVE),
        "code": own_district().code,
        "more": [(key, name) for key, name in LANGUAGES.items() if key not in {one.language for one in letters}],
    }  # fmt: skip


@part(permission=SEE, template="newsletter/_progress_part.html")
def progress_part(request: HttpRequest, issue_id: UUID) -> Any:
    """How far it is."""
    issue = queries.issue_seen_by(request.actor, issue_id)
    mailing = queries.mailing_of(issue)
    return {"issue": issue, "progress": progress_with_reasons(mailing) if mailing else None}


@page(permission=WRITE, template="newsletter/edit_page.html", methods=("GET", "POST"))
def edit_page(request: HttpRequest, issue_id: UUID, language: str) -> Any:
    """The editor: every button saves all of it, so nothing is lost and no script is needed."""
    issue = queries.issue_seen_by(request.actor, issue_id)
    text = next((one for one in queries.texts_of(issue) if one.language == language), None)
    if text is None:
        raise NotFound("It is not written in this language.")
    letter, version, fault = queries.letter_of(text), text.version, ""
    if request.method == "POST":
        edited = forms.read_editor(request.POST, request.FILES)
        letter, version = Letter(language, edited.title, edited.blocks), edited.version
        try:
            return _save(request, issue_id, language, edited)
        except (Refused, Conflict) as error:
            fault = str(error)
    numbered = list(enumerate(letter.blocks, 1))
    return {
        "issue": issue, "letter": letter, "version": version, "fault": fault, "name": LANGUAGES.get(language, language),
        "blocks": [{"block": one, "number": number, "name": BLOCKS[one.kind][0], "icon": BLOCKS[one.kind][1],
                    "faults": judge_block(one, number), "is_first": number == 1,
                    "is_last": number == len(numbered)} for number, one in numbered],
        "kinds": [(key, name, icon) for key, (name, icon) in BLOCKS.items()], "code": own_district().code,
        "most_text": MOST_TEXT, "most_line": MOST_LINE, "is_locked": issue.state != "draft",
        "others": [one.language for one in queries.texts_of(issue) if one.language != language],
    }  # fmt: skip


def _save(request: HttpRequest, issue_id: UUID, language: str, edited: forms.Edited) -> HttpResponse:
    blocks = list(edited.blocks)
    problems = []
    for number, one in enumerate(blocks):
        file = edited.uploads.get(one.id)
        if file is None:
            continue
        try:
            digest = actions.keep_picture(request.actor, issue_id, file.read(MOST_PICTURE_BYTES + 1))
            blocks[number] = one.changed(picture=digest)
        except Refused as error:
            problems.append(str(error))
    actions.save_text(request.actor, issue_id, language, edited.title, blocks, edited.version)
    for problem in problems:
        messages.error(request, problem)
    if request.POST.get("what") == "done":
        return redirect("newsletter:issue_page", issue_id)
    if not edited.at and not problems:
        messages.success(request, "Saved.")
    where = reverse("newsletter:edit_page", args=[issue_id, language])
    return redirect(f"{where}#b-{edited.at}" if edited.at else where)


@change_page(permission=WRITE)
def add_language(request: HttpRequest, issue_id: UUID) -> HttpResponse:
    """One more language, from the blocks of the first."""
    language = request.POST.get("language", "")
    return try_change(
        request, lambda: actions.add_language(request.actor, issue_id, language),
        "Write it over in the new language.",
        reverse("newsletter:edit_page", args=[issue_id, language])
        if language in LANGUAGES else reverse("newsletter:issue_page", args=[issue_id]),
    )  # fmt: skip


@page(permission=SEE, template="")
def mail(request: HttpRequest, issue_id: UUID, language: str) -> HttpResponse:
    """The mail as a mail program shows it; `?as=text` its other half."""
    issue = queries.issue_seen_by(request.actor, issue_id)
    letter = next((one for one in queries.letters_of(issue) if one.language == language), None)
    if letter is None:
        raise NotFound("It is not written in this language.")
    district = own_district()
    places = queries.places_of(district, issue, language)
    if request.GET.get("as") == "text":
        return HttpResponse(mail_text(letter, district.name, issue.number, places),
                            content_type="text/plain; charset=utf-8")  # fmt: skip
    here = Places(f"/newsletter/{district.code}/picture/", places.page, places.archive, places.subscribe,
                          places.subscribe)  # fmt: skip
    answer = HttpResponse(mail_html(letter, district.name, issue.number, here), content_type="text/html; charset=utf-8")
    answer["Content-Security-Policy"] = MAIL_POLICY
    answer["X-Frame-Options"] = "SAMEORIGIN"
    answer["Cache-Control"] = "no-store"
    return answer


@page(permission=SEE, template="newsletter/preview_page.html")
def preview_page(request: HttpRequest, issue_id: UUID, language: str) -> Any:
    """How it will look: as mail, wide and narrow, and as plain text."""
    issue = queries.issue_seen_by(request.actor, issue_id)
    letters = queries.letters_of(issue)
    letter = next((one for one in letters if one.language == language), None)
    if letter is None:
        raise NotFound("It is not written in this language.")
    district = own_district()
    places = queries.places_of(district, issue, language)
    return {
        "issue": issue, "letter": letter, "languages": [(one.language, LANGUAGES.get(one.language, one.language))
                                                        for one in letters],
        "plain": mail_text(letter, district.name, issue.number, places).replace("{{news}}", "…"),
        "may_write": may(request.actor, WRITE),
    }  # fmt: skip


@change_page(permission=WRITE)
def send_test(request: HttpRequest, issue_id: UUID, language: str) -> HttpResponse:
    """A copy to oneself."""
    address = str(getattr(request.user, "email", ""))
    return try_change(request, lambda: actions.ask_test(request.actor, issue_id, language, address),
                      "A test copy is on its way to your own address.",
                      reverse("newsletter:preview_page", args=[issue_id, language]))  # fmt: skip


@change_page(permission=WRITE)
def set_topics(request: HttpRequest, issue_id: UUID) -> HttpResponse:
    """Whose subscribers get it."""
    chosen = request.POST.getlist("topics")
    return try_change(request, lambda: actions.set_topics(request.actor, issue_id, chosen), "Saved.",
                      reverse("newsletter:issue_page", args=[issue_id]))  # fmt: skip


@change_page(permission=APPROVE)
def submit(request: HttpRequest, issue_id: UUID) -> HttpResponse:
    """Sends it, now or at its time."""
    form = request.POST
    counted = form.get("count", "")

    def act() -> None:
        at = _read_moment(form.get("send_at", "")) if form.get("when") == "later" else None
        actions.submit_issue(request.actor, issue_id, read_whole(counted) or 0, at)

    return try_change(request, act, "On its way." if form.get("when") != "later" else "Scheduled.",
                      reverse("newsletter:issue_page", args=[issue_id]))  # fmt: skip


def _read_moment(text: str) -> datetime:
    """A form's moment, in the district's time. Raises Refused."""
    try:
        return timezone.make_aware(datetime.fromisoformat(text).replace(tzinfo=None))
    except (ValueError, OverflowError):
        raise Refused("Choose the day and time it is to go out.") from None


#: What is asked of an issue → (action, what is told, whether it is gone then).
CHANGES = {
    "back": (actions.take_back, "It is a draft again.", False),
    "pause": (partial(actions.change_sending, what="pause"), "Paused: what has gone out has gone out.", False),
    "resume": (partial(actions.change_sending, what="resume"), "It goes on.", False),
    "stop": (
        partial(actions.change_sending, what="stop"),
        "Stopped: nothing more goes out, and its page is closed.",
        False,
    ),
    "drop": (actions.drop_issue, "Thrown away.", True),
}


@change_page(permission=WRITE)
def change(request: HttpRequest, issue_id: UUID, what: str) -> HttpResponse:
    """Takes a scheduled one back, pauses, resumes or stops one that is sent, throws a draft away."""
    if what not in CHANGES:
        raise Refused("It can be taken back, paused, resumed, stopped or thrown away.")
    act, told, is_gone = CHANGES[what]
    back = reverse("newsletter:issues_page") if is_gone else reverse("newsletter:issue_page", args=[issue_id])
    return try_change(request, lambda: act(request.actor, issue_id), told, back)
