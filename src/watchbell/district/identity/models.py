"""Identity providers of a district, and whom each has vouched for."""

from django.db import models
from django.db.models import Q

from watchbell.district.identity.facts import AUDIENCES, FACTORS, KINDS, SCOPES
from watchbell.kernel.fields import SecretField
from watchbell.kernel.tenancy import TenantModel
from watchbell.line.clock import now


class IdentityProvider(TenantModel):
    """One provider. slug: its part of addresses, for good. domains: whose addresses it may vouch for.

    vouches: addresses in these domains are the district's own and count as checked though the provider does not say
    so. is_required: staff sign in by it and not by password. OpenID Connect: issuer to scopes; SAML 2.0: metadata as
    given and what was read from it.
    """

    slug = models.SlugField(max_length=40)
    name = models.CharField(max_length=60)
    kind = models.CharField(max_length=4, choices=list(KINDS.items()))
    audience = models.CharField(max_length=8, choices=list(AUDIENCES.items()))
    domains = models.JSONField(default=list)
    vouches = models.BooleanField(default=False)
    second_factor = models.CharField(max_length=6, choices=list(FACTORS.items()), default="no")
    is_on = models.BooleanField(default=True)
    is_required = models.BooleanField(default=False)
    issuer = models.CharField(max_length=400, blank=True)
    client_id = models.CharField(max_length=200, blank=True)
    secret = SecretField(blank=True)
    scopes = models.CharField(max_length=200, default=SCOPES)
    metadata = models.TextField(blank=True)
    entity_id = models.CharField(max_length=400, blank=True)
    sso_url = models.CharField(max_length=400, blank=True)
    certificates = models.JSONField(default=list)
    mail_attribute = models.CharField(max_length=200, blank=True)
    subject_attribute = models.CharField(max_length=200, blank=True)
    made_at = models.DateTimeField(default=now)
    changed_at = models.DateTimeField(default=now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["district", "slug"], name="identity_provider_slug_once")]

    def __str__(self) -> str:
        return self.name


class IdentityLink(TenantModel):
    """A provider's subject is this account, or this guardian; so it stays, whatever becomes of addresses."""

    provider = models.ForeignKey(IdentityProvider, on_delete=models.CASCADE, related_name="links")
    subject = models.CharField(max_length=255)
    user = models.ForeignKey("accounts.User", null=True, on_delete=models.CASCADE, related_name="+")
    person = models.ForeignKey("people.Person", null=True, on_delete=models.CASCADE, related_name="+")
    mail = models.CharField(max_length=254, blank=True)
    made_at = models.DateTimeField(default=now)
    used_at = models.DateTimeField(default=now)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["provider", "subject"], condition=Q(user__isnull=False), name="identity_account_once"
            ),
            models.UniqueConstraint(
                fields=["provider", "subject"], condition=Q(person__isnull=False), name="identity_guardian_once"
            ),
        ]

    def __str__(self) -> str:
        return self.mail or self.subject
