"""A press on a phone with the network really cut, and "on my way" by one tap, in a real browser."""

import contextlib
import os
import re
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.test_workflow import hold
from tests.flows.installation import Installation

Enter = Callable[[str, str], tuple[BrowserContext, Page]]
SIZES = {"phone": {"width": 390, "height": 844}, "desktop": {"width": 1280, "height": 860}}


@pytest.fixture
def enter(chromium: Browser, district: Installation) -> Iterator[Enter]:
    """`enter("teacher", "phone")`: signed in, in a browser of their own that runs the service worker."""
    opened = []

    def go(role: str, size: str = "phone") -> tuple[BrowserContext, Page]:
        context = chromium.new_context(
            reduced_motion="reduce", base_url=f"http://localhost:{district.port}", viewport=SIZES[size],  # type: ignore[arg-type]
            is_mobile=size == "phone", has_touch=size == "phone",
        )  # fmt: skip
        opened.append(context)
        page = context.new_page()
        page.goto("/accounts/login/")
        page.fill("input[name=login]", f"{role}@demo.invalid")
        page.fill("input[name=password]", (district.home / "secrets" / "demo_password").read_text().strip())
        page.locator("input[name=password]").press("Enter")
        page.wait_for_url(lambda url: "/accounts/" not in url)
        return context, page

    yield go
    for context in opened:
        context.close()


@contextlib.contextmanager
def without_web(district: Installation) -> Iterator[None]:
    """Nothing listens on the server's port: the web role is killed, with the supervisor held meanwhile."""
    assert district.process is not None
    pid = district.pid_of("web")
    os.kill(district.process.pid, signal.SIGSTOP)
    os.killpg(pid, signal.SIGKILL)
    try:
        yield
    finally:
        os.kill(district.process.pid, signal.SIGCONT)


