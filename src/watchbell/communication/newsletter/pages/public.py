"""What everybody may open: subscribing, confirming, one's own wishes, leaving, the archive."""

from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.safestring import mark_safe
from django.views.decorators.csrf import csrf_exempt

from watchbell.communication.newsletter import actions, forms, queries
from watchbell.communication.newsletter.rules.letters import RIGHT_TO_LEFT, body_html
from watchbell.communication.notices.facts import LANGUAGES
from watchbell.kernel.models import District
from watchbell.kernel.web import PUBLIC, change_page, page, page_of, picture_of, show_problem
from watchbell.kernel.zones import shown_in
from watchbell.line.addresses import masked
from watchbell.line.errors import NotFound, WatchbellError

PER_PAGE = 20


def _frame(district: District) -> dict[str, Any]:
    return {"district": district, "languages": LANGUAGES, "code": district.code}


@page(permission=PUBLIC, template="newsletter/subscribe_page.html", methods=("GET", "POST"))
def subscribe_page(request: HttpRequest, code: str) -> Any:
    """Asks for the newsletter. The answer is the same for every address, known or not."""
    district = forms.open_newsletter(request, code)
    fault, is_asked = "", False
    form = request.POST
    with shown_in(district.id):
        if request.method == "POST":
            try:
                forms.slow_down(request, district)
                if not form.get("website", ""):  # a field people do not see: only a program fills it
                    actions.ask_subscription(forms.who_asks(request, district), form.get("address", ""),
                                             form.get("language", ""), form.getlist("topics"),
                                             forms.where_from(request))  # fmt: skip
                is_asked = True
            except WatchbellError as error:
                fault = str(error)
        with transaction.atomic():
            return render(request, "newsletter/subscribe_page.html", _frame(district) | {
                "topics": queries.topics(is_open=True), "fault": fault, "is_asked": is_asked,
                "address": form.get("address", "")[:254], "language": form.get("language", "en"),
                "chosen": form.getlist("topics"), "newest": queries.archive().first(),
            })  # fmt: skip


@page(permission=PUBLIC, template="newsletter/confirm_page.html", methods=("GET", "POST"))
def confirm_page(request: HttpRequest, code: str, token: str) -> Any:
    """The link of the mail: a person presses the button, so that a program that only follows links confirms nothing."""
    district = forms.open_newsletter(request, code)
    with shown_in(district.id):
        if request.method == "POST":
            row = actions.confirm_subscription(forms.who_asks(request, district), token)
            return redirect("newsletter:wishes_page", district.code, row.token)
        with transaction.atomic():
            row = queries.subscriber_of_confirmation(token)
            return render(request, "newsletter/confirm_page.html", _frame(district) | {"token": token, "row": row})


@page(permission=PUBLIC, template="newsletter/wishes_page.html", methods=("GET", "POST"))
def wishes_page(request: HttpRequest, code: str, token: str) -> Any:
    """A subscriber's own page: language, topics, and the way out."""
    district = forms.open_newsletter(request, code)
    told = ""
    with shown_in(district.id):
        if request.method == "POST":
            form = request.POST
            actions.save_wishes(
                forms.who_asks(request, district), token, form.get("language", ""), form.getlist("topics")
            )
            told = "Saved."
        with transaction.atomic():
            row = queries.subscriber_of_token(token)
            return render(request, "newsletter/wishes_page.html", _frame(district) | {
                "row": row, "shown": masked(row.address), "token": token, "told": told, "is_in": row.state == "active",
                "topics": [one for one in queries.topics() if one.is_open or str(one.pk) in list(row.topics or [])],
                "chosen": list(row.topics or []),
            })  # fmt: skip


@csrf_exempt
@page(permission=PUBLIC, template="newsletter/left_page.html", methods=("GET", "POST"))
def leave_page(request: HttpRequest, code: str, token: str) -> Any:
    """One click out (RFC 8058): a mail program posts here; a person sees a button first."""
    district = forms.open_newsletter(request, code)
    with shown_in(district.id):
        if request.method == "POST":
            actions.leave(forms.who_asks(request, district), token, "Unsubscribed by one click")
        with transaction.atomic():
            row = queries.subscriber_of_token(token)
            return render(request, "newsletter/left_page.html", _frame(district) | {
                "is_done": row.state == "left", "token": token})  # fmt: skip


@page(permission=PUBLIC, template="newsletter/archive_page.html")
def archive_page(request: HttpRequest, code: str) -> Any:
    """Every issue that was sent."""
    district = forms.open_newsletter(request, code)
    with shown_in(district.id), transaction.atomic():
        found = page_of(request, queries.archive(), PER_PAGE)
        return render(request, "newsletter/archive_page.html", _frame(district) | found)


@page(permission=PUBLIC, template="newsletter/issue_read.html")
def read_page(request: HttpRequest, code: str, number: int) -> Any:
    """An issue as everybody reads it, in one of its languages."""
    district = forms.open_newsletter(request, code)
    with shown_in(district.id), transaction.atomic():
        issue = queries.published_issue(number)
        letters = {one.language: one for one in queries.letters_of(issue)}
        wanted = request.GET.get("language", "")
        letter = letters.get(wanted) or letters.get(issue.language) or next(iter(letters.values()), None)
        if letter is None:
            return show_problem(request, NotFound("There is no such issue in the archive."))
        pictures = f"/newsletter/{district.code}/picture/"
        return render(request, "newsletter/issue_read.html", _frame(district) | {
            "issue": issue, "letter": letter, "others": [(key, LANGUAGES.get(key, key)) for key in letters],
            "body": mark_safe(body_html(letter, pictures)),  # noqa: S308 - rules.letters escapes every word
            "way": "rtl" if letter.language in RIGHT_TO_LEFT else "ltr",
        })  # fmt: skip


@page(permission=PUBLIC, template="")
def picture(request: HttpRequest, code: str, name: str) -> HttpResponse:
    """A picture of an issue, by its digest: whoever was sent it may see it, and nobody can guess one."""
    district = queries.district_of_code(code)
    with shown_in(district.id), transaction.atomic():
        answer = picture_of(queries.picture_by_digest(name))
    answer["Cache-Control"] = "public, max-age=31536000, immutable"
    return answer


@change_page(permission=PUBLIC)
def leave_here(request: HttpRequest, code: str, token: str) -> HttpResponse:
    """The button on a subscriber's own page."""
    district = forms.open_newsletter(request, code)
    with shown_in(district.id):
        actions.leave(forms.who_asks(request, district), token, "Left on their own page")
    return redirect("newsletter:leave_page", district.code, token)
