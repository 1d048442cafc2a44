"""The real workflow in a real browser on a running district: press, respond, check rooms in, all-clear, report."""

import json
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

from tests.flows.installation import Installation

SignIn = Callable[..., Page]


def hold(page: Page, button: Locator, milliseconds: int) -> None:
    """Presses and holds, as a hand does."""
    button.scroll_into_view_if_needed()
    box = button.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.wait_for_timeout(milliseconds)
    page.mouse.up()


def press_button(district: Installation) -> None:
    """A real button over DC-09, from a thread of its own: a browser's tests already run inside an event loop."""
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(district.press, "001").result().answer == "ACK"


def see_alert(page: Page) -> None:
    """The alert takes the screen; a person confirms it."""
    takeover = page.locator("dialog.takeover")
    expect(takeover).to_be_visible(timeout=15_000)
    page.get_by_role("button", name="I have seen this").click()
    expect(takeover).to_have_count(0)


def to_incident(page: Page) -> None:
    page.locator(".openbar").first.click()
    expect(page.locator("section.band")).to_be_visible(timeout=15_000)


def check_one_room_in(page: Page) -> None:
    page.get_by_role("link", name="Check rooms in").click()
    page.get_by_role("link", name=re.compile("^Check in ")).first.click()
    page.get_by_label("How many people are with you?").fill("21")
    page.get_by_role("button", name="Safe", exact=True).click()
    page.wait_for_url(re.compile("/rooms$"), timeout=10_000)  # it has arrived: the roll call shows it
    expect(page.locator("#roll")).to_contain_text("Safe")
    page.locator(".crumbs a").first.click()


def give_all_clear(page: Page) -> None:
    hold(page, page.get_by_role("button", name="All clear"), 3400)
    expect(page.locator("section.band")).to_have_attribute("data-state", "closed", timeout=30_000)


def wide_of(page: Page) -> int:
    return int(page.evaluate("document.documentElement.scrollWidth"))


def test_the_guided_path_of_the_demo_leads_from_a_button_to_the_report(district: Installation, sign_in: SignIn) -> None:
    page = sign_in("director")
    expect(page.get_by_role("heading", name="See it work")).to_be_visible(timeout=10_000)
    page.get_by_role("button", name="Press a button").click()
    see_alert(page)
    to_incident(page)
    expect(page.locator("section.band .name")).to_have_text("Lockdown")
    expect(page.locator(".strip")).to_contain_text("locked")
    check_one_room_in(page)
    expect(page.locator(".log")).to_contain_text("safe")
    give_all_clear(page)
    page.get_by_role("link", name="Report", exact=True).click()
    expect(page.get_by_role("heading", name="How fast")).to_be_visible()
    assert "All-clear given" in page.content()


@pytest.mark.parametrize("size", ["desktop", "phone"])
def test_a_held_press_to_the_all_clear(district: Installation, sign_in: SignIn, size: str) -> None:
    page = sign_in("director", size)
    sites = {one["name"]: one["id"] for one in district.call("GET", "/sites?limit=50")["items"]}
    page.goto(f"/press?site={sites['Lincoln High School']}")  # by itself it is where the director works
    hold(page, page.locator("[data-press] [data-kind=lockdown]"), 1900)
    see_alert(page)
    to_incident(page)
    assert wide_of(page) <= page.viewport_size["width"]  # type: ignore[index]
    check_one_room_in(page)
    give_all_clear(page)
    assert district.wait_until(lambda: not district.incidents("open"), 10, "the incident is closed")


def _say(district: Installation, text: str) -> None:
    incident = district.incidents("open")[0]["id"]
    assert district.call("POST", f"/incidents/{incident}/notes", {"text": text}) == {"kept": True}


def test_what_happens_appears_without_reload_and_is_caught_up_after_a_cut(
    district: Installation, sign_in: SignIn
) -> None:
    press_button(district)
    district.open_incident()
    page = sign_in("principal")
    see_alert(page)
    to_incident(page)
    expect(page.locator("#conn")).to_have_attribute("data-state", "live", timeout=10_000)
    page.evaluate("window.isSamePage = true")
    _say(district, "First note, heard live")
    expect(page.locator(".log")).to_contain_text("First note, heard live", timeout=6000)
    with district.held("web"):  # a killed one alone is back before anybody could see the cut
        expect(page.locator("#conn")).not_to_have_attribute("data-state", "live", timeout=20_000)
        press_button(district)
    expect(page.locator("#conn")).to_have_attribute("data-state", "live", timeout=60_000)
    expect(page.locator(".log .ev.alarm")).to_have_count(2, timeout=15_000)
    assert page.evaluate("window.isSamePage") is True


def test_press_and_all_clear_by_keyboard_alone(district: Installation, sign_in: SignIn) -> None:
    page = sign_in("director")
    page.goto("/press")
    page.locator("[data-press] [data-kind=lockdown]").focus()
    page.keyboard.down("Space")
    page.wait_for_timeout(1900)
    page.keyboard.up("Space")
    expect(page.locator("dialog.takeover")).to_be_visible(timeout=15_000)
    page.keyboard.press("Enter")  # the focus is on “I have seen this”
    expect(page.locator("dialog.takeover")).to_have_count(0)
    page.locator(".openbar").first.focus()
    page.keyboard.press("Enter")
    button = page.get_by_role("button", name="All clear")
    expect(button).to_be_visible(timeout=15_000)
    button.focus()
    page.keyboard.down("Enter")
    page.wait_for_timeout(3500)
    page.keyboard.up("Enter")
    expect(page.locator("section.band")).to_have_attribute("data-state", "closed", timeout=30_000)


def _pages(district: Installation) -> list[str]:
    incident = district.incidents("open")[0]["id"]
    full: dict[str, Any] = district.incident(incident)
    plan = district.call("GET", "/plans?kind=lockdown&limit=1")["items"][0]["id"]
    room = district.call("GET", f"/incidents/{incident}/rooms?limit=1")["items"][0]["place"]
    entry = full["receipts"][0]["id"]
    here = f"/incidents/{incident}"
    return [
        "/", "/press", "/press/drill", "/test-sessions", "/wall", "/incidents/", here, f"{here}/board", f"{here}/log",
        f"{here}/rooms", f"{here}/rooms/{room}", f"{here}/board/{entry}/close", f"{here}/report", "/plans",
        f"/plans/{plan}", f"/plans/{plan}/compare", f"/plans/{plan}/steps/new?action=lock_door",
    ]  # fmt: skip


@pytest.mark.long
@pytest.mark.parametrize(("size", "scheme"), [("desktop", "light"), ("desktop", "dark"), ("phone", "light"),
                                              ("phone", "dark")])  # fmt: skip
def test_axe_finds_nothing_on_any_page_of_the_response(
    district: Installation, sign_in: SignIn, size: str, scheme: str
) -> None:
    press_button(district)
    district.settled(district.open_incident()["id"])
    page = sign_in("director", size, scheme)
    see_alert(page)
    found, broad = {}, {}
    for path in _pages(district):
        assert page.goto(path).ok, path  # type: ignore[union-attr]
        page.wait_for_timeout(700)
        wrong = Axe().run(page).response["violations"]
        if wrong:
            found[path] = [(one["id"], [node["html"][:140] for node in one["nodes"][:3]]) for one in wrong]
        if wide_of(page) > page.viewport_size["width"]:  # type: ignore[index]
            broad[path] = wide_of(page)
    assert not found and not broad, json.dumps([found, broad], indent=1)
