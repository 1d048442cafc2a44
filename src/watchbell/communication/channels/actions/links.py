"""A guardian whose address does not work is sent the link to their own page by another way."""

from uuid import UUID

from django.utils import timezone

from watchbell.communication.channels import rules
from watchbell.communication.channels.facts import BY_WAY
from watchbell.communication.channels.models import ContactLink
from watchbell.communication.channels.queries.links import (
    bad_address_seen_by,
    contacts_at_home,
    link_channels,
    link_sent_on,
    link_ways,
)
from watchbell.kernel.changes import recorded_change, take_turns
from watchbell.kernel.permissions import Actor
from watchbell.kernel.zones import zone_of
from watchbell.line.clock import now
from watchbell.line.errors import Conflict, Refused


def send_contact_link(actor: Actor, bad_id: UUID, way: str) -> ContactLink:
    """By the way of this key (facts.LinkWay), once per guardian and day.

    Raises NotFound, Conflict when one went out today, Refused when no other way works or this one does no more.
    """
    moment = now()
    zone = zone_of(actor.district)
    today = timezone.localdate(moment, zone)
    with recorded_change(actor, "channels.send_contact_link") as change:
        bad = bad_address_seen_by(actor, bad_id)
        person = bad.person
        if person is None:
            raise Refused("The records know nobody with this address: there is no one to send a link to.")
        take_turns(f"contact link:{person.pk}")
        before = link_sent_on(person.pk, today)
        if before is not None:
            when = f"{timezone.localtime(before.sent_at, zone):%H:%M}"
            raise Conflict(f"Their link went out at {when} {BY_WAY[before.channel]}; one a day is enough.")
        contacts, channels = contacts_at_home(person.pk), link_channels()
        ways = {one.key: one for one in link_ways(contacts, channels)}
        if not ways:
            raise Refused(rules.say_no_link_way(contacts, channels))
        if way not in ways:
            raise Refused("That way does not work any more. Choose another.")
        chosen = ways[way]
        row = ContactLink.objects.create(
            person=person, bad_address=bad.address, channel=chosen.channel, address=chosen.to,
            to_name=chosen.name[:200], language=chosen.language[:16], sent_on=today, sent_at=moment,
            sent_by=actor.name[:160],
        )  # fmt: skip
        change.about(person)
        change.note(channel=chosen.channel, to=chosen.name)
        change.ask_soon("channels.send_contact_link", link=str(row.pk))
    return row
