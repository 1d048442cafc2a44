"""Links and codes: which there are, what they open, for whom; permission inside."""

import hmac
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from watchbell.district.accounts.queries import hidden_from
from watchbell.kernel.permissions import Actor, require
from watchbell.line import clock, passes
from watchbell.line.errors import NotFound
from watchbell.line.passes import Pass
from watchbell.line.signing import Signer
from watchbell.response.dispatch import rules
from watchbell.response.dispatch.facts import LINK_RIGHTS, LinkFacts
from watchbell.response.dispatch.models import DispatchLink
from watchbell.response.incidents.facts import OutsideOrder
from watchbell.response.incidents.queries import open_incidents, outside_orders

CARRY = ("tell_dispatch", "update_dispatch", "place_call")


def link_facts(link: DispatchLink) -> LinkFacts:
    return LinkFacts(link.mark, link.expires_at, link.revoked_at is not None, link.incident.closed_at)


def links_of(incident: Any) -> list[DispatchLink]:
    """Links opened, withdrawn or made by hand, newest first."""
    return list(DispatchLink.objects.filter(incident=incident).order_by("-made_at", "-id"))


def one_link(actor: Actor, link_id: UUID) -> DispatchLink:
    """One link. Raises NotFound at a site where `actor` may not change links, and for an incident hidden from them."""
    require(actor, "dispatch.links")
    rows = DispatchLink.objects.select_related("incident").exclude(hidden_from(actor, "incident__"))
    found = rows.filter(id=link_id).first()
    if found is None or (actor.sites is not None and found.incident.site_id not in actor.sites):
        raise NotFound("There is no such link, or you may not see it.")
    return found


def sent_links(
    incident: Any, orders: Iterable[OutsideOrder] | None = None, links: Iterable[DispatchLink] | None = None
) -> list[dict[str, Any]]:
    """Links that went out with orders and that nobody has opened yet: {"order", "for_whom", "at", "how"}.

    orders, links: as `outside_orders` and `links_of` give them, where the caller has them.
    """
    known = {link.order for link in (links_of(incident) if links is None else links)}
    return [
        {"order": one.order, "for_whom": one.endpoint, "at": one.asked_at,
         "how": "code, said on the telephone" if one.action == "place_call" else "link in the EIDO"}
        for one in (outside_orders(incident) if orders is None else orders)
        if one.action in CARRY and one.state == "done" and one.order not in known
    ]  # fmt: skip


def press_of(order: str) -> tuple[str, str]:
    """(press, who was told) of the order a code was said for in the acting district; ("", "") for none."""
    for incident in open_incidents():
        for one in outside_orders(incident):
            if one.order == order:
                return one.press, one.endpoint
    return "", ""


def find_code(code: str) -> str:
    """The order, or the hand-made link, whose code this is in the acting district; "" for none."""
    signer = Signer()
    found = ""
    for incident in open_incidents():
        orders = [one.order for one in outside_orders(incident) if one.action == "place_call"]
        orders += [link.order for link in links_of(incident)]
        for order in orders:
            if hmac.compare_digest(passes.make_code(signer, order), code):
                found = order
    return found


def may_open(order: str, mark: str) -> str:
    """Why the link of `order` opens nothing for the session `mark`; "" when it does, or has no row yet."""
    link = DispatchLink.objects.select_related("incident").filter(order=order).first()
    return "" if link is None else rules.judge_link(link_facts(link), mark, clock.now())


def make_visitor(link_id: UUID, mark: str, from_where: str) -> Actor | None:
    """Who holds an opened link, as an actor for its incident's site; None when it opens nothing any more."""
    link = DispatchLink.objects.select_related("incident").filter(id=link_id).first()
    if link is None or not link.mark or rules.judge_link(link_facts(link), mark, clock.now()):
        return None
    name = f"{link.opened_by}, {link.for_whom}" if link.opened_by else link.for_whom
    return Actor(
        user_id=None, name=name[:160], role="dispatcher", district=link.district_id, permissions=LINK_RIGHTS,
        sites=frozenset({link.incident.site_id}), from_where=f"link {link.id} {from_where}"[:80],
    )  # fmt: skip


def pass_of(order: str, district: str) -> Pass:
    """What the link of `order` would say: for a code, which is as good as its link."""
    link = DispatchLink.objects.filter(order=order).first()
    until = link.expires_at.timestamp() if link else clock.unix() + passes.PASS_SECONDS
    return Pass(district, press_of(order)[0], order, int(until))
