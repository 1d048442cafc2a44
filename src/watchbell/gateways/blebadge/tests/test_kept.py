"""What a broker has kept for the service is taken at once, also from a broker that waits for the answer to it."""

import asyncio
import socket
from pathlib import Path
from typing import Any

import msgspec
import pytest

from watchbell.gateways.blebadge.service import Service
from watchbell.gateways.blebadge.tests.test_service import Field, users
from watchbell.gateways.mqtt_link import Broker
from watchbell.gateways.mqtt_peer import PlayedBroker
from watchbell.line.loopback_tls import make_loopback_tls
from watchbell.wire.press import PanicPressed


class WaitingBroker:
    """The played broker: between CONNACK and SUBACK it waits until all it has kept is acknowledged."""

    def __init__(self, folder: Path) -> None:
        self.tls = make_loopback_tls(str(folder))
        certificate, key = folder / "broker.pem", folder / "broker.key"
        certificate.write_text(self.tls.certificate)
        key.write_text(self.tls.key)
        rights = {name: {"password": f"secret-{name}", "publish": writes, "subscribe": reads}
                  for name, (writes, reads) in users().items()}  # fmt: skip
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        self.played = PlayedBroker(self.port, str(certificate), str(key), rights)

    def address(self, user: str) -> Broker:
        return Broker(
            host="127.0.0.1", port=self.port, username=user, password=f"secret-{user}", ca=self.tls.authority,
            client_id=user,
        )  # fmt: skip


def cut_off(service: Service) -> None:
    """The service's connection ends without a goodbye, as by kill -9, and it makes no other."""
    (link,) = service.links.values()
    link.broker = msgspec.structs.replace(link.broker, port=1)
    assert link._client is not None
    socket.socket.shutdown(link._client._client.socket(), socket.SHUT_RDWR)  # type: ignore[arg-type]


@pytest.mark.parametrize("way", ["leaves", "is killed"])
async def test_a_press_kept_by_a_broker_that_waits_is_raised(installation: Any, tmp_path: Path, way: str) -> None:
    broker = WaitingBroker(tmp_path)
    await broker.played.start()
    field = Field(installation, broker)
    await field.start()
    if way == "is killed":
        cut_off(field.service)
    await installation.halt()
    await asyncio.sleep(0.5)  # the broker has seen the connection end, and keeps for it what comes
    for _ in range(3):
        field.badge.press()
    await field.gateways[2].hear(field.badge)
    assert installation.messages(PanicPressed, "press") == []
    await installation.run(Service())
    (press,) = await installation.wait_for(PanicPressed, "press", seconds=4)
    assert (press.kind, press.place_name) == ("staff_assist", "Room 103")
    await field.stop()
    await installation.halt()
    await broker.played.stop()
