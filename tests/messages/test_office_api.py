"""What the office keeps of messages, by JSON: bad addresses, corrections, wishes, carriers, posts, the public copy."""

import pytest

from watchbell.communication.channels.models import BadAddress, Consent, ContactChange
from watchbell.communication.channels.tests.builders import add_carrier
from watchbell.kernel.changes import recorded_batch
from watchbell.kernel.models import AuditRow
from watchbell.line.clock import now

pytestmark = pytest.mark.usefixtures("committed_db", "no_bus")


def audited(action):
    return AuditRow.objects.filter(action=action).count()


def test_a_bad_address_is_seen_and_cleared_with_a_reason(caller_as, family):
    with recorded_batch("a test's address"):
        row = BadAddress.objects.create(
            channel="text", address="+15735550101", person_id=family.mother, because="No such number", code="30005"
        )
    office = caller_as("office")
    (found,) = office("GET", "/api/v1/bad-addresses?channel=text&search=0101")["items"]
    assert found["address"] == "+15735550101" and found["person"] == str(family.mother) and found["code"] == "30005"
    assert audited("notices.see_addresses") == 1
    assert office("GET", "/api/v1/bad-addresses?channel=email")["count"] == 0
    path = f"/api/v1/bad-addresses/{row.pk}"
    assert "No carrier" in office("POST", f"{path}/link", {"way": "pigeon"}, 403)["detail"]
    assert office("POST", f"{path}/clear", {"why": "They have a new telephone"})["cleared"]
    assert office("GET", "/api/v1/bad-addresses")["count"] == 0
    caller_as("teacher")("GET", "/api/v1/bad-addresses", status=403)


def test_corrections_go_to_the_student_information_system_once(caller_as, family):
    with recorded_batch("a test's correction"):
        row = ContactChange.objects.create(
            person_id=family.mother, kind="phone", old="+15735550101", value="+15735550177", confirmed_at=now()
        )
    office = caller_as("office")
    (found,) = office("GET", "/api/v1/contact-changes")["items"]
    assert (found["old"], found["new"]) == ("+15735550101", "+15735550177") and found["taken_at"] is None
    assert office("POST", "/api/v1/contact-changes/taken", {"ids": [str(row.pk)]}) == {"taken": 1}
    assert office("POST", "/api/v1/contact-changes/taken", {"ids": [str(row.pk)]}) == {"taken": 0}
    assert office("GET", "/api/v1/contact-changes")["count"] == 0
    assert office("GET", "/api/v1/contact-changes?taken=true")["items"][0]["taken_at"]


def test_another_school_s_corrections_are_not_there_to_be_taken(caller_as, client_as, family):
    with recorded_batch("a test's correction"):
        row = ContactChange.objects.create(
            person_id=family.mother, kind="phone", old="+15735550101", value="+15735550177", confirmed_at=now()
        )
    other, own = caller_as("principal", site=family.other_site), caller_as("office", site=family.site)
    assert other("GET", "/api/v1/contact-changes")["count"] == 0
    assert "no such correction" in other("POST", "/api/v1/contact-changes/taken", {"ids": [str(row.pk)]}, 404)["detail"]
    desk = client_as("principal", site=family.other_site)
    desk.post("/messages/changes/taken", {"changes": [str(row.pk)]})
    row.refresh_from_db()
    assert row.taken_at is None and audited("channels.take_changes") == 0
    both = {"ids": [str(row.pk), str(family.student)]}
    assert own("POST", "/api/v1/contact-changes/taken", both, 404) and own("GET", "/api/v1/contact-changes")["count"]
    assert own("POST", "/api/v1/contact-changes/taken", {"ids": [str(row.pk)]}) == {"taken": 1}
    assert own("POST", "/api/v1/contact-changes/taken", {"ids": [str(row.pk)]}) == {"taken": 0}


