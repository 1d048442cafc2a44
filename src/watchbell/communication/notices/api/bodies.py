"""The router of notices, and bodies that several of its operations take."""

from collections.abc import Sequence
from typing import Any

from ninja import Schema
from pydantic import Field

from watchbell.communication.notices.facts import Text
from watchbell.kernel.api import api_router

router = api_router("messages")


class TextBody(Schema):
    """sound: SHA-256 of a recording that a call plays. options: the question's answers in this language."""

    language: str = "en"
    title: str
    short: str = ""
    text: str = ""
    spoken: str = ""
    sound: str = Field("", pattern="^([0-9a-f]{64})?$")
    options: list[str] = []


def read_texts(given: Sequence[TextBody]) -> tuple[Text, ...]:
    return tuple(
        Text(one.language, one.title, one.short, one.text, one.spoken, one.sound, tuple(one.options)) for one in given
    )


def text_as_dict(one: Text) -> dict[str, Any]:
    return {
        "language": one.language, "title": one.title, "short": one.short, "text": one.text, "spoken": one.spoken,
        "sound": one.sound, "options": list(one.options),
    }  # fmt: skip
