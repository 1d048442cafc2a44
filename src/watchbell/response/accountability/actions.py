"""The verbs of the roll call: reports are taken once each, questions answered, substitutes known, looks recorded."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.core.cache import cache

from watchbell.district.people.facts import PersonFacts
from watchbell.district.people.queries import people_by_id, people_named
from watchbell.district.sites.queries import is_place_of, place_names, site_facts
from watchbell.kernel.changes import record_look, recorded_change, take_turns
from watchbell.kernel.permissions import Actor, may, require
from watchbell.line import clock
from watchbell.line.errors import NotFound, Refused
from watchbell.line.ids import new_id
from watchbell.response.accountability import queries, rules
from watchbell.response.accountability.facts import (
    KINDS,
    LOOK_SECONDS,
    MOST_GUESTS,
    MOST_REPORTS,
    STATES,
    WAYS,
    Told,
    Verdict,
)
from watchbell.response.accountability.models import Cover, PersonReport, Resolution
from watchbell.response.incidents.queries import incident_seen_by


def take_reports(actor: Actor, incident_id: UUID, told: Sequence[Told]) -> list[Verdict]:
    """Keeps a batch of reports, each with its own verdict; what was kept before is said to be repeated.

    Raises NotFound and Refused for the whole batch only where the incident or the right to report is missing.
    """
    incident = incident_seen_by(actor, incident_id)
    require(actor, "accountability.report", incident.site_id)
    if len(told) > MOST_REPORTS:
        raise Refused(f"At most {MOST_REPORTS} reports at once; send the rest after these.")
    verdicts: dict[str, Verdict] = {}
    with recorded_change(actor, "accountability.take_reports", target=incident, cause=str(incident_id)) as change:
        take_turns(f"roll:{incident_id}")
        ids = [str(one.get("id", "")) for one in told]
        known = set(PersonReport.objects.filter(report__in=ids).values_list("report", flat=True))
        people = people_by_id(one["person"] for one in told if one.get("person"))
        places = place_names(one["place"] for one in told if one.get("place"))
        rows = []
        for key, one in zip(ids, told, strict=True):
            if key in known or key in verdicts:
                verdicts.setdefault(key, Verdict(key, "repeated"))
                continue
            row, because = _read(actor, incident, one, people, places)
            verdicts[key] = Verdict(key, "refused" if because else "kept", because)
            rows += [row] if row is not None else []
        PersonReport.objects.bulk_create(rows)
        touched = _places_touched(rows, people)
        change.note(kept=len(rows), refused=sum(1 for one in verdicts.values() if one.verdict == "refused"))
        if rows:
            change.touch(f"incident:{incident_id}")
            change.ask_soon("accountability.tell_rooms", incident=str(incident_id), by=actor.name,
                            places=sorted(str(place) for place in touched), cause=str(rows[-1].id))  # fmt: skip
    return [verdicts[key] for key in ids]


def _places_touched(rows: Iterable[PersonReport], people: Mapping[UUID, PersonFacts]) -> set[UUID]:
    """Where they were reported, and where they belong: both rooms' counts change."""
    found = {row.place_id for row in rows if row.place_id}
    homes = {person.place for row in rows if row.person_id and (person := people.get(row.person_id)) and person.place}
    return found | homes


def _read(
    actor: Actor, incident: Any, told: Told, people: Mapping[UUID, PersonFacts], places: Mapping[UUID, str]
) -> tuple[PersonReport | None, str]:
    """(row, "") or (None, why not)."""
    now = clock.now()
    because = _fault(actor, incident, told, people, places)
    made_at: datetime = rules.set_right(told.get("made_at") or now, now)
    because = because or rules.is_in_time(made_at, incident.opened_at, incident.closed_at, now)
    if because:
        return None, because
    person = people.get(told["person"]) if told.get("person") else _only_match(actor, incident, told)
    name = person.name if person else " ".join(str(told.get("name", "")).split())[:160] or "Guests"
    kind = told.get("kind") or (person.kind if person else "guest")
    count = 1 if person else int(told.get("count", 1))
    place = told.get("place")
    return PersonReport(
        id=new_id(), incident_id=incident.id, report=str(told["id"]), person_id=person.id if person else None,
        name=name, kind=kind if kind in KINDS else "guest", count=count, state=told["state"], place_id=place,
        subject=rules.subject_of(person.id if person else None, name if told.get("name") or person else "", count,
                                 str(told["id"]))[:200],
        place_name=places.get(place, "") if place else str(told.get("place_name", ""))[:160],
        way=str(told["way"]) if told.get("way") in WAYS else "name", note=str(told.get("note", ""))[:400],
        by=queries.reporter_of(actor), by_name=actor.name, made_at=made_at, received_at=now,
    ), ""  # fmt: skip


