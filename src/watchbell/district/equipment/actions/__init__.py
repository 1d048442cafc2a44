"""Writing equipment, badges with who carries them, and telephones with their rooms."""

from watchbell.district.equipment.actions.badges import give_badge, take_badge_back
from watchbell.district.equipment.actions.equipment import (
    BATCH,
    HEARD_FIELDS,
    add_equipment,
    add_staff_groups,
    change_equipment,
    give_owner,
    load_equipment,
    note_silence,
    place_equipment,
    record_screens,
    record_statuses,
    retire_equipment,
    set_silence_limit,
    write_owner_rule,
)
from watchbell.district.equipment.actions.telephones import (
    AUDITS_KEPT,
    GATEWAY,
    audit_telephones,
    confirm_telephones,
    import_telephones,
    place_telephone,
)
from watchbell.district.equipment.actions.telling import TELLING, ask_to_tell, tell_owner

__all__ = [
    "AUDITS_KEPT",
    "BATCH",
    "GATEWAY",
    "HEARD_FIELDS",
    "TELLING",
    "add_equipment",
    "add_staff_groups",
    "ask_to_tell",
    "audit_telephones",
    "change_equipment",
    "confirm_telephones",
    "give_badge",
    "give_owner",
    "import_telephones",
    "load_equipment",
    "note_silence",
    "place_equipment",
    "place_telephone",
    "record_screens",
    "record_statuses",
    "retire_equipment",
    "set_silence_limit",
    "take_badge_back",
    "tell_owner",
    "write_owner_rule",
]
