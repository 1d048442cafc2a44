"""Every page and every operation, asked by Cedar's director with Birch's ids: refused, and never a word of Birch's."""

import json
from collections.abc import Iterator
from typing import Any, NamedTuple
from uuid import uuid4

import pytest
from django.apps import apps
from django.contrib.auth import get_user_model
from django.test import Client
from django.urls import URLPattern, get_resolver, reverse
from django.utils.encoding import force_str

from tests.tenancy.conftest import Two
from tests.tenancy.filling import MARKER
from watchbell.kernel.tenancy import tenant_models

#: What a parameter of an address names, where the word differs from the table.
NAMED = {
    "announcement_id": ("paging.Announcement",),
    "entry_id": ("incidents.BoardEntry",),
    "list_id": ("notices.PeopleList",),
    "step_id": ("incidents.IncidentStep", "plans.PlanStep"),
    "session_id": ("panic.TestSession",),
    "token_id": ("accounts.ApiToken",),
    "subscription_id": ("accounts.PushSubscription",),
    "plan_id": ("plans.Plan",),
    "use_id": ("accounts.BreakGlassUse",),
    "membership_id": ("accounts.Membership", "people.Membership"),
    "link_id": ("dispatch.DispatchLink",),
    "offer_id": ("command.HandOver",),
    "telephone_id": ("equipment.Equipment",),
    "door_id": ("sites.Door", "equipment.Equipment"),
    "photo_id": ("equipment.TicketPhoto",),
    "bad_id": ("channels.BadAddress",),
    "wish_id": ("channels.StrayWish",),
    "sheet_id": ("procedures.WallSheet",),
    "target_id": ("public.PublishTarget",),
    "contact_id": ("public.MediaContact",),
    "provider_id": ("identity.IdentityProvider",),
    "identity_link_id": ("identity.IdentityLink",),
    "camera_id": ("equipment.Equipment",),
}
#: Identities belong to no district: signing in, second factors, one's own sessions.
OF_NO_DISTRICT = ("accounts/",)
WORDS = {
    "kind": "lockdown",
    "mode": "real",
    "why": "x",
    "text": "x",
    "note": "x",
    "name": "x",
    "state": "safe",
    "accounted": "1",
    "minutes": "5",
    "action": "lock_door",
    "role": "teacher",
    "email": "x@birch.invalid",
}
#: Tables without a wall that still belong to a district.
COLUMN = {"accounts_apitoken": "district_ref"}
REFUSALS = {400, 401, 403, 404, 405, 409, 415, 422}


class Address(NamedTuple):
    """A pattern with what its parameters name. `convert` is how each is written."""

    path: str
    parameters: tuple[str, ...]

    def filled(self, values: dict[str, Any]) -> str:
        path = self.path
        for name in self.parameters:
            path = path.replace(f"<{name}>", str(values[name]))
        return path


def _walk(patterns: Any, prefix: str = "") -> Iterator[Address]:
    for pattern in patterns:
        here = prefix + str(pattern.pattern)
        if isinstance(pattern, URLPattern):
            if here.startswith(OF_NO_DISTRICT):
                continue
            path, names = here, tuple(pattern.pattern.converters) or _names_in(here)
            for name in names:
                start = path.index("<")
                path = f"{path[:start]}\x00{name}\x01{path[path.index('>', start) + 1 :]}"
            yield Address("/" + path.replace("\x00", "<").replace("\x01", ">"), names)
        else:
            yield from _walk(pattern.url_patterns, here)


def _names_in(path: str) -> tuple[str, ...]:
    return tuple(piece.split(">")[0].split(":")[-1] for piece in path.split("<")[1:])


def addresses() -> list[Address]:
    return list(dict.fromkeys(_walk(get_resolver().url_patterns)))


def _ids(two: Two, district: Any, parameter: str) -> list[str]:
    """What `parameter` may name in `district`, by the tables that fit its word."""
    if parameter == "press":
        labels, column = ("incidents.IncidentPress",), "press"
    else:
        stem = parameter.removesuffix("_id").replace("_", "")
        fitting = [m._meta.label for m in tenant_models() if m._meta.model_name == stem]
        labels, column = NAMED.get(parameter, tuple(fitting)), "id"
    found: list[str] = []
    for label in labels:
        table = apps.get_model(label)._meta.db_table
        rows = two.behind.execute(
            f'select "{column}" from "{table}" where {COLUMN.get(table, "district_id")} = %s limit 2', [district.id]
        )
        found += [str(row[0]) for row in rows.fetchall()]
    return found


