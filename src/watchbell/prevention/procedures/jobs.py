"""Slow work of the cards: which sheets on walls still hold."""

from watchbell.kernel.districts import own_district
from watchbell.kernel.permissions import system_actor
from watchbell.prevention.procedures import actions


def judge_walls() -> None:
    """Comes round each hour, and after a card was approved or taken back: days pass, rooms and AEDs change."""
    actions.judge_walls(system_actor(own_district().id))
