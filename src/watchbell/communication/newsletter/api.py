"""The JSON operations of the newsletter: what everybody may read and ask, and what its writers do."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Literal
from uuid import UUID

from django.db import transaction
from django.http import HttpRequest, JsonResponse
from ninja import File, Schema
from ninja.files import UploadedFile
from pydantic import AwareDatetime, Field

from watchbell.communication.channels.queries.waiting import progress_with_reasons
from watchbell.communication.newsletter import actions, forms, queries
from watchbell.communication.newsletter.facts import (
    APPROVE,
    MOST_BLOCKS,
    MOST_DAYS_AHEAD,
    MOST_LINE,
    MOST_PICTURE_BYTES,
    MOST_TEXT,
    MOST_TITLE,
    SEE,
    WRITE,
    Block,
    Letter,
)
from watchbell.communication.newsletter.rules.blocks import judge_letters
from watchbell.communication.newsletter.rules.letters import body_html
from watchbell.communication.notices.facts import LANGUAGES
from watchbell.kernel.api import Invalid, api_router, operation, paged
from watchbell.kernel.web import PUBLIC
from watchbell.kernel.zones import shown_in
from watchbell.line import clock
from watchbell.line.addresses import read_email
from watchbell.line.errors import Refused

router = api_router("newsletter")


class Subscription(Schema):
    """topics: ids as GET /newsletters/{code}/topics lists them; none: all of them."""

    address: str = Field(max_length=254)
    language: str = "en"
    topics: list[UUID] = Field([], max_length=50)


class BlockBody(Schema):
    """text: its words (a list: one item a line; a button: its label; a picture: its caption).

    picture: what POST /newsletter-issues/{issue_id}/pictures gave. alt: what it shows. url: where a button leads.
    """

    kind: Literal["heading", "paragraph", "list", "picture", "button", "divider"]
    text: str = Field("", max_length=MOST_TEXT)
    picture: str = Field("", pattern="^([0-9a-f]{64})?$")
    alt: str = Field("", max_length=MOST_LINE)
    url: str = Field("", max_length=900)


class TextBody(Schema):
    title: str = Field(max_length=MOST_TITLE, pattern=r"\S")
    blocks: list[BlockBody] = Field([], max_length=MOST_BLOCKS)


class FirstText(TextBody):
    language: str = "en"


class ChangedText(TextBody):
    """version: the one these words were written over; 0 for a language it is not written in yet."""

    version: int = Field(ge=0)


class IssueBody(Schema):
    texts: list[FirstText] = Field(min_length=1, max_length=len(LANGUAGES))
    topics: list[UUID] = Field([], max_length=50)


class TopicsBody(Schema):
    topics: list[UUID] = Field(max_length=50)


class Sending(Schema):
    """count: how many readers you have seen that it reaches. send_at: with its offset; none: now."""

    count: int = Field(ge=0)
    send_at: AwareDatetime | None = None


# -- everybody ----------------------------------------------------------------------------------------------------


@operation(router.get, "/newsletters/{code}/issues", permission=PUBLIC)
def list_published(request: HttpRequest, code: str) -> Any:
    """What was sent, the newest first. No token is needed."""
    district = forms.open_newsletter(request, code)
    base = queries.places_of(district).subscribe
    with shown_in(district.id), transaction.atomic():
        rows = queries.archive().prefetch_related("texts")
        return paged(request, rows, lambda row: queries.published_as_dict(row, base))


@operation(router.get, "/newsletters/{code}/issues/{number}", permission=PUBLIC)
def read_published(request: HttpRequest, code: str, number: int) -> Any:
    """One issue with its words in each language, as blocks and as HTML. No token is needed."""
    district = forms.open_newsletter(request, code)
    places = queries.places_of(district)
    with shown_in(district.id), transaction.atomic():
        row = queries.published_issue(number)
        texts = [
            {"language": one.language, "title": one.title, "html": body_html(one, places.pictures),
             "blocks": [_shown(block) | ({"picture_url": places.pictures + block.picture} if block.picture else {})
                        for block in one.blocks]}
            for one in queries.letters_of(row)
        ]  # fmt: skip
        return queries.published_as_dict(row, places.subscribe) | {"texts": texts}


@operation(router.get, "/newsletters/{code}/topics", permission=PUBLIC)
def list_open_topics(request: HttpRequest, code: str) -> Any:
    """What a subscriber may choose. No token is needed."""
    district = forms.open_newsletter(request, code)
    with shown_in(district.id), transaction.atomic():
        found = [{"id": str(one.pk), "name": one.name} for one in queries.topics(is_open=True)]
        return {"items": found, "count": len(found)}


@operation(router.post, "/newsletters/{code}/subscriptions", permission=PUBLIC)
def ask_subscription(request: HttpRequest, code: str, body: Subscription) -> Any:
    """Asks for the newsletter: a link goes to the address, and nothing else before a person has opened it.

    No token is needed. The answer is the same whether the address is known or not.
    """
    district = forms.open_newsletter(request, code)
    with shown_in(district.id):
        forms.slow_down(request, district)
        faults = {} if read_email(body.address) else {"address": "Write an e-mail address, like name@example.org."}
        if faults := faults | _faults_of_language(body.language, "language") | _faults_of_topics(body.topics):
            raise Invalid(faults)
        actions.ask_subscription(forms.who_asks(request, district), body.address, body.language,
                                 [str(one) for one in body.topics], forms.where_from(request))  # fmt: skip
    return JsonResponse({"asked": True, "detail": "A link is on its way to this address."}, status=202)


@operation(router.delete, "/newsletters/{code}/subscriptions/{token}", permission=PUBLIC)
def leave(request: HttpRequest, code: str, token: str) -> Any:
    """Unsubscribes, by the token of the links in each mail. Twice is once. No other token is needed."""
    district = forms.open_newsletter(request, code)
    with shown_in(district.id):
        actions.leave(forms.who_asks(request, district), token, "Unsubscribed by the API")
    return {"left": True}


# -- its writers ----------------------------------------------------------------------------------------------------


def _shown(block: Block) -> dict[str, str]:
    return {"kind": block.kind, "text": block.text, "picture": block.picture, "alt": block.alt, "url": block.url}


def _in_full(request: HttpRequest, issue_id: UUID) -> dict[str, Any]:
    issue = queries.issue_seen_by(request.actor, issue_id)
    texts = [
        {"language": one.language, "title": one.title, "version": one.version,
         "blocks": [_shown(block) for block in queries.letter_of(one).blocks]} for one in queries.texts_of(issue)
    ]  # fmt: skip
    found = queries.issue_as_dict(issue) | {"texts": texts}
    if issue.state in ("draft", "scheduled"):
        return found | {"readers": queries.readers_of(issue).count()}
    mailing = queries.mailing_of(issue)
    if mailing is not None:
        done = progress_with_reasons(mailing)
        found["progress"] = {
            "readers": done.people, "waiting": done.waiting, "sent": sum(one.sent for one in done.channels),
            "arrived": sum(one.arrived for one in done.channels), "failed": sum(one.failed for one in done.channels),
            "why": list(done.why),
        }  # fmt: skip
    return found


def _faults_of_language(language: str, field: str) -> dict[str, str]:
    return {} if language in LANGUAGES else {field: f"One of {', '.join(LANGUAGES)}."}


def _faults_of_topics(topics: Sequence[UUID]) -> dict[str, str]:
    known = {one.pk for one in queries.topics()} if topics else set()
    unknown = [str(one) for one in topics if one not in known]
    return {"topics": f"There is no topic {', '.join(unknown)}."} if unknown else {}


def _letter(language: str, body: TextBody, pictures: set[str], field: str = "") -> tuple[Letter, dict[str, str]]:
    """The words, and what is wrong with them by field."""
    faults: dict[str, str] = {}
    blocks = []
    for number, one in enumerate(body.blocks):
        where = f"{field}blocks.{number}"
        if one.picture and one.picture not in pictures:
            faults[f"{where}.picture"] = "This issue has no such picture: send it first."
        if one.kind not in ("paragraph", "list") and len(one.text) > MOST_LINE:
            faults[f"{where}.text"] = f"At most {MOST_LINE} characters."
        words = {name: value.replace("\0", "") for name, value in one.model_dump().items()}
        blocks.append(Block(f"b{number + 1}", **words))
    return Letter(language, body.title, tuple(blocks)), faults


@operation(router.get, "/newsletter-issues", permission=SEE)
def list_issues(request: HttpRequest, state: str = "", q: str = "") -> Any:
    """Drafts and what was sent, the newest first."""
    return paged(request, queries.issues_seen_by(request.actor, search=q, state=state), queries.issue_as_dict)


@operation(router.post, "/newsletter-issues", permission=WRITE)
def write_issue(request: HttpRequest, body: IssueBody) -> Any:
    """Keeps a draft in one or more languages; pictures come afterwards."""
    faults = _faults_of_topics(body.topics)
    letters: dict[str, Letter] = {}
    for number, one in enumerate(body.texts):
        field = f"texts.{number}."
        if one.language in letters:
            faults[f"{field}language"] = "Twice the same language."
        faults |= _faults_of_language(one.language, f"{field}language")
        letters[one.language], wrong = _letter(one.language, one, set(), field)
        faults |= wrong
    if faults:
        raise Invalid(faults)
    made = actions.write_issue(request.actor, list(letters.values()))
    if body.topics:
        actions.set_topics(request.actor, made, [str(one) for one in body.topics])
    return JsonResponse(_in_full(request, made), status=201)


@operation(router.get, "/newsletter-issues/{issue_id}", permission=SEE)
def read_issue(request: HttpRequest, issue_id: UUID) -> Any:
    """One with its words; with how many readers it would reach, or how far it is."""
    return _in_full(request, issue_id)


@operation(router.patch, "/newsletter-issues/{issue_id}/texts/{language}", permission=WRITE)
def save_text(request: HttpRequest, issue_id: UUID, language: str, body: ChangedText) -> Any:
    """Writes a draft's words in one language over; 409 when somebody else has changed them meanwhile."""
    issue = queries.issue_seen_by(request.actor, issue_id)
    letter, faults = _letter(language, body, queries.digests_of(issue))
    if faults := faults | _faults_of_language(language, "language"):
        raise Invalid(faults)
    version = body.version
    if version == 0:
        actions.add_language(request.actor, issue_id, language)
        version = 1
    actions.save_text(request.actor, issue_id, language, letter.title, letter.blocks, version)
    return _in_full(request, issue_id)


