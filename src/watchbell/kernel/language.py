"""Which language a reader without an account wants: asked by the address, their own, kept or said by the browser."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.translation.trans_real import parse_accept_lang_header

COOKIE = f"{settings.SESSION_COOKIE_NAME}_language"
KEPT_SECONDS = 365 * 86400


def asked_language(request: HttpRequest) -> str:
    """The tag that the address asks for: `?language=` or `?lang=`; "" for none."""
    return (request.GET.get("language") or request.GET.get("lang") or "")[:16]


def kept_language(request: HttpRequest) -> str:
    """The tag this browser keeps, from when the address asked for one; "" for none."""
    return request.COOKIES.get(COOKIE, "")[:16]


def languages_wanted(request: HttpRequest, wish: str = "", record: str = "") -> list[str]:
    """Tags of languages, the dearest first. wish: what the reader chose once; record: what is on record of them."""
    said = request.headers.get("accept-language", "")[:400]
    return [
        asked_language(request),
        wish,
        kept_language(request),
        record,
        *(tag for tag, _ in parse_accept_lang_header(said)),
    ]


def keep_language(request: HttpRequest, answer: HttpResponse, code: str) -> HttpResponse:
    """The answer; where the address asked for a language, with the cookie by which this browser keeps it."""
    if asked_language(request) and request.COOKIES.get(COOKIE) != code:
        answer.set_cookie(COOKIE, code, max_age=KEPT_SECONDS, httponly=True, samesite="Lax",
                          secure=bool(settings.SESSION_COOKIE_SECURE))  # fmt: skip
    return answer
