"""What an operator relies on: the doctor says what is wrong, a backup brings everything back, time is one for all."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import nats
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.flows.installation import Installation
from tests.flows.test_panic_press import orders
from watchbell.kernel import engines
from watchbell.line import clock

pytestmark = pytest.mark.long
PASSPHRASE = {"WATCHBELL_BACKUP_PASSPHRASE": "correct horse battery"}


def run(place: Installation, *command: str, **more: str) -> "subprocess.CompletedProcess[str]":
    """A `watchbell` command in that home."""
    return subprocess.run(
        [sys.executable, "-m", "watchbell.project.cli", *command], env={**place.environment, **more},
        capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.fixture(scope="module")
def own(movable: Installation) -> Installation:
    """With one closed incident."""
    assert movable.press("001").answer == "ACK"
    movable.settled(movable.open_incident()["id"])
    movable.clear_all()
    return movable


def wrong(place: Installation, **more: str) -> list[str]:
    """The lines of the doctor that say what is wrong; its exit code must agree with them."""
    told = run(place, "doctor", **more)
    lines = [line for line in told.stdout.splitlines() if line.startswith("WRONG")]
    assert told.returncode == (1 if lines else 0), told.stdout + told.stderr
    return lines


def test_the_doctor_finds_nothing_where_nothing_is_wrong(own: Installation) -> None:
    assert wrong(own) == []
    assert "All is well." in run(own, "doctor").stdout


def test_the_doctor_sees_a_full_disk_and_a_certificate_that_ends(own: Installation, tmp_path: Path) -> None:
    (line,) = wrong(own, WATCHBELL_LEAST_FREE_MIB="999999999")
    assert "disk" in line and "make room" in line
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([])
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    path = tmp_path / "cert.pem"
    for days, word in ((-1, "ended on"), (5, "ends on"), (90, "")):
        whole = made.serial_number(1).not_valid_before(clock.now() - timedelta(days=30))
        signed = whole.not_valid_after(clock.now() + timedelta(days=days)).sign(key, hashes.SHA256())
        path.write_bytes(signed.public_bytes(serialization.Encoding.PEM))
        found = wrong(own, WATCHBELL_TLS_CERT=str(path))
        assert [word in line and "renew" in line for line in found] == ([True] if word else []), found
    assert "cannot be read" in wrong(own, WATCHBELL_TLS_CERT=str(tmp_path / "none.pem"))[0]


def test_the_doctor_sees_a_silent_gateway(own: Installation) -> None:
    with own.held("gateway/osdp"):
        own.wait_until(lambda: own.state_of("gateway/osdp") == "silent", 10, "silence is noticed")
        (line,) = wrong(own)
    assert "gateway osdp" in line and "silent" in line and "no heartbeat" in line
    own.wait_until(lambda: own.health().get("status") == "ok", 20, "it is back")


def test_the_doctor_sees_audit_rows_nobody_seals(own: Installation) -> None:
    incident = own.incidents()[0]["id"]
    with own.held("worker"):
        own.call("POST", f"/incidents/{incident}/notes", {"text": "nobody seals this"})
        found = own.wait_until(
            lambda: [line for line in wrong(own) if "audit seal" in line], 20, "unsealed rows are noticed"
        )
    assert "unsealed for over 5 s" in found[0] and "is the worker running?" in found[0]
    own.wait_until(lambda: wrong(own) == [], 30, "and sealed by the next worker")


@contextmanager
def _in_home(place: Installation) -> Iterator[None]:
    before = os.environ["WATCHBELL_HOME"]
    os.environ["WATCHBELL_HOME"] = str(place.home)
    try:
        yield
    finally:
        os.environ["WATCHBELL_HOME"] = before


def test_the_doctor_sees_a_schema_that_lags_behind(own: Installation) -> None:
    with _in_home(own), engines.connect_super(engines.DATABASE) as link:
        gone = link.execute("delete from django_migrations where app = 'panic' returning app, name, applied").fetchall()
        try:
            (line,) = wrong(own)
        finally:  # the installation is others' as well
            for row in gone:
                link.execute("insert into django_migrations (app, name, applied) values (%s, %s, %s)", row)
        assert "schema" in line and "panic 0001_initial" in line and "watchbell up" in line
    assert wrong(own) == []


#: A recording of the demo's district: made where nothing is given, else read as a gateway reads it; prints its hash.
RECORDED = """
import asyncio, hashlib, sys
from watchbell.project.django_ready import get_ready
get_ready()
from watchbell.field.paging.actions import add_recording
from watchbell.field.paging.models import Recording
from watchbell.field.paging.tests.builders import wav
from watchbell.kernel.acting import acting_in
from watchbell.kernel.models import District
from watchbell.kernel.permissions import system_actor
from watchbell.line.bus import Bus
from watchbell.wire.subjects import RECORDINGS, recording_key
district = District.objects.get(code="demo").id
async def read():
    bus = await Bus.connect("gateway/rtppaging", wait_seconds=20)
    found = await bus.read_key(RECORDINGS, recording_key(str(district), sys.argv[1]))
    await bus.close()
    return found
