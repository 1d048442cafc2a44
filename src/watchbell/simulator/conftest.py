"""The simulator is tested against real gateways on a real bus."""

from watchbell.gateways.conftest import installation

__all__ = ["installation"]
