"""Mailings with their recipients and every single message; who has declined what; addresses and carriers in trouble."""

from datetime import time

from django.db import models
from django.db.models import Q

from watchbell.communication.channels.facts import MAILING_STATES, PURPOSES
from watchbell.kernel.tenancy import TenantModel
from watchbell.line.clock import now


class Mailing(TenantModel):
    """One text to many. about: what asked for it, e.g. "notice:<id>", once. options: see wire.tell.Batch.

    next_after_seconds: when who is not reached is tried by the next way; None: every way at once.
    may_wait: its mails to who wants one a day wait for the day's digest.
    is_gathered: all recipients are there, whatever was asked of it meanwhile: before that it cannot end.
    """

    about = models.CharField(max_length=80, unique=True)
    label = models.CharField(max_length=200)
    purpose = models.CharField(max_length=10, choices=[(key, name) for key, (name, _) in PURPOSES.items()])
    mode = models.CharField(max_length=5, default="real")
    urgency = models.PositiveSmallIntegerField(default=2)
    state = models.CharField(max_length=10, choices=list(MAILING_STATES.items()), default="preparing")
    options = models.JSONField(default=dict)
    next_after_seconds = models.PositiveIntegerField(null=True)
    made_at = models.DateTimeField(default=now)
    expires_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)
    prepared = models.PositiveIntegerField(default=0)
    is_gathered = models.BooleanField(default=False)
    may_wait = models.BooleanField(default=False)

    class Meta:
        indexes = [
            models.Index(fields=["district", "urgency", "made_at"], name="mailing_under_way",
                         condition=Q(state__in=("preparing", "sending"))),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.label


class Body(TenantModel):
    """A mailing's text in one language. replaced_at: since then another one counts; what went before went with this."""

    mailing = models.ForeignKey(Mailing, on_delete=models.CASCADE, related_name="bodies")
    language = models.CharField(max_length=16)
    subject = models.CharField(max_length=200, blank=True)
    text = models.TextField(blank=True)
    html = models.TextField(blank=True)
    short = models.TextField(blank=True)
    spoken = models.TextField(blank=True)
    sound = models.CharField(max_length=64, blank=True)
    replaced_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["mailing", "language"], condition=Q(replaced_at=None),
                                    name="body_once_per_language")
        ]  # fmt: skip


class Recipient(TenantModel):
    """A person a mailing is for. token: opens their own page without sign-in. family: household, or the person itself.

    about: the children it is about. reached_at, reached_by: first, and by which way.
    """

    mailing = models.ForeignKey(Mailing, on_delete=models.CASCADE, related_name="recipients")
    person = models.ForeignKey("people.Person", null=True, on_delete=models.SET_NULL, related_name="+")
    family = models.UUIDField()
    name = models.CharField(max_length=200)
    language = models.CharField(max_length=16)
    fields = models.JSONField(default=dict)
    about = models.JSONField(default=list)
    token = models.CharField(max_length=24, unique=True)
    reached_at = models.DateTimeField(null=True)
    reached_by = models.CharField(max_length=8, blank=True)

    class Meta:
        indexes = [models.Index(fields=["mailing", "family"], name="recipient_by_family"),
                   models.Index(fields=["person"], name="recipient_by_person")]  # fmt: skip

    def __str__(self) -> str:
        return self.name


class Batch(TenantModel):
    """A handful of messages that a carrier is given together. state: held, waiting, out, done, stopped, digest.

    tried: carriers that had trouble with it, see rules.note_tried. carrier: who has it, or had it last. A batch in
    state digest is given to nobody: each of its mails goes in its reader's digest at not_before.
    """

    mailing = models.ForeignKey(Mailing, on_delete=models.CASCADE, related_name="batches")
    channel = models.CharField(max_length=8)
    wave = models.PositiveSmallIntegerField(default=0)
    size = models.PositiveIntegerField()
    state = models.CharField(max_length=8, default="waiting")
    device = models.CharField(max_length=40, blank=True)
    carrier = models.UUIDField(null=True)
    tried = models.JSONField(default=list)
    attempts = models.PositiveSmallIntegerField(default=0)
    not_before = models.DateTimeField(default=now)
    lease_until = models.DateTimeField(null=True)
    because = models.CharField(max_length=255, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["mailing", "channel", "state"], name="batch_of_mailing"),
            models.Index(fields=["district", "carrier"], name="batch_out", condition=Q(state="out")),
            models.Index(fields=["district", "not_before"], name="batch_digest", condition=Q(state="digest")),
        ]


