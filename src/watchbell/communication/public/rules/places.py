"""Where copies may go."""

from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

LOOPBACK = ("localhost", "127.0.0.1", "::1")


def find_folder_fault(place: str, allowed: Sequence[str]) -> str:
    """Why this folder may not be published to, or ""."""
    if not place.startswith("/"):
        return "Give the whole path of the folder, from /."
    if not allowed:
        return "No folder may be published to: the operator names some in WATCHBELL_PUBLIC_FOLDERS."
    real = Path(place).resolve()
    roots = [Path(one.strip()).resolve() for one in allowed]
    if not any(real == root or root in real.parents for root in roots):
        return f"Only folders below {', '.join(allowed)} may be published to (WATCHBELL_PUBLIC_FOLDERS)."
    return ""


def find_url_fault(url: str, has_token: bool) -> str:
    """Why this address may not be published to, or ""."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return "This is no address."
    if parts.scheme not in ("https", "http") or not parts.hostname or port == 0:
        return "Give the address where files go, as https://host/folder."
    if parts.username or parts.password or parts.query or parts.fragment:
        return "The address holds no name, password or query: the token stands in its own field."
    if parts.scheme == "http" and has_token and parts.hostname not in LOOPBACK:
        return "A token goes over https only."
    return ""
