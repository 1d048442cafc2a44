"""All JSON operations under /api/v1, their OpenAPI and readable docs."""

from ninja import NinjaAPI, Swagger

from watchbell.communication.channels.api import router as channels
from watchbell.communication.newsletter.api import router as newsletter
from watchbell.communication.notices.api import router as notices
from watchbell.communication.public.api import router as public
from watchbell.district.accounts.api import router as accounts
from watchbell.district.equipment.api import router as equipment
from watchbell.district.identity.api import router as identity
from watchbell.district.people.api import router as people
from watchbell.district.schedules.api import router as schedules
from watchbell.district.sites.api import router as sites
from watchbell.field.paging.api import router as paging
from watchbell.field.panic.api import router as panic
from watchbell.field.video.api import router as video
from watchbell.kernel.api import add_problem_answers
from watchbell.prevention.drills.api import router as drills
from watchbell.prevention.procedures.api import router as procedures
from watchbell.response.accountability.api import router as accountability
from watchbell.response.command.api import router as command
from watchbell.response.dispatch.api import router as dispatch
from watchbell.response.incidents.api import router as incidents
from watchbell.response.plans.api import router as plans
from watchbell.response.review.api import router as review

api = NinjaAPI(
    title="Watchbell", version="1", urls_namespace="api", docs=Swagger(), docs_url="/docs", openapi_url="/openapi.json",
    description="Errors are problem documents (RFC 9457); lists page with limit and offset.",
)  # fmt: skip
add_problem_answers(api)
for router in (
    incidents, notices, newsletter, dispatch, command, accountability, review, drills, procedures, plans, paging, panic,
    video, sites, people, equipment, schedules, channels, public, accounts, identity,
):  # fmt: skip
    api.add_router("", router)
