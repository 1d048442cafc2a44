"""The banner on a foreign page, and the static pages as the public sees them: both without any of our servers."""

import hashlib
import json
import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.browser.test_workflow import wide_of
from watchbell.communication.public.adapters.web import type_of
from watchbell.communication.public.rules import build_site
from watchbell.communication.public.tests.builders import BASE, DISTRICT, NOW, make_notice

FOREIGN = """<!doctype html><html lang="es"><head><title>Lincoln High</title>
<meta http-equiv="Content-Security-Policy" content="default-src 'self'; script-src {host}; connect-src {host}">
<script src="{host}/banner.js" async></script></head>
<body><main><h1>Lincoln High School</h1><p>Lunch: soup.</p></main></body></html>"""


class Host(ThreadingHTTPServer):
    """A plain web host with ETags; `asked` has (path, status) of everything."""

    def __init__(self, files: dict[str, bytes]) -> None:
        self.files, self.asked = files, []
        super().__init__(("127.0.0.1", 0), _Answers)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    asked: list[tuple[str, int]]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Answers(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Host

    def do_GET(self) -> None:
        path = self.path.partition("?")[0].lstrip("/") or "index.html"
        raw = self.server.files.get(path)
        mark = f'"{hashlib.sha256(raw or b"").hexdigest()[:16]}"'
        status = 404 if raw is None else 304 if self.headers.get("If-None-Match") == mark else 200
        self.server.asked.append((path, status))
        self.send_response(status)
        for name, value in (("Content-Type", type_of(path)), ("ETag", mark), ("Access-Control-Allow-Origin", "*"),
                            ("Cache-Control", "max-age=0")):  # fmt: skip
            self.send_header(name, value)
        body = raw if status == 200 and raw else b""
        if status != 304:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Silent."""


def build(*notices: Any) -> dict[str, bytes]:
    files = build_site(DISTRICT, BASE, notices, NOW)
    files["banner.js"] = files["banner.js"].replace(b"30 * 1000", b"0.4 * 1000")
    return files


@pytest.fixture
def hosts() -> Iterator[tuple[Host, Host]]:
    """Ours and the school's own."""
    ours, school = Host(build(make_notice(1))), Host({})
    school.files["index.html"] = FOREIGN.format(host=ours.url).encode()
    yield ours, school
    for one in (ours, school):
        one.shutdown()
        one.server_close()


@pytest.fixture
def open_page(chromium: Browser) -> Iterator[Any]:
    opened = []

    def enter(width: int = 1280, scheme: str = "light", script: bool = True) -> Page:
        context = chromium.new_context(
            viewport={"width": width, "height": 800}, color_scheme=scheme, java_script_enabled=script
        )  # type: ignore[arg-type]
        opened.append(context)
        return context.new_page()

    yield enter
    for context in opened:
        context.close()


def faults_of(page: Page) -> list[str]:
    return [f"{one['id']}: {one['nodes'][0]['html'][:160]}" for one in Axe().run(page).response["violations"]]


def test_a_banner_stands_on_a_foreign_page_and_goes_by_itself(hosts: Any, open_page: Any, tmp_path: Path) -> None:
    ours, school = hosts
    page = open_page()
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.goto(school.url)
    bar = page.locator("[data-watchbell-banner] section")
    expect(bar).to_contain_text("Lincoln High está cerrada")  # the page is in Spanish
    assert (
        bar.get_attribute("lang") == "es" and bar.locator("a").get_attribute("href") == f"{ours.url}/notices/1.es.html"
    )
    assert bar.locator("button").count() == 0, "an emergency is not hidden"
    assert not faults_of(page) and page.locator("h1").inner_text() == "Lincoln High School"
    page.wait_for_timeout(1000)
    assert [status for path, status in ours.asked if path == "banner.json"][1:3] == [304, 304], "asked with its mark"
    hostile = '<img src=x onerror="document.title=1">'
    ours.files |= build(make_notice(2, purpose="routine", severity="Minor", title=hostile,
                                    texts={"en": (hostile, "Early release", "x")}))  # fmt: skip
    expect(bar).to_contain_text("<img src=x")
    assert page.title() == "Lincoln High" and page.locator("[data-watchbell-banner] img").count() == 0
    page.set_viewport_size({"width": 320, "height": 700})
    assert wide_of(page) <= 320 and not faults_of(page)
    bar.locator("button").click()
    expect(bar).to_have_count(0)
    ours.files |= build(make_notice(3))
    expect(bar).to_have_count(1)
    ours.files |= build(make_notice(3, state="ended"))
    expect(page.locator("[data-watchbell-banner]")).to_have_count(0)
    ours.files["banner.json"] = b"{nonsense"
    page.wait_for_timeout(700)
    assert problems == [] and page.locator("h1").inner_text() == "Lincoln High School"


def test_what_expires_goes_though_the_host_is_away(hosts: Any, open_page: Any) -> None:
    ours, school = hosts
    page = open_page()
    page.goto(school.url)
    expect(page.locator("[data-watchbell-banner] section")).to_have_count(1)
    told = json.loads(ours.files["banner.json"])
    told["banners"][0]["expires"] = page.evaluate("Date.now() / 1000 + 1.5")
    ours.files["banner.json"] = json.dumps(told).encode()
    page.wait_for_timeout(900)
    del ours.files["banner.json"]
    expect(page.locator("[data-watchbell-banner]")).to_have_count(0)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_static_pages_fit_and_are_accessible(hosts: Any, open_page: Any, scheme: str) -> None:
    ours, _ = hosts
    weather = ("Snow day tomorrow", "All schools are closed.", "Buses do not run.\n\nMeals: https://example.org/meals")
    ours.files |= build(
        make_notice(1, state="ended", changed_at=NOW, correction="The school is Lincoln High, not Grant High."),
        make_notice(2), make_notice(3, purpose="routine", severity="Moderate", sites=(), texts={"en": weather},
                                    title=weather[0], expires_at=NOW + timedelta(days=1)),
    )  # fmt: skip
    page = open_page(scheme=scheme)
    for path in ("index.html", "index.es.html", "notices/1.html", "notices/2.es.html", "notices/3.html",
                 "archive/index.html", "archive/2026-11.html", "404.html"):  # fmt: skip
        page.set_viewport_size({"width": 1280, "height": 800})
        page.goto(f"{ours.url}/{path}")
        assert not faults_of(page), (path, faults_of(page))
        page.set_viewport_size({"width": 320, "height": 700})
        assert wide_of(page) <= 320, path
        small = page.eval_on_selector_all(
            "a:not(.skip):not(.body a)",
            "all => all.filter(a => a.getBoundingClientRect().height < 43.5).map(a => a.outerHTML)",
        )  # fmt: skip
        assert path != "index.html" or not small, small


def test_the_status_page_needs_no_script(hosts: Any, open_page: Any) -> None:
    ours, _ = hosts
    page = open_page(390, script=False)
    page.goto(f"{ours.url}/index.html")
    expect(page.locator("h1")).to_have_text("Emergency")
    page.locator("nav a", has_text="Español").click()
    expect(page.locator("h1")).to_have_text("Emergencia")
    page.locator("main h3 a").first.click()
    expect(page.locator("h1")).to_have_text("Lincoln High está cerrada")
