"""Messages by JSON: written, confirmed, sent, corrected, ended; how far they are, and what was answered."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, JsonResponse
from ninja import Schema
from pydantic import AwareDatetime

from watchbell.communication.channels.facts import OUTCOMES
from watchbell.communication.channels.queries import ledger
from watchbell.communication.channels.queries.digests import waiting_in_digest
from watchbell.communication.channels.queries.waiting import progress_with_reasons
from watchbell.communication.notices import actions, queries
from watchbell.communication.notices.api.bodies import TextBody, read_texts, router
from watchbell.communication.notices.facts import Audience, Draft
from watchbell.district.people.facts import spell_bus
from watchbell.kernel.api import operation, paged
from watchbell.kernel.changes import record_look


class AudienceBody(Schema):
    """buses: by name ("Bus 14"), "*" for every bus. run: "morning", "afternoon", "" for both."""

    kinds: list[str] = ["family"]
    sites: list[UUID] = []
    grades: list[str] = []
    classes: list[UUID] = []
    rooms: list[UUID] = []
    roles: list[str] = []
    people: list[UUID] = []
    lists: list[UUID] = []
    buses: list[str] = []
    run: str = ""


class NoticeBody(Schema):
    purpose: str
    texts: list[TextBody]
    audience: AudienceBody = AudienceBody()
    channels: list[str] = []
    mode: str = "real"
    is_banner: bool = False
    is_public: bool = False
    posts: list[UUID] = []
    options: list[str] = []
    desk: UUID | None = None
    send_at: AwareDatetime | None = None
    expires_at: AwareDatetime | None = None
    incident: UUID | None = None
    at_once: bool = True
    tell_media: bool = False
    skips_digest: bool = False


class Seen(Schema):
    count: int | None = None


class Approved(Seen):
    """seen: `seen` of the message as it was read; 409 when it is another by now."""

    seen: str = ""


class Submitted(Seen):
    """hold: a second person is asked though none is needed."""

    hold: bool = False


class Why(Schema):
    why: str = ""


class Telling(Schema):
    """seen: `seen` of the message as it was read; 409 when it is another by now."""

    told: bool
    seen: str = ""


class Correction(Schema):
    texts: list[TextBody]
    why: str
    tell_again: bool = True


class Again(Schema):
    recipients: list[UUID]
    way: str = "next"
    bad_addresses: bool = False


def _draft(body: NoticeBody) -> Draft:
    ids = {name: tuple(str(one) for one in getattr(body.audience, name)) for name in ("sites", "classes", "rooms",
                                                                                    "people", "lists")}  # fmt: skip
    audience = Audience(tuple(body.audience.kinds), grades=tuple(body.audience.grades),
                        roles=tuple(body.audience.roles), run=body.audience.run,
                        buses=tuple(dict.fromkeys(map(spell_bus, body.audience.buses))), **ids)  # fmt: skip
    return Draft(
        purpose=body.purpose, texts=read_texts(body.texts), audience=audience, channels=tuple(body.channels),
        mode=body.mode, is_banner=body.is_banner, is_public=body.is_public, posts=tuple(str(one) for one in body.posts),
        options=tuple(body.options), desk=str(body.desk or ""), send_at=body.send_at, expires_at=body.expires_at,
        incident=body.incident, at_once=body.at_once, tell_media=body.tell_media, skips_digest=body.skips_digest,
    )  # fmt: skip


@operation(router.get, "/notices", permission=queries.SEE)
def list_notices(request: HttpRequest, state: str = "", purpose: str = "") -> Any:
    """Notices, the newest first."""
    rows = queries.notices_seen_by(request.actor, state=state, purpose=purpose)
    return paged(request, rows, queries.notice_as_dict)


@operation(router.post, "/notices", permission=queries.WRITE)
def write_notice(request: HttpRequest, body: NoticeBody) -> Any:
    """Keeps a draft."""
    made = actions.write_notice(request.actor, None, _draft(body))
    return JsonResponse(queries.notice_as_dict(queries.notice_seen_by(request.actor, made)), status=201)


@operation(router.get, "/notices/{notice_id}", permission=queries.SEE)
def read_notice(request: HttpRequest, notice_id: UUID, sending: int | None = None) -> Any:
    """One, with how far it is. sending: 0 the first, 1 that of the first correction; none: the newest."""
    notice = queries.notice_seen_by(request.actor, notice_id)
    number, mailing, sendings = queries.sending_of(notice, "" if sending is None else str(sending))
    found = queries.notice_as_dict(notice) | {"sending": number if mailing else None}
    found["seen"] = queries.fingerprint_of(notice)
    found["sendings"] = [
        {"sending": one, "name": queries.name_sending(one), "state": row.state, "began_at": row.made_at}
        for one, row in sendings.items()
    ]
    if mailing is not None:
        done = progress_with_reasons(mailing)
        waiting = waiting_in_digest(mailing)
        found["progress"] = {
            "in_digest": waiting[0] if waiting else 0, "digest_at": waiting[1].isoformat() if waiting else None,
            "people": done.people, "people_reached": done.people_reached, "families": done.families,
            "families_reached": done.families_reached, "waiting": done.waiting, "no_way": done.no_way,
            "why": list(done.why),
            "channels": {
                one.channel: {OUTCOMES[state][0].lower(): count for state, count in one.counts.items()}
                for one in done.channels
            },
        }  # fmt: skip
    return found | {"answers": queries.answers_of(notice)}


@operation(router.get, "/notices/{notice_id}/answers", permission=queries.SEE)
def list_answers(request: HttpRequest, notice_id: UUID, answer: str = "") -> Any:
    """Who answered what, by family; a look at it is written down.

    answer: the number of one from 0, or "none" for families of whom nobody has answered; empty: everybody.
    """
    notice = queries.notice_seen_by(request.actor, notice_id)
    mailing = queries.mailings_of([notice]).get(notice.pk)
    rows = ledger.recipients_of(mailing.pk if mailing else UUID(int=0))
    rows = queries.answered_as(rows, notice, answer)
    record_look(request.actor, "notices.see_answers", notice)
    given = queries.answers_given(notice)

    def shown(row: Any) -> dict[str, Any]:
        said = given.get((row.family, row.name))
        return {
            "recipient": str(row.pk), "family": str(row.family), "name": row.name, "about": row.fields.get("child", ""),
            "reached_at": row.reached_at, "family_reached": row.is_reached,
            "answer": notice.options[said.option] if said else None, "way": said.channel if said else None,
            "answered_at": said.at if said else None,
        }  # fmt: skip

    return paged(request, rows, shown)


@operation(router.post, "/notices/{notice_id}/submit", permission=queries.WRITE)
def submit_notice(request: HttpRequest, notice_id: UUID, body: Submitted) -> Any:
    """Sends it, or asks a second person. count: how many people were seen to be reached."""
    return {"state": actions.submit_notice(request.actor, notice_id, body.count, hold=body.hold)}


@operation(router.post, "/notices/{notice_id}/approve", permission=queries.APPROVE)
def approve_notice(request: HttpRequest, notice_id: UUID, body: Approved) -> Any:
    """The second person's word."""
    return {"state": actions.approve_notice(request.actor, notice_id, body.count, seen=body.seen)}


