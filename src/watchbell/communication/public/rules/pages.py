"""The static pages: status, one of each notice and language, the archive by month, and "not found"."""

import re
from collections.abc import Sequence
from datetime import datetime
from functools import partial
from html import escape
from zoneinfo import ZoneInfo

from watchbell.communication.notices.facts import PublicNotice
from watchbell.communication.public.rules.notices import (
    Site,
    alert_path,
    index_path,
    is_alert,
    is_over,
    languages_of,
    newest_first,
    notice_path,
    state_of,
    texts_of,
    was_ended,
)
from watchbell.communication.public.rules.style import POLICY, STYLE
from watchbell.communication.public.rules.words import direction_of, name_of, said, say_moment, say_month, word

MOST_ENDED = 10
STATE_CLASS = {"emergency": "bad", "notices": "warn", "none": "good"}
MARKS = {"emergency": "!", "notices": "i", "none": "✓"}
_LINK = re.compile(r"https?://[^\s<>\"]+[^\s<>\".,;:!?)\]]")


def build_pages(site: Site) -> dict[str, bytes]:
    """Every page by its path."""
    files = {}
    for language in site.languages:
        files[index_path(site, language)] = _index(site, language)
    for notice in site.notices:
        for language in languages_of(notice):
            files[notice_path(notice, language)] = _notice(site, notice, language)
        files[notice_path(notice)] = files[notice_path(notice, notice.language)]
    files |= _archive(site)
    files["404.html"] = _missing(site)
    return files


def build_shell(
    site: Site, language: str, title: str, main: str, *, up: str = "", tongues: Sequence[tuple[str, str]] = (),
    head: str = "",
) -> bytes:  # fmt: skip
    """A whole page. up: the way to the site's root ("../"). tongues: (language, address) of the same page."""
    links = "".join(
        f'<li><a href="{escape(address)}" lang="{escape(one)}" hreflang="{escape(one)}"{_here(one == language)}>'
        f"{escape(name_of(one))}</a></li>"
        for one, address in tongues
    )
    say = partial(said, language)
    nav = f'<nav aria-label="{say("languages")}"><ul>{links}</ul></nav>' if len(tongues) > 1 else ""
    changed = site.changed_at
    at = _time(site, changed, language) if changed else say("never")
    contact = f"<p>{say('contact')}: {escape(site.district.contact)}</p>" if site.district.contact else ""
    home = up + index_path(site, language if language in site.languages else site.default)
    footer = (
        f"<footer><div class=wrap><p>{say('static')} {say('as_of')}: {at}.</p>"
        f'<ul><li><a href="{home}">{say("back")}</a></li><li><a href="{up}archive/index.html">{say("archive")}</a></li>'
        f'<li><a href="{up}feed.atom">{say("feed")}</a></li><li><a href="{up}alerts/index.atom">{say("cap")}</a></li>'
        f'<li><a href="{up}signatures.json">{say("signatures")}</a></li></ul>'
        f"{contact}</div></footer>"
    )
    text = (
        f'<!doctype html>\n<html lang="{escape(language)}" dir="{direction_of(language)}">\n<head>\n'
        f'<meta charset="utf-8">\n<meta http-equiv="Content-Security-Policy" content="{escape(POLICY)}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n{head}"
        f'<link rel="alternate" type="application/atom+xml" href="{up}feed.atom" title="{say("feed")}">\n'
        f"<style>{STYLE}</style>\n</head>\n<body>\n"
        f'<a class=skip href="#main">{say("skip")}</a>\n<header><div class=wrap><p class=brand>'
        f'<a href="{home}">{escape(site.district.name)}</a></p>{nav}</div></header>\n'
        f'<main id=main class=wrap tabindex="-1">\n{main}\n</main>\n{footer}\n</body>\n</html>\n'
    )
    return text.encode()


def _here(is_here: bool) -> str:
    return ' aria-current="page"' if is_here else ""


