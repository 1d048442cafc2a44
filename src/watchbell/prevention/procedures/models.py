"""Cards and their versions: one draft and one approved version a card at most, the older ones kept."""

from django.db import models
from django.db.models import Q

from watchbell.kernel.tenancy import TenantModel
from watchbell.line.clock import now
from watchbell.prevention.procedures.facts import KINDS, ROLES, STATES, language_choices


class Card(TenantModel):
    """What to do in one kind of emergency, for one role, in one language."""

    kind = models.CharField(max_length=20, choices=list(KINDS.items()))
    role = models.CharField(max_length=12, choices=list(ROLES.items()))
    language = models.CharField(max_length=8, choices=language_choices)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["district", "kind", "role", "language"], name="card_once")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}, {self.get_role_display()}, {self.get_language_display()}"


class CardVersion(TenantModel):
    """A card as one version has it. steps: texts with placeholders. writer, approver: user ids.

    of_english: the version of the English card that was valid when a translation was written; null where none was.
    """

    card = models.ForeignKey(Card, on_delete=models.CASCADE, related_name="versions")
    version = models.IntegerField()
    title = models.CharField(max_length=80)
    steps = models.JSONField(default=list)
    state = models.CharField(max_length=10, choices=list(STATES.items()), default="draft")
    of_english = models.IntegerField(null=True)
    expires_on = models.DateField()
    writer = models.UUIDField(null=True)
    written_by = models.CharField(max_length=160)
    written_at = models.DateTimeField(default=now)
    approver = models.UUIDField(null=True)
    approved_by = models.CharField(max_length=160, blank=True)
    approved_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-version"]
        constraints = [
            models.UniqueConstraint(fields=["card", "version"], name="card_version_once"),
            models.UniqueConstraint(fields=["card"], condition=Q(state="draft"), name="one_draft"),
            models.UniqueConstraint(fields=["card"], condition=Q(state="approved"), name="one_approved"),
        ]

    def __str__(self) -> str:
        return f"{self.title}, version {self.version}"


class WallSheet(TenantModel):
    """A room's card on its wall, as it was printed. says: what `rules.say_sheet` gave then.

    because: why it is to be printed again, or taken down; [] while it still holds.
    """

    site = models.UUIDField()
    place = models.UUIDField()
    room = models.CharField(max_length=160)
    language = models.CharField(max_length=8, choices=language_choices)
    says = models.JSONField(default=dict)
    expires_on = models.DateField(null=True)
    printed_at = models.DateTimeField(default=now)
    printed_by = models.CharField(max_length=160)
    because = models.JSONField(default=list)

    class Meta:
        ordering = ["site", "room", "language"]
        constraints = [models.UniqueConstraint(fields=["district", "place", "language"], name="wall_sheet_once")]

    def __str__(self) -> str:
        return f"{self.room}, {self.get_language_display()}"
