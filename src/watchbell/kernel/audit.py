"""The audit chain: committed rows are linked each second, in order, by hash; `doctor` walks the chain."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import CharField, Q, QuerySet
from django.db.models.functions import Cast

from watchbell.kernel.acting import acting_in
from watchbell.kernel.changes import recorded_batch
from watchbell.kernel.models import AuditRow, District
from watchbell.kernel.tenancy import tenant_models
from watchbell.line import clock

FIELDS = ("id", "at", "actor_id", "actor_name", "role", "action", "target", "target_id", "why", "from_where", "cause",
          "details", "number", "previous")  # fmt: skip


@dataclass(frozen=True)
class ChainVerdict:
    """What walking a chain found: `broken_at` is the first number that does not hold, None when all do."""

    rows: int
    head: str
    unsealed: int
    broken_at: int | None
    because: str = ""


def action_words(action: str) -> str:
    """An action's name as a sentence: `incidents.give_all_clear` → "Incidents: give all clear"."""
    return action.replace("_", " ").replace(".", ": ", 1).capitalize()


def seal_of(row: AuditRow) -> str:
    """SHA-256 over the row's fields and the seal before it, as hex."""
    told = {name: str(getattr(row, name)) if name != "details" else row.details for name in FIELDS}
    return hashlib.sha256(json.dumps(told, sort_keys=True, default=str).encode()).hexdigest()


def seal_rows(district: UUID, limit: int = 2000) -> int:
    """Links the district's committed, unlinked rows; one sealer at a time. Returns how many."""
    with acting_in(district), recorded_batch("seal"):
        with connection.cursor() as cursor:
            cursor.execute("select pg_try_advisory_xact_lock(hashtext(%s))", [f"seal:{district}"])
            if not cursor.fetchone()[0]:
                return 0
        rows = list(AuditRow.objects.filter(number=None).order_by("at", "id")[:limit])
        if not rows:
            return 0
        head = AuditRow.objects.exclude(number=None).order_by("-number").first()
        number, previous = (head.number or 0, head.seal) if head else (0, "")
        for row in rows:
            number += 1
            row.number, row.previous = number, previous
            row.seal = previous = seal_of(row)
        _write_seals(rows)
        return len(rows)


def _write_seals(rows: list[AuditRow]) -> None:
    """One statement: in a storm of answers a thousand rows a second wait for their seals."""
    columns = [
        list(column) for column in zip(*((row.pk, row.number, row.previous, row.seal) for row in rows), strict=True)
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            "update kernel_auditrow a set number = t.number, previous = t.previous, seal = t.seal from"
            " unnest(%s::uuid[], %s::bigint[], %s::text[], %s::text[]) as t (id, number, previous, seal)"
            " where a.id = t.id",
            columns,
        )


def seal_all() -> int:
    """`seal_rows` for every district."""
    return sum(seal_rows(district) for district in District.objects.values_list("id", flat=True))


def about_sites(sites: Iterable[UUID]) -> Q:
    """Rows about these sites, or about what belongs to one of them; also those that came of it (their `cause`)."""
    wanted = list(sites)
    there: QuerySet[Any] | None = None
    for model in tenant_models():
        if any(field.name == "site" for field in model._meta.concrete_fields):
            rows: QuerySet[Any] = model._default_manager.filter(site__in=wanted)
            ids = rows.order_by().values_list(Cast("pk", CharField()), flat=True)
            there = ids if there is None else there.union(ids, all=True)
    told = Q(target_id__in=[str(site) for site in wanted])
    return told if there is None else told | Q(target_id__in=there) | Q(cause__in=there)


def verify_chain(district: UUID) -> ChainVerdict:
    """Walks the whole chain of a district."""
    with acting_in(district), transaction.atomic():
        late = clock.now() - timedelta(seconds=5)
        unsealed = AuditRow.objects.filter(number=None, at__lt=late).count()
        previous, count = "", 0
        for row in AuditRow.objects.exclude(number=None).order_by("number").iterator(chunk_size=2000):
            count += 1
            if row.number != count:
                return ChainVerdict(count, previous, unsealed, count, f"row {count} is missing")
            if row.previous != previous or row.seal != seal_of(row):
                return ChainVerdict(count, previous, unsealed, row.number, f"row {row.number} was altered")
            previous = row.seal
        return ChainVerdict(count, previous, unsealed, None)