def _values(two: Two, address: Address, last: Any, others: Any) -> list[dict[str, str]]:
    """Values for the parameters: the last one names something of `last`, those before it of `others`."""
    words = {"name": "board", "slug": "board", "number": "1", "version": "1", "token": "x.y"}
    words = {"name": "board", "slug": "board", "number": "1", "version": "1", "kind": "bell", "language": "en",
             "token": "forged", "position": "guide", "what": "pause", "code": "nowhere",
             "ref": "nowhere.forged"}  # fmt: skip
    plain = {name: words[name] for name in address.parameters if name in words}
    named = [name for name in address.parameters if name not in words]
    before = {name: _ids(two, others, name)[0] for name in named[:-1]}
    if not named:
        return [plain] if not address.parameters else []
    found = _ids(two, last, named[-1])
    assert found, f"say in NAMED what “{named[-1]}” of {address.path} is"
    return [{**plain, **before, named[-1]: value} for value in found]


def _everything(two: Two, district: Any) -> dict[str, Any]:
    tables = [model._meta.db_table for model in tenant_models()] + list(COLUMN)
    return {
        table: two.behind.execute(
            f"select count(*), md5(string_agg(t::text, '|' order by t::text)) from \"{table}\" t "
            f"where {COLUMN.get(table, 'district_id')} = %s",
            [district.id],
        ).fetchone()
        for table in tables
    }


def _body(two: Two) -> dict[str, Any]:
    """A form full of Birch's ids, under every name forms here use."""
    site, place = _ids(two, two.birch, "site_id")[0], _ids(two, two.birch, "place_id")[0]
    thing, plan = _ids(two, two.birch, "equipment_id")[0], _ids(two, two.birch, "plan_id")[0]
    return {
        **WORDS,
        "site": site,
        "site_id": site,
        "sites": [site],
        "place": place,
        "place_id": place,
        "room": place,
        "devices": [thing],
        "device": thing,
        "endpoint": thing,
        "endpoints": [thing],
        "plan": plan,
        "steps": [],
        "kinds": ["family"],
        "title_en": "x",
        "short_en": "x",
        "rooms": [place],
    }


@pytest.fixture
def visitor(two: Two) -> Client:
    """Cedar's director, signed in."""
    client = Client(raise_request_exception=False)
    client.force_login(get_user_model().objects.get(email="director@cedar.invalid"))
    return client


def _ask(client: Client, method: str, path: str, body: dict[str, Any]) -> Any:
    if method == "GET":
        return client.get(path)
    if path.startswith("/api/"):
        return client.generic(method, path, json.dumps(body), content_type="application/json")
    return client.post(path, body)


def _seen(answer: Any) -> str:
    raw = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return raw.decode("utf-8", "replace") + force_str(dict(answer.headers))


def test_the_walk_covers_every_address(two: Two) -> None:
    found = addresses()
    assert len(found) > 60 and any(one.path.startswith("/api/v1/") for one in found)
    assert {"/incidents/<incident_id>", "/api/v1/incidents/<incident_id>"} <= {one.path for one in found}


def test_no_address_opens_with_an_id_of_another_district(two: Two, visitor: Client) -> None:
    before = _everything(two, two.birch)
    body = _body(two)
    tried = 0
    for address in [one for one in addresses() if one.parameters]:
        for others in (two.birch, two.cedar):
            for values in _values(two, address, two.birch, others):
                path = address.filled(values)
                for method in ("GET", "POST", "PATCH", "DELETE") if path.startswith("/api/") else ("GET", "POST"):
                    answer = _ask(visitor, method, path, body)
                    tried += 1
                    if method == "POST" and answer.status_code == 302:  # a form says why not on the page it came from
                        assert MARKER not in _seen(visitor.get(answer.headers["Location"])), address.path
                        continue
                    if answer.status_code == 200:  # as for what nobody has ever made: it betrays nothing
                        unknown = address.filled({**values, address.parameters[-1]: str(uuid4())})
                        assert answer.content == _ask(visitor, method, unknown, body).content, address.path
                    else:
                        assert answer.status_code in REFUSALS, f"{method} {address.path} answered {answer.status_code}"
                    assert MARKER not in _seen(answer), f"{method} {address.path} told of Birch"
    assert tried > 100
    assert _everything(two, two.birch) == before, "something of Birch's was changed"


