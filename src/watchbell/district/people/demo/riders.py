"""Who rides which of the demo district's buses: neighbours of one school share one, three students of five ride."""

import zlib
from typing import Any
from uuid import UUID

from watchbell.line.ids import same_uuid

Rows = dict[str, list[dict[str, Any]]]
Way = tuple[str, int]
BUSES, SEATS, SMALL = 120, 72, 24
#: Of a hundred homes whose children could ride.
RIDING = 60
#: Of a hundred riders: brought by car in the morning, fetched by car in the afternoon, home by another bus.
MORNING_BY_CAR, AFTERNOON_BY_CAR, OTHER_BUS = 8, 5, 3


def add_riders(rows: Rows, key: str) -> None:
    """Fills `rows["ride"]` from the students, households and memberships there; other rows stay as they are."""
    homes = {row["id"]: row for row in rows["household"]}
    lives_in = {row["person_id"]: homes[row["household_id"]] for row in rows["membership"] if row.get("is_main", True)}
    riding: dict[UUID, list[tuple[Way, dict[str, Any]]]] = {}
    for person in rows["person"]:
        home = lives_in.get(person["id"])
        if person["kind"] == "student" and home is not None and _share(home["id"], "rides") < RIDING:
            riding.setdefault(person["site_id"], []).append((_way_to(home["address"]), person))
    rows["ride"] = []
    first = 1
    total, left = sum(map(len, riding.values())), BUSES
    for site in sorted(riding, key=str):
        count = max(round(left * len(riding[site]) / total), 1)
        total, left = total - len(riding[site]), left - count
        _fill_buses(
            rows, key, sorted(riding[site], key=lambda one: (one[0], one[1]["id"])), range(first, first + count)
        )
        first += count


def _share(row: Any, word: str) -> int:
    """0 to 99, the same for the same row on every machine."""
    return zlib.crc32(f"{word}:{row}".encode()) % 100


def _way_to(address: str) -> Way:
    """An address as a bus passes it: its street, then its number."""
    number, _, street = address.partition(" ")
    return street.partition(",")[0], int(number) if number.isdigit() else 0


def _stop_of(way: Way) -> str:
    street, number = way
    return f"{street}, {max(number // 400 * 400, 100)} block" if street else ""


def _fill_buses(rows: Rows, key: str, riders: list[tuple[Way, dict[str, Any]]], buses: range) -> None:
    """Neighbours one after the other into the buses of one school, each by its seats."""
    seats = [SMALL if bus % 5 == 0 else SEATS for bus in buses]
    whole, at = sum(seats), 0.0
    bounds = [at := at + len(riders) * one / whole for one in seats]
    place, before = 0, ("", 0)
    for number, (way, student) in enumerate(riders):
        if number >= bounds[place] and way != before and place < len(buses) - 1:
            place += 1
        before = way
        bus, share = buses[place], _share(student["id"], "runs")
        other = buses[(place + 1) % len(buses)] if share >= 100 - OTHER_BUS else bus
        for run, which in (("morning", bus), ("afternoon", other)):
            by_car = share < MORNING_BY_CAR if run == "morning" else (
                MORNING_BY_CAR <= share < MORNING_BY_CAR + AFTERNOON_BY_CAR)  # fmt: skip
            if not by_car:
                rows["ride"].append({
                    "id": same_uuid(key, "ride", student["id"], run), "student_id": student["id"],
                    "bus": f"Bus {which}", "run": run, "stop": _stop_of(way), "is_sourced": True,
                })  # fmt: skip
