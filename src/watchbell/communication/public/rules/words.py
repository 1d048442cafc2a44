"""The frame's own words by language; a notice's words are its writer's."""

from datetime import datetime
from html import escape
from zoneinfo import ZoneInfo

RIGHT_TO_LEFT = frozenset({"ar", "fa", "he", "ps", "ur", "ckb", "sd"})
NAMES = {
    "en": "English", "es": "Español", "fr": "Français", "vi": "Tiếng Việt", "zh": "中文", "ar": "العربية",
    "so": "Soomaali", "ru": "Русский", "uk": "Українська", "pt": "Português", "ht": "Kreyòl Ayisyen", "ko": "한국어",
    "tl": "Tagalog", "sw": "Kiswahili", "my": "မြန်မာ", "ne": "नेपाली", "fa": "فارسی", "ps": "پښتو", "ur": "اردو",
    "hi": "हिन्दी", "bs": "Bosanski", "de": "Deutsch", "pl": "Polski", "hmn": "Hmoob", "mh": "Kajin M̧ajeļ",
}  # fmt: skip
_EN = {
    "status": "Status", "none": "No current alerts", "none_more": "Nothing out of the ordinary has been announced.",
    "emergency": "Emergency", "emergency_more": "Read the newest notice below and do what it says.",
    "notices": "Notices are current", "notices_more": "No emergency has been announced. Read the notices below.",
    "current": "Current", "ended": "Ended", "recent": "Ended lately", "archive": "Archive", "all": "All notices",
    "corrected": "Corrected", "correction": "Correction", "sent": "Sent", "changed": "Last changed",
    "expires": "Valid until", "where": "Where", "district": "Whole district", "contact": "Questions",
    "ended_told": "This notice is over. It stays here for the record.",
    "replaces": "This takes the place of notice", "replaced": "Notice {} has taken the place of this one.",
    "as_of": "Last change", "never": "nothing has been published yet", "languages": "Languages", "back": "Status page",
    "number": "Notice", "feed": "Feed (Atom)", "cap": "Alert feed (CAP)", "signatures": "Signatures",
    "empty": "Nothing in this list yet.", "skip": "Skip to the content", "gone": "There is no such page",
    "gone_more": "The status page always shows what is current.", "about": "About this page",
    "static": "This page is a plain copy: it stays readable when other systems are down. Reload it for the newest.",
    "only": "This notice is written in {} only.", "Extreme": "Extreme", "Severe": "Severe", "Moderate": "Moderate",
    "Minor": "For information",
}  # fmt: skip
_ES = {
    "status": "Estado", "none": "No hay alertas vigentes", "none_more": "No se ha anunciado nada fuera de lo normal.",
    "emergency": "Emergencia", "emergency_more": "Lea el aviso más reciente y haga lo que dice.",
    "notices": "Hay avisos vigentes", "notices_more": "No se ha anunciado ninguna emergencia. Lea los avisos.",
    "current": "Vigente", "ended": "Terminado", "recent": "Terminados hace poco", "archive": "Archivo",
    "all": "Todos los avisos", "corrected": "Corregido", "correction": "Corrección", "sent": "Enviado",
    "changed": "Último cambio", "expires": "Válido hasta", "where": "Dónde", "district": "Todo el distrito",
    "contact": "Preguntas", "ended_told": "Este aviso ya terminó. Se conserva para que conste.",
    "replaces": "Este aviso reemplaza el aviso", "replaced": "El aviso {} reemplaza a este.",
    "as_of": "Último cambio", "never": "todavía no se ha publicado nada", "languages": "Idiomas",
    "back": "Página de estado", "number": "Aviso", "feed": "Canal (Atom)", "cap": "Canal de alertas (CAP)",
    "signatures": "Firmas", "empty": "Todavía no hay nada en esta lista.", "skip": "Ir al contenido",
    "gone": "No existe esa página", "gone_more": "La página de estado muestra siempre lo vigente.",
    "about": "Sobre esta página",
    "static": "Esta página es una copia sencilla: se puede leer aunque fallen otros sistemas. Recárguela para ver lo "
    "más reciente.",
    "only": "Este aviso está escrito solo en {}.", "Extreme": "Extrema", "Severe": "Grave", "Moderate": "Moderada",
    "Minor": "Informativo",
}  # fmt: skip
_FRAMES = {"en": _EN, "es": _ES}
_MONTHS = {
    "en": ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
           "November", "December"),
    "es": ("enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre",
           "noviembre", "diciembre"),
}  # fmt: skip


def frame_of(language: str) -> str:
    """The language the frame is shown in beside a notice in `language`."""
    return language.partition("-")[0] if language.partition("-")[0] in _FRAMES else "en"


def word(language: str, key: str) -> str:
    return _FRAMES[frame_of(language)][key]


def said(language: str, key: str) -> str:
    """`word`, escaped for HTML."""
    return escape(word(language, key))


def name_of(language: str) -> str:
    """A language by its own name."""
    return NAMES.get(language) or NAMES.get(language.partition("-")[0]) or language


def direction_of(language: str) -> str:
    return "rtl" if language.partition("-")[0] in RIGHT_TO_LEFT else "ltr"


def say_moment(at: datetime, zone: str, language: str) -> str:
    """A moment as the district's people read it, with its zone."""
    here = at.astimezone(ZoneInfo(zone))
    month = _MONTHS[frame_of(language)][here.month - 1]
    if frame_of(language) == "es":
        return f"{here.day} de {month} de {here.year}, {here.hour}:{here.minute:02d} {here.tzname()}"
    half = "AM" if here.hour < 12 else "PM"
    return f"{month} {here.day}, {here.year}, {here.hour % 12 or 12}:{here.minute:02d} {half} {here.tzname()}"


def say_month(year: int, month: int, language: str) -> str:
    name = _MONTHS[frame_of(language)][month - 1]
    return f"{name} de {year}" if frame_of(language) == "es" else f"{name} {year}"
