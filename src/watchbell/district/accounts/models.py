"""Identities, agencies and tokens carry no district; memberships are tenant data."""

from django.contrib.auth.models import AbstractUser, UserManager
from django.db import models

from watchbell.kernel.tenancy import TenantModel
from watchbell.line.clock import now
from watchbell.line.ids import new_id


class Agency(models.Model):
    """A police department, 911 centre or fire department whose people hold memberships in several districts."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    name = models.CharField(max_length=120, unique=True)
    kind = models.CharField(max_length=20)

    def __str__(self) -> str:
        return self.name


class User(AbstractUser):
    """A person who signs in. What they may do is said by their memberships, never here."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    username = None  # type: ignore[assignment]
    email = models.EmailField(unique=True)
    name = models.CharField(max_length=120)
    agency = models.ForeignKey(Agency, null=True, blank=True, on_delete=models.SET_NULL)
    is_demo = models.BooleanField(default=False)
    is_break_glass = models.BooleanField(default=False)
    theme = models.CharField(max_length=10, default="system")
    #: The districts this person has memberships in, so that one can be chosen after sign-in.
    districts = models.ManyToManyField("kernel.District", blank=True)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: list[str] = []
    objects = UserManager()

    def __str__(self) -> str:
        return self.name or self.email


class Membership(TenantModel):
    """A person's role in this district, at one site or (site empty) everywhere in it."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=30)
    site = models.ForeignKey("sites.Site", null=True, blank=True, on_delete=models.CASCADE)
    is_active = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["district", "user", "role", "site"], name="membership_once", nulls_distinct=False
            )
        ]


class ApiToken(models.Model):
    """A token's record; the token itself is signed and never stored."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE)
    name = models.CharField(max_length=120)
    district_ref = models.UUIDField()
    permissions = models.JSONField(default=list)
    made_at = models.DateTimeField(default=now)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    used_at = models.DateTimeField(null=True)


class PushSubscription(TenantModel):
    """A browser that takes Web Push for a person (RFC 8030 endpoint, RFC 8291 keys)."""

    user = models.ForeignKey(User, on_delete=models.CASCADE)
    endpoint = models.URLField(max_length=700)
    p256dh = models.CharField(max_length=120)
    auth = models.CharField(max_length=60)
    made_at = models.DateTimeField(default=now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["district", "endpoint"], name="push_endpoint_once")]


class BreakGlassUse(TenantModel):
    """Somebody signed in with the sealed account: stands on the home page until another person has looked into it."""

    user = models.ForeignKey(User, on_delete=models.CASCADE)
    at = models.DateTimeField(default=now)
    from_where = models.CharField(max_length=80, blank=True)
    seen_at = models.DateTimeField(null=True)
    seen_by = models.CharField(max_length=160, blank=True)
    finding = models.CharField(max_length=400, blank=True)


class Pins(TenantModel):
    """A person's cancel PIN and duress PIN, each only as a hash. failed: moments of late wrong tries, ISO text."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    cancel = models.CharField(max_length=160)
    duress = models.CharField(max_length=160)
    changed_at = models.DateTimeField(default=now)
    failed = models.JSONField(default=list)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["district", "user"], name="pins_once")]
