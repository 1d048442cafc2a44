"""Tables of bell schedules and the school calendar."""

from django.db import models

from watchbell.district.schedules.facts import DAY_KINDS
from watchbell.kernel.tenancy import TenantModel


class BellSchedule(TenantModel):
    """The periods of a day at one site, for one kind of day."""

    site = models.ForeignKey("sites.Site", on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=80)
    day_kind = models.CharField(max_length=16, choices=list(DAY_KINDS.items()), default="school_day")

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["district", "site", "name"], name="bell_schedule_once")]

    def __str__(self) -> str:
        return self.name


class Period(TenantModel):
    """From starts_at until ends_at in the site's local time."""

    schedule = models.ForeignKey(BellSchedule, on_delete=models.CASCADE, related_name="periods")
    name = models.CharField(max_length=60)
    starts_at = models.TimeField()
    ends_at = models.TimeField()

    class Meta:
        ordering = ["starts_at"]
        constraints = [
            models.CheckConstraint(condition=models.Q(ends_at__gt=models.F("starts_at")), name="period_ends_later"),
            models.UniqueConstraint(fields=["schedule", "name"], name="period_name_once"),
        ]

    def __str__(self) -> str:
        return self.name


class CalendarDay(TenantModel):
    """What a date is. site null: for every site that has no entry of its own for that date."""

    site = models.ForeignKey("sites.Site", on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    on = models.DateField()
    kind = models.CharField(max_length=16, choices=list(DAY_KINDS.items()), default="school_day")
    because = models.CharField(max_length=120, blank=True)

    class Meta:
        ordering = ["on"]
        constraints = [
            models.UniqueConstraint(fields=["district", "site", "on"], nulls_distinct=False, name="calendar_day_once")
        ]

    def __str__(self) -> str:
        return f"{self.on}: {self.kind}"
