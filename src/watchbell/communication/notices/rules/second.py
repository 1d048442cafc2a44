"""Which messages take a second person: pure."""

from collections.abc import Iterable

from watchbell.communication.notices.facts import FEWEST_PEOPLE, NEARLY_PERCENT, SHARES, Draft, Share


def needs_second(draft: Draft, is_of_incident: bool, shares: Iterable[Share] = ()) -> str:
    """Why another person has to confirm this before it goes out, or "".

    is_of_incident: it is of an incident that is on or just over, in the incident's own mode, to its school only.
    shares: what of the district the audience reaches, however it was put together. It is nearly everybody from
    NEARLY_PERCENT on, whether by schools, grades, lists or names.
    """
    if draft.mode != "real" or is_of_incident:
        return ""
    if draft.audience.is_district_wide:
        return "It goes to the whole district."
    if draft.audience.is_every_bus:
        return "It goes to the riders of every bus of the district."
    if draft.purpose == "emergency":
        return "It is an emergency message outside of an incident of this school."
    return next(filter(None, map(_spell_share, shares)), "")


def _spell_share(share: Share) -> str:
    """ "It reaches nearly everybody in the district: 92% of its families. From 75% on, …", or "" for fewer."""
    if share.whole < FEWEST_PEOPLE or share.reached * 100 < share.whole * NEARLY_PERCENT:
        return ""
    return (
        f"It reaches nearly everybody in the district: {share.reached * 100 // share.whole}% of its "
        f"{SHARES.get(share.of, share.of)}. From {NEARLY_PERCENT}% on, it takes two people."
    )
