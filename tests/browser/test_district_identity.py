"""A director adds the district's provider; a teacher signs in and out by it; a parent signs in by a link in a mail."""

import re
from collections.abc import Callable, Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.flows.installation import Installation
from watchbell.district.identity.tests.peer import person, provider_process

pytestmark = [pytest.mark.alone, pytest.mark.long]


def is_sound(page: Page) -> bool:
    """Nothing axe finds, and nothing to be pushed sideways, down to the width of a small phone."""
    found = [f"{one['id']}: {one['nodes'][0]['html'][:200]}" for one in Axe().run(page).response["violations"]]
    assert found == []
    for width in (1280, 390, 320):
        page.set_viewport_size({"width": width, "height": 844})
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), (page.url, width)
    return True


@pytest.fixture
def issuer() -> Iterator[str]:
    with provider_process() as found:
        person(found, "sofia", email="teacher@demo.invalid", email_verified=True)
        person(found, "nobody", email="new.teacher@demo.invalid", email_verified=True)
        yield found


@pytest.fixture
def visitor(chromium: Browser, district: Installation) -> Iterator[Page]:
    """A browser in which nobody has signed in."""
    context = chromium.new_context(reduced_motion="reduce", base_url=f"http://localhost:{district.port}")
    yield context.new_page()
    context.close()


def consent(page: Page, sub: str) -> None:
    """What a person does on the provider's own page."""
    page.wait_for_url(re.compile("/oauth2/authorize"))
    page.fill("input[name=sub]", sub)
    page.locator("button[type=submit]:not([value=deny]), input[type=submit]").first.click()


def test_the_button_signs_in_and_out_by_the_districts_provider(
    sign_in: Callable[..., Page], visitor: Page, issuer: str
) -> None:
    director = sign_in("director")
    director.goto("/people/identity")
    assert is_sound(director)
    director.get_by_role("link", name="OpenID Connect").click()
    assert is_sound(director)
    director.get_by_label("On the button").fill("Demo account")
    director.get_by_label("E-mail domains it may vouch for").fill("demo.invalid")
    director.get_by_label("Issuer, or address").fill(issuer)
    director.get_by_label("Client ID").fill("watchbell")
    director.get_by_label("Client secret").fill("secret")
    director.get_by_role("button", name="Save and test").click()
    expect(director.locator("main")).to_contain_text("It answers as it should")
    assert is_sound(director)
    where = director.url.partition("?")[0]
    try:
        _in_and_out(visitor)
        _unknown(visitor)
        director.goto(where)
        expect(director.locator("main")).to_contain_text("teacher@demo.invalid")
    finally:
        director.goto(where)
        director.get_by_role("button", name="Remove").click()
        director.get_by_role("alertdialog").locator(".btn.pri, .btn.danger").first.click()
        expect(director.locator("main")).to_contain_text("No identity provider yet")


def _in_and_out(page: Page) -> None:
    page.goto("/accounts/login/?next=/press")
    expect(page.get_by_role("link", name="Continue with Demo account")).to_be_visible()
    assert is_sound(page)
    page.get_by_role("link", name="Continue with Demo account").click()
    consent(page, "sofia")
    page.wait_for_url("**/press")
    page.goto("/accounts/logout/")
    page.locator("main form button[type=submit]").click()
    page.wait_for_url("**/signed-out")
    assert is_sound(page)
    page.wait_for_url(re.compile("/oauth2/end_session"))  # by itself
    page.goto("/press")
    expect(page).to_have_url(re.compile("/accounts/login/"))


def _unknown(page: Page) -> None:
    page.goto("/accounts/login/")
    page.get_by_role("link", name="Continue with Demo account").click()
    consent(page, "nobody")
    expect(page.get_by_role("alert")).to_contain_text("Watchbell does not yet")
    assert is_sound(page)


def test_a_parent_signs_in_by_the_link_in_a_mail(visitor: Page, district: Installation) -> None:
    since = len(district.outside("smtp"))
    visitor.goto("/accounts/login/")
    visitor.get_by_role("link", name="I am a parent or guardian").click()
    assert is_sound(visitor)
    visitor.get_by_label("E-mail or mobile number").fill("parent@demo.invalid")
    visitor.get_by_role("button", name="Send me a link").click()
    expect(visitor.locator("h1")).to_contain_text("Look at your mail")
    assert is_sound(visitor)
    told = district.wait_until(
        lambda: [one for one in district.outside("smtp")[since:] if "family/sign-in" in f"{one['body']}{one['raw']}"],
        30, "the mail has come",
    )  # fmt: skip
    link = re.search(r"/family/sign-in/[A-Za-z0-9._-]+", re.sub(r"=\r?\n", "", f"{told[-1]['body']}{told[-1]['raw']}"))
    assert link
    visitor.goto(link[0])
    assert is_sound(visitor)
    visitor.get_by_role("button", name="Sign in as Sam Rivera").click()
    expect(visitor.locator("h1")).to_have_text("Messages")
    expect(visitor.locator("body")).to_contain_text("Sam Rivera")
    assert is_sound(visitor)
    visitor.get_by_role("link", name="Where you are signed in").click()
    expect(visitor.locator("main")).to_contain_text("(this one)")
    assert is_sound(visitor)
    visitor.get_by_role("button", name="Sign out").first.click()
    expect(visitor.get_by_label("E-mail or mobile number")).to_be_visible()
    visitor.goto("/family")
    expect(visitor).to_have_url(re.compile("/family/sign-in"))
