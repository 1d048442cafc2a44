"""Lists of people: kept by hand or from a file, chosen in a message, and nobody else's."""

import csv
import io
import re
from base64 import b64decode

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from watchbell.communication.channels.models import Recipient
from watchbell.communication.notices import jobs, rules
from watchbell.communication.notices.models import ListMember, Notice, PeopleList
from watchbell.communication.notices.tests.builders import write_form
from watchbell.district.people.actions import load_people
from watchbell.kernel.models import AuditRow
from watchbell.kernel.tests.reading import one_line
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
    page = one_line(said(client.get(f"/messages/lists/{row.pk}")))
    assert "1 on the list. Their families: 1 people in 1 homes." in page
    assert AuditRow.objects.filter(action="notices.see_list").exists(), "who is on it is sensitive"
    assert "Ana Lopez,student,04" in said(client.get(f"/messages/lists/{row.pk}?format=csv"))
    assert f'value="{row.pk}" checked' in one_line(said(client.get(f"/messages/new?list={row.pk}")))
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


def hand_in(client, row, **given):
    return client.post(f"/messages/lists/{row.pk}/file", given, follow=True)


def faults_of(page):
    """The cells of the table of faults, line by line."""
    body = page.split('aria-label="What is wrong, line by line"')[1].split("</table>")[0].split("<tbody>")[1]
    return [re.findall(r"<td[^>]*>([^<]*)</td>", line) for line in body.split("</tr>")[:-1]]


def csv_in(page):
    raw = re.search(r'href="data:text/csv;charset=utf-8;base64,([^"]+)" download="list-faults.csv"', one_line(page))[1]
    return list(csv.reader(io.StringIO(b64decode(raw).decode())))


def test_a_file_is_taken_whole_or_not_at_all(client_as, family, elsewhere):
    client = client_as("director")
    row = make_list(client)
    file = SimpleUploadedFile("band.csv", b"Name,Number\nBen Otto,70001\nNobody,99999\n,\n")
    page = said(hand_in(client, row, file=file, numbers="maria@x.invalid"))
    unknown = ["Belongs to no student or staff.", "Look under People. For a parent, write the student's number."]
    assert faults_of(page) == [
        ["3", "99999", *unknown],
        ["5", "m…a@x.invalid", *unknown],
    ]
    assert not ListMember.objects.exists() and "Nobody was added" in page and "2 to mend" in page
    assert [line[:2] for line in csv_in(page)] == [["line", "given"], ["3", "99999"], ["5", "m…a@x.invalid"]]
    kept = page.split('id="numbers"')[1].split(">", 1)[1].split("</textarea>")[0]
    assert kept.splitlines() == ["Name,Number", "Ben Otto,70001", "Nobody,99999", ",", "maria@x.invalid"]
    mended = kept.replace("Nobody,99999\n", "").replace("maria@x.invalid", "")
    assert "1 added." in said(hand_in(client, row, numbers=mended)) and ListMember.objects.count() == 1
    assert "on the list already" in said(hand_in(client, row, numbers="70001\n70001\n"))
    client.post(f"/messages/lists/{row.pk}/off/{elsewhere}")
    assert not ListMember.objects.exists()


def test_what_is_no_list_is_said_and_what_was_typed_stays(client_as, family):
    client = client_as("director")
    row = make_list(client)
    page = said(hand_in(client, row, numbers="\0 ,;"))
    assert "no number in it" in page and "mend it here" in page
    page = said(hand_in(client, row, file=SimpleUploadedFile("band.xlsx", b"PK\x03\x04"), numbers="70001"))
    assert "save it as CSV" in page and ">70001</textarea>" in page
    assert "larger than 1 MB" in said(hand_in(client, row, file=SimpleUploadedFile("x.csv", b"1\n" * 600_000)))
    assert "at most 20,000" in said(hand_in(client, row, numbers="7\n" * 20_001))


def test_of_many_faults_two_hundred_are_shown_and_all_can_be_had(client_as, family):
    client = client_as("director")
    row = make_list(client)
    page = said(hand_in(client, row, numbers="\n".join(str(90_000 + one) for one in range(700))))
    assert len(faults_of(page)) == 200 and "700 to mend" in page and "And 500 more" in page
    assert len(csv_in(page)) == 701 and csv_in(page)[-1][0] == "700"
    page = said(hand_in(client, row, numbers="\n".join(str(90_000 + one) for one in range(6000))))
    assert csv_in(page)[-1][2] == "and 1,000 more" and len(csv_in(page)) == 5002


def test_a_school_learns_no_names_of_another_by_its_numbers(client_as, family, elsewhere):
    client = client_as("principal", site=family.site)
    row = make_list(client, "Choir", family.site)
    page = said(hand_in(client, row, numbers="70001"))
    assert faults_of(page)[0][2] == "Belongs to another school." and "Otto" not in page
    answer = said(client.post(f"/messages/lists/{row.pk}/add", {"people": [str(elsewhere)]}, follow=True))
    assert "Belongs to another school" in answer and "Otto" not in answer


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
    ("Name,Number\nAna,7\n8\nBen,", [(2, "7"), (3, "8")]),
    ("Name,E-mail\nAna,a@x.invalid", [(2, "a@x.invalid")]), ("student id\n'0042", [(2, "0042")]), ("\0", []),
])  # fmt: skip
def test_numbers_are_read_from_whatever_is_pasted(text, found):
    assert rules.read_numbers(text) == found


def test_an_address_is_found_however_it_is_written(client_as, family):
    load_people({"person": [{"id": new_id(), "kind": "staff", "given": "Eve", "family": "Ash", "site_id": family.site,
                             "email": "Eve.Ash@X.invalid"}]})  # fmt: skip
    client = client_as("director")
    row = make_list(client)
    assert "1 added." in said(hand_in(client, row, numbers="eve.ash@x.INVALID"))
