"""What people enter for a notice, read from a form's words; total: what cannot be read is left out and judged later."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils import timezone
from django.utils.dateparse import parse_datetime

from watchbell.communication.channels.facts import PURPOSES
from watchbell.communication.notices.facts import CHANNELS, KINDS, LANGUAGES, Audience, Draft, Text
from watchbell.district.people.facts import MOST_BUS, RUNS, spell_bus
from watchbell.district.sites.facts import read_id

MODES = ("real", "drill", "test")
_DIGEST = re.compile(r"[0-9a-f]{64}")


def _moment(text: str) -> datetime | None:
    try:
        found = parse_datetime(text)
    except ValueError:
        return None
    if found is None:
        return None
    return timezone.make_aware(found) if timezone.is_naive(found) else found


def read_texts(form: Mapping[str, Any]) -> tuple[Text, ...]:
    """The languages something was written in, English first."""
    found = []
    for code in LANGUAGES:
        title, short, text, spoken = (
            str(form.get(f"{name}_{code}", "")).replace("\r\n", "\n").replace("\0", "").strip()
            for name in ("title", "short", "text", "spoken")
        )
        sound = str(form.get(f"sound_{code}", ""))
        if title or short or text:
            options = tuple(one.strip() for one in str(form.get(f"options_{code}", "")).split("/") if one.strip())
            found.append(Text(code, title, short, text, spoken, sound if _DIGEST.fullmatch(sound) else "", options))
    return tuple(found)


def read_audience(form: Any) -> Audience:
    ids = lambda name: tuple(str(pk) for one in form.getlist(name) if (pk := read_id(one)))  # noqa: E731
    buses = tuple(dict.fromkeys(filter(None, (spell_bus(one)[:MOST_BUS] for one in form.getlist("buses")))))
    run = form.get("run", "")
    return Audience(
        buses=buses, run=run if buses and run in RUNS else "",
        kinds=tuple(one for one in KINDS if one in form.getlist("kinds")),
        sites=ids("sites"), grades=tuple(one[:10] for one in form.getlist("grades") if one), classes=ids("classes"),
        rooms=ids("rooms"), lists=ids("lists"), people=ids("people"),
        roles=tuple(one[:30] for one in form.getlist("roles") if one),
    )  # fmt: skip


def read_draft(form: Any) -> Draft:
    """A form (QueryDict) as a draft."""
    incident: UUID | None = read_id(form.get("incident", ""))
    options = tuple(one.strip() for one in form.getlist("options") if one.strip())
    mode = form.get("mode", "real")
    return Draft(
        purpose=form.get("purpose", "") if form.get("purpose", "") in PURPOSES else "routine",
        texts=read_texts(form), audience=read_audience(form),
        channels=tuple(one for one in CHANNELS if one in form.getlist("channels")),
        mode=mode if mode in MODES else "test", is_banner=form.get("is_banner") == "on",
        is_public=form.get("is_public") == "on", posts=tuple(one for one in form.getlist("posts") if read_id(one)),
        options=options, desk=str(read_id(form.get("desk", "")) or ""), send_at=_moment(form.get("send_at", "")),
        expires_at=_moment(form.get("expires_at", "")), incident=incident, at_once=form.get("at_once", "on") == "on",
        tell_media=form.get("tell_media") == "on", skips_digest=form.get("skips_digest") == "on",
    )  # fmt: skip
