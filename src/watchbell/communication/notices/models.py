"""Templates, notices with their texts and corrections, answers and threads."""

from django.db import models

from watchbell.communication.channels.facts import PURPOSES
from watchbell.communication.notices.facts import STATES
from watchbell.kernel.tenancy import TenantModel
from watchbell.line.clock import now

PURPOSE_CHOICES = [(key, name) for key, (name, _) in PURPOSES.items()]


class Template(TenantModel):
    """A text that was thought over in calm. kind: an incident's kind it fits, "" for any. texts: [Text as JSON].

    It may be used once a person has approved exactly this version.
    """

    name = models.CharField(max_length=120)
    purpose = models.CharField(max_length=10, choices=PURPOSE_CHOICES)
    kind = models.CharField(max_length=20, blank=True)
    texts = models.JSONField(default=list)
    options = models.JSONField(default=list)
    version = models.PositiveIntegerField(default=1)
    changed_at = models.DateTimeField(default=now)
    changed_by = models.CharField(max_length=160, blank=True)
    approved_at = models.DateTimeField(null=True)
    approved_by = models.CharField(max_length=160, blank=True)
    is_retired = models.BooleanField(default=False)

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["district", "name"], name="template_name_once")]

    def __str__(self) -> str:
        return self.name


class Notice(TenantModel):
    """One message. number: counted per district. audience: facts.Audience as JSON; spelled: as a sentence.

    correction: what was corrected, and why, the newest of so many. told: which of them everybody is told, the newest.
    retell: {"by", "name"} of whoever corrected it, while it waits for a second person before everybody is told;
    with "confirmed", where their role sends nothing alone: which version of its texts messages say until then.
    desk: who answers replies ("" the district, or a site's id).
    skips_digest: a routine one that does not wait for the mail of those who want one a day.
    site: the school it is of, where it is of one; whoever sees only that school sees only its notices.
    """

    number = models.PositiveIntegerField()
    purpose = models.CharField(max_length=10, choices=PURPOSE_CHOICES)
    mode = models.CharField(max_length=5, default="real")
    state = models.CharField(max_length=10, default="draft", choices=[(key, word) for key, (word, _) in STATES.items()])
    title = models.CharField(max_length=120)
    audience = models.JSONField(default=dict)
    spelled = models.CharField(max_length=600, blank=True)
    sites = models.JSONField(default=list)
    channels = models.JSONField(default=list)
    posts = models.JSONField(default=list)
    options = models.JSONField(default=list)
    desk = models.CharField(max_length=40, blank=True)
    is_banner = models.BooleanField(default=False)
    is_public = models.BooleanField(default=False)
    tell_media = models.BooleanField(default=False)
    at_once = models.BooleanField(default=True)
    skips_digest = models.BooleanField(default=False)
    incident = models.ForeignKey("incidents.Incident", null=True, on_delete=models.SET_NULL, related_name="+")
    made_by = models.UUIDField(null=True)
    made_name = models.CharField(max_length=160)
    made_at = models.DateTimeField(default=now)
    asked_at = models.DateTimeField(null=True)
    second_because = models.CharField(max_length=160, blank=True)
    approved_by = models.UUIDField(null=True)
    approved_name = models.CharField(max_length=160, blank=True)
    approved_at = models.DateTimeField(null=True)
    send_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)
    changed_at = models.DateTimeField(default=now)
    correction = models.CharField(max_length=400, blank=True)
    corrected_at = models.DateTimeField(null=True)
    corrections = models.PositiveSmallIntegerField(default=0)
    told = models.PositiveSmallIntegerField(default=0)
    retell = models.JSONField(default=dict)
    ended_at = models.DateTimeField(null=True)
    ended_because = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["district", "number"], name="notice_number_once")]
        indexes = [models.Index(fields=["district", "-made_at"], name="notice_newest")]

    def __str__(self) -> str:
        return self.title


