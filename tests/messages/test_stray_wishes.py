"""A wish by mail that names no message takes nobody out: the office reads it, and settles it with a reason."""

import pytest

from watchbell.communication.channels import actions, queries
from watchbell.communication.channels.models import Consent, StrayWish
from watchbell.communication.channels.tests.builders import heard
from watchbell.kernel.acting import acting_in
from watchbell.kernel.models import AuditRow
from watchbell.kernel.permissions import system_actor
from watchbell.kernel.tests.reading import one_line

pytestmark = pytest.mark.usefixtures("committed_db", "no_bus")


@pytest.fixture
def stray(district, family):
    """Somebody writes to an address that names no message of ours."""
    said = heard("opt_out", "Please stop writing to me", id="h7", gateway="smtp", channel="email",
                 sender="Maria@X.invalid", subject="unsubscribe", delivery="0" * 32)  # fmt: skip
    with acting_in(district.id):
        for _ in range(2):  # said twice it stands once
            actions.take_heard(system_actor(district.id), said)
        return StrayWish.objects.get()


def test_the_office_sees_which_address_asked_where_carriers_stand(client_as, stray):
    client = client_as("office")
    assert "1 mail asks for no more messages" in one_line(client.get("/messages/carriers").content)
    assert "1 mail asks for no more messages" in one_line(client.get("/messages/wishes").content)
    page = one_line(client.get("/messages/wishes/strays").content)
    assert "Maria@X.invalid" in page and "Please stop writing to me" in page and "names no message of ours" in page
    assert "Subject: unsubscribe" in page and not Consent.objects.exists()


def settle(client, stray, **words):
    path = f"/messages/wishes/strays/{stray.pk}/settle"
    return one_line(client.post(path, words, follow=True).content)


def test_it_is_taken_down_for_an_address_with_the_ledger_s_lines_and_the_reason(client_as, stray):
    client = client_as("director")
    words = {"outcome": "declined", "address": "Maria@X.invalid", "why": "Called her"}
    assert "Say how you know" in settle(client, stray, **words | {"why": " "})
    assert "Write the e-mail address" in settle(client, stray, **words | {"address": "maria"})
    assert not Consent.objects.exists()
    page = settle(client, stray, **words)
    assert "They get no more of them." in page and "No more to maria@x.invalid" in page and "Called her" in page
    assert not queries.is_wanted("email", "maria@x.invalid", "routine")
    assert set(Consent.objects.values_list("purpose", "how")) == {
        (purpose, "By mail, which named no message: settled by the office") for purpose in ("routine", "newsletter")
    }  # fmt: skip
    row = AuditRow.objects.get(action="channels.settle_wish", details__outcome="declined")
    assert row.why == "Called her" and row.details["lines"] == 2
    assert "no such wish" in settle(client, stray, **words), "once"
    assert "ask for no more" not in one_line(client.get("/messages/carriers").content)


def test_it_is_dismissed_with_a_reason_and_nobody_is_taken_out(client_as, stray):
    client = client_as("director")
    page = settle(client, stray, outcome="dismissed", address="Maria@X.invalid", why="Spam")
    assert "Dismissed: Spam" in page and not Consent.objects.exists()
    assert StrayWish.objects.get().address == ""
    assert AuditRow.objects.filter(action="channels.settle_wish", why="Spam").exists()


def test_who_may_only_read_settles_nothing(client_as, stray):
    assert client_as("teacher").get("/messages/wishes/strays").status_code == 403
    assert client_as("teacher").post(f"/messages/wishes/strays/{stray.pk}/settle").status_code == 403


def test_the_same_by_json(caller_as, stray):
    office = caller_as("director")
    (one,) = office("GET", "/api/v1/stray-wishes")["items"]
    assert one["sender"] == "Maria@X.invalid" and one["outcome"] is None
    path = f"/api/v1/stray-wishes/{one['id']}/settle"
    office("POST", path, {"outcome": "forgotten", "why": "x"}, status=422)
    found = office("POST", path, {"outcome": "declined", "address": "maria@x.invalid", "why": "Called her"})
    assert found["lines"] == 2 and office("GET", "/api/v1/stray-wishes")["count"] == 0
    (one,) = office("GET", "/api/v1/stray-wishes?settled=true")["items"]
    assert one["outcome"] == "declined" and one["why"] == "Called her" and one["settled_by"]
