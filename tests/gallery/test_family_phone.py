"""A family's phone: read and answered with the network cut, also started cold; offered as an app at its moment."""

import os
import re
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.gallery.family import FamilyServer
from tests.gallery.test_gallery import browser, pytestmark

__all__ = ["browser", "pytestmark"]
LOCKDOWN, WITH_YOU, BUSES = "aa-lockdown01", "aa-with-you02", "aa-buses-late"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Safari/604.1"
UNDECIDED = """Object.defineProperty(Notification, 'permission', { get: () => 'default' });
  Notification.requestPermission = async () => (window.wanted = true, 'denied');"""
PAGES_KEPT = """async () => {
  const paths = [];
  for (const name of await caches.keys())
    for (const one of await (await caches.open(name)).keys()) paths.push(new URL(one.url).pathname);
  return paths.filter((path) => path.startsWith('/m/') || path === '/family'); }"""
COUNT = """() => new Promise((done) => {
  const asked = indexedDB.open('watchbell-family', 1);
  asked.onupgradeneeded = () => asked.result.createObjectStore('notices', { keyPath: 'token' });
  asked.onsuccess = () => {
    const rows = asked.result.transaction('notices').objectStore('notices').count();
    rows.onsuccess = () => (asked.result.close(), done(rows.result)); }; })"""


@pytest.fixture
def server(browser: Browser) -> Iterator[FamilyServer]:
    server = FamilyServer()
    yield server
    for context in browser.contexts:
        context.close()
    server.shutdown()
    server.server_close()


def phone(browser: Browser, server: FamilyServer, **more: object) -> tuple[BrowserContext, Page]:
    size = {"width": 390, "height": 844}
    context = browser.new_context(
        reduced_motion="reduce", base_url=server.url, viewport=size, has_touch=True, is_mobile=True, **more  # type: ignore[arg-type]
    )  # fmt: skip
    return context, context.new_page()


def kept(page: Page) -> int:
    return int(page.evaluate(COUNT))


def prepare(page: Page, token: str = BUSES) -> None:
    """One message was opened with a network; the phone has got what it keeps."""
    page.goto(f"/m/{token}")
    page.wait_for_function("() => navigator.serviceWorker.controller !== null", timeout=60_000)
    for _ in range(50):
        if kept(page) >= 3 and page.evaluate("async () => Boolean(await caches.match('/family/offline'))"):
            return
        page.wait_for_timeout(100)
    raise AssertionError("The phone has not kept the messages.")


def look(page: Page, name: str) -> None:
    """Nothing axe objects to, nothing sideways, also at 320 pixels."""
    assert [(one["id"], one["nodes"][0]["html"][:160]) for one in Axe().run(page).response["violations"]] == []
    if shots := os.environ.get("SCREENSHOTS"):
        page.screenshot(path=f"{shots}/{name}.png", full_page=True)
    page.set_viewport_size({"width": 320, "height": 700})
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    page.set_viewport_size({"width": 390, "height": 844})


def test_without_a_network_everything_is_read_and_answers_arrive_once(browser: Browser, server: FamilyServer) -> None:
    context, page = phone(browser, server)
    port = server.server_address[1]
    prepare(page)
    page.close()
    context.set_offline(True)
    server.shutdown()
    server.server_close()  # nobody listens any more
    page = context.new_page()  # started cold, from the home screen
    page.goto("/family")
    expect(page.locator("h1")).to_have_text("Mensajes")
    expect(page.locator("[data-as-of]")).to_contain_text(re.compile(r"A las \d\d:\d\d: sin conexión"))
    expect(page.locator(".rows li")).to_have_count(3)
    look(page, "offline-home")
    page.get_by_role("link", name="¿Está Ana con usted?").tap()  # never opened before
    expect(page.locator(".letter-t")).to_have_text("Queremos saber que todos están a salvo.")
    page.get_by_role("button", name="Conmigo, a salvo").tap()
    expect(page.locator("form.ask [data-answered]")).to_contain_text("Pendiente de envío")
    page.locator("#write summary").tap()
    page.get_by_label("Su mensaje").fill("Llego a las tres")
    page.get_by_role("button", name="Enviar").tap()
    expect(page.locator("#write [data-answered]")).to_contain_text("Pendiente de envío")
    look(page, "offline-message")
    page.reload()
    expect(page.locator("form.ask [data-answered]")).to_contain_text("Pendiente de envío")
    expect(page.get_by_role("button", name="Conmigo, a salvo")).to_have_attribute("aria-pressed", "true")
    again = FamilyServer(port)
    context.set_offline(False)
    for _ in range(100):
        if len(again.answers()) >= 2 and again.answers("/seen"):
            break
        page.wait_for_timeout(100)
    page.wait_for_timeout(600)  # nothing comes a second time
    arrived = {key: form.get("option", form.get("text", "")) for _, form, key in again.answers()}
    assert sorted(arrived.values()) == ["0", "Llego a las tres"] and all(arrived), "each under its own key"
    assert {path for path, *_ in again.answers("/seen")} == {f"/m/{WITH_YOU}/seen"}
    context.close()
    again.shutdown()
    again.server_close()


