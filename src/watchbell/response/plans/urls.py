"""Routes of plans."""

from django.urls import path

from watchbell.response.plans import pages

app_name = "plans"

urlpatterns = [
    path("plans", pages.plans_page, name="plans_page"),
    path("plans/<uuid:plan_id>", pages.plan_page, name="plan_page"),
    path("plans/<uuid:plan_id>/save", pages.save_plan, name="save_plan"),
    path("plans/<uuid:plan_id>/step", pages.save_step, name="save_step"),
    path("plans/<uuid:plan_id>/move", pages.move_step, name="move_step"),
]
