"""A running demo district for browsers, and browsers signed in to it."""

import shutil
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.flows.installation import Installation

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
SIZES = {"desktop": {"width": 1440, "height": 900}, "phone": {"width": 390, "height": 844}}


@pytest.fixture
def district(at_rest: Installation) -> Installation:
    """The shared installation with nothing on."""
    return at_rest


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """One a module: its event loop must be gone before another module starts one of its own."""
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def sign_in(chromium: Browser, district: Installation) -> Iterator[Callable[..., Page]]:
    """`sign_in("director", "phone", "dark")`: a page of that person in a browser of its own."""
    opened = []

    def enter(role: str = "director", size: str = "desktop", scheme: str = "light") -> Page:
        context = chromium.new_context(
            reduced_motion="reduce", viewport=SIZES[size], is_mobile=size == "phone", has_touch=size == "phone",
            color_scheme=scheme, base_url=f"http://localhost:{district.port}", service_workers="block",
        )  # type: ignore[arg-type]  # fmt: skip
        opened.append(context)
        page = context.new_page()
        page.goto("/accounts/login/")
        page.fill("input[name=login]", f"{role}@demo.invalid")
        page.fill("input[name=password]", (district.home / "secrets" / "demo_password").read_text().strip())
        page.locator("input[name=password]").press("Enter")
        page.wait_for_url(lambda url: "/accounts/" not in url)
        return page

    yield enter
    for context in opened:
        context.close()
