"""The secret key changes: what lies encrypted comes under the key of today."""

import argparse

from watchbell.district.accounts.actions import encrypt_factors_anew
from watchbell.district.accounts.queries import count_unreadable_factors
from watchbell.kernel import fields
from watchbell.kernel.acting import acting_in
from watchbell.kernel.changes import recorded_change
from watchbell.kernel.models import District
from watchbell.kernel.permissions import system_actor
from watchbell.line import config
from watchbell.line.errors import Refused

STARTED_UNDER = "secret_key_id"


def note_key() -> None:
    """At every start: under which key this installation runs (its name only), for `rotate_keys`."""
    config.write_private(config.private_folder("run") / STARTED_UNDER, fields.key_id(config.secret_key()).encode())


def rotate_keys(arguments: argparse.Namespace) -> int:
    """Brings every encrypted field under the key of today while the installation runs; then the old keys may go.

    Devices' secrets, seeds of authenticator apps and recovery codes; keys of signing, of gateways and of the bus are
    other keys and stay. 1 when something lies under a key nobody named: it stays as it is. Raises Refused when what
    runs was started under another key: it could not open what is brought under this one.
    """
    note = config.private_folder("run") / STARTED_UNDER
    if note.exists() and note.read_text() != fields.key_id(config.secret_key()):
        raise Refused(
            "Watchbell was last started under another secret key and could not open what is encrypted anew. Start it "
            "with the new WATCHBELL_SECRET_KEY and the earlier one in WATCHBELL_SECRET_KEYS_OLD, then rotate."
        )
    count = lost = 0
    for district in District.objects.order_by("name"):
        with recorded_change(system_actor(district.id, "watchbell rotate-keys"), "kernel.rotate_keys") as change:
            here = fields.encrypt_anew()
            change.note(count=here)
        count += here
        with acting_in(district.id):
            lost += fields.count_unreadable()
    count, lost = count + encrypt_factors_anew(), lost + count_unreadable_factors()
    print(f"{count} secrets were brought under the key of today.")
    if lost:
        print(f"{lost} lie under a key nobody named and stay as they are. Name it in WATCHBELL_SECRET_KEYS_OLD, start "
              "again, rotate again.")  # fmt: skip
        return 1
    print("Nothing needs an earlier key any more: take WATCHBELL_SECRET_KEYS_OLD away and start again.")
    return 0
