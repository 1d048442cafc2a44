"""Providers are set up and taken out; who comes back from one is recognised, linked once, or refused."""

from typing import TYPE_CHECKING, Any
from uuid import UUID

from watchbell.district.accounts.queries import break_glass_login, roles_held, users_with_mail
from watchbell.district.identity import rules
from watchbell.district.identity.facts import FAMILIES, STAFF, Identity
from watchbell.district.identity.models import IdentityLink, IdentityProvider
from watchbell.district.identity.queries import SEE
from watchbell.district.people.queries import guardians_with
from watchbell.kernel.changes import recorded_batch, recorded_change
from watchbell.kernel.permissions import Actor, require_everywhere
from watchbell.line.clock import now
from watchbell.line.errors import NotFound, Refused

if TYPE_CHECKING:
    from watchbell.district.accounts.models import User

SETTINGS = (
    "name", "kind", "audience", "domains", "vouches", "second_factor", "is_required", "issuer", "client_id", "scopes",
    "metadata", "entity_id", "sso_url", "certificates", "mail_attribute", "subject_attribute",
)  # fmt: skip
UNKNOWN = "Your district knows you, Watchbell does not yet. Ask the office that keeps Watchbell's accounts to add you"


def keep_provider(actor: Actor, given: dict[str, Any], provider_id: UUID | None = None, secret: str = "") -> UUID:
    """A new provider, or other settings of one. secret "": the one there is stays. Raises Refused, NotFound.

    given: what `rules.find_faults` has found nothing wrong with. The kind of a provider stays.
    """
    require_everywhere(actor, SEE)
    if given["is_required"] and not break_glass_login(actor):
        raise Refused("Seal a break-glass account first: it is the way in on the day the provider is down.")
    with recorded_change(actor, "identity.change_provider" if provider_id else "identity.add_provider") as change:
        if provider_id is None:
            taken = IdentityProvider.objects.values_list("slug", flat=True)
            row = IdentityProvider(slug=rules.slug_of(given["name"], taken))
        else:
            found = IdentityProvider.objects.select_for_update().filter(id=provider_id).first()
            if found is None:
                raise NotFound("There is no such identity provider.")
            row, given = found, {**given, "kind": found.kind}
        changed = [name for name in SETTINGS if getattr(row, name) != given[name]]
        for name in changed:
            setattr(row, name, given[name])
        row.secret, row.changed_at = secret or row.secret, now()
        row.save()
        change.about(row)
        change.note(changed=changed, new_secret=bool(secret), **{
            name: given[name] for name in ("audience", "domains", "second_factor", "is_required", "vouches")
        })  # fmt: skip
    return row.id


def switch_provider(actor: Actor, provider_id: UUID, is_on: bool) -> None:
    """Nobody signs in by it until it is on again; links stay. Raises NotFound."""
    require_everywhere(actor, SEE)
    with recorded_change(actor, "identity.switch_provider") as change:
        row = IdentityProvider.objects.filter(id=provider_id).first()
        if row is None:
            raise NotFound("There is no such identity provider.")
        row.is_on, row.changed_at = is_on, now()
        row.save(update_fields=["is_on", "changed_at"])
        change.about(row)
        change.note(on=is_on)


def remove_provider(actor: Actor, provider_id: UUID) -> None:
    """It is gone with its links: the same subjects would have to be known anew by their address. Raises NotFound."""
    require_everywhere(actor, SEE)
    with recorded_change(actor, "identity.remove_provider") as change:
        row = IdentityProvider.objects.filter(id=provider_id).first()
        if row is None:
            raise NotFound("There is no such identity provider.")
        change.about(row)
        change.note(links=row.links.count())
        row.delete()


def remove_link(actor: Actor, link_id: UUID) -> UUID:
    """Somebody is not known by this subject any more; the provider it was of. Raises NotFound."""
    require_everywhere(actor, SEE)
    with recorded_change(actor, "identity.remove_link") as change:
        row = IdentityLink.objects.filter(id=link_id).first()
        if row is None:
            raise NotFound("There is no such link.")
        change.about(row)
        change.note(account=str(row.user_id or ""), guardian=str(row.person_id or ""))
        row.delete()
    return row.provider_id


