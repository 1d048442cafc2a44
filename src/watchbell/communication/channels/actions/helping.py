"""Whoever writes HELP is answered."""

from collections.abc import Iterable
from datetime import timedelta

from watchbell.communication.channels import queries
from watchbell.communication.channels.actions.mailings import send_one
from watchbell.communication.channels.facts import BodyText, Contact
from watchbell.communication.channels.facts.sent_words import sent_words_in
from watchbell.kernel.districts import own_district
from watchbell.kernel.permissions import Actor
from watchbell.line.clock import now
from watchbell.wire.tell import Heard

#: A number gets no second answer so soon: two machines would answer each other for ever.
HELP_SECONDS = 600


def answer_help(actor: Actor, listed: Iterable[Heard]) -> None:
    """Whose text asks for help is told who writes to them, and how to end it, in the language they were told in last.

    Said twice, it is answered once.
    """
    asked = [one for one in listed if one.detail.get("help") and one.channel == "text"]
    if not asked:
        return
    district = own_district()
    languages = queries.languages_told_at([one.sender for one in asked])
    for one in asked:
        language = languages.get(one.sender, "en")
        words = sent_words_in(language)["help"].format(district=district.name)
        send_one(
            actor, f"help:{one.sender}:{one.at // HELP_SECONDS:.0f}", f"Help for {one.sender}",
            BodyText(language, "", words, words, words),
            Contact(None, None, one.sender, language, phones=(one.sender,)), ["text"], now() + timedelta(hours=1),
        )  # fmt: skip
