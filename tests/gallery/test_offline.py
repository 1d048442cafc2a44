"""The press page as an app: opened with the network cut, the press kept, and sent once when the server is back."""

import os
import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Locator, Page, expect

from tests.gallery.server import GalleryServer
from tests.gallery.test_gallery import browser, left_unsent, pytestmark

__all__ = ["browser", "pytestmark"]


def hold(page: Page, kind: str) -> None:
    button = page.locator(f"[data-press] [data-kind={kind}]")
    button.scroll_into_view_if_needed()
    box = button.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 30, box["y"] + 20)
    page.mouse.down()
    page.wait_for_timeout(1800)
    page.mouse.up()


def is_kept(page: Page) -> bool:
    look = """async () => {
      for (const name of await caches.keys()) if (await (await caches.open(name)).match('/press')) return true;
      return false; }"""
    return bool(page.evaluate(look))


def test_a_press_with_the_network_cut_is_kept_and_arrives_once(browser: Browser) -> None:
    server = GalleryServer()
    port = server.server_address[1]
    context = browser.new_context(
        reduced_motion="reduce", base_url=server.url, viewport={"width": 390, "height": 844}, has_touch=True
    )
    page = context.new_page()
    page.goto("/press")
    page.wait_for_function("() => navigator.serviceWorker.controller !== null", timeout=60_000)
    for _ in range(100):
        if is_kept(page):
            break
        page.wait_for_timeout(200)
    context.set_offline(True)
    server.shutdown()
    server.server_close()  # nobody listens on the port any more
    page.goto("/press")
    status = page.locator("[data-press-status]")
    hold(page, "staff_assist")
    expect(status).to_contain_text("NOT sent yet: no network. Call 911", timeout=10_000)
    expect(status.locator("a")).to_have_attribute("href", "tel:911")
    hold(page, "staff_assist")  # pressed twice in fear is pressed once
    page.reload()
    expect(status).to_contain_text("NOT sent yet", timeout=20_000)
    assert left_unsent(page) == 1
    context.set_offline(False)  # a network again, and still nobody at the other end
    page.wait_for_timeout(2500)
    expect(status).to_contain_text("NOT sent yet")
    again = GalleryServer(port)
    expect(status).to_contain_text(re.compile(r"Received at \d\d:\d\d:\d\d"), timeout=30_000)
    page.wait_for_timeout(2500)
    assert len(again.keys) == 1 and again.keys[0], "it arrived once, under its own key"
    assert left_unsent(page) == 0
    context.close()
    again.shutdown()
    again.server_close()


def test_the_worker_sends_an_answer_given_on_a_push_message(browser: Browser) -> None:
    server = GalleryServer()
    context = browser.new_context(reduced_motion="reduce", base_url=server.url, permissions=["notifications"])
    page = context.new_page()
    page.goto("/press")
    page.wait_for_function("() => navigator.serviceWorker.controller !== null", timeout=60_000)
    worker = context.service_workers[0]
    worker.evaluate("""async () => {
      await self.registration.showNotification('Medical', { tag: 'q1', data: { press: 'q1', url: '/' } });
      const [notification] = await self.registration.getNotifications({ tag: 'q1' });
      self.dispatchEvent(new NotificationEvent('notificationclick', { notification, action: 'on_my_way' }));
    }""")
    for _ in range(50):
        if any(path == "/live/confirm" for path, _ in server.posts):
            break
        page.wait_for_timeout(200)
    (body,) = [raw for path, raw in server.posts if path == "/live/confirm"]
    assert b'"press":"q1"' in body and b'"what":"on_my_way"' in body
    context.close()
    server.shutdown()
    server.server_close()


def _with_an_unsent_press(browser: Browser, server: GalleryServer, wide: int, scheme: str) -> Page:
    """The press page with its worker, and one alarm that the server does not take now."""
    size = {"width": wide, "height": 844}
    context = browser.new_context(reduced_motion="reduce", base_url=server.url, viewport=size, color_scheme=scheme)  # type: ignore[arg-type]
    page = context.new_page()
    page.goto("/press")
    page.wait_for_function("() => navigator.serviceWorker.controller !== null", timeout=60_000)
    server.alarm_answers += [503] * 200
    hold(page, "staff_assist")
    expect(page.locator("[data-press-status]")).to_contain_text("NOT sent yet", timeout=10_000)
    return page


def _sign_out(page: Page) -> Locator:
    page.locator('[popovertarget="me-menu"]:visible').first.click()
    page.get_by_role("button", name="Sign out").click()
    return page.get_by_role("dialog")


def _signed_out(server: GalleryServer) -> int:
    return sum(path == "/accounts/logout/" for path, _ in server.posts)


@pytest.mark.parametrize(
    ("wide", "scheme"),
    [(320, "light"), *(pytest.param(*one, marks=pytest.mark.long) for one in [(390, "dark"), (1280, "light")])],
)
def test_who_signs_out_is_asked_about_what_is_not_sent(browser: Browser, wide: int, scheme: str) -> None:
    server = GalleryServer()
    page = _with_an_unsent_press(browser, server, wide, scheme)
    dialog = _sign_out(page)
    expect(dialog).to_contain_text("Sending 1 alarm from this device")
    expect(page.get_by_role("button", name="Stay signed in")).to_be_focused()
    expect(dialog).to_contain_text("1 alarm from this device is not sent.", timeout=15_000)
    assert Axe().run(page).response["violations"] == []
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    if wide < 640:
        assert all(box["height"] >= 43.5 for box in (b.bounding_box() for b in dialog.locator("button").all()) if box)
    if shots := os.environ.get("SCREENSHOTS"):
        page.screenshot(path=f"{shots}/sign-out-{wide}-{scheme}.png")
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    assert _signed_out(server) == 0 and left_unsent(page) == 1, "it stays signed in, and nothing is lost"
    dialog = _sign_out(page)
    dialog.get_by_role("button", name="Sign out and lose it").click(timeout=15_000)
    page.wait_for_url("**/ui/", timeout=20_000)
    assert _signed_out(server) == 1 and left_unsent(page) == 0
    page.context.close()
    server.shutdown()
    server.server_close()


def test_what_is_sent_at_last_lets_the_sign_out_go_on(browser: Browser) -> None:
    server = GalleryServer()
    page = _with_an_unsent_press(browser, server, 390, "light")
    expect(_sign_out(page)).to_contain_text("is not sent.", timeout=15_000)
    tried = len(server.keys)
    server.alarm_answers.clear()  # from now on alarms are taken
    page.wait_for_url("**/ui/", timeout=20_000)
    assert _signed_out(server) == 1 and len(server.keys) > tried and len(set(server.keys)) == 1
    order = [path for path, _ in server.posts if path in ("/api/v1/alarms", "/accounts/logout/")]
    assert order[-2:] == ["/api/v1/alarms", "/accounts/logout/"], "sent first, signed out then"
    page.context.close()
    server.shutdown()
    server.server_close()


def test_who_has_nothing_unsent_is_not_asked(browser: Browser) -> None:
    server = GalleryServer()
    context = browser.new_context(reduced_motion="reduce", base_url=server.url)
    page = context.new_page()
    page.goto("/press")
    page.wait_for_function("() => navigator.serviceWorker.controller !== null", timeout=60_000)
    _sign_out(page)
    page.wait_for_url("**/ui/", timeout=20_000)
    assert _signed_out(server) == 1
    context.close()
    server.shutdown()
    server.server_close()
