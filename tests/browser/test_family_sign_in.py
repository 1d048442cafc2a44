"""A guardian without an account: signed in by mail in their language, told of the next message by a push."""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.test_family_phone import look
from tests.flows.installation import Installation
from watchbell.gateways.webpush.codec import decode64, encode64, say_point
from watchbell.line.ids import same_id

pytestmark = [pytest.mark.alone, pytest.mark.long]
SIZES = {"desktop": {"width": 1280, "height": 900}, "phone": {"width": 390, "height": 844}}
#: The push service of a browser is out of reach here: it gives the address of the played one.
PLAYED = """given => { PushManager.prototype.subscribe = async () => ({ toJSON: () => (
  { endpoint: given.endpoint, keys: { p256dh: given.p256dh, auth: given.auth } }) }); }"""


@pytest.fixture
def open_page(chromium: Browser, district: Installation) -> Iterator[Callable[..., Page]]:
    """`open_page("phone", "ar", "dark")`: a browser that speaks that language and remembers nobody."""
    opened = []

    def enter(size: str = "phone", language: str = "en", scheme: str = "light") -> Page:
        context = chromium.new_context(
            reduced_motion="reduce", viewport=SIZES[size], color_scheme=scheme, locale=language,
            base_url=f"http://localhost:{district.port}", permissions=["notifications"],
        )  # type: ignore[arg-type]  # fmt: skip
        opened.append(context)
        return context.new_page()

    yield enter
    for context in opened:
        context.close()


def guardian_of(district: Installation) -> tuple[str, dict[str, Any]]:
    """(a student, one of their guardians with an address of their own)."""
    site = district.played()["panels"][0]["site"]
    for student in district.call("GET", f"/people?kind=student&site={site}&grade=10")["items"]:
        for contact in district.call("GET", f"/people/{student['id']}")["contacts"]:
            person = district.call("GET", f"/people/{contact['id']}")
            if person["email"] and person["status"] == "active":
                return student["id"], person
    raise AssertionError("nobody in the demo has an address")


def link_in_mail(district: Installation, address: str, since: str) -> str:
    def found() -> Any:
        mails = [str(one["body"]) for one in district.outside("smtp", since) if address in str(one["to"])]
        return re.findall(r"/family/sign-in/[\w.=-]+", "".join(mails).replace("=\n", "").replace("=\\r\\n", ""))

    return str(district.wait_until(found, 30, "the mail with the link")[-1])


def tell(district: Installation, student: str, title: str, mode: str = "real") -> None:
    texts = [{"language": one, "title": f"{title} ({one})", "short": "Please read."} for one in ("en", "es")]
    audience = {"kinds": ["family"], "people": [student]}
    body = {"purpose": "attendance", "texts": texts, "audience": audience, "channels": ["push", "email"], "mode": mode}
    made = district.call("POST", "/notices", body, role="principal")
    assert district.call("POST", f"/notices/{made['id']}/submit", {"count": None}, role="principal")["state"]

    def is_out() -> bool:
        return bool(district.call("GET", f"/notices/{made['id']}", role="principal")["state"] == "sent")

    district.wait_until(is_out, 60, "it is out")


def played_subscription(district: Installation) -> dict[str, str]:
    """What the browser of the demo's family would be given by the played push host."""
    from cryptography.hazmat.primitives.asymmetric import ec

    browsers = json.loads((district.home / "demo" / "browsers.json").read_text())
    (keys,) = (one["keys"] for one in browsers if one["name"] == "A family's telephone")
    private = ec.derive_private_key(int.from_bytes(decode64(keys["private"]), "big"), ec.SECP256R1())
    point = encode64(say_point(private.public_key()))
    number = same_id("push", "A family's telephone", point)
    port = district.played()["push"]["port"]
    return {"endpoint": f"http://127.0.0.1:{port}/push/{number}", "p256dh": point, "auth": keys["auth"]}


