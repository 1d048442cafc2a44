"""{% load console_codes %}: QR codes as SVG, for paper that leads back to a page."""

from functools import lru_cache

import qrcode
import qrcode.image.svg
from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

register = template.Library()


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
