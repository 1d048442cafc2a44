"""Pages of equipment, and of telephones with their rooms."""

from watchbell.district.equipment.pages.equipment import *  # noqa: F403
from watchbell.district.equipment.pages.telephones import *  # noqa: F403
