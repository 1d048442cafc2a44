"""Lets somebody hear what a page will say, before it is sent: the same engines and the same kept sound as the gateway.

`python -m watchbell.gateways.rtppaging.preview say LANGUAGE < text` or `… prompt KIND LANGUAGE` writes µ-law to stdout.
"""

import asyncio
import sys

from watchbell.gateways.rtppaging.speech import MAX_CHARACTERS
from watchbell.gateways.rtppaging.words import Speaker, bell, languages_of, shipped_prompt
from watchbell.line import config


async def _say(text: str, language: str) -> bytes:
    speaker = Speaker(config.private_folder("gateways/rtppaging") / "speech")
    try:
        return await speaker.speak(text, language)
    finally:
        await speaker.stop()


def main() -> int:
    """Exit 1 when there is nothing to hear."""
    what, *rest = sys.argv[1:]
    if what == "say":
        text = sys.stdin.buffer.read(4 * MAX_CHARACTERS).decode("utf-8", "replace")
        sound = asyncio.run(_say(text, rest[0]))
    elif rest[0] == "bell":
        sound = bell()
    else:
        sound = b"".join(shipped_prompt(rest[0], one) for one in languages_of(rest[1]))
    sys.stdout.buffer.write(sound)
    return 0 if sound else 1


if __name__ == "__main__":
    sys.exit(main())
