"""{% load console %}: icons, assets, badges, times, bars, plans and form fields for the templates."""

import json
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any

from django import template
from django.templatetags.static import static
from django.utils import timezone
from django.utils.html import format_html, format_html_join, json_script
from django.utils.safestring import SafeString, mark_safe

from watchbell.console import assets as built
from watchbell.console.kinds import MODES, STATES, Kind, kind_of
from watchbell.console.saying import language_name, one_or_more
from watchbell.console.svg import draw_doors, draw_equipment, draw_rooms
from watchbell.kernel.audit import action_words
from watchbell.line import clock

register = template.Library()


@register.simple_tag
def assets(entry: str = "src/main.ts") -> SafeString:
    """The style sheet and the script of an entry, from Vite's manifest; the console's comes with its font."""
    styles, scripts = built.entry_files(entry)
    is_console = entry == "src/main.ts"
    fonts = [name for name in built.read_manifest(built.stamp()) if is_console and "public-sans-latin-wght" in name]
    files = [built.WHERE + built.read_manifest(built.stamp())[name]["file"] for name in fonts]
    return mark_safe(  # noqa: S308 - made of escaped pieces
        format_html_join(
            "", '<link rel="preload" href="{}" as="font" type="font/woff2" crossorigin>', ((static(f),) for f in files)
        )
        + format_html_join("", '<link rel="stylesheet" href="{}">', ((static(f),) for f in styles))
        + format_html_join("", '<script type="module" src="{}"></script>', ((static(f),) for f in scripts))
    )


@register.simple_tag
def sprite() -> SafeString:
    """The symbols that plans and islands use, once per page."""
    return mark_safe(built.read_sprite(built.stamp()))  # noqa: S308 - our own build's file


@register.simple_tag
def icon(name: str, label: str = "", css: str = "") -> SafeString:
    """A Tabler icon. Without `label` it is decoration: words stand beside it."""
    return _draw_icon(built.stamp(), str(name or ""), str(label or ""), str(css or ""))


@lru_cache(maxsize=1024, typed=True)
def _draw_icon(stamp: float, name: str, label: str, css: str) -> SafeString:
    """The same for whoever asks: a page has a hundred of them. Kept by type too: safe text is not escaped, text is."""
    body = built.read_icons(stamp).get(name, "")
    solid = " solid" if name.endswith("-filled") else ""
    said = format_html('role="img" aria-label="{}"', label) if label else mark_safe('aria-hidden="true"')
    drawn = mark_safe(body)  # noqa: S308 - our own build's file
    return format_html(
        '<svg class="i{}{}" viewBox="0 0 24 24" {}>{}</svg>', solid, f" {css}" if css else "", said, drawn
    )


@register.simple_tag
def state_badge(state: str, label: str = "", tone: str = "") -> SafeString:
    """A state as word, icon and colour. `label` replaces the word, `tone` (good, warn, bad, info) the colour."""
    return _draw_badge(built.stamp(), str(state), str(label or ""), str(tone or ""))


@lru_cache(maxsize=1024, typed=True)
def _draw_badge(_stamp: float, state: str, label: str, tone: str) -> SafeString:
    known_tone, name, word = STATES.get(state, ("", "", state.replace("_", " ").capitalize()))
    drawn = icon(name) if name else ""
    return format_html('<span class="badge {}">{}{}</span>', tone or known_tone, drawn, label or word)


@register.simple_tag
def kind_badge(kind: str, mode: str = "real") -> SafeString:
    """A response state as a badge; a drill or test says so and has its own edge."""
    return _draw_kind(built.stamp(), str(kind), str(mode))


@lru_cache(maxsize=256, typed=True)
def _draw_kind(_stamp: float, kind: str, mode: str) -> SafeString:
    what = kind_of(kind)
    more = {"drill": " drill", "test": " test"}.get(mode, "")
    return format_html(
        '<span class="badge kind{}" data-kind="{}">{}{}{}</span>', more, kind, icon(what.icon), what.word, more
    )


@register.filter
def kind_words(kind: str) -> Kind:
    """{{ kind|kind_words }}: .word, .icon, .directive."""
    return kind_of(str(kind))


@register.filter
def mode_words(mode: str) -> dict[str, str]:
    """{{ mode|mode_words }}: .icon and .word of real, drill or test."""
    name, word = MODES.get(str(mode), MODES["real"])
    return {"icon": name, "word": word}


def _words_of_age(passed: timedelta) -> str:
    seconds = max(0, int(passed.total_seconds()))
    if seconds < 60:
        return f"{seconds} s ago"
    if seconds < 3600:
        return f"{seconds // 60} min ago"
    if seconds < 86400:
        return f"{seconds // 3600} h ago"
    days = seconds // 86400
    return f"{days} {'day' if days == 1 else 'days'} ago"


