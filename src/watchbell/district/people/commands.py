"""`watchbell roster import PATH`: takes over a OneRoster package, or shows what it would change."""

import argparse
import sys
from pathlib import Path

from watchbell.district.people.actions import import_roster
from watchbell.district.people.facts import RosterChange, RosterFault, RosterFiles
from watchbell.district.people.rules.archive import open_archive
from watchbell.kernel.models import District
from watchbell.kernel.permissions import system_actor

TABLE_NAMES = {
    "org": "organisations", "session": "sessions", "course": "courses", "person": "people", "class": "classes",
    "enrolment": "enrolments", "guardianship": "contacts",
}  # fmt: skip


def add_commands(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Registers `roster import`; its run(args) gives the exit code. Django must be ready before it runs."""
    roster = subparsers.add_parser("roster", help="rosters of the student information system")
    verbs = roster.add_subparsers(required=True)
    take = verbs.add_parser("import", help="take over a OneRoster 1.2 package (zip or folder), all or nothing")
    take.add_argument("path", type=Path, metavar="PATH")
    take.add_argument("--dry-run", action="store_true", help="only show the difference")
    take.add_argument("--district", default="", metavar="CODE", help="needed where there are several districts")
    take.set_defaults(run=import_roster_command)


def import_roster_command(args: argparse.Namespace) -> int:
    """0 when taken over (or shown), 1 with every fault on standard error."""
    opened = open_package(Path(args.path))
    if opened.faults:
        return _refuse(opened.faults)
    districts = District.objects.order_by("code")
    found = list(districts.filter(code=args.district) if args.district else districts[:2])
    if len(found) != 1:
        what = f"There is no district “{args.district}”." if args.district else "Name the district with --district."
        return _refuse((RosterFault("roster.no_district", what if found or args.district else "Set up a district."),))
    actor = system_actor(found[0].pk, "watchbell roster import")
    change = import_roster(actor, opened.files, dry_run=args.dry_run)
    if change.faults:
        return _refuse(change.faults)
    print(describe_change(change, is_dry=args.dry_run))
    return 0


def open_package(path: Path) -> RosterFiles:
    """The files of a zip archive or of a folder."""
    try:
        if path.is_dir():
            return RosterFiles({entry.name: entry.read_bytes() for entry in sorted(path.iterdir()) if entry.is_file()})
        return open_archive(path.read_bytes())
    except OSError as error:
        return RosterFiles(faults=(RosterFault("roster.unreadable", error.strerror or str(error), str(path)),))


def _refuse(faults: tuple[RosterFault, ...]) -> int:
    for fault in faults:
        print(fault, file=sys.stderr)
    count = f"{len(faults)} fault{'s' if len(faults) > 1 else ''}"
    print(f"{count}; nothing was taken over.", file=sys.stderr)
    return 1


def describe_change(change: RosterChange, *, is_dry: bool) -> str:
    """The difference in words: totals by table, then the first changes."""
    difference = change.difference
    if difference.is_empty:
        return "Nothing differs; nothing was changed."
    lines = ["This would change:" if is_dry else "Taken over:"]
    for verb, counts in (("added", difference.added), ("changed", difference.changed),
                         ("withdrawn", difference.withdrawn)):  # fmt: skip
        lines += [f"  {count:>7,} {TABLE_NAMES[table]} {verb}" for table, count in counts.items()]
    if is_dry:
        lines += ["", *(f"  {line}" for line in difference.changes)]
    return "\n".join(lines)
