"""Batches go to the carriers' gateways, ways open for who was not reached, mailings end; a wish is confirmed."""

import contextlib
import logging
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection

from watchbell.communication.channels import actions, queries, rules
from watchbell.communication.channels.facts import BodyText, Carrier, Contact
from watchbell.communication.channels.facts.sent_words import sent_words_in
from watchbell.communication.channels.models import Batch, Body, Mailing
from watchbell.communication.channels.queries.declined import left_out_since
from watchbell.communication.channels.queries.links import contact_link, link_of
from watchbell.communication.channels.queries.telephones import text_telephones
from watchbell.communication.channels.queries.through import trial_by_id
from watchbell.communication.channels.queries.wishes import quiet_until
from watchbell.kernel.acting import acting_district
from watchbell.kernel.bus_thread import bus_thread
from watchbell.kernel.districts import own_district
from watchbell.kernel.permissions import system_actor
from watchbell.line import clock, signing
from watchbell.line.addresses import masked
from watchbell.line.clock import now
from watchbell.line.errors import Conflict
from watchbell.wire import tell
from watchbell.wire.order import Endpoint
from watchbell.wire.subjects import STOPPED, key_subject, stopped_key, subject

log = logging.getLogger(__name__)
#: With so many messages waiting at one carrier, urgent ones would wait behind them.
MOST_OUT = 24


class SomeFailed(Exception):
    """What went wrong with which mailings; with all others all is done."""


class _Guard:
    """What fails with one mailing keeps no other from its turn; it is told when all have had theirs."""

    def __init__(self) -> None:
        self._failed: list[str] = []

    @contextlib.contextmanager
    def over(self, mailing: Mailing) -> Iterator[None]:
        """A database that is away fails all of them alike."""
        try:
            yield
        except Exception as error:
            if not connection.is_usable():
                raise
            log.exception("mailing %s", mailing.pk)
            self._failed.append(f"{mailing.label}: {type(error).__name__}: {str(error)[:120]}")

    def end(self) -> None:
        """Raises SomeFailed."""
        if self._failed:
            raise SomeFailed("; ".join(self._failed[:3]))


class _Feeding:
    """One turn of handing out."""

    def __init__(self, moment: datetime, morning: datetime | None) -> None:
        self.moment, self.morning, self.count = moment, morning, 0
        self.free = {one.id: one for one in queries.carriers()}

    def feed(self, mailing: Mailing) -> None:
        """What carriers have room for of one mailing."""
        bodies = None
        for batch in _batches_due(mailing, self.moment, self.morning):
            if rules.is_over(batch.state, mailing.expires_at, self.moment, actions.lease_of(batch.channel)):
                continue
            chosen = self._choose(mailing, batch)
            if chosen is None or self.count >= MOST_OUT:
                continue
            bodies = queries.bodies_of(mailing.pk) if bodies is None else bodies
            self.count += _hand_out(mailing, batch, chosen, bodies)
            self.free[chosen.id] = queries.one_more(chosen)

    def _choose(self, mailing: Mailing, batch: Batch) -> Carrier | None:
        if batch.state == "out":  # whoever has it may be at it still: it alone is asked again, by the same name
            return self.free.get(batch.carrier) if batch.carrier else None
        mine = [one for one in self.free.values() if one.channel == batch.channel]
        if not rules.has_carrier(mine, mailing.mode):
            actions.give_up_batch(batch.pk, rules.say_no_carrier(mailing.mode))
            return None
        return rules.choose_carrier(mine, batch.tried, mailing.mode, self.moment, batch.device,
                                    is_urgent=mailing.purpose == "emergency")  # fmt: skip


def feed_carriers() -> int:
    """Hands out what carriers have room for, the urgent mailings first; how many batches. One worker at a time.

    Raises SomeFailed when all others have had their turn.
    """
    moment = now()
    mailings = queries.mailings_under_way()
    if not mailings:
        return 0
    feeding, guard = _Feeding(moment, _morning(mailings, moment)), _Guard()
    for mailing in mailings:
        with guard.over(mailing):
            feeding.feed(mailing)
    guard.end()
    return feeding.count


def _morning(mailings: list[Mailing], moment: datetime) -> datetime | None:
    """Until when what is spared waits, where there is any and the district is quiet. One query at most."""
    return quiet_until(moment) if any(rules.is_spared(one.purpose, one.mode) for one in mailings) else None