@register.simple_tag
def age(at: datetime | None, never: str = "never") -> SafeString:
    """“12 s ago”, running in the page; the exact moment stands in the tool tip."""
    if at is None:
        return format_html("{}", never)
    here = timezone.localtime(at)
    words = _words_of_age(clock.now() - at)
    return format_html(
        '<time datetime="{}" title="{}" data-age>{}</time>', at.isoformat(), f"{here:%Y-%m-%d %H:%M:%S %Z}", words
    )


@register.simple_tag
def moment(at: datetime | None, form: str = "auto", never: str = "–") -> SafeString:
    """A moment in local time. form: time (10:42:07), tenths, minute, date, full, or auto (the date unless today)."""
    if at is None:
        return format_html("{}", never)
    here, today = timezone.localtime(at), timezone.localtime(clock.now()).date()
    texts = {
        "time": f"{here:%H:%M:%S}",
        "tenths": f"{here:%H:%M:%S}.{here.microsecond // 100_000}",
        "minute": f"{here:%H:%M}",
        "date": f"{here:%b} {here.day}, {here.year}",
        "full": f"{here:%b} {here.day}, {here.year}, {here:%H:%M:%S}",
    }
    day = (
        ""
        if here.date() == today
        else f"{here:%b} {here.day}" + (f", {here.year}" if here.year != today.year else "") + ", "
    )
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        at.isoformat(),
        f"{here:%Y-%m-%d %H:%M:%S %Z}",
        texts.get(form) or day + f"{here:%H:%M:%S}",
    )


@register.filter
def day(value: date | None) -> str:
    """A day without its year: “Nov 4”. Lists have hundreds of them, and the filter `date` takes ten times as long."""
    return f"{value:%b} {value.day}" if value else ""


@register.filter
def day_of_year(value: date | None) -> str:
    """A day with its year: “Nov 4, 2026”."""
    return f"{value:%b} {value.day}, {value.year}" if value else ""


