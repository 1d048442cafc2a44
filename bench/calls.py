"""A campaign of telephone calls at a carrier's pace, through the whole hub to a played carrier, with its live picture.

`calls.py [COUNT] [FOLDER] [--per-second 50] [--at-once 2000]`; 600 calls unless said. The contract is what the carrier
is asked for: a call rings and is listened to for 36 s, as real ones are, so that 50 a second are 1,800 at once. Told:
how many numbers were answered for within ten minutes, calls a second and minutes, how each ended, how many were open at
once, what the message's figures were as they rose, and how late they are. FOLDER: pictures of its page meanwhile.

The day it is for: `calls.py 24000 --per-second 50` (some 14 minutes, three of them to start).
With `--per-second 40` the same is not done in ten: whom nobody answered for is called again by the same contract.
"""

import argparse
import asyncio
import itertools
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))
sys.path.insert(0, str(Path(__file__).parent.parent / "src"))

FEW, PER_SECOND, CALL_SECONDS = 600, 50, 36.0
#: What is promised: so many seconds from the word to send until each number is answered for.
PROMISED_SECONDS = 600.0
LIMIT_SECONDS = 2_400.0
WORDS = {
    "language": "en", "title": "Early release", "short": "School ends at noon today because of ice.",
    "spoken": "This is Cedar Valley School District. School ends at noon today because of ice. Buses leave at noon.",
}  # fmt: skip
ROLES = ("gateway/voicecall", "worker/slow", "worker", "web", "postgres")
STATES = """
select d.state, d.tries > 0, count(*) from channels_delivery d join channels_mailing m on m.id = d.mailing_id
where m.about = %s and d.batch_id is not null group by 1, 2
"""


# -- the carrier, in a process of its own ---------------------------------------------------------------------------


async def play(account: str, secret: str) -> None:
    """Says its port, then at each line: calls placed, most at once, when the first and the last were, problems."""
    from watchbell.gateways.voicecall.peer import Carrier

    moments: list[float] = []
    first_calls: dict[str, float] = {}

    class Counting(Carrier):
        async def _create(self, request: Any) -> Any:
            moments.append(time.monotonic())
            first_calls.setdefault(str((await request.post()).get("To")), moments[-1])
            return await super()._create(request)

    carrier = Counting(0, lambda heard: None, account_sid=account, token=secret, ring_seconds=CALL_SECONDS)
    await carrier.start()
    print(carrier.port, flush=True)
    while await asyncio.get_running_loop().run_in_executor(None, sys.stdin.readline):
        once = max(first_calls.values(), default=0.0)
        seconds = Counter(int(at) for at in moments)
        told = {
            "placed": len(moments), "numbers": len(first_calls), "most at once": carrier.most_at_once,
            "first": moments[0] if moments else 0.0, "everybody once": once,
            "placed by then": sum(at <= once for at in moments),
            "most within a second": max(seconds.values(), default=0), "problems": carrier.problems[:5],
        }  # fmt: skip
        print(json.dumps(told), flush=True)


class Far:
    """The carrier as this program sees it."""

    def __init__(self, account: str, secret: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, __file__, "carrier", account, secret], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            text=True,
        )  # fmt: skip
        assert self._process.stdout is not None and self._process.stdin is not None
        self._in, self._out = self._process.stdin, self._process.stdout
        self.port = int(self._out.readline())

    def look(self) -> dict[str, Any]:
        self._in.write("\n")
        self._in.flush()
        return dict(json.loads(self._out.readline()))

    def stop(self) -> None:
        self._in.close()
        self._process.terminate()
        self._process.wait(10)
        self._out.close()


# -- the district ---------------------------------------------------------------------------------------------------


def prepare(count: int, per_second: int, at_once: int) -> tuple[Far, list[str]]:
    """The carrier is the district's now; as many guardians as calls are wanted. Gives whom to call, where not all."""
    from watchbell.district.equipment.models import Equipment
    from watchbell.district.people.actions import load_people
    from watchbell.district.people.models import Person
    from watchbell.kernel.acting import acting_in
    from watchbell.kernel.changes import recorded_change
    from watchbell.kernel.models import District
    from watchbell.kernel.permissions import system_actor
    from watchbell.line.ids import same_uuid

    district = District.objects.get(code="demo")
    with acting_in(district.id), recorded_change(system_actor(district.id, "bench"), "equipment.move_carrier"):
        row = Equipment.objects.get(kind="call_carrier", is_test=False)
        far = Far(row.settings["account_sid"], row.secret)
        row.settings = row.settings | {"port": far.port, "per_second": per_second, "at_once": at_once}
        row.save(update_fields=["settings"])
        Equipment.objects.filter(kind="sip_trunk").update(is_test=True)  # it would take a part of them
        students = list(Person.objects.filter(kind="student").order_by("id").values_list("id", flat=True))
        missing = count - Person.objects.filter(kind="guardian").count()
        people = [same_uuid("bench", at) for at in range(max(0, missing))]
        load_people({
            "person": [{"id": pk, "kind": "guardian", "given": "More", "family": f"Called {at}",
                        "phones": [f"+1314{at:07d}"]} for at, pk in enumerate(people)],
            "guardianship": [{"id": same_uuid("bench", pk), "student_id": students[at % len(students)],
                              "guardian_id": pk, "relation": "contact"} for at, pk in enumerate(people)],
        })  # fmt: skip
        if missing >= 0:
            return far, []
        wards = Person.objects.filter(kind="student").order_by("id")
    few, reached = [], set()
    with acting_in(district.id):
        for ward in wards.prefetch_related("guardianships")[:count]:
            few.append(str(ward.pk))
            reached |= {contact.guardian_id for contact in ward.guardianships.all()}
            if len(reached) >= count:
                break
    return far, few