def test_a_push_brings_its_message_along(browser: Browser, server: FamilyServer) -> None:
    context, page = phone(browser, server, permissions=["notifications"])
    prepare(page)
    server.messages["aa-new-one-04"] = ("Salimos a mediodía", "El texto entero, con todas sus líneas.", "routine")
    push = """async (told) => { self.dispatchEvent(new PushEvent('push', { data: JSON.stringify(told) }));
      await new Promise((done) => setTimeout(done, 1500));
      return (await self.registration.getNotifications()).length; }"""
    told = {"kind": "notice", "mode": "real", "press": "m1", "title": "Salimos a mediodía", "body": "Corto."}
    assert context.service_workers[0].evaluate(push, {**told, "url": "/m/aa-new-one-04"}) == 1
    assert context.service_workers[0].evaluate(push, {**told, "press": "m2", "url": "/m/aa-unknown-05"}) == 2
    page.close()
    context.set_offline(True)
    page = context.new_page()
    page.goto("/m/aa-new-one-04")
    expect(page.locator(".letter-t")).to_have_text("El texto entero, con todas sus líneas.")
    expect(page.locator("[data-as-of]")).to_be_visible()


def test_an_emergency_s_push_stays_and_rings_again_and_a_routine_one_does_not(
    browser: Browser, server: FamilyServer
) -> None:
    context, page = phone(browser, server, permissions=["notifications"])
    prepare(page)
    push = """async (told) => { self.dispatchEvent(new PushEvent('push', { data: JSON.stringify(told) }));
      await new Promise((done) => setTimeout(done, 800));
      const [one] = await self.registration.getNotifications({ tag: told.press });
      return { stays: one.requireInteraction, again: one.renotify ?? null, shakes: [...(one.vibrate ?? [])] }; }"""
    worker = context.service_workers[0]
    told = {"kind": "notice", "mode": "real", "title": "Cierre", "body": "Corto.", "url": "/m/aa-unknown-05"}
    urgent = worker.evaluate(push, {**told, "press": "u1", "quiet": False})
    routine = worker.evaluate(push, {**told, "press": "r1", "quiet": True})
    alarm = worker.evaluate(push, {"kind": "lockdown", "mode": "real", "press": "a1", "title": "Lockdown"})
    assert urgent["stays"] and alarm["stays"] and not routine["stays"]
    if urgent["again"] is not None:  # where the browser shows it again
        assert (urgent["again"], routine["again"]) == (True, False)
    if urgent["shakes"]:
        assert len(urgent["shakes"]) == 5 and routine["shakes"] == []


def test_the_way_through_silence_is_read_without_a_network_once_it_was_opened(
    browser: Browser, server: FamilyServer
) -> None:
    context, page = phone(browser, server)
    prepare(page)
    path = f"/m/{BUSES}/alerts"
    assert page.evaluate(PAGES_KEPT) == []
    page.goto(path)
    page.wait_for_function(f"async () => Boolean(await caches.match('{path}'))", timeout=10_000)
    context.set_offline(True)
    page.goto(path)
    expect(page.locator("h1")).to_be_visible()
    context.set_offline(False)
    page.goto(f"/m/{BUSES}")
    page.locator(".forget summary").tap()
    page.locator("[data-forget]").tap()
    expect(page.locator("[data-forgotten][role=status]")).to_be_visible()
    assert page.evaluate(PAGES_KEPT) == []


