"""Decides about equipment, and about telephones and their rooms."""

from watchbell.district.equipment.rules.equipment import *  # noqa: F403
from watchbell.district.equipment.rules.telephones import *  # noqa: F403
