"""The incidents that open cameras to agencies, and every look into a camera."""

from django.db import models

from watchbell.kernel.tenancy import TenantModel
from watchbell.line.clock import now


class Gate(TenantModel):
    """An incident as far as looks go; open while closed_at is empty. incident: its id, of a higher floor.

    agencies: roles that it involves, see facts.AGENCIES. pressed_by: who is hidden from a duress alarm of their own.
    """

    incident = models.UUIDField()
    site = models.ForeignKey("sites.Site", on_delete=models.CASCADE, related_name="+")
    place = models.ForeignKey("sites.Place", null=True, on_delete=models.SET_NULL, related_name="+")
    place_name = models.CharField(max_length=160, blank=True)
    kind = models.CharField(max_length=20)
    mode = models.CharField(max_length=10)
    name = models.CharField(max_length=80)
    agencies = models.JSONField(default=list)
    pressed_by = models.UUIDField(null=True)
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["district", "incident"], name="gate_once")]
        indexes = [
            models.Index(fields=["district", "site"], name="gate_open", condition=models.Q(closed_at__isnull=True))
        ]

    def __str__(self) -> str:
        return self.name


class Look(TenantModel):
    """One look into a camera, from began_at until `until` at least; ended_at once it is known. because: why it was let.

    by, by_name, role: who looked. gate: the incident it was because of; is_gated: it ends with that.
    """

    camera = models.ForeignKey("equipment.Equipment", on_delete=models.CASCADE, related_name="+")
    camera_name = models.CharField(max_length=160)
    by = models.UUIDField()
    by_name = models.CharField(max_length=160)
    role = models.CharField(max_length=30)
    gate = models.ForeignKey(Gate, null=True, on_delete=models.SET_NULL, related_name="looks")
    is_gated = models.BooleanField(default=False)
    because = models.CharField(max_length=200, blank=True)
    began_at = models.DateTimeField(default=now)
    until = models.DateTimeField(default=now)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-began_at", "-id"]
        indexes = [
            models.Index(fields=["district", "-began_at"], name="look_newest"),
            models.Index(fields=["district", "camera", "-began_at"], name="look_by_camera"),
        ]

    def __str__(self) -> str:
        return f"{self.by_name}, {self.camera_name}"
