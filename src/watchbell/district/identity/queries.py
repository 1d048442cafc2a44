"""Which providers a district has, for whom; whom a subject stands for."""

from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count, QuerySet

from watchbell.district.accounts.queries import roles_held
from watchbell.district.identity.facts import FAMILIES, OTHERS, STAFF
from watchbell.district.identity.models import IdentityLink, IdentityProvider
from watchbell.district.identity.rules import domain_of
from watchbell.kernel.acting import acting_in
from watchbell.kernel.models import District
from watchbell.kernel.permissions import Actor, require
from watchbell.line.errors import NotFound

SEE = "identity.manage"


@dataclass(frozen=True)
class Button:
    """One provider on a page of sign-in. ref: its part of addresses."""

    id: UUID
    ref: str
    name: str
    is_required: bool


def ref_of(code: str, slug: str) -> str:
    """A provider's part of addresses: its district's code and its own short name."""
    return f"{code}.{slug}"


def find_provider(ref: str) -> tuple[UUID, UUID]:
    """(district, provider) an address names, while it is on. Raises NotFound."""
    code, _, slug = ref.partition(".")
    district = District.objects.filter(code=code).values_list("id", flat=True).first()
    if district is not None and "\0" not in slug:
        with acting_in(district):
            found = IdentityProvider.objects.filter(slug=slug, is_on=True).values_list("id", flat=True).first()
        if found is not None:
            return district, found
    raise NotFound("This way of signing in is not there any more. Go back to the page of sign-in.")


def provider_by_id(provider_id: UUID | str) -> IdentityProvider:
    """A provider of the acting district that is on. Raises NotFound."""
    found = IdentityProvider.objects.select_related("district").filter(id=provider_id, is_on=True).first()
    if found is None:
        raise NotFound("This way of signing in is not there any more.")
    return found


def providers_seen_by(actor: Actor) -> QuerySet[IdentityProvider]:
    """All of them, with `people`: how many sign in by each."""
    require(actor, SEE)
    return IdentityProvider.objects.select_related("district").annotate(people=Count("links")).order_by("name", "id")


def provider_seen_by(actor: Actor, provider_id: UUID) -> IdentityProvider:
    """Raises NotFound."""
    found = providers_seen_by(actor).filter(id=provider_id).first()
    if found is None:
        raise NotFound("There is no such identity provider.")
    return found


def links_of(provider_id: UUID, most: int = 50) -> list[IdentityLink]:
    """Who signs in by it, the latest first."""
    rows = IdentityLink.objects.filter(provider_id=provider_id).select_related("user", "person")
    return list(rows.order_by("-used_at", "id")[:most])


def buttons_for(district: UUID, code: str, whom: tuple[str, ...]) -> list[Button]:
    """The providers a district offers on a page of sign-in."""
    with acting_in(district):
        rows = IdentityProvider.objects.filter(is_on=True, audience__in=whom).order_by("name", "id")
        return [Button(row.id, ref_of(code, row.slug), row.name, row.is_required) for row in rows]


def staff_buttons(code: str) -> tuple[list[Button], bool]:
    """(the buttons of sign-in, whether several districts might have some): of the only district, or of `code`."""
    known = list(District.objects.order_by("id").values_list("id", "code")[:2])
    chosen = known[0] if len(known) == 1 else None
    if chosen is None and code and "\0" not in code:
        chosen = District.objects.filter(code=code).values_list("id", "code").first()
    return (buttons_for(*chosen, STAFF) if chosen else []), len(known) > 1


def family_buttons(district: UUID, code: str) -> list[Button]:
    return buttons_for(district, code, FAMILIES)


def home_of(mail: str) -> str:
    """The code of the district whose provider for staff vouches for this address's domain; "" for none or several.

    It tells what a district has set up, and never whether an account exists.
    """
    domain, found = domain_of(mail), []
    for district, code in District.objects.order_by("code").values_list("id", "code"):
        with acting_in(district):
            if (
                domain
                and IdentityProvider.objects.filter(is_on=True, audience__in=STAFF, domains__contains=[domain]).exists()
            ):
                found.append(code)
    return found[0] if len(found) == 1 else ""


def required_of(user_id: UUID, districts: list[UUID]) -> str:
    """The name of the provider that a member of staff must use in one of their districts; "" when none."""
    for district in districts:
        with acting_in(district):
            if not any(role not in OTHERS for role, _ in roles_held(user_id)):
                continue
            rows = IdentityProvider.objects.filter(is_on=True, is_required=True, audience__in=STAFF)
            if name := rows.order_by("name").values_list("name", flat=True).first():
                return name
    return ""
