"""Who wants what: a school reads of its own families; a wish told to the office is written down with who and why."""

import pytest

from watchbell.communication.channels.actions import record_consent
from watchbell.communication.channels.models import ContactChange
from watchbell.district.people.actions import load_people
from watchbell.kernel.changes import recorded_batch
from watchbell.kernel.permissions import system_actor
from watchbell.line.clock import now
from watchbell.line.ids import new_id, same_uuid

pytestmark = pytest.mark.usefixtures("committed_db", "no_bus")


@pytest.fixture
def two_schools(family, district):
    """Maria at Birch, Omar at Oak, and a subscriber nobody knows; each has declined newsletters or routine."""
    student, father = same_uuid("family", "zoe"), same_uuid("family", "omar")
    load_people({
        "person": [
            {"id": student, "kind": "student", "given": "Zoe", "family": "Hall", "site_id": family.other_site},
            {"id": father, "kind": "guardian", "given": "Omar", "family": "Hall", "email": "omar@x.invalid",
             "phones": ["573.555.0202"]},
        ],
        "guardianship": [{"id": new_id(), "student_id": student, "guardian_id": father, "relation": "parent"}],
    })  # fmt: skip
    actor = system_actor(district.pk)
    for channel, address in (("text", "+15735550101"), ("email", "maria@x.invalid"), ("text", "+15735550202"),
                             ("email", "omar@x.invalid"), ("email", "stranger@x.invalid")):  # fmt: skip
        record_consent(actor, channel, address, "routine", False, "Wrote STOP")
    return family


def addresses(client, query=""):
    page = client.get(f"/messages/wishes{query}").content.decode()
    known = ("+15735550101", "maria@x.invalid", "+15735550202", "omar@x.invalid", "stranger@x.invalid")
    return {one for one in known if one in page}


def test_a_school_reads_the_wishes_of_its_own_families_only(client_as, two_schools):
    birch, oak = client_as("office", site=two_schools.site), client_as("principal", site=two_schools.other_site)
    assert addresses(birch) == {"+15735550101", "maria@x.invalid"}
    assert addresses(oak) == {"+15735550202", "omar@x.invalid"}
    assert addresses(birch, "?q=omar") == set()


def test_the_district_s_people_read_all_and_of_whom_nobody_knows(client_as, two_schools):
    assert len(addresses(client_as("director"))) == 5
    assert addresses(client_as("director"), "?q=stranger") == {"stranger@x.invalid"}


def test_a_corrected_address_is_still_the_school_s(client_as, two_schools, district):
    with recorded_batch("a test's correction"):
        ContactChange.objects.create(person_id=two_schools.mother, kind="phone", old="+15735550101",
                                     value="+15735550777", confirmed_at=now())  # fmt: skip
    record_consent(system_actor(district.pk), "text", "+15735550777", "routine", False, "Wrote STOP")
    birch, oak = client_as("office", site=two_schools.site), client_as("principal", site=two_schools.other_site)
    assert "+15735550777" in birch.get("/messages/wishes").content.decode()
    assert "+15735550777" not in oak.get("/messages/wishes").content.decode()
