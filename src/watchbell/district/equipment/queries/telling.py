"""Of what an owner is to be told, when they were told last, and through which staff phones a push reaches them."""

from datetime import datetime, timedelta
from uuid import UUID

from watchbell.district.accounts.queries import roles_held, subscriptions_of_users
from watchbell.district.equipment.facts import EquipmentFacts
from watchbell.district.equipment.queries.reading import _in_use, _open_facts, owned_by
from watchbell.kernel.models import AuditRow
from watchbell.line import clock

#: What fell silent longer ago stands on the owner's home page and is news no more.
NEWS = timedelta(days=1)


def told_last(owner: UUID, action: str) -> datetime | None:
    """When this person was last pushed to about silent equipment, within a day."""
    rows = AuditRow.objects.filter(action=action, at__gt=clock.now() - NEWS, details__owner=str(owner))
    return rows.order_by("-at").values_list("at", flat=True).first()


def silent_of(owner: UUID, since: datetime | None) -> list[EquipmentFacts]:
    """What the person answers for, is silent now and fell silent after `since`, at most a day ago; nothing that is for
    tests. One query beside the owner rules'."""
    rows = _in_use().filter(owned_by(owner), state="silent", is_test=False)
    oldest = clock.now() - NEWS
    return _open_facts(rows.filter(silence_told_at__gt=max(since or oldest, oldest)).order_by("name", "id"))


def phones_that_reach(user: UUID, sites: list[UUID]) -> EquipmentFacts | None:
    """The staff phones through which this account is pushed to, of one of `sites` rather than of others; None while
    the person takes pushes on no device, or works nowhere where staff have them."""
    if not subscriptions_of_users([user]):
        return None
    held = {site for _, site in roles_held(user)}
    groups = _open_facts(_in_use().filter(kind="push_group", gateway="webpush", is_test=False).order_by("name", "id"))
    reach = [group for group in groups if group.site and (None in held or group.site in held)]
    return min(reach, key=lambda group: group.site not in sites, default=None)
