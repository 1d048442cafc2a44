"""A school with an AED, and pages asked as a person asks them. Imports wait until Django is set up."""

import pytest


@pytest.fixture
def site(committed_db, district):
    from watchbell.district.equipment.actions import load_equipment
    from watchbell.district.sites.tests.builders import SITE, build_site, floor_of
    from watchbell.line.ids import new_id

    build_site()
    load_equipment([{"id": new_id(), "site_id": SITE, "kind": "aed", "name": "AED, Lobby", "floor_id": floor_of(),
                     "x": 100, "y": 200, "device": "aed-1"}])  # fmt: skip
    return SITE


@pytest.fixture
def ask(site, rf, actor):
    from django.contrib.messages.storage.fallback import FallbackStorage

    def get(view, path="/", who=None, post=None, **kwargs):
        request = rf.get(path) if post is None else rf.post(path, post)
        request.actor, request.session = who or actor, {}
        request._messages = FallbackStorage(request)
        answer = view(request, **kwargs)
        return (answer.status_code, answer.content.decode()) if hasattr(answer, "content") else answer

    return get
