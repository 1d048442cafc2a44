"""What paging asks of the outside."""

from typing import Protocol


class Voice(Protocol):
    """Says texts and shipped prompts, for people to hear before they are sent. µ-law at 8 kHz; empty when it cannot."""

    def say(self, text: str, language: str) -> bytes: ...

    def prompt(self, kind: str, language: str) -> bytes: ...
