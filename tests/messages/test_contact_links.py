"""The front office sends a family the link with which it corrects a number that does not work."""

import re

import pytest

from watchbell.communication.channels.models import BadAddress, Body, ContactLink, Delivery, Mailing, Recipient
from watchbell.communication.channels.tests.builders import add_carriers
from watchbell.district.people.actions import load_people
from watchbell.kernel.changes import recorded_batch
from watchbell.kernel.models import AuditRow
from watchbell.line.ids import new_id, same_uuid

pytestmark = pytest.mark.usefixtures("committed_db", "no_bus")
NUMBER, PATH = "+15735550101", "/messages/addresses"


@pytest.fixture
def bad(family):
    """Maria's number does not work; there are carriers for texts, mails and calls."""
    add_carriers()
    with recorded_batch("a test's bad number"):
        return BadAddress.objects.create(channel="text", address=NUMBER, person_id=family.mother, because="No such")


def ways_of(client, bad):
    """{what the button says: its key} of the ways offered."""
    page = " ".join(client.get(f"{PATH}/{bad.pk}/ways").content.decode().split())
    found = re.findall(r'name="way" value="(\w+)">.*?<span>(.*?)</span>', page)
    return {said: key for key, said in found}, page


def add_father(family, **words):
    father = same_uuid("family", "ben")
    load_people({
        "person": [{"id": father, "kind": "guardian", "given": "Ben", "family": "Lopez", **words}],
        "membership": [{"id": new_id(), "household_id": same_uuid("family", "home"), "person_id": father}],
        "guardianship": [{"id": new_id(), "student_id": family.student, "guardian_id": father, "relation": "parent"}],
    })  # fmt: skip
    return father


def test_two_touches_send_the_link_by_another_address_once_a_day(client_as, family, bad, client):
    office = client_as("office", site=family.site)
    assert "Send their link" in office.get(PATH).content.decode()
    ways, _ = ways_of(office, bad)
    assert list(ways) == ["by e-mail to maria@x.invalid"], "not by the number that does not work"
    office.post(f"{PATH}/{bad.pk}/link", {"way": ways["by e-mail to maria@x.invalid"]})
    link, mailing = ContactLink.objects.get(), Mailing.objects.get()
    assert mailing.about == f"link:{link.pk}" and mailing.options["path"] == "/contacts"
    assert Delivery.objects.get().to == "maria@x.invalid"
    body = Body.objects.get()
    assert body.language == "es" and "{{link}}" in body.short and "… 0101" in body.short and NUMBER not in body.short
    row = AuditRow.objects.get(action="channels.send_contact_link")
    assert row.details["channel"] == "email" and row.target == "Maria Lopez"
    page = office.get(PATH).content.decode()
    assert "link sent" in page and "by e-mail" in page
    again = office.post(f"{PATH}/{bad.pk}/link", {"way": next(iter(ways.values()))}, follow=True).content.decode()
    assert "one a day is enough" in again and Mailing.objects.count() == 1
    assert "one a day is enough" in ways_of(office, bad)[1]
    own = client.get(f"/m/{Recipient.objects.get().token}/contacts")
    assert own.status_code == 200 and "… 0101" in own.content.decode()


def test_the_link_s_page_leads_to_no_message_that_is_not_there(client_as, family, bad, client):
    office = client_as("office", site=family.site)
    ways, _ = ways_of(office, bad)
    office.post(f"{PATH}/{bad.pk}/link", {"way": next(iter(ways.values()))})
    token = Recipient.objects.get().token
    page = client.get(f"/m/{token}/contacts").content.decode()
    assert f'href="/m/{token}"' not in page and f"/m/{token}#" not in page


def test_another_guardian_at_home_is_a_way_and_opens_the_right_page(client_as, family, bad, client):
    add_father(family, phones=["573-555-0199"])
    with recorded_batch("a test's second bad address"):
        BadAddress.objects.create(channel="email", address="maria@x.invalid", person_id=family.mother, because="Full")
    office = client_as("office", site=family.site)
    ways, _ = ways_of(office, bad)
    assert list(ways) == ["by text to +15735550199 (Ben Lopez)"]
    office.post(f"{PATH}/{bad.pk}/link", {"way": next(iter(ways.values()))})
    assert Delivery.objects.get().to == "+15735550199" and Recipient.objects.get().person_id == family.mother
    assert ContactLink.objects.get().to_name == "Ben Lopez"


def test_without_another_way_it_is_refused_and_said_why(client_as, family, bad):
    with recorded_batch("a test's second bad address"):
        BadAddress.objects.create(channel="email", address="maria@x.invalid", person_id=family.mother, because="Full")
    office = client_as("office", site=family.site)
    ways, page = ways_of(office, bad)
    assert not ways and "no other guardian is in the household" in page
    told = office.post(f"{PATH}/{bad.pk}/link", {"way": "x"}, follow=True).content.decode()
    assert "no other guardian is in the household" in told and not ContactLink.objects.exists()


def test_a_school_sends_and_clears_for_its_own_families_only(client_as, family, bad):
    elsewhere = client_as("office", site=family.other_site)
    assert elsewhere.get(f"{PATH}/{bad.pk}/ways").status_code == 404
    elsewhere.post(f"{PATH}/{bad.pk}/link", {"way": "x"})
    elsewhere.post(f"{PATH}/{bad.pk}/clear", {"why": "Tried by hand: it arrived"})
    assert not ContactLink.objects.exists() and BadAddress.objects.get().cleared_at is None
    assert client_as("teacher", site=family.site).get(f"{PATH}/{bad.pk}/ways").status_code == 403


def test_why_an_address_is_right_again_is_asked(client_as, family, bad):
    office = client_as("office", site=family.site)
    told = office.post(f"{PATH}/{bad.pk}/clear", {"why": "  "}, follow=True).content.decode()
    assert "Say why it is right again" in told and BadAddress.objects.get().cleared_at is None
    office.post(f"{PATH}/{bad.pk}/clear", {"why": "The family says it is right"})
    assert BadAddress.objects.get().cleared_at is not None
    assert AuditRow.objects.get(action="channels.clear_bad_address").why == "The family says it is right"
