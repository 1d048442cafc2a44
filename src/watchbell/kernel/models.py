"""Districts, the audit chain, announcements with their reactions, and messages nobody could take."""

from django.db import models
from django.db.models import Q

from watchbell.kernel.tenancy import TenantModel
from watchbell.line.clock import now
from watchbell.line.ids import new_id


class District(models.Model):
    """A tenant. `code` is its short name in files and addresses."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    name = models.CharField(max_length=120)
    code = models.SlugField(max_length=40, unique=True)
    timezone = models.CharField(max_length=60, default="America/Chicago")
    made_at = models.DateTimeField(default=now)

    def __str__(self) -> str:
        return self.name


class AuditRow(TenantModel):
    """One action: who, what, why, from where, because of what. Sealed rows are linked by hash."""

    at = models.DateTimeField(default=now)
    actor_id = models.UUIDField(null=True)
    actor_name = models.CharField(max_length=160)
    role = models.CharField(max_length=60, blank=True)
    action = models.CharField(max_length=80)
    target = models.CharField(max_length=200, blank=True)
    target_id = models.CharField(max_length=64, blank=True)
    why = models.TextField(blank=True)
    from_where = models.CharField(max_length=80, blank=True)
    cause = models.CharField(max_length=64, blank=True)
    details = models.JSONField(default=dict)
    number = models.BigIntegerField(null=True)
    previous = models.CharField(max_length=64, blank=True)
    seal = models.CharField(max_length=64, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["district", "-at"], name="audit_newest"),
            models.Index(fields=["district", "at", "id"], name="audit_unsealed", condition=Q(number=None)),
        ]
        constraints = [models.UniqueConstraint(fields=["district", "number"], name="audit_number_once")]


class Announcement(TenantModel):
    """Something happened: `name` is the event's class, `body` its fields."""

    at = models.DateTimeField(default=now)
    name = models.CharField(max_length=80)
    body = models.JSONField()
    by = models.CharField(max_length=160, blank=True)
    cause = models.CharField(max_length=64, blank=True)


class Reaction(TenantModel):
    """One listed answer to an announcement, leased by whoever carries it out."""

    announcement = models.ForeignKey(Announcement, on_delete=models.CASCADE)
    name = models.CharField(max_length=120)
    is_urgent = models.BooleanField(default=False)
    state = models.CharField(max_length=10, default="waiting")
    lease_until = models.DateTimeField()
    attempts = models.IntegerField(default=0)
    error = models.TextField(blank=True)
    done_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["lease_until"], name="reaction_waiting", condition=Q(state="waiting"))]


class DeadLetter(TenantModel):
    """A message that failed five times: kept, shown, never dropped."""

    at = models.DateTimeField(default=now)
    stream = models.CharField(max_length=20)
    subject = models.CharField(max_length=300)
    body = models.TextField()
    error = models.TextField()
    is_resolved = models.BooleanField(default=False)