def in_thread(act: Callable[[], Any]) -> Any:
    """The API from a thread of its own: a browser's tests already run inside an event loop."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(act).result()


def is_kept(page: Page) -> bool:
    look = """async () => {
      await navigator.serviceWorker.ready;
      for (const name of await caches.keys()) if (await (await caches.open(name)).match('/press')) return true;
      return false; }"""
    return bool(page.evaluate(look))


def assert_accessible(page: Page) -> None:
    found = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]})
    told = [(v["id"], v["nodes"][0]["html"][:160]) for v in found.response["violations"]]
    assert not told, told
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, "it scrolls sideways"


@pytest.mark.long
def test_a_press_without_a_network_is_kept_and_arrives_once(district: Installation, enter: Enter) -> None:
    context, page = enter("teacher", "phone")
    page.goto("/press")
    page.wait_for_function("() => navigator.serviceWorker.controller !== null", timeout=20_000)
    for _ in range(50):
        if is_kept(page):
            break
        page.wait_for_timeout(200)
    before = {one["id"] for one in in_thread(lambda: district.incidents())}
    in_thread(lambda: district.token("nurse"))
    with without_web(district):
        context.set_offline(True)
        page.goto("/press")  # the app opens without a network
        button = page.locator("[data-press] [data-kind=staff_assist]")
        expect(button).to_be_visible()
        hold(page, button, 1900)
        status = page.locator("[data-press-status]")
        expect(status).to_contain_text("NOT sent yet: no network. Call 911", timeout=9000)
        expect(status.locator("a[href='tel:911']")).to_be_visible()
        assert_accessible(page)
        hold(page, button, 1900)  # pressed twice in fear is pressed once
        page.reload()
        expect(status).to_contain_text("NOT sent yet", timeout=5000)
        context.set_offline(False)  # a network again, and nobody at the other end
        page.wait_for_timeout(2500)
        expect(status).to_contain_text("NOT sent yet")
    expect(status).to_contain_text(re.compile(r"Received at \d\d:\d\d:\d\d"), timeout=60_000)
    new = in_thread(
        lambda: district.wait_until(
            lambda: [one for one in district.incidents() if one["id"] not in before], 30, "the press is an incident"
        )
    )
    page.wait_for_timeout(3000)
    assert len(new) == 1
    full = in_thread(lambda: district.incident(new[0]["id"]))
    assert len(full["cause_ids"]) == 1 and full["kind"] == "staff_assist"
    expect(page.locator(".press-link")).to_be_visible(timeout=20_000)


@pytest.mark.long
def test_on_my_way_by_one_tap_is_told_to_who_pressed(district: Installation, enter: Enter) -> None:
    _, nurse = enter("nurse", "phone")
    _, teacher = enter("teacher", "desktop")
    nurse.goto("/incidents/")
    expect(nurse.locator("#conn[data-state=live]")).to_be_attached(timeout=20_000)
    teacher.goto("/press")
    expect(teacher.locator("#conn[data-state=live]")).to_be_attached(timeout=20_000)
    hold(teacher, teacher.locator("[data-press] [data-kind=medical]"), 1900)
    expect(teacher.locator("[data-press-status]")).to_contain_text("Received at", timeout=5000)
    card = nurse.locator(".q-card")
    expect(card).to_be_visible(timeout=15_000)
    expect(nurse.locator("dialog.takeover")).to_have_count(0)
    expect(card).to_contain_text("AED: ")
    assert_accessible(nurse)
    card.get_by_role("button", name="On my way").click()
    expect(teacher.locator(".press-news")).to_contain_text("Nurse Grace Nakamura on the way", timeout=10_000)
    assert_accessible(teacher)
    card.get_by_role("link", name="Open the incident").click()
    here = nurse.locator("section.who-comes")
    expect(here).to_contain_text("On the way since", timeout=20_000)
    here.get_by_role("button", name="I am there").click()
    expect(here).to_contain_text("first on scene after", timeout=20_000)
    nurse.goto(nurse.url)
    assert_accessible(nurse)


@pytest.mark.parametrize("size", ["phone", "desktop"])
def test_pins_and_the_rate_are_pages_one_can_use(enter: Enter, size: str) -> None:
    _, page = enter("principal", size)
    page.goto("/people/pins")
    page.get_by_label("Cancel PIN, 4 to 8 digits").fill("1234")
    for label in ("Cancel PIN again", "Duress PIN, clearly another one", "Duress PIN again"):
        page.get_by_label(label).fill("1234")
    page.get_by_role("button", name="Set both PINs").click()
    expect(page.locator("#e-cancel")).to_contain_text("Too easy")
    assert_accessible(page)
    for label, pin in (("Cancel PIN, 4 to 8 digits", "4827"), ("Cancel PIN again", "4827"),
                       ("Duress PIN, clearly another one", "915306"), ("Duress PIN again", "915306")):  # fmt: skip
        page.get_by_label(label).fill(pin)
    page.get_by_role("button", name="Set both PINs").click()
    expect(page.locator(".toast").first).to_contain_text("Your PINs are set")
    page.goto("/incidents/unintended")
    assert_accessible(page)


def test_the_aed_is_here_is_said_once_and_keeps_the_others_from_running(district: Installation, enter: Enter) -> None:
    context, nurse = enter("nurse", "phone")
    _, officer = enter("officer", "desktop")
    _, teacher = enter("teacher", "desktop")
    teacher.goto("/press")
    for page in (nurse, officer, teacher):
        expect(page.locator("#conn[data-state=live]")).to_be_attached(timeout=20_000)
    hold(teacher, teacher.locator("[data-press] [data-kind=medical]"), 1900)
    card, other = nurse.locator(".q-card"), officer.locator(".q-card")
    expect(other.locator("[data-help=aed]")).to_be_visible(timeout=15_000)
    expect(card).to_be_visible(timeout=15_000)
    context.set_offline(True)
    card.get_by_role("button", name="The AED is here").tap()
    expect(nurse.locator(".toast", has_text="sent as soon as it is back")).to_be_visible(timeout=15_000)
    expect(card.get_by_role("button", name="The AED is here")).to_be_disabled()
    context.set_offline(False)
    expect(other.locator(".q-here")).to_contain_text("The AED is here: Grace Nakamura", timeout=20_000)
    expect(other.locator("[data-help=aed]")).to_be_hidden()
    expect(other.get_by_role("button", name="The AED is here")).to_have_count(0)
    expect(other.locator(".q-who")).to_contain_text("Nurse Grace Nakamura is there")
    expect(teacher.locator(".press-news")).to_contain_text("The AED is here: Grace Nakamura", timeout=10_000)
    assert_accessible(officer)
    other.get_by_role("link", name="Open the incident").click()
    here = officer.locator("section.who-comes")
    expect(here).to_contain_text("Said by Grace Nakamura", timeout=20_000)
    expect(officer.locator(".plan .who.here")).to_have_count(1)
    expect(officer.locator(".plan .way", has_text="AED")).to_have_count(0)
    expect(other).to_be_hidden()  # the page says all of it itself
    assert_accessible(officer)
    expect(card.locator(".q-here")).to_be_visible(timeout=20_000)
    assert_accessible(nurse)
    card.get_by_role("button", name="The AED is not here").tap()
    expect(here.locator("[data-aid=aed_here]")).to_be_visible(timeout=20_000)
    incident = in_thread(lambda: district.open_incident())["id"]
    told = in_thread(lambda: district.incident(incident))["timeline"]
    said = [one["what"] for one in reversed(told) if "AED" in one["what"]]
    assert said == ["The AED is here", "The AED is not here after all"], said
