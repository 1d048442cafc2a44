"""Speaking live in a real browser: what the (played) microphone hears is what the speakers of the zone play."""

import array
import asyncio
import math
import threading
import wave
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect, sync_playwright

from tests.browser.conftest import CHROMIUM, SIZES
from tests.flows.installation import Installation
from watchbell.gateways.rtppaging.peer import ZoneReceiver
from watchbell.gateways.rtppaging.words import shipped_prompt
from watchbell.line.sound import RATE, decode_mulaw


class Listening:
    """A speaker of the zone, in a thread of its own: a browser's tests already run inside an event loop."""

    def __init__(self, zone: dict[str, Any]) -> None:
        self.receiver = ZoneReceiver(zone["group"], zone["port"], "127.0.0.1", lambda told: None)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def __enter__(self) -> ZoneReceiver:
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self.receiver.start(), self._loop).result(10)
        return self.receiver

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self.receiver.stop(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._loop.close()


@pytest.fixture(scope="module")
def spoken(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the played microphone says, over and over: a shipped prompt at 48 kHz."""
    path = tmp_path_factory.mktemp("mic") / "spoken.wav"
    samples = decode_mulaw(shipped_prompt("evacuate", "en"))
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(6 * RATE)
        file.writeframes(array.array("h", [sample // 2 for sample in samples for _ in range(6)]).tobytes())
    return path


@pytest.fixture
def desk(district: Installation, spoken: Path) -> Iterator[Page]:
    """The office's browser with a microphone."""
    with sync_playwright() as play:
        browser = play.chromium.launch(
            executable_path=CHROMIUM,
            args=["--no-sandbox", "--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream",
                  f"--use-file-for-fake-audio-capture={spoken}", "--autoplay-policy=no-user-gesture-required"],
        )  # fmt: skip
        context = browser.new_context(
            reduced_motion="reduce", viewport=SIZES["desktop"], base_url=f"http://localhost:{district.port}",
            service_workers="block", permissions=["microphone"],
        )  # type: ignore[arg-type]  # fmt: skip
        page = context.new_page()
        page.goto("/accounts/login/")
        page.fill("input[name=login]", "director@demo.invalid")
        page.fill("input[name=password]", (district.home / "secrets" / "demo_password").read_text().strip())
        page.locator("input[name=password]").press("Enter")
        page.wait_for_url(lambda url: "/accounts/" not in url)
        yield page
        browser.close()


def _envelope(mulaw: bytes) -> list[float]:
    """Loudness by 20 ms, without its mean: what a volume control and a noise filter leave of speech."""
    samples = decode_mulaw(mulaw)
    loud = [math.log1p(sum(abs(s) for s in samples[at : at + 160]) / 160) for at in range(0, len(samples) - 159, 160)]
    mean = sum(loud) / max(1, len(loud))
    return [one - mean for one in loud]


def likeness(heard: bytes, wanted: bytes) -> float:
    """The greatest correlation of the two envelopes at any shift; `wanted` is repeated for ever."""
    one, other = _envelope(heard), _envelope(wanted * (2 + len(heard) // len(wanted)))
    best = 0.0
    for shift in range(len(other) - len(one)):
        window = other[shift : shift + len(one)]
        energy = math.sqrt(sum(a * a for a in one) * sum(b * b for b in window))
        best = max(best, sum(a * b for a, b in zip(one, window, strict=True)) / energy if energy else 0.0)
    return best


def _go_live(page: Page, zone: dict[str, Any]) -> None:
    page.goto("/announce")
    page.get_by_text("Live", exact=True).click()
    box = page.locator(f'input[name="zones"][value="{zone["endpoint"]}"]')
    box.evaluate("box => (box.closest('details').open = true)")
    box.check()
    page.locator("#chime").select_option("none")
    page.get_by_role("button", name="Go live").click()
    expect(page.locator("[data-live-words]")).to_have_text("You are live", timeout=30_000)


def test_what_is_spoken_live_is_heard_in_the_zone(desk: Page, district: Installation) -> None:
    zone = district.played()["paging_zones"][0]
    with Listening(zone) as speaker:
        _go_live(desk, zone)
        desk.wait_for_timeout(5000)
        for _ in range(100):  # speech has pauses
            if desk.locator("meter").evaluate("meter => meter.value") > 0:
                break
            desk.wait_for_timeout(100)
        else:
            raise AssertionError("the meter never moved")
        desk.get_by_role("button", name="Off the air").click()
        expect(desk.locator("[data-live-words]")).to_have_text("Off the air")
        desk.wait_for_timeout(1500)
        assert speaker.last is not None
        heard = bytes(speaker.last.sound)
    assert len(heard) > 3 * RATE
    assert likeness(heard[RATE // 2 : 4 * RATE], shipped_prompt("evacuate", "en")) > 0.6


@pytest.mark.long  # that an alarm goes before a page is the gateways' own test, too
def test_an_alarm_cuts_the_speaker_off_and_says_so(desk: Page, district: Installation) -> None:
    from tests.browser.test_workflow import press_button

    here = district.played()["panels"][0]["site"]
    zone = next(zone for zone in district.played()["paging_zones"] if zone["site"] == here)
    _go_live(desk, zone)
    press_button(district)
    expect(desk.locator("dialog.takeover")).to_be_visible(timeout=20_000)
    expect(desk.locator("[data-live-mic]")).to_have_attribute("data-state", "cut", timeout=20_000)
    assert "alarm" in desk.locator("[data-live-more]").inner_text()
    desk.reload()
    expect(desk.locator("dialog.takeover")).to_be_visible(timeout=20_000)
    assert desk.locator("dialog.takeover .directive").inner_text()
    box = desk.locator("dialog.takeover").bounding_box()
    assert box is not None and (box["width"], box["height"]) == (SIZES["desktop"]["width"], SIZES["desktop"]["height"])
    desk.get_by_role("button", name="I have seen this").click()
    expect(desk.locator("dialog.takeover")).to_have_count(0)


@pytest.mark.long
def test_an_unattended_screen_shows_the_alert_and_offers_nothing(desk: Page, district: Installation) -> None:
    from tests.browser.test_workflow import press_button

    desk.goto("/announce/screens")
    desk.get_by_label("Name", exact=True).fill("Lobby screen")
    desk.get_by_role("button", name="Enrol").click()
    address = desk.locator(".code-l").first.get_attribute("href")
    context = desk.context.browser.new_context(service_workers="block", reduced_motion="reduce")  # type: ignore[union-attr]
    screen = context.new_page()
    screen.goto(str(address))
    expect(screen.locator("#conn")).to_have_attribute("data-state", "live", timeout=20_000)
    press_button(district)
    takeover = screen.locator("dialog.takeover")
    expect(takeover).to_be_visible(timeout=20_000)
    assert (
        takeover.locator("button:visible, a:visible").count() == 0
        or "Sound" in takeover.locator("button:visible, a:visible").first.inner_text()
    )
    screen.reload()
    expect(takeover).to_be_visible(timeout=20_000)
    district.clear_all()
    expect(takeover).to_have_count(0, timeout=20_000)
    context.close()


@pytest.mark.long
@pytest.mark.parametrize("path", ["/announce", "/announce/zones", "/announce/history", "/announce/recordings"])
def test_pages_of_announcing_are_for_everybody_and_fit_a_phone(desk: Page, path: str) -> None:
    desk.goto(path)
    found = Axe().run(desk)
    assert found.violations_count == 0, found.generate_report()
    desk.set_viewport_size({"width": 320, "height": 700})
    assert desk.evaluate("document.documentElement.scrollWidth") <= 320
