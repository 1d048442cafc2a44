"""The languages families and cards are written in, how words are kept in them, and which one a reader is shown."""

from collections.abc import Iterable, Sequence

#: By their own names, in the order in which people are offered them.
LANGUAGES = {
    "en": "English", "es": "Español", "ar": "العربية", "zh": "中文", "vi": "Tiếng Việt", "so": "Soomaali",
    "fr": "Français", "sw": "Kiswahili",
}  # fmt: skip
RIGHT_TO_LEFT = frozenset({"ar"})
#: The order of the columns that `by_language` is given.
COLUMNS = ("en", "es", "fr", "ar", "zh", "vi", "so", "sw")


def by_language(keys: Sequence[str], *columns: Sequence[str]) -> dict[str, dict[str, str]]:
    """{language: {key: words}} of columns in the order of COLUMNS. Raises ValueError where a word is missing."""
    return {code: dict(zip(keys, words, strict=True)) for code, words in zip(COLUMNS, columns, strict=True)}


def read_language(text: str) -> str:
    """The language of ours that a tag ("es", "es-MX", "zh_Hant") names; "" for any other."""
    code = text.strip().lower().replace("_", "-").partition("-")[0]
    return code if code in LANGUAGES else ""


def choose_language(wanted: Iterable[str]) -> str:
    """The first of these tags that names a language of ours, the dearest first; English where none does."""
    return next((code for code in map(read_language, wanted) if code), "en")
