"""Presses as they were received, and frames that were refused."""

from django.db import models

from watchbell.kernel.tenancy import TenantModel
from watchbell.line.clock import now


class Press(TenantModel):
    """One press. `press` is its identity on the wire; the raw frame is kept as evidence."""

    press = models.CharField(max_length=64)
    site = models.ForeignKey("sites.Site", on_delete=models.PROTECT)
    place = models.ForeignKey("sites.Place", null=True, on_delete=models.SET_NULL)
    place_name = models.CharField(max_length=160, blank=True)
    kind = models.CharField(max_length=20)
    mode = models.CharField(max_length=10)
    gateway = models.CharField(max_length=40)
    device = models.CharField(max_length=160)
    is_known = models.BooleanField(default=True)
    by = models.UUIDField(null=True)
    by_name = models.CharField(max_length=160, blank=True)
    note = models.TextField(blank=True)
    raw = models.TextField(blank=True)
    received_at = models.DateTimeField()
    device_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["district", "press"], name="press_once")]
        indexes = [models.Index(fields=["district", "-received_at"], name="press_newest")]


class RefusedFrame(TenantModel):
    """Bytes a gateway could not take for a press, and why."""

    refused = models.CharField(max_length=64)
    at = models.DateTimeField()
    gateway = models.CharField(max_length=40)
    peer = models.CharField(max_length=120)
    because = models.TextField()
    raw = models.TextField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["district", "refused"], name="refused_once")]


class TestSession(TenantModel):
    """Devices whose presses are tests for a while. devices: ids of equipment, text. Opened by two people.

    taken, freed: {device: RFC 3339} when its gateway said that it takes its presses for tested, and for real again
    although the session would have lasted longer.
    """

    __test__ = False

    site = models.ForeignKey("sites.Site", on_delete=models.CASCADE)
    mode = models.CharField(max_length=10)
    devices = models.JSONField(default=list)
    minutes = models.IntegerField()
    why = models.CharField(max_length=300)
    state = models.CharField(max_length=10, default="proposed")
    proposed_by = models.UUIDField(null=True)
    proposed_name = models.CharField(max_length=160)
    proposed_at = models.DateTimeField(default=now)
    confirmed_by = models.UUIDField(null=True)
    confirmed_name = models.CharField(max_length=160, blank=True)
    opened_at = models.DateTimeField(null=True)
    ends_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    ended_name = models.CharField(max_length=160, blank=True)
    taken = models.JSONField(default=dict)
    freed = models.JSONField(default=dict)

    class Meta:
        indexes = [models.Index(fields=["district", "state"], name="test_session_state")]

    def __str__(self) -> str:
        return f"{self.mode} session, {self.minutes} minutes"
