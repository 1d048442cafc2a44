"""Sends a link and a code to the address a guardian named, if the school has it; forgets old ones."""

from datetime import timedelta

from django.conf import settings

from watchbell.communication.channels.actions import send_one
from watchbell.communication.channels.facts import BodyText, Contact
from watchbell.communication.families import actions
from watchbell.communication.families.facts import LINK_MINUTES
from watchbell.kernel.districts import own_district
from watchbell.kernel.permissions import system_actor
from watchbell.line.clock import now


def send_link(kind: str, address: str) -> None:
    """To this address only, by mail or text; to nobody when no guardian has it."""
    district = own_district()
    actor = system_actor(district.id)
    made = actions.make_link(actor, kind, address)
    if made is None:
        return
    pk, token, code = made
    link = f"{settings.PUBLIC_URL}/family/sign-in/{district.code}.{token}"
    spelled = f"{code[:4]} {code[4:]}"
    words = f"{district.name}: open {link} or type the code {spelled}. It works once, for {LINK_MINUTES} minutes."
    text = f"{words}\n\nYou did not ask for it? Then do nothing: nobody can sign in without it."
    emails, phones = ((address,), ()) if kind == "email" else ((), (address,))
    body = BodyText("en", f"Sign in to {district.name}", text, words, words)
    send_one(
        actor, f"family:{pk}", "A link that signs in", body, Contact(None, None, "", "en", emails, phones),
        ["email", "text"], now() + timedelta(minutes=LINK_MINUTES),
    )  # fmt: skip


def tidy() -> None:
    actions.tidy(system_actor(own_district().id))
