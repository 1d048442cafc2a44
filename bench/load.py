"""What a busy district does beside a press: a full queue of slow jobs, and 2,000 messages a second."""

import asyncio
import json
import os
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

import nats
from django.db import connection

from watchbell.line import clock
from watchbell.project.django_ready import get_ready
from watchbell.wire.base import encode
from watchbell.wire.status import DeviceStatus

JOBS, MESSAGES = 45_000, 2_000


def _be_at_home(home: Path) -> None:
    os.environ |= {"WATCHBELL_HOME": str(home), "WATCHBELL_DEMO": "1"}
    get_ready()


def count_waiting() -> int:
    """Jobs that still wait."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("select count(*) from procrastinate_jobs where status = 'todo'")
            return int(cursor.fetchone()[0])
    finally:
        connection.close()


def fill_queue(home: Path, count: int = JOBS) -> None:
    """Puts `count` jobs into the queue `normal`: the nightly tidying, which finds nothing to do."""
    _be_at_home(home)
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into procrastinate_jobs (queue_name, task_name, args, attempts, status) "
            "select 'normal', 'watchbell:run', jsonb_build_object('job', 'kernel.forget_carried_out', 'district', "
            "(select id from kernel_district limit 1), 'arguments', '{}'::jsonb), 0, 'todo' "
            "from generate_series(1, %s)",
            [count],
        )
    connection.close()


async def send_messages(home: Path, each_second: int = MESSAGES) -> None:
    """Positions of vehicles and, one in twenty, states of devices, until killed."""
    nc = await nats.connect((home / "run" / "nats.url").read_text(), nkeys_seed=str(home / "keys" / "test.nk"))
    district = json.loads((home / "demo" / "played.json").read_text())["district"]
    number, body, due = 0, b"x" * 200, time.perf_counter()
    while True:
        for _ in range(each_second // 50):
            number += 1
            if number % 20:
                await nc.publish(f"wb.{district}.district.telemetry.gps.bus-{number % 120}", body)
                continue
            state = DeviceStatus(
                district=district, site="", gateway="bench", device=f"bench-{number % 200}", endpoint=None,
                state="online", at=clock.unix(),
            )  # fmt: skip
            await nc.publish(f"wb.{district}.district.status.bench.bench-{number % 200}", encode(state))
        due += 0.02
        await asyncio.sleep(max(0.0, due - time.perf_counter()))


if __name__ == "__main__":
    asyncio.run(send_messages(Path(sys.argv[1])))
