"""`watchbell roster import PATH` and `watchbell riders import PATH`: take a file over, or show what it would change."""

import argparse
import sys
from pathlib import Path

from watchbell.district.people.actions import import_rides, import_roster
from watchbell.district.people.facts import RidesChange, RosterChange, RosterFault, RosterFiles
from watchbell.district.people.rules.archive import open_archive
from watchbell.kernel.models import District
from watchbell.kernel.permissions import Actor, system_actor
from watchbell.line.errors import Refused

TABLE_NAMES = {
    "org": "organisations", "session": "sessions", "course": "courses", "person": "people", "class": "classes",
    "enrolment": "enrolments", "guardianship": "contacts",
}  # fmt: skip


def add_commands(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Registers both; run(args) gives the exit code. Django must be ready before it runs."""
    roster = subparsers.add_parser("roster", help="rosters of the student information system")
    verbs = roster.add_subparsers(required=True)
    take = verbs.add_parser("import", help="take over a OneRoster 1.2 package (zip or folder), all or nothing")
    take.add_argument("path", type=Path, metavar="PATH")
    take.add_argument("--dry-run", action="store_true", help="only show the difference")
    take.add_argument("--district", default="", metavar="CODE", help="needed where there are several districts")
    take.set_defaults(run=import_roster_command)
    riders = subparsers.add_parser("riders", help="who rides which bus").add_subparsers(required=True)
    take = riders.add_parser("import", help="take over a CSV file of riders, all or nothing")
    take.add_argument("path", type=Path, metavar="PATH")
    take.add_argument("--dry-run", action="store_true", help="only show the difference")
    take.add_argument("--only-these", action="store_true", help="whoever is not in the file keeps their bus")
    take.add_argument("--district", default="", metavar="CODE", help="needed where there are several districts")
    take.set_defaults(run=import_riders_command)


def import_roster_command(args: argparse.Namespace) -> int:
    """0 when taken over (or shown), 1 with every fault on standard error."""
    opened = open_package(Path(args.path))
    if opened.faults:
        return _refuse(opened.faults)
    try:
        actor = _actor_in(str(args.district), "watchbell roster import")
    except Refused as error:
        return _refuse((RosterFault("roster.no_district", str(error)),))
    change = import_roster(actor, opened.files, dry_run=args.dry_run)
    if change.faults:
        return _refuse(change.faults)
    print(describe_change(change, is_dry=args.dry_run))
    return 0


def import_riders_command(args: argparse.Namespace) -> int:
    """0 when taken over (or shown), 1 with every fault on standard error."""
    path = Path(args.path)
    try:
        raw = path.read_bytes()
    except OSError as error:
        print(f"{path}: {error.strerror or error}", file=sys.stderr)
        return 1
    try:
        actor = _actor_in(str(args.district), "watchbell riders import")
    except Refused as error:
        print(error, file=sys.stderr)
        return 1
    change = import_rides(actor, raw, is_whole=not args.only_these, dry_run=args.dry_run)
    for fault in change.faults:
        where = f"{path.name}{f' line {fault.line}' if fault.line else ''}{f', {fault.given}' if fault.given else ''}"
        print(f"{where}: {fault.because} {fault.advice}".rstrip() + f" [{fault.code}]", file=sys.stderr)
    if change.faults:
        return _count_faults(len(change.faults))
    print(describe_rides(change, is_dry=args.dry_run))
    return 0


def describe_rides(change: RidesChange, *, is_dry: bool) -> str:
    """The difference in words: the numbers, what stays as it is, then the first changes."""
    lines = [f"{'This would change' if is_dry else 'Taken over'}: {change.counts}."]
    if change.is_empty:
        lines = ["Nothing differs; nothing was changed."]
    if change.by_hand:
        lines.append(f"  {change.by_hand:,} written down by hand stay, though the file does not know them")
    if change.passed_over:
        lines.append(f"  {change.passed_over:,} lines of students who have left were passed over")
    return "\n".join([*lines, *(f"  {one}" for one in change.words if is_dry)])


def _actor_in(code: str, name: str) -> Actor:
    """Who imports into the district of this code, or into the only one there is. Raises Refused."""
    districts = District.objects.order_by("code")
    found = list(districts.filter(code=code) if code else districts[:2])
    if len(found) != 1:
        what = f"There is no district “{code}”." if code else "Name the district with --district."
        raise Refused(what if found or code else "Set up a district first.")
    return system_actor(found[0].pk, name)


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
    return _count_faults(len(faults))


def _count_faults(count: int) -> int:
    print(f"{count:,} fault{'s' if count > 1 else ''}; nothing was taken over.", file=sys.stderr)
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
