"""Accounts, tokens and the audit log by JSON: what a token's holder sees and changes, and who may not."""

from uuid import uuid4

import pytest
from django.urls import reverse

from watchbell.district.accounts.models import ApiToken, Membership, User
from watchbell.district.sites.tests.builders import build_site

pytestmark = pytest.mark.usefixtures("committed_db")


def test_a_role_is_given_seen_and_ended(caller_as, district):
    site = build_site()
    it = caller_as("it")
    body = {"email": "New@cedar.invalid", "name": "Nia New", "role": "teacher", "site": str(site)}
    made = it("POST", "/api/v1/accounts", body)
    assert (made["email"], made["role"], made["site"]) == ("new@cedar.invalid", "teacher", str(site))
    assert it("POST", "/api/v1/accounts", body)["id"] == made["id"], "asked twice, given once"
    (found,) = it("GET", "/api/v1/accounts?search=nia&role=teacher")["items"]
    assert found == made
    shown = it("GET", f"/api/v1/accounts/{made['id']}")
    assert shown["has_second_factor"] is False and [one["role"] for one in shown["roles"]] == ["teacher"]
    assert it("DELETE", f"/api/v1/accounts/{made['id']}")["ended"]
    assert it("GET", "/api/v1/accounts?search=nia") == {"items": [], "count": 0}
    assert not Membership.objects.get(pk=made["id"]).is_active
    it("GET", f"/api/v1/accounts/{made['id']}", status=404)
    (entry,) = it("GET", "/api/v1/audit-entries?action=accounts.end_membership")["items"]
    assert entry["who"].startswith("It") and entry["target"] == "Nia New" and entry["from"]


@pytest.mark.parametrize(
    ("wrong", "status", "word"),
    [
        ({"email": "nobody"}, 422, "email"),
        ({"name": " "}, 422, "name"),
        ({"role": "king"}, 403, "king"),
        ({"site": str(uuid4())}, 404, "site"),
        ({"site": "here"}, 422, "site"),
    ],
)
def test_no_account_is_made_of_wrong_words(caller_as, wrong, status, word):
    body = {"email": "a@cedar.invalid", "name": "A", "role": "teacher"} | wrong
    assert word in str(caller_as("it")("POST", "/api/v1/accounts", body, status))
    assert not User.objects.filter(email="a@cedar.invalid").exists()


def test_a_site_of_another_district_is_nobodys_place(caller_as, other_district, act_in, client, make_actor, district):
    with act_in(other_district):
        theirs = build_site("BIR", uuid4())
    body = {"email": "a@cedar.invalid", "name": "A", "role": "teacher", "site": str(theirs)}
    caller_as("it")("POST", "/api/v1/accounts", body, 404)
    client.force_login(User.objects.get(pk=make_actor(district, "it").user_id))
    client.post(reverse("accounts:add_account"), body)
    assert not User.objects.filter(email="a@cedar.invalid").exists()


def test_tokens_are_listed_without_themselves_and_ended(caller_as):
    it = caller_as("it")
    (found,) = it("GET", "/api/v1/tokens")["items"]
    assert found["owner"] == "It Cedar" and found["scope"] == [] and "token" not in found
    caller_as("teacher")("GET", "/api/v1/tokens", status=403)
    other = caller_as("director", ["accounts.view"])
    assert it("GET", "/api/v1/tokens")["count"] == 3
    row = ApiToken.objects.get(user__email="director@cedar.invalid")
    assert it("DELETE", f"/api/v1/tokens/{row.pk}")["ended"]
    other("GET", "/api/v1/accounts", status=401)
    it("DELETE", f"/api/v1/tokens/{row.pk}", status=404)


def test_the_log_is_read_by_days_and_by_those_who_may(caller_as):
    it = caller_as("it")
    it("POST", "/api/v1/accounts", {"email": "a@cedar.invalid", "name": "A", "role": "teacher"})
    assert it("GET", "/api/v1/audit-entries?search=it cedar&action=accounts.add_user")["count"] == 1
    assert it("GET", "/api/v1/audit-entries?until=2020-01-01") == {"items": [], "count": 0}
    assert "YYYY-MM-DD" in it("GET", "/api/v1/audit-entries?since=soon", status=422)["fields"]["since"]
    it("GET", "/api/v1/audit-entries?search=%00", status=200)
    caller_as("teacher")("GET", "/api/v1/audit-entries", status=403)
