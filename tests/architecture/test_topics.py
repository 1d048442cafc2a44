"""A page that follows what nobody may follow stands still: each kind of live topic is in the table of followers."""

import re
from pathlib import Path

from watchbell import wiring

SOURCE = Path(__file__).parent.parent.parent / "src" / "watchbell"
TOLD = re.compile(r'(?:touch\(|TOPIC = |"topic": |topic=)f?"([a-z]+)[:"]')
FOLLOWED = re.compile(r'data-live="([a-z]+)[:"]')


def kinds(pattern: re.Pattern[str], suffix: str) -> dict[str, str]:
    """{kind of topic: a file that names it}"""
    files = [path for path in SOURCE.rglob(f"*{suffix}") if "tests" not in path.parts]
    return {kind: path.name for path in files for kind in pattern.findall(path.read_text())}


def test_whatever_is_told_live_may_be_followed_by_somebody() -> None:
    told, followed = kinds(TOLD, ".py"), kinds(FOLLOWED, ".html")
    assert len(told) > 12 and len(followed) > 8
    tiles = {tile.topic.partition(":")[0]: tile.route for tile in wiring.TILES if tile.topic}
    unknown = {kind: where for kind, where in {**told, **followed, **tiles}.items() if kind not in wiring.TOPICS}
    assert not unknown, f"say in wiring.TOPICS who may follow {unknown}"
