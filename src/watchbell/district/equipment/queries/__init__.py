"""Reading equipment, and telephones with their dispatchable locations."""

from watchbell.district.equipment.queries.reading import *  # noqa: F403
from watchbell.district.equipment.queries.telephones import *  # noqa: F403
