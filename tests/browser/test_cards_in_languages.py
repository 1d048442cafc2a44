"""Quick reference cards in every language: nothing runs over a phone's edge, a room's sheet is one sheet of paper."""

import re
from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.test_workflow import wide_of
from watchbell.prevention.procedures.facts import LABELS, LANGUAGES, direction_of

pytestmark = pytest.mark.long


def test_every_language_is_read_on_a_phone(sign_in: Callable[..., Page]) -> None:
    page = sign_in("teacher", "phone")
    page.goto("/cards")
    for language, name in LANGUAGES.items():
        page.get_by_role("button", name=name, exact=True).tap()
        shown = page.locator(f"[data-set={language}]")
        expect(shown).to_be_visible()
        assert shown.evaluate("one => getComputedStyle(one).direction") == direction_of(language)
        for kind in ("lockdown", "evacuate", "medical"):
            shown.locator(f"[data-to-card={kind}]").tap()
            card = shown.locator(f"[data-card={kind}]")
            expect(card).to_be_visible()
            expect(card.locator("footer")).to_contain_text(LABELS[language]["version"])
            assert wide_of(page) <= 390, (language, kind)
        found = Axe().run(page).response["violations"]
        assert not found, (language, found[0]["id"], found[0]["nodes"][0]["html"])
    page.reload()
    expect(page.locator("[data-set=sw]")).to_be_visible()  # the last one chosen is kept on this device


def test_a_room_s_sheet_is_one_sheet_in_every_language(sign_in: Callable[..., Page]) -> None:
    page = sign_in("teacher")
    page.goto("/cards")
    wall = str(page.locator("[data-wall]").get_attribute("href")).partition("?")[0]
    for language in LANGUAGES:
        for size, paper in (("letter", "Letter"), ("a5", "A5")):
            page.goto(f"{wall}?lang={language}&size={size}")
            expect(page.locator(".sheet-card")).to_have_attribute("dir", direction_of(language))
            printed = page.pdf(format=paper, prefer_css_page_size=True, print_background=True)
            assert len(re.findall(rb"/Type\s*/Page[^s]", printed)) == 1, (language, size)
