"""Pages of plans, and of whether a lockdown would work now."""

from watchbell.response.plans.pages.editing import (
    drop_escalation,
    escalation_page,
    move_step,
    save_plan,
    step_page,
)
from watchbell.response.plans.pages.plans import compare_page, copy_plan, new_plan, plan_page, plans_page
from watchbell.response.plans.pages.readiness import (
    readiness_page,
    ready_part,
    site_readiness_page,
    site_ready_part,
)

__all__ = [
    "compare_page",
    "copy_plan",
    "drop_escalation",
    "escalation_page",
    "move_step",
    "new_plan",
    "plan_page",
    "plans_page",
    "readiness_page",
    "ready_part",
    "save_plan",
    "site_readiness_page",
    "site_ready_part",
    "step_page",
]
