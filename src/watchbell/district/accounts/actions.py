"""Accounts are made, given roles and tokens, and ended."""

import contextlib
import secrets
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from cryptography.fernet import InvalidToken
from django.contrib.auth.hashers import check_password, make_password
from django.urls import reverse

from watchbell.district.accounts import rules
from watchbell.district.accounts.facts import MOST_TOKEN_DAYS, PERMISSIONS, TOKEN_DAYS
from watchbell.district.accounts.models import ApiToken, BreakGlassUse, Membership, Pins, PushSubscription, User
from watchbell.district.accounts.queries import (
    actor_of,
    factors_with_seeds,
    narrowed,
    press_claims,
    tokens_of,
    user_to_keep,
)
from watchbell.district.sites.queries import site_facts
from watchbell.kernel import fields
from watchbell.kernel.acting import acting_district, acting_in
from watchbell.kernel.changes import Change, recorded_batch, recorded_change
from watchbell.kernel.models import District
from watchbell.kernel.permissions import Actor, require, require_everywhere, sites_with, system_actor
from watchbell.line import clock, signing
from watchbell.line.errors import Conflict, NotFound, Refused
from watchbell.line.vapid import is_push_address


def add_user(actor: Actor, email: str, name: str, role: str, site: UUID | None = None, **more: object) -> User:
    """Makes an account with one role. Raises Refused for a role nobody knows, and where the role would count at a site
    whose accounts are not `actor`'s to keep; NotFound for another district's site."""
    require(actor, "accounts.edit")
    if role not in PERMISSIONS:
        raise Refused(f"There is no role “{role}”.")
    if site is not None:
        site_facts(site)  # a foreign key alone would take it
        require(actor, "accounts.edit", site)
    elif sites_with(actor, "accounts.edit") is not None:
        raise Refused("You keep the accounts of your sites: name the site at which this role counts.")
    with recorded_change(actor, "accounts.add_user", target=email) as change:
        user, is_new = User.objects.get_or_create(email=email.lower(), defaults={"name": name, **more})
        if is_new:
            user.set_unusable_password()
            user.save()
        _join(change, user, role, site)
    return user


def _join(change: Change, user: User, role: str, site: UUID | None) -> None:
    Membership.objects.update_or_create(  # type: ignore[misc]  # null: every site
        user=user, role=role, site_id=site, defaults={"is_active": True}
    )
    user.districts.add(change.actor.district)  # type: ignore[arg-type]  # Django takes the key itself
    change.about(user)
    change.note(role=role, site=str(site or ""))


def end_membership(actor: Actor, membership_id: UUID) -> None:
    """The person no longer acts in this role; their other roles stay. With the last one the district is not theirs."""
    require(actor, "accounts.edit")
    with recorded_change(actor, "accounts.end_membership") as change:
        row = Membership.objects.select_related("user").filter(id=membership_id).first()
        own = sites_with(actor, "accounts.edit")
        if row is None or (own is not None and row.site_id not in own):
            raise NotFound("This membership is gone already.")
        row.is_active = False
        row.save(update_fields=["is_active"])
        if not Membership.objects.filter(user=row.user, is_active=True).exists():
            row.user.districts.remove(actor.district)  # type: ignore[arg-type]  # Django takes the key itself
        change.about(row.user)


def make_token(actor: Actor, user: User, name: str, permissions: Iterable[str] = (), days: int = TOKEN_DAYS) -> str:
    """A token that acts as `user` in this district until it ends or is revoked; shown once, never stored.

    permissions: its scope, all of the person's where it is empty. Raises Refused for a right the person lacks, and for
    days that are not 1 to MOST_TOKEN_DAYS.
    """
    holder, scope = actor_of(user, actor.district), sorted(set(permissions))
    lacking = [one for one in scope if holder is None or one not in holder.permissions]
    if lacking:
        raise Refused(f"{user} has no right to {', '.join(lacking)}; a token has at most its holder's rights.")
    if not 1 <= days <= MOST_TOKEN_DAYS:
        raise Refused(f"A token ends within 1 to {MOST_TOKEN_DAYS} days.")
    with recorded_change(actor, "accounts.make_token", target=user) as change:
        row = ApiToken.objects.create(
            user=user, name=name, district_ref=actor.district, permissions=scope,
            expires_at=clock.now() + timedelta(days=days),
        )  # fmt: skip
        change.note(token=name, days=days, scope=scope)
        holder = narrowed(holder, scope) if holder else None
        # what the holder may press is signed into the token, for the day it is used with the database away
        claims = {
            **(press_claims(holder) if holder else {}),
            "kind": "token",
            "id": str(row.id),
            "is_demo": user.is_demo,
        }
    return "wb_" + signing.make_ticket(claims, days * 86400.0)


def revoke_token(actor: Actor, token_id: UUID) -> None:
    """The token stops working at once."""
    with recorded_change(actor, "accounts.revoke_token") as change:
        row = tokens_of(actor).filter(id=token_id).first()
        if row is None:
            raise NotFound("This token has ended already.")
        row.revoked_at = clock.now()
        row.save(update_fields=["revoked_at"])
        change.about(row.user)


