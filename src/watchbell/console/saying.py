"""Words the console says of counts and languages."""

from django.conf.locale import LANG_INFO

#: Languages of American schools that Django does not name: ISO 639 code → English name.
MORE_LANGUAGES = {
    "am": "Amharic", "chk": "Chuukese", "hmn": "Hmong", "ht": "Haitian Creole", "my": "Burmese", "prs": "Dari",
    "ps": "Pashto", "rw": "Kinyarwanda", "so": "Somali", "ti": "Tigrinya", "tl": "Tagalog", "zh": "Chinese",
}  # fmt: skip


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
    return str(LANG_INFO.get(code, {}).get("name") or MORE_LANGUAGES.get(code, code))
