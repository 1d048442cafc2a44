"""Sends a link and a code to the address a guardian named, if the school has it; forgets old ones."""

from datetime import timedelta
from uuid import UUID

from django.conf import settings

from watchbell.communication.channels.actions import forget_ended_browsers, send_one, send_owed
from watchbell.communication.channels.facts import BodyText, Contact
from watchbell.communication.channels.facts.sent_words import sent_words_in
from watchbell.communication.channels.queries import change_by_id
from watchbell.communication.families import actions
from watchbell.communication.families.facts import LINK_MINUTES
from watchbell.communication.families.facts.words import sign_in_words_in
from watchbell.communication.families.queries import languages_of
from watchbell.kernel.districts import own_district
from watchbell.kernel.permissions import system_actor
from watchbell.line.addresses import masked
from watchbell.line.clock import now
from watchbell.line.languages import choose_language


def send_link(kind: str, address: str, language: str = "") -> None:
    """To this address only, by mail or text; to nobody when no guardian has it.

    language: in which they asked, where they chose one; it goes before the school's record, not before their own wish.
    """
    district = own_district()
    actor = system_actor(district.id)
    made = actions.make_link(actor, kind, address)
    if made is None:
        return
    wish, record = languages_of(made.people)
    reads = choose_language([wish, language, record])
    say = sign_in_words_in(reads)
    link = f"{settings.PUBLIC_URL}/family/sign-in/{district.code}.{made.token}"
    spelled = f"{made.code[:4]} {made.code[4:]}"
    words = say["mail_text"].format(district=district.name, link=link, code=spelled, minutes=LINK_MINUTES)
    text = f"{words}\n\n{say['mail_more']}"
    emails, phones = ((address,), ()) if kind == "email" else ((), (address,))
    body = BodyText(reads, say["mail_subject"].format(district=district.name), text, words, words)
    send_one(
        actor, f"family:{made.id}", "A link that signs in", body, Contact(None, None, "", reads, emails, phones),
        ["email", "text"], now() + timedelta(minutes=LINK_MINUTES),
    )  # fmt: skip


def tell_change(change: str, addresses: list[str]) -> None:
    """Every address a person had hears that their contacts were changed: whoever did not do it learns of it."""
    row = change_by_id(UUID(change))
    district, person = own_district(), row.person
    wish, record = languages_of([person.pk])
    reads = choose_language([wish, record])
    say = sent_words_in(reads)
    words = say["changed_text" if row.value else "removed_text"].format(
        district=district.name, name=person, new=masked(row.value), old=masked(row.old)
    )
    contacts = [
        Contact(None, None, str(person), reads, *(((one,), ()) if "@" in one else ((), (one,)))) for one in addresses
    ]
    if contacts:
        send_owed(
            system_actor(district.id), f"changed:{change}", f"Contacts changed: {person}",
            [BodyText(reads, say["changed_subject"], words, words, words)], contacts, ["email", "text"],
            now() + timedelta(days=1),
        )  # fmt: skip


def tidy() -> None:
    actor = system_actor(own_district().id)
    actions.tidy(actor)
    forget_ended_browsers(actor)
