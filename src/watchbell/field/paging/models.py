"""Announcements with their zones, recordings, zone tests, the district's paging settings, and unattended displays."""

from django.db import models

from watchbell.field.paging.facts import DEFAULT_TEST_AT
from watchbell.kernel.tenancy import TenantModel
from watchbell.line.clock import now


class Recording(TenantModel):
    """A recorded announcement. sound: µ-law at 8 kHz; digest: its SHA-256. Retired, never deleted.

    listened_at: it is offered only once somebody has listened to it.
    """

    name = models.CharField(max_length=120)
    language = models.CharField(max_length=8, default="en")
    digest = models.CharField(max_length=64)
    sound = models.BinaryField()
    seconds = models.FloatField()
    source = models.CharField(max_length=10, default="recorded")
    made_by = models.UUIDField(null=True)
    made_name = models.CharField(max_length=160)
    made_at = models.DateTimeField(default=now)
    listened_at = models.DateTimeField(null=True)
    listened_name = models.CharField(max_length=160, blank=True)
    retired_at = models.DateTimeField(null=True)
    retired_name = models.CharField(max_length=160, blank=True)

    class Meta:
        indexes = [models.Index(fields=["district", "name"], name="recording_by_name")]

    def __str__(self) -> str:
        return self.name


class RecordingCall(TenantModel):
    """Somebody is called to speak a recording into their telephone. about: the message it is for, in words.

    state: facts.CALL_STATES. carrier: who calls. is_kept: they heard it and pressed 1.
    """

    name = models.CharField(max_length=120)
    language = models.CharField(max_length=8, default="en")
    number = models.CharField(max_length=20)
    about = models.CharField(max_length=160, blank=True)
    by = models.UUIDField()
    by_name = models.CharField(max_length=160)
    carrier = models.UUIDField()
    asked_at = models.DateTimeField(default=now)
    ended_at = models.DateTimeField(null=True)
    state = models.CharField(max_length=10, default="asked")
    because = models.CharField(max_length=300, blank=True)
    is_kept = models.BooleanField(default=False)
    recording = models.ForeignKey(Recording, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        indexes = [models.Index(fields=["district", "-asked_at"], name="recording_call_newest")]

    def __str__(self) -> str:
        return self.name


class Announcement(TenantModel):
    """One announcement. say: [{"language", "text"}, …]. params: what its orders carry. state: facts.STATES."""

    way = models.CharField(max_length=10)
    title = models.CharField(max_length=160)
    priority = models.SmallIntegerField()
    mode = models.CharField(max_length=10)
    say = models.JSONField(default=list)
    params = models.JSONField(default=dict)
    recording = models.ForeignKey(Recording, null=True, on_delete=models.PROTECT)
    is_all_call = models.BooleanField(default=False)
    by = models.UUIDField(null=True)
    by_name = models.CharField(max_length=160)
    asked_at = models.DateTimeField(default=now)
    ended_at = models.DateTimeField(null=True)
    stopped_name = models.CharField(max_length=160, blank=True)
    state = models.CharField(max_length=10, default="asked")
    kept_as = models.CharField(max_length=80, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["district", "-asked_at"], name="announcement_newest"),
            models.Index(fields=["district", "state"], name="announcement_by_state"),
        ]

    def __str__(self) -> str:
        return self.title


class AnnouncementZone(TenantModel):
    """One zone of an announcement, from its order to its end. state: facts.ZONE_STATES. seconds: what was played."""

    announcement = models.ForeignKey(Announcement, on_delete=models.CASCADE, related_name="zones")
    site = models.ForeignKey("sites.Site", on_delete=models.PROTECT)
    zone = models.UUIDField()
    zone_name = models.CharField(max_length=160)
    gateway = models.CharField(max_length=40)
    device = models.CharField(max_length=120)
    order = models.CharField(max_length=64)
    state = models.CharField(max_length=10, default="asked")
    because = models.CharField(max_length=300, blank=True)
    on_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    seconds = models.FloatField(null=True)
    first_audio_ms = models.FloatField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["district", "order"], name="announcement_order_once")]
        indexes = [models.Index(fields=["district", "zone", "state"], name="announcement_zone_state")]

    def __str__(self) -> str:
        return self.zone_name


class ZoneTest(TenantModel):
    """One self-test of one zone. verdict: facts.VERDICTS, "" until it is known. unheard: {speaker: why}."""

    run = models.UUIDField()
    site = models.ForeignKey("sites.Site", on_delete=models.CASCADE)
    zone = models.UUIDField()
    zone_name = models.CharField(max_length=160)
    order = models.CharField(max_length=64)
    is_nightly = models.BooleanField(default=True)
    is_quiet = models.BooleanField(default=True)
    by_name = models.CharField(max_length=160)
    asked_at = models.DateTimeField(default=now)
    done_at = models.DateTimeField(null=True)
    verdict = models.CharField(max_length=10, blank=True)
    because = models.CharField(max_length=300, blank=True)
    heard = models.IntegerField(default=0)
    of = models.IntegerField(default=0)
    packets = models.IntegerField(default=0)
    unheard = models.JSONField(default=dict)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["district", "order"], name="zone_test_order_once")]
        indexes = [models.Index(fields=["district", "zone", "-asked_at"], name="zone_test_newest")]

    def __str__(self) -> str:
        return f"Test of {self.zone_name}"


class PagingSettings(TenantModel):
    """When the district's zones test themselves (its own time), and how. One row a district."""

    test_at = models.TimeField(default=DEFAULT_TEST_AT)
    is_quiet = models.BooleanField(default=True)
    may_disturb = models.BooleanField(default=False)
    last_test_on = models.DateField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["district"], name="paging_settings_once")]


class BellRing(TenantModel):
    """A site whose bells ring by its schedule, in these zones (ids as text). last_at: the bell that rang last."""

    site = models.ForeignKey("sites.Site", on_delete=models.CASCADE)
    zones = models.JSONField(default=list)
    is_on = models.BooleanField(default=True)
    last_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["district", "site"], name="bell_ring_once")]

    def __str__(self) -> str:
        return f"Bells of {self.site_id}"


class Display(TenantModel):
    """An unattended screen that shows alerts and may do nothing. Known by a signed address; revoked, never deleted."""

    name = models.CharField(max_length=120)
    site = models.ForeignKey("sites.Site", null=True, on_delete=models.CASCADE)
    place_name = models.CharField(max_length=160, blank=True)
    enrolled_name = models.CharField(max_length=160)
    enrolled_at = models.DateTimeField(default=now)
    seen_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
    revoked_name = models.CharField(max_length=160, blank=True)

    def __str__(self) -> str:
        return self.name
