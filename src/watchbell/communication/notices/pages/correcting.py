"""What is out is corrected, and the correction told once a second person has confirmed it."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from watchbell.communication.notices import actions, forms, queries
from watchbell.communication.notices.facts import LANGUAGES, PLACEHOLDERS, Text
from watchbell.kernel.permissions import may
from watchbell.kernel.web import change_page, page, try_change
from watchbell.line.errors import NotFound, Refused

WAITS = "Its page says so now. Somebody else confirms before everybody is told again."


@page(permission=queries.WRITE, template="notices/correct_page.html", methods=("GET", "POST"))
def correct_page(request: HttpRequest, notice_id: UUID) -> Any:
    """New words for what is out."""
    notice = queries.notice_to_change(request.actor, notice_id)
    texts = queries.texts_of(notice)
    fault = ""
    if request.method == "POST":
        texts = list(forms.read_texts(request.POST))
        try:
            wanted = request.POST.get("tell_again") == "on"
            is_told = actions.correct_notice(
                request.actor, notice_id, texts, request.POST.get("why", ""), tell_again=wanted
            )
            if not is_told and (wanted or not may(request.actor, queries.APPROVE)):
                messages.info(request, WAITS)
            return redirect("notices:notice_page", notice_id)
        except Refused as error:
            fault = str(error)
    known = {one.language: one for one in texts}
    fields = [{"code": code, "name": LANGUAGES[code], "text": known.get(code, Text(code, "", "")), "is_open": True}
              for code in LANGUAGES if code in known or code == "en"]  # fmt: skip
    return {"notice": notice, "fields": fields, "fault": fault, "placeholders": PLACEHOLDERS,
            "why": request.POST.get("why", "")}  # fmt: skip


@change_page(permission=queries.APPROVE)
def confirm_correction(request: HttpRequest, notice_id: UUID, what: str) -> HttpResponse:
    """The second person's word on telling a correction to everybody: "tell" or "keep"."""
    if what not in ("tell", "keep"):
        raise NotFound("A correction is told to everybody, or kept to its page.")
    is_told = what == "tell"
    said = "Everybody is told the correction." if is_told else "Only its page says so."
    seen = request.POST.get("seen", "")
    return try_change(
        request, lambda: actions.confirm_correction(request.actor, notice_id, is_told=is_told, seen=seen), said,
        reverse("notices:notice_page", args=[notice_id]),
    )  # fmt: skip
