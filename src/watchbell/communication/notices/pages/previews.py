"""What a message would say by every way, shown before it goes: to each language's readers, and to everybody."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from watchbell.communication.channels.queries import post_accounts
from watchbell.communication.notices import ports, queries, rules
from watchbell.communication.notices.facts import LANGUAGES, SEVERITIES, Draft, PublicNotice
from watchbell.kernel.districts import own_district
from watchbell.kernel.permissions import Actor
from watchbell.line.clock import now
from watchbell.line.posts import FACEBOOK_MOST, NETWORKS, X_MOST, clean, render_post, split_post, weigh
from watchbell.line.sms import count_segments


def previews_of(actor: Actor, draft: Draft, district: Any, sample: list[Any]) -> list[dict[str, Any]]:
    """One entry a language: what a text (with its parts and encoding), a push, a call and a mail say.

    district: the acting one, where it is at hand.
    """
    if not draft.texts:
        return []
    known = (district or own_district()).name
    child = next((", ".join(name for _, name in one.about) for one in sample if one.about), "Ana")
    words = {"child": child, "name": sample[0].name if sample else "Ana Lopez", "school": "your school",
             "link": f"{queries.public_url()}/m/…"}  # fmt: skip
    sounds = queries.recordings_chosen(actor, [one.sound for one in draft.texts if one.sound])
    found = []
    for one in (rules.render_body(text, known, draft.mode, draft.options) for text in draft.texts):
        said = {name: rules.fill_template(getattr(one, name), words) for name in ("short", "subject", "text", "spoken")}
        # a carrier counts the whole link, whose last part is 18 letters
        encoding, parts = count_segments(said["short"].replace("/m/…", "/m/" + "x" * 18))
        found.append({
            "language": LANGUAGES.get(one.language, one.language), "code": one.language, "text": said["short"],
            "subject": said["subject"], "mail": said["text"], "spoken": said["spoken"], "encoding": encoding,
            "segments": parts, "has_sound": bool(one.sound), "sound": sounds.get(one.sound),
        })  # fmt: skip
    return found


def public_of(draft: Draft, names: Mapping[str, str]) -> dict[str, Any] | None:
    """What the world would read: posts by account, the banner, the page, the mail to newsrooms; None for nothing."""
    if not draft.texts or not (draft.posts or (draft.mode == "real" and (draft.is_banner or draft.is_public))):
        return None
    shown = as_public(draft, names)
    is_page = draft.mode == "real" and (draft.is_public or draft.is_banner or bool(draft.posts))
    link = ports.page_of(shown.number).replace("/notices/0.html", "/notices/….html") if is_page and draft.posts else ""
    mail = ports.press_mail(shown) if is_page and draft.tell_media else None
    return {
        "title": shown.title, "short": shown.short, "text": shown.text or shown.short, "language": shown.language,
        "is_banner": draft.is_banner and draft.mode == "real", "is_page": is_page, "link": link,
        "posts": _posts(draft, link) if draft.posts else [], "mail": mail,
        "mail_text": mail.text.replace("/notices/0.html", "/notices/….html").replace("/alerts/0.", "/alerts/….")
        if mail else "",
    }  # fmt: skip


def as_public(draft: Draft, names: Mapping[str, str]) -> PublicNotice:
    """A draft as everybody would read it. names: of its schools."""
    texts = {one.language: tuple(map(rules.open_words, (one.title, one.short, one.text))) for one in draft.texts}
    first, named = draft.texts[0].language, tuple(names[one] for one in draft.audience.sites if one in names)
    title, short, text = texts[first]
    return PublicNotice(
        id=UUID(int=0), number=0, purpose=draft.purpose, kind="", title=title, short=short, text=text, language=first,
        texts={code: (one[0], one[1], one[2]) for code, one in texts.items()}, sites=named, sent_at=now(),
        changed_at=now(), correction="", replaces=None, expires_at=draft.expires_at, state="current",
        is_banner=draft.is_banner, severity=SEVERITIES.get(draft.purpose, "Minor"), area=", ".join(named), contact="",
    )  # fmt: skip


def _posts(draft: Draft, link: str) -> list[dict[str, Any]]:
    """Each account's posts as its network takes them, with how long each counts there. One query."""
    body, found = rules.render_public(draft.texts[0], draft.mode), []
    for account in (one for one in post_accounts() if str(one.id) in draft.posts):
        network = str(account.settings.get("network") or "")
        parts = split_post(network, render_post(network, body.subject, clean(body.short), link))
        most = X_MOST if network == "x" else FACEBOOK_MOST
        found.append({
            "account": account.name, "network": NETWORKS.get(network, network), "most": most,
            "parts": [(part, weigh(part) if network == "x" else len(part)) for part in parts],
        })  # fmt: skip
    return found
