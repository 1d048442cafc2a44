"""Links for those without an account, messages between school and centres, and what each centre was told last."""

from django.db import models

from watchbell.kernel.tenancy import TenantModel
from watchbell.line.clock import now


class DispatchLink(TenantModel):
    """A link to one incident that opens once. `order` is what it was made for: the order that carried it, or by hand.

    A link sent with an order gets its row when it is opened or withdrawn. mark: hash of the session that opened it.
    """

    incident = models.ForeignKey("incidents.Incident", on_delete=models.CASCADE, related_name="+")
    order = models.CharField(max_length=64)
    for_whom = models.CharField(max_length=120)
    made_by = models.CharField(max_length=160, blank=True)
    made_at = models.DateTimeField(default=now)
    expires_at = models.DateTimeField()
    opened_at = models.DateTimeField(null=True)
    opened_by = models.CharField(max_length=120, blank=True)
    opened_from = models.CharField(max_length=60, blank=True)
    mark = models.CharField(max_length=64, blank=True)
    revoked_at = models.DateTimeField(null=True)
    revoked_by = models.CharField(max_length=160, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["district", "order"], name="dispatch_link_once")]

    def __str__(self) -> str:
        return f"link for {self.for_whom}"


class DispatchMessage(TenantModel):
    """A message between the school's incident command and those who come. side: "school" or "dispatch"."""

    incident = models.ForeignKey("incidents.Incident", on_delete=models.CASCADE, related_name="+")
    side = models.CharField(max_length=10)
    by_name = models.CharField(max_length=160)
    text = models.CharField(max_length=1000)
    at = models.DateTimeField(default=now)

    class Meta:
        indexes = [models.Index(fields=["district", "incident", "at"], name="dispatch_message")]


class DispatchUpdate(TenantModel):
    """The newest update of a centre about an incident; `order` is the order that carries it."""

    incident = models.ForeignKey("incidents.Incident", on_delete=models.CASCADE, related_name="+")
    endpoint = models.CharField(max_length=64)
    number = models.IntegerField(default=0)
    digest = models.CharField(max_length=32)
    order = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["district", "incident", "endpoint"], name="dispatch_update_once")
        ]
