"""Duties of an operator: examine the installation, make tokens."""

import argparse
import json
import re
import shutil
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from zoneinfo import available_timezones

from cryptography import x509
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from watchbell.district.accounts.actions import begin_district, make_token
from watchbell.district.accounts.facts import TOKEN_DAYS
from watchbell.district.accounts.models import User
from watchbell.district.accounts.queries import actor_of, break_glass_alarms
from watchbell.kernel import audit, engines, fields
from watchbell.kernel.acting import acting_in
from watchbell.kernel.models import DeadLetter, District, Reaction
from watchbell.line import clock, config
from watchbell.line.errors import NotFound, Refused

MOST_DRIFT_SECONDS = 1.0
CERTIFICATE_DAYS = 14


def print_token(arguments: argparse.Namespace) -> int:
    """Prints a new API token of `--user`, named `--name`, with the rights of `--scope` for `--days`."""
    user = User.objects.filter(email=arguments.user.lower(), is_active=True).first()
    if user is None:
        raise NotFound(f"There is no account {arguments.user}.")
    if user.is_demo and not config.is_demo() and not (config.home() / "demo").exists():
        raise Refused("Demo accounts have no tokens outside the demo.")
    for district in user.districts.order_by("name"):
        with acting_in(district.id):
            actor = actor_of(user, district.id, "command line")
            if actor is not None:
                scope = [right for told in arguments.scope for right in told.replace(",", " ").split()]
                days = TOKEN_DAYS if arguments.days is None else arguments.days
                print(make_token(actor, user, arguments.name, scope, days))
                return 0
    raise NotFound(f"{arguments.user} has no role in any district.")


def add_district(arguments: argparse.Namespace) -> int:
    """Makes a district with its safety director and prints the link on which they set their password."""
    code = arguments.code.lower()
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,39}", code):
        raise Refused("A district's code has letters, digits and hyphens, at most 40.")
    if arguments.timezone not in available_timezones():
        raise Refused(f"There is no time zone {arguments.timezone}; write it like America/Denver.")
    if "@" not in arguments.email:
        raise Refused("The director needs an e-mail address to sign in with.")
    link = begin_district(code, arguments.name, arguments.timezone, arguments.email, arguments.person)
    print(f"{arguments.name} is there. {arguments.person} sets a password here, within three days:")
    print(f"  {config.public_url()}{link}")
    print("Then: sites and their plans, the roster, equipment, a plan for each kind of alarm. See docs/deploy.md.")
    return 0


def examine(arguments: argparse.Namespace) -> int:
    """Checks everything that can be checked from here; says what to do; 1 when something is wrong."""
    wrong = 0
    for name, fault in _findings():
        print(f"{'WRONG' if fault else 'ok   '} {name}{': ' + fault if fault else ''}")
        wrong += bool(fault)
    print("All is well." if not wrong else f"{wrong} to see to.", file=sys.stderr if wrong else sys.stdout)
    return 1 if wrong else 0


def _findings() -> Iterator[tuple[str, str]]:
    yield "disk", _disk()
    yield "data folder", _major()
    if config.setting("TLS_CERT"):
        yield "certificate", _certificate(Path(config.setting("TLS_CERT")))
    health = _health()
    yield "running", "" if health else f"nothing answers at {config.public_url()}/healthz; start it: watchbell up"
    for group in ("engines", "roles", "gateways", "edges"):
        for name, state in (health or {}).get(group, {}).items():
            fine = state["state"] == "ok"
            yield f"{group[:-1]} {name}", "" if fine else f"{state['state']}, {state.get('because') or 'see the log'}"
            drift = float(state.get("drift_seconds", 0.0))
            if abs(drift) > MOST_DRIFT_SECONDS:
                yield f"clock of {name}", f"{drift:+.1f} s from this machine's; set the clocks by NTP"
    try:
        yield from _database()
    except DatabaseError as error:
        yield "database", f"does not answer ({str(error).splitlines()[0]}); is the installation running?"


def _disk() -> str:
    """`WATCHBELL_LEAST_FREE_MIB` says how much must be free, 2048 unless set."""
    free, least = shutil.disk_usage(config.home()).free >> 20, int(config.setting("LEAST_FREE_MIB", "2048"))
    return "" if free > least else f"only {free} MiB are free under {config.home()}, {least} are needed; make room"


def _certificate(path: Path) -> str:
    try:
        found = x509.load_pem_x509_certificate(path.read_bytes())
    except (OSError, ValueError) as error:
        return f"{path} cannot be read ({error}); put the certificate there, or unset WATCHBELL_TLS_CERT"
    left = (found.not_valid_after_utc - clock.now()).total_seconds() / 86400
    if left < CERTIFICATE_DAYS:
        when = f"{found.not_valid_after_utc:%-d %B %Y}"
        return f"{'ended' if left < 0 else 'ends'} on {when}; renew {path} and start again"
    return ""


def _schema() -> str:
    executor = MigrationExecutor(connection)
    missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    names = ", ".join(f"{migration.app_label} {migration.name}" for migration, _ in missing[:5])
    return f"{len(missing)} migrations are missing ({names}); start again: watchbell up" if missing else ""


def _major() -> str:
    path = engines.data_folder() / "PG_VERSION"
    if not engines.is_embedded() or not path.exists() or path.read_text().strip() == str(engines.MAJOR):
        return ""
    return f"was written by PostgreSQL {path.read_text().strip()}; back up with the old version, restore with this one"


def _health() -> dict[str, dict[str, dict[str, str]]] | None:
    address = f"http://{config.bind()}:{config.port()}/healthz"
    try:
        with urllib.request.urlopen(address, timeout=3) as answer:
            return dict(json.load(answer))
    except urllib.error.HTTPError as error:
        return dict(json.load(error))
    except (OSError, ValueError):
        return None


def _database() -> Iterator[tuple[str, str]]:
    with connection.cursor() as cursor:
        cursor.execute("select rolsuper or rolbypassrls from pg_roles where rolname = current_user")
        yield "application's database role", "may bypass row-level security" if cursor.fetchone()[0] else ""
        cursor.execute("select extract(epoch from clock_timestamp())")
        drift = abs(float(cursor.fetchone()[0]) - clock.unix())
        yield (
            "clock",
            "" if drift < MOST_DRIFT_SECONDS else f"database and this machine differ by {drift:.1f} s; set the clocks",
        )
    yield "schema", _schema()
    for district in District.objects.order_by("name"):
        verdict = audit.verify_chain(district.id)
        fault = verdict.because and f"{verdict.because}; keep the database and call for help"
        yield f"audit chain of {district.name} ({verdict.rows} rows, head {verdict.head[:12]})", fault
        late = f"{verdict.unsealed} rows unsealed for over 5 s; is the worker running?" if verdict.unsealed else ""
        yield f"audit seal of {district.name}", late
        with acting_in(district.id):
            lost, used = fields.count_unreadable(), break_glass_alarms().first()
            dead = DeadLetter.objects.filter(is_resolved=False).count() + Reaction.objects.filter(state="dead").count()
        fault = f"{lost} are under a key that is not known; name it in WATCHBELL_SECRET_KEYS_OLD" if lost else ""
        yield f"secrets of {district.name}", fault
        told = f"was used {used.at:%-d %B %H:%M} UTC, and nobody has looked into it; see the home page" if used else ""
        yield f"break-glass account of {district.name}", told
        yield (
            f"dead letters of {district.name}",
            f"{dead} messages nobody could take; see the health page" if dead else "",
        )