@register.filter
def duration(value: timedelta | float | None) -> str:
    """A duration in words: timedelta or seconds → “340 ms”, “4.2 s”, “6 min 41 s”, “2 h 5 min”, “3 d 4 h”."""
    if value is None:
        return "–"
    seconds = value.total_seconds() if isinstance(value, timedelta) else float(value)
    if seconds < 1:
        return f"{round(seconds * 1000)} ms"
    if seconds < 60:
        return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s"
    whole = int(seconds)
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s" if whole % 60 else f"{whole // 60} min"
    if whole < 86400:
        return f"{whole // 3600} h {whole % 3600 // 60} min"
    return f"{whole // 86400} d {whole % 86400 // 3600} h"


@register.filter
def count(value: int | None) -> str:
    """1234 → 1,234."""
    return "–" if value is None else f"{value:,}"


@register.simple_tag
def bar(label: str, **parts: float) -> SafeString:
    """A share bar: {% bar "1,125 safe, 9 need help" good=1125 warn=9 none=109 %}; tones good, warn, bad, act, none."""
    total = sum(max(0.0, float(share or 0)) for share in parts.values()) or 1.0
    at, drawn = 0.0, []
    for tone, share in parts.items():
        width = max(0.0, float(share or 0)) / total * 100
        width = max(width, 2.4) if width else 0.0
        drawn.append((tone, f"{at:.2f}", f"{max(0.0, width - 0.4):.2f}"))
        at += width
    rects = format_html_join("", '<rect class="b-{}" x="{}" width="{}" height="14"/>', drawn)
    wide = f"{max(at, 1.0):.2f}"
    return format_html(
        '<svg class="bar" viewBox="0 0 {} 14" preserveAspectRatio="none" role="img" aria-label="{}">{}</svg>',
        wide,
        label,
        rects,
    )


@register.simple_tag
def sparkline(values: list[float], label: str) -> SafeString:
    """A line of numbers without axes; `label` says what it shows."""
    if len(values) < 2:
        return mark_safe("")
    low, high = min(values), max(values)
    span = (high - low) or 1
    points = [(i / (len(values) - 1) * 100, 30 - (v - low) / span * 26) for i, v in enumerate(values)]
    line = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
    return format_html(
        '<svg class="spark" viewBox="0 0 100 34" preserveAspectRatio="none" role="img" aria-label="{}">'
        '<path class="area" d="{}L100 34L0 34Z"/><path d="{}"/></svg>',
        label,
        line,
        line,
    )


@register.simple_tag(takes_context=True)
def sort_link(context: dict[str, Any], key: str, label: str, css: str = "") -> SafeString:
    """A <th> that sorts the list on the server by ?sort=key, or ?sort=-key when it is sorted so already."""
    query = context["request"].GET.copy()
    now = query.get("sort", context.get("sort", ""))
    query.pop("page", None)
    query["sort"] = f"-{key}" if now == key else key
    said = {key: "ascending", f"-{key}": "descending"}.get(now)
    order = format_html(' aria-sort="{}"', said) if said else ""
    return format_html(
        '<th scope="col"{} class="{}"><a class="sort" href="?{}">{}{}</a></th>',
        order,
        css,
        query.urlencode(),
        label,
        icon("arrow-up"),
    )


@register.filter
def as_json(value: Any) -> str:
    """A value as JSON text, for a data attribute."""
    return json.dumps(value, default=str)


@register.filter
def widget_kind(bound: Any) -> str:
    """“check” for one checkbox, “group” for radios and many checkboxes, else “input”."""
    name = bound.field.widget.__class__.__name__
    if name == "CheckboxInput":
        return "check"
    return "group" if name in ("RadioSelect", "CheckboxSelectMultiple") else "input"


@register.inclusion_tag("console/_field.html")
def field(bound: Any) -> dict[str, Any]:
    """A form field with label, help and errors."""
    return {"field": bound}


@register.inclusion_tag("console/_form.html")
def form_fields(form: Any) -> dict[str, Any]:
    """All fields of a form, its own errors first."""
    return {
        "form": form,
        "fields": [(bound, "") for bound in form.visible_fields()],
        "hidden_fields": form.hidden_fields(),
        "errors": form.non_field_errors(),
    }


@register.inclusion_tag("console/_plan.html")
def plan(
    floors: Any, title: str = "Floor plan", current: Any = None, ident: str = "plan", legend: bool = True
) -> dict[str, Any]:
    """A floor plan: `floors` is a Drawing (console.plans.draw_floor) or a list of them."""
    drawn = list(floors) if isinstance(floors, list | tuple) else [floors]
    return {
        "floors": drawn,
        "title": title,
        "current": current or (drawn[0].id if drawn else ""),
        "ident": ident,
        "legend": legend,
    }


@register.inclusion_tag("console/_empty.html")
def empty(title: str, text: str = "", icon: str = "circle-dashed", url: str = "", action: str = "") -> dict[str, Any]:
    """An empty state that teaches: what will stand here, and the first step."""
    return {"title": title, "text": text, "icon": icon, "url": url, "action": action}


@register.simple_tag
def receipt_badge(state: str, amount: int) -> SafeString:
    """“3 failed” on the receipt board."""
    return state_badge(state, f"{amount:,} {state}")


@register.simple_tag
def zone() -> str:
    """The name of the time zone that times are shown in."""
    return timezone.get_current_timezone_name()


@register.simple_tag
def icon_url() -> str:
    """The address of the tab icon."""
    return static(built.WHERE + "icon.svg")


@register.simple_tag
def app_picture() -> str:
    """The address of the picture a phone puts on its home screen."""
    return static(built.WHERE + "icon-192.png")


@register.simple_tag
def json_places(places: Any, ident: str) -> SafeString:
    """Places of a map as JSON in the page, for the map island."""
    return json_script(places, f"{ident}-places")


@register.filter
def seconds(milliseconds: int) -> str:
    """1500 → 1.5; 3000 → 3."""
    return f"{int(milliseconds) / 1000:g}"


@register.filter
def milliseconds(value: int | None) -> str:
    """A duration of so many milliseconds in words: 340 → “340 ms”, 633606 → “10 min 33 s”."""
    return duration(None if value is None else value / 1000)


@register.filter
def at(items: Any, index: int) -> Any:
    """The item of a list at `index`."""
    return items[index]


@register.filter
def page_numbers(page: Any) -> list[int]:
    """Numbers around the page of a paginator; 0 stands for a gap."""
    last, here = page.paginator.num_pages, page.number
    wanted = sorted({1, 2, here - 1, here, here + 1, last} & set(range(1, last + 1)))
    shown: list[int] = []
    for number in wanted:
        if shown and number - shown[-1] > 1:
            shown.append(0)
        shown.append(number)
    return shown


@register.filter
def device_name(user_agent: str) -> str:
    """“Firefox on Windows” from a browser's own words; the words themselves when they say nothing known."""
    browsers = (
        ("Edg/", "Edge"),
        ("OPR/", "Opera"),
        ("Firefox/", "Firefox"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
    )
    systems = (
        ("Android", "Android"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("CrOS", "a Chromebook"),
        ("Windows", "Windows"),
        ("Mac OS", "a Mac"),
        ("Linux", "Linux"),
    )
    browser = next((name for mark, name in browsers if mark in user_agent), "")
    system = next((name for mark, name in systems if mark in user_agent), "")
    return f"{browser} on {system}" if browser and system else browser or user_agent[:80] or "Unknown device"


@register.filter
def words(value: str) -> str:
    """safety_director → Safety director."""
    return str(value).replace("_", " ").capitalize()


register.filter(action_words)
register.filter(language_name)
register.filter(one_or_more)
register.simple_tag(draw_rooms, name="plan_rooms")
register.simple_tag(draw_doors, name="plan_doors")
register.simple_tag(draw_equipment, name="plan_equipment")
