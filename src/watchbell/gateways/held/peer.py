"""Plays a HELD client: a telephone system, or a 911 centre, that asks where a telephone is."""

import aiohttp

from watchbell.gateways.held.codec import MEDIA_TYPE, Answer, LocationRequest, build_request, parse_answer
from watchbell.wire.base import Malformed


async def ask_location(
    address: str, request: LocationRequest | bytes, token: str = "", content_type: str = MEDIA_TYPE, path: str = "/held"
) -> Answer | Malformed | int:
    """The answer to a request, or the HTTP status where it is not 200."""
    raw = request if isinstance(request, bytes) else build_request(request)
    headers = {"Content-Type": content_type} | ({"Authorization": f"Bearer {token}"} if token else {})
    url = path if path.startswith("http") else f"http://{address}{path}"
    async with (
        aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=10)) as session,
        session.post(url, data=raw, headers=headers) as answer,
    ):
        return parse_answer(await answer.read()) if answer.status == 200 else answer.status


async def fetch_location(uri: str) -> tuple[int, str, str]:
    """GET of a location's address: (status, media type, text)."""
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=10)) as session, session.get(uri) as answer:
        return answer.status, answer.content_type, await answer.text()
