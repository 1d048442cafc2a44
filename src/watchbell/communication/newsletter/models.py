"""Subscribers, topics they choose, issues with their texts and pictures."""

from django.db import models

from watchbell.communication.newsletter.facts import ISSUE_STATES, SUBSCRIBER_STATES
from watchbell.kernel.tenancy import TenantModel
from watchbell.line.clock import now


class Topic(TenantModel):
    """A list that subscribers choose, e.g. "Safety". A closed one is offered to nobody new."""

    name = models.CharField(max_length=80)
    position = models.PositiveSmallIntegerField(default=0)
    is_open = models.BooleanField(default=True)

    class Meta:
        ordering = ["position", "name"]
        constraints = [models.UniqueConstraint(fields=["district", "name"], name="topic_name_once")]

    def __str__(self) -> str:
        return self.name


class Subscriber(TenantModel):
    """An address that asked for the newsletter, apart from all people and their contacts.

    topics: ids of topics; empty: all of them. token: opens their own page. from_where: hashed.
    """

    address = models.CharField(max_length=254)
    state = models.CharField(
        max_length=8, default="pending", choices=[(key, word) for key, (word, _) in SUBSCRIBER_STATES.items()]
    )
    language = models.CharField(max_length=16, default="en")
    topics = models.JSONField(default=list)
    token = models.CharField(max_length=32, unique=True)
    asked_at = models.DateTimeField(default=now)
    confirmed_at = models.DateTimeField(null=True)
    left_at = models.DateTimeField(null=True)
    left_because = models.CharField(max_length=160, blank=True)
    from_where = models.CharField(max_length=32, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["district", "address"], name="subscriber_once")]
        indexes = [models.Index(fields=["district", "state", "id"], name="subscriber_by_state")]

    def __str__(self) -> str:
        return self.address


class Issue(TenantModel):
    """One newsletter. number: counted per district. topics: whose subscribers get it; empty: everybody's."""

    number = models.PositiveIntegerField()
    title = models.CharField(max_length=120)
    state = models.CharField(
        max_length=9, default="draft", choices=[(key, word) for key, (word, _) in ISSUE_STATES.items()]
    )
    topics = models.JSONField(default=list)
    language = models.CharField(max_length=16, default="en")
    is_digest = models.BooleanField(default=False)
    made_at = models.DateTimeField(default=now)
    made_name = models.CharField(max_length=160)
    changed_at = models.DateTimeField(default=now)
    approved_name = models.CharField(max_length=160, blank=True)
    send_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["district", "number"], name="issue_number_once")]
        indexes = [models.Index(fields=["district", "-number"], name="issue_newest")]

    def __str__(self) -> str:
        return f"No. {self.number}: {self.title}"


class IssueText(TenantModel):
    """An issue in one language. blocks: [facts.Block as JSON]. version: counts its changes."""

    issue = models.ForeignKey(Issue, on_delete=models.CASCADE, related_name="texts")
    language = models.CharField(max_length=16)
    title = models.CharField(max_length=120, blank=True)
    blocks = models.JSONField(default=list)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["issue", "language"], name="issue_text_once")]


class Picture(TenantModel):
    """A picture of an issue, written anew before it is kept. digest: SHA-256; whoever has it may see the picture."""

    issue = models.ForeignKey(Issue, on_delete=models.CASCADE, related_name="pictures")
    media_type = models.CharField(max_length=40)
    content = models.BinaryField()
    digest = models.CharField(max_length=64)
    width = models.PositiveIntegerField(default=0)
    height = models.PositiveIntegerField(default=0)
    uploaded_at = models.DateTimeField(default=now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["issue", "digest"], name="issue_picture_once")]
        indexes = [models.Index(fields=["district", "digest"], name="issue_picture_by_digest")]
