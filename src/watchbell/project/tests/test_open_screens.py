"""How many staff screens are open, as the web process tells it."""

from watchbell.project.live import Client, count_open


def client(user: str, sites: list[str] | None, district: str = "d1") -> Client:
    return Client({"user": user, "district": district, "rights": {"incidents.view": sites}}, frozenset())


def test_one_persons_streams_are_one_screen_and_districts_are_apart() -> None:
    clients = [client("a", ["s1"]), client("a", ["s1"]), client("b", ["s1", "s2"]), client("c", None),
               client("d", ["s1"], "d2")]  # fmt: skip
    assert count_open(clients, "d1") == {"open": {"s1": 2, "s2": 1}, "everywhere": 1}
    assert count_open(clients, "d3") == {"open": {}, "everywhere": 0}


def test_the_page_of_somebody_who_hears_no_alarm_is_no_staff_screen() -> None:
    parent = Client({"user": "p", "district": "d1", "sites": None, "rights": {}}, frozenset())
    display = Client({"user": "display:1", "district": "d1", "sites": ["s1"], "is_display": True}, frozenset())
    assert count_open([parent, display], "d1") == {"open": {"s1": 1}, "everywhere": 0}
