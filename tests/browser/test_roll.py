"""The roll call and the cards on a phone whose network is really cut: nothing is lost, everything opens."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.flows.installation import Installation

PHONE = {"width": 390, "height": 844}
#: What the page waits for before it counts as standing without a network.
READY = """async () => {
  await navigator.serviceWorker.ready;
  const shelves = await Promise.all((await caches.keys()).map((name) => caches.open(name)));
  for (const path of ['/cards', '/check-in']) {
    if (!(await Promise.all(shelves.map((shelf) => shelf.match(path)))).some(Boolean)) return false;
  }
  return sessionStorage.getItem('wb.ahead') !== null;
}"""


@pytest.fixture
def phone(chromium: Browser, district: Installation) -> Iterator[Callable[..., Page]]:
    """`phone("teacher")`: that person's phone, with its service worker, prepared for the network's absence."""
    opened = []

    def enter(role: str) -> Page:
        context = chromium.new_context(
            reduced_motion="reduce",
            viewport=PHONE,
            is_mobile=True,
            has_touch=True,
            base_url=f"http://localhost:{district.port}",
        )  # type: ignore[arg-type]
        opened.append(context)
        page = context.new_page()
        page.goto("/accounts/login/")
        page.fill("input[name=login]", f"{role}@demo.invalid")
        page.fill("input[name=password]", (district.home / "secrets" / "demo_password").read_text().strip())
        page.locator("input[name=password]").press("Enter")
        page.wait_for_url(lambda url: "/accounts/" not in url)
        page.wait_for_function(READY, timeout=20_000)
        return page

    yield enter
    for context in opened:
        context.close()


def press(district: Installation) -> str:
    """A lockdown by a real button; its incident."""
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(district.press, "001").result().answer == "ACK"
    return str(district.open_incident()["id"])


def roll(district: Installation, incident: str) -> dict[str, Any]:
    return dict(district.call("GET", f"/incidents/{incident}/roll"))


def check_in(page: Page) -> None:
    """The alert is seen, and the roll of its alarm opened."""
    page.get_by_role("button", name="I have seen this").tap(timeout=15_000)
    page.goto("/check-in")
    expect(page.locator(".roll-what")).to_contain_text("Lockdown", timeout=10_000)


def assert_accessible(page: Page) -> None:
    found = Axe().run(page).response["violations"]
    assert not found, [(one["id"], [node["html"][:160] for node in one["nodes"]][:3]) for one in found]
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


def test_from_the_alert_to_the_card_in_one_tap(district: Installation, phone: Callable[..., Page]) -> None:
    page = phone("teacher")
    press(district)
    expect(page.locator("dialog.takeover")).to_be_visible(timeout=15_000)
    page.get_by_role("button", name="What do I do").tap()
    card = page.locator("dialog.takeover .qcard")
    expect(card).to_contain_text("Lock the door of Room")
    assert card.locator("li").count() <= 8
    assert_accessible(page)
    page.get_by_role("button", name="Back").tap()
    expect(page.locator("dialog.takeover .directive")).to_be_visible()
    page.get_by_role("button", name="I have seen this").tap()
    page.locator(".openbar").first.tap()
    page.get_by_role("link", name="What do I do").tap()
    expect(page.locator(".qcard:visible")).to_have_count(1)
    expect(page.locator(".qcard:visible h2")).to_contain_text("Lockdown")
    page.get_by_role("button", name="Español").tap()
    expect(page.locator(".qcard:visible h2")).to_contain_text("luces")
    assert_accessible(page)


def test_without_a_network_the_card_is_two_taps_away(district: Installation, phone: Callable[..., Page]) -> None:
    page = phone("teacher")
    page.goto("/cards")
    page.get_by_role("button", name="Español").tap()
    room = page.get_by_label("My room now").locator("option:checked").inner_text().strip()
    card = page.locator(".qcard:visible")
    page.context.set_offline(True)
    with district.held("web"):
        page.goto("/")  # the app is opened
        assert_accessible(page)
        page.get_by_role("link", name="What do I do").tap()
        page.locator(".qset:visible [data-to-card=lockdown]").tap()
        expect(card).to_have_count(1)
        expect(card.locator("h2")).to_contain_text("luces")
        expect(card).to_contain_text(room.removeprefix("Room "))  # the door to lock is this room's
        assert card.locator("li").count() <= 8
        page.goto("/press")  # the app stands open on another page
        page.get_by_role("link", name="Cards").tap()
        page.locator(".qset:visible [data-to-card=evacuate]").tap()
        expect(card).to_have_count(1)
        assert_accessible(page)


def test_from_an_alert_the_card_opens_with_the_network_cut(district: Installation, phone: Callable[..., Page]) -> None:
    teacher, nurse = phone("teacher"), phone("nurse")
    press(district)
    expect(teacher.locator("dialog.takeover")).to_be_visible(timeout=15_000)
    nurse.get_by_role("button", name="I have seen this").tap(timeout=15_000)
    for page in (teacher, nurse):
        page.context.set_offline(True)
    with district.held("web"):
        teacher.get_by_role("button", name="What do I do").tap()
        card = teacher.locator("dialog.takeover .qcard")
        expect(card).to_contain_text("Lock the door of Room", timeout=5000)
        assert card.locator("li").count() <= 8
        nurse.get_by_role("link", name="Cards").tap()  # from the bar of an alert already seen: the cards, then the card
        nurse.locator(".qset:visible [data-to-card=lockdown]").tap()
        expect(nurse.locator(".qcard:visible")).to_have_count(1)


def test_without_a_network_the_class_is_checked_in_and_arrives_whole(
    district: Installation, phone: Callable[..., Page]
) -> None:
    page = phone("teacher")
    incident = press(district)
    check_in(page)
    names = page.locator(".roll-row .t").all_inner_texts()
    assert len(names) > 10
    assert_accessible(page)
    page.context.set_offline(True)
    with district.held("web"):
        page.goto("/check-in")
        expect(page.locator(".roll-row")).to_have_count(len(names), timeout=6000)
        expect(page.locator(".rollcall")).to_contain_text("No network")
        first = page.locator(".roll-row").first
        first.get_by_role("button", name="something else").tap()
        first.get_by_role("button", name="Missing").tap()
        page.locator(".roll-all").tap()
        expect(page.locator("[data-roll-outbox]")).to_have_text(f"{len(names)} reports wait for the network")
        page.get_by_role("button", name="Guests").tap()
        page.get_by_label("Name, or who they are").fill("Parents at the door")
        page.get_by_label("How many").fill("3")
        page.locator(".roll-names .roll-more").get_by_role("button", name="Here").first.tap()
        expect(page.locator("[data-roll-outbox]")).to_have_text(f"{len(names) + 1} reports wait for the network")
        opened = page.evaluate("performance.now()")
        page.goto("/cards#lockdown")
        expect(page.locator(".qcard:visible h2")).to_contain_text("Lockdown", timeout=2000)
        assert opened is not None
        page.goto("/check-in")
        expect(page.locator("[data-roll-outbox]")).to_have_text(f"{len(names) + 1} reports wait for the network")
    page.context.set_offline(False)
    expect(page.locator("[data-roll-outbox]")).to_have_text("Everything is sent", timeout=60_000)
    found = roll(district, incident)
    by_name = {one["name"]: one for one in found["people"]}
    assert by_name[names[0]]["state"] == "missing" and by_name[names[1]]["state"] == "safe"
    assert len(found["people"]) == len(names) + 1 and found["totals"]["guests"] == 3
    assert by_name[names[0]]["made_at"] < by_name[names[0]]["received_at"]


def test_without_a_network_the_room_is_checked_in_by_one_tap_and_arrives_once(
    district: Installation, phone: Callable[..., Page]
) -> None:
    page = phone("teacher")
    incident = press(district)
    check_in(page)
    page.get_by_role("button", name="Whole room").tap()
    room = page.get_by_label("Room", exact=True).locator("option:checked").inner_text()
    people = int(page.get_by_label("People here").input_value())
    assert room.startswith("Room") and people > 10, "the room of the own class, and how many belong in it"
    assert_accessible(page)
    page.context.set_offline(True)
    with district.held("web"):
        page.goto("/check-in")
        page.get_by_role("button", name="Whole room").tap(timeout=6000)
        expect(page.locator(".rollcall")).to_contain_text("No network")
        safe, word = page.locator(".room-says [data-state=safe]"), page.locator(".room-word")
        safe.tap()
        safe.tap()  # tapped twice in haste is said once
        expect(page.locator("[data-roll-outbox]")).to_have_text("1 report waits for the network")
        expect(word).to_contain_text(f"{room}")
        expect(word).to_contain_text(f"Safe, {people} people")
        expect(word.locator("[data-room-word]")).to_have_text("Waits on this device")
        page.get_by_label("Note for responders").fill("One asthma")
        page.locator(".room-says [data-state=help]").tap()
        page.get_by_label("Room", exact=True).select_option(label="Gymnasium")
        page.get_by_label("People here").fill("7")
        safe.tap()
        expect(page.locator("[data-roll-outbox]")).to_have_text("3 reports wait for the network")
        page.goto("/cards")
        page.goto("/check-in#room")
        expect(page.locator("[data-room-word]")).to_have_text(["Waits on this device"] * 2, timeout=6000)
        assert_accessible(page)
    page.context.set_offline(False)
    expect(page.locator("[data-roll-outbox]")).to_have_text("Everything is sent", timeout=60_000)
    for one in page.locator("[data-room-word]").all():
        expect(one).to_contain_text("Arrived", timeout=10_000)
    found = {one["name"]: one for one in district.call("GET", f"/incidents/{incident}/rooms")["items"]}
    assert (found[room]["state"], found[room]["note"]) == ("help", "One asthma"), "the newest word counts"
    assert (found["Gymnasium"]["state"], found["Gymnasium"]["accounted"]) == ("safe", 7)
    said = [one["what"] for one in district.incident(incident)["timeline"]]
    for what in (f"{room}: safe", f"{room}: need help", "Gymnasium: safe"):
        assert said.count(what) == 1, said


def test_what_is_said_on_a_room_s_own_page_waits_for_the_network(
    district: Installation, phone: Callable[..., Page]
) -> None:
    page = phone("office")
    incident = press(district)
    page.get_by_role("button", name="I have seen this").tap(timeout=15_000)
    page.goto(f"/incidents/{incident}/rooms")
    page.get_by_role("link", name="Check in Room 101").tap()
    page.get_by_label("How many people are with you?").fill("31")
    page.get_by_label("Anything responders should know").fill("North door blocked")
    page.context.set_offline(True)
    page.get_by_role("button", name="Need help").tap()
    expect(page.locator("form .roll-outbox")).to_contain_text("waits on this device", timeout=15_000)
    assert_accessible(page)
    page.context.set_offline(False)
    page.wait_for_url(f"**/incidents/{incident}/rooms", timeout=30_000)
    row = page.locator("tr").filter(has_text="Room 101")
    expect(row).to_contain_text("31 of")
    expect(row).to_contain_text("North door blocked")


def test_a_person_in_two_places_is_asked_on_both_phones(district: Installation, phone: Callable[..., Page]) -> None:
    teacher, nurse = phone("teacher"), phone("nurse")
    incident = press(district)
    for page in (teacher, nurse):
        check_in(page)
    name = teacher.locator(".roll-row .t").first.inner_text()
    teacher.locator(".roll-all").tap()
    expect(nurse.locator(".roll-what")).to_be_visible(timeout=10_000)
    nurse.get_by_role("button", name="By name").tap()
    nurse.get_by_label("Where are they?").select_option(label="Gymnasium")
    nurse.get_by_label("Name of a student").fill(name)
    nurse.locator(".roll-row").first.get_by_role("button", name="Here").tap()
    for page in (teacher, nurse):
        expect(page.locator("[data-roll-questions]")).to_contain_text("Which?", timeout=20_000)
    assert_accessible(teacher)
    teacher.locator("[data-roll-questions]").get_by_role("button", name="Gymnasium").tap()
    assert district.wait_until(lambda: not roll(district, incident)["questions"], 10, "the question is answered")
    home = next(one for one in roll(district, incident)["people"] if one["name"] == name)
    assert home["place_name"] == "Gymnasium"
