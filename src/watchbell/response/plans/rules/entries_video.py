"""Configuration entries of the recorder, in the shape its run.py documents."""

from collections.abc import Sequence
from typing import Any

from watchbell.district.sites.facts import PlaceFacts
from watchbell.response.plans.rules.entries import Listed, Shape, common_words
from watchbell.wire.snapshot import SnapshotFloor


def camera_entries(listed: Sequence[Listed]) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Cameras with their points and their site's places; passwords by endpoint. What is private is not told at all."""
    entries, secrets = [], {}
    for one in listed:
        settings = one.thing.settings
        if one.plan is not None:
            entries.append(one.plan)
        entry = common_words(one) | {
            "live": settings.get("live", ""), "username": settings.get("username", ""),
            "is_live": settings.get("is_live") is not False,
        }  # fmt: skip
        if one.spot is not None:
            entry |= dict(zip(("floor", "x", "y"), one.spot, strict=True))
        entries.append(entry)
        if one.thing.secret:
            secrets[str(one.thing.id)] = one.thing.secret
    return entries, secrets


def plan_entry(
    district: str, site: str, places: Sequence[PlaceFacts], floors: dict[str, SnapshotFloor]
) -> dict[str, Any]:
    """Where the places of a site are, so that the nearest cameras are known with the hub away."""
    return {
        "what": "plan", "endpoint": f"plan-{site}", "district": district, "site": site,
        "places": {str(one.id): [one.floor_id, one.x, one.y] for one in places if one.floor_id and one.x is not None},
        "floors": {key: [one.building, one.level, one.metres_per_unit] for key, one in floors.items()},
    }  # fmt: skip


SHAPES: dict[str, Shape] = {"recorder": camera_entries}
TOLD_OF = {"recorder": ("camera",)}
