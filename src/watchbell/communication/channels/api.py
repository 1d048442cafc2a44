"""The JSON operations on where nothing arrives, corrections, wishes, carriers and posts."""

from datetime import time
from typing import Any, Literal
from uuid import UUID

from django.http import HttpRequest
from ninja import Schema

from watchbell.communication.channels import actions, queries
from watchbell.communication.channels.facts import QuietHours
from watchbell.communication.channels.queries.digests import count_daily, waiting_of
from watchbell.communication.channels.queries.posts import as_posted, posts_seen_by
from watchbell.communication.channels.queries.strays import stray_wishes_seen_by
from watchbell.communication.channels.queries.through import alert_card, alert_reach, trials_seen_by
from watchbell.communication.channels.queries.wishes import person_with_wishes, quiet_hours, wishes_of_person
from watchbell.kernel.api import Invalid, api_router, operation, paged
from watchbell.kernel.changes import record_look
from watchbell.kernel.zones import day_filter

router = api_router("channels")
SEE, WRITE = queries.SEE, "notices.write"


class Why(Schema):
    why: str


class Settled(Schema):
    outcome: Literal["declined", "dismissed"]
    address: str = ""
    why: str


class LinkWayBody(Schema):
    """way: as `link_ways` of the queue's page names it."""

    way: str


class Taken(Schema):
    ids: list[UUID]


class ToldWishes(Schema):
    """at: an address's key of GET; wishes: the keys that are wanted there; told: how the office learned it."""

    at: str
    wishes: list[str]
    told: str
    why: str = ""


class ToldMail(Schema):
    """routine_mail: "at_once" or "daily"; told: how the office learned it."""

    routine_mail: Literal["at_once", "daily"]
    told: str
    why: str = ""


class Hours(Schema):
    """Times of the district's own day; None stays as it is."""

    quiet_from: time | None = None
    quiet_until: time | None = None
    digest_at: time | None = None


@operation(router.get, "/bad-addresses", permission=SEE)
def list_bad_addresses(request: HttpRequest, channel: str = "", search: str = "") -> Any:
    """Where nothing arrives, by a carrier's word. channel: email, text, voice or push.

    is_doubt: it was said once, and messages go there still; what is no doubt gets emergencies only.
    """
    record_look(request.actor, "notices.see_addresses", "Bad addresses")
    rows = queries.bad_addresses_seen_by(request.actor, channel=channel, search=search)
    return paged(request, rows, lambda row: {
        "id": str(row.pk), "channel": row.channel, "address": None if row.channel == "push" else row.address,
        "person": str(row.person_id) if row.person_id else None, "name": str(row.person or ""), "because": row.because,
        "code": row.code, "is_doubt": row.is_doubt, "since": row.since.isoformat(),
    })  # fmt: skip


@operation(router.post, "/bad-addresses/{bad_id}/clear", permission=WRITE)
def clear_bad_address(request: HttpRequest, bad_id: UUID, body: Why) -> Any:
    """It was put right: messages go there again."""
    actions.clear_bad_address(request.actor, bad_id, body.why)
    return {"id": str(bad_id), "cleared": True}


@operation(router.post, "/bad-addresses/{bad_id}/link", permission=WRITE)
def send_link(request: HttpRequest, bad_id: UUID, body: LinkWayBody) -> Any:
    """The guardian gets the link to their own numbers and addresses by another way that works."""
    sent = actions.send_contact_link(request.actor, bad_id, body.way)
    return {"id": str(bad_id), "link": str(sent.pk), "channel": sent.channel}


@operation(router.get, "/stray-wishes", permission=SEE)
def list_stray_wishes(request: HttpRequest, settled: bool = False) -> Any:
    """Who asks by mail for no more messages, and nobody can tell for which address; settled: those that are."""
    record_look(request.actor, "notices.see_wishes", "Wishes that name no message")
    return paged(request, stray_wishes_seen_by(request.actor, is_open=not settled), lambda row: {
        "id": str(row.pk), "kind": row.kind, "sender": row.sender, "subject": row.subject, "text": row.text,
        "because": row.because, "at": row.at.isoformat(), "outcome": row.outcome or None,
        "address": row.address or None, "why": row.why, "settled_by": row.settled_by,
        "settled_at": row.settled_at.isoformat() if row.settled_at else None,
    })  # fmt: skip


