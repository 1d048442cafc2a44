"""Pages of plans: numbers before the day, steps on a form, versions compared, copies."""

import pytest

from watchbell.district.sites.tests.builders import SITE, build_site
from watchbell.line.errors import Refused
from watchbell.line.ids import same_uuid
from watchbell.response.plans import actions, api, pages, queries
from watchbell.response.plans.models import Plan
from watchbell.response.plans.tests.builders import AFTER, DOOR, LINE, STEP

OTHER = same_uuid("test", "other site")


def test_the_page_says_in_numbers_what_a_press_does_now(ask, plan):
    _, body, _ = ask(pages.plan_page, plan_id=plan)
    assert "A press now locks 2 doors." in body and "Door 1 is silent" in body
    assert body.index("Door 1 is silent") < body.index("1. Lock")


def test_a_step_with_named_endpoints_and_a_fallback_is_added_and_changed(ask, plan):
    _, body, _ = ask(pages.step_page, "/?action=lock_door", plan_id=plan)
    assert "Door 1" in body and "Hall zone" in body
    more = {"fallback_action": "place_call", "fallback_endpoints": [str(LINE)]}
    assert ask(pages.step_page, post=STEP | more, plan_id=plan)[0] == 302
    step = Plan.objects.get().steps.get(name="Lock the front")
    assert (step.endpoints, step.fallback_action, step.fallback_endpoints, step.deadline_seconds) == (
        [str(DOOR)], "place_call", [str(LINE)], 8.0)  # fmt: skip
    _, body, _ = ask(pages.step_page, plan_id=plan, step_id=step.id)
    assert "Change “Lock the front”" in body and f'value="{DOOR}" checked' in body
    assert ask(pages.step_page, post=STEP | {"name": "Front door"}, plan_id=plan, step_id=step.id)[0] == 302
    assert Plan.objects.get().version == 3
    _, body, _ = ask(pages.compare_page, "/?old=1&new=3", plan_id=plan)
    assert "Front door" in body and "step added" in body


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"endpoints": []}, "Tick at least one"),
        ({"name": ""}, "required"),
        ({"deadline_seconds": "90"}, "before it is late"),
        ({"fallback_endpoints": [str(LINE)]}, "Say what these endpoints"),
        ({"fallback_action": "place_call"}, "Tick who does it"),
        ({"fallback_action": "place_call", "fallback_endpoints": [str(DOOR)]}, "cannot call"),
    ],
)
def test_what_is_wrong_stands_beside_its_field_and_nothing_is_saved(ask, plan, wrong, words):
    status, body, _ = ask(pages.step_page, post=STEP | wrong, plan_id=plan)
    assert status == 200 and words in body and Plan.objects.get().version == 1


def test_steps_move_and_leave_and_words_change(ask, plan, actor):
    actions.write_plan(actor, SITE, "lockdown", [{"name": n, "action": "lock_door"} for n in ("A", "B")])
    second = Plan.objects.get().steps.get(name="B")
    ask(pages.move_step, post={"step": str(second.id), "do": "up"}, plan_id=plan)
    assert [step.name for step in Plan.objects.get().steps.all()] == ["B", "A"]
    told = ask(pages.move_step, post={"step": str(second.id), "do": "out"}, plan_id=plan)[2]
    assert "older version" in told[0]
    ask(pages.save_plan, post={"name": "Full", "directive": "Hide", "clear_roles": ["police", "x"]}, plan_id=plan)
    found = Plan.objects.get()
    assert (found.name, found.clear_roles, found.has_check_in) == ("Full", ["police"], False)


def test_a_plan_goes_to_other_sites_and_a_missing_one_is_begun(ask, plan):
    build_site("OTH", OTHER)
    assert "Written at 1 site." in ask(pages.copy_plan, post={"sites": [str(OTHER)]}, plan_id=plan)[2][0]
    assert "Tick" in ask(pages.copy_plan, post={}, plan_id=plan)[2][0]
    _, body, _ = ask(pages.plans_page)
    assert "No Fire plan" in body
    assert ask(pages.new_plan, post={"site": str(OTHER), "kind": "fire"})[0] == 302
    assert queries.plan_for(OTHER, "fire").kind == "fire"
    assert "Lock" in ask(pages.plans_page, "/?format=csv&kind=lockdown")[1]


