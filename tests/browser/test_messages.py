"""A message on the screen: composed, confirmed by a second person, followed, corrected, read by a parent's phone."""

import re
import time
from collections.abc import Callable
from itertools import pairwise

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.flows.installation import Installation

pytestmark = [pytest.mark.alone, pytest.mark.long]


def fits(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


def axe(page: Page) -> list[str]:
    found = Axe().run(page).response["violations"]
    return [f"{one['id']}: {one['nodes'][0]['html'][:200]}" for one in found]


def test_from_a_template_to_the_parent_s_phone(district: Installation, sign_in: Callable[..., Page]) -> None:
    page = sign_in("principal")
    page.goto("/messages/new")
    page.get_by_role("link", name="Is your child with you?").click()
    page.locator("#purpose").select_option("emergency")
    page.locator("summary", has_text="Grades").click()
    page.locator("input[name=grades]").last.check()
    expect(page.locator("#look")).to_contain_text("A second person confirms it")
    expect(page.locator("#look")).to_contain_text("families")
    assert axe(page) == []
    page.get_by_role("button", name="Look once more").click()
    expect(page.locator(".sure h2")).to_contain_text("people in")
    page.get_by_role("button", name="Ask for confirmation").click()
    address = page.url
    expect(page.locator("main")).to_contain_text("Somebody else has to look at what you have written")

    asked: list[float] = []  # when the writer's page asks how far it is
    page.on("request", lambda one: asked.append(time.monotonic()) if one.url.endswith("/progress") else None)
    second = sign_in("director", "phone", "dark")
    second.goto("/messages?state=asked")
    second.get_by_role("link", name="Is your child with you?").first.click()
    assert fits(second) and axe(second) == []
    second.get_by_role("button", name=re.compile("Confirm and send")).click()
    expect(second.locator("main")).to_contain_text("Families reached", timeout=20_000)

    expect(page.locator("#progress")).to_contain_text("Families reached", timeout=20_000)  # by itself
    expect(page.locator("#notice-ask")).not_to_contain_text("Somebody else has to look")
    page.wait_for_timeout(3000)
    assert asked and all(later - one > 0.7 for one, later in pairwise(asked)), "told of by the stream, once a second"
    texts = district.wait_until(
        lambda: [one for one in district.outside("sms") if "with you?" in str(one["body"])], 30, "a text has come"
    )
    link = re.search(r"/m/[A-Za-z0-9_-]+", str(texts[-1]["body"]))
    assert link
    phone = sign_in("parent", "phone")
    phone.goto(link[0])
    phone.get_by_role("button", name=re.compile("With me, safe|Conmigo, a salvo")).click()
    expect(phone.locator("form.ask [data-answered][data-state=sent]")).to_be_visible()
    assert fits(phone) and axe(phone) == []
    phone.set_viewport_size({"width": 320, "height": 700})
    assert fits(phone)
    phone.locator(".letter-l a").click()  # their own language may be any
    expect(phone.locator(".contacts li").first).to_be_visible()
    assert fits(phone) and axe(phone) == []
    phone.locator("button[value=stop]").first.click()
    expect(phone.locator(".note.good")).to_be_visible()
    expect(phone.locator("button[value=start]")).to_have_count(1)

    page.goto(address + "/ledger")
    expect(page.locator("#ledger")).to_contain_text("Reached")
    assert axe(page) == []
    page.goto(address + "/correct")
    page.fill("#why", "We meant the morning")
    page.get_by_role("button", name="Correct it").click()
    expect(page.locator("main")).to_contain_text("We meant the morning")
    phone.goto(link[0])
    expect(phone.locator("main")).to_contain_text("We meant the morning")


@pytest.mark.parametrize("size", ["desktop", "phone"])
def test_faults_of_a_list_are_mended_where_they_stand(sign_in: Callable[..., Page], size: str) -> None:
    page = sign_in("director", size)
    page.goto("/messages/lists/new")
    page.fill("#name", f"Chess club ({size})")
    page.get_by_role("button", name="Save").click()
    page.locator("summary", has_text="From a file").click()
    page.fill("#numbers", "99999\nnobody@example.org")
    page.get_by_role("button", name="Add them").click()
    expect(page.locator(".faults tbody tr")).to_have_count(2)
    expect(page.locator(".faults")).to_contain_text("n…y@example.org")
    expect(page.locator("#numbers")).to_have_value("99999\nnobody@example.org")
    assert fits(page) and axe(page) == []
    with page.expect_download() as got:
        page.locator(".faults").get_by_role("link", name="CSV").click()
    assert "n…y@example.org" in got.value.path().read_text()


@pytest.mark.parametrize("size", ["desktop", "phone"])
def test_every_page_of_messages_fits_and_is_accessible(sign_in: Callable[..., Page], size: str) -> None:
    page = sign_in("director", size)
    for path in ("/messages", "/messages/new", "/messages/threads", "/messages/templates", "/messages/templates/new",
                 "/messages/addresses", "/messages/carriers", "/messages/wishes"):  # fmt: skip
        page.goto(path)
        page.wait_for_timeout(300)
        assert fits(page), path
        assert axe(page) == [], path


def test_a_message_is_recorded_by_telephone_and_chosen_without_reloading(sign_in) -> None:
    page = sign_in("principal", "phone")
    page.goto("/messages/new")
    page.fill("#title-en", "Early dismissal")
    call = page.locator("details.by-phone").first
    call.locator("summary").click()
    expect(call.locator("#call-name_en")).to_have_value("Early dismissal")
    call.locator("#call-number_en").fill("+12125550700")
    call.locator("#call-number_en").press("Enter")
    expect(call.locator(".call-state")).to_contain_text("Recorded", timeout=60_000)
    expect(call).to_contain_text("Chosen: the call plays it.")
    expect(page.locator("#sound-en option:checked")).to_have_text(re.compile("Early dismissal, [0-9]+ s"))
    assert axe(page) == [] and fits(page)
    assert page.url.endswith("/messages/new") and page.input_value("#title-en") == "Early dismissal"
