"""A floor from nothing: its picture, rooms drawn with the pointer, a door, and three points on the earth."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.flows.installation import Installation

PICTURE = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1000 700">'
    '<rect x="100" y="100" width="400" height="300" fill="#eee" stroke="#333"/></svg>'
)


def add_floor(page: Page, district: Installation) -> None:
    site = district.call("GET", "/sites?limit=50")["items"][-1]["id"]
    page.goto(f"/sites/{site}/add-floor")
    page.fill("#id_level", "-1")
    page.fill("#id_name", "Basement")
    page.click("button:has-text('Save')")
    page.wait_for_url("**/floors/*")


def at(page: Page, x: float, y: float) -> tuple[float, float]:
    """Where a point of the plan is on the screen now."""
    found = page.evaluate(
        "([x, y]) => { const m = document.querySelector('#floor-plan [data-viewport]').getScreenCTM();"
        " const p = new DOMPoint(x, y).matrixTransform(m); return [p.x, p.y]; }", [x, y],
    )  # fmt: skip
    return found[0], found[1]


def drag(page: Page, start: tuple[float, float], end: tuple[float, float]) -> None:
    page.mouse.move(*at(page, *start))
    page.mouse.down()
    page.mouse.move(*at(page, *end), steps=4)
    page.mouse.up()


def test_a_floor_is_drawn_with_the_pointer(district: Installation, sign_in: Callable[..., Page]) -> None:
    page = sign_in("director")
    add_floor(page, district)
    page.set_input_files(
        "input[name=picture]", {"name": "plan.svg", "mimeType": "image/svg+xml", "buffer": PICTURE.encode()}
    )
    page.click("button:has-text('Upload')")
    picture = page.locator("#floor-plan image.pic")
    expect(picture).to_have_count(1)
    assert page.request.get(picture.get_attribute("href") or "").ok

    # a rectangle
    page.click("button:has-text('Draw on the plan')")
    expect(page.locator("[data-sketch-bar]")).to_contain_text("Drag a rectangle")
    drag(page, (100, 100), (300, 250))
    expect(page.locator("#room_corners")).to_have_value("100,100 300,100 300,250 100,250")
    page.fill("#room_number", "B1")
    page.click("button:has-text('Save the room')")
    expect(page.locator("#floor-plan .room")).to_have_count(1)

    # corner by corner, the first on a corner that is there, one taken back
    page.click("button:has-text('Draw on the plan')")
    for point in ((303, 98), (500, 100), (560, 300), (500, 250), (300, 251)):
        page.mouse.click(*at(page, *point))
        if point == (560, 300):
            page.keyboard.press("Backspace")
    page.keyboard.press("Enter")
    drawn = page.locator("#room_corners").input_value().split()
    assert (drawn[0], drawn[-1], len(drawn)) == ("300,100", "300,250", 4)
    page.fill("#room_name", "Boiler room")
    page.click("button:has-text('Save the room')")
    expect(page.locator("#floor-plan .room")).to_have_count(2)

    # what is begun and given up changes nothing
    page.click("button:has-text('Draw on the plan')")
    page.mouse.click(*at(page, 700, 500))
    page.keyboard.press("Escape")
    expect(page.locator("[data-sketch-bar]")).to_be_hidden()
    expect(page.locator("#room_corners")).to_have_value("")

    page.click("button:has-text('Click on the plan')")
    page.mouse.click(*at(page, 400, 100))
    expect(page.locator("#door_x")).to_have_value("400")
    page.fill("#door_number", "B9")
    page.click("#sketch-door button[type=submit]")
    expect(page.locator("ul.rows li", has_text="Door B9")).to_be_visible()

    page.click("button:has-text('Point 1 on the plan')")
    for point in ((100, 100), (500, 100), (100, 400)):
        page.mouse.click(*at(page, *point))
    assert [page.locator(f"[name=x{n}]").input_value() for n in (1, 2, 3)] == ["100", "500", "100"]
    for number, pair in ((1, ("38.2", "-90.4")), (2, ("38.2", "-90.39")), (3, ("38.19", "-90.4"))):
        page.fill(f"[name=latitude{number}]", pair[0])
        page.fill(f"[name=longitude{number}]", pair[1])
    page.click("button:has-text('Place')")
    assert page.locator(".err").count() == 0
    expect(page.locator("[name=latitude3]")).to_have_value("38.19")