def keep_subscription(actor: Actor, endpoint: str, p256dh: str, auth: str) -> None:
    """This browser takes alerts for the signed-in person. Raises Refused for what is no push address."""
    if not is_push_address(endpoint):
        raise Refused("That is not the address of a push service.")
    if not p256dh or not auth:
        raise Refused("The browser's keys are missing.")
    with recorded_change(actor, "people.keep_push_subscription", target=actor.name):
        PushSubscription.objects.update_or_create(  # type: ignore[misc]  # a person is always signed in here
            endpoint=endpoint, defaults={"user_id": actor.user_id, "p256dh": p256dh, "auth": auth}
        )


def remove_subscription(actor: Actor, subscription_id: UUID) -> None:
    """This browser takes no alerts any more. Raises NotFound for what is not one's own."""
    with recorded_change(actor, "people.remove_push_subscription", target=actor.name):
        mine = PushSubscription.objects.filter(id=subscription_id, user_id=actor.user_id or UUID(int=0))
        if not mine.delete()[0]:
            raise NotFound("There is no such device of yours.")


def forget_gone_subscriptions(ids: Sequence[str]) -> int:
    """Deletes browsers that their push host says are gone; how many. Runs in the acting district, as the system."""
    district = acting_district()
    if district is None or not ids:
        return 0
    with recorded_change(system_actor(district), "people.forget_push_subscriptions") as change:
        count = PushSubscription.objects.filter(id__in=ids).delete()[0]
        change.note(count=count)
    return count


# -- setting up, losing and sealing away ------------------------------------------------------------------------------


def make_set_up_link(actor: Actor, user_id: UUID) -> str:
    """The path on which this person sets their password: once, within three days; no mail is needed.

    Raises Refused for somebody who signs in for other districts too: their password is not this district's to set.
    """
    user = user_to_keep(actor, user_id)
    with recorded_change(actor, "accounts.make_set_up_link", target=user):
        pass
    key = default_token_generator.make_token(user)
    return reverse("account_reset_password_from_key", kwargs={"uidb36": user_pk_to_url_str(user), "key": key})


def remove_second_factor(actor: Actor, user_id: UUID, why: str) -> None:
    """For a lost phone or key: the person is signed out everywhere and sets up a new one at the next sign-in."""
    user = user_to_keep(actor, user_id)
    if not why.strip():
        raise Refused("Say why: how did you make sure that it is them who asks?")
    with recorded_change(actor, "accounts.remove_second_factor", target=user, why=why.strip()[:400]):
        Authenticator.objects.filter(user=user).delete()
        _end_sessions(user)


def _end_sessions(user: User) -> None:
    for session in UserSession.objects.filter(user=user):
        session.end()


def encrypt_factors_anew() -> int:
    """Seeds of authenticator apps and recovery codes come under the key of today; how many.

    A code that is used up meanwhile stays used up: its row is left for the next time.
    """
    count = 0
    for row, seeds in factors_with_seeds():
        stale = {name: value for name, value in seeds.items() if not fields.is_current(value)}
        if not stale:
            continue
        with contextlib.suppress(InvalidToken):
            fresh = row.data | {name: fields.encrypt(fields.decrypt(value)) for name, value in stale.items()}
            count += Authenticator.objects.filter(pk=row.pk, data=row.data).update(data=fresh)
    return count


def seal_break_glass(actor: Actor) -> tuple[str, str]:
    """(login, passphrase) of the district's sealed account, for the day no other sign-in works; shown once.

    It needs no second factor, acts as safety director everywhere, and every use raises an alarm. Made again, the
    earlier passphrase is worth nothing.
    """
    require_everywhere(actor, "accounts.break_glass")
    passphrase = "-".join(secrets.token_hex(2) for _ in range(8))
    with recorded_change(actor, "accounts.seal_break_glass") as change:
        user = User.objects.filter(is_break_glass=True, districts=actor.district).first()
        if user is None:
            code = District.objects.values_list("code", flat=True).get(id=actor.district)
            email = f"break-glass-{secrets.token_hex(3)}@{code}.invalid"  # not to be guessed, nor locked out by guesses
            user = User(email=email, name="Break-glass account", is_break_glass=True)
        user.set_password(passphrase)
        user.save()
        _end_sessions(user)
        _join(change, user, "director", None)
    return user.email, passphrase


def record_sign_in(user: User, from_where: str, by: str = "") -> None:
    """A sign-in is part of the record of each district the person acts in; the sealed account's raises an alarm.

    by: the identity provider that let them in.
    """
    for district in user.districts.values_list("id", flat=True):
        with acting_in(district):
            actor = actor_of(user, district, from_where)
        if actor is None:
            continue
        action = "accounts.use_break_glass" if user.is_break_glass else "accounts.sign_in"
        with recorded_change(actor, action, target=user) as change:
            if by:
                change.note(by=by)
            if user.is_break_glass:
                BreakGlassUse.objects.create(user=user, from_where=from_where[:80])
                change.touch("accounts:alarms")


