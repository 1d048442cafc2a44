"""Cards are written by one person and approved by another; what hung before is kept as a version."""

from collections.abc import Collection, Iterable, Mapping
from datetime import date, timedelta
from itertools import groupby
from typing import Any
from uuid import UUID

from django.db.models import Max

from watchbell.district.sites.queries import site_facts
from watchbell.kernel.changes import recorded_batch, recorded_change
from watchbell.kernel.permissions import Actor, require
from watchbell.line import clock
from watchbell.line.errors import Conflict, NotFound, Refused
from watchbell.prevention.procedures import queries, rules
from watchbell.prevention.procedures.facts import CARD_DAYS, LANGUAGES
from watchbell.prevention.procedures.models import Card, CardVersion, WallSheet

WALLS = "cards:walls"


def write_card(
    actor: Actor, kind: str, role: str, language: str, title: str, steps: list[str], *,
    expires_on: date | None = None, version: int | None = None,
) -> UUID:  # fmt: skip
    """Keeps a draft of a card, in place of an older draft; what is approved stays valid meanwhile.

    version: the newest one the writer saw. Raises Refused with every fault, Conflict when somebody wrote meanwhile.
    """
    require(actor, "cards.edit")
    steps = [step.strip() for step in steps if step.strip()]
    faults = rules.find_faults(kind, role, language, title, steps)
    today = clock.now().date()
    expires_on = expires_on or today + timedelta(days=CARD_DAYS)
    if not today < expires_on <= today + timedelta(days=3 * CARD_DAYS):
        faults.append("A card is valid until a day in the next three years.")
    if faults:
        raise Refused(" ".join(faults))
    with recorded_change(actor, "procedures.write_card") as change:
        card, _ = Card.objects.get_or_create(district_id=actor.district, kind=kind, role=role, language=language)
        Card.objects.select_for_update().get(pk=card.pk)
        newest = card.versions.aggregate(most=Max("version"))["most"] or 0
        if version is not None and version != newest:
            raise Conflict("Somebody else has written this card meanwhile. Yours was not saved; look again.")
        card.versions.filter(state="draft").delete()
        newest = card.versions.aggregate(most=Max("version"))["most"] or 0
        CardVersion.objects.create(
            card=card, version=newest + 1, title=title.strip()[:80], steps=steps, expires_on=expires_on,
            of_english=_english_of(card), writer=actor.user_id, written_by=actor.name, written_at=clock.now(),
        )  # fmt: skip
        change.about(card)
        change.note(version=newest + 1, steps=len(steps))
    return card.pk


def _english_of(card: Card) -> int | None:
    """The version of the English card that is valid now, for a translation that is written after it."""
    if card.language == "en":
        return None
    rows = CardVersion.objects.filter(card__kind=card.kind, card__role=card.role, card__language="en", state="approved")
    return rows.values_list("version", flat=True).first()


def approve_card(actor: Actor, card_id: UUID, version: int) -> None:
    """Makes the draft valid. Raises Refused for its own writer, Conflict when the draft is another by now."""
    require(actor, "cards.approve")
    with recorded_change(actor, "procedures.approve_card") as change:
        card = _card(card_id)
        draft = card.versions.filter(state="draft").first()
        if draft is None or draft.version != version:
            raise Conflict("This is not the draft any more. Look at the newest one before you approve it.")
        because = rules.may_approve(draft.writer, actor.user_id)
        if because:
            raise Refused(because)
        if rules.judge_expiry(draft.expires_on, clock.now().date()) == "expired":
            raise Refused("This draft is out of date already; give it a later day first.")
        _keep_translations(card, draft)
        card.versions.filter(state="approved").update(state="replaced")
        draft.state, draft.approver, draft.approved_by = "approved", actor.user_id, actor.name
        draft.approved_at = clock.now()
        draft.save(update_fields=["state", "approver", "approved_by", "approved_at"])
        change.about(card)
        change.note(version=version, written_by=draft.written_by)
        change.ask_slowly("procedures.judge_walls", queue="soon")


def _keep_translations(card: Card, draft: CardVersion) -> None:
    """An English card that only gets a later date says what it said: its translations are not behind by that."""
    before = card.versions.filter(state="approved").first()
    if card.language != "en" or before is None or (before.title, before.steps) != (draft.title, draft.steps):
        return
    rows = CardVersion.objects.filter(card__kind=card.kind, card__role=card.role, of_english=before.version)
    rows.filter(state__in=("draft", "approved")).update(of_english=draft.version)


def withdraw_card(actor: Actor, card_id: UUID, why: str) -> None:
    """Takes a card back: nobody is shown it any more. Raises Refused without a reason."""
    require(actor, "cards.approve")
    if not why.strip():
        raise Refused("Say why the card is taken back: the reason is part of the record.")
    with recorded_change(actor, "procedures.withdraw_card", why=why) as change:
        card = _card(card_id)
        if not card.versions.filter(state="approved").update(state="withdrawn"):
            raise Conflict("No version of this card is valid.")
        change.about(card)
        change.ask_slowly("procedures.judge_walls", queue="soon")


