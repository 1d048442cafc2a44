"""Links and codes that sign a guardian in once, and the devices that remember one."""

from django.db import models

from watchbell.kernel.tenancy import TenantModel
from watchbell.line.clock import now


class FamilyLink(TenantModel):
    """Sent to one address; opens once. token, code, address: hashed. people: the guardians who have that address."""

    token = models.CharField(max_length=64, unique=True)
    code = models.CharField(max_length=64)
    address = models.CharField(max_length=64)
    people = models.JSONField(default=list)
    made_at = models.DateTimeField(default=now)
    used_at = models.DateTimeField(null=True)
    tries = models.PositiveSmallIntegerField(default=0)

    class Meta:
        indexes = [models.Index(fields=["district", "address", "-made_at"], name="family_link_newest")]


class FamilyDevice(TenantModel):
    """A browser that remembers a guardian. key: hashed. how: by what they signed in."""

    person = models.ForeignKey("people.Person", on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=64, unique=True)
    name = models.CharField(max_length=80)
    how = models.CharField(max_length=80)
    made_at = models.DateTimeField(default=now)
    seen_at = models.DateTimeField(default=now)
    ends_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.name
