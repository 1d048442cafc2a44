"""At an alarm the nearest cameras are seen live by those whom it involves: the pictures themselves are read."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from playwright.sync_api import ElementHandle, Page, expect

from tests.flows.installation import Installation
from watchbell.recorder.scene import FPS

FRAMES = 150
#: The number of the frame that is shown, read from the squares burnt into it (recorder.scene), and the browser's time.
READ = """video => {
  const canvas = document.createElement('canvas'); canvas.width = 100; canvas.height = 10;
  const pen = canvas.getContext('2d'); pen.drawImage(video, 0, 0, 100, 10, 0, 0, 100, 10);
  const pixels = pen.getImageData(0, 0, 100, 10).data;
  const lit = square => pixels[(5 * 100 + square * 10 + 5) * 4] > 128;
  let number = 0;
  for (let bit = 0; bit < 8; bit++) if (lit(bit)) number |= 1 << bit;
  return [lit(8) && !lit(9) ? number : -1, Date.now() / 1000];
}"""
LIVE = "[data-video][data-state=live]"


def delay_of(tile: ElementHandle, phases: dict[str, int]) -> float | None:
    """How old the picture in a tile is, in seconds; None while it shows none."""
    number, now = tile.query_selector("video").evaluate(READ)  # type: ignore[union-attr]
    if number < 0:
        return None
    due = int(now * FPS) + phases[str(tile.get_attribute("data-video"))]
    return ((due - number) % FRAMES) / FPS


def tiles_of(page: Page) -> list[ElementHandle]:
    return page.query_selector_all("[data-video]")


def state_of(tile: ElementHandle) -> str:
    return str(tile.get_attribute("data-state"))


def wait_for(true: Callable[[], Any], seconds: float, what: str) -> float:
    """Seconds until `true()`."""
    began = time.monotonic()
    while not true():
        assert time.monotonic() - began < seconds, what
        time.sleep(0.05)
    return time.monotonic() - began


@pytest.fixture
def phases(district: Installation) -> dict[str, int]:
    """By camera, how many frames its scene is ahead of the browser's clock: the installation's may have been moved."""
    moved = round(district.shifted * FPS)
    return {one["endpoint"]: one["phase"] + moved for one in district.played()["cameras"]}


def all_fresh(page: Page, phases: dict[str, int]) -> bool:
    """Every tile shows a picture of this moment. The two-second bound is that of the label."""
    tiles = tiles_of(page)
    delays = [delay_of(tile, phases) for tile in tiles if state_of(tile) == "live"]
    return bool(tiles) and len(delays) == len(tiles) and all(one is not None and one < 2 for one in delays)


def test_police_see_the_nearest_cameras_live_while_the_incident_is_open_and_at_no_other_time(
    district: Installation, sign_in: Callable[..., Page], phases: dict[str, int]
) -> None:
    police, officer = sign_in("police"), sign_in("officer", "phone", "dark")
    site = district.played()["panels"][0]["site"]
    camera = district.call("GET", f"/cameras?site={site}&state=online&limit=1")["items"][0]["id"]
    for path in (f"/cameras/{camera}/look", "/cameras"):
        method = "POST" if path.endswith("look") else "GET"
        assert district.call(method, path, role="police")["status"] == 403, path
    police.goto(f"/cameras/{camera}")
    expect(police.get_by_text("No incident that involves police is open")).to_be_visible()

    began = time.monotonic()
    with ThreadPoolExecutor(1) as pool:  # a browser's tests run inside an event loop already
        assert pool.submit(district.press, "001").result().answer == "ACK"
    incident = district.open_incident()
    police.goto(f"/dispatch/{incident['id']}")
    police.wait_for_selector(LIVE, timeout=20_000)
    first = time.monotonic() - began
    wait_for(lambda: all_fresh(police, phases), 15, "six pictures, each of this moment")
    print(f"press to first live picture {first:.1f} s, to six of this moment {time.monotonic() - began:.1f} s")
    label = police.locator(f"{LIVE} [data-vid-live]").first
    assert "LIVE" in str(label.text_content()) and "ms" in str(label.text_content())
    assert "Moreno" in str(police.locator("[data-vid-mark]").first.text_content())
    nearest = district.call("GET", f"/incidents/{incident['id']}/cameras", role="police")["items"]
    assert [tile.get_attribute("data-video") for tile in tiles_of(police)] == [one["id"] for one in nearest]
    metres = [one["metres"] for one in nearest if one["metres"] is not None]
    assert metres == sorted(metres) and nearest[0]["metres"] < 40

    officer.goto(f"/incidents/{incident['id']}")
    officer.locator("#near-cameras").scroll_into_view_if_needed()
    officer.wait_for_selector(LIVE, timeout=20_000)
    officer.goto("about:blank")

    _survives(district, police, phases)

    district.clear_all()
    closed_at = time.monotonic()
    wait_for(lambda: all(state_of(tile) == "refused" for tile in tiles_of(police)), 20, "closed with the incident")
    print(f"closed to the police {time.monotonic() - closed_at:.1f} s after the incident")
    expect(police.locator("[data-vid-because]").first).to_contain_text("is over")
    assert district.call("POST", f"/cameras/{camera}/look", role="police")["status"] == 403
    looks = [one for one in district.call("GET", "/camera-looks?limit=100")["items"] if one["role"] == "police"]
    assert all(one["incident"] and one["ended_at"] for one in looks), "none without an incident, none that goes on"
    assert {one["camera"] for one in looks if one["incident"] == incident["id"]} == {one["id"] for one in nearest}


def _recorder(district: Installation, what: str) -> Any:
    return district.health().get("roles", {}).get("recorder", {}).get(what)


def _survives(district: Installation, page: Page, phases: dict[str, int]) -> None:
    """The recorder killed, a camera that stalls, the database gone: who looks sees what is so, and then pictures."""
    pid, count = district.pid_of("recorder"), len(tiles_of(page))
    district.kill("recorder")
    wait_for(lambda: _recorder(district, "pid") not in (None, pid), 20, "the recorder is started again")
    back = wait_for(
        lambda: (_recorder(district, "detail") or {}).get("viewers") == count and all_fresh(page, phases), 30,
        "the pictures are back by themselves",
    )  # fmt: skip
    print(f"pictures back {back:.1f} s after the recorder was")

    stalled = tiles_of(page)[0]
    name = str(stalled.get_attribute("data-video"))
    district.fail(name, "silent", 8)
    seen = wait_for(lambda: state_of(stalled) == "none", 10, "the stall is told")
    assert "No picture since" in str(stalled.query_selector("[data-vid-because]").text_content())  # type: ignore[union-attr]
    assert all(state_of(tile) == "live" for tile in tiles_of(page)[1:]), "the others go on"
    print(f"a stalled camera told after {seen:.1f} s")
    wait_for(lambda: all_fresh(page, phases), 30, "it is back")

    with district.without_postgres():
        time.sleep(2)
        assert all_fresh(page, phases), "who looks already goes on looking"
    district.wait_until(lambda: district.state_of("worker") == "ok", 30, "the database is back")


def test_a_technician_learns_whether_there_is_a_picture_and_sees_none(
    district: Installation, sign_in: Callable[..., Page]
) -> None:
    page = sign_in("it")
    camera = district.call("GET", "/cameras?state=online&limit=1")["items"][0]["id"]
    page.goto(f"/cameras/{camera}")
    assert not tiles_of(page)
    page.get_by_role("button", name="Look for a picture").click()
    expect(page.locator("[data-video-found]")).to_contain_text("There is a picture: 640 × 360", timeout=20_000)
