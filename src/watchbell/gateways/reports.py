"""What carriers report later: gathered while the one before is being published, so that a flood costs few messages."""

import asyncio
from typing import NamedTuple

from watchbell.gateways.sending import MOST_AT_ONCE, Sender
from watchbell.line import clock
from watchbell.wire.tell import Result, Told


class _Report(NamedTuple):
    district: str
    endpoint: str
    result: Result
    kept: "asyncio.Future[None]"


class Reports:
    """Tells what became of messages long after their batch. Nothing is put off: an idle gateway publishes at once."""

    def __init__(self, gateway: Sender) -> None:
        self._gateway = gateway
        self._waiting: list[_Report] = []
        self._task: asyncio.Task[None] | None = None

    async def tell(self, district: str, endpoint: str, result: Result) -> None:
        """Returns once it is kept: only then may the carrier be told that we have its report."""
        kept: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(_Report(district, endpoint, result, kept))
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._work())
        await kept

    async def _work(self) -> None:
        while self._waiting:
            taken, self._waiting = self._waiting, []
            groups: dict[tuple[str, str], list[_Report]] = {}
            for one in taken:
                groups.setdefault((one.district, one.endpoint), []).append(one)
            for (district, endpoint), group in groups.items():
                for at in range(0, len(group), MOST_AT_ONCE):
                    await self._publish(district, endpoint, group[at : at + MOST_AT_ONCE])

    async def _publish(self, district: str, endpoint: str, group: list[_Report]) -> None:
        told = Told(
            district=district, gateway=self._gateway.name, endpoint=endpoint, at=clock.unix(),
            results=[one.result for one in group],
        )  # fmt: skip
        try:
            await self._gateway.tell_first({one.result.id for one in group})
            await self._gateway.publish_told(told)
        except Exception as error:
            for one in group:
                if not one.kept.done():
                    one.kept.set_exception(OSError(f"the report could not be kept ({type(error).__name__})"))
            return
        for one in group:
            if not one.kept.done():
                one.kept.set_result(None)
