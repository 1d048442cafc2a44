"""What is done at a desk in quiet times: a badge changes hands, the audit log is read by days."""

import os
import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.test_workflow import wide_of
from tests.flows.installation import Installation
from watchbell.line import clock

SignIn = Callable[..., Page]


def fine(page: Page, name: str) -> None:
    """Nothing axe would say, no sideways scroll, and a picture where one is asked for."""
    page.wait_for_timeout(500)
    if shots := os.environ.get("SCREENSHOTS"):
        page.screenshot(path=f"{shots}/{name}.png")
    found = Axe().run(page).response["violations"]
    assert [(one["id"], [node["html"][:140] for node in one["nodes"][:3]]) for one in found] == [], name
    assert wide_of(page) <= page.viewport_size["width"], name  # type: ignore[index]


@pytest.mark.long
@pytest.mark.parametrize(("size", "scheme"), [("desktop", "light"), ("phone", "dark")])
def test_a_badge_changes_hands_by_keyboard(district: Installation, sign_in: SignIn, size: str, scheme: str) -> None:
    page = sign_in("director", size, scheme)
    page.goto("/equipment?kind=badge")
    fine(page, f"badges-{size}")
    page.locator("#equipment-list tbody a").first.click()
    before = page.locator("h1").inner_text()
    page.get_by_role("link", name="Give or take back").click()
    search = page.get_by_label("Who gets it?")
    expect(search).to_be_focused()
    page.keyboard.type("a")
    give = page.locator("#people button")
    expect(give.first).to_be_visible()
    expect(page).to_have_url(re.compile(r"holder\?q=a$"))
    fine(page, f"holder-{size}")
    name = (give.first.get_attribute("aria-label") or "").removeprefix("Give it to ")
    page.keyboard.press("Tab")
    expect(give.first).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text(f"Give it to {name}?")
    expect(page.locator(".note.warn")).to_contain_text("loses this badge")
    fine(page, f"give-{size}")
    page.get_by_role("button", name=f"Give it to {name}").click()
    expect(page.locator("h1")).to_have_text(f"Badge of {name}")
    fine(page, f"given-{size}")
    assert before != f"Badge of {name}"
    page.get_by_role("link", name="Give or take back").click()
    page.get_by_role("button", name="Take it back").click()
    expect(page.get_by_text("Nobody: a press of it says no name")).to_be_visible()


@pytest.mark.long
@pytest.mark.parametrize(("size", "scheme"), [("desktop", "dark"), ("phone", "light")])
def test_the_audit_log_is_read_by_days(district: Installation, sign_in: SignIn, size: str, scheme: str) -> None:
    page = sign_in("director", size, scheme)
    page.goto("/audit?page=2")
    count = page.locator("#list-end .n")
    everything = count.inner_text()
    page.get_by_label("To day").fill((clock.now() - timedelta(days=400)).date().isoformat())
    expect(page.get_by_text("Nothing found")).to_be_visible()
    expect(count).to_have_text("0 found")
    assert "page=" not in page.url
    fine(page, f"audit-none-{size}")
    page.get_by_label("To day").fill("")
    page.get_by_label("From day").fill((clock.now() - timedelta(days=1)).date().isoformat())
    expect(page.locator("#list tbody tr").first).to_be_visible()
    expect(count).not_to_have_text("0 found")
    expect(page.locator("#list-end a")).to_have_attribute("href", re.compile(r"since=20\d\d-\d\d-\d\d.*format=csv"))
    assert page.url.count("since=") == 1 and everything.endswith("found")
    fine(page, f"audit-{size}")
