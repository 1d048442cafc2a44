"""Writing reviews: the draft, the hot wash, ratings, texts in versions, and the improvement plan."""

from collections.abc import Mapping
from datetime import date, timedelta
from uuid import UUID

import msgspec
from django.db.models import Max

from watchbell.district.accounts.queries import hidden_from
from watchbell.district.people.queries import person_facts
from watchbell.kernel.changes import Change, recorded_change
from watchbell.kernel.permissions import Actor, may, require
from watchbell.line import clock
from watchbell.line.errors import Conflict, NotFound, Refused
from watchbell.line.ids import new_id
from watchbell.response.incidents.queries import incident_seen_by
from watchbell.response.review.events import ImprovementDone, ReportDrafted
from watchbell.response.review.facts import (
    BLOCKS,
    ELEMENTS,
    FINDINGS,
    HOT_WASH_MINUTES,
    IMPROVEMENT_STATES,
    MOST_NOTE,
    MOST_TEXT,
    RATINGS,
    ReportFacts,
)
from watchbell.response.review.models import Finding, Improvement, Objective, Review, ReviewVersion
from watchbell.response.review.queries import facts_of_incident, may_begin
from watchbell.response.review.rules import draft_report, may_note


def begin_review(actor: Actor, incident_id: UUID) -> UUID:
    """Begins the review of an incident that is over or ending, and opens its hot wash; the one there is already."""
    incident_seen_by(actor, incident_id)
    known = Review.objects.filter(incident_id=incident_id).values_list("id", flat=True).first()
    if known is not None:
        return known
    incident = may_begin(actor, incident_id)
    require(actor, "review.note", incident.site_id)
    facts = facts_of_incident(actor, incident_id)
    with recorded_change(actor, "review.begin", target=incident, cause=str(incident_id)) as change:
        review, is_new = Review.objects.get_or_create(
            incident_id=incident_id,
            defaults={
                "site_id": incident.site_id, "number": incident.number, "kind": incident.kind, "mode": incident.mode,
                "name": incident.name, "began_at": incident.opened_at, "changed_by": actor.name,
                "hot_wash_until": clock.now() + timedelta(minutes=HOT_WASH_MINUTES),
            },
        )  # fmt: skip
        if is_new:
            _write_draft(change, review, facts)
    return review.id


def draft_after_close(actor: Actor, incident_id: UUID) -> UUID:
    """The report of an incident that has just closed: begun where it was not, its facts final, its hot wash open."""
    review_id = begin_review(actor, incident_id)
    facts = facts_of_incident(actor, incident_id)
    with recorded_change(actor, "review.draft", cause=str(incident_id)) as change:
        review = Review.objects.select_for_update().get(id=review_id)
        change.about(review)
        review.hot_wash_until = clock.now() + timedelta(minutes=HOT_WASH_MINUTES)
        if review.facts.get("ended") != facts.ended and review.state == "draft" and review.version == 1:
            _write_draft(change, review, facts)
        else:
            review.save(update_fields=["hot_wash_until"])
        _touch(change, review)
    return review_id


def _write_draft(change: Change, review: Review, facts: ReportFacts) -> None:
    """Facts, texts, objectives, findings and improvements from the record; what people wrote stays."""
    draft = draft_report(facts)
    review.facts, review.texts = msgspec.to_builtins(facts), dict(draft.texts)
    review.drafted_at = review.changed_at = clock.now()
    review.save()
    Finding.objects.filter(review=review, entry__startswith="auto-").delete()
    findings = [("strength", text) for text in draft.strengths] + [("area", text) for text in draft.areas]
    Finding.objects.bulk_create(
        Finding(review=review, kind=kind, text=text[:MOST_NOTE], entry=f"auto-{n}", by_name="From the record")
        for n, (kind, text) in enumerate(findings)
    )
    if not Objective.objects.filter(review=review).exclude(rating="").exists():
        Objective.objects.filter(review=review).delete()
        Objective.objects.bulk_create(
            Objective(review=review, number=n, capability=one.capability, text=one.text, suggested=one.suggested,
                      suggested_because=one.because) for n, one in enumerate(draft.objectives, 1)
        )  # fmt: skip
    if not Improvement.objects.filter(review=review).exclude(owner_name="", state="open").exists():
        Improvement.objects.filter(review=review).delete()
        Improvement.objects.bulk_create(
            Improvement(review=review, number=n, **one) for n, one in enumerate(draft.improvements, 1)
        )
    _keep_version(review, "Watchbell, from the record")
    change.about(review)
    change.announce(ReportDrafted(str(review.id), str(review.incident_id), str(review.site_id), review.mode))
    _touch(change, review)


