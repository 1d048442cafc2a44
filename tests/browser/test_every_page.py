"""Every page a director can reach by links: it fits a phone of 320 pixels, and axe finds nothing in light and dark."""

import re
from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.browser.test_workflow import press_button, see_alert, wide_of
from tests.flows.installation import Installation

pytestmark = pytest.mark.long
#: Addresses that are no page of the console, those that end the session, and a mail as it goes out or a photo: in its
#: sandbox no script runs, not axe's either, and the walk would wait for ever.
LEFT_OUT = re.compile(
    r"^/(api|static|media|accounts/logout|d/|live)|\.(pdf|csv|json|vcf)$|format=|/print|/picture|/photos/|/screen/|/mail/[a-z-]+$"
)
IDS = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|[0-9a-f]{32}|(?<=/)[0-9]+(?=/|$)")
MOST = 140


def shape_of(path: str) -> str:
    """What addresses of one page have in common."""
    return IDS.sub("*", path.partition("?")[0].partition("#")[0])


def links_of(page: Page) -> list[str]:
    found = page.eval_on_selector_all("a[href^='/']", "all => all.map(one => one.getAttribute('href'))")
    return [link for link in found if not LEFT_OUT.search(link)]


def everywhere(page: Page) -> list[str]:
    """One address of each page that links lead to, from the home page on."""
    known, waiting = {"/": "/"}, ["/"]
    while waiting and len(known) < MOST:
        page.goto(waiting.pop(0), wait_until="domcontentloaded")
        page.wait_for_timeout(150)
        for link in links_of(page):
            if shape_of(link) not in known:
                known[shape_of(link)] = link
                waiting.append(link)
    return list(known.values())


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_fits_and_is_accessible(district: Installation, sign_in: Callable[..., Page], scheme: str) -> None:
    press_button(district)
    incident = district.open_incident()["id"]
    page = sign_in("director", "desktop", scheme)
    page.goto(f"/incidents/{incident}")
    see_alert(page)
    addresses = everywhere(page)
    assert len(addresses) > 60, addresses
    too_wide, faults = [], []
    for address in addresses:
        page.set_viewport_size({"width": 1280, "height": 900})
        answer = page.goto(address, wait_until="domcontentloaded")
        if answer is None or answer.status >= 400:
            faults.append(f"{address}: {answer.status if answer else 'no answer'}")
            continue
        page.wait_for_timeout(250)
        faults += [
            f"{address}: {one['id']} {one['nodes'][0]['html'][:160]}" for one in Axe().run(page).response["violations"]
        ]
        page.set_viewport_size({"width": 320, "height": 700})
        page.wait_for_timeout(50)
        if wide_of(page) > 320:
            too_wide.append(f"{address}: {wide_of(page)}")
    assert not too_wide and not faults, "\n".join([*too_wide, *faults])