def _batches_due(mailing: Mailing, moment: datetime, morning: datetime | None) -> list[Batch]:
    """Its next batches; what would break the quiet waits for the morning instead."""
    due = queries.waiting_batches(mailing.pk, moment)
    if morning is None:
        return due
    spared = [one for one in due if one.state == "waiting" and rules.is_spared(mailing.purpose, mailing.mode,
                                                                              one.channel)]  # fmt: skip
    if spared:
        actions.spare_waiting(mailing, morning)
    return [one for one in due if one not in spared]


def _hand_out(mailing: Mailing, batch: Batch, carrier: Carrier, bodies: list[Body]) -> int:
    left = left_out_since(batch, mailing.purpose) if batch.state == "waiting" else []
    if left:
        actions.leave_out_since(batch, left)
        if not queries.messages_of(batch.pk):
            actions.give_up_batch(batch.pk, left[0].because)
            return 0
    attempt = actions.hand_out_batch(batch.pk, carrier.id)
    if attempt is None:
        return 0
    message = _batch_of(mailing, batch, carrier, bodies, attempt)
    where = subject(message.district, None, "tell", carrier.gateway, carrier.device or str(carrier.id))
    key = f"{batch.pk.hex}:{attempt}:{clock.unix() if batch.state == 'out' else 0:.0f}"
    if not bus_thread.keep(where, signing.Signer().signed(message), key):
        actions.take_back_batch(batch.pk, "The message bus did not take it.")
        return 0
    return 1


def _batch_of(mailing: Mailing, batch: Batch, carrier: Carrier, bodies: list[Body], attempt: int) -> tell.Batch:
    district = acting_district()
    endpoint = Endpoint(id=str(carrier.id), name=carrier.name, gateway=carrier.gateway,
                        device=carrier.device or str(carrier.id), test=carrier.is_test)  # fmt: skip
    path, opens = mailing.options.get("path", ""), mailing.options.get("opens", "")
    messages = queries.messages_of(batch.pk)
    typed = text_telephones(to for _, to, *_ in messages) if batch.channel == "voice" else ()
    people = [
        tell.Recipient(pk.hex, to, language, name, {**fields, "name": name, "token": token,
                                                    "link": opens or link_of(token) + path}, to in typed)
        for pk, to, language, name, fields, token in messages
    ]  # fmt: skip
    return tell.Batch(
        id=batch.pk.hex, attempt=attempt, district=str(district), site="", mailing=mailing.pk.hex,
        channel=batch.channel, purpose=mailing.purpose, mode=mailing.mode, endpoint=endpoint,
        bodies=[tell.Body(language=one.language, subject=one.subject, text=one.text, html=one.html, short=one.short,
                          spoken=one.spoken, sound=one.sound) for one in bodies],
        recipients=people, made_at=clock.unix(), expires_at=mailing.expires_at.timestamp(),
        options={"unsubscribe": f"{settings.PUBLIC_URL}/wishes/{{{{token}}}}", **mailing.options},
    )  # fmt: skip


def tend_mailings() -> None:
    """Opens the next ways, and ends what is through. One worker at a time. Raises as `feed_carriers` does."""
    mailings, guard = queries.mailings_under_way(), _Guard()
    morning = _morning(mailings, now())
    for mailing in mailings:
        with guard.over(mailing):
            actions.open_waves(mailing, morning if rules.is_spared(mailing.purpose, mailing.mode) else None)
    if mailings:
        actions.end_mailings(system_actor(own_district().id))
    guard.end()


def end_expired() -> None:
    """What waits still when its time is over does not go any more, nor what was stopped. Comes round each minute."""
    actions.end_expired(system_actor(own_district().id))
    actions.end_lost()


def confirm_wish(number: str, is_wanted: bool, heard: str) -> None:
    """A text to who has written STOP or START: what comes still, and how to change it."""
    confirm_wishes([{"number": number, "is_wanted": is_wanted, "heard": heard}])


