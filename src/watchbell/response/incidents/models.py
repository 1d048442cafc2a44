"""Incidents, the presses in them, the receipt board, rooms checked in, and the timeline."""

from django.db import models
from django.db.models import Q

from watchbell.kernel.tenancy import TenantModel
from watchbell.line.clock import now
from watchbell.wire.press import BY_PLACE


class Incident(TenantModel):
    """plan: the plan as it was when the incident opened (PlanFacts as JSON). number: counted per district.

    pressed_by, device: of the first press. cancelled_at: taken back by PIN. duress_press: the silent press that a
    duress PIN made of the cancel. outcome: one of facts.OUTCOMES, "" until somebody has said.
    clear_proposed: {"user", "name", "role", "at"} of the first of two people who give the all-clear; {} without one.
    """

    number = models.IntegerField()
    site = models.ForeignKey("sites.Site", on_delete=models.PROTECT)
    place = models.ForeignKey("sites.Place", null=True, on_delete=models.SET_NULL)
    place_name = models.CharField(max_length=160, blank=True)
    kind = models.CharField(max_length=20)
    name = models.CharField(max_length=80)
    directive = models.CharField(max_length=160)
    mode = models.CharField(max_length=10)
    state = models.CharField(max_length=10, default="open")
    plan = models.JSONField()
    plan_version = models.IntegerField(default=0)
    opened_at = models.DateTimeField()
    last_press_at = models.DateTimeField()
    cleared_at = models.DateTimeField(null=True)
    cleared_by = models.CharField(max_length=160, blank=True)
    clear_proposed = models.JSONField(default=dict)
    closed_at = models.DateTimeField(null=True)
    dispatch_state = models.CharField(max_length=200, blank=True)
    acknowledged_at = models.DateTimeField(null=True)
    pressed_by = models.UUIDField(null=True)
    device = models.CharField(max_length=160, blank=True)
    cancelled_at = models.DateTimeField(null=True)
    duress_press = models.CharField(max_length=64, blank=True)
    outcome = models.CharField(max_length=12, blank=True)
    outcome_by = models.CharField(max_length=160, blank=True)
    outcome_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["district", "number"], name="incident_number_once")]
        indexes = [
            models.Index(fields=["district", "-opened_at"], name="incident_newest"),
            models.Index(fields=["district", "site"], name="incident_open", condition=~Q(state="closed")),
        ]

    def __str__(self) -> str:
        return f"{self.name}, {self.opened_at:%Y-%m-%d %H:%M}"

    @property
    def has_roll(self) -> bool:
        """Whether rooms check in: not where help is wanted in one room, nor where the plan asks for no check-in."""
        return bool(self.plan.get("has_check_in", True)) and self.kind not in BY_PLACE

    @property
    def locks_doors(self) -> bool:
        """Whether an unlocked door is something to point at: the plan locks doors, and it is not over."""
        steps = self.plan.get("steps", ())
        locks = not steps or any(step.get("action") == "lock_door" for step in steps)
        return self.state != "closed" and locks


class IncidentPress(TenantModel):
    """A press that belongs to an incident. callback: the number that reaches who called 911."""

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="presses")
    press = models.CharField(max_length=64)
    place = models.ForeignKey("sites.Place", null=True, on_delete=models.SET_NULL)
    place_name = models.CharField(max_length=160, blank=True)
    device = models.CharField(max_length=160)
    by = models.UUIDField(null=True)
    by_name = models.CharField(max_length=160, blank=True)
    at = models.DateTimeField()
    kind = models.CharField(max_length=20, blank=True)
    callback = models.CharField(max_length=40, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["district", "press"], name="incident_press_once")]


class BoardEntry(TenantModel):
    """One order on the receipt board. incident is empty only while its press has not been recorded yet."""

    incident = models.ForeignKey(Incident, null=True, on_delete=models.CASCADE, related_name="board")
    press = models.CharField(max_length=64)
    order = models.CharField(max_length=64)
    step = models.CharField(max_length=64)
    action = models.CharField(max_length=30)
    endpoint = models.JSONField()
    wire_order = models.JSONField()
    state = models.CharField(max_length=10, default="asked")
    because = models.TextField(blank=True)
    asked_at = models.DateTimeField()
    last_asked_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)
    deadline_seconds = models.FloatField()
    attempts = models.IntegerField(default=1)
    is_reset = models.BooleanField(default=False)
    is_by_hand = models.BooleanField(default=False)
    detail = models.JSONField(default=dict)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["district", "order"], name="board_order_once")]
        indexes = [
            models.Index(fields=["district", "press"], name="board_press"),
            models.Index(fields=["district", "last_asked_at"], name="board_asked", condition=Q(state="asked")),
        ]


class IncidentStep(TenantModel):
    """A step of the frozen plan that is not immediate: waiting, released, refused."""

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="steps")
    step = models.CharField(max_length=64)
    number = models.IntegerField()
    name = models.CharField(max_length=120)
    timing = models.CharField(max_length=12)
    state = models.CharField(max_length=12, default="waiting")
    due_at = models.DateTimeField(null=True)
    decided_by = models.CharField(max_length=160, blank=True)
    decided_at = models.DateTimeField(null=True)


class RoomCheckIn(TenantModel):
    """What somebody reported of a room; the newest counts, the older ones stay. `report` makes a repeat harmless."""

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="check_ins")
    place = models.ForeignKey("sites.Place", on_delete=models.CASCADE)
    report = models.CharField(max_length=64)
    state = models.CharField(max_length=10)
    accounted = models.IntegerField(default=0)
    injured = models.IntegerField(default=0)
    missing = models.IntegerField(default=0)
    note = models.CharField(max_length=400, blank=True)
    by_name = models.CharField(max_length=160)
    at = models.DateTimeField(default=now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["district", "report"], name="check_in_once")]


class TimelineEntry(TenantModel):
    """Something worth reading afterwards. kind: press, order, room, note, person."""

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="timeline")
    at = models.DateTimeField(default=now)
    kind = models.CharField(max_length=10)
    what = models.CharField(max_length=200)
    by = models.CharField(max_length=160, blank=True)
    because = models.TextField(blank=True)

    class Meta:
        indexes = [models.Index(fields=["district", "incident", "-at"], name="timeline_newest")]


class StaffConfirmation(TenantModel):
    """A member of staff has seen the alert, or a centre outside has answered."""

    acknowledged = models.CharField(max_length=64)
    press = models.CharField(max_length=64)
    order = models.CharField(max_length=64)
    what = models.CharField(max_length=30)
    by = models.CharField(max_length=64)
    by_name = models.CharField(max_length=160, blank=True)
    at = models.DateTimeField()
    because = models.TextField(blank=True)
    detail = models.JSONField(default=dict)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["district", "acknowledged"], name="acknowledged_once")]
        indexes = [models.Index(fields=["district", "press"], name="acknowledged_press")]
