"""Reading cameras, for who decides about looks into them."""

from django.db.models import QuerySet

from watchbell.district.equipment.models import Equipment


def camera_rows() -> QuerySet[Equipment]:
    """The cameras in use with their places and without their secrets. No permission: who reads them judges."""
    rows = Equipment.objects.filter(kind="camera", is_retired=False)
    return rows.select_related("site", "place", "floor").defer("secret")
