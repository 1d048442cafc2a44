"""Two people write the same plan: nothing either of them typed is lost, and nothing is overwritten unseen."""

from dataclasses import replace

import pytest

from watchbell.district.sites.tests.builders import SITE
from watchbell.response.plans import actions, pages, rules
from watchbell.response.plans.models import Plan
from watchbell.response.plans.queries import step_facts
from watchbell.response.plans.tests.builders import AFTER, STEP

STEPS = [{"name": "Lock", "action": "lock_door"}, {"name": "Call", "action": "place_call"}]


@pytest.fixture
def steps(plan, actor):
    actions.write_plan(actor, SITE, "lockdown", STEPS)
    return {step.name: step for step in Plan.objects.get().steps.all()}


@pytest.fixture
def another_writes(actor):
    """Another person changes the other step: every step has a new id then."""

    def write(steps=None):
        actions.write_plan(actor, SITE, "lockdown", steps or [STEPS[0], STEPS[1] | {"deadline_seconds": 9.0}])

    return write


def names():
    return [(step.name, step.deadline_seconds) for step in Plan.objects.get().steps.all()]


def test_what_was_typed_stays_and_goes_into_the_newest_version_after_a_look(ask, plan, steps, another_writes, actor):
    another_writes()
    typed = STEP | {"name": "Front doors", "version": "2"}
    status, body, _ = ask(pages.step_page, post=typed, plan_id=plan, step_id=steps["Lock"].id)
    assert status == 200 and 'value="Front doors"' in body
    assert f"{actor.name} has changed this plan" in body and "?old=2&amp;new=3" in body
    assert names() == [("Lock", 5.0), ("Call", 9.0)]
    assert ask(pages.step_page, post=typed | {"version": "3"}, plan_id=plan, step_id=steps["Lock"].id)[0] == 302
    assert names() == [("Front doors", 8.0), ("Call", 9.0)]


def test_a_step_that_is_gone_meanwhile_is_written_anew_where_the_writer_says_so(ask, plan, steps, another_writes):
    another_writes([STEPS[1]])
    typed = STEP | {"name": "Front doors", "version": "2"}
    status, body, _ = ask(pages.step_page, post=typed, plan_id=plan, step_id=steps["Lock"].id)
    assert status == 200 and 'value="Front doors"' in body and "as a new step" in body
    assert ask(pages.step_page, post=typed | {"version": "3"}, plan_id=plan, step_id=steps["Lock"].id)[0] == 302
    assert [name for name, _ in names()] == ["Call", "Front doors"]


def test_an_old_address_of_a_step_leads_to_the_step_as_it_is_now(ask, plan, steps, another_writes):
    another_writes()
    now = {step.name: step.id for step in Plan.objects.get().steps.all()}
    assert ask(pages.step_page, plan_id=plan, step_id=steps["Lock"].id)[0] == 302
    assert "Change “Lock”" in ask(pages.step_page, plan_id=plan, step_id=now["Lock"])[1]


def test_an_escalation_keeps_what_was_typed(ask, plan, steps, another_writes):
    another_writes()
    typed = AFTER | {"version": "2"}
    status, body, _ = ask(pages.escalation_page, post=typed, plan_id=plan, step_id=steps["Lock"].id)
    assert status == 200 and 'value="30"' in body and "has changed this plan" in body
    assert ask(pages.escalation_page, post=typed | {"version": "3"}, plan_id=plan, step_id=steps["Lock"].id)[0] == 302
    assert Plan.objects.get().steps.get(name="Lock").escalations[0]["after_seconds"] == 30


def test_words_and_steps_written_at_once_are_both_kept_but_never_two_writers_words(ask, plan, steps, another_writes):
    another_writes()
    words = {"name": "Full", "directive": "Hide", "version": "2"}
    assert "Saved" in ask(pages.save_plan, post=words, plan_id=plan)[2][0]
    assert names() == [("Lock", 5.0), ("Call", 9.0)] and Plan.objects.get().name == "Full"
    told = ask(pages.save_plan, post=words | {"name": "Half", "version": "3"}, plan_id=plan)[2][0]
    assert "Somebody else" in told and Plan.objects.get().name == "Full"


def test_two_who_save_in_the_same_moment(ask, plan, steps, another_writes, monkeypatch):
    write = actions.write_plan

    def overtaken(*args, **kwargs):
        monkeypatch.setattr(actions, "write_plan", write)
        another_writes()
        return write(*args, **kwargs)

    monkeypatch.setattr(actions, "write_plan", overtaken)
    typed = STEP | {"name": "Front doors", "version": "2"}
    status, body, _ = ask(pages.step_page, post=typed, plan_id=plan, step_id=steps["Lock"].id)
    assert status == 200 and 'value="Front doors"' in body and "has changed this plan" in body
    assert names() == [("Lock", 5.0), ("Call", 9.0)]


def test_a_step_is_known_by_its_content_and_then_by_its_name(ask, plan, steps):
    old = step_facts(steps["Lock"])
    renamed, named = step_facts(steps["Lock"]), step_facts(steps["Call"])
    assert rules.same_step(old, [named, renamed], 2) is renamed
    assert rules.same_step(old, [named], 2) is None
    other_words = replace(renamed, name="Every door")
    assert rules.same_step(old, [other_words, named], 2) is other_words, "another has renamed it"
    assert rules.same_step(old, [other_words], 2) is None, "it may be another one that moved up"
