"""A message to every family of the demo district through the whole hub: database, bus, gateways, played carriers.

Told: how long until the first message has gone out, ten thousand, all of them; how many outcomes are in the ledger; the
rate; and what a panic press takes to its last order meanwhile, beside the same while nothing else goes on.
Texts and mails go at once; `calls` goes by telephone alone, paced to the carrier's limit, with the wait it should take.
"""

import asyncio
import json
import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))
from bench.home import demo, send_confirmed
from bench.press import measure
from tests.flows.installation import Installation

WORDS = {"language": "en", "title": "School is closed", "short": "School is closed tomorrow because of ice."}
LIMIT_SECONDS, QUIET_SECONDS = 1500.0, 8.0
PRESSES = 12


def begin(made: Installation, channels: list[str]) -> str:
    """To the families of every school by name, confirmed by a second person; gives the notice's id."""
    sites = [site["id"] for site in made.call("GET", "/sites?limit=50")["items"]]
    audience = {"kinds": ["family"], "sites": sites}
    body = {"purpose": "attendance", "texts": [WORDS], "audience": audience, "channels": channels}
    notice = made.call("POST", "/notices", body)["id"]
    send_confirmed(made, notice)
    return str(notice)


def counts(made: Installation, notice: str) -> tuple[int, int, int, int]:
    """(messages, gone out, with their last word, families reached)."""
    progress = made.call("GET", f"/notices/{notice}").get("progress")
    if not progress:
        return 0, 0, 0, 0
    every = [state for channel in progress["channels"].values() for state in channel.items()]
    number = sum(count for word, count in every if word != "not asked")
    waiting = sum(count for word, count in every if word == "waiting")
    sent = sum(count for word, count in every if word == "sent")
    return number, number - waiting, number - waiting - sent, progress["families_reached"]


def follow(made: Installation, notice: str) -> dict[str, Any]:
    """Looks each second until everything has gone out, and nothing more has become known for a while."""
    began = time.perf_counter()
    marks: dict[str, float] = {}
    number = out = known = reached = most = 0
    news_at = began
    while time.perf_counter() - began < LIMIT_SECONDS:
        number, out, known, reached = counts(made, notice)
        seconds = round(time.perf_counter() - began, 1)
        if known + reached > most:
            most, news_at = known + reached, time.perf_counter()
        is_all = made.call("GET", f"/notices/{notice}")["state"] == "sent"
        for name, is_there in (("first", out > 0), ("10,000", out >= 10_000), ("all", is_all)):
            if is_there:
                marks.setdefault(name, seconds)
        if is_all and time.perf_counter() - news_at > QUIET_SECONDS:
            break
        time.sleep(1.0)
    rate = round(out / marks["all"]) if marks.get("all") else None
    return {"messages": number, "gone out": out, "with a last word": known, "families reached": reached,
            "seconds until": marks, "messages a second": rate}  # fmt: skip


async def both(made: Installation, notice: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """The campaign, and presses while it runs."""
    campaign = asyncio.create_task(asyncio.to_thread(follow, made, notice))
    await asyncio.sleep(3)
    presses = await measure(made, PRESSES)
    return await campaign, presses


def main() -> None:
    channels = [["voice"]] if "calls" in sys.argv[1:] else [["text", "email"]]
    with demo() as made:
        idle = asyncio.run(measure(made, PRESSES))
        name = next(key for key in idle if key.startswith("(a)"))
        told, meanwhile = asyncio.run(both(made, begin(made, channels[0])))
        result = {"by": channels[0], **told, f"idle: {name}": idle[name], f"meanwhile: {name}": meanwhile[name]}
        print(json.dumps(result))


if __name__ == "__main__":
    main()
