"""The many small symbols of a floor plan as SVG text: a template takes ten times as long for a school's rooms."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe


def draw_rooms(rooms: Iterable[Mapping[str, Any]]) -> SafeString:
    """Rooms as console.plans made them ready: a link where one can be checked in, else a picture with its words."""
    return mark_safe("\n".join(_room(room) for room in rooms))  # noqa: S308 - every text is escaped below


def _room(room: Mapping[str, Any]) -> str:
    tag, end = (f'a href="{escape(room["url"])}"', "a") if room["url"] else ('g role="img"', "g")
    title = escape(room["title"] or "Room without a name")
    turn = f' transform="{room["turn"]}"' if room["turn"] else ""
    name = (
        f'<text class="rl" x="{room["x"]}" y="{room["y"]}" font-size="{room["size"]}"{turn}>{escape(room["name"])}'
        "</text>" if room["name"] else ""
    )  # fmt: skip
    note = (
        f'<text class="rc" x="{room["x"]}" y="{room["note_y"]}">{escape(room["note"])}</text>' if room["note"] else ""
    )
    return (
        f'<{tag} class="room {escape(room["state"])}{" hall" if room["is_hall"] else ""}" '
        f'data-room="{escape(room["id"])}" aria-label="{title}"><title>{title}</title>'
        f'<polygon points="{room["points"]}"/>{name}{note}</{end}>'
    )


def draw_doors(doors: Iterable[Mapping[str, Any]]) -> SafeString:
    """Doors with their lock; one that stands open says so on a tag."""
    return mark_safe("\n".join(_door(door) for door in doors))  # noqa: S308


def _door(door: Mapping[str, Any]) -> str:
    where, title = f'transform="translate({door["x"]} {door["y"]})"', escape(door["title"])
    tag = (
        f'<g class="tag" {where} aria-hidden="true"><rect x="{door["tag_x"]}" y="-31" width="{door["wide"]}" '
        f'height="19" rx="4"/><text x="{door["tag_mid"]}" y="-17">{escape(door["text"])}</text></g>'
        if door["text"] else ""
    )  # fmt: skip
    return (
        f'{tag}<g class="door {escape(door["state"])}" role="img" aria-label="{title}" {where}><title>{title}</title>'
        f'<rect x="-9" y="-9" width="18" height="18" rx="5"/>{_use(door["icon"])}</g>'
    )


def draw_equipment(marks: Iterable[Mapping[str, Any]]) -> SafeString:
    """Equipment where it hangs."""
    return mark_safe("\n".join(_mark(mark) for mark in marks))  # noqa: S308


def _mark(mark: Mapping[str, Any]) -> str:
    name = escape(mark["name"])
    return (
        f'<g class="eq {escape(mark["state"])}" role="img" aria-label="{name}" '
        f'transform="translate({mark["x"]} {mark["y"]})"><title>{name}</title><circle r="9"/>{_use(mark["icon"])}</g>'
    )


def _use(icon: str) -> str:
    return f'<use href="#i-{escape(icon)}" x="-6.5" y="-6.5" width="13" height="13"/>'
