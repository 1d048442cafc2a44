"""The console's own pages: the gallery of parts, and what makes it an app on a phone."""

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import redirect
from django.templatetags.static import static
from django.urls import reverse

from watchbell.console import assets, dashboard
from watchbell.console.examples.gallery import gallery_context
from watchbell.kernel.web import PUBLIC, SIGNED_IN, page


@page(permission=SIGNED_IN, template="console/gallery.html")
def gallery_page(request: HttpRequest) -> dict[str, Any]:
    """Every shared part with example content, for whoever builds pages and for the browser tests."""
    return gallery_context()


@page(permission=PUBLIC, template="console/offline.html")
def offline_page(request: HttpRequest) -> dict[str, Any]:
    return {}


@page(permission=PUBLIC, template="")
def service_worker(request: HttpRequest) -> HttpResponse:
    """Served from the root: a worker only sees pages at or below its own address."""
    try:
        script = (assets.DIST / "sw.js").read_bytes()
    except OSError:
        return HttpResponse(status=404)
    return HttpResponse(script, content_type="text/javascript", headers={"Cache-Control": "no-cache"})


@page(permission=PUBLIC, template="")
def web_manifest(request: HttpRequest) -> JsonResponse:
    icons = [
        {"src": static(assets.WHERE + "icon.svg"), "sizes": "any", "type": "image/svg+xml"},
        {
            "src": static(assets.WHERE + "icon-192.png"),
            "sizes": "192x192",
            "type": "image/png",
            "purpose": "any maskable",
        },
        {
            "src": static(assets.WHERE + "icon-512.png"),
            "sizes": "512x512",
            "type": "image/png",
            "purpose": "any maskable",
        },
    ]
    body = {
        "id": "/", "name": "Watchbell", "short_name": "Watchbell", "start_url": "/", "scope": "/",
        "display": "standalone", "description": "Raise an alarm, answer one, check your room in.",
        "background_color": "#e9eef2", "theme_color": "#0e2235", "icons": icons,
        "shortcuts": [{"name": "Raise an alarm", "url": "/press", "icons": [icons[1]]},
                      {"name": "Incidents", "url": "/incidents/"}],
    }  # fmt: skip
    return JsonResponse(body, content_type="application/manifest+json")


@page(permission=SIGNED_IN, template="")
def form_token(request: HttpRequest) -> JsonResponse:
    """The form token of this session, for what waited on the device longer than the page that made it."""
    return JsonResponse({"ticket": get_token(request)})


@page(permission=SIGNED_IN, template="console/home.html")
def home_page(request: HttpRequest) -> Any:
    """The district at a glance; each tile asks for itself under the viewer's own permission."""
    if request.actor.role == "parent":  # a family has a home of its own
        return redirect("/family")
    actor = request.actor
    tiles = [tile for tile in dashboard.TILES if actor.is_system or tile.permission in actor.permissions]
    shown = [{"url": reverse(tile.route), "topic": tile.topic, "place": tile.place} for tile in tiles]
    return {
        "main": [tile for tile in shown if tile["place"] == "main"],
        "side": [tile for tile in shown if tile["place"] == "side"],
    }
