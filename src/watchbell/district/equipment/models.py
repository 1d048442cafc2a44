"""The tables of equipment and of who answers for it."""

from django.db import models

from watchbell.district.equipment.facts import SELF_TESTS, STATES, kind_choices
from watchbell.kernel.fields import SecretField
from watchbell.kernel.tenancy import TenantModel


class Equipment(TenantModel):
    """One thing that can be pressed, locked, heard or seen.

    gateway, device: the folder under gateways/ and the name it knows the thing by. settings: its gateway entry.
    x, y: plan units on `floor`. state: as last told, with when and why. contact, lock: doors only.
    heard_at: its last proof of life, which a gateway's word that it is silent is not. detail: what its last status
    told beside that. owner: who answers for it; empty means by the owner rule of its kind and site.
    silence_told_at: when its silence was announced.
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
    heard_at = models.DateTimeField(null=True, blank=True)
    detail = models.JSONField(default=dict, blank=True)
    self_test = models.CharField(max_length=8, choices=list(SELF_TESTS.items()), blank=True, default="")
    self_test_at = models.DateTimeField(null=True, blank=True)
    self_test_because = models.CharField(max_length=255, blank=True)
    silence_told_at = models.DateTimeField(null=True, blank=True)
    owner = models.ForeignKey("people.Person", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")

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


class EquipmentOwner(TenantModel):
    """Who answers for the equipment of a kind at a site that has no owner of its own. kind "", site null: any."""

    kind = models.CharField(max_length=20, choices=kind_choices, blank=True)
    site = models.ForeignKey("sites.Site", on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    person = models.ForeignKey("people.Person", on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["district", "kind", "site"], nulls_distinct=False, name="equipment_owner_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.person} for {self.kind or 'everything'}"


class TelephoneAudit(TenantModel):
    """One night's look at every telephone's location. problems: [{"id", "extension", "name", "site", "problem"}]."""

    at = models.DateTimeField()
    checked = models.PositiveIntegerField()
    problems = models.JSONField(default=list)

    class Meta:
        indexes = [models.Index(fields=["district", "-at"], name="telephone_audit_newest")]

    def __str__(self) -> str:
        return f"{len(self.problems)} of {self.checked}"
