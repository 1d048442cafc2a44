"""Who answered what to a notice's question, by household: where one has answered, the family has."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db.models import Count, QuerySet, Subquery

from watchbell.communication.channels.queries.told import first_recipients
from watchbell.communication.notices.models import Answer, Notice, NoticeText

#: Nobody of the family has answered.
NONE = "none"


def answer_choices(notice: Notice) -> list[tuple[str, str]]:
    """What a ledger can be narrowed to: each answer by its number, and that there is none."""
    listed = [(str(number), f"Answered “{option}”") for number, option in enumerate(notice.options)]
    return [("", "Any answer"), *listed, (NONE, "Has not answered")] if listed else []


def answered_as(rows: QuerySet[Any], notice: Notice, answer: str) -> QuerySet[Any]:
    """Recipients (rows with `family`) of whose family somebody gave this answer (its number); NONE: nobody any."""
    given = Answer.objects.filter(notice=notice)
    if answer == NONE and notice.options:
        return rows.exclude(family__in=given.values("family"))
    if answer.isdecimal() and len(answer) < 3 and int(answer) < len(notice.options):
        return rows.filter(family__in=given.filter(option=int(answer)).values("family"))
    return rows


def answers_given(notice: Notice, families: Iterable[UUID] | None = None) -> dict[tuple[UUID, str], Answer]:
    """{(family, name): their answer}, also where it was to an earlier version; None: of all. One query."""
    rows = Answer.objects.filter(notice=notice).order_by("at")
    rows = rows if families is None else rows.filter(family__in=list(families))
    return {(row.family, row.name): row for row in rows}


def answers_counted(notice: Notice) -> tuple[list[dict[str, Any]], int]:
    """Each answer with how many gave it; and of how many families somebody has answered. One query."""
    given = Answer.objects.filter(notice=notice).order_by()
    homes = given.values("notice").annotate(n=Count("family", distinct=True)).values("n")
    rows = list(given.values_list("option").annotate(n=Count("id"), homes=Subquery(homes)))
    counts = {option: count for option, count, _ in rows}
    listed = [{"option": option, "count": counts.get(number, 0), "number": number}
              for number, option in enumerate(notice.options)]  # fmt: skip
    return listed, rows[0][2] if rows else 0


def answers_of(notice: Notice) -> list[dict[str, Any]]:
    """Each answer with how many gave it. One query."""
    return answers_counted(notice)[0]


def corrections_told(notice: Notice) -> list[tuple[int, str, str]]:
    """(version, title, short text) of each version in its first language, from the first on. One query."""
    rows = NoticeText.objects.filter(notice=notice).order_by("version", "position", "language")
    found: dict[int, tuple[int, str, str]] = {}
    for row in rows:
        found.setdefault(row.version, (row.version, row.title, row.short))
    return list(found.values())


def own_answers(recipients: Iterable[Any]) -> dict[UUID, int]:
    """{recipient: the option they chose, by whichever sending's link}. Two queries."""
    listed = list(recipients)
    kept = answerers_of(listed)
    rows = Answer.objects.filter(recipient__in=[kept.get(one.pk, one.pk) for one in listed])
    chosen = dict(rows.values_list("recipient", "option"))
    return {one.pk: chosen[first] for one in listed if (first := kept.get(one.pk, one.pk)) in chosen}


def answerers_of(recipients: Iterable[Any]) -> dict[UUID, UUID]:
    """{recipient of a correction: the recipient under whom this person's answer is kept}; others keep their own.

    A correction makes whoever was told before a recipient once more, and they answer once. Two queries at most.
    """
    later, alike = [], {}
    for one in recipients:
        kind, *rest = one.mailing.about.split(":")
        if kind == "notice" and len(rest) == 2 and rest[1].isdecimal():
            later.append(one)
            alike |= {":".join(filter(None, (kind, rest[0], str(number or "")))): rest[0]
                      for number in range(int(rest[1]) + 1)}  # fmt: skip
    return first_recipients(later, alike) if later else {}