def test_who_may_not_edit_sees_no_form_and_is_refused(ask, plan, actor_as):
    teacher = actor_as("teacher")
    assert "Add a step" not in ask(pages.plan_page, who=teacher, plan_id=plan)[1]
    assert ask(pages.step_page, "/?action=lock_door", who=teacher, plan_id=plan)[0] == 403
    assert ask(pages.plans_page, who=actor_as("parent"))[0] == 403


def test_the_api_previews_and_lists_versions(ask, plan):
    assert ask(api.preview_plan, plan_id=plan)["now"] == "locks 2 doors"
    assert ask(api.list_versions, plan_id=plan)["count"] == 1


def test_what_follows_when_nobody_answers_is_added_changed_read_aloud_and_taken_out(ask, plan):
    def step():
        return Plan.objects.get().steps.get()

    _, body, _ = ask(pages.escalation_page, "/?action=place_call", plan_id=plan, step_id=step().id)
    assert "Voice line" in body and "a dispatcher has acknowledged" in body.lower() and "Door 1" not in body
    assert ask(pages.escalation_page, post=AFTER, plan_id=plan, step_id=step().id)[0] == 302
    to_staff = {"action": "push_staff", "after_seconds": "60", "waits_for": ["on_my_way"], "roles": ["nurse"]}
    assert ask(pages.escalation_page, post=to_staff, plan_id=plan, step_id=step().id)[0] == 302
    assert [one["params"] for one in step().escalations] == [{}, {"audience": {"roles": ["nurse"]}}]
    words = "After 30 s, unless a dispatcher has acknowledged: call Voice line."
    _, body, _ = ask(pages.plan_page, plan_id=plan)
    assert body.count(words) == 2, "under its step, and in what a press does now"
    assert "reaches nobody" in body and "(for nurse)" in body
    later = AFTER | {"after_seconds": "45"}
    where = {"plan_id": plan, "number": 1}
    assert 'value="30.0"' in ask(pages.escalation_page, step_id=step().id, **where)[1]
    assert ask(pages.escalation_page, post=later, step_id=step().id, **where)[0] == 302
    assert step().escalations[0]["after_seconds"] == 45 and len(step().escalations) == 2
    ask(pages.drop_escalation, post={}, step_id=step().id, **where)
    assert [one["action"] for one in step().escalations] == ["push_staff"]
    told = ask(pages.drop_escalation, post={}, step_id=step().id, plan_id=plan, number=7)[2]
    assert "gone already" in told[0]


def test_an_escalation_that_waits_for_nothing_is_not_kept(ask, plan):
    step = Plan.objects.get().steps.get()
    status, body, _ = ask(pages.escalation_page, post={**AFTER, "waits_for": []}, plan_id=plan, step_id=step.id)
    assert status == 200 and "Tick the answer that stops it" in body
    assert ask(pages.escalation_page, plan_id=plan, step_id=step.id, number=3)[0] == 404


def test_two_people_for_the_all_clear_are_a_setting_of_the_plan(ask, plan):
    words = {"name": "Lockdown", "directive": "Locks", "clear_people": "2", "clear_with_police": "on"}
    assert ask(pages.save_plan, post=words, plan_id=plan)[0] == 302
    found = queries.plan_facts(Plan.objects.get())
    assert (found.clear_people, found.clear_with_police) == (2, True)
    _, body, _ = ask(pages.compare_page, "/?old=1&new=2", plan_id=plan)
    assert "people for the all-clear" in body and "one of them of the police" in body


@pytest.mark.parametrize(
    "step",
    [
        {"name": "CAP", "action": "send_cap"},
        {"name": "CAP", "action": "send_cap", "timing": "follow"},
        {"name": "Tell", "action": "tell_dispatch", "fallback_action": "send_cap", "fallback_endpoints": ["x"]},
        {"name": "Tell", "action": "tell_dispatch", "escalations": [
            {"after_seconds": 5, "action": "send_cap", "waits_for": ["dispatch_acknowledged"]}]},
    ],
)  # fmt: skip
def test_the_public_is_warned_only_after_approval(plan, actor, step):
    with pytest.raises(Refused, match="approved"):
        actions.write_plan(actor, SITE, "fire", [step])
    actions.write_plan(actor, SITE, "fire", [{"name": "CAP", "action": "send_cap", "timing": "approval"}])
