"""Where the public copy goes, how each time went, which alerts went out, and the newsrooms."""

from django.db import models

from watchbell.communication.public.facts import TARGET_KINDS, TARGET_STATES
from watchbell.kernel.fields import SecretField
from watchbell.kernel.tenancy import TenantModel
from watchbell.line.clock import now


class PublicSite(TenantModel):
    """What the pages say of the district beside its notices. One a district."""

    base_url = models.URLField(max_length=300, blank=True)
    contact = models.CharField(max_length=200, blank=True)
    same = models.JSONField(default=list)
    languages = models.JSONField(default=list)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["district"], name="public_site_once")]


class PublishTarget(TenantModel):
    """A place that holds a copy. has: path → SHA-256 of what is there by our knowledge."""

    name = models.CharField(max_length=80)
    kind = models.CharField(max_length=8, choices=list(TARGET_KINDS.items()))
    place = models.CharField(max_length=400, blank=True)
    token = SecretField(blank=True)
    is_on = models.BooleanField(default=True)
    state = models.CharField(max_length=8, choices=list(TARGET_STATES.items()), default="new")
    because = models.CharField(max_length=400, blank=True)
    since = models.DateTimeField(default=now)
    published_at = models.DateTimeField(null=True)
    has = models.JSONField(default=dict)

    class Meta:
        ordering = ["kind", "name"]
        constraints = [
            models.UniqueConstraint(fields=["district", "name"], name="publish_target_once"),
            models.UniqueConstraint(fields=["district"], condition=models.Q(kind="here"), name="one_copy_here"),
        ]

    def __str__(self) -> str:
        return self.name


class Publication(TenantModel):
    """One time something was brought to a target. because: why it failed, "" when it did not."""

    target = models.ForeignKey(PublishTarget, on_delete=models.CASCADE, related_name="publications")
    at = models.DateTimeField(default=now)
    seconds = models.FloatField(default=0)
    count = models.PositiveIntegerField(default=0)
    size = models.PositiveBigIntegerField(default=0)
    because = models.CharField(max_length=400, blank=True)
    changed = models.JSONField(default=list)

    class Meta:
        ordering = ["-at", "-id"]
        indexes = [models.Index(fields=["district", "-at"], name="publication_newest")]


class AlertMessage(TenantModel):
    """A CAP message of a notice went out: its number and when it was sent. Later ones name it."""

    number = models.PositiveIntegerField()
    sent_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["district", "number", "sent_at"], name="alert_message_once")]


class MediaContact(TenantModel):
    """A newsroom and whom to ask for there."""

    newsroom = models.CharField(max_length=120)
    name = models.CharField(max_length=120, blank=True)
    email = models.EmailField(blank=True)
    phone = models.CharField(max_length=20, blank=True)
    tags = models.JSONField(default=list)
    note = models.CharField(max_length=300, blank=True)
    changed_at = models.DateTimeField(default=now)

    class Meta:
        ordering = ["newsroom", "name", "id"]

    def __str__(self) -> str:
        return f"{self.newsroom}, {self.name}" if self.name else self.newsroom
