"""What every page of the console is given: navigation, who is signed in, theme, brand."""

from typing import Any

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse

from watchbell.console import navigation
from watchbell.console.navigation import Entry

THEMES = ("light", "dark", "room")


def frame(request: HttpRequest) -> dict[str, Any]:
    """{"frame": {nav, bar, more, tabs, actor, theme, urls}}: `actor` is None on pages without sign-in."""
    actor = getattr(request, "actor", None)
    shown = [item for item in (_item(entry, request, actor) for entry in navigation.MAIN) if item] if actor else []
    here = max((item["url"] for item in shown if item["is_current"]), key=len, default="")
    shown = [item | {"is_current": item["url"] == here} for item in shown]
    theme = request.COOKIES.get("theme", "")
    more = shown[navigation.BAR :]
    return {
        "frame": {
            "actor": actor,
            "theme": theme if theme in THEMES else "",
            "nav": shown,
            "bar": shown[: navigation.BAR],
            "more": more,
            "more_is_current": any(item["is_current"] for item in more),
            "tabs": shown[: navigation.TABS],
            "urls": {
                "security": _route("console:security_page") or _route("mfa_index"),
                "sessions": _route("usersessions_list"),
                "devices": _route("accounts:devices_page"),
                "districts": _route("accounts:districts_page") if _has_districts(request) else "",
                "pins": _route("accounts:pins_page"),
                "password": _route("account_change_password"),
                "sign_out": _route("account_logout"),
                "worker": _route("console:service_worker"),
                "webmanifest": _route("console:web_manifest"),
                "parts": _route("console:gallery_page"),
            },
        }
    }


def _has_districts(request: HttpRequest) -> bool:
    """Whether the person acts in several districts; found out when the session chose its first (see the middleware)."""
    return bool(getattr(request, "session", {}).get("has_districts"))


def _route(*names: str) -> str:
    for name in names:
        try:
            return reverse(name)
        except NoReverseMatch:
            continue
    return ""


def _item(entry: Entry, request: HttpRequest, actor: Any) -> dict[str, Any] | None:
    if entry.permission and not (actor.is_system or entry.permission in actor.permissions):
        return None
    url = _route(*entry.routes)
    if not url:
        return None
    is_current = request.path == url or (url != "/" and request.path.startswith(url.rstrip("/") + "/"))
    return {"label": entry.label, "icon": entry.icon, "url": url, "is_current": is_current}