def _time(site: Site, at: datetime, language: str) -> str:
    shown = escape(say_moment(at, site.district.timezone, language))
    return f'<time datetime="{at.astimezone(ZoneInfo("UTC")).isoformat(timespec="seconds")}">{shown}</time>'


def _index(site: Site, language: str) -> bytes:
    current, say = site.current(), partial(said, language)
    state = state_of(current)
    parts = [
        f'<section class="state {STATE_CLASS[state]}" aria-labelledby=state>'
        f'<p class=mark><span aria-hidden="true">{MARKS[state]}</span> {say("status")}</p>'
        f"<h1 id=state>{say(state)}</h1><p>{say(state + '_more')}</p></section>"
    ]
    if current:
        parts.append(f"<h2>{say('current')}</h2>{build_list(site, current, language)}")
    ended = site.ended()[:MOST_ENDED]
    if ended:
        parts.append(f"<h2>{say('recent')}</h2>{build_list(site, ended, language)}")
    parts.append(f'<p class=plain><a href="archive/index.html">{say("all")}</a></p>')
    title = f"{word(language, state)}: {site.district.name}"
    tongues = [(one, index_path(site, one)) for one in site.languages]
    return build_shell(site, language, title, "\n".join(parts), tongues=tongues)


def build_list(site: Site, notices: Sequence[PublicNotice], language: str, up: str = "", level: int = 3) -> str:
    """Notices as cards, each with a link to its page. level: of their headings."""
    return "<ul class=list>" + "".join(_card(site, one, language, up, level) for one in notices) + "</ul>"


def _card(site: Site, notice: PublicNotice, language: str, up: str, level: int) -> str:
    title, short, text, tongue = texts_of(notice, language)
    over = is_over(notice, site.now)
    tone = "" if over else " bad" if notice.purpose == "emergency" else " warn" if notice.is_banner else ""
    tags = [word(language, "ended" if over else "current")]
    tags += [word(language, notice.severity)] if notice.severity in ("Extreme", "Severe") and not over else []
    tags += [word(language, "corrected")] if notice.correction else []
    where = ", ".join(notice.sites) or word(language, "district")
    said = f' lang="{escape(tongue)}" dir="{direction_of(tongue)}"' if tongue != language else ""
    link = f'<a href="{up}{notice_path(notice, tongue)}">{escape(title)}</a>'
    return (
        f'<li class="card{tone}"><h{level}{said}>{link}</h{level}>'
        f"<p{said}>{escape(short or text[:200])}</p><p class=meta><span class=tag>{escape(' · '.join(tags))}</span> · "
        f"{escape(where)} · {_time(site, notice.sent_at, language)}</p></li>"
    )


def _notice(site: Site, notice: PublicNotice, language: str) -> bytes:
    title, short, text, tongue = texts_of(notice, language)
    over, say = is_over(notice, site.now), partial(said, language)
    notes = []
    if notice.correction:
        at = f" ({_time(site, notice.corrected_at, language)})" if notice.corrected_at else ""
        notes.append(
            f'<div class=note role="note"><p><b>{say("correction")}</b>{at}: <span lang="{escape(notice.language)}">'
            f"{escape(notice.correction)}</span></p></div>"
        )
    heir = site.heir_of(notice)
    if heir is not None:
        told = escape(word(language, "replaced").format(heir.number))
        notes.append(f'<div class="note over"><p><a href="{heir.number}.html">{told}</a></p></div>')
    if over:
        why = f' <span lang="{escape(notice.language)}">{escape(notice.ended_because)}</span>'
        told = f"{why if notice.ended_because else ''}</p><p>{say('ended_told')}"
        notes.append(f'<div class="note over"><p><b>{say("ended")}.</b>{told}</p></div>')
    before = site.by_id().get(notice.replaces) if notice.replaces else None
    if before is not None:
        notes.append(f'<p><a href="{before.number}.html">{say("replaces")} {before.number}</a></p>')
    body = "".join(f"<p>{_linked(part)}</p>" for part in _paragraphs(text or short))
    main = (
        f"<p class=meta>{say('number')} {notice.number} · <span class=tag>{say('ended' if over else 'current')}</span>"
        f"</p><h1>{escape(title)}</h1>{''.join(notes)}"
        f'<div class=body lang="{escape(tongue)}" dir="{direction_of(tongue)}">{body}</div>'
        f"{_facts(site, notice, language)}"
    )
    tongues = [(one, notice_path(notice, one).removeprefix("notices/")) for one in languages_of(notice)]
    head = f'<link rel="canonical" href="{escape(site.base)}/{notice_path(notice, language)}">\n'
    head += f'<meta name="description" content="{escape(short[:300])}">\n'
    return build_shell(site, language, f"{title}: {site.district.name}", main, up="../", tongues=tongues, head=head)


