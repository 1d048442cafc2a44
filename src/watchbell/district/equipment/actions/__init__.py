"""Writing equipment, and telephones with their rooms."""

from watchbell.district.equipment.actions.equipment import *  # noqa: F403
from watchbell.district.equipment.actions.telephones import *  # noqa: F403