def _only_match(actor: Actor, incident: Any, told: Told) -> PersonFacts | None:
    """A name typed without a network is the one student or member of staff here who is called so, if it is one."""
    name = " ".join(str(told.get("name", "")).split())
    if not name or told.get("kind") not in ("student", "staff"):
        return None
    found = [one for one in people_named(name, [incident.site_id], 3) if one.name.casefold() == name.casefold()]
    return found[0] if len(found) == 1 else None


def _fault(
    actor: Actor, incident: Any, told: Told, people: Mapping[UUID, PersonFacts], places: Mapping[UUID, str]
) -> str:
    """What is wrong with a report, in words; "" when nothing is."""
    if not str(told.get("id", "")).strip() or len(str(told["id"])) > 64:
        return "A report needs an id of its own, at most 64 characters."
    if told.get("state") not in STATES:
        return f"A person is one of: {', '.join(STATES)}."
    if not 1 <= int(told.get("count", 1)) <= MOST_GUESTS:
        return f"Guests are counted from 1 to {MOST_GUESTS}."
    if told.get("person"):
        person = people.get(told["person"])
        if person is None or (actor.sites is not None and person.site not in actor.sites):
            return "There is no such person, or you may not see them."
    elif not str(told.get("name", "")).strip() and told.get("kind", "guest") != "guest":
        return "Say who it is."
    place = told.get("place")
    if place and (place not in places or not is_place_of(place, incident.site_id)):
        return "This place is not at the site of the incident."
    return ""


def answer_question(
    actor: Actor, incident_id: UUID, subject: str, report: UUID | None, because: str = ""
) -> None:  # fmt: skip
    """Says which word on a person holds (report), or (None) that they are different people. Raises Refused."""
    incident = incident_seen_by(actor, incident_id)
    standing = queries.standing_of(incident_id, subject)
    has_right = may(actor, "accountability.decide", incident.site_id)
    if not rules.may_answer(standing, queries.reporter_of(actor), has_right):
        raise Refused("The office answers this, or one of the two who reported this person.")
    chosen = next((one for one in standing.rivals if one.id == report), None)
    if report is not None and chosen is None:
        raise NotFound("This is not one of the reports in question any more; look again.")
    with recorded_change(
        actor, "accountability.answer_question", target=incident, why=because, cause=str(incident_id)
    ) as change:
        row = Resolution.objects.create(
            incident_id=incident_id, subject=subject, chosen_id=report, because=because[:400], by_name=actor.name,
            at=clock.now(),
        )  # fmt: skip
        places = {str(one.place) for one in standing.rivals if one.place}
        change.note(subject=subject, chosen=chosen.place_name if chosen else "different people")
        change.touch(f"incident:{incident_id}")
        change.ask_soon("accountability.tell_rooms", incident=str(incident_id), by=actor.name, places=sorted(places),
                        cause=str(row.id))  # fmt: skip


def stand_in(actor: Actor, place_id: UUID) -> None:
    """A substitute says in which room they teach today; the newest choice of a day counts. Raises NotFound, Refused."""
    found = queries.list_of_room(actor, place_id)
    if actor.user_id is None:
        raise Refused("Only a person stands in for another.")
    today = clock.now().astimezone(ZoneInfo(site_facts(found["site"]).timezone)).date()
    with recorded_change(actor, "accountability.stand_in", target=found["place_name"]) as change:
        Cover.objects.update_or_create(
            district_id=actor.district, user_id=actor.user_id, on=today,
            defaults={"place_id": place_id, "at": clock.now()},
        )  # fmt: skip
        change.note(place=str(place_id))


def note_look(actor: Actor, what: str, target: Any, count: int) -> None:
    """A look at a list of names is recorded; the same list again within minutes is the same look."""
    if not count:
        return
    key = f"look:{actor.district}:{actor.user_id}:{what}:{getattr(target, 'pk', target)}"
    if cache.add(key.replace(" ", "_"), 1, LOOK_SECONDS):
        record_look(actor, f"accountability.{what}", target, f"{count} names")
