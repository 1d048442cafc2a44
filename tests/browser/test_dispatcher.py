"""The dispatcher's page in a real browser: opened by the link in the EIDO, acknowledged, live, at any width."""

import json
import re
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.browser.test_workflow import press_button, wide_of
from tests.flows.installation import Installation


def link_in_eido(district: Installation, since: str) -> str:
    """The newest link a centre was sent, as the EIDO says it."""
    told = district.wait_until(lambda: district.outside("eido", since), 20, "911 is told")
    return str(re.findall(r"/d/[\w.-]+", json.dumps(told[-1]["body"]))[-1])


def open_page(chromium: Browser, district: Installation, path: str, **more: Any) -> Page:
    context = chromium.new_context(base_url=f"http://localhost:{district.port}", reduced_motion="reduce", **more)
    page = context.new_page()
    page.goto(path)
    return page


def test_911_opens_the_link_acknowledges_and_hears_live(district: Installation, chromium: Browser) -> None:
    for centre in ("Tallgrass County 911", "Cedar Valley Police"):
        district.fail(centre, "unattended", 60)
    since = district.mark("eido")
    press_button(district)
    incident = district.settled(district.open_incident()["id"])
    page = open_page(chromium, district, link_in_eido(district, since), viewport={"width": 800, "height": 600})
    page.get_by_label(re.compile("Your name")).fill("Dana Ortiz")
    page.get_by_role("button", name="Open").click()
    expect(page.get_by_role("heading", name="Lockdown")).to_be_visible()
    expect(page.locator("#conn")).to_have_text("Live", timeout=15_000)
    expect(page.get_by_text("nobody has acknowledged")).to_be_visible()
    assert Axe().run(page).response["violations"] == []

    page.get_by_role("button", name=re.compile("acknowledge")).click()
    expect(page.locator(".d-clock.good")).to_contain_text("Dana Ortiz", timeout=10_000)
    place = district.call("GET", f"/incidents/{incident['id']}/rooms")["items"][0]
    body = {"place": place["place"], "state": "help", "note": "Smoke"}
    district.call("POST", f"/incidents/{incident['id']}/check-ins", body)
    expect(page.get_by_text(f"{place['name']}: need help")).to_be_visible(timeout=10_000)

    page.get_by_label("Unit", exact=True).fill("Adam 12")
    page.get_by_role("button", name="Add unit").click()
    expect(page.locator(".d-units")).to_contain_text("Adam 12", timeout=10_000)
    page.get_by_role("button", name="Adam 12: On scene").click()
    expect(page.locator(".d-units .badge.good")).to_have_text("On scene", timeout=10_000)
    for wide in (390, 320):
        page.set_viewport_size({"width": wide, "height": 700})
        assert wide_of(page) <= wide
    page.context.close()
