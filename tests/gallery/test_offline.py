"""The press page as an app: opened with the network cut, the press kept, and sent once when the server is back."""

import re

from playwright.sync_api import Browser, Page, expect

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
