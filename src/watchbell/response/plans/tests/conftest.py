"""A plan at a site, and its pages asked as a person asks them."""

import pytest
from django.contrib.messages.storage.fallback import FallbackStorage


@pytest.fixture
def plan(committed_db, district, actor):
    from watchbell.district.sites.tests.builders import SITE
    from watchbell.response.plans import actions
    from watchbell.response.plans.tests.builders import build_endpoints

    build_endpoints()
    return actions.write_plan(actor, SITE, "lockdown", [{"name": "Lock", "action": "lock_door"}])


@pytest.fixture
def ask(plan, rf, actor):
    def get(view, path="/", who=None, post=None, **kwargs):
        request = rf.get(path) if post is None else rf.post(path, post)
        request.actor, request.session = who or actor, {}
        request._messages = FallbackStorage(request)
        answer = view(request, **kwargs)
        told = [str(message) for message in request._messages]
        return answer if isinstance(answer, dict) else (answer.status_code, answer.content.decode(), told)

    return get
