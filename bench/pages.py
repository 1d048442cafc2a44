"""Every page and part of the console at demo size, as each demo role: time to the last byte and database statements."""

import http.cookiejar
import json
import os
import re
import statistics
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections import defaultdict
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))
from bench.home import demo
from tests.flows.installation import Installation

ROLES = (
    "director",
    "principal",
    "office",
    "teacher",
    "officer",
    "dispatcher",
    "police",
    "it",
    "nurse",
    "driver",
    "parent",
)
ROUNDS = 5
PARAMETER = re.compile(r"<(?:\w+:)?(\w+)>")
COUNT = re.compile(r'desc="(\d+)"')


def find_patterns() -> list[str]:
    """The console's routes that answer a GET."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "watchbell.project.settings"
    import django

    django.setup()
    from django.urls import get_resolver

    from tools.permissions import find_views

    found = []
    for path, view in find_views(get_resolver().url_patterns):
        if getattr(view, "kind", "") in ("page", "part") and not path.startswith(("ui/", "sw.js", "manifest")):
            found.append(path)
    return found


class Browser:
    """A signed-in person."""

    def __init__(self, made: Installation, role: str) -> None:
        self.base = f"http://localhost:{made.port}/"
        jar = http.cookiejar.CookieJar()
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
        page = self.opener.open(self.base + "accounts/login/").read().decode()
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
        form = {
            "csrfmiddlewaretoken": token.group(1) if token else "", "login": f"{role}@demo.invalid",
            "password": (made.home / "secrets" / "demo_password").read_text().strip(),
        }  # fmt: skip
        self.opener.open(self.base + "accounts/login/", urllib.parse.urlencode(form).encode()).read()

    def get(self, path: str) -> tuple[int, float, int]:
        """(status, seconds to the last byte, database statements)."""
        began = time.perf_counter()
        try:
            with self.opener.open(self.base + path) as answer:
                answer.read()
                status, timing = answer.status, answer.headers.get("Server-Timing", "")
        except urllib.error.HTTPError as error:
            error.read()
            status, timing = error.code, ""
        found = COUNT.search(timing)
        return status, time.perf_counter() - began, int(found.group(1)) if found else 0


#: parameter → the page on which the first such thing is linked, and what its address looks like.
LINKED = {
    "card_id": ("cards/library", "/cards/library/"), "template_id": ("messages/templates", "/messages/templates/"),
    "issue_id": ("newsletters", "/newsletters/"), "drill_id": ("drills", "/drills/"),
    "profile_id": ("drills/profiles", "/drills/profiles/"), "target_id": ("website", "/website/targets/"),
    "contact_id": ("website/media", "/website/media/"), "membership_id": ("people/accounts", "/people/accounts/"),
    "telephone_id": ("equipment/telephones", "/equipment/telephones/"),
}  # fmt: skip
ID = r"([0-9a-f]{8}-[0-9a-f-]{27})"


def find_made(made: Installation, site: str) -> dict[str, str]:
    """What people make: a message that is out, an announcement."""
    words = [{"language": "en", "title": "Late", "short": "Buses are late."}]
    notice = made.call(
        "POST",
        "/notices",
        {
            "purpose": "routine",
            "texts": words,
            "channels": ["text"],
            "audience": {"kinds": ["family"], "sites": [site], "grades": ["09"]},
        },
    )
    made.call("POST", f"/notices/{notice['id']}/submit", {})
    zone = made.call("GET", f"/paging-zones?site={site}&limit=1")["items"][0]["id"]
    said = made.call("POST", "/announcements", {"zones": [zone], "say": [{"language": "en", "text": "Late."}]})
    return {"notice_id": notice["id"], "announcement_id": said["id"], "language": "en", "code": "demo", "number": "1"}


def find_values(made: Installation) -> dict[str, str]:
    """One id for each parameter that a route may have."""
    made.press()
    incident = made.open_incident()
    site = incident["site"]
    values = {"incident_id": incident["id"], "press": incident["cause_ids"][0], "site_id": site, "name": "board"}
    for name, resource in (("plan_id", "plans"), ("person_id", "people"), ("equipment_id", "equipment")):
        values[name] = made.call("GET", f"/{resource}?site={site}&limit=1")["items"][0]["id"]
    browser = Browser(made, "director")
    page = browser.opener.open(browser.base + f"sites/{site}").read().decode()
    for name, pattern in (("floor_id", r"/floors/([0-9a-f-]{36})"), ("place_id", r"room-([0-9a-f-]{36})")):
        found = re.search(pattern, page)
        if found:
            values[name] = found.group(1)
    linked = LINKED | {"step_id": (f"plans/{values['plan_id']}", f"/plans/{values['plan_id']}/steps/")}
    for name, (path, address) in linked.items():
        found = re.search(address + ID, browser.opener.open(browser.base + path).read().decode())
        if found:
            values[name] = found.group(1)
    return values | find_made(made, site)


def measure(made: Installation) -> dict[str, Any]:
    values = find_values(made)
    paths = []
    for pattern in find_patterns():
        names = PARAMETER.findall(pattern)
        if all(name in values for name in names):
            paths.append((pattern, PARAMETER.sub(lambda m: values[m.group(1)], pattern)))
    times: dict[str, list[float]] = defaultdict(list)
    counts: dict[str, int] = defaultdict(int)
    broken = []
    for role in ROLES:
        browser = Browser(made, role)
        for pattern, path in paths:
            for number in range(ROUNDS + 1):
                status, seconds, queries = browser.get(path)
                if status >= 500 or status == 404:
                    broken.append(f"{role} {pattern} {status}")
                if status != 200:
                    break
                if number:
                    times[pattern].append(seconds)
                    counts[pattern] = max(counts[pattern], queries)
    every = sorted(one for listed in times.values() for one in listed)
    slow = {p: sorted(t)[int(len(t) * 0.95)] for p, t in times.items()}
    slowest = sorted(slow, key=lambda p: -slow[p])[:8]
    greedy = sorted((p for p in counts if counts[p] > 12), key=lambda p: -counts[p])
    return {
        "routes measured": len(times), "routes without a value for a parameter": len(find_patterns()) - len(paths),
        "requests": len(every), "p50 ms": round(statistics.median(every) * 1000, 1),
        "p95 ms": round(every[int(len(every) * 0.95)] * 1000, 1), "aim": "p95 100 ms, 12 queries",
        "slowest by p95 ms": {p: round(slow[p] * 1000, 1) for p in slowest},
        "over 100 ms": [p for p in slowest if slow[p] > 0.1],
        "over 12 queries": {p: counts[p] for p in greedy}, "most queries": max(counts.values()), "broken": broken[:10],
    }  # fmt: skip


def main() -> None:
    with demo() as made:
        os.environ["WATCHBELL_HOME"] = str(made.home)
        print(json.dumps(measure(made)))


if __name__ == "__main__":
    main()