def _card(card_id: UUID) -> Card:
    found = Card.objects.select_for_update().filter(pk=card_id).first()
    if found is None:
        raise NotFound("There is no such card.")
    return found


def load_cards(cards: Iterable[dict[str, Any]]) -> int:
    """Writes many approved cards at once, as part of a larger recorded change; the number of cards."""
    made, versions = [], []
    for one in cards:
        faults = rules.find_faults(one["kind"], one["role"], one["language"], one["title"], one["steps"])
        if faults:
            raise Refused(f"{one['kind']}, {one['role']}, {one['language']}: {' '.join(faults)}")
        made.append(Card(kind=one["kind"], role=one["role"], language=one["language"]))
        versions.append(
            CardVersion(
                card=made[-1], version=1, title=one["title"], steps=one["steps"], state="approved",
                of_english=None if one["language"] == "en" else 1, expires_on=one["expires_on"],
                written_by=one["written_by"], approved_by=one["approved_by"], approved_at=clock.now(),
            )
        )  # fmt: skip
    with recorded_batch("load cards"):
        Card.objects.bulk_create(made)
        CardVersion.objects.bulk_create(versions)
    return len(made)


def load_sheets(site_id: UUID, language: str, printed_by: str, days_ago: int, was: Mapping[str, dict[str, str]]) -> int:
    """Sheets that hang in every room of a site, in a larger recorded change. was: {room: what differed then}."""
    today, rows = clock.now().date(), []
    for (place, _), (room, says, ends) in queries.sheets_now(site_id, [language]).items():
        then = says | was.get(room.room, {})
        rows.append(
            WallSheet(site=site_id, place=place, room=room.room, language=language, says=then, expires_on=ends,
                      printed_at=clock.now() - timedelta(days=days_ago), printed_by=printed_by,
                      because=rules.judge_sheet(then, says, ends, today))
        )  # fmt: skip
    with recorded_batch("load sheets"):
        WallSheet.objects.bulk_create(rows)
    return len(rows)


# -- what hangs on walls ---------------------------------------------------------------------------------------------


def note_hung(actor: Actor, site_id: UUID, language: str, places: Collection[UUID] | None = None) -> int:
    """The sheets of these rooms hang as they are now; how many. places None: of every room of the site.

    Raises NotFound for the site, Refused for no room of it or a language nobody knows.
    """
    require(actor, "cards.hang", site_id)
    site_facts(site_id)
    if language not in LANGUAGES:
        raise Refused("Choose a language of the list.")
    now = [(place, *said) for (place, _), said in queries.sheets_now(site_id, [language]).items()
           if places is None or place in places]  # fmt: skip
    if not now:
        raise Refused("There is no such room here any more. Take its sheet down instead.")
    with recorded_change(actor, "procedures.note_hung") as change:
        WallSheet.objects.bulk_create(
            [WallSheet(district_id=actor.district, site=site_id, place=place, room=room.room, language=language,
                       says=says, expires_on=ends, printed_at=clock.now(), printed_by=actor.name, because=[])
             for place, room, says, ends in now],
            update_conflicts=True, unique_fields=["district", "place", "language"],
            update_fields=["site", "room", "says", "expires_on", "printed_at", "printed_by", "because"],
        )  # fmt: skip
        change.note(site=str(site_id), language=language, rooms=len(now))
        change.touch(WALLS)
    return len(now)


def take_down(actor: Actor, sheet_id: UUID) -> UUID:
    """It does not hang any more, and is not asked for again; its site. Raises NotFound."""
    with recorded_change(actor, "procedures.take_down") as change:
        row = queries.sheets_seen_by(actor, show="all").filter(pk=sheet_id).first()
        if row is None:
            raise NotFound("This sheet is taken down already.")
        require(actor, "cards.hang", row.site)
        change.about(row)
        change.touch(WALLS)
        row.delete()
    return row.site


def judge_walls(actor: Actor, site_id: UUID | None = None) -> int:
    """Looks which sheets still hold, of one site or of all; how many hold otherwise than before."""
    rows = WallSheet.objects.filter(site=site_id) if site_id else WallSheet.objects.all()
    today, changed = clock.now().date(), []
    for site, sheets in groupby(rows.order_by("site"), key=lambda row: row.site):
        hanging = list(sheets)
        now = queries.sheets_now(site, sorted({row.language for row in hanging}))
        for row in hanging:
            said = now.get((row.place, row.language))
            because = rules.judge_sheet(row.says, said[1] if said else None, row.expires_on, today)
            if because != row.because:
                row.because = because
                changed.append(row)
    if changed:
        with recorded_change(actor, "procedures.judge_walls") as change:
            WallSheet.objects.bulk_update(changed, ["because"])
            change.note(sheets=len(changed), to_print=sum(bool(row.because) for row in changed))
            change.touch(WALLS)
    return len(changed)
