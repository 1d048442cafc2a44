"""Notices that are there: the list, one with its progress, its ledger, corrections, templates."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone

from watchbell.communication.channels import queries as channels
from watchbell.communication.channels.facts import CHANNELS, NEXT_BEST, OUTCOMES, PURPOSES
from watchbell.communication.channels.queries import ledger
from watchbell.communication.channels.queries.digests import waiting_in_digest
from watchbell.communication.channels.queries.trying import trying_of
from watchbell.communication.channels.queries.waiting import progress_with_reasons
from watchbell.communication.channels.queries.wishes import quiet_hours
from watchbell.communication.notices import actions, forms, queries, rules
from watchbell.communication.notices.facts import (
    EDITABLE,
    INCIDENT_WORDS,
    LANGUAGES,
    LETTER_WORDS,
    PLACEHOLDERS,
    STATES,
    Text,
)
from watchbell.communication.notices.queries.letters import letter_of
from watchbell.communication.notices.queries.owed import owed_shown
from watchbell.communication.notices.rules import times
from watchbell.communication.notices.rules.letters import cause_of
from watchbell.district.sites.facts import read_id
from watchbell.district.sites.queries import sites_seen_by
from watchbell.kernel.changes import record_look
from watchbell.kernel.permissions import may
from watchbell.kernel.web import change_page, csv_of, csv_url, note_look, page, page_of, part, try_change
from watchbell.line.clock import now
from watchbell.line.errors import Refused
from watchbell.line.numbers import read_whole
from watchbell.response.incidents.queries import incident_seen_by
from watchbell.response.plans.facts import KINDS as ALARM_KINDS

SEE, WRITE = queries.SEE, queries.WRITE
LEDGER_COLUMNS = ("name", "about", "family reached", "reached by", "reached", "way", "to", "outcome", "at", "because",
                  "answer", "answered")  # fmt: skip
SHOWS = {"": "Every family", "not": "Nobody reached yet", "failed": "Nothing more can come", "reached": "Reached"}


@page(permission=SEE, template="notices/notices_page.html")
def notices_page(request: HttpRequest) -> Any:
    """Every notice, what waits for somebody on top."""
    wanted = {name: request.GET.get(name, "") for name in ("q", "state", "purpose", "site")}
    rows = queries.notices_seen_by(request.actor, search=wanted["q"], state=wanted["state"],
                                   purpose=wanted["purpose"], site=wanted["site"])  # fmt: skip
    if request.GET.get("format") == "csv":
        cells = [(row.number, row.title, row.purpose, row.mode, row.get_state_display(), row.spelled, row.made_name,
                  row.approved_name, row.sent_at or "", row.expires_at or "") for row in rows[:5000]]  # fmt: skip
        columns = ("number", "title", "purpose", "mode", "state", "audience", "by", "sent by", "sent", "ends")
        return csv_of(cells, columns, "notices")
    found = page_of(request, rows, 25)
    mailings = queries.mailings_of(found["items"])
    progress = {pk: channels.progress_of(mailing.pk) for pk, mailing in mailings.items() if mailing.state != "done"}
    for row in found["items"]:
        row.word, row.tone = STATES[row.state]
        row.progress = progress.get(row.pk)
        row.mailing = mailings.get(row.pk)
        row.is_correction = row.mailing is not None and row.mailing.about != queries.about_of(row)
    sites = [("", "Every school"), *((str(site.pk), site.name) for site in sites_seen_by(request.actor))]
    selects = [
        {"name": "state", "label": "State", "value": wanted["state"],
         "options": [("", "Any state"), *((key, word) for key, (word, _) in STATES.items())]},
        {"name": "purpose", "label": "Purpose", "value": wanted["purpose"],
         "options": [("", "Any purpose"), *((key, name) for key, (name, _) in PURPOSES.items())]},
        {"name": "site", "label": "School", "value": wanted["site"], "options": sites},
    ]  # fmt: skip
    return {
        **found, "may_write": may(request.actor, WRITE), "threads": queries.open_threads(request.actor),
        "filters": {"q": {"name": "q", "value": wanted["q"], "placeholder": "Title or text"}, "selects": selects,
                    "target": "notice-list", "count": found["count"], "count_word": "messages",
                    "csv_url": csv_url(request)},
    }  # fmt: skip


@page(permission=SEE, template="notices/notice_page.html")
def notice_page(request: HttpRequest, notice_id: UUID) -> Any:
    """One notice: its state and what can be done, who is reached by what, what it says, what people answered."""
    notice = queries.notice_seen_by(request.actor, notice_id)
    word, tone = STATES[notice.state]
    is_own = notice.made_by == request.actor.user_id
    is_mine = queries.may_change(request.actor, notice) or (is_own and notice.state in EDITABLE)
    may_send = may(request.actor, queries.APPROVE) and queries.may_change(request.actor, notice)
    return _what_came_of(request, notice) | {
        "word": word, "tone": tone, "versions": _versions(notice), "is_own": is_own,
        "may_write": may(request.actor, WRITE) and is_mine, "purpose": PURPOSES[notice.purpose][0],
        "may_approve": may_send and not is_own, "may_retell": may_send,
        "role_sends": may(request.actor, queries.APPROVE),
        "ways": [CHANNELS[one][:2] for one in notice.channels],
        "morning": _morning_of(notice) if notice.state == "asked" else None,
        "corrected_it": notice.retell.get("by") == str(request.actor.user_id),
        "seen": queries.fingerprint_of(notice) if notice.state == "asked" or notice.retell else "",
        "topic": f"notice:{notice.pk}", "is_late": bool(notice.send_at and notice.send_at < now()),
        "count": queries.count_audience(queries.read_audience(notice.audience))["people"]
        if notice.state == "asked" else None,
    }  # fmt: skip


def _versions(notice: Any) -> list[tuple[int, list[tuple[Text, list[str]]]]]:
    """Each version's texts with their answers, the newest first."""
    return [(version, [(one, rules.options_in(one, notice.options)) for one in texts])
            for version, texts in queries.versions_of(notice)]  # fmt: skip


