"""Writing targets: added, changed, taken away; and how each publication went."""

import re
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from watchbell.communication.public.facts import PERMISSION_EDIT, TARGET_KINDS, Published
from watchbell.communication.public.models import AlertMessage, Publication, PublicSite, PublishTarget
from watchbell.communication.public.rules.places import find_folder_fault, find_url_fault
from watchbell.kernel.changes import Change, recorded_change, take_turns
from watchbell.kernel.permissions import Actor, require
from watchbell.line import clock, config
from watchbell.line.errors import Conflict, NotFound, Refused

TOPIC = "public:all"
MOST_LISTED, MOST_TARGETS = 60, 12
HERE = "This machine"


def save_site(actor: Actor, *, base_url: str, contact: str, same: str, languages: str) -> None:
    """What the pages say beside notices. base_url: "" for this machine's copy. same, languages: blanks between."""
    require(actor, PERMISSION_EDIT)
    fault = find_url_fault(base_url, False) if base_url else ""
    if fault:
        raise Refused(f"Address of the public site: {fault}")
    codes = re.split(r"[\s,]+", same.strip()) if same.strip() else []
    if any(not re.fullmatch(r"[0-9]{6}", code, re.ASCII) for code in codes):
        raise Refused("A SAME code has six digits: 029159.")
    tongues = re.split(r"[\s,]+", languages.strip().lower()) if languages.strip() else []
    if any(not re.fullmatch(r"[a-z]{2,3}(-[a-z0-9]{2,8})?", one, re.ASCII) for one in tongues):
        raise Refused("Languages are short codes: en, es.")
    with recorded_change(actor, "public.save_site") as change:
        take_turns(f"public:{actor.district}")
        row = PublicSite.objects.first() or PublicSite()
        row.base_url, row.contact = base_url.strip().rstrip("/"), contact.strip()[:200]
        row.same, row.languages = codes, list(dict.fromkeys(tongues))
        row.save()
        change.note(base_url=row.base_url, contact=row.contact, same=codes, languages=row.languages)
        _ask(change)


def add_target(actor: Actor, name: str, kind: str, place: str, token: str = "") -> UUID:
    """A further place for the copy; it is published to at once. Raises Refused with what is wrong."""
    require(actor, PERMISSION_EDIT)
    name, place = name.strip()[:80], place.strip()
    _judge(name, kind, place, bool(token))
    with recorded_change(actor, "public.add_target") as change:
        take_turns(f"public:{actor.district}")
        if PublishTarget.objects.count() >= MOST_TARGETS:
            raise Refused(f"More than {MOST_TARGETS} targets are not kept up to date in time.")
        if PublishTarget.objects.filter(name__iexact=name).exists():
            raise Conflict("There is a target of that name.")
        row = PublishTarget.objects.create(name=name, kind=kind, place=place, token=token.strip())
        change.about(row)
        change.note(kind=kind, place=place)
        _ask(change)
    return row.id


def change_target(
    actor: Actor, target: UUID, *, name: str, place: str, token: str | None = None, is_on: bool = True
) -> None:
    """token None keeps the one there is. A target that moved is filled from the beginning."""
    require(actor, PERMISSION_EDIT)
    row = _find(target)
    if row.kind == "here":
        raise Refused("This machine's copy is always kept: it is what stands when everything else is down.")
    name, place = name.strip()[:80], place.strip()
    kept = row.token if token is None else token.strip()
    _judge(name, row.kind, place, bool(kept))
    with recorded_change(actor, "public.change_target", target=row) as change:
        if PublishTarget.objects.filter(name__iexact=name).exclude(id=row.id).exists():
            raise Conflict("There is a target of that name.")
        if place != row.place:
            row.has = {}
        row.name, row.place, row.token, row.is_on = name, place, kept, is_on
        row.state, row.because, row.since = "waiting" if is_on else "new", "", clock.now()
        row.save()
        change.note(place=place, is_on=is_on, token_changed=token is not None)
        _ask(change)


