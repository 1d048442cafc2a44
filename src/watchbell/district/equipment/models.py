"""The table of equipment."""

from django.db import models

from watchbell.district.equipment.facts import STATES, kind_choices
from watchbell.kernel.fields import SecretField
from watchbell.kernel.tenancy import TenantModel


class Equipment(TenantModel):
    """One thing that can be pressed, locked, heard or seen.

    gateway, device: the folder under gateways/ and the name it knows the thing by. settings: its gateway entry.
    x, y: plan units on `floor`. state: as last heard, with when and why. contact, lock: doors only.
    """

    kind = models.CharField(max_length=20, choices=kind_choices)
    name = models.CharField(max_length=160)
    identifier = models.CharField(max_length=120, blank=True)
    site = models.ForeignKey("sites.Site", on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    floor = models.ForeignKey("sites.Floor", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    place = models.ForeignKey("sites.Place", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    door = models.ForeignKey("sites.Door", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    holder = models.ForeignKey("people.Person", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    x = models.FloatField(null=True, blank=True)
    y = models.FloatField(null=True, blank=True)
    gateway = models.CharField(max_length=40, blank=True)
    device = models.CharField(max_length=120, blank=True)
    settings = models.JSONField(default=dict, blank=True)
    secret = SecretField(blank=True, default="")
    is_test = models.BooleanField(default=False)
    is_retired = models.BooleanField(default=False)
    expires_on = models.DateField(null=True, blank=True)
    state = models.CharField(max_length=10, choices=list(STATES.items()), default="unknown")
    state_at = models.DateTimeField(null=True, blank=True)
    state_because = models.CharField(max_length=255, blank=True)
    battery = models.PositiveSmallIntegerField(null=True, blank=True)
    contact = models.CharField(max_length=8, blank=True)
    lock = models.CharField(max_length=10, blank=True)
    is_tampered = models.BooleanField(default=False)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["district", "gateway", "device"],
                condition=~models.Q(device="") & models.Q(is_retired=False),
                name="device_once_per_gateway",
            )
        ]
        indexes = [
            models.Index(fields=["district", "site", "kind"], name="equipment_by_site"),
            models.Index(fields=["district", "kind", "state"], name="equipment_by_state"),
            models.Index(fields=["district", "floor"], name="equipment_by_floor"),
        ]

    def __str__(self) -> str:
        return self.name


class TelephoneAudit(TenantModel):
    """One night's look at every telephone's location. problems: [{"id", "extension", "name", "site", "problem"}]."""

    at = models.DateTimeField()
    checked = models.PositiveIntegerField()
    problems = models.JSONField(default=list)

    class Meta:
        indexes = [models.Index(fields=["district", "-at"], name="telephone_audit_newest")]

    def __str__(self) -> str:
        return f"{len(self.problems)} of {self.checked}"
