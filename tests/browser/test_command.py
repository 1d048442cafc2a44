"""Command in a browser: taken on the incident's page, a post and a guide, handed over to police, rooms released."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_workflow import press_button, see_alert
from tests.flows.installation import Installation


@pytest.mark.long  # its actions and pages have their own tests
def test_command_is_taken_handed_over_and_releases_rooms(district: Installation, sign_in: Callable[..., Page]) -> None:
    press_button(district)
    incident = district.open_incident()["id"]
    page = sign_in("director")
    page.goto(f"/incidents/{incident}")
    see_alert(page)
    card = page.locator("section", has=page.locator("#cmd-h"))
    expect(card).to_contain_text("Nobody is in command yet")
    card.locator("button:has-text('Take command')").click()
    page.get_by_role("alertdialog").locator(".btn.pri, .btn.danger").first.click()
    expect(card).to_contain_text("Dana Whitfield")

    page.goto(f"/incidents/{incident}/command")
    page.select_option("#id_place", index=2)
    page.click("button:has-text('Choose')")
    expect(page.locator("#cp-h + *, section:has(#cp-h)").last).to_contain_text("by Dana Whitfield")
    page.select_option("#id_position", "guide")
    page.fill("#id_name", "Bo Lane")
    page.fill("#id_contact", "Channel 3")
    page.click("button:has-text('Give it')")
    expect(page.locator("section:has(#pos-h)")).to_contain_text("Bo Lane")
    page.fill("#obj", "Account for every room by 10:20")
    page.click("button:has-text('Add')")

    # the dispatcher's side reads who commands, and where
    told = district.wait_until(
        lambda: [m for m in district.call("GET", f"/incidents/{incident}/dispatch")["messages"]
                 if "Incident Commander" in m["text"]], 10, "911 and police read who commands",
    )  # fmt: skip
    assert told

    page.locator("summary:has-text('Hand command over')").click()
    page.fill("#id_to_agency", "Cedar Valley Police")
    page.fill("#id_briefing", "Shots heard near the gym at 10:02. Rooms 101 to 120 are locked.")
    page.click("button:has-text('Offer, then sign')")
    phone = sign_in("police", "phone")
    phone.goto(page.url)
    see_alert(phone)
    expect(phone.locator("main")).to_contain_text("Shots heard near the gym")
    phone.click("button:has-text('Sign and take command')")
    phone.get_by_role("alertdialog").locator(".btn.pri, .btn.danger").first.click()
    expect(phone.locator("main")).to_contain_text("Cedar Valley Police")

    # the school no longer releases; police do, and it is seen
    page.goto(f"/incidents/{incident}/command")
    page.locator("input[name=places]").first.check()
    page.click("button:has-text('Release the ticked rooms')")
    expect(page.locator("#toasts, .toasts").first).to_contain_text("releases the rooms")
    phone.locator("input[name=places]").first.check()
    phone.fill("#goes_to", "The buses on Elm Street")
    phone.click("button:has-text('Release the ticked rooms')")
    expect(phone.locator("section:has(#rel-h) .count")).to_contain_text("1 of")
    told = district.call("GET", f"/incidents/{incident}/command")
    assert told["hand_overs"][0]["agency"] == "Cedar Valley Police" and len(told["released"]) == 1

    page.goto(f"/incidents/{incident}/ics-201")
    expect(page.locator("main")).to_contain_text("Account for every room by 10:20")
    assert page.request.get(f"/incidents/{incident}/ics-201.pdf").body().startswith(b"%PDF")
