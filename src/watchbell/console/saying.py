"""Words the console says of counts and languages."""

from django.conf.locale import LANG_INFO

from watchbell.line.languages import ENGLISH_NAMES


def one_or_more(words: str, count: int | None) -> str:
    """{{ "closed incidents"|one_or_more:1 }}: "closed incident"; any other number leaves the words as they are."""
    if count != 1:
        return words
    for many, one in (("people", "person"), ("ies", "y"), ("sses", "ss"), ("s", "")):
        if words.endswith(many):
            return words.removesuffix(many) + one
    return words


def language_name(code: str) -> str:
    """{{ person.language|language_name }}: "es" is Spanish; a code nobody knows stays as it is."""
    return str(LANG_INFO.get(code, {}).get("name") or ENGLISH_NAMES.get(code, code))