def test_wishes_are_read_by_address_and_written_down_as_told(caller_as, family):
    office, path = caller_as("office"), f"/api/v1/people/{family.mother}/wishes"
    rows = office("GET", path)["items"]
    assert rows and all("…" in row["address"] for row in rows) and audited("notices.see_person_wishes") == 1
    row = next(one for one in rows if one["kind"] == "phone")
    kept = [one["key"] for one in row["wishes"] if one["is_wanted"] and one["key"] != "text:routine"]
    body = {"at": row["key"], "wishes": kept, "told": "phone", "why": "Too many texts"}
    assert office("POST", path, body) == {"changed": 1}
    assert "Nothing is different" in office("POST", path, body, 403)["detail"]
    (line,) = office("GET", "/api/v1/consents")["items"]
    assert (line["channel"], line["purpose"], line["is_wanted"]) == ("text", "routine", False)
    assert Consent.objects.count() == 1
    office("POST", path, body | {"told": "pigeon"}, 403)
    caller_as("teacher")("GET", path, status=403)


def test_carriers_and_posts_are_listed(caller_as, district):
    add_carrier("text_carrier", "sms")
    office = caller_as("office")
    (found,) = office("GET", "/api/v1/carriers")["items"]
    assert (found["channel"], found["state"], found["out"], found["because"]) == ("text", "ok", 0, "")
    assert office("GET", "/api/v1/posts?since=2026-01-01") == {"items": [], "count": 0}
    assert "since" in office("GET", "/api/v1/posts?since=2026-02-01&until=2026-01-01", status=422)["fields"]


def test_the_public_copy_and_the_newsrooms_are_kept_by_json(caller_as, district, tmp_path, monkeypatch):
    it, director = caller_as("it"), caller_as("director")
    made = director("POST", "/api/v1/media-contacts", {"newsroom": "KXYZ", "email": "News@kxyz.invalid", "tags": "tv"})
    path = f"/api/v1/media-contacts/{made['id']}"
    assert made["email"] == "news@kxyz.invalid" and director("GET", path) == made
    assert director("GET", "/api/v1/media-contacts?search=kx&tag=tv")["count"] == 1
    assert director("PUT", path, {"newsroom": "KXYZ", "phone": "573 555 0123"})["email"] == ""
    director("PUT", path, {"newsroom": ""}, 403)
    assert director("DELETE", path)["removed"]
    director("GET", path, status=404)
    folder = {"name": "Mirror", "kind": "folder", "place": str(tmp_path / "mirror")}
    assert "FOLDERS" in director("POST", "/api/v1/publish-targets", folder, 403)["detail"]
    monkeypatch.setenv("WATCHBELL_PUBLIC_FOLDERS", str(tmp_path))
    target = director("POST", "/api/v1/publish-targets", folder)
    path = f"/api/v1/publish-targets/{target['id']}"
    assert "token" not in target and director("GET", "/api/v1/publish-targets")["count"] == 2, "one copy lies here"
    assert (
        director("PUT", path, {"name": "Mirror two", "place": str(tmp_path / "two"), "is_on": False})["is_on"] is False
    )
    assert director("POST", "/api/v1/publications", {"afresh": True}) == {"asked": True}
    assert director("GET", f"/api/v1/publications?target={target['id']}&failed=true")["count"] == 0
    it("GET", "/api/v1/publish-targets")
    caller_as("teacher")("GET", "/api/v1/publish-targets", status=403)
    assert director("DELETE", path)["removed"]
    director("DELETE", path, status=404)


@pytest.mark.parametrize(
    "address",
    ["/people/accounts?q=%00&role=%00", "/audit?q=%00&action=%00", "/messages/wishes?q=%00",
     "/website/media?q=%00&tag=%00",
     "/messages/addresses?q=%00&channel=%00", "/cards/walls?q=%00&language=%00", "/messages/posts?q=%00&account=%00",
     "/api/v1/accounts?search=%00&role=%00", "/api/v1/consents?search=%00", "/api/v1/media-contacts?search=%00&tag=%00",
     "/api/v1/bad-addresses?search=%00&channel=%00"],
)  # fmt: skip
def test_an_octet_no_text_has_is_no_search(client_as, address):
    assert client_as("director").get(address).status_code == 200
