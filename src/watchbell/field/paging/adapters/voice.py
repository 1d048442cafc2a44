"""The voice of the paging gateway, run as a process: nothing of a speech engine is loaded here."""

import logging
import subprocess
import sys

log = logging.getLogger(__name__)
PREVIEW = "watchbell.gateways.rtppaging.preview"
SECONDS = 30.0


class GatewayVoice:
    """What is heard here is what the speakers will say: the same engines, and the sound is kept for the gateway."""

    def say(self, text: str, language: str) -> bytes:
        return _run(["say", language], text.encode())

    def prompt(self, kind: str, language: str) -> bytes:
        return _run(["prompt", kind, language], b"")


def _run(words: list[str], text: bytes) -> bytes:
    try:
        done = subprocess.run([sys.executable, "-m", PREVIEW, *words], input=text, capture_output=True, timeout=SECONDS)
    except (OSError, subprocess.TimeoutExpired) as error:
        log.error("preview: %s", error)
        return b""
    if done.returncode != 0:
        log.error("preview: %s", done.stderr.decode("utf-8", "replace")[-300:])
    return done.stdout