def _morning_of(notice: Any) -> Any:
    """Until when it spares the night, were it confirmed now; None where it goes at once or at its own time."""
    moment = max(notice.send_at or now(), now())
    return times.spare_the_night(queries.draft_of(notice), timezone.localtime(moment), quiet_hours())


@part(permission=SEE, template="notices/_progress_part.html")
def progress_part(request: HttpRequest, notice_id: UUID) -> Any:
    """How far it is and what people answered; asked for again, once a second at most, while that changes."""
    return _what_came_of(request, queries.notice_seen_by(request.actor, notice_id))


def _what_came_of(request: HttpRequest, notice: Any) -> dict[str, Any]:
    number, mailing, sendings = queries.sending_of(notice)
    progress = progress_with_reasons(mailing) if mailing else None
    answers, families = queries.answers_counted(notice)
    for one in answers:
        one["rest"] = max((progress.people if progress else 1) - one["count"], 0)
    return {
        "notice": notice, "mailing": mailing, "progress": progress,
        "sendings": [(one, queries.name_sending(one), one == number) for one in sendings] if number else [],
        "pace": _pace_of(mailing, progress),
        "in_digest": waiting_in_digest(mailing) if mailing else None,
        "answers": answers, "answered": sum(one["count"] for one in answers),
        "unanswered": max((progress.families if progress else 0) - families, 0),
        "threads": list(queries.threads_seen_by(request.actor, state="", notice=notice.pk)[:5]),
    }  # fmt: skip


def _pace_of(mailing: Any, progress: Any) -> str:
    """How long it takes still; not where messages are held for whom the first way does not reach."""
    if mailing is None or mailing.state != "sending" or mailing.next_after_seconds is not None:
        return ""
    gone, seconds = progress.total - progress.waiting, (now() - mailing.made_at).total_seconds()
    return rules.say_pace(gone, progress.waiting, seconds)


@change_page(permission=WRITE)
def change(request: HttpRequest, notice_id: UUID, what: str) -> HttpResponse:
    """Pauses, resumes, stops."""
    told = {"pause": "Paused: what has gone out has gone out.", "resume": "It goes on.",
            "stop": "Stopped: nothing more goes out."}  # fmt: skip
    if what not in told:
        raise Refused("It can be paused, resumed or stopped.")
    return try_change(request, lambda: actions.change_sending(request.actor, notice_id, what), told[what],
                      reverse("notices:notice_page", args=[notice_id]))  # fmt: skip