def _facts(site: Site, notice: PublicNotice, language: str) -> str:
    rows = [("where", escape(", ".join(notice.sites) or word(language, "district")))]
    rows.append(("sent", _time(site, notice.sent_at, language)))
    if notice.changed_at != notice.sent_at:
        rows.append(("changed", _time(site, notice.changed_at, language)))
    if notice.expires_at and not was_ended(notice, site.now):
        rows.append(("expires", _time(site, notice.expires_at, language)))
    if notice.contact or site.district.contact:
        rows.append(("contact", escape(notice.contact or site.district.contact)))
    if is_alert(notice):
        rows.append(("cap", f'<a href="../{alert_path(notice)}">{notice.number}.xml</a>'))
    pairs = "".join(f"<dt>{escape(word(language, key))}</dt><dd>{shown}</dd>" for key, shown in rows)
    return f"<dl>{pairs}</dl>"


def _paragraphs(text: str) -> list[str]:
    return [part.strip() for part in re.split(r"\n\s*\n", text.replace("\r\n", "\n")) if part.strip()]


def _linked(text: str) -> str:
    """Escaped text with its https addresses as links, one line break a line."""
    out, at = [], 0
    for found in _LINK.finditer(text):
        address = escape(found[0])
        out += [escape(text[at : found.start()]), f'<a href="{address}" rel="noopener">{address}</a>']
        at = found.end()
    return "".join([*out, escape(text[at:])]).replace("\n", "<br>\n")


def _archive(site: Site) -> dict[str, bytes]:
    language = site.default
    zone = ZoneInfo(site.district.timezone)
    months: dict[tuple[int, int], list[PublicNotice]] = {}
    for notice in newest_first(site.notices):
        here = notice.sent_at.astimezone(zone)
        months.setdefault((here.year, here.month), []).append(notice)
    files = {}
    rows = []
    for (year, month), mine in months.items():
        shown, path = say_month(year, month, language), f"{year}-{month:02d}.html"
        main = f"<h1>{escape(shown)}</h1>{build_list(site, mine, language, '../', 2)}"
        main += f'<p class=plain><a href="index.html">{escape(word(language, "archive"))}</a></p>'
        title = f"{word(language, 'archive')}, {shown}: {site.district.name}"
        files[f"archive/{path}"] = build_shell(site, language, title, main, up="../")
        rows.append(f'<li class=plain><a href="{path}">{escape(shown)}</a> ({len(mine)})</li>')
    listed = f"<ul>{''.join(rows)}</ul>" if rows else f"<p>{escape(word(language, 'empty'))}</p>"
    main = f"<h1>{escape(word(language, 'archive'))}</h1>{listed}"
    title = f"{word(language, 'archive')}: {site.district.name}"
    files["archive/index.html"] = build_shell(site, language, title, main, up="../")
    return files


def _missing(site: Site) -> bytes:
    """It is shown at any depth, so its links are whole addresses."""
    language = site.default
    main = f"<h1>{escape(word(language, 'gone'))}</h1><p>{escape(word(language, 'gone_more'))}</p>"
    return build_shell(site, language, word(language, "gone"), main, up=f"{escape(site.base)}/")