@operation(router.post, "/notices/{notice_id}/correct", permission=queries.WRITE)
def correct_notice(request: HttpRequest, notice_id: UUID, body: Correction) -> Any:
    """New words wherever its links lead; told to everybody who was told, unless tell_again is false.

    told: false where another person has to confirm that first.
    """
    texts = read_texts(body.texts)
    told = actions.correct_notice(request.actor, notice_id, texts, body.why, tell_again=body.tell_again)
    return {"corrected": True, "told": told}


@operation(router.post, "/notices/{notice_id}/confirm-correction", permission=queries.APPROVE)
def confirm_correction(request: HttpRequest, notice_id: UUID, body: Telling) -> Any:
    """The second person's word on telling a correction to everybody; told false: only its page says so."""
    actions.confirm_correction(request.actor, notice_id, is_told=body.told, seen=body.seen)
    return {"told": body.told}


@operation(router.post, "/notices/{notice_id}/again", permission=queries.WRITE)
def try_again(request: HttpRequest, notice_id: UUID, body: Again) -> Any:
    """Who was not reached is tried once more: the people of the ledger by their numbers there.

    way: text, voice, email or next (each one's next best). bad_addresses: also where nothing arrives; else
    `passed_over` says how many such addresses were left out.
    """
    trying = actions.try_again(request.actor, notice_id, body.recipients, body.way, with_bad=body.bad_addresses)
    return {"messages": trying.count, "passed_over": len(trying.passed)}


@operation(router.post, "/notices/{notice_id}/end", permission=queries.WRITE)
def end_notice(request: HttpRequest, notice_id: UUID, body: Why) -> Any:
    """It does not hold any more."""
    actions.end_notice(request.actor, notice_id, body.why)
    return {"ended": True}


@operation(router.post, "/notices/{notice_id}/{what}", permission=queries.WRITE)
def change_notice(request: HttpRequest, notice_id: UUID, what: str) -> Any:
    """what: pause, resume or stop."""
    actions.change_sending(request.actor, notice_id, what)
    return {"state": queries.notice_seen_by(request.actor, notice_id).state}
