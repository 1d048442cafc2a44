"""What the simulator must know to play badges, signs, strobes and I/O modules."""

from typing import Any
from urllib.parse import urlsplit

from watchbell.district.equipment.demo.devices import tls_seed
from watchbell.district.equipment.models import Equipment
from watchbell.district.equipment.queries import gateway_equipment
from watchbell.district.sites.queries import all_site_facts, place_points
from watchbell.line.loopback_tls import make_loopback_tls

#: Plan units to a metre.
UNITS = 10.0


def played_broker(key: str) -> dict[str, Any]:
    """The broker with its certificates, who may do what there, and the badges, gateways, signs and strobes on it."""
    tls = make_loopback_tls(tls_seed(key))
    brokers = {
        thing.gateway: thing for gateway in ("blebadge", "mqttsign") for thing in gateway_equipment(gateway)
        if thing.kind == "mqtt_broker"
    }  # fmt: skip
    if not brokers:
        return {}
    gateways, signs = _gateways(), _signs()
    users: dict[str, Any] = {
        "watchbell-blebadge": {"publish": ["/gw/+/action"], "subscribe": ["/gw/+/status", "/gw/+/state"]},
        "watchbell-mqttsign": {"publish": ["signs/+/command"], "subscribe": ["signs/+/confirm", "signs/+/state"]},
    }
    for name, thing in brokers.items():
        users[f"watchbell-{name}"]["password"] = thing.secret
    for one in gateways:
        base = f"/gw/{one['mac']}"
        users[one["mac"]] = {
            "password": one["password"], "publish": [f"{base}/status", f"{base}/state"],
            "subscribe": [f"{base}/action"],
        }  # fmt: skip
    for one in signs:
        base = f"signs/{one['device']}"
        users[one["device"]] = {
            "password": one["password"], "publish": [f"{base}/confirm", f"{base}/state"],
            "subscribe": [f"{base}/command"],
        }  # fmt: skip
    return {
        "port": brokers["blebadge"].settings["port"], "ca": tls.authority, "certificate": tls.certificate,
        "key": tls.key, "users": users, "gateways": gateways, "signs": signs, "badges": _badges(),
    }  # fmt: skip


def _gateways() -> list[dict[str, Any]]:
    rows = Equipment.objects.filter(kind="badge_gateway", is_retired=False).order_by("device")
    return [
        {"mac": row.settings["mac"], "name": row.name, "endpoint": str(row.pk), "way": row.settings["way"],
         "password": row.secret, "spot": [f"{row.site_id}|{row.floor_id}", (row.x or 0) / UNITS, (row.y or 0) / UNITS]}
        for row in rows
    ]  # fmt: skip


def _signs() -> list[dict[str, Any]]:
    return [
        {"device": thing.device, "name": thing.name, "endpoint": str(thing.id), "kind": thing.kind,
         "password": thing.secret, "site": str(thing.site)}
        for thing in gateway_equipment("mqttsign") if thing.kind in ("sign", "strobe")
    ]  # fmt: skip


def _badges() -> list[dict[str, Any]]:
    """Badges at their wearer's room, else at the first room of the site; dead ones are left out."""
    rooms: dict[Any, dict[str, Any]] = {}
    first: dict[Any, dict[str, Any]] = {}
    names = {site.id: site.name for site in all_site_facts()}
    for site in names:
        for point in place_points(site):
            rooms[point["id"]] = point
            first.setdefault(site, point)
    found = []
    rows = Equipment.objects.filter(kind="badge", is_retired=False).exclude(state="silent").order_by("device")
    for row in rows.values("id", "name", "site_id", "place_id", "battery", "settings"):
        spot = rooms.get(row["place_id"]) or first.get(row["site_id"])
        if spot is not None:
            found.append({
                "mac": row["settings"]["mac"], "name": row["name"], "endpoint": str(row["id"]),
                "site": str(row["site_id"]), "site_name": names.get(row["site_id"], ""),
                "battery": row["battery"] if row["battery"] is not None else 90,
                "place_name": spot["name"] or f"Room {spot['number']}",
                "spot": [f"{row['site_id']}|{spot['floor_id']}", spot["label_x"] / UNITS, spot["label_y"] / UNITS],
            })  # fmt: skip
    return found


#: Word in a camera's name → the scene it is played as; the first that fits.
SCENES = (("door", "entrance"), ("lobby", "entrance"), ("reception", "entrance"), ("cafeteria", "cafeteria"),
          ("kitchen", "cafeteria"), ("entrance", "entrance"),
          ("library", "cafeteria"), ("gym", "cafeteria"), ("playground", "parking"),
          ("field", "parking"), ("parking", "parking"), ("lot", "parking"), ("yard", "parking"), ("bus", "parking"),
          )  # fmt: skip


def played_cameras() -> list[dict[str, Any]]:
    """Cameras that work, each with a scene that goes with its name, a second apart from the next; those that are silent
    are not there at all."""
    rows = Equipment.objects.filter(kind="camera", is_retired=False, settings__has_key="live").exclude(state="silent")
    return [
        {"name": row.device, "endpoint": str(row.pk), "user": row.settings.get("username", ""), "password": row.secret,
         "scene": next((scene for word, scene in SCENES if word in row.name.lower()), "corridor"),
         "port": urlsplit(row.settings["live"]).port, "phase": 15 * (number % 10)}
        for number, row in enumerate(rows.order_by("device"))
    ]  # fmt: skip


def played_modules() -> list[dict[str, Any]]:
    """I/O modules with their buttons and what hangs on their coils."""
    things = gateway_equipment("modbus")
    found = []
    for module in (thing for thing in things if thing.kind == "io_module"):
        own = [thing for thing in things if thing.settings.get("module") == module.settings["module"]]
        buttons = [
            {"endpoint": str(thing.id), "name": thing.name, "input": thing.settings["input"], "site": str(thing.site),
             "is_loop": thing.settings["style"] == "supervised", "kind": thing.settings["kind"]}
            for thing in own if thing.kind == "panic_button"
        ]  # fmt: skip
        outputs = [
            {"coil": coil, "name": thing.name, "endpoint": str(thing.id)}
            for thing in own if thing.kind == "strobe" for coil in thing.settings["coils"]
        ]  # fmt: skip
        found.append({
            "endpoint": str(module.id), "name": module.name, "port": module.settings["port"], "buttons": buttons,
            "outputs": outputs,
        })  # fmt: skip
    return found
