"""The command line: `watchbell up`, one role, or one duty."""

import argparse
import asyncio
import os
import sys
from collections.abc import Sequence

from watchbell.line import clock, config
from watchbell.line.errors import Refused, Unavailable, WatchbellError


def _up(arguments: argparse.Namespace) -> int:
    if arguments.demo:
        os.environ["WATCHBELL_DEMO"] = "1"
    began = clock.monotonic()
    from watchbell.project import installation, nursery

    installation.take_over_key("demo" if arguments.demo else "schema")
    nursery.warm_up()  # its imports take longest of all: beside the engines' start, and our own
    from watchbell.line.process import run
    from watchbell.project.starting import make_supervisor

    supervisor = make_supervisor(arguments.demo, began)

    async def main(stop: asyncio.Event) -> None:
        await supervisor.run(stop)

    run("up", main, leave_seconds=40)  # its roles and engines leave first
    return 0


def _edge(arguments: argparse.Namespace) -> int:
    from watchbell.line.process import run
    from watchbell.project.starting import make_edge_supervisor

    supervisor = make_edge_supervisor()

    async def main(stop: asyncio.Event) -> None:
        await supervisor.run(stop)

    run("edge", main, leave_seconds=20)
    return 0


def _gateway(arguments: argparse.Namespace) -> int:
    from watchbell.project import roles

    if unknown := [name for name in arguments.names if name not in roles.GATEWAYS]:
        raise Refused(f"There is no gateway {', '.join(unknown)}. Known: {', '.join(roles.GATEWAYS)}.")
    roles.run_gateways(arguments.names)
    return 0


def _role(start: str) -> "argparse._SubParsersAction[argparse.ArgumentParser] | object":
    def begin(arguments: argparse.Namespace) -> int:
        from watchbell.project import roles

        getattr(roles, start)(*([arguments.only] if "only" in arguments else []))
        return 0

    return begin


def _with_django(function_path: str) -> object:
    def begin(arguments: argparse.Namespace) -> int:
        import importlib

        from watchbell.project.django_ready import get_ready

        get_ready()
        from django.db import OperationalError

        module, name = function_path.rsplit(".", 1)
        try:
            return int(getattr(importlib.import_module(module), name)(arguments))
        except OperationalError as error:
            because = str(error).splitlines()[0]
            raise Unavailable(f"The database does not answer ({because}). Start first: watchbell up") from error

    return begin


def parser() -> argparse.ArgumentParser:
    """All commands."""
    top = argparse.ArgumentParser(prog="watchbell", description="Safety platform for school districts")
    commands = top.add_subparsers(dest="command", required=True)
    up = commands.add_parser("up", help="all roles on this machine")
    up.add_argument("--demo", action="store_true", help="with the demo district and played equipment")
    up.set_defaults(run=_up)
    edge = commands.add_parser("edge", help="what a machine at a school runs; its files come from: enrol edge")
    edge.set_defaults(run=_edge)
    worker = commands.add_parser("worker", help="inboxes and reactions, and slow jobs")
    worker.add_argument(
        "--only", choices=["urgent", "slow"], default="", help="half of the work, in a process of its own"
    )
    worker.set_defaults(run=_role("run_worker"))
    for name in ("web", "reflex", "recorder", "simulator"):
        commands.add_parser(name, help=f"the {name} role alone").set_defaults(run=_role(f"run_{name}"))
    gateway = commands.add_parser("gateway", help="gateways, all or the named ones")
    gateway.add_argument("names", nargs="*")
    gateway.set_defaults(run=_gateway)
    prepare = commands.add_parser("prepare", help="make the kept copies that let a first start take seconds")
    prepare.set_defaults(run=_duty("watchbell.project.starting.prepare"))
    enrol = commands.add_parser("enrol", help="make the key of an edge process on another machine")
    enrol.add_argument(
        "name", help="such as gateway/osdp; edge: a whole machine at a school; all: prints what your own NATS must know"
    )
    enrol.add_argument("--district", default="", help="the code of the only district the key is good for")
    enrol.add_argument("--site", default="", help="edge: the code of the only site it serves")
    enrol.add_argument("--gateways", default="siadc09,osdp,rtppaging", help="edge: which gateways run there")
    enrol.add_argument("--hub", default="", help="edge: the hub's leaf address as the edge reaches it")
    enrol.add_argument("--to", default="", help="edge: the archive to write")
    enrol.set_defaults(run=_with_django("watchbell.project.enrolling.enrol"))
    doctor = commands.add_parser("doctor", help="checks engines, schema, disk, clocks, gateways")
    doctor.set_defaults(run=_with_django("watchbell.project.duties.examine"))
    _add_district(commands)
    _add_roster(commands)
    for name in ("backup", "restore"):
        duty = commands.add_parser(name, help=f"{name} of database, keys and settings")
        duty.add_argument("path")
        duty.set_defaults(run=_duty(f"watchbell.project.copies.{name}"))
    return top


