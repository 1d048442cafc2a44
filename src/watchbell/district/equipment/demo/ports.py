"""Where the played equipment listens: another block of ports when somebody else has this one."""

from urllib.parse import urlsplit

from watchbell.district.equipment.models import Equipment


def played_base() -> int:
    """The first port of the block in use: the first door controller's."""
    ports = Equipment.objects.filter(kind="door_controller").values_list("settings__port", flat=True)
    return min(ports, default=0)


def move_ports(base: int) -> None:
    """Moves every played port so that the block begins at `base`; inside a recorded change."""
    delta = base - played_base()
    moved = []
    for row in Equipment.objects.filter(settings__has_key="port").defer("secret"):
        row.settings = {**row.settings, "port": row.settings["port"] + delta}
        moved.append(row)
    for row in Equipment.objects.filter(kind="camera", settings__has_key="live").defer("secret"):
        row.settings = {**row.settings, "live": _moved(row.settings["live"], delta)}
        moved.append(row)
    Equipment.objects.bulk_update(moved, ["settings"], batch_size=500)


def _moved(url: str, delta: int) -> str:
    parts = urlsplit(url)
    return parts._replace(netloc=f"{parts.hostname}:{(parts.port or 554) + delta}").geturl()