@operation(router.patch, "/newsletter-issues/{issue_id}", permission=WRITE)
def set_topics(request: HttpRequest, issue_id: UUID, body: TopicsBody) -> Any:
    """Whose subscribers get a draft; no topic: everybody."""
    queries.issue_seen_by(request.actor, issue_id)
    if faults := _faults_of_topics(body.topics):
        raise Invalid(faults)
    actions.set_topics(request.actor, issue_id, [str(one) for one in body.topics])
    return _in_full(request, issue_id)


@operation(router.post, "/newsletter-issues/{issue_id}/pictures", permission=WRITE)
def keep_picture(request: HttpRequest, issue_id: UUID, file: UploadedFile = File(...)) -> Any:
    """Takes a PNG, JPEG or WebP of at most 3 MB for a draft (multipart); what a camera notes in it is left out."""
    queries.issue_seen_by(request.actor, issue_id)
    try:
        digest = actions.keep_picture(request.actor, issue_id, file.read(MOST_PICTURE_BYTES + 1))
    except Refused as error:
        raise Invalid({"file": str(error)}) from error
    return JsonResponse({"picture": digest}, status=201)


@operation(router.post, "/newsletter-issues/{issue_id}/submit", permission=APPROVE)
def submit_issue(request: HttpRequest, issue_id: UUID, body: Sending) -> Any:
    """Sends a draft, now or at its time; 409 when it would reach another number of readers than was seen."""
    faults = judge_letters(queries.letters_of(queries.issue_seen_by(request.actor, issue_id)))
    wrong = {"texts": " ".join(faults)} if faults else {}
    moment = clock.now()
    if body.send_at is not None and not moment < body.send_at < moment + timedelta(days=MOST_DAYS_AHEAD):
        wrong["send_at"] = "Choose a time that is to come, within a year."
    if wrong:
        raise Invalid(wrong)
    return {"state": actions.submit_issue(request.actor, issue_id, body.count, body.send_at)}


