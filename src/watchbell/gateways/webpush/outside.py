"""Connections that lead out of the house only: whoever subscribes chooses the address that is posted to."""

import socket

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

from watchbell.line.vapid import HERE, is_outside, may_be_here


class OutsideResolver(AbstractResolver):
    """Looks names up; of what they stand for it gives public addresses only. What it gives is what is connected to.

    Raises OSError for a name that stands for no other than inner addresses.
    """

    def __init__(self) -> None:
        self._resolver = aiohttp.ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        found = await self._resolver.resolve(host, port, family)
        if host in HERE and may_be_here():
            return found
        outside = [one for one in found if is_outside(one["host"])]
        if found and not outside:
            raise OSError(f"{host} is an address inside the house")
        return outside

    async def close(self) -> None:
        await self._resolver.close()
