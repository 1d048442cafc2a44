"""Decides who may look into a camera live."""

from collections.abc import Collection, Sequence

from watchbell.field.video.facts import AGENCIES, PRIVATE_KINDS, PRIVATE_WORDS, CameraFacts, GateFacts, LookVerdict


def is_private(camera: CameraFacts) -> bool:
    """Whether it hangs where nobody is looked at: by the kind of its place, or by the words in the names."""
    told = f"{camera.place_name}\n{camera.name}"
    return camera.place_kind in PRIVATE_KINDS or PRIVATE_WORDS.search(told) is not None


def judge_look(
    camera: CameraFacts, roles: Collection[str], *, at_any_time: bool, may_ask: bool, gates: Sequence[GateFacts]
) -> LookVerdict:
    """Whether somebody may look into `camera` now.

    roles, at_any_time, may_ask: their roles and rights at its site. gates: open ones at its site that they may know of,
    newest first.
    """
    if is_private(camera):
        return LookVerdict(False, "Nobody looks into this room live: it is private.")
    if not camera.is_live:
        return LookVerdict(False, "This camera is set never to be looked at live.")
    own = [gate for gate in gates if gate.is_open and gate.site == camera.site]
    if at_any_time:
        return LookVerdict(True, "Your role may look at any time.", own[0] if own else None)
    agency = next((role for role in roles if role in AGENCIES), "")
    if not agency or not may_ask:
        return LookVerdict(False, "Your role may not look into cameras.")
    called = [gate for gate in own if set(roles) & set(gate.agencies)]
    if called:
        return LookVerdict(True, f"{called[0].name} is open at {camera.site_name}.", called[0], is_gated=True)
    return LookVerdict(
        False,
        f"No incident that involves {AGENCIES[agency]} is open at {camera.site_name}. Its cameras open with one, "
        "and close with it.",
    )
