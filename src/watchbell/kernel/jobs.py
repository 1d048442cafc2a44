"""Slow, scheduled and periodic work on our Postgres (procrastinate). What is urgent is a reaction instead: journal."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from asgiref.sync import sync_to_async
from django.db import OperationalError, close_old_connections, connection, connections, transaction
from procrastinate import App, BaseRetryStrategy, Blueprint, RetryDecision
from procrastinate.contrib.django import app as django_app
from procrastinate.exceptions import AlreadyEnqueued
from procrastinate.jobs import Job

from watchbell.kernel.acting import acting_district, acting_in
from watchbell.kernel.models import District

log = logging.getLogger(__name__)
QUEUES = ("soon", "normal")
MOST_ATTEMPTS = 6
POLL_SECONDS = 0.25  # its wake-up can be lost
HEARTBEAT_SECONDS, STALLED_SECONDS = 2.0, 8.0
AT_ONCE = 4

blueprint = Blueprint()


@dataclass(frozen=True)
class Periodic:
    """A job of every district, by the clock: `cron` has five fields, UTC."""

    job: str
    cron: str


_jobs: dict[str, Callable[..., object]] = {}
_periodic: list[Periodic] = []


def wire_up(jobs: dict[str, Callable[..., object]], periodic: list[Periodic]) -> None:
    """Takes over `wiring.py`: jobs by name, and those that come round. Raises LookupError for an unknown name."""
    _jobs.clear()
    _jobs.update(jobs)
    unknown = [one.job for one in periodic if one.job not in jobs]
    if unknown:
        raise LookupError(f"Periodic work that is no job: {', '.join(unknown)}.")
    _periodic[:] = periodic


def judge_retry(attempts: int) -> int | None:
    """Seconds until a failed job is tried again, doubling from 2; None when it has been tried often enough."""
    return None if attempts >= MOST_ATTEMPTS else int(2.0 ** min(attempts, 8))


class _Retry(BaseRetryStrategy):
    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision | None:
        seconds = judge_retry(job.attempts)
        return None if seconds is None else RetryDecision(retry_in={"seconds": seconds})


@blueprint.task(name="run", retry=_Retry(), pass_context=False)
def run(job: str, district: str, arguments: dict[str, Any]) -> None:
    """Carries out one job in its district; what it raises is retried."""
    close_old_connections()
    try:
        with acting_in(UUID(district)):
            _jobs[job](**arguments)
    except OperationalError:
        connection.close()
        raise


@blueprint.task(name="come_round", queue="soon")
def come_round(timestamp: int, job: str) -> int:
    """A periodic job's moment has come: one job for each district. How many were enqueued."""
    close_old_connections()
    count = 0
    for district in District.objects.values_list("id", flat=True):
        with acting_in(district):
            count += enqueue(job, {}, once=str(timestamp)) is not None
    return count


def enqueue(
    job: str, arguments: dict[str, Any], *, queue: str = "normal", at: datetime | None = None, once: str | None = None,
    in_seconds: float | None = None,
) -> int | None:  # fmt: skip
    """Enqueues a job of the acting district in the current transaction; its number.

    at: not before this moment. in_seconds: not before so long from now, instead of `at`. once: a key; while a job with
    it waits, another is not made and None comes back.
    Raises LookupError for a job wiring.py does not name.
    """
    if job not in _jobs or queue not in QUEUES:
        raise LookupError(f"No job “{job}” in a queue “{queue}” is registered in wiring.py.")
    district = acting_district()
    if district is None:
        raise RuntimeError("A job needs a district: enter acting_in(district) first.")
    lock = f"{district}:{job}:{once}" if once else None
    wanted = django_app.configure_task("watchbell:run", queue=queue, schedule_at=at, queueing_lock=lock,
                                      schedule_in=None if in_seconds is None else {"seconds": in_seconds})  # fmt: skip
    try:
        with transaction.atomic():
            return int(wanted.defer(job=job, district=str(district), arguments=arguments))
    except AlreadyEnqueued:
        return None


def waiting(queue: str = "normal") -> int:
    """How many jobs wait in a queue, of all districts."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select count(*) from procrastinate_jobs where queue_name = %s and status = 'todo'",
            [queue],
        )
        return int(cursor.fetchone()[0])


# -- the worker's half -----------------------------------------------------------------------------------------------


def on_app_ready(app: App) -> None:
    """Named in settings: procrastinate calls this once."""
    app.add_tasks_from(blueprint, namespace="watchbell")


def _nothing() -> None: ...


async def work(
    stop: asyncio.Event, *, is_forever: bool = True, concurrency: int = AT_ONCE, begun: Callable[[], None] = _nothing
) -> None:
    """Runs jobs until `stop` (or until none is left), rescues those of dead workers, and starts periodic ones.

    begun: called once the database has answered.
    """
    # what comes round is enqueued on Django's own connection: dead since an outage, it would fail for ever
    await sync_to_async(connections.close_all)()
    app = django_app.with_connector(django_app.connector.get_worker_connector())  # type: ignore[attr-defined]
    known = {periodic_id for _, periodic_id in app.periodic_registry.periodic_tasks}  # there again after an outage
    for one in [one for one in _periodic if is_forever and one.job not in known]:
        app.periodic_registry.register_task(
            task=app.tasks["watchbell:come_round"], cron=one.cron, periodic_id=one.job,
            configure_kwargs={"task_kwargs": {"job": one.job}},
        )  # fmt: skip
    async with app.open_async():
        begun()
        working = asyncio.create_task(
            app.run_worker_async(
                queues=list(QUEUES), concurrency=concurrency, wait=is_forever, fetch_job_polling_interval=POLL_SECONDS,
                delete_jobs="successful", install_signal_handlers=False, update_heartbeat_interval=HEARTBEAT_SECONDS,
                stalled_worker_timeout=STALLED_SECONDS, shutdown_graceful_timeout=4.0,
            )
        )  # fmt: skip
        rescuing = asyncio.create_task(_rescue(app))
        stopping = asyncio.create_task(stop.wait())
        await asyncio.wait({working, stopping}, return_when=asyncio.FIRST_COMPLETED)
        failed = working.exception() if working.done() else None
        for task in (rescuing, stopping, working):
            task.cancel()
        await asyncio.gather(rescuing, working, return_exceptions=True)
        if failed is not None:
            raise failed


async def _rescue(app: App) -> None:
    """A killed worker's jobs stay “doing” for ever: they are given back."""
    while True:
        await asyncio.sleep(STALLED_SECONDS / 2)
        try:
            for job in await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=STALLED_SECONDS):
                log.warning("job %s of a dead worker is tried again", job.id)
                await app.job_manager.retry_job(job)
        except Exception as error:
            log.warning("stalled jobs not looked at: %s", error)