@change_page(permission=WRITE)
def end(request: HttpRequest, notice_id: UUID) -> HttpResponse:
    """It does not hold any more."""
    why = request.POST.get("why", "")
    return try_change(request, lambda: actions.end_notice(request.actor, notice_id, why),
                      "Ended everywhere it stands.", reverse("notices:notice_page", args=[notice_id]))  # fmt: skip


@page(permission=SEE, template="notices/ledger_page.html")
def ledger_page(request: HttpRequest, notice_id: UUID) -> Any:
    """Family by family: who of them by which way, with which outcome, when, why not, what they answered; by what who
    is not reached can be tried next.

    Of the newest sending, or another that is chosen: the first, or that of a correction.
    """
    notice = queries.notice_seen_by(request.actor, notice_id)
    number, mailing, sendings = queries.sending_of(notice, request.GET.get("sending", ""))
    wanted = {name: request.GET.get(name, "") for name in ("q", "show", "channel", "answer")}
    if mailing is None:
        return {"notice": notice, "mailing": None}
    rows = ledger.recipients_of(mailing.pk, search=wanted["q"], show=wanted["show"], channel=wanted["channel"])
    rows = queries.answered_as(rows, notice, wanted["answer"])
    if request.GET.get("format") == "csv":
        record_look(request.actor, "notices.export_ledger", notice)
        return csv_of(_ledger_cells(rows, notice), LEDGER_COLUMNS, _name_of_csv(notice, number))
    note_look(request, "notices.see_ledger", notice)
    found = page_of(request, ledger.families_of(rows), 30)
    answers = queries.answer_choices(notice)
    may_try = number == max(sendings) and _may_try(request, notice, mailing)
    selects = [
        *_choose_sending(number, sendings),
        {"name": "show", "label": "Who", "value": wanted["show"], "options": list(SHOWS.items())},
        {"name": "channel", "label": "Way", "value": wanted["channel"],
         "options": [("", "Any way"), *((key, words[0]) for key, words in CHANNELS.items())]},
        *([{"name": "answer", "label": "Answer", "value": wanted["answer"], "options": answers}] if answers else []),
    ]  # fmt: skip
    families = _families(notice, mailing, found["items"], may_try=may_try)
    return {
        **found, "items": families, "notice": notice, "mailing": mailing, "may_write": may_try,
        "can_try": any(one.next_ways for home in families for one in home["people"]),
        "is_narrowed": any(wanted.values()),
        "sending": queries.name_sending(number) if len(sendings) > 1 else "",
        "progress": channels.progress_of(mailing.pk) if len(sendings) > 1 else None,
        "filters": {"q": {"name": "q", "value": wanted["q"], "placeholder": "Parent or child"}, "selects": selects,
                    "target": "ledger", "count": found["count"], "count_word": "families",
                    "csv_url": csv_url(request)},
    }  # fmt: skip


def _choose_sending(number: int, sendings: dict[int, Any]) -> list[dict[str, Any]]:
    """A select, the newest first, where there is more than one."""
    options = [(str(one), queries.name_sending(one)) for one in reversed(sendings)]
    return [{"name": "sending", "label": "Sending", "value": str(number), "options": options}] if options[1:] else []


def _name_of_csv(notice: Any, number: int) -> str:
    return f"notice-{notice.number}" + (f"-correction-{number}" if number else "")


def _may_try(request: HttpRequest, notice: Any, mailing: Any) -> bool:
    """Whether who is not reached may be tried once more: not where nothing goes out any more."""
    is_open = notice.state in ("sending", "paused", "sent") and mailing.state != "stopped"
    return is_open and may(request.actor, WRITE) and queries.may_change(request.actor, notice)


