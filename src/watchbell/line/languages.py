"""The languages families and cards are written in, how words are kept in them, and which one a reader is shown."""

from collections.abc import Iterable, Sequence

#: By their own names, in the order in which people are offered them.
LANGUAGES = {
    "en": "English", "es": "Español", "ar": "العربية", "zh": "中文", "vi": "Tiếng Việt", "so": "Soomaali",
    "fr": "Français", "sw": "Kiswahili",
}  # fmt: skip
#: In English: what else families of American schools read, and nothing of ours is written in. ISO 639 code → name.
ENGLISH_NAMES = {
    "am": "Amharic", "bn": "Bengali", "bs": "Bosnian", "chk": "Chuukese", "de": "German", "fa": "Farsi",
    "gu": "Gujarati", "he": "Hebrew", "hi": "Hindi", "hmn": "Hmong", "ht": "Haitian Creole", "hy": "Armenian",
    "it": "Italian", "ja": "Japanese", "kar": "Karen", "km": "Khmer", "ko": "Korean", "ku": "Kurdish", "lo": "Lao",
    "mh": "Marshallese", "my": "Burmese", "ne": "Nepali", "om": "Oromo", "pa": "Punjabi", "pl": "Polish",
    "prs": "Dari", "ps": "Pashto", "pt": "Portuguese", "ro": "Romanian", "ru": "Russian", "rw": "Kinyarwanda",
    "sm": "Samoan", "so": "Somali", "ta": "Tamil", "te": "Telugu", "th": "Thai", "ti": "Tigrinya", "tl": "Tagalog",
    "tr": "Turkish", "uk": "Ukrainian", "ur": "Urdu", "zh": "Chinese",
}  # fmt: skip
RIGHT_TO_LEFT = frozenset({"ar"})
#: The order of the columns that `by_language` is given.
COLUMNS = ("en", "es", "fr", "ar", "zh", "vi", "so", "sw")


def by_language(keys: Sequence[str], *columns: Sequence[str]) -> dict[str, dict[str, str]]:
    """{language: {key: words}} of columns in the order of COLUMNS. Raises ValueError where a word is missing."""
    return {code: dict(zip(keys, words, strict=True)) for code, words in zip(COLUMNS, columns, strict=True)}


def name_of(code: str) -> str:
    """A language's name: its own, as it is offered; of others the English one; a code nobody knows stays."""
    return LANGUAGES.get(code) or ENGLISH_NAMES.get(code, code)


def read_language(text: str) -> str:
    """The language of ours that a tag ("es", "es-MX", "zh_Hant") names; "" for any other."""
    code = text.strip().lower().replace("_", "-").partition("-")[0]
    return code if code in LANGUAGES else ""


def choose_language(wanted: Iterable[str]) -> str:
    """The first of these tags that names a language of ours, the dearest first; English where none does."""
    return next((code for code in map(read_language, wanted) if code), "en")
