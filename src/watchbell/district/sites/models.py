"""Tables of places: site, building, floor, place, door, and the picture behind a floor's plan."""

from django.db import models

from watchbell.district.sites.facts import PLACE_KINDS, SITE_KINDS
from watchbell.kernel.tenancy import TenantModel


class Site(TenantModel):
    """A campus. address: civic parts by RFC 5139 name (HNO, RD, A3, A1, PC, country)."""

    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=12, choices=list(SITE_KINDS.items()))
    code = models.CharField(max_length=20)
    address = models.JSONField(default=dict, blank=True)
    phone = models.CharField(max_length=32, blank=True)
    latitude = models.FloatField(null=True, blank=True)
    longitude = models.FloatField(null=True, blank=True)
    timezone = models.CharField(max_length=64, default="America/Chicago")
    sourced_id = models.CharField(max_length=255, blank=True)
    is_first = models.BooleanField(default=False)
    is_fallback = models.BooleanField(default=False)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["district", "code"], name="site_code_once"),
            models.UniqueConstraint(
                fields=["district"], condition=models.Q(is_fallback=True), name="one_fallback_site"
            ),
        ]
        indexes = [models.Index(fields=["district", "name"], name="site_by_name")]

    def __str__(self) -> str:
        return self.name


class Building(TenantModel):
    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="buildings")
    name = models.CharField(max_length=120)
    code = models.CharField(max_length=20, blank=True)

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["district", "site", "name"], name="building_name_once")]

    def __str__(self) -> str:
        return self.name


class Floor(TenantModel):
    """A floor and its plan. outline, grounds: GeoJSON-like lists in plan units; level: 1 = ground.

    placement: three points [{"x","y","latitude","longitude"}, …] that tie plan units to the earth, or [].
    """

    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="floors")
    building = models.ForeignKey(Building, on_delete=models.CASCADE, related_name="floors")
    level = models.IntegerField(default=1)
    name = models.CharField(max_length=60)
    width = models.FloatField(default=1000)
    height = models.FloatField(default=700)
    outline = models.JSONField(default=list, blank=True)
    grounds = models.JSONField(default=list, blank=True)
    placement = models.JSONField(default=list, blank=True)

    class Meta:
        ordering = ["building__name", "level"]
        constraints = [models.UniqueConstraint(fields=["district", "building", "level"], name="floor_level_once")]
        indexes = [models.Index(fields=["district", "site"], name="floor_by_site")]

    def __str__(self) -> str:
        return self.name


class PlanImage(TenantModel):
    """The picture behind a floor's plan, made safe before it is kept. content: SVG, PNG or JPEG bytes."""

    floor = models.OneToOneField(Floor, on_delete=models.CASCADE, related_name="plan_image")
    media_type = models.CharField(max_length=40)
    content = models.BinaryField()
    digest = models.CharField(max_length=64)
    uploaded_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"Plan of {self.floor_id}"


class Place(TenantModel):
    """A room or area. geometry: a GeoJSON Polygon in plan units (outdoors too); label_x, label_y: plan units."""

    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="places")
    floor = models.ForeignKey(Floor, on_delete=models.CASCADE, related_name="places", null=True, blank=True)
    kind = models.CharField(max_length=12, choices=list(PLACE_KINDS.items()), default="room")
    number = models.CharField(max_length=20, blank=True)
    name = models.CharField(max_length=120)
    geometry = models.JSONField(null=True, blank=True)
    label_x = models.FloatField(null=True, blank=True)
    label_y = models.FloatField(null=True, blank=True)
    capacity = models.PositiveIntegerField(null=True, blank=True)
    is_closed = models.BooleanField(default=False)

    class Meta:
        ordering = ["number", "name"]
        constraints = [
            models.UniqueConstraint(
                fields=["district", "site", "number"], condition=~models.Q(number=""), name="room_number_once"
            )
        ]
        indexes = [
            models.Index(fields=["district", "site", "kind"], name="place_by_site_kind"),
            models.Index(fields=["district", "floor"], name="place_by_floor"),
        ]

    def __str__(self) -> str:
        return self.name


class Door(TenantModel):
    """A door. number: as responders read it on the door ("1", "12A"). x, y: plan units on `floor`."""

    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="doors")
    floor = models.ForeignKey(Floor, on_delete=models.CASCADE, related_name="doors", null=True, blank=True)
    place = models.ForeignKey(Place, on_delete=models.SET_NULL, related_name="doors", null=True, blank=True)
    number = models.CharField(max_length=20)
    name = models.CharField(max_length=120, blank=True)
    is_exterior = models.BooleanField(default=False)
    is_controlled = models.BooleanField(default=False)
    is_main = models.BooleanField(default=False)
    x = models.FloatField(null=True, blank=True)
    y = models.FloatField(null=True, blank=True)

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(
                fields=["district", "site", "number"], condition=models.Q(is_exterior=True), name="exterior_door_once"
            )
        ]
        indexes = [
            models.Index(fields=["district", "site", "is_exterior"], name="door_by_site"),
            models.Index(fields=["district", "floor"], name="door_by_floor"),
        ]

    def __str__(self) -> str:
        return self.name or f"Door {self.number}"
