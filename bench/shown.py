"""How soon each way shows what a person has let go: banner, networks, text, mail, push; a bounce in its list.

Ten times an emergency message is written, asked for and approved by a second person. Told per way: from the answer to
the approval until the played carrier or network has it, or the public copy has the banner; the first of many. Push:
from a press to each played browser. Bounce: a guardian's address is made one that comes back, as the roster might
bring it; from the relay's taking the mail to the line in the list of bad addresses. Aims: banner 10 s, post 60 s, push
p95 5 s, bounce 300 s.
"""

import json
import os
import sys
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))
from bench.home import demo
from bench.press import spread
from tests.flows.installation import Installation
from watchbell.kernel import engines
from watchbell.line.clock import unix

TIMES = 10
LIMIT_SECONDS = 120.0
CARRIERS = ("social", "sms", "smtp")


def wait_for(look: Callable[[], Any], seconds: float = LIMIT_SECONDS) -> Any:
    """What `look()` finds once it finds something, asked fifty times a second; None when it never does."""
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        if found := look():
            return found
        time.sleep(0.02)
    return None


def read_banner(made: Installation) -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{made.port}/public/demo/banner.json", timeout=5) as answer:
        return str(answer.read().decode())


def write(made: Installation, word: str, **more: Any) -> dict[str, Any]:
    """Written and asked for by the principal; what the API says of it then."""
    accounts = [one["id"] for one in made.call("GET", "/equipment?kind=social_account&limit=20")["items"]]
    site = made.played()["panels"][0]["site"]
    texts = [{"language": "en", "title": f"Test {word}", "short": f"{word}: the school is evacuated."}]
    audience = {"kinds": ["family"], "sites": [site], "grades": ["09"]}
    body = {"purpose": "emergency", "texts": texts, "audience": audience, "channels": ["text", "email"],
            "is_public": True, "is_banner": True, "posts": accounts} | more  # fmt: skip
    notice = dict(made.call("POST", "/notices", body, role="principal"))
    assert "id" in notice, notice
    notice |= made.call("POST", f"/notices/{notice['id']}/submit", {"count": None}, role="principal")
    return notice


def approve_once(made: Installation, number: int) -> dict[str, float]:
    """Seconds from the approval's answer to each way's first sign of it."""
    word = f"word{number}x{int(unix())}"
    notice = write(made, word)
    assert notice["state"] == "asked", notice
    marks = {channel: made.mark(channel) for channel in CARRIERS}
    made.call("POST", f"/notices/{notice['id']}/approve", {"count": None}, role="director")
    began = unix()
    took: dict[str, float] = {}
    if wait_for(lambda: word in read_banner(made)):
        took["banner"] = unix() - began
    for channel in CARRIERS:
        found = wait_for(lambda channel=channel: _heard(made, channel, marks[channel], word))
        if found:
            took[channel] = found - began
    if number == 0:
        rows = [one for one in made.outside("social", marks["social"]) if word in json.dumps(one["body"])]
        took["every_network"] = max(one["at_unix"] for one in rows) - began
    made.call("POST", f"/notices/{notice['id']}/end", {"why": "measured"}, role="director")
    return took


def _heard(made: Installation, channel: str, mark: str, word: str) -> float:
    """When the first entry after `mark` came that carries `word`, in Unix seconds; 0 if none."""
    rows = made.outside(channel, mark)
    return min((float(one["at_unix"]) for one in rows if word in json.dumps(one)), default=0.0)


def push_times(made: Installation) -> list[float]:
    """Seconds from each press's answer to each played browser's message."""
    site, took = made.played()["panels"][0]["site"], []
    for _ in range(TIMES):
        mark, began = made.mark("push"), unix()
        made.call("POST", "/alarms", {"kind": "medical", "site": site, "mode": "real"}, role="teacher")
        time.sleep(4)
        for incident in made.call("GET", "/incidents?state=open")["items"]:  # or the next press would join it
            made.call("POST", f"/incidents/{incident['id']}/all-clear", {}, role="principal")
        time.sleep(2)
        took += [float(one["at_unix"]) - began for one in made.outside("push", mark)]
    return took


def bounce_seconds(made: Installation) -> float | None:
    """From the relay's taking a mail to a dead address until the office's list shows it."""
    site = made.played()["panels"][0]["site"]
    os.environ["WATCHBELL_HOME"] = str(made.home)
    with engines.connect_super(engines.DATABASE) as link:
        guardian = link.execute(
            "update people_person set email = 'bounce.bench@families.invalid' where id = (select g.guardian_id from "
            "people_guardianship g join people_person c on c.id = g.student_id join people_person p on p.id = "
            "g.guardian_id where c.site_id = %s and c.grade = '09' and p.email <> '' limit 1) returning id", [site],
        ).fetchone()  # fmt: skip
    assert guardian is not None
    mark = made.mark("smtp")
    notice = write(made, "bounce", purpose="attendance", channels=["email"], is_public=False, is_banner=False, posts=[])
    assert notice["state"] == "sending", notice
    at = wait_for(lambda: _heard(made, "smtp", mark, "bounce.bench@families.invalid"))
    shown = wait_for(lambda: made.call("GET", "/bad-addresses?channel=email&search=bounce.bench")["items"], 330)
    return unix() - at if at and shown else None


def main() -> None:
    with demo() as made:
        runs = []
        for number in range(TIMES):
            runs.append(approve_once(made, number))
            print(runs[-1], file=sys.stderr, flush=True)
        ways = {way: [run[way] for run in runs if way in run] for way in ("banner", *CARRIERS)}
        told: dict[str, Any] = {f"{way}_ms": spread(took) | {"times": len(took)} for way, took in ways.items()}
        pushed = push_times(made)
        told |= {"every_network_seconds": round(runs[0].get("every_network", -1), 2),
                 "push_ms": spread(pushed) | {"times": len(pushed)}}  # fmt: skip
        bounced = bounce_seconds(made)
        told["bounce_seconds"] = None if bounced is None else round(bounced, 2)
        told["aim"] = "banner 10 s, post 60 s, push p95 5 s, bounce 300 s"
        print(json.dumps(told))


if __name__ == "__main__":
    main()
