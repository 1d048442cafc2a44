"""Two PINs a person: far enough apart, kept as hashes, tried only so often."""

from datetime import UTC, datetime, timedelta

import pytest

from watchbell.district.accounts import actions, queries, rules
from watchbell.district.accounts.models import Pins
from watchbell.kernel.models import AuditRow
from watchbell.line.errors import Refused

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("cancel", "duress", "faulty"),
    [
        ("4827", "9153", set()), ("48271", "915306", set()), ("90318264", "5177", set()),
        ("482", "9153", {"cancel"}), ("482719045", "9153", {"cancel"}), ("48a7", "9153", {"cancel"}),
        ("٤٨٢٧", "9153", {"cancel"}), ("1111", "9153", {"cancel"}), ("1234", "9153", {"cancel"}),
        ("8901", "9153", {"cancel"}), ("4321", "9153", {"cancel"}), ("4848", "9153", {"cancel"}),
        ("1984", "9153", {"cancel"}), ("4827", "2222", {"duress"}), ("4827", "4827", {"duress"}),
        ("4827", "4828", {"duress"}), ("4827", "4927", {"duress"}), ("4827", "8427", {"duress"}),
        ("4827", "48270", {"duress"}), ("4827", "487", {"duress"}), ("4827", "4872", {"duress"}),
        ("3199", "3200", {"duress"}), ("", "", {"cancel", "duress"}),
    ],
)  # fmt: skip
def test_which_pairs_are_safe_in_fear(cancel, duress, faulty):
    assert set(rules.find_pin_faults(cancel, duress)) == faulty


def test_after_five_wrong_tries_one_waits():
    tries = [NOW - timedelta(seconds=seconds) for seconds in (280, 200, 100, 50)]
    assert rules.seconds_to_wait(tries, NOW) == 0
    assert rules.seconds_to_wait([*tries, NOW], NOW) == 20
    assert rules.seconds_to_wait([*tries, NOW], NOW + timedelta(seconds=21)) == 0


def test_pins_are_set_audited_and_never_readable(committed_db, actor):
    actions.set_pins(actor, "4827", "9153")
    row = Pins.objects.get()
    assert "4827" not in row.cancel and "9153" not in row.duress and row.cancel != row.duress
    (audit,) = AuditRow.objects.filter(action="accounts.set_pins")
    assert "4827" not in str(vars(audit)) and "9153" not in str(vars(audit))
    assert queries.pins_changed_at(actor) is not None
    actions.set_pins(actor, "60417", "83952")
    assert Pins.objects.count() == 1 and actions.judge_pin(actor, "60417") == "cancel"


def test_a_pin_is_judged_and_a_wrong_one_counts(committed_db, actor):
    with pytest.raises(Refused, match="no PIN yet"):
        actions.judge_pin(actor, "4827")
    actions.set_pins(actor, "4827", "9153")
    assert actions.judge_pin(actor, "4827") == "cancel" and actions.judge_pin(actor, "9153") == "duress"
    for _ in range(5):
        with pytest.raises(Refused, match="not right"):
            actions.judge_pin(actor, "0000")
    with pytest.raises(Refused, match="Too many"):
        actions.judge_pin(actor, "4827")
    assert AuditRow.objects.filter(action="accounts.wrong_pin").count() == 5


def test_a_pair_that_is_not_safe_is_refused(committed_db, actor):
    with pytest.raises(Refused):
        actions.set_pins(actor, "1234", "9153")
    assert not Pins.objects.exists()
