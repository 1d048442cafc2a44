"""A campaign of telephone calls at a carrier's pace, through the whole hub to a played carrier, with its live picture.

`calls.py [COUNT] [FOLDER]`; 600 calls unless said, "24000" for the day it is for. The carrier's contract is 40 calls a
second and 1,600 at once; a call rings and is listened to for 36 s, as real ones are. Told: calls a second and minutes,
how each ended, how many were open at once, how late the page is. FOLDER: pictures of the message's page meanwhile.
"""

import asyncio
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

FEW, PER_SECOND, AT_ONCE, CALL_SECONDS = 600, 40, 1_600, 36.0
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


def prepare(count: int) -> tuple[Far, list[str]]:
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
        row.settings = row.settings | {"port": far.port, "per_second": PER_SECOND, "at_once": AT_ONCE}
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


def follow(made: Any, notice: str, far: Far) -> dict[str, Any]:
    from bench.answers import query, used
    from watchbell.communication.channels.facts import OUTCOMES

    began, before, pages, states = time.monotonic(), used(made, ROLES), [], Counter()
    while time.monotonic() - began < LIMIT_SECONDS:
        time.sleep(1.0)
        asked = time.perf_counter()
        made.call("GET", f"/notices/{notice}")
        pages.append(time.perf_counter() - asked)
        rows = query(STATES, f"notice:{notice}")
        states = Counter()
        for state, _, number in rows:
            states[state] += number
        # whoever was busy is called again in three minutes, and that is another matter
        if rows and not any(number for state, is_again, number in rows if state < 2 and not is_again):
            break
    known_at, after, told = time.monotonic(), used(made, ROLES), far.look()
    took = told["everybody once"] - told["first"]
    pages.sort()
    return {
        "calls": sum(states.values()), "numbers called": told["numbers"],
        "calls, with those placed again": told["placed"],
        "seconds to the first": round(told["first"] - began, 2),
        "minutes until everybody was called": round(took / 60, 2),
        "calls a second": round(told["placed by then"] / took, 1) if took else None, "pace asked for": PER_SECOND,
        "most within a second": told["most within a second"], "most at once": told["most at once"],
        "minutes until each outcome is known": round((known_at - began) / 60, 2),
        "outcomes": {OUTCOMES[state][0]: number for state, number in sorted(states.items())},
        "carrier's problems": told["problems"],
        "cores used": {name: round((after[name] - before[name]) / (known_at - began), 3) for name in before},
        "a page's answer ms, p50 and max": [round(pages[at] * 1e3) for at in (len(pages) // 2, -1)],
    }  # fmt: skip


def measure(count: int, folder: Path | None) -> dict[str, Any]:
    from bench.load import _be_at_home
    from tests.flows.installation import Installation

    home = Path(tempfile.mkdtemp(prefix="wb-bench-")) / "home"
    home.mkdir()
    made, far, eyes = Installation(home), None, None
    try:
        made.start()
        _be_at_home(home)
        far, students = prepare(count)
        time.sleep(5)  # the gateway has its carrier's new address
        notice = send(made, students)
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
            eyes = Eyes(made, notice, folder)
        result = follow(made, notice, far)
        return result | (eyes.stop() if eyes else {})
    finally:
        made.stop()
        if far is not None:
            far.stop()
        shutil.rmtree(home.parent, ignore_errors=True)


def main() -> None:
    match sys.argv[1:]:
        case ["carrier", account, secret]:
            asyncio.run(play(account, secret))
        case words:
            count = next((int(word) for word in words if word.isdigit()), FEW)
            folder = next((Path(word) for word in words if not word.isdigit()), None)
            print(json.dumps(measure(count, folder)))


if __name__ == "__main__":
    os.environ.setdefault("WATCHBELL_HOME", "/tmp/watchbell-bench")
    main()
