"""Routes of plans."""

from django.urls import path

from watchbell.response.plans import pages

app_name = "plans"

urlpatterns = [
    path("readiness", pages.readiness_page, name="readiness_page"),
    path("readiness/<uuid:site_id>", pages.site_readiness_page, name="site_readiness_page"),
    path("readiness/<uuid:site_id>/part", pages.site_ready_part, name="site_ready_part"),
    path("home/ready", pages.ready_part, name="ready_part"),
    path("plans", pages.plans_page, name="plans_page"),
    path("plans/<uuid:plan_id>", pages.plan_page, name="plan_page"),
    path("plans/<uuid:plan_id>/save", pages.save_plan, name="save_plan"),
    path("plans/new", pages.new_plan, name="new_plan"),
    path("plans/<uuid:plan_id>/compare", pages.compare_page, name="compare_page"),
    path("plans/<uuid:plan_id>/copy", pages.copy_plan, name="copy_plan"),
    path("plans/<uuid:plan_id>/steps/new", pages.step_page, name="new_step"),
    path("plans/<uuid:plan_id>/steps/<uuid:step_id>", pages.step_page, name="step_page"),
    path("plans/<uuid:plan_id>/steps/<uuid:step_id>/then", pages.escalation_page, name="new_escalation"),
    path("plans/<uuid:plan_id>/steps/<uuid:step_id>/then/<int:number>", pages.escalation_page, name="escalation_page"),
    path("plans/<uuid:plan_id>/steps/<uuid:step_id>/then/<int:number>/out", pages.drop_escalation,
         name="drop_escalation"),
    path("plans/<uuid:plan_id>/move", pages.move_step, name="move_step"),
]  # fmt: skip