@operation(router.post, "/newsletter-issues/{issue_id}/take-back", permission=WRITE)
def take_back(request: HttpRequest, issue_id: UUID) -> Any:
    """A scheduled one is a draft again."""
    actions.take_back(request.actor, issue_id)
    return {"state": queries.issue_seen_by(request.actor, issue_id).state}


@operation(router.post, "/newsletter-issues/{issue_id}/stop", permission=WRITE)
def stop_sending(request: HttpRequest, issue_id: UUID) -> Any:
    """What has not gone out stays, and its page leaves the archive."""
    actions.change_sending(request.actor, issue_id, "stop")
    return {"state": queries.issue_seen_by(request.actor, issue_id).state}


@operation(router.post, "/newsletter-issues/{issue_id}/pause", permission=WRITE)
def pause_sending(request: HttpRequest, issue_id: UUID) -> Any:
    """What has not gone out waits until it goes on; its page stays in the archive."""
    actions.change_sending(request.actor, issue_id, "pause")
    return {"state": queries.issue_seen_by(request.actor, issue_id).state}


@operation(router.post, "/newsletter-issues/{issue_id}/resume", permission=WRITE)
def resume_sending(request: HttpRequest, issue_id: UUID) -> Any:
    """A paused one goes on."""
    actions.change_sending(request.actor, issue_id, "resume")
    return {"state": queries.issue_seen_by(request.actor, issue_id).state}


@operation(router.delete, "/newsletter-issues/{issue_id}", permission=WRITE)
def drop_issue(request: HttpRequest, issue_id: UUID) -> Any:
    """Throws a draft away."""
    actions.drop_issue(request.actor, issue_id)
    return {"dropped": True}


@operation(router.get, "/newsletter-subscribers/count", permission=SEE)
def count_subscribers(request: HttpRequest) -> Any:
    """How many subscribe, by state, and how many each topic reaches. No address is told."""
    return queries.count_readers()
