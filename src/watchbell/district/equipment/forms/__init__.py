"""Input shapes of equipment, and of telephones with their rooms."""

from watchbell.district.equipment.forms.equipment import EquipmentForm
from watchbell.district.equipment.forms.shapes import SHAPES, kind_choices, way_of
from watchbell.district.equipment.forms.telephones import TelephoneForm, TelephonesFileForm

__all__ = ["SHAPES", "EquipmentForm", "TelephoneForm", "TelephonesFileForm", "kind_choices", "way_of"]
