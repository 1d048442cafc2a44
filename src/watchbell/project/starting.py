"""What `up` does before the roles run, and what `prepare` does at installation so that `up` is quick."""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile

from watchbell.kernel import engines
from watchbell.line import clock, config
from watchbell.line.edges import own_edge
from watchbell.project import installation, nursery, roles
from watchbell.project.supervisor import Child, Supervisor


def make_supervisor(is_demo: bool, began: float) -> Supervisor:
    """The supervisor of this machine, with everything in place before the first role starts."""
    listed = [Child(role, arguments, number) for role, arguments, number in roles.children(is_demo)]
    supervisor = Supervisor(listed)

    def before_roles() -> None:
        make_ready(supervisor, is_demo)

    def when_ready() -> None:
        _greet(is_demo, clock.monotonic() - began, supervisor.district_count)

    def before_simulator() -> None:
        nursery.lend("watchbell.project.starting", "make_played_ready")

    supervisor.before_roles, supervisor.when_ready = before_roles, when_ready
    if is_demo:
        supervisor.before_simulator = before_simulator
    return supervisor


def make_edge_supervisor() -> Supervisor:
    """The supervisor of a machine at a school: a NATS leaf, live screens, the reflex and the gateways there."""
    edge = own_edge()
    os.environ |= {"WATCHBELL_EDGE": "1", "WATCHBELL_DISTRICT": edge.district, "WATCHBELL_SITE": edge.site}
    supervisor = Supervisor([Child(role, arguments, number) for role, arguments, number in roles.children(False)])
    supervisor.before_roles = nursery.warm_up
    supervisor.when_ready = lambda: print(f"This edge is ready: {config.public_url()}", flush=True)
    return supervisor


def make_ready(supervisor: Supervisor, is_demo: bool) -> None:
    """Cluster, server, schema, and for the demo the district."""
    if not installation.has_cluster():
        installation.make_cluster("demo" if is_demo else "schema")
    if engines.is_embedded():
        _start_fresh(supervisor)
    supervisor.district_count = nursery.lend("watchbell.project.starting", "make_database_ready", is_demo)


def make_database_ready(is_demo: bool) -> int:
    """Schema, and for the demo the district; how many districts there are. Runs where Django is imported already."""
    from watchbell.project.django_ready import get_ready

    get_ready()
    installation.bring_schema_up()
    from watchbell.project.rotating import note_key

    note_key()
    if is_demo:
        from watchbell.project.demo import get_demo_ready, load_demo

        load_demo()
        get_demo_ready()
    try:
        return installation.district_count()
    finally:
        _close_connections()


def make_played_ready() -> None:
    """What the simulator plays. Runs beside the roles' start: none of them needs it."""
    from watchbell.project.demo import write_played

    try:
        write_played()
    finally:
        _close_connections()


def _close_connections() -> None:
    from django.db import connections

    connections.close_all()


def _start_fresh(supervisor: Supervisor) -> None:
    supervisor.start_postgres()
    installation.take_over_passwords()


def _greet(is_demo: bool, seconds: float, district_count: int) -> None:
    print(f"\nWatchbell is ready after {seconds:.1f} s: {config.public_url()}", flush=True)
    if is_demo:
        from watchbell.district.accounts.facts import DEMO_ACCOUNTS

        print(f"Demo accounts, password {installation.demo_password()}")
        print("  " + "  ".join(f"{login}@demo.invalid" for login in DEMO_ACCOUNTS))
        print("Ctrl-C ends everything.", flush=True)
    elif not district_count:
        print("There is no district yet. Make one: watchbell district add CODE NAME --email EMAIL --person NAME")


def prepare(arguments: argparse.Namespace) -> int:
    """Makes the kept copies (schema, demo) for this code, in a home of their own that is thrown away."""
    for kind in ("schema", "demo"):
        if installation.copy_of(kind).exists():
            continue
        home = tempfile.mkdtemp(prefix="watchbell-prepare-")
        settings = {"WATCHBELL_HOME": home, "WATCHBELL_DEMO": "1" if kind == "demo" else "0", "WATCHBELL_PREPARE": kind}
        environment = {k: v for k, v in os.environ.items() if not k.startswith("WATCHBELL_")} | settings
        try:
            subprocess.run([sys.executable, "-m", "watchbell.project.starting"], env=environment, check=True)
        finally:
            shutil.rmtree(home, ignore_errors=True)
    return 0


def _prepare_here(kind: str) -> None:
    began = clock.monotonic()
    engines.make_cluster()
    server = engines.start_postgres({"fsync": "off"})
    try:
        from watchbell.project.django_ready import get_ready

        get_ready()
        installation.bring_schema_up()
        migrated = clock.monotonic()
        took: dict[str, float] = {}
        if kind == "demo":
            from watchbell.project.demo import load_demo

            took = load_demo()
        from django.db import connections

        connections.close_all()
        with engines.connect_super(engines.DATABASE) as super_:
            super_.execute("vacuum analyze")
    finally:
        engines.stop_postgres(server, 60)
    installation.keep_copy(kind)
    schema, all_ = migrated - began, clock.monotonic() - began
    print(f"prepared {kind}: schema {schema:.1f} s, all {all_:.1f} s {took or ''}", flush=True)


if __name__ == "__main__":
    _prepare_here(config.setting("PREPARE"))
