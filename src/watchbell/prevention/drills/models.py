"""Drills that were done, what the state asks for, and who need not."""

from django.db import models

from watchbell.kernel.tenancy import TenantModel
from watchbell.line.clock import now
from watchbell.prevention.drills.facts import DRILL_KINDS, PERIODS, SOURCES


class Profile(TenantModel):
    """What a state asks for, in a version the director has looked at. One is in use."""

    name = models.CharField(max_length=80)
    state = models.CharField(max_length=2, blank=True)
    note = models.CharField(max_length=400, blank=True)
    is_in_use = models.BooleanField(default=False)
    is_checked = models.BooleanField(default=False)
    checked_by = models.CharField(max_length=160, blank=True)
    starts_month = models.PositiveSmallIntegerField(default=8)
    starts_day = models.PositiveSmallIntegerField(default=1)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["district", "name"], name="drill_profile_once"),
            models.UniqueConstraint(
                fields=["district"], condition=models.Q(is_in_use=True), name="one_drill_profile_in_use"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Requirement(TenantModel):
    """One line of a profile: kind x number x period."""

    profile = models.ForeignKey(Profile, on_delete=models.CASCADE, related_name="requirements")
    kind = models.CharField(max_length=16, choices=list(DRILL_KINDS.items()))
    count = models.PositiveSmallIntegerField(default=1)
    period = models.CharField(max_length=10, choices=list(PERIODS.items()), default="year")
    within_days = models.PositiveSmallIntegerField(null=True, blank=True)
    site_kinds = models.JSONField(default=list, blank=True)
    note = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["kind", "id"]


class Drill(TenantModel):
    """A drill at a site. incident: the closed drill it comes from. Seconds count from the call."""

    site = models.ForeignKey("sites.Site", on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=16, choices=list(DRILL_KINDS.items()))
    on = models.DateField()
    at = models.DateTimeField(null=True)
    source = models.CharField(max_length=6, choices=list(SOURCES.items()), default="hand")
    incident = models.OneToOneField("incidents.Incident", null=True, on_delete=models.SET_NULL, related_name="+")
    participants = models.PositiveIntegerField(null=True)
    seconds = models.FloatField(null=True)
    lock_seconds = models.FloatField(null=True)
    first_room_seconds = models.FloatField(null=True)
    all_rooms_seconds = models.FloatField(null=True)
    rooms = models.PositiveIntegerField(default=0)
    rooms_reported = models.PositiveIntegerField(default=0)
    unaccounted = models.PositiveIntegerField(default=0)
    counts = models.BooleanField(default=True)
    counts_because = models.CharField(max_length=300, blank=True)
    note = models.TextField(blank=True)
    by_name = models.CharField(max_length=160, blank=True)
    recorded_at = models.DateTimeField(default=now)

    class Meta:
        ordering = ["-on", "-recorded_at"]
        indexes = [models.Index(fields=["district", "site", "-on"], name="drill_by_site")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} drill, {self.on}"


class Exemption(TenantModel):
    """A site need not do this in the window that begins on `starts_on`, for a reason somebody answers for."""

    site = models.ForeignKey("sites.Site", on_delete=models.CASCADE, related_name="+")
    requirement = models.ForeignKey(Requirement, on_delete=models.CASCADE, related_name="+")
    starts_on = models.DateField()
    because = models.CharField(max_length=300)
    by_name = models.CharField(max_length=160)
    at = models.DateTimeField(default=now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["site", "requirement", "starts_on"], name="drill_exemption_once")
        ]
