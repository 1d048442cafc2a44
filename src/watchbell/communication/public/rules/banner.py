"""What scripts and foreign sites get: banner.json, banner.js, headers, robots.txt."""

import json
from pathlib import Path
from typing import Any

from watchbell.communication.notices.facts import PublicNotice
from watchbell.communication.public.facts import FRESH_SECONDS, PAGE_SECONDS, POLL_SECONDS
from watchbell.communication.public.rules.notices import Site, languages_of, notice_path, texts_of
from watchbell.communication.public.rules.words import word

SCRIPT = Path(__file__).parent.parent / "site" / "banner.js"


def build_banner(site: Site) -> dict[str, bytes]:
    """banner.json, banner.js, headers and robots.txt."""
    changed = site.changed_at
    told = {
        "version": 1, "district": site.district.name, "updated": changed.isoformat() if changed else None,
        "poll_seconds": POLL_SECONDS, "banners": [_banner(one) for one in site.banners()],
    }  # fmt: skip
    script = SCRIPT.read_text().replace("POLL_SECONDS", str(POLL_SECONDS))
    return {
        "banner.json": json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode(),
        "banner.js": script.encode(),
        "_headers": build_headers().encode(),
        "robots.txt": b"User-agent: *\nAllow: /\n",
    }


def _banner(notice: PublicNotice) -> dict[str, Any]:
    texts = {}
    for language in languages_of(notice):
        title, short, _, tongue = texts_of(notice, language)
        more = {"en": "Read more", "es": "Leer más"}.get(language.partition("-")[0], "Read more")
        close = {"en": "Hide", "es": "Ocultar"}.get(language.partition("-")[0], "Hide")
        texts[language] = {
            "title": title, "short": short, "url": notice_path(notice, tongue), "more": more, "close": close,
            "label": word(language, "emergency" if notice.purpose == "emergency" else "number"),
        }  # fmt: skip
    return {
        "id": str(notice.id), "number": notice.number, "changed": int(notice.changed_at.timestamp()),
        "emergency": notice.purpose == "emergency", "severity": notice.severity, "language": notice.language,
        "expires": int(notice.expires_at.timestamp()) if notice.expires_at else None, "texts": texts,
    }  # fmt: skip


def cache_control(path: str) -> str:
    """How long a copy of `path` may be kept. Banner and status page: a few seconds, and shown once more when we are
    away; so the flood meets the copies, not us."""
    name = path.rpartition("/")[2]
    if name.startswith(("index.", "banner.json", "feed.atom", "signatures.json")):
        return f"public, max-age={FRESH_SECONDS}, stale-while-revalidate=30, stale-if-error=86400"
    if name == "banner.js":
        return "public, max-age=3600, stale-if-error=604800"
    return f"public, max-age={PAGE_SECONDS}, stale-while-revalidate=60, stale-if-error=86400"


def build_headers() -> str:
    """Headers in the form static hosts read (`_headers`): paths, then a header a line."""
    rules = [("/*", ["X-Content-Type-Options: nosniff", "Referrer-Policy: no-referrer", "X-Frame-Options: DENY",
                     f"Cache-Control: {cache_control('notices/1.html')}"])]  # fmt: skip
    for path in ("/", "/index.*", "/banner.json", "/feed.atom", "/alerts/index.atom", "/signatures.json", "/banner.js"):
        lines = [f"Cache-Control: {cache_control(path.lstrip('/') or 'index.html')}"]
        lines += ["Access-Control-Allow-Origin: *"] if path in ("/banner.json", "/feed.atom") else []
        rules.append((path, lines))
    return "".join(f"{path}\n" + "".join(f"  {line}\n" for line in lines) for path, lines in rules)
