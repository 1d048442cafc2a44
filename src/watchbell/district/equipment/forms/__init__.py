"""Input shapes of equipment, and of telephones with their rooms."""

from watchbell.district.equipment.forms.equipment import SHAPES, EquipmentForm, kind_choices
from watchbell.district.equipment.forms.telephones import TelephoneForm, TelephonesFileForm

__all__ = ["SHAPES", "EquipmentForm", "TelephoneForm", "TelephonesFileForm", "kind_choices"]
