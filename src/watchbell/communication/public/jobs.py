"""Bringing the public copy where it lies: this machine at once, others right after, and again until they hold it."""

import fcntl
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from uuid import UUID

from watchbell.communication.channels import actions as channels
from watchbell.communication.channels.facts import Contact
from watchbell.communication.notices.queries import public_notice
from watchbell.communication.public import actions, queries
from watchbell.communication.public.adapters.opening import open_place
from watchbell.communication.public.facts import MOST_NOTICES, Plan, Published, TargetFacts
from watchbell.communication.public.ports import Place, PlaceFailed
from watchbell.communication.public.rules import digests_of, plan_changes
from watchbell.communication.public.rules.notices import was_ended
from watchbell.kernel.acting import acting_district
from watchbell.kernel.districts import own_district
from watchbell.kernel.jobs import enqueue
from watchbell.kernel.permissions import Actor, system_actor
from watchbell.line import clock, config
from watchbell.line.errors import Unavailable

log = logging.getLogger(__name__)
#: What newsrooms are written to about; a stopped notice still holds.
RELEASED = ("sent", "corrected", "ended")
KEPT = ("notices/", "alerts/", "archive/")


def publish() -> None:
    """This machine's copy is brought up to date now; the other targets are asked for."""
    actor = _actor()
    own = actions.ensure_here(actor)
    actions.note_alerts(actor, queries.new_alerts(queries.site_now()))
    for target in queries.target_ids(kinds=("folder", "put")):
        enqueue("public.bring", {"target": str(target)}, queue="soon", once=str(target))
    bring(str(own))


def bring(target: str) -> None:
    """Brings what one target lacks. Raises Unavailable when it does not take it, so that it is tried again."""
    with _alone(target):
        facts = queries.target_facts(UUID(target))
        if facts is None:
            return
        began = clock.monotonic()
        files = queries.build_files()
        done: dict[str, str] = {}
        brought: dict[str, int] = {}
        because = ""
        place = None
        try:
            place = open_place(facts, own_district().code)
            plan, done = _plan(place, facts, digests_of(files))
            _carry_out(place, plan, files, done, brought)
        except PlaceFailed as failed:
            because = str(failed)
        finally:
            if place is not None:
                place.close()
        ended = Published(clock.now(), clock.monotonic() - began, len(brought), sum(brought.values()), because)
        actions.note_publication(_actor(), facts.id, ended, list(brought), done)
    if because:
        raise Unavailable(f"{facts.name}: {because}")


def tell_media(notice: str, what: str) -> None:
    """Each newsroom with an address is mailed once for each thing that becomes of a notice."""
    found = public_notice(UUID(notice))
    if found is None or (what == "ended" and not was_ended(found, clock.now())) or what not in RELEASED:
        return
    actor, body = _actor(), queries.press_mail(found, what)
    mailing = channels.begin_mailing(
        actor, f"media:{found.id}:{what}:{int(found.changed_at.timestamp())}", found.title,
        "emergency" if found.purpose == "emergency" else "attendance", "real", [body],
        {"from_name": own_district().name, "apart": True}, clock.now() + timedelta(hours=12),
    )  # fmt: skip
    rooms = [
        Contact(None, None, name, found.language, emails=(email,))
        for _, name, email, _ in queries.media_addresses() if email
    ]  # fmt: skip
    channels.add_recipients(mailing, rooms, ["email"], 0)
    channels.finish_preparing(actor, mailing)


def _plan(place: Place, facts: TargetFacts, wanted: dict[str, str]) -> tuple[Plan, dict[str, str]]:
    """What is to be done, and what is there now. Only what was ours is ever taken away."""
    there = place.held(wanted if facts.kind != "put" else facts.has)
    ours = {path: digest for path, digest in facts.has.items() if path not in wanted}
    if len(queries.site_now().notices) >= MOST_NOTICES:  # what is older than the newest thousand stays where it is
        ours = {path: digest for path, digest in ours.items() if not path.startswith(KEPT)}
    known = {**ours, **there}
    return plan_changes(wanted, known), known


def _carry_out(
    place: Place, plan: Plan, files: dict[str, bytes], done: dict[str, str], brought: dict[str, int]
) -> None:
    """`done` (what is there) and `brought` (path → bytes) follow each step, so that a failure leaves only the rest."""
    digests = digests_of({path: files[path] for path in plan.put})
    for path in plan.put:
        place.put(path, files[path])
        done[path], brought[path] = digests[path], len(files[path])
    for path in plan.remove:
        place.remove(path)
        done.pop(path, None)
        brought[path] = 0


def keep_published() -> int:
    """Comes round: what has expired goes, and what a target lacks is brought; how many targets were looked at."""
    actor = _actor()
    own = actions.ensure_here(actor)
    actions.note_alerts(actor, queries.new_alerts(queries.site_now()))
    others = queries.target_ids(kinds=("folder", "put"))
    for target in others:
        enqueue("public.bring", {"target": str(target)}, queue="soon", once=str(target))
    try:
        bring(str(own))
    except Unavailable as problem:
        log.error("%s", problem)
    return len(others) + 1


def _actor() -> Actor:
    district = acting_district()
    assert district is not None, "a job acts in a district"
    return system_actor(district, "Publishing")


@contextmanager
def _alone(target: str) -> Iterator[None]:
    """One process at a time brings files to a target: an older state never comes after a newer one."""
    path = config.private_folder("run") / f"public-{UUID(target).hex}.lock"
    with path.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
