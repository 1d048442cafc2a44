"""A parent's phone against the whole installation: a message, the network cut, an answer without one, the home."""

import os
import re
from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.flows.installation import Installation

pytestmark = [pytest.mark.alone, pytest.mark.long]
ON_THE_PHONE = """async () => Boolean(await caches.match('/family/offline')) && await new Promise((done) => {
  const asked = indexedDB.open('watchbell-family', 1);
  asked.onsuccess = () => {
    const rows = asked.result.transaction('notices').objectStore('notices').count();
    rows.onsuccess = () => (asked.result.close(), done(rows.result > 0)); }; })"""


def look(page: Page, name: str) -> None:
    assert [f"{one['id']}: {one['nodes'][0]['html'][:200]}" for one in Axe().run(page).response["violations"]] == [], (
        name
    )
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), name
    if shots := os.environ.get("SCREENSHOTS"):
        page.screenshot(path=f"{shots}/{name}.png")


def tell_families(district: Installation, sign_in: Callable[..., Page]) -> str:
    """The principal asks the families of eleventh grade, the director confirms; the link in a text."""
    page = sign_in("principal")
    page.goto("/messages/new")
    page.get_by_role("link", name="Absence").click()
    page.locator("#purpose").select_option("emergency")
    page.locator("summary", has_text="Grades").click()
    page.locator("input[name=grades][value='11']").check()
    page.get_by_role("button", name="Look once more").click()
    page.get_by_role("button", name="Ask for confirmation").click()
    second = sign_in("director")
    second.goto("/messages?state=asked")
    second.get_by_role("link", name=re.compile("is absent today")).first.click()
    second.get_by_role("button", name=re.compile("Confirm and send")).click()
    texts = district.wait_until(
        lambda: [one for one in district.outside("sms") if re.search("not in class|no vino a clase", str(one["body"]))],
        30,
        "a text",
    )
    link = re.search(r"/m/[A-Za-z0-9_-]+", str(texts[-1]["body"]))
    assert link
    return link[0]


def test_read_and_answered_with_the_network_cut(
    chromium: Browser, district: Installation, sign_in: Callable[..., Page]
) -> None:
    link = tell_families(district, sign_in)
    size = {"width": 390, "height": 844}
    context = chromium.new_context(
        reduced_motion="reduce", viewport=size, is_mobile=True, has_touch=True,
        base_url=f"http://localhost:{district.port}",
    )  # type: ignore[arg-type]  # fmt: skip
    page = context.new_page()
    page.goto(link)
    page.wait_for_function(ON_THE_PHONE, timeout=20_000)
    look(page, "message")
    page.goto(f"{link}/contacts")
    look(page, "contacts")
    page.close()
    context.set_offline(True)
    with district.held("web"):
        page = context.new_page()
        page.goto(link)
        expect(page.locator("[data-as-of]")).to_be_visible(timeout=10_000)
        page.locator("form.ask button").first.tap()
        expect(page.locator("form.ask [data-answered][data-state=waiting]")).to_be_visible()
        look(page, "message-offline")
        page.goto("/family")
        expect(page.locator(".rows li").first).to_be_visible(timeout=10_000)
        look(page, "home-offline")
    context.set_offline(False)
    page.goto(link)
    expect(page.locator("form.ask button[aria-pressed=true]")).to_have_count(1, timeout=20_000)
    district.wait_until(lambda: _is_answered(page), 20, "the answer has arrived")
    context.close()


def _is_answered(page: Page) -> bool:
    page.reload()
    page.wait_for_timeout(800)
    return page.locator("form.ask [data-answered]:visible:not([data-state=waiting])").count() == 1


@pytest.mark.parametrize("size", ["phone", "desktop"])
def test_a_family_s_home_fits_and_is_accessible(sign_in: Callable[..., Page], size: str) -> None:
    page = sign_in("parent", size)
    page.goto("/family")
    expect(page.locator("[data-family=home]")).to_be_visible()
    look(page, f"home-{size}")
    if size == "phone":
        page.set_viewport_size({"width": 320, "height": 700})
        look(page, "home-320")
    contacts = page.locator('a[href$="/contacts"]:visible').first
    if contacts.count():
        contacts.click()
        look(page, f"contacts-{size}")
