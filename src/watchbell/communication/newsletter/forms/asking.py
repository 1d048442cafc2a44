"""Strangers ask for the newsletter, by a page or by the JSON API: whose it is, how often they may."""

from django.http import HttpRequest
from django.utils.crypto import salted_hmac

from watchbell.communication.newsletter import queries
from watchbell.kernel.limits import is_too_often
from watchbell.kernel.models import District
from watchbell.kernel.permissions import Actor, system_actor
from watchbell.kernel.web import address_of
from watchbell.line.errors import TooOften

MOST_LOOKS, MOST_ASKS, MOST_ASKS_A_DAY, MOST_ASKS_AN_HOUR = 120, 6, 30, 600
DAY_SECONDS, HOUR_SECONDS = 86400.0, 3600.0


def where_from(request: HttpRequest) -> str:
    """Where somebody asks from, so that many of one place are seen, and nobody's place is kept."""
    return salted_hmac("newsletter.from_where", address_of(request)).hexdigest()[:32]


def who_asks(request: HttpRequest, district: District) -> Actor:
    return system_actor(district.id, "A subscriber", f"hashed {where_from(request)}")


def open_newsletter(request: HttpRequest, code: str) -> District:
    """Whose newsletter it is. Raises NotFound, TooOften for who looks too often."""
    if is_too_often("newsletter look", address_of(request), MOST_LOOKS):
        raise TooOften
    return queries.district_of_code(code)


def slow_down(request: HttpRequest, district: District) -> None:
    """Counts one request to subscribe. Raises TooOften where one place, or everybody together, asks too often."""
    here = address_of(request)
    if (
        is_too_often("newsletter ask", here, MOST_ASKS)
        or is_too_often("newsletter day", here, MOST_ASKS_A_DAY, DAY_SECONDS)
        or is_too_often("newsletter all", str(district.id), MOST_ASKS_AN_HOUR, HOUR_SECONDS)
    ):
        raise TooOften