class NoticeText(TenantModel):
    """A notice in one language and version; the highest version counts, none is ever changed."""

    notice = models.ForeignKey(Notice, on_delete=models.CASCADE, related_name="texts")
    language = models.CharField(max_length=16)
    version = models.PositiveSmallIntegerField(default=0)
    position = models.PositiveSmallIntegerField(default=0)
    title = models.CharField(max_length=120)
    short = models.TextField(blank=True)
    text = models.TextField(blank=True)
    spoken = models.TextField(blank=True)
    sound = models.CharField(max_length=64, blank=True)
    options = models.JSONField(default=list)

    class Meta:
        ordering = ["position", "language"]
        constraints = [
            models.UniqueConstraint(fields=["notice", "language", "version"], name="notice_text_once"),
        ]


class PeopleList(TenantModel):
    """People who are told together again and again: a team, a club, a bus. A student on it stands for their family.

    site: the school it is of; none: the district.
    """

    name = models.CharField(max_length=80)
    site = models.ForeignKey("sites.Site", null=True, on_delete=models.CASCADE, related_name="+")
    about = models.CharField(max_length=200, blank=True)
    changed_at = models.DateTimeField(default=now)
    changed_by = models.CharField(max_length=160, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["district", "name"], name="people_list_name_once")]

    def __str__(self) -> str:
        return self.name


class ListMember(TenantModel):
    """One person on a list; whoever has left the district stays on it and is told nothing."""

    of = models.ForeignKey(PeopleList, on_delete=models.CASCADE, related_name="members")
    person = models.UUIDField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["of", "person"], name="list_member_once")]


class Answer(TenantModel):
    """What a family answered to a notice's question; the newest of each person counts. option: counted from 0."""

    notice = models.ForeignKey(Notice, on_delete=models.CASCADE, related_name="answers")
    recipient = models.UUIDField()
    family = models.UUIDField()
    name = models.CharField(max_length=200)
    option = models.PositiveSmallIntegerField()
    channel = models.CharField(max_length=8)
    at = models.DateTimeField(default=now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["notice", "recipient"], name="answer_once")]


class Thread(TenantModel):
    """What somebody wrote back, and what was answered. address: where answers go. site: whose desk it lies on."""

    notice = models.ForeignKey(Notice, null=True, on_delete=models.SET_NULL, related_name="threads")
    site = models.ForeignKey("sites.Site", null=True, on_delete=models.SET_NULL, related_name="+")
    recipient = models.UUIDField(null=True)
    name = models.CharField(max_length=200, blank=True)
    channel = models.CharField(max_length=8)
    address = models.CharField(max_length=320)
    language = models.CharField(max_length=16, default="en")
    state = models.CharField(max_length=6, default="open")
    last_at = models.DateTimeField(default=now)
    taken_by = models.CharField(max_length=160, blank=True)

    class Meta:
        indexes = [models.Index(fields=["district", "state", "-last_at"], name="thread_newest")]

    def __str__(self) -> str:
        return self.name or self.address


class Reply(TenantModel):
    """One message of a thread. heard: its own name on the wire, so that it is written down once."""

    thread = models.ForeignKey(Thread, on_delete=models.CASCADE, related_name="replies")
    is_ours = models.BooleanField(default=False)
    text = models.TextField()
    by_name = models.CharField(max_length=200, blank=True)
    at = models.DateTimeField(default=now)
    heard = models.CharField(max_length=120, blank=True)

    class Meta:
        ordering = ["at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["district", "heard"], condition=~models.Q(heard=""), name="reply_heard_once"
            )
        ]


class FamilyReminder(TenantModel):
    """Who may tell the families of an incident was reminded that a message is due. kind: "first" or "update"."""

    incident = models.ForeignKey("incidents.Incident", on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=6)
    due_at = models.DateTimeField()
    people = models.JSONField(default=list)
    made_at = models.DateTimeField(default=now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["incident", "due_at"], name="family_reminder_once")]


class IncidentLetter(TenantModel):
    """The letter to families about a closed incident: drafted as a notice, or dismissed with a reason."""

    incident = models.OneToOneField("incidents.Incident", on_delete=models.CASCADE, related_name="+")
    notice = models.ForeignKey(Notice, null=True, on_delete=models.SET_NULL, related_name="+")
    drafted_by = models.CharField(max_length=160, blank=True)
    dismissed_at = models.DateTimeField(null=True)
    dismissed_by = models.CharField(max_length=160, blank=True)
    because = models.CharField(max_length=200, blank=True)