@operation(router.post, "/stray-wishes/{wish_id}/settle", permission=WRITE)
def settle_stray_wish(request: HttpRequest, wish_id: UUID, body: Settled) -> Any:
    """outcome "declined": address gets nothing routine and no newsletters; "dismissed": it counts for nobody."""
    lines = actions.settle_stray_wish(request.actor, wish_id, body.outcome, body.address, body.why)
    return {"id": str(wish_id), "outcome": body.outcome, "lines": lines}


@operation(router.get, "/alert-reach", permission=SEE)
def read_reach(request: HttpRequest) -> Any:
    """How many families have proved by a trial that an alert gets through a silenced phone, and the numbers tried."""
    reach = alert_reach(request.actor, trials_seen_by(request.actor))
    return {"families": reach.families, "rang": reach.rang, "silent": reach.silent, "numbers": alert_card().numbers}


@operation(router.get, "/alert-trials", permission=SEE)
def list_trials(request: HttpRequest, rang: bool | None = None) -> Any:
    """The newest answered trial of each person. way: "voice" or "text"; rang: as they said."""
    record_look(request.actor, "notices.see_trials", "Whether alerts ring")
    return paged(request, trials_seen_by(request.actor, rang=rang), lambda row: {
        "id": str(row.pk), "person": str(row.person_id), "name": str(row.person), "way": row.way, "rang": row.rang,
        "told_at": row.told_at.isoformat(), "asked_at": row.asked_at.isoformat(),
    })  # fmt: skip


@operation(router.get, "/contact-changes", permission=SEE)
def list_contact_changes(request: HttpRequest, taken: bool = False) -> Any:
    """What families have corrected themselves, for the student information system; taken: those it has already."""
    record_look(request.actor, "notices.see_changes", "Corrections")
    return paged(request, queries.changes_seen_by(request.actor, is_taken=taken), lambda row: {
        "id": str(row.pk), "person": str(row.person_id), "sourced_id": row.person.sourced_id, "name": str(row.person),
        "kind": row.kind, "old": row.old, "new": row.value, "by_link_only": row.is_bare,
        "confirmed_at": row.confirmed_at.isoformat() if row.confirmed_at else None,
        "taken_at": row.taken_at.isoformat() if row.taken_at else None,
    })  # fmt: skip


@operation(router.post, "/contact-changes/taken", permission=WRITE)
def take_changes(request: HttpRequest, body: Taken) -> Any:
    """These have been entered into the student information system; {"taken": how many}."""
    return {"taken": actions.take_changes(request.actor, body.ids)}


@operation(router.get, "/consents", permission=SEE)
def list_consents(request: HttpRequest, search: str = "") -> Any:
    """The ledger of who wants what, newest first; the newest line of an address, channel and purpose counts."""
    record_look(request.actor, "notices.see_wishes", "Wishes")
    return paged(request, queries.consents_seen_by(request.actor, search), lambda row: {
        "id": str(row.pk), "channel": row.channel, "address": row.address, "purpose": row.purpose,
        "is_wanted": row.is_wanted, "how": row.how, "by": row.by_name, "at": row.at.isoformat(),
    })  # fmt: skip


class TextTelephone(Schema):
    """at: a number's key of GET `/people/{person_id}/wishes`; is_text_telephone: calls to it are typed (TTY)."""

    at: str
    is_text_telephone: bool


@operation(router.get, "/people/{person_id}/wishes", permission=SEE)
def read_wishes(request: HttpRequest, person_id: UUID) -> Any:
    """What a person wants by which way, address by address (shown in part).

    routine_mail: "daily" where it comes once a day, else "at_once"; in_digest: how many messages wait for that.
    """
    person = person_with_wishes(request.actor, person_id)
    record_look(request.actor, "notices.see_person_wishes", person.name)
    items = [
        {"key": row.key, "kind": row.kind, "address": row.shown, "is_bad": row.is_bad,
         "is_text_telephone": row.is_text_telephone,
         "wishes": [{"key": one.key, "channel": one.channel, "purpose": one.purpose, "is_wanted": one.is_wanted}
                    for one in row.wishes]}
        for row in wishes_of_person(person)
    ]  # fmt: skip
    wish = queries.preference_of(person.id)
    is_daily = wish is not None and wish.is_daily
    return {"items": items, "count": len(items), "routine_mail": "daily" if is_daily else "at_once",
            "in_digest": waiting_of(person.id)}  # fmt: skip


