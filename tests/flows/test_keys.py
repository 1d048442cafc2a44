"""Keys change on a running installation: the secret key by rotation, the others by deleting and starting again."""

import urllib.error
import urllib.request
from collections.abc import Iterator

import pytest

from tests.flows.installation import Installation, running
from tests.flows.test_operating import run, wrong

pytestmark = pytest.mark.long
NEW = {"WATCHBELL_SECRET_KEY": "another key, of this test only"}


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    with running(tmp_path_factory.mktemp("keys")) as made:
        yield made


def doors_lock(place: Installation) -> set[str]:
    """A real press; the doors it locked over their secure channel, whose keys lie encrypted."""
    assert place.press("001").answer == "ACK"
    incident = place.open_incident()["id"]
    place.settled(incident)
    found = place.incident(incident)["receipts"]
    locked = {one["endpoint_id"] for one in found if one["action"] == "lock_door" and one["state"] == "done"}
    place.clear_all()
    assert locked, [(one["endpoint"], one["state"], one["because"]) for one in found]
    return locked


def again(place: Installation, **settings: str) -> None:
    place.stop()
    for name in ("WATCHBELL_SECRET_KEY", "WATCHBELL_SECRET_KEYS_OLD"):
        place.environment.pop(name, None)
    place.environment.update(settings)
    place.start()


def test_the_secret_key_changes_and_doors_lock_before_meanwhile_and_after(own: Installation) -> None:
    token = own.token()
    old = (own.home / "secrets" / "secret_key").read_text().strip()
    both = {**NEW, "WATCHBELL_SECRET_KEYS_OLD": old}
    first = doors_lock(own)
    early = run(own, "rotate-keys", **both)
    assert early.returncode == 1 and "Start it with the new" in early.stderr, early.stdout + early.stderr
    own.stop()
    stopped = run(own, "rotate-keys", **both)
    assert stopped.returncode == 1 and "Traceback" not in stopped.stderr, stopped.stderr
    again(own, **both)
    done = run(own, "rotate-keys")
    assert done.returncode == 0 and not done.stdout.startswith("0 secrets"), done.stdout + done.stderr
    assert run(own, "rotate-keys").stdout.startswith("0 secrets")
    assert doors_lock(own) == first, "nothing had to start again"
    again(own, **NEW)
    assert wrong(own) == [], "no secret lies under a key nobody knows"
    assert doors_lock(own) == first
    assert own.token() == token and own.call("GET", "/incidents").get("items"), "tokens do not depend on it"


def test_a_new_key_without_the_old_one_takes_no_device_its_secret(own: Installation) -> None:
    first = doors_lock(own)
    own.stop()
    known = {name: value for name, value in own.environment.items() if name == "WATCHBELL_SECRET_KEY"}
    own.environment["WATCHBELL_SECRET_KEY"] = "a key with which nothing was closed"

    def because() -> str:
        return str(own.health().get("roles", {}).get("worker", {}).get("because", ""))

    own.start(until=lambda: "WATCHBELL_SECRET_KEYS_OLD" in because())
    own.wait_until(lambda: own.health()["gateways"]["osdp"]["state"] == "ok", 30, "the door gateway is back")
    assert doors_lock(own) == first, "doors go on with what their gateway has"
    again(own, **known)
    assert doors_lock(own) == first


def test_deleted_keys_are_made_anew_and_all_of_it_works_with_them(own: Installation) -> None:
    token = own.token()
    own.stop()
    public = (own.home / "hub.pub").read_bytes()
    gone = [own.home / "hub.pub", own.home / "secrets" / "hub.ed25519", *own.home.glob("secrets/*.box"),
            *own.home.glob("keys/*")]  # fmt: skip
    assert len(gone) > 10
    for path in gone:
        path.unlink()
    own.start()
    assert (own.home / "hub.pub").read_bytes() != public
    asked = urllib.request.Request(
        f"http://127.0.0.1:{own.port}/api/v1/incidents", headers={"Authorization": f"Bearer {token}"}
    )
    with pytest.raises(urllib.error.HTTPError, match="401"):
        urllib.request.urlopen(asked, timeout=20)
    own.tokens.clear()
    assert doors_lock(own)