if len(sys.argv) == 1:
    with acting_in(district):
        print(Recording.objects.get(id=add_recording(system_actor(district), "Early dismissal", wav())).digest)
else:
    print(hashlib.sha256(asyncio.run(read())).hexdigest())
"""


def recording(place: Installation, *digest: str) -> str:
    command = [sys.executable, "-c", RECORDED, *digest]
    out = subprocess.run(command, env=place.environment, capture_output=True, text=True, check=False)
    assert out.returncode == 0, out.stderr
    return out.stdout.strip()


def test_a_backup_of_a_running_installation_comes_back_in_an_empty_home(own: Installation, tmp_path: Path) -> None:
    before, recorded = own.incidents(), recording(own)
    own.wait_until(lambda: recording(own, recorded) == recorded, 20, "it is where gateways fetch it")
    path = tmp_path / "district.backup"
    short = run(own, "backup", str(path), WATCHBELL_BACKUP_PASSPHRASE="short")
    assert short.returncode == 1 and "at least 12" in short.stderr and not path.exists()
    assert run(own, "backup", str(path), **PASSPHRASE).returncode == 0
    assert path.stat().st_mode & 0o777 == 0o600
    secret = (own.home / "secrets" / "secret_key").read_bytes().strip()
    assert secret not in path.read_bytes(), "keys only under the passphrase"
    assert "exists already" in run(own, "backup", str(path), **PASSPHRASE).stderr

    home = tmp_path / "restored"
    home.mkdir()
    restored = Installation(home)
    wrongly = run(restored, "restore", str(path), WATCHBELL_BACKUP_PASSPHRASE="another passphrase")
    assert wrongly.returncode == 1 and "not the one" in wrongly.stderr
    assert not (home / "postgres").exists(), "a wrong passphrase leaves nothing behind"
    assert "is not a backup" in run(restored, "restore", __file__, **PASSPHRASE).stderr
    told = run(restored, "restore", str(path), **PASSPHRASE)
    assert told.returncode == 0, told.stderr
    assert "is not empty" in run(restored, "restore", str(path), **PASSPHRASE).stderr
    own.stop()  # its equipment plays on the ports the backup knows
    try:
        restored.start()
        assert [(i["id"], i["state"]) for i in restored.incidents()] == [(i["id"], i["state"]) for i in before]
        assert restored.incident(before[0]["id"])["receipts"]
        restored.wait_until(
            lambda: recording(restored, recorded) == recorded, 20, "gateways have it, from the database"
        )
        assert wrong(restored) == [], "its audit chain holds, its keys open what they closed"
        assert restored.press("001").answer == "ACK"
        settled = restored.settled(restored.open_incident()["id"])
        assert {order["state"] for order in orders(settled, "lock_door")} == {"done"}
    finally:
        restored.stop()
        own.start()


def _say_time(place: Installation, seconds: float) -> None:
    """Over the wire, with the key only a test's installation has."""

    async def say() -> None:
        link = await nats.connect(
            (place.home / "run" / "nats.url").read_text(), nkeys_seed=str(place.home / "keys" / "test.nk"),
            inbox_prefix="_INBOX_test",
        )  # fmt: skip
        await link.publish("wbsys.clock", str(seconds).encode())
        await link.flush()
        await link.close()

    asyncio.run(say())


def test_time_moves_for_every_process_and_a_deadline_passes_without_waiting(own: Installation) -> None:
    with own.held("gateway/osdp"):
        assert own.press("001").answer == "ACK"
        incident = own.open_incident()
        locks = own.wait_until(lambda: orders(own.incident(incident["id"]), "lock_door"), 10, "doors are asked")
        began = time.monotonic()
        _say_time(own, 120.0)
        own.shifted = 120.0
        own.wait_until(
            lambda: {o["state"] for o in orders(own.incident(incident["id"]), "lock_door")} == {"expired"}, 7,
            "the deadline of 8 s has passed for everybody at once",
        )  # fmt: skip
        assert time.monotonic() - began < 8 and len(locks) > 10
    drifted = own.wait_until(
        lambda: (found := [line for line in wrong(own) if "clock of" in line]) and len(found) > 8 and found, 20, "drift"
    )
    assert all("+120" in line or "+119" in line for line in drifted), drifted
    pid = own.pid_of("gateway/eido")
    os.killpg(pid, signal.SIGKILL)
    own.wait_until(lambda: own.told()["gateway/eido"]["drift_seconds"] > 100, 15, "a process that starts later follows")
    own.call("POST", f"/incidents/{incident['id']}/notes", {"text": "later"})
    latest = max(entry["at"] for entry in own.incident(incident["id"])["timeline"])
    assert datetime.fromisoformat(latest) > clock.now() + timedelta(seconds=100), (
        "what people did is written at that time"
    )