def _families(notice: Any, mailing: Any, listed: Any, *, may_try: bool) -> list[dict[str, Any]]:
    """Each family with its people, what became of their messages, what they answered, by what they are tried next."""
    homes = [one["family"] for one in listed]
    people = ledger.people_of(mailing.pk, homes)
    given = queries.answers_given(notice, homes) if notice.options else {}
    missed = [one for home in listed if not home["is_reached"] for one in people.get(home["family"], [])]
    nexts = ledger.next_ways_of(mailing, missed) if may_try else {}
    for one in (one for mine in people.values() for one in mine):
        one.ways = [_way(row) for row in sorted(one.deliveries.all(), key=lambda row: (row.wave, row.channel))]
        one.next_ways = [(way.channel, CHANNELS[way.channel][0], way.is_bad) for way in nexts.get(one.pk, [])]
        one.answer = given.get((one.family, one.name))
        one.answered = notice.options[one.answer.option] if one.answer else ""
    return [{**home, "people": people.get(home["family"], [])} for home in listed]


def _way(one: Any) -> dict[str, Any]:
    word, tone = OUTCOMES[one.state]
    to = "a browser" if one.channel == "push" else one.to
    return {"channel": one.channel, "name": CHANNELS[one.channel][0], "icon": CHANNELS[one.channel][1], "to": to,
            "word": word, "tone": tone, "at": one.at, "because": one.because}  # fmt: skip


def _ledger_cells(rows: Any, notice: Any) -> Any:
    given = queries.answers_given(notice) if notice.options else {}
    for row in rows.iterator(chunk_size=500):
        answer = given.get((row.family, row.name))
        said = (notice.options[answer.option], answer.at) if answer else ("", "")
        told = (row.name, row.fields.get("child", ""), "yes" if row.is_reached else "no", row.reached_by,
                row.reached_at or "")  # fmt: skip
        for one in row.deliveries.all():
            shown = _way(one)
            yield (*told, shown["name"], shown["to"], shown["word"], one.at or "", one.because, *said)
        if not row.deliveries.all():
            yield (*told, "", "", "No address at all", "", "", *said)


@change_page(permission=WRITE, template="notices/again_page.html")
def try_again(request: HttpRequest, notice_id: UUID) -> Any:
    """Those ticked, or one, by another way. Where that passes over addresses at which nothing arrives, it is first
    asked whether those are wanted too (bad: "skip" or "too").
    """
    people = [pk for one in request.POST.getlist("people") if (pk := read_id(one))]
    channel, bad = request.POST.get("channel", ""), request.POST.get("bad", "")
    back = reverse("notices:ledger_page", args=[notice_id]) + "?show=not"
    if bad not in ("skip", "too") and (asked := _passed_over(request, notice_id, people, channel)):
        return {**asked, "people": people, "channel": channel, "back": back}

    def act() -> None:
        trying = actions.try_again(request.actor, notice_id, people, channel, with_bad=bad == "too")
        words = "1 message is" if trying.count == 1 else f"{trying.count:,} messages are"
        left = f" Passed over: {len(trying.passed):,} where nothing arrives." if trying.passed else ""
        messages.success(request, f"{words} tried once more.{left}")

    return try_change(request, act, "", back)


def _passed_over(request: HttpRequest, notice_id: UUID, people: list[UUID], channel: str) -> dict[str, Any]:
    """What trying them would pass over, for the page that asks; {} where it passes over nothing, or cannot be done."""
    notice = queries.notice_seen_by(request.actor, notice_id)
    mailing = queries.mailings_of([notice]).get(notice.pk)
    if mailing is None or not _may_try(request, notice, mailing) or channel not in (*CHANNELS, NEXT_BEST):
        return {}
    trying = trying_of(mailing, people, channel)
    if not trying.passed:
        return {}
    record_look(request.actor, "notices.see_ledger", notice)
    return {"notice": notice, "count": trying.count, "passed": ledger.passed_over(trying)}


# -- templates -----------------------------------------------------------------------------------------------------


@page(permission=SEE, template="notices/templates_page.html")
def templates_page(request: HttpRequest) -> Any:
    """Texts that were thought over in calm."""
    rows = queries.templates_seen_by(request.actor)
    for row in rows:
        row.languages = ", ".join(LANGUAGES.get(one["language"], "") for one in row.texts)
        row.first = row.texts[0] if row.texts else {}
    return {"rows": rows, "may_settle": may(request.actor, queries.SETTINGS),
            "may_approve": may(request.actor, queries.APPROVE)}  # fmt: skip


