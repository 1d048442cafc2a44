"""Asking an identity provider over the web: TLS, in bounded time and size; a redirect is held to the same."""

from typing import Any

import requests
from django.conf import settings
from django.core.cache import cache

from watchbell.district.identity import rules
from watchbell.line.errors import Refused, Unavailable
from watchbell.line.ids import same_id

PATIENCE = (3.05, 6.0)
MOST_BYTES, MOST_REDIRECTS = 1_000_000, 3
KEPT_SECONDS = 300


def may_be_local() -> bool:
    """Whether this machine itself may be asked: in the demo, and where Watchbell itself is reached at it only."""
    return bool(settings.IS_DEMO) or rules.is_loopback(settings.PUBLIC_URL)


class Session(requests.Session):
    """Every request and every redirect goes by TLS (or to this machine in a demo), ends in time and stays small."""

    def __init__(self) -> None:
        super().__init__()
        self.max_redirects = MOST_REDIRECTS

    def send(self, request: requests.PreparedRequest, **options: Any) -> requests.Response:
        """Raises requests.RequestException, also for what may not be asked."""
        if fault := rules.fault_of_url(request.url or "", may_be_local=may_be_local()):
            raise requests.exceptions.InvalidURL(fault)
        options["timeout"], options["stream"] = PATIENCE, True
        answer = super().send(request, **options)
        if answer._content is False:  # type: ignore[attr-defined]  # not read yet
            body = answer.raw.read(MOST_BYTES + 1, decode_content=True)
            answer.close()
            if len(body) > MOST_BYTES:
                raise requests.exceptions.ContentDecodingError("too long")
            answer._content = body  # type: ignore[attr-defined]
        return answer


def _get(url: str) -> requests.Response:
    if fault := rules.fault_of_url(url, may_be_local=may_be_local()):
        raise Refused(fault)
    try:
        with Session() as session:
            answer = session.get(url)
    except requests.exceptions.SSLError as error:
        raise Unavailable("The provider's certificate cannot be trusted.") from error
    except (requests.RequestException, OSError, ValueError) as error:
        raise Unavailable("The provider cannot be reached.") from error
    if answer.status_code != 200:
        raise Unavailable(f"The provider answered {answer.status_code} instead of its document.")
    return answer


def fetch_text(url: str) -> str:
    """A document as text. Raises Refused, Unavailable."""
    return _get(url).content.decode("utf-8", "replace")


def fetch_document(url: str) -> Any:
    """A JSON document, kept for five minutes. Raises Refused, Unavailable."""
    key = f"identity:{same_id('document', url)}"
    found = cache.get(key)
    if found is None:
        try:
            found = _get(url).json()
        except ValueError as error:
            raise Unavailable("What the provider sent is no JSON.") from error
        cache.set(key, found, KEPT_SECONDS)
    return found


def forget_document(url: str) -> None:
    """The next one who asks gets it from the provider: its keys may have changed."""
    cache.delete(f"identity:{same_id('document', url)}")
