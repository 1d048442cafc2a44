"""What a target lacks: changed files only, those a reader looks at first written last."""

from collections.abc import Mapping

from watchbell.communication.public.facts import LAST, Plan
from watchbell.communication.public.rules.signing import digest_of


def digests_of(files: Mapping[str, bytes]) -> dict[str, str]:
    return {path: digest_of(raw) for path, raw in files.items()}


def plan_changes(wanted: Mapping[str, str], has: Mapping[str, str]) -> Plan:
    """Both by path → SHA-256. Pages come before the lists that link to them; what is gone is taken away at the end."""
    put = sorted((path for path, digest in wanted.items() if has.get(path) != digest), key=_turn)
    return Plan(tuple(put), tuple(sorted(has.keys() - wanted.keys())))


def _turn(path: str) -> tuple[int, str]:
    if path == "banner.json":
        return 4, path
    if path == "index.html":
        return 3, path
    if path.startswith(LAST):
        return 2, path
    is_list = path.endswith((".atom", "signatures.json")) or path.startswith("archive/")
    return int(is_list), path