def send(made: Any, students: list[str]) -> str:
    """Written and sent by the director, confirmed where that takes two; the notice's id."""
    from bench.home import send_confirmed

    sites = [site["id"] for site in made.call("GET", "/sites?limit=50")["items"]]
    audience = {"kinds": ["family"]} | ({"people": students} if students else {"sites": sites})
    body = {"purpose": "attendance", "texts": [WORDS], "audience": audience, "channels": ["voice"]}
    notice = made.call("POST", "/notices", body)
    send_confirmed(made, notice["id"])
    return str(notice["id"])


# -- what people see ------------------------------------------------------------------------------------------------


class Eyes:
    """The message's page as the director has it open on a desktop and on a telephone."""

    def __init__(self, made: Any, notice: str, folder: Path) -> None:
        self._made, self._folder, self._path = made, folder, f"/messages/{notice}"
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self.moved: list[float] = []
        self._thread.start()

    def _look(self) -> None:
        from playwright.sync_api import sync_playwright

        with sync_playwright() as play:
            browser = play.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
            base = f"http://localhost:{self._made.port}"
            context = browser.new_context(viewport={"width": 1280, "height": 900}, base_url=base)
            desk = context.new_page()
            desk.goto("/accounts/login/")
            desk.fill("input[name=login]", "director@demo.invalid")
            desk.fill("input[name=password]", (self._made.home / "secrets" / "demo_password").read_text().strip())
            desk.locator("input[name=password]").press("Enter")
            desk.wait_for_url(lambda url: "/accounts/" not in url)
            phone = browser.new_context(viewport={"width": 390, "height": 844}, base_url=base,
                                        storage_state=context.storage_state()).new_page()  # fmt: skip
            for page in (desk, phone):
                page.goto(self._path)
            shown, number, next_at = "", 0, time.monotonic()
            while not self._over.is_set():
                time.sleep(0.25)
                words = desk.locator("main").inner_text()
                if words != shown:
                    shown = words
                    self.moved.append(time.monotonic())
                if time.monotonic() >= next_at:
                    self._shoot(desk, phone, f"{number:03d}")
                    number, next_at = number + 1, time.monotonic() + 30
            time.sleep(2)
            self._shoot(desk, phone, "end")
            desk.goto(self._path + "/ledger")
            self._shoot(desk, phone, "ledger")
            browser.close()

    def _shoot(self, desk: Any, phone: Any, name: str) -> None:
        desk.screenshot(path=str(self._folder / f"desk-{name}.png"), full_page=True)
        phone.screenshot(path=str(self._folder / f"phone-{name}.png"), full_page=True)

    def stop(self) -> dict[str, Any]:
        self._over.set()
        self._thread.join(60)
        gaps = [after - before for before, after in zip(self.moved, self.moved[1:], strict=False)]
        return {
            "the page moved": len(self.moved),
            "seconds between, p50 and max": [round(statistics.median(gaps), 1), round(max(gaps), 1)] if gaps else [],
        }


# -- the measurement ------------------------------------------------------------------------------------------------


