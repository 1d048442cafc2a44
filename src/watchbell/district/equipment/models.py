"""The tables of equipment and of who answers for it."""

from django.db import models

from watchbell.district.equipment.facts import (
    SELF_TESTS,
    SEVERITIES,
    STATES,
    TICKET_ORIGINS,
    TICKET_STATES,
    kind_choices,
)
from watchbell.kernel.fields import SecretField
from watchbell.kernel.tenancy import TenantModel
from watchbell.line.clock import now


class Equipment(TenantModel):
    """One thing that can be pressed, locked, heard or seen.

    gateway, device: the folder under gateways/ and the name it knows the thing by. settings: its gateway entry.
    x, y: plan units on `floor`. state: as last told, with when and why. contact, lock: doors only.
    heard_at: its last proof of life, which a gateway's word that it is silent is not. detail: what its last status
    told beside that. owner: who answers for it; empty means by the owner rule of its kind and site.
    silence_told_at: when its silence was announced. failing_since: when the watch first saw that it fails.
    """

    kind = models.CharField(max_length=20, choices=kind_choices)
    name = models.CharField(max_length=160)
    identifier = models.CharField(max_length=120, blank=True)
    site = models.ForeignKey("sites.Site", on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    floor = models.ForeignKey("sites.Floor", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    place = models.ForeignKey("sites.Place", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    door = models.ForeignKey("sites.Door", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    holder = models.ForeignKey("people.Person", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    x = models.FloatField(null=True, blank=True)
    y = models.FloatField(null=True, blank=True)
    gateway = models.CharField(max_length=40, blank=True)
    device = models.CharField(max_length=120, blank=True)
    settings = models.JSONField(default=dict, blank=True)
    secret = SecretField(blank=True, default="")
    is_test = models.BooleanField(default=False)
    is_retired = models.BooleanField(default=False)
    expires_on = models.DateField(null=True, blank=True)
    state = models.CharField(max_length=10, choices=list(STATES.items()), default="unknown")
    state_at = models.DateTimeField(null=True, blank=True)
    state_because = models.CharField(max_length=255, blank=True)
    battery = models.PositiveSmallIntegerField(null=True, blank=True)
    contact = models.CharField(max_length=8, blank=True)
    lock = models.CharField(max_length=10, blank=True)
    is_tampered = models.BooleanField(default=False)
    heard_at = models.DateTimeField(null=True, blank=True)
    detail = models.JSONField(default=dict, blank=True)
    self_test = models.CharField(max_length=8, choices=list(SELF_TESTS.items()), blank=True, default="")
    self_test_at = models.DateTimeField(null=True, blank=True)
    self_test_because = models.CharField(max_length=255, blank=True)
    silence_told_at = models.DateTimeField(null=True, blank=True)
    failing_since = models.DateTimeField(null=True, blank=True)
    owner = models.ForeignKey("people.Person", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["district", "gateway", "device"],
                condition=~models.Q(device="") & models.Q(is_retired=False),
                name="device_once_per_gateway",
            )
        ]
        indexes = [
            models.Index(fields=["district", "site", "kind"], name="equipment_by_site"),
            models.Index(fields=["district", "kind", "state"], name="equipment_by_state"),
            models.Index(fields=["district", "floor"], name="equipment_by_floor"),
        ]

    def __str__(self) -> str:
        return self.name


class EquipmentOwner(TenantModel):
    """Who answers for the equipment of a kind at a site that has no owner of its own. kind "", site null: any."""

    kind = models.CharField(max_length=20, choices=kind_choices, blank=True)
    site = models.ForeignKey("sites.Site", on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    person = models.ForeignKey("people.Person", on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["district", "kind", "site"], nulls_distinct=False, name="equipment_owner_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.person} for {self.kind or 'everything'}"


class TelephoneAudit(TenantModel):
    """One night's look at every telephone's location. problems: [{"id", "extension", "name", "site", "problem"}]."""

    at = models.DateTimeField()
    checked = models.PositiveIntegerField()
    problems = models.JSONField(default=list)

    class Meta:
        indexes = [models.Index(fields=["district", "-at"], name="telephone_audit_newest")]

    def __str__(self) -> str:
        return f"{len(self.problems)} of {self.checked}"


OPEN = ~models.Q(state="closed")


class Ticket(TenantModel):
    """A fault that somebody is to mend. number: counts in the district, to be said aloud.

    equipment, place: what it is about; a site's outage names neither, and `pieces` says how many were silent. owner:
    by the equipment's, unless is_owner_given. repairer: the account that said it is mended; another one closes it.
    opened_at: of this time it stands, `times` counts how often it was opened. interim: what the room does meanwhile.
    """

    number = models.PositiveIntegerField()
    origin = models.CharField(max_length=8, choices=list(TICKET_ORIGINS.items()))
    title = models.CharField(max_length=200)
    words = models.TextField(blank=True)
    has_report = models.BooleanField(default=False)
    equipment = models.ForeignKey(Equipment, on_delete=models.SET_NULL, null=True, related_name="+")
    pieces = models.PositiveIntegerField(default=1)
    site = models.ForeignKey("sites.Site", on_delete=models.CASCADE, null=True, related_name="+")
    place = models.ForeignKey("sites.Place", on_delete=models.SET_NULL, null=True, related_name="+")
    severity = models.CharField(max_length=12, choices=list(SEVERITIES.items()))
    state = models.CharField(max_length=8, choices=list(TICKET_STATES.items()), default="open")
    owner = models.ForeignKey("people.Person", on_delete=models.SET_NULL, null=True, related_name="+")
    is_owner_given = models.BooleanField(default=False)
    interim = models.CharField(max_length=400, blank=True)
    first_opened_at = models.DateTimeField(default=now)
    opened_at = models.DateTimeField(default=now)
    opened_by = models.CharField(max_length=160)
    reporter = models.UUIDField(null=True)
    times = models.PositiveSmallIntegerField(default=1)
    due_at = models.DateTimeField()
    escalated_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)
    done_by = models.CharField(max_length=160, blank=True)
    repairer = models.UUIDField(null=True)
    closed_at = models.DateTimeField(null=True)
    closed_by = models.CharField(max_length=160, blank=True)
    closed_because = models.CharField(max_length=400, blank=True)

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["district", "number"], name="ticket_number_once"),
            models.UniqueConstraint(
                fields=["district", "equipment"], condition=OPEN & models.Q(equipment__isnull=False),
                name="ticket_open_once",
            ),
            models.UniqueConstraint(
                fields=["district", "site"], condition=OPEN & models.Q(origin="site"), name="ticket_outage_once"
            ),
        ]  # fmt: skip
        indexes = [
            models.Index(fields=["district", "due_at"], name="ticket_open_due", condition=OPEN),
            models.Index(fields=["district", "equipment", "-closed_at"], name="ticket_of_equipment"),
            models.Index(fields=["district", "-opened_at"], name="ticket_newest"),
        ]

    def __str__(self) -> str:
        return f"Ticket {self.number}, {self.title}"


class TicketNote(TenantModel):
    """What happened to a ticket: never changed. what: a word for the kind of entry. reporter: the account that joined
    its own report; it sees the ticket from then on."""

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="notes")
    at = models.DateTimeField(default=now)
    what = models.CharField(max_length=60)
    text = models.TextField(blank=True)
    by_name = models.CharField(max_length=160)
    reporter = models.UUIDField(null=True)

    class Meta:
        ordering = ["at", "id"]
        indexes = [models.Index(fields=["district", "ticket", "at"], name="ticket_note_order")]

    def __str__(self) -> str:
        return f"{self.what} {self.text}"[:80]


class TicketPhoto(TenantModel):
    """A photo of a fault, or of its repair. digest: SHA-256 of what is kept."""

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="photos")
    media_type = models.CharField(max_length=40)
    content = models.BinaryField()
    digest = models.CharField(max_length=64)
    is_proof = models.BooleanField(default=False)
    taken_at = models.DateTimeField(default=now)
    by_name = models.CharField(max_length=160)

    class Meta:
        ordering = ["taken_at", "id"]
        constraints = [models.UniqueConstraint(fields=["ticket", "digest", "is_proof"], name="ticket_photo_once")]

    def __str__(self) -> str:
        return f"Photo by {self.by_name}"