def recognise(actor: Actor, provider: IdentityProvider, identity: Identity) -> "User":
    """The account that signs in: linked to the subject before, or now, by an address the provider has checked.

    actor: the system, from where the person comes. Raises Refused with words for the person; each refusal is audited.
    """
    if provider.audience not in STAFF:
        raise _refusal(actor, provider, identity, "not for staff", "This way of signing in is not for staff.")
    link = IdentityLink.objects.select_related("user").filter(
        provider=provider, subject=identity.subject, user__isnull=False
    ).first()  # fmt: skip
    if link is not None and link.user is not None:
        if not link.user.is_active or not roles_held(link.user.id):
            raise _refusal(actor, provider, identity, "no role here", f"{UNKNOWN} again: your account here has ended.")
        _note_use(link, identity)
        return link.user
    if why := rules.fault_of_mail(identity, provider.domains, vouches=provider.vouches):
        raise _refusal(actor, provider, identity, why, _words(why, provider, identity))
    found = users_with_mail(identity.mail)
    if len(found) != 1:
        raise _refusal(actor, provider, identity, "unknown person", f"{UNKNOWN} as {identity.mail}.")
    _refuse_second(actor, provider, identity, user_id=found[0].id)
    _link(actor, provider, identity, user=found[0].id)
    return found[0]


def recognise_guardian(actor: Actor, provider: IdentityProvider, identity: Identity) -> UUID:
    """The guardian that signs in, in the same way as `recognise`."""
    if provider.audience not in FAMILIES:
        raise _refusal(actor, provider, identity, "not for families", "This way of signing in is not for families.")
    link = IdentityLink.objects.filter(provider=provider, subject=identity.subject, person__isnull=False).first()
    if link is not None and link.person_id is not None:
        _note_use(link, identity)
        return link.person_id
    if why := rules.fault_of_mail(identity, provider.domains, vouches=provider.vouches):
        raise _refusal(actor, provider, identity, why, _words(why, provider, identity))
    found = guardians_with("email", identity.mail)
    if len(found) != 1:
        told = "The school does not have this address for one person alone. Ask the school's office to put it right."
        raise _refusal(actor, provider, identity, "unknown guardian", told)
    _refuse_second(actor, provider, identity, person_id=found[0])
    _link(actor, provider, identity, person=found[0])
    return found[0]


def _refuse_second(actor: Actor, provider: IdentityProvider, identity: Identity, **whom: UUID) -> None:
    """Addresses are given to other people in time: whoever has one now is not let into the account of who had it."""
    if IdentityLink.objects.filter(provider=provider, **whom).exists():
        told = f"{identity.mail} signs in here as somebody {provider.name} names otherwise. Ask the office that keeps "
        raise _refusal(actor, provider, identity, "another subject", f"{told}Watchbell's accounts to unlink it.")


def _note_use(link: IdentityLink, identity: Identity) -> None:
    with recorded_batch("a link is used"):
        IdentityLink.objects.filter(id=link.id).update(used_at=now(), mail=identity.mail or link.mail)


def _link(actor: Actor, provider: IdentityProvider, identity: Identity, **whom: UUID) -> None:
    with recorded_change(actor, "identity.link", target=identity.mail) as change:
        IdentityLink.objects.get_or_create(
            provider=provider, subject=identity.subject, **{f"{name}_id": value for name, value in whom.items()},
            defaults={"mail": identity.mail},
        )  # fmt: skip
        change.note(provider=provider.name, **{name: str(value) for name, value in whom.items()})


def _words(why: str, provider: IdentityProvider, identity: Identity) -> str:
    return {
        "no address": f"{provider.name} did not tell your e-mail address, so Watchbell cannot know you yet. "
        "Whoever keeps the provider must let it tell the address.",
        "foreign domain": f"{identity.mail} is no address of this district. Sign in with the one you have from it.",
        "unverified address": f"{provider.name} has not checked that {identity.mail} is yours.",
    }[why]


def _refusal(actor: Actor, provider: IdentityProvider, identity: Identity, why: str, told: str) -> Refused:
    note_refusal(actor, provider, why, identity.mail or identity.subject)
    error = Refused(told)
    error.is_noted = True  # type: ignore[attr-defined]  # written down once
    return error


def note_refusal(actor: Actor, provider: IdentityProvider, why: str, who: str = "") -> None:
    """Somebody was not let in, and why, is part of the record."""
    with recorded_change(actor, "identity.refuse_sign_in", target=who[:120], why=why[:200]) as change:
        change.note(provider=provider.name)