@page(permission=SEE, template="notices/template_page.html", methods=("GET", "POST"))
def template_page(request: HttpRequest, template_id: UUID) -> Any:
    """One template."""
    return _template(request, template_id)


@page(permission=SEE, template="notices/template_page.html", methods=("GET", "POST"))
def new_template_page(request: HttpRequest) -> Any:
    """A new template."""
    return _template(request, None)


def _template(request: HttpRequest, template_id: UUID | None) -> Any:
    row = queries.one_template(template_id) if template_id else None
    texts = queries.texts_of_template(row) if row else []
    fault = ""
    if request.method == "POST":
        texts = list(forms.read_texts(request.POST))
        options = [one.strip() for one in request.POST.getlist("options") if one.strip()]
        try:
            actions.write_template(
                request.actor,
                template_id,
                request.POST.get("name", ""),
                request.POST.get("purpose", ""),
                request.POST.get("kind", "")[:20],
                texts,
                options,
            )
            messages.success(request, "Kept. It can be used once somebody has approved it as it stands now.")
            return redirect("notices:templates_page")
        except Refused as error:
            fault = str(error)
    known = {one.language: one for one in texts}
    fields = [{"code": code, "name": name, "text": known.get(code, Text(code, "", "")),
               "is_open": code in ("en", "es") or code in known} for code, name in LANGUAGES.items()]  # fmt: skip
    given = request.POST if request.method == "POST" else {}
    return {
        "row": row, "fields": fields, "fault": fault, "purposes": PURPOSES, "kinds": ALARM_KINDS,
        "placeholders": {**INCIDENT_WORDS, **LETTER_WORDS, **PLACEHOLDERS},
        "options": [*(row.options if row else []), "", "", ""][:4],
        "name": given.get("name", row.name if row else ""), "purpose": given.get("purpose", row.purpose if row else ""),
        "kind": given.get("kind", row.kind if row else ""), "may_settle": may(request.actor, queries.SETTINGS),
        "may_approve": may(request.actor, queries.APPROVE),
    }  # fmt: skip


@change_page(permission=queries.APPROVE)
def approve_template(request: HttpRequest, template_id: UUID) -> HttpResponse:
    """This version may be used."""
    version = request.POST.get("version", "0")
    return try_change(
        request, lambda: actions.approve_template(request.actor, template_id, read_whole(version) or 0),
        "Approved.", reverse("notices:templates_page"),
    )  # fmt: skip


@change_page(permission=queries.SETTINGS)
def retire_template(request: HttpRequest, template_id: UUID) -> HttpResponse:
    """Not offered any more."""
    return try_change(request, lambda: actions.retire_template(request.actor, template_id), "Retired.",
                      reverse("notices:templates_page"))  # fmt: skip


# -- on an incident's page --------------------------------------------------------------------------------------------


@part(permission=SEE, template="notices/_incident_part.html")
def incident_part(request: HttpRequest, incident_id: UUID) -> Any:
    """What families have been told, how long they have waited, and the texts that fit."""
    incident = incident_seen_by(request.actor, incident_id)
    listed = queries.notices_of_incident(incident.pk)
    mailings = queries.mailings_of(listed)
    for row in listed:
        row.word, row.tone = STATES[row.state]
        row.progress = channels.progress_of(mailings[row.pk].pk) if row.pk in mailings else None
    sent = [row for row in listed if row.sent_at]
    first = min((row.sent_at for row in sent), default=None)
    last = max((row.sent_at for row in sent), default=None)
    return {
        "incident": incident, "rows": listed, "first": first, "is_open": incident.state != "closed",
        "waited_seconds": (first or now()) - incident.opened_at, "since_seconds": now() - last if last else None,
        "templates": queries.templates_seen_by(request.actor, kind=incident.kind, only_approved=True)[:4],
        "follows": " ".join(f"progress:notice:{row.pk}" for row in listed if row.state == "sending"),
        "may_write": may(request.actor, WRITE, incident.site_id), "rules": rules, **owed_shown(incident, listed),
        "letter": letter_of(incident), "letter_cause": cause_of(incident.outcome, "en"),
    }  # fmt: skip
