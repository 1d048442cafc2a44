"""The safety net behind announced changes: none is passed over, and what could not go out is tried again."""

import pytest

from watchbell.kernel import audit
from watchbell.kernel.changes import record_look, recorded_change, recorded_changes
from watchbell.response.plans.jobs import OTHERS, PRESSED, Publisher


class Counted(Publisher):
    """A publisher that counts how often it would make everything anew, in place of doing it."""

    def __init__(self):
        super().__init__()
        self.snapshots, self.is_away = 0, False
        self.told: list[str] = []

    def _publish_snapshots(self, district):
        self.snapshots += 1
        return 1

    def _publish_configs(self, gateways):
        if self.is_away:
            raise TimeoutError("the bus is away")
        self.told += gateways
        return 1


def watched(actor):
    with recorded_change(actor, "plans.write_plan"):
        pass


def test_a_change_is_not_passed_over_below_a_flood_of_other_rows(committed_db, district, actor):
    publisher = Counted()
    assert publisher.publish_changes() == 3, "the first look publishes everything"
    assert publisher.publish_changes() == 0
    watched(actor)
    with recorded_changes(actor, "notices.answer") as changes:
        for number in range(1500):
            changes.add("notices.answer", once=str(number))
    audit.seal_rows(district.pk)
    assert publisher.publish_changes() == 3
    assert publisher.publish_changes() == 0
    with recorded_changes(actor, "notices.answer") as changes:
        changes.add("notices.answer")
    audit.seal_rows(district.pk)
    record_look(actor, "people.see_person", "Amy Voss")
    assert publisher.publish_changes() == 0, "an answer and a look alter no snapshot"


@pytest.mark.parametrize("is_sealed", [True, False])
def test_a_change_is_published_once_whether_it_is_sealed_before_or_after(committed_db, district, actor, is_sealed):
    publisher = Counted()
    publisher.publish_changes()
    watched(actor)
    if is_sealed:
        audit.seal_rows(district.pk)
    assert publisher.publish_changes() == 3
    audit.seal_rows(district.pk)
    assert publisher.publish_changes() == 0 and publisher.publish_changes() == 0


def test_whoever_signs_in_or_fails_to_has_nothing_published_anew_but_a_role_has(committed_db, district, actor):
    publisher = Counted()
    publisher.publish_changes()
    for action in ("sign_in", "sign_out", "fail_sign_in", "use_recovery_code", "make_token"):
        with recorded_change(actor, f"accounts.{action}"):
            pass
    assert publisher.publish_changes() == 0
    for action in ("add_user", "end_membership", "seal_break_glass"):
        with recorded_change(actor, f"accounts.{action}"):
            pass
        assert publisher.publish_changes() == 3, action


def test_what_could_not_go_out_is_tried_again(committed_db, district, actor):
    publisher = Counted()
    publisher.publish_changes()
    watched(actor)
    publisher.is_away = True
    with pytest.raises(TimeoutError):
        publisher.publish_changes()
    publisher.is_away = False
    assert publisher.publish_changes() == 3 and publisher.told == [*PRESSED, *OTHERS] * 2


def test_a_test_session_is_told_to_the_gateways_of_what_is_pressed_and_to_nobody_else(committed_db, district, actor):
    publisher = Counted()
    publisher.publish_changes()
    with recorded_change(actor, "panic.test_session_opened"):
        pass
    publisher.told.clear()
    assert publisher.publish_changes() == 1 and publisher.told == list(PRESSED), "no snapshot is made anew"
    publisher.told.clear()
    watched(actor)
    with recorded_change(actor, "panic.test_session_ended"):
        pass
    assert publisher.publish_changes() == 3 and publisher.told == [*PRESSED, *OTHERS]


def test_a_session_waits_for_no_pass_that_publishes_everything(committed_db, district, actor):
    publisher = Counted()
    with publisher._one_at_a_time:  # as while twenty sites' snapshots are made anew
        assert publisher.publish_pressed() == 1
