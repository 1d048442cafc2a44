"""Sets a district up through its pages: site, floor, rooms, doors, equipment, days, plans."""

import json
import sys
from dataclasses import dataclass
from typing import Any

from django.test import Client

ACCOUNT, KEY = "7301", "00112233445566778899AABBCCDDEEFF"
SITE = {
    "name": "Elm Grove School", "kind": "elementary", "code": "EGS", "HNO": "12", "RD": "Elm Street", "A3": "Grove",
    "A1": "co", "PC": "80401", "country": "us", "phone": "", "latitude": "39.75", "longitude": "-105.2",
    "timezone": "America/Denver",
}  # fmt: skip


@dataclass
class Made:
    """Addresses and ids of what was made."""

    site: str
    floor: str
    room: str
    panel: str
    button: str
    lock: str


def post(client: Client, path: str, form: dict[str, Any]) -> str:
    """Posts a form that must be taken: where it leads."""
    answer = client.post(path, form)
    assert answer.status_code == 302, (path, answer.status_code, answer.content.decode()[-3000:])
    return str(answer.headers["Location"])


def add(client: Client, kind: str, site: str, **form: Any) -> str:
    """Adds equipment; its id."""
    return post(client, f"/equipment/add?kind={kind}&site={site}", form).rsplit("/", 1)[1]


def place(client: Client) -> tuple[str, str, str]:
    """(site, floor, room): a site with a floor, two rooms and two doors."""
    site = post(client, "/sites/add", SITE).rsplit("/", 1)[1]
    form = {"building": "Main building", "level": 1, "name": "Ground floor", "width": 200, "height": 100}
    floor = post(client, f"/sites/{site}/add-floor", form).rsplit("/", 1)[1]
    for number, corners in (("101", "10,10 60,10 60,50 10,50"), ("102", "70,10 120,10 120,50 70,50")):
        post(client, f"/floors/{floor}/draw-room", {"number": number, "kind": "room", "corners": corners})
    door = {"name": "Main entrance", "is_exterior": "on", "is_main": "on", "is_controlled": "on", "x": 0, "y": 50}
    post(client, f"/floors/{floor}/add-door", {"number": "1", **door})
    post(client, f"/floors/{floor}/add-door", {"number": "2", "name": "Yard", "is_exterior": "on", "x": 200, "y": 50})
    points = {f"{name}{n}": value for n, point in enumerate(((0, 0, 39.751, -105.2), (200, 0, 39.751, -105.198),
                                                             (0, 100, 39.75, -105.2)), 1)
              for name, value in zip(("x", "y", "latitude", "longitude"), point, strict=True)}  # fmt: skip
    post(client, f"/floors/{floor}/set-placement", points)
    page = client.get(f"/equipment/add?kind=panic_button&site={site}").content.decode()
    room = page.split(">Room 101<")[0].rsplit('value="', 1)[1].split('"')[0]
    return site, floor, room


def set_up(client: Client, own_port: int = 9, account: str = ACCOUNT) -> Made:
    """The whole walk. own_port: where the played door, centre and speakers may be; nothing answers there. account: the
    panel's, another in every district."""
    site, floor, room = place(client)
    page = client.get(f"/equipment/add?kind=controlled_door&site={site}").content.decode()
    door = page.split(">1 Main entrance<")[0].rsplit('value="', 1)[1].split('"')[0]
    panel = add(client, "alarm_panel", site, name="Panel", **{"s-account": account, "s-supervision_seconds": 60},
                secret=KEY)  # fmt: skip
    button = add(client, "panic_button", site, name="Button in 101", place=room,
                 **{"s-account": account, "s-zone": "001", "s-kind": "lockdown"})  # fmt: skip
    lock = add(client, "controlled_door", site, name="Door 1", door=door, secret="0" * 32, **{
        "s-controller": "C1", "s-host": "127.0.0.1", "s-port": own_port, "s-address": 0, "s-lock_output": 0,
        "s-lock_on": "locked", "s-contact_input": 0})  # fmt: skip
    add(client, "paging_zone", site, name="Indoors", **{
        "s-group": "239.192.77.1", "s-port": 20077, "s-interface": "127.0.0.1", "s-ttl": 1})  # fmt: skip
    add(client, "dispatch_endpoint", "", name="County 911", secret="token", **{
        "s-url": f"http://127.0.0.1:{own_port}/eido", "s-agency_id": "911.county.invalid", "s-kind": "psap",
    })  # fmt: skip
    add(client, "aed", site, name="AED at the office", place=room, expires_on="2027-05-01")
    where = f"/schedules?site={site}"
    form = {"name": "Regular", "day_kind": "school_day", "periods": "08:00 to 08:50 Period 1\n09:00-09:50 Period 2"}
    post(client, f"/schedules/write?site={site}", form)
    post(client, f"/schedules/mark-day?site={site}", {"on": "2027-03-15", "kind": "no_school", "because": "Spring",
                                                     "everywhere": "on"})  # fmt: skip
    assert b"Period 2" in client.get(where).content
    assert b"Elm Grove School" in client.get("/plans").content, "a site without any plan is shown"
    plan = post(client, "/plans/new", {"site": site, "kind": "lockdown"})
    for action, name in (("lock_door", "Lock"), ("start_page", "Announce"), ("tell_dispatch", "Tell 911")):
        step = {"name": name, "timing": "immediate", "select": "all", "deadline_seconds": 3, "expires_seconds": 60}
        post(client, f"{plan}/steps/new?action={action}", step)
    return Made(site, floor, room, panel, button, lock)


if __name__ == "__main__":  # in the home of an installation, against its own database
    from watchbell.project.django_ready import get_ready

    get_ready()
    from watchbell import wiring
    from watchbell.district.accounts.models import User

    wiring.connect()
    browser = Client(headers={"host": "localhost"})
    browser.force_login(User.objects.get(email=sys.argv[1]))
    session = browser.session
    session["has_second_factor"] = True
    session.save()
    print(json.dumps(vars(set_up(browser, account=sys.argv[2]))))
