"""A way through a silenced telephone: the district's numbers as a contact, the phones' own settings, a trial."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

from django.contrib.staticfiles import finders
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from watchbell.communication.channels import actions as channel_actions
from watchbell.communication.channels import queries as channels
from watchbell.communication.channels.facts.refusals import refusal, refused_page, say_refusal
from watchbell.communication.channels.facts.through_words import through_words_in
from watchbell.communication.channels.facts.words import frame_in
from watchbell.communication.channels.queries.through import (
    Card,
    Number,
    Standing,
    alert_card,
    own_numbers,
    standing_of,
)
from watchbell.communication.notices.pages.device import PICTURES, language_at_home
from watchbell.communication.notices.pages.whose import family_of
from watchbell.district.people.facts import PersonFacts
from watchbell.district.people.queries import person_facts
from watchbell.kernel.acting import acting_in
from watchbell.kernel.language import keep_language, languages_wanted
from watchbell.kernel.limits import is_guessing, is_too_often
from watchbell.kernel.models import District
from watchbell.kernel.permissions import Actor, system_actor
from watchbell.kernel.web import PUBLIC, address_of, page, show_problem, status_of
from watchbell.kernel.zones import shown_in
from watchbell.line.clock import now
from watchbell.line.errors import NotFound, TooOften, WatchbellError
from watchbell.line.ids import same_uuid
from watchbell.line.vcard import build_card

MOST_LOOKS = 60
WAYS = {"call": "voice", "text": "text"}


class Reader(NamedTuple):
    """Whose page it is. person None: an account that is nobody of the records. token: of a link, "" for signed in."""

    person: PersonFacts | None
    district: UUID
    token: str
    actor: Actor
    is_staff: bool = False

    @property
    def here(self) -> str:
        return reverse("notices:alerts_of_link", args=(self.token,)) if self.token else reverse("notices:alerts_page")

    @property
    def card_url(self) -> str:
        if self.token:
            return reverse("notices:alert_card_of_link", args=(self.token,))
        return reverse("notices:alert_card")


@contextmanager
def _reader(request: HttpRequest, token: str) -> Iterator[Reader | None]:
    """Whoever asks, acting in their district outside of any transaction; None for whoever must sign in.

    Raises NotFound for a link that nobody has, TooOften.
    """
    if token:
        if is_too_often("alerts", token, MOST_LOOKS):
            raise TooOften(refusal("too_often"))
        district = channels.district_of_token(token)
        with shown_in(district):
            recipient = channels.recipient_by_token(token)
            if recipient.person_id is None:
                raise NotFound(refusal("no_family"))
            person = person_facts(recipient.person_id)
            yield Reader(person, district, token, system_actor(district, person.name, address_of(request)))
        return
    with family_of(request) as family:
        known = family
    if known is None:
        yield None
    elif known.device is None:
        actor = request.actor
        yield Reader(known.person, actor.district, "", actor, actor.role != "parent")
    else:
        district = known.device.district_id
        assert known.person is not None
        with shown_in(district):
            yield Reader(known.person, district, "", system_actor(district, known.person.name, address_of(request)))


def _refuse(request: HttpRequest, error: WatchbellError) -> HttpResponse:
    is_guess = isinstance(error, NotFound) and is_guessing(address_of(request))
    told = TooOften(refusal("too_often")) if is_guess else error
    return show_problem(request, told, **refused_page(languages_wanted(request), told))


@page(permission=PUBLIC, template="notices/through_page.html", methods=("GET", "POST"))
def alerts_page(request: HttpRequest, token: str = "") -> Any:
    """What lets an alert through a silenced telephone; a trial call or text to oneself, and whether it rang."""
    try:
        with _reader(request, token) as reader:
            if reader is None:
                return redirect("families:sign_in_page")
            if request.method == "GET":
                return _show(request, reader)
            try:
                _change(request, reader)
            except WatchbellError as error:
                return _show(request, reader, error)
            return redirect(f"{reader.here}#try")
    except (NotFound, TooOften) as error:
        return _refuse(request, error)


def _change(request: HttpRequest, reader: Reader) -> None:
    """Asks for a trial, or writes down how one went."""
    form = request.POST
    if reader.person is None:
        raise NotFound(refusal("no_trial_number"))
    if form.get("rang") in ("yes", "no"):
        channel_actions.tell_trial(reader.actor, reader.person, form["rang"] == "yes")
        return
    reads = language_at_home(request, reader.person)
    way = WAYS.get(form.get("way", ""), "")
    channel_actions.ask_trial(reader.actor, reader.person, way, form.get("number", ""), reads)


def _show(request: HttpRequest, reader: Reader, fault: WatchbellError | None = None) -> HttpResponse:
    with transaction.atomic():
        reads = language_at_home(request, reader.person)
        card = alert_card()
        numbers = own_numbers(reader.person) if reader.person else []
        standing = standing_of(reader.person.id, card) if reader.person else Standing("", None)
    say = through_words_in(reads)
    shown = {
        "reader": reader, "card": card, "numbers": numbers, "standing": standing, "say": say, **frame_in(reads),
        "token": reader.token, "fault": say_refusal(reads, fault) if fault else "",
        "is_old": bool(standing.saved) and standing.saved != card.version,
        "asking": _asking(say, standing, numbers), "steps": _steps(say),
        "page_frame": "console/frame.html" if reader.is_staff else "channels/family_frame.html",
    }  # fmt: skip
    answer = render(request, "notices/through_page.html", shown, status=status_of(fault) if fault else 200)
    answer.headers["Cache-Control"] = "no-store"
    return keep_language(request, answer, shown["words"]["code"])


def _asking(say: dict[str, str], standing: Standing, numbers: list[Number]) -> str:
    """What is said of a trial that is under way; "" for none."""
    one = standing.trial
    if one is None or not standing.is_asked:
        return ""
    shown = next((number.shown for number in numbers if number.to == one.to), "")
    return say["calling" if one.way == "voice" else "texting"].format(shown)


def _steps(say: dict[str, str]) -> list[tuple[str, str, list[str], str]]:
    """(heading, list, steps, note) of each kind of telephone: in their order ("ol"), or whichever fits ("ul")."""
    return [
        (say["iphone"], "ol", [say[f"iphone_{number}"] for number in (1, 2, 3)], ""),
        (say["android"], "ol", [say[f"android_{number}"] for number in (1, 2, 3)], say["android_note"]),
        (say["app"], "ul", [say["app_1"], say["app_2"]], say["app_note"]),
    ]


@page(permission=PUBLIC, template="")
def alert_card_file(request: HttpRequest, token: str = "") -> HttpResponse:
    """The district's alert numbers as a contact; which version somebody has saved is written down."""
    try:
        with _reader(request, token) as reader:
            if reader is None:
                return redirect("families:sign_in_page")
            card = alert_card()
            if not card.version:
                raise NotFound(refusal("nothing_such"))
            if reader.person is not None and "prefetch" not in request.headers.get("Sec-Purpose", ""):
                channel_actions.note_card(reader.actor, reader.person, card)
            reads = language_at_home(request, reader.person)
            with acting_in(reader.district):
                name = District.objects.get(id=reader.district).name
    except (NotFound, TooOften) as error:
        return _refuse(request, error)
    return _card_of(reader.district, name, card, reads)


def _card_of(district: UUID, name: str, card: Card, reads: str) -> HttpResponse:
    say = through_words_in(reads)
    found = finders.find(f"{PICTURES}icon-192.png")
    picture = Path(found).read_bytes() if isinstance(found, str) else b""
    uid = f"urn:uuid:{same_uuid('alert card', str(district))}"
    body = build_card(uid, say["name"].format(name), name, card.numbers, say["note"], now(), picture)
    answer = HttpResponse(body, content_type="text/vcard; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="alerts.vcf"'
    answer["Cache-Control"] = "no-store"
    return answer
