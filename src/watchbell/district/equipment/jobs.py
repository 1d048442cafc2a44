"""What comes round for equipment: the night's audit of telephones."""

from watchbell.district.equipment import actions
from watchbell.kernel.acting import acting_district
from watchbell.kernel.permissions import system_actor


def audit_telephones() -> None:
    """Looks at every telephone's location in the acting district."""
    district = acting_district()
    if district is not None:
        actions.audit_telephones(system_actor(district))
