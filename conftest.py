"""Every test gets a home of its own before settings are read, and may ask for a real district in a real database."""

import os
import shutil
import tempfile
from pathlib import Path

import pytest

IS_FIRST = "WATCHBELL_TEST_FOLDER" not in os.environ
FOLDER = Path(os.environ.setdefault("WATCHBELL_TEST_FOLDER", tempfile.mkdtemp(prefix="watchbell-tests-")))
FOLDER.chmod(0o711)  # PostgreSQL runs as a user of its own when the tests run as root
for _name in [name for name in os.environ if name.startswith("WATCHBELL_")]:
    if _name not in ("WATCHBELL_TEST_FOLDER", "WATCHBELL_VECTORS"):
        del os.environ[_name]
os.environ["WATCHBELL_HOME"] = str(FOLDER / os.environ.get("PYTEST_XDIST_WORKER", "main"))
os.environ["WATCHBELL_TEST"] = "1"
os.environ["DJANGO_SETTINGS_MODULE"] = "watchbell.project.settings"

pytest_plugins = ("tests.fixtures", "tests.flows.fixtures")


def pytest_configure(config: pytest.Config) -> None:
    """Django and the wiring, as every process of Watchbell has them."""
    from watchbell.project.django_ready import get_ready

    get_ready()
    from django.conf import settings

    # Guarding nobody, and the real one takes a good part of a second each time by intent.
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    if config.getoption("numprocesses", None):  # a worker that inherits it reads its settings before it has a home
        os.environ.pop("DJANGO_SETTINGS_MODULE", None)


def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> object:
    """Every test goes where there is room, but a demo is made once, not in every process."""
    from xdist.scheduler import LoadScopeScheduling

    class DemoOnce(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return nodeid.split("::")[0] if "test_demo.py" in nodeid else nodeid

    return DemoOnce(config, log)


#: Whole installations, and tests that hear sound as it is played: others beside them would be heard in it.
ALONE = ("tests/flows/", "tests/browser/", "src/watchbell/gateways/rtppaging/")
#: Minutes of plain computing without a limit of time: they take what the ones before leave of the machine.
PATIENT = (
    "tests/architecture/", "tests/tenancy/", "tests/pages/test_statements.py", "tests/messages/test_languages.py",
    "tests/messages/test_authority.py", "tests/messages/test_lists.py", "tests/messages/test_letters.py",
    "tests/messages/test_newsletter", "src/watchbell/district/equipment/tests/test_demo.py",
)  # fmt: skip


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Long ones begin first, so that no process is left alone with one at the end."""
    from tests.flows.fixtures import LONG, place_in_line

    for item in items:
        if item.nodeid.startswith(ALONE):
            item.add_marker("alone")
        if item.nodeid.startswith(PATIENT):
            item.add_marker("patient")
        if item.nodeid.removeprefix("tests/").startswith(LONG):
            item.add_marker("long")
    items.sort(key=place_in_line)


def pytest_unconfigure(config: pytest.Config) -> None:
    """The process that began the run ends the cluster and takes the folder away."""
    if IS_FIRST:
        from tests import cluster

        cluster.stop(FOLDER)
        shutil.rmtree(FOLDER, ignore_errors=True)


@pytest.fixture
def rf():
    """Requests for views alone, past the middleware: forms are not checked here, as with a test's client."""
    from django.test import RequestFactory

    class Views(RequestFactory):
        def request(self, **words):
            made = super().request(**words)
            made._dont_enforce_csrf_checks = True
            return made

    return Views()