def _add_district(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    district = commands.add_parser("district", help="districts of this installation").add_subparsers(required=True)
    adding = district.add_parser("add", help="a new district with its first account; prints the link to sign in")
    adding.add_argument("code", help="short, in addresses and files, such as cedar-valley")
    adding.add_argument("name", help="as people say it, such as “Cedar Valley School District”")
    adding.add_argument("--email", required=True, help="of the district safety director")
    adding.add_argument("--person", required=True, help="their name")
    adding.add_argument("--timezone", default="America/Chicago")
    adding.set_defaults(run=_with_django("watchbell.project.duties.add_district"))
    rotate = commands.add_parser("rotate-keys", help="encrypted fields come under the key of today, while it runs")
    rotate.set_defaults(run=_with_django("watchbell.project.rotating.rotate_keys"))
    token = commands.add_parser("token", help="prints an API token of a user")
    token.add_argument("--user", required=True)
    token.add_argument("--name", required=True, help="what it is for, as the list of tokens shows it")
    token.add_argument(
        "--scope", action="append", default=[], metavar="RIGHT",
        help="a right the token has, such as people.import; given again for each. Without: all rights of the user",
    )  # fmt: skip
    token.add_argument("--days", type=int, default=None, help="until it ends: 1 to 366; without: 90")
    token.set_defaults(run=_with_django("watchbell.project.duties.print_token"))


def _add_roster(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    roster = commands.add_parser("roster", help="the student information system's roster").add_subparsers(required=True)
    imports = roster.add_parser("import", help="reads OneRoster 1.2 CSV, zip or folder")
    imports.add_argument("path")
    imports.add_argument("--dry-run", action="store_true", help="show the difference, change nothing")
    imports.add_argument("--district", default="", help="the district's code, where there are several")
    imports.set_defaults(run=_with_django("watchbell.district.people.commands.import_roster_command"))
    riders = commands.add_parser("riders", help="who rides which bus").add_subparsers(required=True)
    imports = riders.add_parser("import", help="reads a CSV file: student_number, bus, run, stop")
    imports.add_argument("path")
    imports.add_argument("--dry-run", action="store_true", help="show the difference, change nothing")
    imports.add_argument("--only-these", action="store_true", help="whoever is not in the file keeps their bus")
    imports.add_argument("--district", default="", help="the district's code, where there are several")
    imports.set_defaults(run=_with_django("watchbell.district.people.commands.import_riders_command"))


def _duty(path: str) -> object:
    def begin(arguments: argparse.Namespace) -> int:
        import importlib

        module, name = path.rsplit(".", 1)
        return int(getattr(importlib.import_module(module), name)(arguments) or 0)

    return begin


def main(given: Sequence[str] | None = None) -> int:
    """Runs a command; an error is told in words, with exit code 1."""
    arguments = parser().parse_args(given)
    try:
        return int(arguments.run(arguments) or 0)
    except WatchbellError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    config.home()
    sys.exit(main())
