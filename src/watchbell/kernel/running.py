"""What runs on this machine, as its supervisor says."""

import json
import socket
from typing import Any

from watchbell.line import config


def read_running() -> dict[str, Any]:
    """The supervisor's health document (engines, roles, gateways, edges); {} when it does not answer within 1 s."""
    path = config.home() / "run" / "supervisor.path"
    try:
        with socket.socket(socket.AF_UNIX) as link:
            link.settimeout(1)
            link.connect(path.read_text())
            raw = b""
            while piece := link.recv(65536):
                raw += piece
        return dict(json.loads(raw))
    except (OSError, ValueError):
        return {}
