"""The JSON operations on test sessions; a press itself is taken without Django, see project/presses.py."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Schema

from watchbell.field.panic import actions, queries
from watchbell.kernel.api import api_router, operation, paged

router = api_router("test sessions")
RIGHT = "alarms.test"


class Proposal(Schema):
    site: UUID
    devices: list[UUID]
    minutes: int
    why: str
    mode: str = "test"


@operation(router.get, "/test-sessions", permission=RIGHT)
def list_sessions(request: HttpRequest, state: str = "") -> Any:
    """Test sessions, newest first. state=live means proposed or open."""
    return paged(request, queries.sessions_seen_by(request.actor, state), queries.session_as_dict)


@operation(router.get, "/test-sessions/{session_id}", permission=RIGHT)
def read_session(request: HttpRequest, session_id: UUID) -> Any:
    """One session. Press once `in_force` is true: until then a device whose state is "awaited" is still real."""
    return queries.session_as_dict(queries.session_seen_by(request.actor, session_id))


@operation(router.post, "/test-sessions", permission=RIGHT)
def propose_session(request: HttpRequest, body: Proposal) -> Any:
    """Proposes a session; a second person confirms it."""
    devices = [str(device) for device in body.devices]
    found = actions.propose_test_session(request.actor, body.site, body.mode, devices, body.minutes, body.why)
    return {"id": str(found)}


@operation(router.post, "/test-sessions/{session_id}/confirm", permission=RIGHT)
def confirm_session(request: HttpRequest, session_id: UUID) -> Any:
    """The second person opens it; it is in force once its devices' gateways have said so, see `in_force`."""
    actions.confirm_test_session(request.actor, session_id)
    return {"state": "open"}


@operation(router.post, "/test-sessions/{session_id}/end", permission=RIGHT)
def end_session(request: HttpRequest, session_id: UUID) -> Any:
    """Ends it at once; a device whose state is "held" may be under test until its gateway has confirmed the end."""
    actions.end_test_session(request.actor, session_id)
    return {"state": "ended"}