def _keep_version(review: Review, by: str) -> None:
    ReviewVersion.objects.update_or_create(
        review=review, version=review.version,
        defaults={"texts": review.texts, "state": review.state, "by_name": by, "at": clock.now()},
    )  # fmt: skip


def _touch(change: Change, review: Review) -> None:
    change.touch(f"incident:{review.incident_id}")
    change.touch("incidents:all")


def _locked(review_id: UUID) -> Review:
    found = Review.objects.select_for_update().filter(id=review_id).first()
    if found is None:
        raise NotFound("There is no such review.")
    return found


def _site_of(actor: Actor, review_id: UUID) -> UUID:
    rows = Review.objects.filter(id=review_id).exclude(hidden_from(actor, "incident__"))
    found = rows.values_list("site_id", flat=True).first()
    if found is None:
        raise NotFound("There is no such review.")
    return found


def add_finding(actor: Actor, review_id: UUID, kind: str, text: str, entry: str = "") -> bool:
    """A note of the hot wash, a strength or an area; the same `entry` twice is kept once. True when it is new."""
    text = " ".join(text.split())
    if kind not in FINDINGS or not text:
        raise Refused("Write what went well or what to mend.")
    if len(text) > MOST_NOTE:
        raise Refused(f"A note holds {MOST_NOTE} characters; this one has {len(text)}. Make two of it.")
    site = _site_of(actor, review_id)
    require(actor, "review.note" if kind in ("well", "mend") else "review.edit", site)
    with recorded_change(actor, "review.add_finding", why=text[:200]) as change:
        review = _locked(review_id)
        change.about(review)
        if not may_note(review.hot_wash_until, clock.now(), may(actor, "review.edit", site)):
            raise Refused("The hot wash is over. Tell your principal or the safety director, who edit the report.")
        _, is_new = Finding.objects.get_or_create(
            review=review, entry=(entry or str(new_id()))[:64],
            defaults={"kind": kind, "text": text, "by_name": actor.name, "role": actor.role},
        )  # fmt: skip
        _touch(change, review)
    return is_new


def remove_finding(actor: Actor, finding_id: UUID) -> UUID:
    """Takes a finding out of the report; its audit row keeps what it said. The review."""
    rows = Finding.objects.select_related("review").exclude(hidden_from(actor, "review__incident__"))
    row = rows.filter(id=finding_id).first()
    if row is None:
        raise NotFound("There is no such note.")
    require(actor, "review.edit", row.review.site_id)
    with recorded_change(actor, "review.remove_finding", target=row.review, why=row.text[:200]) as change:
        row.delete()
        _touch(change, row.review)
    return row.review_id


def open_hot_wash(actor: Actor, review_id: UUID) -> None:
    """Everybody may write for ten more minutes."""
    require(actor, "review.edit", _site_of(actor, review_id))
    with recorded_change(actor, "review.open_hot_wash") as change:
        review = _locked(review_id)
        review.hot_wash_until = clock.now() + timedelta(minutes=HOT_WASH_MINUTES)
        review.save(update_fields=["hot_wash_until"])
        change.about(review)
        _touch(change, review)


def rate_objective(actor: Actor, objective_id: UUID, rating: str, analysis: str) -> UUID:
    """Rates an observed objective P, S, M or U, or takes the rating back (""). The review."""
    if rating not in ("", *RATINGS):
        raise Refused("A rating is P, S, M or U.")
    rows = Objective.objects.select_related("review").exclude(hidden_from(actor, "review__incident__"))
    row = rows.filter(id=objective_id).first()
    if row is None:
        raise NotFound("There is no such objective.")
    require(actor, "review.edit", row.review.site_id)
    with recorded_change(actor, "review.rate_objective", target=row.review) as change:
        _refuse_final(row.review)
        row.rating, row.analysis, row.rated_by = rating, analysis.strip()[:MOST_TEXT], actor.name if rating else ""
        row.save(update_fields=["rating", "analysis", "rated_by"])
        change.note(objective=row.text, rating=rating)
        _touch(change, row.review)
    return row.review_id


def add_objective(actor: Actor, review_id: UUID, capability: str, text: str) -> None:
    """An objective somebody observed beside the drafted ones."""
    require(actor, "review.edit", _site_of(actor, review_id))
    if not text.strip():
        raise Refused("Say what should have worked.")
    with recorded_change(actor, "review.add_objective") as change:
        review = _locked(review_id)
        _refuse_final(review)
        last = Objective.objects.filter(review=review).aggregate(most=Max("number"))["most"] or 0
        Objective.objects.create(review=review, number=last + 1, capability=capability.strip()[:80] or "Other",
                                 text=text.strip()[:300])  # fmt: skip
        change.about(review)