def switch_district(actor: Actor, user: User, district: UUID) -> None:
    """`user`, who acts as `actor`, goes on in another district of theirs. Raises NotFound where they have no role."""
    with acting_in(district):
        there = actor_of(user, district, actor.from_where, actor.session)
    if there is None or not user.districts.filter(id=district).exists():
        raise NotFound("You have no role in that district.")
    for one, action in ((actor, "accounts.leave_district"), (there, "accounts.enter_district")):
        with recorded_change(one, action, target=user):
            pass


def record_of_account(user: User, action: str, from_where: str, *, is_them: bool = True, **details: object) -> None:
    """Something done to an account, in the record of each district where it has a role.

    is_them: by its owner; else nobody knows by whom.
    """
    for district in user.districts.values_list("id", flat=True):
        with acting_in(district):
            owner = actor_of(user, district, from_where)
        if owner is None:
            continue
        actor = owner if is_them else system_actor(district, "Somebody at the sign-in page", from_where)
        with recorded_change(actor, action, target=user) as change:
            change.note(**details)


def look_into_break_glass(actor: Actor, use_id: UUID, finding: str) -> None:
    """Another person has found out who used the sealed account and why; the alarm ends. Raises Refused, NotFound."""
    require_everywhere(actor, "accounts.edit")
    if not finding.strip():
        raise Refused("Write down who used it and why.")
    with recorded_change(actor, "accounts.look_into_break_glass", why=finding.strip()[:400]) as change:
        row = BreakGlassUse.objects.filter(id=use_id).select_related("user").first()
        if row is None:
            raise NotFound("There is no such use of the sealed account.")
        if row.user_id == actor.user_id:
            raise Refused("Somebody else than whoever used the sealed account looks into it.")
        if row.seen_at is not None:
            raise Conflict(f"{row.seen_by} has looked into it already.")
        row.seen_at, row.seen_by, row.finding = clock.now(), actor.name, finding.strip()[:400]
        row.save(update_fields=["seen_at", "seen_by", "finding"])
        change.about(row.user)
        change.touch("accounts:alarms")


def begin_district(code: str, name: str, timezone: str, email: str, person: str) -> str:
    """A new district and its first account, a safety director; the path on which they set their password.

    Raises Conflict when the code is taken.
    """
    if District.objects.filter(code=code).exists():
        raise Conflict(f"There is a district with the code {code} already.")
    with recorded_batch("a district begins"):
        district = District.objects.create(code=code, name=name, timezone=timezone)
    actor = system_actor(district.id, "watchbell district add")
    with acting_in(district.id):
        user = add_user(actor, email, person, "director")
        return make_set_up_link(actor, user.id)


def set_pins(actor: Actor, cancel: str, duress: str) -> None:
    """Keeps both PINs of the person, hashed; that they were changed is audited, what they are is not.

    Raises Refused with what is wrong about them.
    """
    faults = rules.find_pin_faults(cancel, duress)
    if faults or actor.user_id is None:
        raise Refused(" ".join(faults.values()) or "Only a person has PINs.")
    hashed = {"cancel": make_password(cancel), "duress": make_password(duress)}
    with recorded_change(actor, "accounts.set_pins", target=actor.name):
        Pins.objects.update_or_create(
            user_id=actor.user_id, defaults={**hashed, "changed_at": clock.now(), "failed": []}
        )


def judge_pin(actor: Actor, pin: str) -> str:
    """ "cancel" or "duress". Raises Refused for a wrong PIN, for none set, and after too many wrong ones.

    Both hashes are always worked out, so that neither the answer's time nor its words tell them apart.
    """
    row = Pins.objects.filter(user_id=actor.user_id or UUID(int=0)).first()
    if row is None:
        raise Refused("You have no PIN yet. Set one under your name, “Cancel PIN”; a leader can give the all-clear.")
    is_cancel, is_duress = (check_password(pin, hashed) for hashed in (row.cancel, row.duress))
    with recorded_batch("try of a PIN", actor):
        locked = Pins.objects.select_for_update().get(id=row.id)
        failed = [datetime.fromisoformat(at) for at in locked.failed]
        wait = rules.seconds_to_wait(failed, clock.now())
        if wait <= 0:
            kept = [] if is_cancel or is_duress else [*failed, clock.now()]
            locked.failed = [at.isoformat() for at in kept[-20:]]
            locked.save(update_fields=["failed"])
    if wait > 0:
        raise Refused(f"Too many wrong PINs. Wait {int(wait) + 1} seconds, or ask a leader for the all-clear.")
    if not is_cancel and not is_duress:
        with recorded_change(actor, "accounts.wrong_pin", target=actor.name):
            pass
        raise Refused("That PIN is not right.")
    return "duress" if is_duress else "cancel"