def test_what_holds_no_more_is_forgotten_and_all_of_it_when_told_to_or_signed_out(
    browser: Browser, server: FamilyServer
) -> None:
    _, page = phone(browser, server)
    prepare(page)
    assert page.evaluate(PAGES_KEPT) == [], "messages only; no page of a family's lies in the browser"
    server.withdrawn.add(WITH_YOU)
    page.goto(f"/m/{WITH_YOU}")
    page.goto(f"/m/{BUSES}?again")
    for _ in range(30):
        if kept(page) == 2:
            break
        page.wait_for_timeout(100)
    assert kept(page) == 2
    page.locator(".forget summary").tap()
    page.locator("[data-forget]").tap()
    expect(page.locator("[data-forgotten][role=status]")).to_be_visible()
    assert kept(page) == 0
    page.reload()  # and a page that is opened anew is kept anew
    for _ in range(30):
        if kept(page):
            break
        page.wait_for_timeout(100)
    page.goto("/press")
    page.locator('[popovertarget="me-menu"]:visible').first.click()
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/ui/", timeout=20_000)
    assert kept(page) == 0


def offer_install(page: Page) -> None:
    """What Chromium does once it finds the page worth installing."""
    page.evaluate("""() => { const event = new Event('beforeinstallprompt', { cancelable: true });
      event.prompt = async () => { window.asked = true; };
      event.userChoice = Promise.resolve({ outcome: 'dismissed' });
      dispatchEvent(event); }""")


def open_and_read(page: Page, token: str) -> None:
    page.goto(f"/m/{token}")
    offer_install(page)
    page.clock.run_for(6000)


def test_offers_come_at_their_moment_and_take_no_for_an_answer(browser: Browser, server: FamilyServer) -> None:
    context, page = phone(browser, server, service_workers="block")
    context.add_init_script(UNDECIDED)
    page.clock.install()
    push, install = page.locator("[data-offer-push]"), page.locator("[data-offer-install]")
    page.goto(f"/m/{BUSES}")
    expect(push).to_be_hidden()
    assert page.evaluate("window.wanted") is None, "nothing is asked when a page opens"
    open_and_read(page, BUSES)
    expect(push).to_contain_text("Reciba el próximo al instante")
    expect(install).to_be_hidden()
    look(page, "offer-push")
    page.get_by_role("button", name="Activar").tap()
    expect(push).to_contain_text("permita las notificaciones")
    push.get_by_role("button", name="Ahora no").tap()
    open_and_read(page, BUSES)  # the same message again is no second one
    expect(push).to_be_hidden()
    expect(install).to_be_hidden()
    server.over.clear()
    open_and_read(page, LOCKDOWN)  # the second message, and an emergency
    expect(install).to_be_hidden()
    open_and_read(page, WITH_YOU)
    expect(install).to_contain_text("Tenga a mano")
    look(page, "offer-install")
    page.get_by_role("button", name="Añadir a la pantalla de inicio").tap()
    assert page.evaluate("window.asked") is True
    open_and_read(page, BUSES)
    expect(install).to_be_hidden()
    page.clock.set_system_time(page.evaluate("Date.now()") + 61 * 86_400_000)
    open_and_read(page, BUSES)
    expect(push).to_be_visible()


def test_an_iphone_is_shown_the_steps(browser: Browser, server: FamilyServer) -> None:
    context, page = phone(browser, server, service_workers="block", user_agent=IPHONE)
    context.add_init_script("delete window.PushManager;")
    page.clock.install()
    for token in (BUSES, WITH_YOU):
        page.goto(f"/m/{token}")
        page.clock.run_for(6000)
    offer = page.locator("[data-offer-push]")
    expect(offer).to_contain_text("En un iPhone o iPad")
    expect(offer.locator("ol li")).to_have_count(3)
    look(page, "offer-iphone")
    offer.get_by_role("button", name="Ahora no").tap()
    page.reload()
    page.clock.run_for(6000)
    expect(page.locator("[data-offer-install] ol li").first).to_be_visible()
