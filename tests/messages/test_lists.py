"""Lists of people: kept by hand or from a file, chosen in a message, and nobody else's."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from watchbell.communication.channels.models import Recipient
from watchbell.communication.notices import jobs, rules
from watchbell.communication.notices.models import ListMember, Notice, PeopleList
from watchbell.communication.notices.tests.builders import write_form
from watchbell.district.people.actions import load_people
from watchbell.kernel.models import AuditRow
from watchbell.line.ids import new_id

pytestmark = pytest.mark.usefixtures("committed_db", "no_bus")


@pytest.fixture
def elsewhere(family):
    """A student of the other school, with a school number."""
    pk = new_id()
    load_people({"person": [
        {"id": pk, "kind": "student", "given": "Ben", "family": "Otto", "site_id": family.other_site, "grade": "05",
         "number": "70001"},
    ]})  # fmt: skip
    return pk


def make_list(client, name="Marching band", site=""):
    client.post("/messages/lists/new", {"name": name, "site": str(site), "about": "Fridays"})
    return PeopleList.objects.get(name=name)


def said(answer):
    return answer.content.decode().replace("&quot;", '"').replace("&#x27;", "'")


def test_a_list_is_made_filled_by_name_and_written_to(client_as, family):
    client = client_as("director")
    row = make_list(client)
    assert "Nobody is on it yet" in said(client.get(f"/messages/lists/{row.pk}"))
    assert "Ana Lopez" in said(client.get(f"/messages/lists/{row.pk}/people?who=lop"))
    client.post(f"/messages/lists/{row.pk}/add", {"people": [str(family.student)]})
    page = said(client.get(f"/messages/lists/{row.pk}"))
    assert "1 on the list. Their families: 1 people in 1 homes." in page
    assert AuditRow.objects.filter(action="notices.see_list").exists(), "who is on it is sensitive"
    assert "Ana Lopez,student,04" in said(client.get(f"/messages/lists/{row.pk}?format=csv"))
    assert f'value="{row.pk}" checked' in said(client.get(f"/messages/new?list={row.pk}"))
    client.post("/messages/new", write_form(family, sites=[], lists=[str(row.pk)]))
    notice = Notice.objects.get()
    assert notice.spelled == "Families of the list “Marching band”." and notice.sites == [str(family.site)]
    client.post(f"/messages/{notice.pk}/submit", {"count": "1"})
    jobs.send(str(notice.pk))
    assert Recipient.objects.get().name == "Maria Lopez"


def test_a_list_that_a_message_waits_for_is_not_thrown_away(client_as, family):
    client = client_as("director")
    row = make_list(client)
    client.post(f"/messages/lists/{row.pk}/add", {"people": [str(family.student)]})
    client.post("/messages/new", write_form(family, sites=[], lists=[str(row.pk)]))
    assert "still to go to it" in said(client.post(f"/messages/lists/{row.pk}/drop", follow=True))
    client.post(f"/messages/{Notice.objects.get().pk}/drop")
    client.post(f"/messages/lists/{row.pk}/drop")
    assert not PeopleList.objects.exists() and not ListMember.objects.exists()


def test_an_empty_list_is_nobody_not_everybody(client_as, family):
    client = client_as("director")
    row = make_list(client)
    client.post("/messages/new", write_form(family, sites=[], lists=[str(row.pk)]))
    answer = client.post(f"/messages/{Notice.objects.get().pk}/submit", {"count": ""}, follow=True)
    assert "Nobody fits this audience" in said(answer) and Notice.objects.get().state == "draft"


def test_a_file_is_taken_whole_or_not_at_all(client_as, family, elsewhere):
    client = client_as("director")
    row = make_list(client)
    file = SimpleUploadedFile("band.csv", b"Name,Number\nBen Otto,70001\nNobody,99999\n,\n")
    page = said(client.post(f"/messages/lists/{row.pk}/file", {"file": file}, follow=True))
    assert "Line 3: 99999 belongs to nobody here." in page and not ListMember.objects.exists()
    page = said(client.post(f"/messages/lists/{row.pk}/file", {"numbers": "70001\n70001\n"}, follow=True))
    assert "1 added." in page and ListMember.objects.count() == 1
    assert "on the list already" in said(
        client.post(f"/messages/lists/{row.pk}/file", {"numbers": "70001"}, follow=True)
    )
    assert "no number in it" in said(client.post(f"/messages/lists/{row.pk}/file", {"numbers": "\0 ,;"}, follow=True))
    client.post(f"/messages/lists/{row.pk}/off/{elsewhere}")
    assert not ListMember.objects.exists()


def test_a_school_keeps_its_own_lists_only(client_as, family, elsewhere):
    client = client_as("principal", site=family.site)
    assert "Choose your school" in said(client.post("/messages/lists/new", {"name": "All", "site": ""}))
    row = make_list(client, "Choir", family.site)
    answer = client.post(f"/messages/lists/{row.pk}/add", {"people": [str(elsewhere)]}, follow=True)
    assert "another school" in said(answer) and not ListMember.objects.exists()
    district = make_list(client_as("director"), "Route 12")
    assert "its own people keep it" in said(
        client.post(f"/messages/lists/{district.pk}/add", {"people": [str(family.student)]}, follow=True)
    )
    theirs = make_list(client_as("director"), "Oak choir", family.other_site)
    assert client.get(f"/messages/lists/{theirs.pk}").status_code == 404
    assert "Oak choir" not in said(client.get("/messages/lists"))
    client_as("director").post(f"/messages/lists/{district.pk}/add", {"people": [str(elsewhere)]})
    page = said(client.post("/messages/new", write_form(family, sites=[], lists=[str(district.pk)])))
    assert "belongs to another school" in page and not Notice.objects.exists()


@pytest.mark.parametrize(("text", "found"), [
    ("", []), ("1001", [(1, "1001")]), ("\ufeffNumber;Name\r\n7;Ana\r\n", [(2, "7")]),
    ("Ana\t\n\n,Ben", [(1, "Ana"), (3, "Ben")]),
    ("Name,E-mail\nAna,a@x.invalid", [(2, "a@x.invalid")]), ("student id\n'0042", [(2, "0042")]), ("\0", []),
])  # fmt: skip
def test_numbers_are_read_from_whatever_is_pasted(text, found):
    assert rules.read_numbers(text) == found
