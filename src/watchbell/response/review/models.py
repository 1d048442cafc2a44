"""The review of an incident: its report in versions, findings, observed objectives, and the improvement plan."""

from django.db import models
from django.db.models import Q

from watchbell.kernel.tenancy import TenantModel
from watchbell.line.clock import now
from watchbell.response.review.facts import FINDINGS, IMPROVEMENT_STATES, STATES


class Review(TenantModel):
    """facts: ReportFacts as JSON, frozen when drafted. texts: what people wrote, by block (facts.BLOCKS)."""

    incident = models.OneToOneField("incidents.Incident", on_delete=models.CASCADE, related_name="+")
    site = models.ForeignKey("sites.Site", on_delete=models.CASCADE, related_name="+")
    number = models.IntegerField()
    kind = models.CharField(max_length=20)
    mode = models.CharField(max_length=10)
    name = models.CharField(max_length=120)
    state = models.CharField(max_length=8, choices=list(STATES.items()), default="draft")
    began_at = models.DateTimeField()
    drafted_at = models.DateTimeField(null=True)
    hot_wash_until = models.DateTimeField(null=True)
    facts = models.JSONField(default=dict)
    texts = models.JSONField(default=dict)
    version = models.IntegerField(default=1)
    changed_at = models.DateTimeField(default=now)
    changed_by = models.CharField(max_length=160, blank=True)

    class Meta:
        ordering = ["-began_at"]
        indexes = [models.Index(fields=["district", "-began_at"], name="review_newest")]

    def __str__(self) -> str:
        return f"{self.name}, No. {self.number}"


class ReviewVersion(TenantModel):
    """The texts as one version had them: never changed."""

    review = models.ForeignKey(Review, on_delete=models.CASCADE, related_name="versions")
    version = models.IntegerField()
    texts = models.JSONField()
    state = models.CharField(max_length=8)
    by_name = models.CharField(max_length=160)
    at = models.DateTimeField(default=now)

    class Meta:
        ordering = ["-version"]
        constraints = [models.UniqueConstraint(fields=["review", "version"], name="review_version_once")]


class Objective(TenantModel):
    """Something that should have worked, as it was observed. rating: facts.RATINGS, empty while nobody rated it."""

    review = models.ForeignKey(Review, on_delete=models.CASCADE, related_name="objectives")
    number = models.IntegerField()
    capability = models.CharField(max_length=80)
    text = models.CharField(max_length=300)
    rating = models.CharField(max_length=1, blank=True)
    suggested = models.CharField(max_length=1, blank=True)
    suggested_because = models.CharField(max_length=300, blank=True)
    analysis = models.TextField(blank=True)
    rated_by = models.CharField(max_length=160, blank=True)

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["review", "number"], name="review_objective_once")]

    def __str__(self) -> str:
        return self.text[:80]


class Finding(TenantModel):
    """A note of the hot wash, a strength or an area for improvement. entry: makes a repeat harmless."""

    review = models.ForeignKey(Review, on_delete=models.CASCADE, related_name="findings")
    objective = models.ForeignKey(Objective, null=True, on_delete=models.SET_NULL, related_name="+")
    kind = models.CharField(max_length=8, choices=list(FINDINGS.items()))
    text = models.CharField(max_length=600)
    by_name = models.CharField(max_length=160, blank=True)
    role = models.CharField(max_length=40, blank=True)
    entry = models.CharField(max_length=64)
    at = models.DateTimeField(default=now)

    class Meta:
        ordering = ["at", "id"]
        constraints = [models.UniqueConstraint(fields=["review", "entry"], name="review_finding_once")]

    def __str__(self) -> str:
        return self.text[:80]


class Improvement(TenantModel):
    """An item of the improvement plan: what to mend, by whom, until when, and the proof that it was."""

    review = models.ForeignKey(Review, on_delete=models.CASCADE, related_name="improvements")
    number = models.IntegerField()
    capability = models.CharField(max_length=80, blank=True)
    element = models.CharField(max_length=20, blank=True)
    issue = models.CharField(max_length=400)
    action = models.CharField(max_length=400)
    owner = models.ForeignKey("people.Person", null=True, on_delete=models.SET_NULL, related_name="+")
    owner_name = models.CharField(max_length=160, blank=True)
    due_on = models.DateField(null=True)
    state = models.CharField(max_length=8, choices=list(IMPROVEMENT_STATES.items()), default="open")
    proof = models.CharField(max_length=400, blank=True)
    done_at = models.DateTimeField(null=True)
    done_by = models.CharField(max_length=160, blank=True)

    class Meta:
        ordering = ["review", "number"]
        constraints = [models.UniqueConstraint(fields=["review", "number"], name="improvement_once")]
        indexes = [
            models.Index(
                fields=["district", "due_on"], name="improvement_due", condition=Q(state__in=("open", "doing"))
            )
        ]

    def __str__(self) -> str:
        return self.action[:80]