def confirm_wishes(wishes: list[dict[str, Any]]) -> None:
    """The same to each of them, in the language they were told in last. wishes: number, is_wanted, heard."""
    district = own_district()
    languages = queries.languages_told_at([one["number"] for one in wishes])
    for is_wanted in (False, True):
        mine = [one for one in wishes if one["is_wanted"] is is_wanted]
        if not mine:
            continue
        contacts = [
            Contact(None, None, one["number"], languages.get(one["number"], "en"), phones=(one["number"],))
            for one in mine
        ]
        purposes = [] if is_wanted else ["routine", "newsletter"]
        bodies = []
        for language in dict.fromkeys(one.language for one in contacts):
            words = rules.spell_declined(purposes, district.name, language)
            bodies.append(BodyText(language, "", words, words, words))
        label = f"Answer to {contacts[0].name}" if len(mine) == 1 else f"Answer to {len(mine)} who wrote"
        actions.send_owed(system_actor(district.id), f"wish:{mine[0]['heard']}", label, bodies, contacts, ["text"],
                          now() + timedelta(hours=1))  # fmt: skip


def send_code(change: str, kind: str, value: str, code: str, language: str = "en") -> None:
    """The code that proves a new address, to this address only."""
    district = own_district()
    actor = system_actor(district.id)
    say = sent_words_in(language)
    words = say["code_number" if kind == "phone" else "code_mail"].format(district=district.name, code=code)
    title = say["code_subject"].format(code=code)
    emails, phones = ((value,), ()) if kind == "email" else ((), (value,))
    actions.send_one(
        actor, f"code:{change}", "A code that confirms an address",
        BodyText(language, title, words, words, words), Contact(None, None, "", language, emails, phones),
        ["email", "text"], now() + timedelta(minutes=30),
    )  # fmt: skip


def send_contact_link(link: str) -> None:
    """A guardian's own page, by the way that the office chose: to this address only."""
    row = contact_link(UUID(link))
    district = own_district()
    say = sent_words_in(row.language)
    where = {"district": district.name, "name": row.person, "address": masked(row.bad_address)}
    words = say["link_text"].format(**where, link="{{link}}")
    given = {"text": {"phones": (row.address,)}, "email": {"emails": (row.address,)},
             "push": {"subscriptions": (row.address,)}}[row.channel]  # fmt: skip
    actions.send_one(
        system_actor(district.id, row.sent_by), f"link:{link}", f"Link to their contacts: {row.person}",
        BodyText(row.language, say["link_subject"], words, words, words),
        Contact(row.person_id, None, str(row.person), row.language, **given), [row.channel],
        now() + timedelta(days=3), {"path": "/contacts"},
    )  # fmt: skip


def send_trial(trial: str) -> None:
    """A call or text by which a person hears whether an alert gets through: at once, and once only."""
    row = trial_by_id(UUID(trial))
    district = own_district()
    say = sent_words_in(row.language)
    text, spoken = (say[key].format(district=district.name, link="{{link}}") for key in ("trial_text", "trial_spoken"))
    actions.send_one(
        system_actor(district.id, str(row.person)), f"trial:{trial}", f"A trial alert: {row.person}",
        BodyText(row.language, say["trial_subject"], text, text, spoken),
        Contact(row.person_id, None, str(row.person), row.language, phones=(row.to,)), [row.way],
        row.asked_at + timedelta(minutes=15), {"path": "/alerts"}, is_once=True,
    )  # fmt: skip


def change_mailing(mailing: str, what: str, by: str) -> None:
    """Pauses, resumes or stops, as the capability that asked for the mailing decided. What is over stays so."""
    with contextlib.suppress(Conflict):
        actions.change_mailing(system_actor(own_district().id, by), UUID(mailing), what)


def say_stopped(mailing: str) -> None:
    """Carriers' gateways begin none of its batches any more, also those that come back only later. Raises OSError."""
    district, number = str(acting_district()), UUID(mailing).hex
    message = signing.Signer().signed(tell.Stopped(district=district, mailing=number, at=clock.unix()))
    if not bus_thread.keep(key_subject(STOPPED, stopped_key(district, number)), message, f"stopped:{number}"):
        raise OSError("The message bus did not take it.")


def try_again(mailing: str, recipients: list[str], channel: str, by: str, with_bad: bool = False) -> None:
    people = [UUID(one) for one in recipients]
    actions.try_again(system_actor(own_district().id, by), UUID(mailing), people, channel, with_bad=with_bad)


def mark_opened(recipient: str) -> None:
    actions.mark_opened(UUID(recipient))
