"""What tests share: the database as the application's role, districts, actors, and the guard against stray writes."""

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests import cluster
from tests.vectors import vector_folder

FOLDER = Path(os.environ["WATCHBELL_TEST_FOLDER"])
NAME = "wb_" + os.environ.get("PYTEST_XDIST_WORKER", "main")


@pytest.fixture(scope="session")
def django_db_setup(django_db_blocker: Any) -> Iterator[None]:
    """A database of this process's own; Django connects as watchbell_app, so row-level security is in force."""
    from django.conf import settings
    from django.db import connections

    options = cluster.ensure(FOLDER)
    cluster.make_database(FOLDER, NAME)
    place = {"HOST": options["host"], "PORT": options["port"], "PASSWORD": options["password"], "NAME": NAME}
    settings.DATABASES["default"].update(place)
    connections["default"].settings_dict.update(place)
    # Django finds this out by making a table, which the application's role may not.
    connections["default"].features.__dict__["supports_transactions"] = True
    with django_db_blocker.unblock():
        yield
        connections.close_all()


@pytest.fixture
def committed_db(request: pytest.FixtureRequest, django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """The database with real commits, emptied afterwards; after hands behind the wall a fresh one takes its place."""
    from django.db import connections

    with django_db_blocker.unblock():
        yield
        connections.close_all()
        make_anew = "behind_the_wall" in request.fixturenames
        (cluster.make_database if make_anew else cluster.empty_database)(FOLDER, NAME)


@pytest.fixture
def behind_the_wall(committed_db: None) -> Iterator[Any]:
    """A superuser's connection to the test's database: sees and alters what the application's role cannot."""
    with cluster.superuser_of(FOLDER, NAME) as super_:
        yield super_
    super_.close()


@pytest.fixture(autouse=True)
def no_stray_writes(request: pytest.FixtureRequest) -> Iterator[None]:
    """In tests with a database, a write outside a recorded change is refused."""
    if not {"db", "committed_db", "django_db_setup"} & set(request.fixturenames):
        yield
        return
    from django.db import connection

    from watchbell.kernel.changes import refuse_stray_writes

    with connection.execute_wrapper(refuse_stray_writes):
        yield


@pytest.fixture
def same_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is counted by the minute is counted in one moment, however long the test takes on a busy machine."""
    from watchbell.kernel import limits
    from watchbell.line import clock

    moment = clock.unix()
    monkeypatch.setattr(limits, "clock", SimpleNamespace(unix=lambda: moment))


@pytest.fixture
def hints(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The topics that live pages were told about, instead of telling them over the bus."""
    from watchbell.kernel.bus_thread import bus_thread

    async def none() -> None:
        raise RuntimeError("this test has no bus")  # at once, instead of looking for one for seconds

    heard: list[str] = []
    monkeypatch.setattr(bus_thread, "say", lambda subject, payload: heard.append(payload.decode()))
    monkeypatch.setattr(bus_thread, "bus", none)
    return heard


@contextmanager
def _entered(district: Any) -> Iterator[None]:
    from django.db import connection

    from watchbell.kernel.acting import acting_district, acting_in
    from watchbell.kernel.postgres.base import SET_DISTRICT

    before = acting_district()
    with acting_in(district.id):
        _say_district(connection, SET_DISTRICT, str(district.id))
        yield
    _say_district(connection, SET_DISTRICT, str(before or ""))


def _say_district(connection: Any, statement: str, district: str) -> None:
    """On the transaction a test already has open; elsewhere BEGIN does it."""
    if connection.in_atomic_block and not connection.needs_rollback:
        with connection.cursor() as cursor:
            cursor.execute(statement, [district])


@pytest.fixture
def act_in(_database: None) -> Callable[[Any], AbstractContextManager[None]]:
    """`with act_in(district): …` inside a test's open transaction."""
    return _entered


@pytest.fixture
def _database(request: pytest.FixtureRequest) -> None:
    """The test's database: `committed_db` where it asked for that, else `db`."""
    request.getfixturevalue("committed_db" if "committed_db" in request.fixturenames else "db")


@pytest.fixture
def make_district(_database: None, hints: list[str]) -> Callable[[str], Any]:
    """Makes a district by its code; does not enter it."""

    def make(code: str) -> Any:
        from watchbell.kernel.changes import recorded_batch
        from watchbell.kernel.models import District

        with recorded_batch("a test's district"):
            return District.objects.create(name=f"{code.title()} School District", code=code)

    return make


@pytest.fixture
def district(make_district: Callable[[str], Any]) -> Iterator[Any]:
    """A district, acted in until the test ends."""
    made = make_district("cedar")
    with ExitStack() as stack:
        stack.enter_context(_entered(made))
        yield made


@pytest.fixture
def other_district(make_district: Callable[[str], Any]) -> Any:
    """Another district, not acted in."""
    return make_district("birch")


@pytest.fixture
def make_actor(_database: None) -> Callable[..., Any]:
    """`make_actor(district, role, site_id=None)`: a user with that role there, as an actor."""

    def make(where: Any, role: str, site_id: Any = None) -> Any:
        from watchbell.district.accounts.models import Membership, User
        from watchbell.district.accounts.queries import actor_of
        from watchbell.kernel.changes import recorded_batch

        with _entered(where), recorded_batch("a test's account"):
            email = f"{role}@{where.code}.invalid"
            user, _ = User.objects.get_or_create(email=email, defaults={"name": f"{role.title()} {where.code.title()}"})
            user.districts.add(where)
            Membership.objects.get_or_create(user=user, role=role, site_id=site_id)
        with _entered(where):
            return actor_of(user, where.id, "test")

    return make


@pytest.fixture
def actor_as(district: Any, make_actor: Callable[..., Any]) -> Callable[..., Any]:
    """`actor_as("teacher", site_id=None)`: that role in `district`."""
    return lambda role, site_id=None: make_actor(district, role, site_id)


@pytest.fixture
def actor(actor_as: Callable[..., Any]) -> Any:
    """The safety director of `district`."""
    return actor_as("director")


@pytest.fixture
def caller_as(district: Any, make_actor: Callable[..., Any]) -> Callable[..., Any]:
    """`caller_as("principal", ["newsletter.view"])`: a program with a token of that role, narrowed to a scope."""
    from tests.calling import Caller
    from watchbell.district.accounts.actions import make_token
    from watchbell.district.accounts.models import User

    def made(role: str, scope: Any = (), where: Any = None, site: Any = None) -> Caller:
        actor = make_actor(where or district, role, site)
        return Caller(make_token(actor, User.objects.get(pk=actor.user_id), "a test", scope))

    return made


@pytest.fixture(scope="session")
def vectors() -> Path:
    """The folder of real recordings."""
    return vector_folder()
