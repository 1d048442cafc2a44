"""A passkey made and used with Chromium's own authenticator; a push payload handed to the worker by DevTools."""

import json
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.flows.installation import Installation


@pytest.fixture
def person(
    chromium: Browser, district: Installation, request: pytest.FixtureRequest
) -> Iterator[tuple[BrowserContext, Page]]:
    """The nurse, or whoever a test names, signed in, in a browser that may show notifications and runs the worker."""
    who = getattr(request, "param", "nurse")
    base = f"http://localhost:{district.port}"
    context = chromium.new_context(
        reduced_motion="reduce", base_url=base, permissions=["notifications"], viewport={"width": 390, "height": 844}
    )
    page = context.new_page()
    page.goto("/accounts/login/")
    page.fill("input[name=login]", f"{who}@demo.invalid")
    page.fill("input[name=password]", (district.home / "secrets" / "demo_password").read_text().strip())
    page.locator("input[name=password]").press("Enter")
    page.wait_for_url(lambda url: "/accounts/" not in url)
    yield context, page
    context.close()


# A key of one's own changes every later sign-in: nobody else's test signs in as this person.
@pytest.mark.parametrize("person", ["dispatcher"], indirect=True)
def test_a_passkey_is_made_and_signs_in(person: tuple[BrowserContext, Page], district: Installation) -> None:
    context, page = person
    devtools = context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    options = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
               "isUserVerified": True, "automaticPresenceSimulation": True}  # fmt: skip
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    page.goto("/accounts/2fa/webauthn/add/")
    if "reauthenticate" in page.url:  # a new key is a change to the account: the password is asked once more
        page.fill("input[name=password]", (district.home / "secrets" / "demo_password").read_text().strip())
        page.locator("input[name=password]").press("Enter")
        page.wait_for_url(lambda url: "/add" in url and "reauthenticate" not in url)
    page.fill("input[name=name]", "Test key")
    page.locator("main form button.pri").click()
    page.wait_for_url(lambda url: "/add" not in url)
    page.goto("/accounts/logout/")
    with page.expect_navigation():  # going on at once would call the sign-out off
        page.locator("main form button[type=submit]").click()
    page.goto("/accounts/login/")
    page.get_by_role("button", name="passkey").click()
    page.wait_for_url(lambda url: "/accounts/login" not in url)
    expect(page.locator("h1")).to_contain_text("Hello, ")


@pytest.mark.parametrize(
    ("payload", "title"),
    [
        (
            {"title": "Lockdown", "body": "Lincoln, Room 12", "kind": "lockdown", "mode": "real", "press": "p1"},
            "Lockdown",
        ),
        ({"title": "DRILL: Hold", "kind": "hold", "mode": "drill", "press": "p2"}, "DRILL: Hold"),
        ({"kind": "staff_assist", "mode": "test", "press": "p3"}, "TEST: staff assist"),
    ],
)
def test_a_pushed_alert_is_shown(person: tuple[BrowserContext, Page], payload: dict[str, str], title: str) -> None:
    context, page = person
    devtools = context.new_cdp_session(page)
    found: list[str] = []
    devtools.on(
        "ServiceWorker.workerRegistrationUpdated",
        lambda told: found.extend(one["registrationId"] for one in told["registrations"] if not one["isDeleted"]),
    )
    devtools.send("ServiceWorker.enable")
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    for _ in range(50):
        if found:
            break
        page.wait_for_timeout(100)
    origin = page.evaluate("location.origin")
    # Asked for its notifications while one is on its way to the screen, Chromium forgets it: ask when it is shown.
    worker = context.service_workers[0]
    worker.evaluate("""() => {
      const show = self.registration.showNotification.bind(self.registration);
      self.shown = new Promise((done, failed) => {
        self.registration.showNotification = (...told) => show(...told).then(done);
        setTimeout(failed, 30000, 'nothing was shown in 30 s');
      });
    }""")
    devtools.send(
        "ServiceWorker.deliverPushMessage",
        {"origin": origin, "registrationId": found[-1], "data": json.dumps(payload)},
    )
    worker.evaluate("self.shown")
    [[said, url]] = worker.evaluate(
        "tag => self.registration.getNotifications({ tag }).then(all => all.map(one => [one.title, one.data.url]))",
        payload["press"],
    )
    assert said == title and url == f"/incidents/press/{payload['press']}"


def test_the_device_page_says_what_to_do_without_a_push_host(person: tuple[BrowserContext, Page]) -> None:
    _, page = person
    page.goto("/people/devices")
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    page.get_by_role("button", name="Turn alerts on here").click()
    expect(page.get_by_role("status").filter(has_text="push host")).to_be_visible(timeout=20_000)