class Delivery(TenantModel):
    """One message to one address. state: facts.OUTCOMES, in no index: it changes in place. tries: calls that rang.

    ref: the network's own name of a post, for its correction; of nothing else. digest: the mail that carries it, where
    it goes in a day's digest; what becomes of that mail becomes of it.
    """

    mailing = models.ForeignKey(Mailing, on_delete=models.CASCADE, related_name="+")
    recipient = models.ForeignKey(Recipient, on_delete=models.CASCADE, related_name="deliveries")
    batch = models.ForeignKey(Batch, null=True, on_delete=models.CASCADE, related_name="deliveries")
    channel = models.CharField(max_length=8)
    wave = models.PositiveSmallIntegerField(default=0)
    to = models.TextField()
    state = models.PositiveSmallIntegerField(default=0)
    at = models.DateTimeField(null=True)
    because = models.CharField(max_length=255, blank=True)
    code = models.CharField(max_length=20, blank=True)
    tries = models.PositiveSmallIntegerField(default=0)
    ref = models.CharField(max_length=200, blank=True)
    digest = models.ForeignKey("self", null=True, on_delete=models.SET_NULL, related_name="+", db_index=False)

    class Meta:
        indexes = [models.Index(fields=["to"], name="delivery_to"),
                   models.Index(fields=["digest"], name="delivery_in_digest", condition=Q(digest__isnull=False)),
                   ]  # fmt: skip


class Consent(TenantModel):
    """The ledger of who has declined or taken back what; the newest line counts, none is ever changed."""

    channel = models.CharField(max_length=8)
    address = models.CharField(max_length=700)
    purpose = models.CharField(max_length=10)
    is_wanted = models.BooleanField()
    how = models.CharField(max_length=160)
    by_name = models.CharField(max_length=160, blank=True)
    at = models.DateTimeField(default=now)

    class Meta:
        indexes = [models.Index(fields=["district", "channel", "address", "purpose", "-at"], name="consent_newest"),
                   models.Index(fields=["address"], name="consent_by_address")]  # fmt: skip


class StrayWish(TenantModel):
    """Somebody asks by mail for no more messages, and nobody can tell for which address: the office settles it.

    sender: as the mail says it, "" unknown; anybody writes that as they like. because: why it counts for nobody.
    outcome: "", "declined" (for `address`) or "dismissed", with the office's reason (`why`).
    """

    heard = models.CharField(max_length=120)
    kind = models.CharField(max_length=10)
    sender = models.CharField(max_length=254, blank=True)
    subject = models.CharField(max_length=200, blank=True)
    text = models.TextField(blank=True)
    because = models.CharField(max_length=255)
    at = models.DateTimeField(default=now)
    outcome = models.CharField(max_length=10, blank=True)
    address = models.CharField(max_length=254, blank=True)
    why = models.CharField(max_length=200, blank=True)
    settled_at = models.DateTimeField(null=True)
    settled_by = models.CharField(max_length=160, blank=True)

    class Meta:
        indexes = [models.Index(fields=["district", "-at"], name="stray_wish_open", condition=Q(settled_at=None))]
        constraints = [models.UniqueConstraint(fields=["district", "heard"], name="stray_wish_once")]

    def __str__(self) -> str:
        return self.sender or "somebody unknown"


class BadAddress(TenantModel):
    """Nothing arrives there, by a carrier's word, until somebody clears it or something arrives.

    is_doubt: it was said, and not yet so that it is believed (`rules.trust.is_believed`): messages go there still.
    said: by which carrier, of which mailing: [{"mailing": id, "carrier": id}].
    """

    channel = models.CharField(max_length=8)
    address = models.CharField(max_length=700)
    person = models.ForeignKey("people.Person", null=True, on_delete=models.CASCADE, related_name="+")
    because = models.CharField(max_length=255)
    code = models.CharField(max_length=20, blank=True)
    is_doubt = models.BooleanField(default=False)
    said = models.JSONField(default=list)
    since = models.DateTimeField(default=now)
    cleared_at = models.DateTimeField(null=True)
    cleared_by = models.CharField(max_length=160, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["district", "channel", "address"], condition=Q(cleared_at=None),
                                    name="bad_address_once")
        ]  # fmt: skip

    @classmethod
    def held(cls) -> models.QuerySet["BadAddress"]:
        """Those that get nothing but emergencies."""
        return cls.objects.filter(cleared_at=None, is_doubt=False)


class ContactLink(TenantModel):
    """A guardian was sent the link to their own numbers and addresses, since one of these does not work.

    channel, address: by which way it went, and where to; to_name: who has that, the guardian or another at home.
    """

    person = models.ForeignKey("people.Person", on_delete=models.CASCADE, related_name="+")
    bad_address = models.CharField(max_length=700)
    channel = models.CharField(max_length=8)
    address = models.TextField()
    to_name = models.CharField(max_length=200)
    language = models.CharField(max_length=16)
    sent_on = models.DateField()
    sent_at = models.DateTimeField(default=now)
    sent_by = models.CharField(max_length=160)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["district", "person", "sent_on"], name="contact_link_once_a_day")
        ]


