"""Decides what keys look like, and what a device is called."""

import hashlib
import re
from collections.abc import Iterable, Mapping

DEVICES = (("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"), ("Mac OS X", "Mac"),
           ("CrOS", "Chromebook"), ("Linux", "Linux"))  # fmt: skip
BROWSERS = (("Edg", "Edge"), ("OPR", "Opera"), ("SamsungBrowser", "Samsung Internet"), ("Firefox", "Firefox"),
            ("FxiOS", "Firefox"), ("CriOS", "Chrome"), ("Chrome", "Chrome"), ("Safari", "Safari"))  # fmt: skip


def hash_of(*words: str) -> str:
    """SHA-256 over words, as hex: what is kept of a key."""
    return hashlib.sha256("\n".join(words).encode()).hexdigest()


def make_code(seed: bytes) -> str:
    """Eight digits from random bytes."""
    return f"{int.from_bytes(seed[:8]) % 10**8:08d}"


def read_code(text: str) -> str:
    """The digits of what somebody typed."""
    return re.sub(r"\D", "", text)[:8]


def name_of_device(agent: str) -> str:
    """What a browser calls itself, in words of no language: "Chrome, Android"; "" where it says nothing known."""
    browser = next((name for mark, name in BROWSERS if mark in agent), "")
    device = next((name for mark, name in DEVICES if mark in agent), "")
    return ", ".join(filter(None, (browser, device)))


def language_of_all(spoken: Iterable[str]) -> str:
    """The language of people who share an address; "" where they speak several, or have said nothing."""
    found = set(spoken)
    return found.pop() if len(found) == 1 else ""


def say_how(say: Mapping[str, str], how: str) -> str:
    """By what a device was signed in: "link", "code", or a provider's name."""
    return say.get(f"by_{how}") or say["by_provider"].format(how)
