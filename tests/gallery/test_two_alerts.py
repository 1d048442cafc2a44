"""Two alerts at once: the graver has the screen, the quiet one leaves the loud one's sound alone."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.gallery.test_gallery import ALERT, PROGRESS, QUIET, _open, browser, pytestmark, server

__all__ = ["browser", "pytestmark", "server"]


def test_a_graver_alert_takes_the_place_of_a_lesser_one_which_comes_back(browser, server):
    page = _open(browser, server)
    takeover = page.locator("dialog.takeover")
    server.say("alert", {**ALERT, "press": "s", "kind": "secure", "title": "Secure"})
    expect(takeover).to_have_attribute("data-kind", "secure")
    server.say("alert", ALERT)
    expect(takeover).to_have_attribute("data-kind", "lockdown")
    expect(takeover).to_have_count(1)
    server.say("alert", {**ALERT, "press": "h", "kind": "hold", "title": "Hold"})
    server.say("alert", {**ALERT, "press": "d", "mode": "drill"})
    page.wait_for_timeout(500)
    expect(takeover).to_have_attribute("data-mode", "real")
    for kind, mode in (("lockdown", "real"), ("secure", "real"), ("hold", "real"), ("lockdown", "drill")):
        expect(takeover).to_have_attribute("data-kind", kind)
        expect(takeover).to_have_attribute("data-mode", mode)
        page.get_by_role("button", name="I have seen this").click()
    expect(takeover).to_have_count(0)
    expect(page.locator(".openbar")).to_have_count(4)


SOUNDS = """() => { window.tones = []; window.silenced = 0;
  const make = AudioContext.prototype.createOscillator, rest = AudioContext.prototype.suspend;
  AudioContext.prototype.createOscillator = function () {
    const it = make.call(this); window.tones.push(it); return it };
  AudioContext.prototype.suspend = function () { window.silenced++; return rest.call(this) } }"""


def test_a_quiet_alarm_never_silences_a_lockdown(browser, server):
    page = _open(browser, server)
    page.locator("h1").click()  # browsers make no sound before the first touch
    page.evaluate(SOUNDS)
    server.say("alert", ALERT)
    expect(page.locator("dialog.takeover")).to_be_visible()
    page.wait_for_timeout(1500)
    before = page.evaluate("[window.tones.length, window.silenced]")
    assert before[0], "it is heard"
    server.say("alert", {**QUIET, "kind": "call_911"})
    expect(page.locator(".q-card")).to_have_count(1)
    page.wait_for_timeout(1500)
    server.say("clear", {"press": "q1", "site": "s1", "presses": ["q1"]})
    expect(page.locator(".q-card")).to_have_count(0)
    page.wait_for_timeout(1500)
    assert page.evaluate("window.silenced") == before[1]
    kinds = page.evaluate("window.tones.map((it) => it.type)")[before[0] :]
    assert len(kinds) >= 4 and set(kinds) == {"triangle"}, kinds


def test_who_has_raised_it_reads_on_the_alert_that_it_has_arrived_and_that_police_know(browser, server):
    page = _open(browser, server, 390)
    page.evaluate("document.documentElement.dataset.user = 'me'")
    server.say("alert", {**ALERT, "by": "me"})
    told = page.locator("dialog.takeover .told")
    expect(told).to_have_text("You have raised this alarm: it has been received.")
    server.say("progress", {**PROGRESS, "presses": ["another"]})
    page.wait_for_timeout(300)
    expect(told.locator("li")).to_have_count(1)
    server.say("progress", {**PROGRESS, "presses": ["p1"]})
    expect(told).to_contain_text("Police have acknowledged: help is coming.")
    assert Axe().run(page).response["violations"] == []
    server.say("alert", {**ALERT, "press": "f", "kind": "fire", "title": "Fire", "by": "else"})
    page.get_by_role("button", name="I have seen this").click()
    expect(page.locator("dialog.takeover")).to_have_attribute("data-kind", "fire")
    expect(told.locator("li")).to_have_count(0)