def remove_target(actor: Actor, target: UUID) -> None:
    """Nothing is published there any more; what is there stays and grows old: its owner takes it away."""
    require(actor, PERMISSION_EDIT)
    row = _find(target)
    if row.kind == "here":
        raise Refused("This machine's copy is always kept: it is what stands when everything else is down.")
    with recorded_change(actor, "public.remove_target", target=row) as change:
        row.delete()
        change.touch(TOPIC)


def ask_publish(actor: Actor, *, cause: str | None = None, afresh: bool = False) -> None:
    """The copies are brought up to date now. afresh: every file is written again, whatever is believed to be there."""
    require(actor, PERMISSION_EDIT)
    with recorded_change(actor, "public.publish", cause=cause) as change:
        if afresh:
            PublishTarget.objects.update(has={})
        PublishTarget.objects.filter(is_on=True).exclude(state="failing").update(state="waiting", since=clock.now())
        change.note(afresh=afresh)
        _ask(change)


def ensure_here(actor: Actor) -> UUID:
    """This machine's own target, made when missing."""
    known = PublishTarget.objects.filter(kind="here").values_list("id", flat=True).first()
    if known is not None:
        return known
    with recorded_change(actor, "public.add_target") as change:
        take_turns(f"public:{actor.district}")
        row = PublishTarget.objects.filter(kind="here").defer("has").first()
        row = row or PublishTarget.objects.create(name=HERE, kind="here")
        change.about(row)
    return row.id


def note_publication(actor: Actor, target: UUID, ended: Published, changed: Sequence[str], has: dict[str, str]) -> None:
    """How bringing files to a target went. The same failure as before is not written down again."""
    row = PublishTarget.objects.filter(id=target).first()
    if row is None:
        return
    is_same = row.state == ("failing" if ended.because else "ok") and row.because == ended.because
    if is_same and row.has == has and (ended.because or not ended.count):
        return
    with recorded_change(actor, "public.published", target=row) as change:
        state = "failing" if ended.because else "ok"
        row.since = row.since if row.state == state else ended.at
        row.state, row.because, row.has = state, ended.because[:400], has
        row.published_at = row.published_at if ended.because else ended.at
        row.save(update_fields=["state", "because", "has", "since", "published_at"])
        if ended.count or ended.because:
            Publication.objects.create(
                target=row, at=ended.at, seconds=round(ended.seconds, 3), count=ended.count, size=ended.size,
                because=ended.because[:400], changed=list(changed[:MOST_LISTED]),
            )  # fmt: skip
        change.note(state=state, count=ended.count, seconds=round(ended.seconds, 3), because=ended.because)
        change.touch(TOPIC)


def note_alerts(actor: Actor, messages: Sequence[tuple[int, datetime]]) -> None:
    """These CAP messages go out now: later ones will name them."""
    if not messages:
        return
    with recorded_change(actor, "public.note_alerts") as change:
        rows = [AlertMessage(number=number, sent_at=at) for number, at in messages]
        AlertMessage.objects.bulk_create(rows, ignore_conflicts=True)
        change.note(numbers=sorted({number for number, _ in messages}))


def _find(target: UUID) -> PublishTarget:
    row = PublishTarget.objects.filter(id=target).first()
    if row is None:
        raise NotFound("There is no such target.")
    return row


def _judge(name: str, kind: str, place: str, has_token: bool) -> None:
    if not name:
        raise Refused("Give the target a name.")
    if kind not in TARGET_KINDS or kind == "here":
        raise Refused("Choose a folder or a web server.")
    folders = [one for one in config.setting("PUBLIC_FOLDERS").split(":") if one.strip()]
    fault = find_folder_fault(place, folders) if kind == "folder" else find_url_fault(place, has_token)
    if fault:
        raise Refused(fault)


def _ask(change: Change) -> None:
    change.ask_soon("public.publish")
    change.touch(TOPIC)
