"""Which numbers are text telephones' (TTY)."""

from collections.abc import Iterable

from watchbell.communication.channels.models import TextTelephone


def text_telephones(numbers: Iterable[str]) -> set[str]:
    """Those of the numbers (E.164) at which a text telephone is. One query."""
    return set(TextTelephone.objects.filter(number__in=set(numbers)).values_list("number", flat=True))