class Figures:
    """What whoever looks at the message is told, once a second: how many wait, and what became of the others."""

    def __init__(self) -> None:
        self.seconds: list[float] = []
        self.shown: list[tuple[int, int]] = []
        self.answers: list[float] = []

    def look(self, made: Any, notice: str, since: float) -> None:
        """Asks as the page does."""
        asked = time.perf_counter()
        found = made.call("GET", f"/notices/{notice}")
        self.answers.append(time.perf_counter() - asked)
        counts = ((found.get("progress") or {}).get("channels") or {}).get("voice")
        if counts:
            told = sum(number for name, number in counts.items() if name not in ("waiting", "sent", "not asked"))
            self.seconds.append(time.monotonic() - since)
            self.shown.append((told, int(counts.get("waiting", 0))))

    def summary(self) -> dict[str, Any]:
        moves = [at for at, one in enumerate(self.shown) if at == 0 or one != self.shown[at - 1]]
        gaps = [self.seconds[after] - self.seconds[at] for at, after in itertools.pairwise(moves)]
        told = [one[0] for one in self.shown]
        tenth = max(1, len(self.shown) // 10)
        return {
            "the figures as they rose (s, answered for, waiting)": [
                (round(self.seconds[at]), *self.shown[at]) for at in range(0, len(self.shown), tenth)
            ],
            "the longest they stood still, s": round(max(gaps, default=0.0), 1),
            "most they fell at once": max((a - b for a, b in itertools.pairwise(told)), default=0),
        }  # fmt: skip


def follow(made: Any, notice: str, far: Far, per_second: int) -> dict[str, Any]:
    from bench.answers import query, used
    from watchbell.communication.channels.facts import OUTCOMES

    began, before, figures = time.monotonic(), used(made, ROLES), Figures()
    states: Counter[int] = Counter()
    open_ones = 0
    in_time: tuple[int, int] | None = None
    while time.monotonic() - began < LIMIT_SECONDS:
        time.sleep(1.0)
        figures.look(made, notice, began)
        rows = query(STATES, f"notice:{notice}")
        states = Counter()
        for state, _, number in rows:
            states[state] += number
        # once answered for, a number stays that, also while it is called again
        open_ones = sum(number for state, is_again, number in rows if state < 2 and not is_again)
        if in_time is None and time.monotonic() - began >= PROMISED_SECONDS:
            in_time = (sum(states.values()) - open_ones, sum(states.values()))
        # whoever was busy is called again in three minutes, and that is another matter
        if rows and not open_ones:
            break
    known_at, after, told = time.monotonic(), used(made, ROLES), far.look()
    took = told["everybody once"] - told["first"]
    pages = sorted(figures.answers)
    in_time = in_time or (sum(states.values()) - open_ones, sum(states.values()))
    return {
        "answered for within ten minutes": f"{in_time[0]:,} of {in_time[1]:,}",
        "minutes until all were answered for": round((known_at - began) / 60, 2) if not open_ones else "not reached",
        "calls": sum(states.values()), "numbers called": told["numbers"],
        "calls, with those placed again": told["placed"],
        "seconds to the first": round(told["first"] - began, 2),
        "minutes until everybody was called": round(took / 60, 2),
        "calls a second": round(told["placed by then"] / took, 1) if took else None, "pace asked for": per_second,
        "most within a second": told["most within a second"], "most at once": told["most at once"],
        "outcomes": {OUTCOMES[state][0]: number for state, number in sorted(states.items())},
        "carrier's problems": told["problems"],
        "cores used": {name: round((after[name] - before[name]) / (known_at - began), 3) for name in before},
        "a page's answer ms, p50 and max": [round(pages[at] * 1e3) for at in (len(pages) // 2, -1)],
        **figures.summary(),
    }  # fmt: skip


def measure(count: int, folder: Path | None, per_second: int, at_once: int) -> dict[str, Any]:
    from bench.load import _be_at_home
    from tests.flows.installation import Installation

    home = Path(tempfile.mkdtemp(prefix="wb-bench-")) / "home"
    home.mkdir()
    made, far, eyes = Installation(home), None, None
    try:
        made.start()
        _be_at_home(home)
        far, students = prepare(count, per_second, at_once)
        time.sleep(5)  # the gateway has its carrier's new address
        notice = send(made, students)
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
            eyes = Eyes(made, notice, folder)
        result = follow(made, notice, far, per_second)
        return result | (eyes.stop() if eyes else {})
    finally:
        made.stop()
        if far is not None:
            far.stop()
        shutil.rmtree(home.parent, ignore_errors=True)


def main() -> None:
    if sys.argv[1:2] == ["carrier"]:
        asyncio.run(play(*sys.argv[2:4]))
        return
    reader = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    reader.add_argument("count", nargs="?", type=int, default=FEW, help="how many numbers are called")
    reader.add_argument("folder", nargs="?", type=Path, help="where pictures of the page go")
    reader.add_argument("--per-second", type=int, default=PER_SECOND, help="calls a second by the contract")
    reader.add_argument(
        "--at-once", type=int, default=0, help="calls at once by the contract; 40 s of the pace unless said"
    )
    asked = reader.parse_args()
    at_once = asked.at_once or asked.per_second * 40
    print(json.dumps(measure(asked.count, asked.folder, asked.per_second, at_once)))


if __name__ == "__main__":
    os.environ.setdefault("WATCHBELL_HOME", "/tmp/watchbell-bench")
    main()
