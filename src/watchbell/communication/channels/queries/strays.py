"""Wishes by mail of which nobody can tell whose they are."""

from uuid import UUID

from django.db.models import QuerySet
from django.db.models.functions import Lower

from watchbell.communication.channels.models import ContactChange, StrayWish
from watchbell.communication.channels.queries import SEE
from watchbell.district.people.queries import addresses_at
from watchbell.kernel.permissions import Actor, require
from watchbell.line.errors import NotFound


def stray_wishes_seen_by(actor: Actor, *, is_open: bool = True) -> QuerySet[StrayWish]:
    """The newest first. Who is not of the whole district sees those of the own schools' people."""
    require(actor, SEE)
    rows = StrayWish.objects.filter(settled_at__isnull=is_open).order_by("-at", "-id")
    if actor.sites is None:
        return rows
    people, known = addresses_at(actor.sites)
    own = ContactChange.objects.filter(person__in=people, confirmed_at__isnull=False).exclude(value="")
    mine = {address.lower() for address in known.union(own.values_list("value", flat=True))}
    return rows.annotate(written_by=Lower("sender")).filter(written_by__in=mine)


def stray_wish_seen_by(actor: Actor, wish_id: UUID) -> StrayWish:
    """One that is open. Raises NotFound."""
    row = stray_wishes_seen_by(actor).filter(pk=wish_id).first()
    if row is None:
        raise NotFound("There is no such wish, or it is settled already.")
    return row
