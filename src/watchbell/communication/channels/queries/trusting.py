"""How much a carrier brought and failed with of a message: what its word about an address is worth."""

from collections.abc import Collection, Mapping

from django.db.models import Count, Q

from watchbell.communication.channels.facts import BUSY, FAILED, SENT
from watchbell.communication.channels.models import Delivery
from watchbell.communication.channels.rules import NOT_THERE
from watchbell.district.sites.facts import read_id

#: (mailing, carrier) → (how many it brought, with how many it failed), see `rules.trust.is_at_fault`.
Answers = Mapping[tuple[str, str], tuple[int, int]]


def answers_of(asked: Collection[tuple[str, str]]) -> Answers:
    """What carriers did with messages. A batch that two have had counts for the second. One query."""
    mailings = [pk for mailing, _ in asked if (pk := read_id(mailing))]
    carriers = [pk for _, carrier in asked if (pk := read_id(carrier))]
    is_failed = Q(state=FAILED) & ~Q(code="expired") & ~Q(because__startswith=NOT_THERE)
    rows = Delivery.objects.filter(mailing__in=mailings, batch__carrier__in=carriers).order_by()
    counts = {
        (str(mailing), str(carrier)): (brought, failed)
        for mailing, carrier, brought, failed in rows.values_list("mailing", "batch__carrier").annotate(
            brought=Count("id", filter=Q(state__gte=SENT, state__lte=BUSY)), failed=Count("id", filter=is_failed)
        )
    }  # fmt: skip
    return {one: counts.get(one, (0, 0)) for one in asked}
