"""How many staff screens are open, as the web process tells it."""

from watchbell.project.live import Client, count_open


def client(user: str, sites: list[str] | None, district: str = "d1") -> Client:
    return Client({"user": user, "district": district, "sites": sites}, frozenset())


def test_one_persons_streams_are_one_screen_and_districts_are_apart() -> None:
    clients = [client("a", ["s1"]), client("a", ["s1"]), client("b", ["s1", "s2"]), client("c", None),
               client("d", ["s1"], "d2")]  # fmt: skip
    assert count_open(clients, "d1") == {"open": {"s1": 2, "s2": 1}, "everywhere": 1}
    assert count_open(clients, "d3") == {"open": {}, "everywhere": 0}