def test_signed_in_by_mail_and_told_by_a_push(district: Installation, open_page: Callable[..., Page]) -> None:
    student, guardian = guardian_of(district)
    page, since = open_page("phone", "es"), district.mark("smtp")
    page.goto("/family")
    expect(page.locator("h1")).to_have_text("Vea lo que la escuela le escribe")
    look(page, "sign-in-es")
    page.get_by_label("Correo electrónico").fill(guardian["email"])
    page.get_by_role("button", name="Enviarme un enlace").click()
    expect(page.locator("h1")).to_have_text("Mire su correo")
    look(page, "sent-es")
    link = link_in_mail(district, guardian["email"], since)
    tell(district, student, "First")
    page.goto(f"{link}?language=es")
    look(page, "link-es")
    page.get_by_role("button", name=guardian["given"]).click()
    page.wait_for_url("**/family")
    page.goto("/family?language=es")
    expect(page.locator("[data-offer-push]")).to_be_hidden()
    page.locator(".rows a").first.click()
    page.wait_for_url("**/m/*")
    message = page.url.partition("?")[0]
    offer = page.locator("[data-offer-push]")
    expect(offer).to_be_hidden()
    page.evaluate(PLAYED, played_subscription(district))
    expect(offer).to_be_visible(timeout=10_000)
    look(page, "offer-es")
    offer.locator("[data-push-yes]").click()
    expect(offer.locator("[data-offer-told]")).to_be_visible()
    before = district.mark("push")
    tell(district, student, "Only a drill", mode="drill")
    tell(district, student, "Second")

    def pushed() -> list[Any]:
        return [one for one in district.outside("push", before) if one["to"] == "A family's telephone"]

    told = district.wait_until(pushed, 30, "a push")
    assert ["Second" in one["body"]["title"] for one in told] == [True] and "/m/" in told[0]["body"]["url"]
    for path, name in (("/family", "home"), ("/family/devices", "devices"), (f"{message}/contacts", "contacts"),
                       (message, "message")):  # fmt: skip
        page.goto(f"{path}?language=ar")
        look(page, f"{name}-ar")
        page.set_viewport_size(SIZES["desktop"])
        look(page, f"{name}-ar-desktop")
        page.set_viewport_size(SIZES["phone"])
    page.goto("/family/devices?language=es")
    look(page, "devices-es")
    page.get_by_role("button", name="Desactivarlos").click()
    expect(page.get_by_role("status")).to_contain_text("ningún mensaje")
    page.goto("/family")
    page.get_by_role("button", name=re.compile("Cerrar sesión|Sign out")).click()
    page.wait_for_url("**/family/sign-in")


@pytest.mark.parametrize(("size", "language", "scheme"), [
    ("desktop", "en", "light"), ("phone", "ar", "light"), ("desktop", "ar", "dark"), ("phone", "so", "dark"),
])  # fmt: skip
def test_the_entrance_fits_in_each_language(
    open_page: Callable[..., Page], size: str, language: str, scheme: str
) -> None:
    page = open_page(size, language, scheme)
    page.goto("/family/sign-in")
    assert page.evaluate("[document.documentElement.lang, document.documentElement.dir]") == [
        language, "rtl" if language == "ar" else "ltr"]  # fmt: skip
    look(page, f"entrance-{language}-{size}-{scheme}")
    page.locator(".langs summary").click()
    look(page, f"languages-{language}-{size}-{scheme}")
    page.get_by_role("link", name="Tiếng Việt").click()
    expect(page.locator("html")).to_have_attribute("lang", "vi")
    page.goto("/m/forged")
    expect(page.locator("html")).to_have_attribute("lang", "vi")
    look(page, f"refused-vi-{size}-{scheme}")
    page.set_viewport_size({"width": 320, "height": 700})
    page.goto(f"/family/sign-in?language={language}")
    look(page, f"entrance-{language}-320")