class TextTelephone(TenantModel):
    """A text telephone (TTY) is at this number: calls to it are typed. It belongs to the number, not to the records."""

    number = models.CharField(max_length=20)
    made_at = models.DateTimeField(default=now)
    by_name = models.CharField(max_length=160, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["district", "number"], name="text_telephone_once")]


class AlertCard(TenantModel):
    """The version of the district's alert card that a person has saved last; see queries.through."""

    person = models.ForeignKey("people.Person", on_delete=models.CASCADE, related_name="+")
    version = models.CharField(max_length=16)
    taken_at = models.DateTimeField(default=now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["district", "person"], name="alert_card_once")]


class AlertTrial(TenantModel):
    """Somebody had themselves called or texted, to hear whether an alert gets through.

    way: "voice" or "text". version: of the alert card then: other numbers prove nothing of those. rang: as they said.
    """

    person = models.ForeignKey("people.Person", on_delete=models.CASCADE, related_name="+")
    way = models.CharField(max_length=8)
    to = models.CharField(max_length=20)
    version = models.CharField(max_length=16)
    language = models.CharField(max_length=16)
    asked_at = models.DateTimeField(default=now)
    rang = models.BooleanField(null=True)
    told_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["district", "person", "-asked_at"], name="alert_trial_of_person"),
                   models.Index(fields=["to", "-asked_at"], name="alert_trial_to")]  # fmt: skip


class CarrierTrouble(TenantModel):
    """A carrier that had trouble; its batches go to others until `until`."""

    carrier = models.UUIDField()
    state = models.CharField(max_length=8)
    because = models.CharField(max_length=255)
    failures = models.PositiveSmallIntegerField(default=1)
    since = models.DateTimeField(default=now)
    until = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["district", "carrier"], name="carrier_trouble_once")]


class Preference(TenantModel):
    """How a person wants to be told. order: their ways, the dearest first. language: "" as the records say.

    is_daily: their routine mail comes once a day, together; else each at once.
    """

    person = models.OneToOneField("people.Person", on_delete=models.CASCADE, related_name="+")
    order = models.JSONField(default=list)
    language = models.CharField(max_length=16, blank=True)
    is_daily = models.BooleanField(default=False)
    changed_at = models.DateTimeField(default=now)


class ContactChange(TenantModel):
    """A family's own correction of an address; it counts once the code that went there came back.

    kind: "email" or "phone". old: what it stands for, "" for a new one; value "": the old one is taken out.
    is_bare: it was added by whoever had a message's link, and nothing else: see queries.addresses.is_trusted.
    taken_at: when the student information system had it (it stays the master, and is told by a list of changes).
    """

    person = models.ForeignKey("people.Person", on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=5)
    old = models.CharField(max_length=254, blank=True)
    value = models.CharField(max_length=254, blank=True)
    is_bare = models.BooleanField(default=False)
    code = models.CharField(max_length=64, blank=True)
    tries = models.PositiveSmallIntegerField(default=0)
    asked_at = models.DateTimeField(default=now)
    confirmed_at = models.DateTimeField(null=True)
    taken_at = models.DateTimeField(null=True)
    taken_by = models.CharField(max_length=160, blank=True)

    class Meta:
        indexes = [models.Index(fields=["district", "person", "asked_at"], name="contact_change_of_person")]


class TellingSettings(TenantModel):
    """Between which times of its own day a district sends nothing routine, and when its daily digests go.

    One row a district; none: the usual.
    """

    quiet_from = models.TimeField()
    quiet_until = models.TimeField()
    digest_at = models.TimeField(default=time(17))

    class Meta:
        constraints = [models.UniqueConstraint(fields=["district"], name="telling_settings_once")]


class Browser(TenantModel):
    """A browser that takes pushes for a person without an account (RFC 8030 endpoint, RFC 8291 keys).

    device: which of the devices that remember them; one that is forgotten takes no pushes, nor after ends_at.
    """

    person = models.ForeignKey("people.Person", on_delete=models.CASCADE, related_name="+")
    device = models.UUIDField()
    endpoint = models.URLField(max_length=700)
    p256dh = models.CharField(max_length=120)
    auth = models.CharField(max_length=60)
    made_at = models.DateTimeField(default=now)
    ends_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["district", "endpoint"], name="browser_endpoint_once"),
                       models.UniqueConstraint(fields=["district", "device"], name="browser_device_once")]  # fmt: skip
