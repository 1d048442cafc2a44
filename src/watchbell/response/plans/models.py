"""Plans and their steps. A changed plan gets a new version; incidents keep a frozen copy."""

from django.db import models

from watchbell.kernel.tenancy import TenantModel
from watchbell.line.clock import now


class Plan(TenantModel):
    """What happens for one kind of alarm at one site. clear_roles: who may give the all-clear.

    cancel_seconds: how long who pressed may take it back with their PIN; 0 for never. clear_people: how many give the
    all-clear together, clear_with_police: one of them of the police once police have arrived.
    """

    site = models.ForeignKey("sites.Site", on_delete=models.CASCADE)
    kind = models.CharField(max_length=20)
    name = models.CharField(max_length=80)
    directive = models.CharField(max_length=160)
    version = models.IntegerField(default=1)
    has_check_in = models.BooleanField(default=True)
    clear_roles = models.JSONField(default=list)
    cancel_seconds = models.FloatField(default=0.0)
    clear_people = models.IntegerField(default=1)
    clear_with_police = models.BooleanField(default=False)
    changed_at = models.DateTimeField(default=now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["district", "site", "kind"], name="plan_once")]

    def __str__(self) -> str:
        return self.name


class PlanStep(TenantModel):
    """One step: who is asked to do what, by when, and what happens when they do not."""

    plan = models.ForeignKey(Plan, on_delete=models.CASCADE, related_name="steps")
    number = models.IntegerField()
    name = models.CharField(max_length=120)
    timing = models.CharField(max_length=12, default="immediate")
    action = models.CharField(max_length=30)
    select = models.CharField(max_length=12, default="all")
    endpoints = models.JSONField(default=list)
    deadline_seconds = models.FloatField(default=5.0)
    expires_seconds = models.FloatField(default=60.0)
    delay_seconds = models.FloatField(default=0.0)
    params = models.JSONField(default=dict)
    fallback_action = models.CharField(max_length=30, blank=True)
    fallback_endpoints = models.JSONField(default=list)
    escalations = models.JSONField(default=list)

    class Meta:
        ordering = ["plan", "number"]


class PlanVersion(TenantModel):
    """A plan as one version had it (PlanFacts as JSON), with who wrote it: for comparing, never changed."""

    plan = models.ForeignKey(Plan, on_delete=models.CASCADE, related_name="versions")
    version = models.IntegerField()
    body = models.JSONField()
    by_name = models.CharField(max_length=160)
    at = models.DateTimeField(default=now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["plan", "version"], name="plan_version_once")]
        ordering = ["-version"]