def test_no_list_and_no_form_reaches_another_district(two: Two, visitor: Client) -> None:
    before, body = _everything(two, two.birch), _body(two)
    foreign = {
        value for name in ("site_id", "place_id", "equipment_id", "plan_id") for value in _ids(two, two.birch, name)
    }
    shown = 0
    for address in [one for one in addresses() if not one.parameters]:
        site = body["site"]
        for method, query in (
            ("GET", ""),
            ("GET", f"?site={site}&place={body['place']}&site_id={site}"),
            ("GET", "?format=csv"),
            ("POST", ""),
        ):
            answer = _ask(visitor, method, address.path + query, body)
            told = _seen(answer)
            shown += method == "GET" and answer.status_code == 200
            assert answer.status_code < 500, f"{method} {address.path}{query} answered {answer.status_code}"
            assert MARKER not in told, f"{method} {address.path}{query} told of Birch"
            assert "accounts/login" not in answer.headers.get("Location", ""), address.path
    assert shown > 30
    assert _everything(two, two.birch) == before, "something of Birch's was changed"
    _assert_nothing_points_across(two, foreign)


def _assert_nothing_points_across(two: Two, foreign: set[str]) -> None:
    """Foreign keys are checked behind the wall: none of Cedar's rows may name something of Birch's."""
    for model in tenant_models():
        table = model._meta.db_table
        if table == "kernel_auditrow":  # says what was asked and refused
            continue
        rows = two.behind.execute(f'select t::text from "{table}" t where district_id = %s', [two.cedar.id]).fetchall()
        for (text,) in rows:
            assert not [value for value in foreign if value in text], f"a row of {table} in Cedar names Birch's"


def test_its_own_district_is_open_to_the_director(two: Two, visitor: Client) -> None:
    """Else refusals would prove nothing."""
    opened = set()
    for address in [one for one in addresses() if one.parameters]:
        for values in _values(two, address, two.cedar, two.cedar)[:1]:
            if visitor.get(address.filled(values)).status_code in (200, 302):
                opened.add(address.path)
    assert {
        "/incidents/<incident_id>",
        "/sites/<site_id>",
        "/people/<person_id>",
        "/plans/<plan_id>",
        "/equipment/<equipment_id>",
        "/api/v1/incidents/<incident_id>",
        "/api/v1/people/<person_id>",
    } <= opened


def test_a_token_acts_in_its_own_district_only(two: Two, make_token: Any) -> None:
    client, incident = Client(), _ids(two, two.birch, "incident_id")[0]
    headers = {"Authorization": f"Bearer {make_token(two.cedar_director)}", "X-District": str(two.birch.id)}
    assert client.get(f"/api/v1/incidents/{incident}", headers=headers).status_code == 404
    listed = client.get("/api/v1/incidents", headers=headers)
    assert listed.status_code == 200 and MARKER not in listed.content.decode() and listed.json()["count"] == 1


def test_the_session_cannot_be_pointed_at_a_district_without_a_role(two: Two, visitor: Client) -> None:
    session = visitor.session
    session["district"] = str(two.birch.id)
    session.save()
    answer = visitor.get(reverse("incidents:incidents_page"))
    assert answer.status_code in (302, 403) and MARKER not in _seen(answer)


@pytest.fixture
def make_token() -> Any:
    """An API token of a director."""
    from watchbell.district.accounts.actions import make_token as make
    from watchbell.kernel.acting import acting_in

    def made(director: Any) -> str:
        with acting_in(director.district):
            return make(director, get_user_model().objects.get(id=director.user_id), "walk")

    return made