@operation(router.post, "/people/{person_id}/routine-mail", permission=WRITE)
def record_routine_mail(request: HttpRequest, person_id: UUID, body: ToldMail) -> Any:
    """One mail a day for what is routine, or each at once; {"sent_now": how many messages waited and go now}."""
    released = actions.record_told_mail(request.actor, person_id, body.routine_mail == "daily", body.told, body.why)
    return {"sent_now": released}


def _hours() -> dict[str, Any]:
    quiet = quiet_hours()
    return {"quiet_from": f"{quiet.begins:%H:%M}", "quiet_until": f"{quiet.ends:%H:%M}",
            "digest_at": f"{quiet.digest:%H:%M}", "daily": count_daily()}  # fmt: skip


@operation(router.get, "/telling-hours", permission=SEE)
def read_hours(request: HttpRequest) -> Any:
    """When the district is quiet and when its daily mail goes, by its own clock; daily: how many people want that."""
    return _hours()


@operation(router.post, "/telling-hours", permission=queries.MANAGE)
def set_hours(request: HttpRequest, body: Hours) -> Any:
    """Changes what is given, judged together; the new hours."""
    known = quiet_hours()
    if body.quiet_from is not None or body.quiet_until is not None:
        actions.set_quiet_hours(request.actor, QuietHours(
            known.begins if body.quiet_from is None else body.quiet_from,
            known.ends if body.quiet_until is None else body.quiet_until,
        ), body.digest_at)  # fmt: skip
    if body.digest_at is not None:
        actions.set_digest_hour(request.actor, body.digest_at)
    return _hours()


@operation(router.post, "/people/{person_id}/wishes", permission=WRITE)
def record_wishes(request: HttpRequest, person_id: UUID, body: ToldWishes) -> Any:
    """A wish told by telephone, on paper or in person; {"changed": how many lines the ledger grew by}."""
    changed = actions.record_told_wishes(request.actor, person_id, body.at, body.wishes, body.told, body.why)
    return {"changed": changed}


@operation(router.post, "/people/{person_id}/text-telephone", permission=WRITE)
def mark_text_telephone(request: HttpRequest, person_id: UUID, body: TextTelephone) -> Any:
    """A number of theirs is a text telephone's (TTY), or is none; {"changed": whether it was otherwise}."""
    changed = actions.mark_told_telephone(request.actor, person_id, body.at, body.is_text_telephone)
    return {"changed": changed}


@operation(router.get, "/carriers", permission=SEE)
def list_carriers(request: HttpRequest) -> Any:
    """What brings messages. state: "ok", "slow", "down" or "refuses"; out: batches it has now."""
    return paged(request, queries.carriers_seen_by(request.actor), lambda row: {
        "id": str(row["carrier"].id), "name": row["carrier"].name, "channel": row["carrier"].channel,
        "priority": row["carrier"].priority, "per_second": row["carrier"].per_second,
        "is_test": row["carrier"].is_test, "state": row["carrier"].state, "out": row["carrier"].out,
        "bad_until": row["carrier"].bad_until.isoformat() if row["carrier"].bad_until else None,
        "because": row["trouble"].because if row["trouble"] else "",
    })  # fmt: skip


@operation(router.get, "/posts", permission=SEE)
def list_posts(request: HttpRequest, search: str = "", account: str = "", since: str = "", until: str = "") -> Any:
    """What the district has posted, with the words of each part. since, until: days, YYYY-MM-DD, both included."""
    days = day_filter({"since": since, "until": until}, request.actor.district)
    if days.fault:
        raise Invalid({"since": days.fault})
    rows = posts_seen_by(request.actor, search=search, account=account, since=days.since, before=days.before)
    found = paged(request, rows, lambda row: row)
    return {**found, "items": [
        {"id": str(row.pk), "at": one.at.isoformat() if one.at else None, "account": one.account,
         "network": one.network, "title": one.title, "parts": list(one.parts), "state": one.state,
         "because": one.because, "ref": one.ref, "is_correction": one.is_correction, "mode": one.mode,
         "notice": str(one.notice) if one.notice else None}
        for row, one in zip(found["items"], as_posted(found["items"], queries.post_accounts()), strict=True)
    ]}  # fmt: skip