def save_texts(actor: Actor, review_id: UUID, texts: Mapping[str, str], seen_version: int | None) -> int:
    """The report's texts, as a new version; its number. Conflict when somebody else wrote meanwhile."""
    require(actor, "review.edit", _site_of(actor, review_id))
    with recorded_change(actor, "review.save_texts") as change:
        review = _locked(review_id)
        change.about(review)
        _refuse_final(review)
        if seen_version is not None and seen_version != review.version:
            raise Conflict(
                f"{review.changed_by or 'Somebody'} has saved version {review.version} meanwhile. Look at it, then "
                "write yours into it."
            )
        review.texts = {**review.texts, **{k: v.strip()[:MOST_TEXT] for k, v in texts.items() if k in BLOCKS}}
        _next_version(review, actor)
        _touch(change, review)
    return review.version


def _next_version(review: Review, actor: Actor) -> None:
    review.version += 1
    review.changed_at, review.changed_by = clock.now(), actor.name
    review.save(update_fields=["texts", "state", "version", "changed_at", "changed_by"])
    _keep_version(review, actor.name)


def _refuse_final(review: Review) -> None:
    if review.state == "final":
        raise Refused("The report is final. Open it again to change it.")


def set_state(actor: Actor, review_id: UUID, state: str) -> None:
    """Makes the report final, or opens it again."""
    require(actor, "review.edit", _site_of(actor, review_id))
    if state not in ("draft", "final"):
        raise Refused("A report is a draft or final.")
    with recorded_change(actor, f"review.make_{state}") as change:
        review = _locked(review_id)
        change.about(review)
        if review.state != state:
            review.state = state
            _next_version(review, actor)
        _touch(change, review)


# -- the improvement plan -------------------------------------------------------------------------------------------


def write_improvement(
    actor: Actor, review_id: UUID, item_id: UUID | None, *, issue: str, action: str, owner: UUID | None,
    due_on: date | None, capability: str = "", element: str = "",
) -> UUID:  # fmt: skip
    """Adds an item to the improvement plan, or changes one; it needs an issue and what is done about it."""
    require(actor, "review.edit", _site_of(actor, review_id))
    issue, action = " ".join(issue.split())[:400], " ".join(action.split())[:400]
    if not issue or not action:
        raise Refused("Say what is to mend, and what is done about it.")
    if element and element not in ELEMENTS:
        raise Refused(f"An element is one of {', '.join(ELEMENTS)}.")
    name = person_facts(owner).name if owner else ""
    with recorded_change(actor, "review.write_improvement", why=action[:200]) as change:
        review = _locked(review_id)
        change.about(review)
        rows = Improvement.objects.filter(review=review)
        row = rows.filter(id=item_id).first() if item_id else None
        if item_id and row is None:
            raise NotFound("There is no such item in this plan.")
        if row is None:
            row = Improvement(review=review, number=(rows.aggregate(most=Max("number"))["most"] or 0) + 1)
        row.issue, row.action, row.owner_id, row.owner_name, row.due_on = issue, action, owner, name, due_on
        row.capability, row.element = capability.strip()[:80], element
        row.save()
        change.note(owner=name, due_on=str(due_on or ""))
        _touch(change, review)
    return row.id


def move_improvement(actor: Actor, item_id: UUID, state: str, proof: str = "") -> UUID:
    """An item is under way, done (with proof), dropped (with reason) or open again. The review."""
    rows = Improvement.objects.select_related("review").exclude(hidden_from(actor, "review__incident__"))
    row = rows.filter(id=item_id).first()
    if row is None:
        raise NotFound("There is no such item.")
    is_own = actor.user_id is not None and row.owner_id is not None and _is_of(row.owner_id, actor.user_id)
    if not (is_own and may(actor, "review.note", row.review.site_id)):
        require(actor, "review.edit", row.review.site_id)
    if state not in IMPROVEMENT_STATES:
        raise Refused("An item is open, under way, done or dropped.")
    if state in ("done", "dropped") and not proof.strip():
        raise Refused("Say how it is proved (a test, a photo's name, a work order) or why it is dropped.")
    with recorded_change(actor, f"review.improvement_{state}", target=row.review, why=proof) as change:
        row.state, row.proof = state, proof.strip()[:400] or row.proof
        row.done_at, row.done_by = (clock.now(), actor.name) if state in ("done", "dropped") else (None, "")
        row.save(update_fields=["state", "proof", "done_at", "done_by"])
        change.note(item=row.action[:100])
        if state == "done":
            change.announce(ImprovementDone(str(row.id), str(row.review_id), str(row.review.site_id)))
        _touch(change, row.review)
    return row.review_id


def _is_of(person: UUID, user: UUID) -> bool:
    return person_facts(person).user_id == user
