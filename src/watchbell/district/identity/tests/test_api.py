"""Identity providers by JSON: seen without their secrets, switched and removed by those who may."""

import pytest

from watchbell.district.identity.models import IdentityProvider
from watchbell.kernel.changes import recorded_batch

pytestmark = pytest.mark.usefixtures("committed_db")


@pytest.fixture
def provider(district):
    with recorded_batch("a test's provider"):
        return IdentityProvider.objects.create(
            slug="school", name="School Cloud", kind="oidc", audience="staff", domains=["cedar.invalid"],
            issuer="https://id.cedar.invalid", client_id="watchbell", secret="very-secret",
        )  # fmt: skip


def test_a_provider_is_seen_switched_and_removed(caller_as, provider):
    it, path = caller_as("it"), f"/api/v1/identity-providers/{provider.pk}"
    (found,) = it("GET", "/api/v1/identity-providers")["items"]
    assert found == it("GET", path) and found["people"] == 0 and "very-secret" not in str(found)
    assert it("POST", f"{path}/switch", {"is_on": False})["is_on"] is False
    assert it("POST", f"{path}/switch", {"is_on": True})["is_on"] is True
    caller_as("principal")("GET", "/api/v1/identity-providers", status=403)
    caller_as("principal")("DELETE", path, status=403)
    assert it("DELETE", path)["removed"]
    it("GET", path, status=404)
    it("DELETE", path, status=404)
