"""Plans written: versions kept, copies, refusals, snapshots asked for."""

import pytest

from watchbell.district.sites.tests.builders import SITE, build_site
from watchbell.kernel.models import Announcement, AuditRow, Reaction
from watchbell.line.errors import Conflict, NotFound, Refused
from watchbell.line.ids import same_uuid
from watchbell.response.plans import actions, queries
from watchbell.response.plans.models import Plan, PlanVersion
from watchbell.response.plans.reactions import answer_equipment, answer_plan
from watchbell.response.plans.tests.builders import CENTRE, DOOR, LINE, build_endpoints

OTHER = same_uuid("test", "other site")
LOCK = {"name": "Lock", "action": "lock_door"}
NAMED = {"name": "Front", "action": "lock_door", "select": "named", "endpoints": [str(DOOR)],
         "fallback_action": "place_call", "fallback_endpoints": [str(LINE)]}  # fmt: skip


@pytest.fixture
def plan(committed_db, district, actor):
    build_endpoints()
    return actions.write_plan(actor, SITE, "lockdown", [LOCK])


def test_each_change_is_a_version_with_its_writer_and_an_announcement(plan, actor):
    actions.write_plan(actor, SITE, "lockdown", [LOCK, NAMED], version=1)
    found = Plan.objects.get()
    assert found.version == 2 and [step.name for step in found.steps.all()] == ["Lock", "Front"]
    assert list(PlanVersion.objects.values_list("version", "by_name")) == [(2, actor.name), (1, actor.name)]
    assert [len(queries.version_facts(v).steps) for v in queries.versions_of(found)] == [2, 1]
    assert AuditRow.objects.filter(action="plans.write_plan").count() == 2
    assert Announcement.objects.filter(name="PlanWritten", body__version=2).count() == 1


def test_who_saw_an_older_version_is_told(plan, actor):
    with pytest.raises(Conflict):
        actions.write_plan(actor, SITE, "lockdown", [], version=7)


@pytest.mark.parametrize(
    ("kind", "step", "words"),
    [
        ("dance", LOCK, "no kind"),
        ("hold", LOCK | {"action": "dance"}, "dance"),
        ("hold", LOCK | {"timing": "sometime"}, "sometime"),
        ("hold", LOCK | {"name": " "}, "name"),
        ("hold", LOCK | {"deadline_seconds": 0}, "above zero"),
        ("hold", LOCK | {"deadline_seconds": 90, "expires_seconds": 60}, "given up before"),
        ("hold", LOCK | {"select": "named"}, "at least one"),
        ("hold", LOCK | {"fallback_action": "place_call"}, "needs both"),
    ],
)
def test_a_step_that_cannot_work_is_refused_and_nothing_is_written(plan, actor, kind, step, words):
    with pytest.raises(Refused, match=words):
        actions.write_plan(actor, SITE, kind, [step])
    assert Plan.objects.count() == 1


def test_a_teacher_may_not_write(plan, actor_as):
    with pytest.raises(Refused):
        actions.write_plan(actor_as("teacher"), SITE, "lockdown", [LOCK])


def test_a_plan_is_copied_without_the_endpoints_another_site_does_not_have(plan, actor):
    build_site("OTH", OTHER)
    tell = {"name": "911", "action": "tell_dispatch", "select": "named", "endpoints": [str(CENTRE)]}
    actions.write_plan(actor, SITE, "lockdown", [tell], clear_roles=["police"])
    assert actions.copy_plan(actor, plan, [OTHER, SITE]) == {OTHER: 0}
    copied = queries.plan_for(OTHER, "lockdown")
    assert copied.clear_roles == ("police",) and copied.steps[0].endpoints == (str(CENTRE),)
    with pytest.raises(Refused, match="Tick"):
        actions.copy_plan(actor, plan, [])
    with pytest.raises(NotFound):
        actions.copy_plan(actor, OTHER, [OTHER])


def test_a_step_is_taken_out(plan, actor):
    step = Plan.objects.get().steps.get()
    actions.delete_step(actor, plan, step.id)
    assert not Plan.objects.get().steps.exists()


def test_a_change_asks_for_snapshots_once_however_much_is_announced(plan):
    announced = Announcement.objects.filter(name="PlanWritten").get()
    for _ in range(3):
        answer_plan(None, announced)
        answer_equipment(None, announced)
    assert Reaction.objects.filter(name="plans.publish_snapshots", state="waiting").count() == 1


def test_a_plan_names_nobody_for_the_all_clear_who_has_no_right_to_it(committed_db, district, actor):
    build_endpoints()
    with pytest.raises(Refused, match="Teacher: never gives an all-clear"):
        actions.write_plan(actor, SITE, "lockdown", [LOCK], clear_roles=["director", "teacher"])
