"""{% load console_codes %}: QR codes as SVG, for paper that leads back to a page."""

from collections.abc import Iterable
from functools import lru_cache

import qrcode
import qrcode.image.svg
from django import template
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe

register = template.Library()


@register.simple_tag
def filled_steps(steps: Iterable[Iterable[tuple[str, str]]]) -> SafeString:
    """The lines of a card on paper, what was filled in for the room in bold; a school has ten thousand of them."""
    lines = ("".join(f"<b>{escape(text)}</b>" if name else escape(text) for name, text in step) for step in steps)
    return mark_safe("".join(f"<li>{line}</li>" for line in lines))  # noqa: S308 - every text is escaped above


@register.simple_tag
def qr_code(text: str, label: str) -> SafeString:
    """An inline QR code (ISO/IEC 18004, error correction M) for `text`; `label` says where it leads."""
    return format_html('<span class="code" role="img" aria-label="{}">{}</span>', label, _drawn(text))


@lru_cache(maxsize=512)
def _drawn(text: str) -> SafeString:
    """The same for whoever asks, and 15 ms of work: a school's wall cards have a code a room."""
    made = qrcode.make(
        text, image_factory=qrcode.image.svg.SvgPathImage, border=2,
        error_correction=qrcode.constants.ERROR_CORRECT_M,
    )  # fmt: skip
    return mark_safe(made.to_string(encoding="unicode"))  # noqa: S308 - drawn by the library, modules only
