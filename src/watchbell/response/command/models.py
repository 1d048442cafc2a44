"""Who holds which position, where command sits, how it was handed over, what is to be done, which rooms are free."""

from django.db import models
from django.db.models import Q

from watchbell.kernel.tenancy import TenantModel
from watchbell.line.clock import now


class Assignment(TenantModel):
    """Somebody holds a position, until another does. user_id: their account, if it is theirs. agency: "" the school."""

    incident = models.ForeignKey("incidents.Incident", on_delete=models.CASCADE, related_name="+")
    position = models.CharField(max_length=20)
    user_id = models.UUIDField(null=True)
    name = models.CharField(max_length=160)
    agency = models.CharField(max_length=120, blank=True)
    contact = models.CharField(max_length=120, blank=True)
    by_name = models.CharField(max_length=160)
    since = models.DateTimeField(default=now)
    until = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["district", "incident", "position"], condition=Q(until=None), name="one_holder_of_a_position"
            )
        ]

    def __str__(self) -> str:
        return f"{self.name}, {self.position}"


class CommandPost(TenantModel):
    """Where command sits; the newest counts."""

    incident = models.ForeignKey("incidents.Incident", on_delete=models.CASCADE, related_name="+")
    place = models.ForeignKey("sites.Place", null=True, on_delete=models.SET_NULL, related_name="+")
    words = models.CharField(max_length=200)
    by_name = models.CharField(max_length=160)
    at = models.DateTimeField(default=now)

    class Meta:
        indexes = [models.Index(fields=["district", "incident", "at"], name="command_post_of_incident")]


class HandOver(TenantModel):
    """Command is offered by whoever holds it and signed by whoever takes it; only the signature moves it.

    badge: what the signer is known by at their agency. is_witnessed: signed on the device of whoever offered.
    """

    incident = models.ForeignKey("incidents.Incident", on_delete=models.CASCADE, related_name="+")
    from_name = models.CharField(max_length=160)
    from_agency = models.CharField(max_length=120, blank=True)
    to_agency = models.CharField(max_length=120, blank=True)
    briefing = models.TextField(blank=True)
    offered_by = models.UUIDField(null=True)
    offered_at = models.DateTimeField(default=now)
    signed_by = models.UUIDField(null=True)
    signed_name = models.CharField(max_length=160, blank=True)
    badge = models.CharField(max_length=60, blank=True)
    is_witnessed = models.BooleanField(default=False)
    signed_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["district", "incident"],
                condition=Q(signed_at=None, withdrawn_at=None),
                name="one_offer_at_once",
            )
        ]

    def __str__(self) -> str:
        return f"From {self.from_name} to {self.signed_name or self.to_agency}"


class Objective(TenantModel):
    """What command wants done (ICS 201, box 7)."""

    incident = models.ForeignKey("incidents.Incident", on_delete=models.CASCADE, related_name="+")
    text = models.CharField(max_length=400)
    by_name = models.CharField(max_length=160)
    at = models.DateTimeField(default=now)
    done_at = models.DateTimeField(null=True)
    done_by = models.CharField(max_length=160, blank=True)

    class Meta:
        indexes = [models.Index(fields=["district", "incident", "at"], name="objective_of_incident")]


class RoomRelease(TenantModel):
    """A room's people may leave it; once a room and incident."""

    incident = models.ForeignKey("incidents.Incident", on_delete=models.CASCADE, related_name="+")
    place = models.ForeignKey("sites.Place", on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=160)
    goes_to = models.CharField(max_length=160, blank=True)
    by_name = models.CharField(max_length=160)
    at = models.DateTimeField(default=now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["district", "incident", "place"], name="room_released_once")]


class CareRecord(TenantModel):
    """What was done for somebody hurt or ill; read by few, and every look is written down. None is ever changed."""

    incident = models.ForeignKey("incidents.Incident", on_delete=models.CASCADE, related_name="+")
    person = models.ForeignKey("people.Person", null=True, on_delete=models.SET_NULL, related_name="+")
    name = models.CharField(max_length=160)
    found = models.TextField()
    given = models.TextField(blank=True)
    outcome = models.CharField(max_length=10, blank=True)
    family_told = models.CharField(max_length=160, blank=True)
    by_name = models.CharField(max_length=160)
    at = models.DateTimeField(default=now)

    class Meta:
        indexes = [models.Index(fields=["district", "incident", "at"], name="care_of_incident")]

    def __str__(self) -> str:
        return f"Care of {self.id}"
