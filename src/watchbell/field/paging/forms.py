"""What the pages hand in, read into facts; nothing is decided here."""

from collections.abc import Mapping
from uuid import UUID

from django.http import QueryDict

from watchbell.field.paging.actions.announcing import read_say
from watchbell.field.paging.facts import LANGUAGES, ORDINARY, CallAsked, Wanted
from watchbell.line.errors import Refused
from watchbell.line.numbers import read_whole


def read_ids(texts: list[str]) -> tuple[UUID, ...]:
    """Ids of a form; Refused for what is none."""
    try:
        return tuple(dict.fromkeys(UUID(text) for text in texts if text))
    except ValueError as error:
        raise Refused("One of the chosen things has no valid id; load the page again.") from error


def _number(post: Mapping[str, str], name: str, default: int) -> int:
    found = read_whole(post.get(name, ""))
    return default if found is None else found


def read_wanted(post: QueryDict) -> Wanted:
    """The announcement in a form."""
    chosen = read_ids([post.get("recording", "")])
    languages = [code for code in post.getlist("prompt_languages") if code in ("en", "es")]
    return Wanted(
        way=post.get("way", ""), zones=read_ids(post.getlist("zones")), priority=_number(post, "priority", ORDINARY),
        mode=post.get("mode", "real"), say=read_say([(code, post.get(f"text_{code}", "")) for code in LANGUAGES]),
        prompt=post.get("prompt", ""), recording=chosen[0] if chosen else None,
        languages="+".join(languages) or "en", chime=post.get("chime", "plain"), times=_number(post, "times", 1),
    )  # fmt: skip


def read_call(post: QueryDict, language: str = "") -> CallAsked:
    """A call to record in a form. language: of the message's own part of the form, whose fields bear its name."""
    mark = f"_{language}" if language else ""
    title = post.get(f"title_{language}", "").strip()
    return CallAsked(
        number=post.get(f"call_number{mark}", "")[:60], name=post.get(f"call_name{mark}", "")[:200],
        language=language or post.get("call_language", "en"), about=f"message “{title[:120]}”" if title else "",
    )  # fmt: skip
