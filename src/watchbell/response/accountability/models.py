"""What people reported of people, answers to questions, and who stands in for whom today."""

from django.db import models

from watchbell.kernel.tenancy import TenantModel
from watchbell.line.clock import now


class PersonReport(TenantModel):
    """One report of one person; none is ever changed. `report` is the client's id: a repeat is harmless.

    made_at: the device's time. person is empty for guests, and for a name nobody could match yet.
    """

    incident = models.ForeignKey("incidents.Incident", on_delete=models.CASCADE, related_name="+")
    report = models.CharField(max_length=64)
    subject = models.CharField(max_length=200)
    person = models.ForeignKey("people.Person", null=True, on_delete=models.SET_NULL, related_name="+")
    name = models.CharField(max_length=160)
    kind = models.CharField(max_length=12)
    count = models.PositiveSmallIntegerField(default=1)
    state = models.CharField(max_length=10)
    place = models.ForeignKey("sites.Place", null=True, on_delete=models.SET_NULL, related_name="+")
    place_name = models.CharField(max_length=160, blank=True)
    way = models.CharField(max_length=8)
    note = models.CharField(max_length=400, blank=True)
    by = models.CharField(max_length=64)
    by_name = models.CharField(max_length=160)
    made_at = models.DateTimeField()
    received_at = models.DateTimeField(default=now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["district", "report"], name="person_report_once")]
        indexes = [models.Index(fields=["district", "incident", "subject"], name="person_report_subject")]

    def __str__(self) -> str:
        return f"{self.name}: {self.state}"


class Resolution(TenantModel):
    """A person's answer to the question where somebody is. chosen empty: they are different people."""

    incident = models.ForeignKey("incidents.Incident", on_delete=models.CASCADE, related_name="+")
    subject = models.CharField(max_length=200)
    chosen = models.ForeignKey(PersonReport, null=True, on_delete=models.CASCADE, related_name="+")
    because = models.CharField(max_length=400, blank=True)
    by_name = models.CharField(max_length=160)
    at = models.DateTimeField(default=now)

    class Meta:
        indexes = [models.Index(fields=["district", "incident", "at"], name="resolution_of_incident")]


class Cover(TenantModel):
    """A substitute has said in which room they teach today."""

    user_id = models.UUIDField()
    place = models.ForeignKey("sites.Place", on_delete=models.CASCADE, related_name="+")
    on = models.DateField()
    at = models.DateTimeField(default=now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["district", "user_id", "on"], name="cover_once_a_day")]
