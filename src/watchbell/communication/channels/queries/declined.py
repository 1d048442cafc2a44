"""Who wants nothing of a message any more that still waits to be sent."""

from django.db.models import OuterRef, Q, Subquery

from watchbell.communication.channels.facts import DECLINABLE, WAITING, LeftOut
from watchbell.communication.channels.models import BadAddress, Batch, Consent, Delivery
from watchbell.communication.channels.rules import BY_HAND_DOUBTFUL, DECLINED, say_bad


def left_out_since(batch: Batch, purpose: str) -> list[LeftOut]:
    """Of a batch's waiting messages those declined, or whose address was found bad, since they were made. One query.

    An emergency leaves nobody out. What somebody tries again by hand goes also where nothing has arrived.
    """
    if purpose == "emergency":
        return []
    wish = Consent.objects.filter(channel=batch.channel, address=OuterRef("to"), purpose=purpose)
    bad = BadAddress.held().filter(channel=batch.channel, address=OuterRef("to"))
    rows = Delivery.objects.filter(batch=batch, state=WAITING).annotate(
        is_wanted=Subquery(wish.order_by("-at", "-id").values("is_wanted")[:1]), bad=Subquery(bad.values("because")[:1])
    )  # fmt: skip
    is_declined = Q(is_wanted=False) if purpose in DECLINABLE else Q(pk=None)
    is_by_hand = Q(at__isnull=False) | Q(because=BY_HAND_DOUBTFUL)
    rows = rows.filter(is_declined | (Q(bad__isnull=False) & ~is_by_hand))
    return [
        LeftOut(pk, DECLINED) if is_wanted is False and purpose in DECLINABLE else LeftOut(pk, say_bad(why), True)
        for pk, is_wanted, why in rows.values_list("pk", "is_wanted", "bad")
    ]
