"""A second person confirms what reaches nearly everybody, however the audience was put together."""

import pytest

from watchbell.communication.notices import actions, jobs, queries
from watchbell.communication.notices.facts import Audience, Draft, Text
from watchbell.communication.notices.models import Notice
from watchbell.communication.notices.tests.builders import confirm, write_form
from watchbell.district.people.actions import load_people
from watchbell.line.ids import new_id, same_uuid

pytestmark = pytest.mark.usefixtures("committed_db", "no_bus")
BUSES = ("Bus 1", "Bus 2", "Bus 3", "Bus 4")


@pytest.fixture
def pupils(family):
    """Nineteen more students with a parent each, over both schools and four grades; and four teachers."""
    students = [same_uuid("more", number) for number in range(19)]
    rows = {"person": [], "guardianship": [], "ride": []}
    for number, pk in enumerate(students):
        parent = same_uuid("parent", number)
        rows["person"] += [
            {"id": pk, "kind": "student", "given": "S", "family": f"{number}", "grade": f"0{number % 4 + 2}",
             "site_id": family.other_site if number % 2 else family.site},
            {"id": parent, "kind": "guardian", "given": "P", "family": f"{number}", "email": f"p{number}@x.invalid"},
        ]  # fmt: skip
        rows["guardianship"].append({"id": new_id(), "student_id": pk, "guardian_id": parent, "relation": "parent"})
        if number < 8:
            rows["ride"].append({"id": new_id(), "student_id": pk, "bus": BUSES[number % 4], "run": "morning"})
    for number in range(4):
        rows["person"].append(
            {"id": same_uuid("teacher", number), "kind": "staff", "given": "T", "family": f"{number}",
             "site_id": family.other_site if number % 2 else family.site, "email": f"t{number}@x.invalid"}
        )  # fmt: skip
    load_people(rows)
    return [family.student, *students]


def because(**audience) -> str:
    return queries.second_person(Draft("routine", (Text("en", "Late", "Late."),), Audience(**audience), ("email",)))


def test_every_school_ticked_is_the_whole_district(pupils, family):
    both = (str(family.site), str(family.other_site))
    assert "whole district" in because(sites=both)
    assert because(sites=both[:1]) == ""
    assert "whole district" in because(kinds=("staff",), sites=both)
    assert "whole district" in because(kinds=("staff",), sites=both, roles=("teacher", "nurse"))


def test_every_grade_ticked_is_the_whole_district(pupils, family):
    assert "whole district" in because(grades=("02", "03", "04", "05"))
    both = (str(family.site), str(family.other_site))
    assert "whole district" in because(grades=("02", "03", "04", "05"), sites=both)
    assert because(grades=("02", "03")) == ""
    assert "nearly everybody" in because(grades=("02", "03", "04"), sites=both)


def test_every_bus_ticked_is_every_bus(pupils):
    assert "every bus" in because(buses=BUSES)
    assert "students who ride a bus" in because(buses=BUSES[:3])
    assert because(buses=BUSES[:2]) == ""


def test_several_lists_or_names_that_are_nearly_everybody(pupils, actor):
    lists = [str(actions.save_list(actor, None, f"List {number}")) for number in range(2)]
    actions.add_people(actor, lists[0], pupils[:8])
    actions.add_people(actor, lists[1], pupils[8:16])
    assert because(lists=(lists[0],)) == ""
    told = because(lists=tuple(lists))
    assert told.startswith("It reaches nearly everybody in the district: 80% of its families.") and len(told) <= 160
    assert "nearly everybody" in because(people=tuple(map(str, pupils[:16])))
    assert because(people=tuple(map(str, pupils[:12]))) == ""


def test_adding_a_few_of_another_kind_hides_nobody(pupils, family, actor):
    pk = str(actions.save_list(actor, None, "Nearly all"))
    actions.add_people(actor, pk, pupils[:16])
    assert "families" in because(kinds=("family", "staff"), lists=(pk,))
    assert "staff" in because(kinds=("family", "staff"), people=tuple(str(same_uuid("teacher", n)) for n in range(3)))


def test_the_writer_is_told_and_somebody_else_confirms(pupils, family, client_as):
    both, writer = [str(family.site), str(family.other_site)], client_as("director")
    form = write_form(family, sites=both, grades=["02", "03", "04"])
    assert "nearly everybody in the district" in writer.post("/messages/preview", form).content.decode()
    writer.post("/messages/new", form)
    notice = Notice.objects.get()
    page = writer.get(f"/messages/{notice.pk}/check").content.decode()
    assert page.count("nearly everybody in the district") == 1 and "Ask for confirmation" in page
    writer.post(f"/messages/{notice.pk}/submit", {"count": ""})
    assert Notice.objects.get().state == "asked"
    client_as("principal").post(f"/messages/{notice.pk}/approve", {"count": ""})
    assert Notice.objects.get().state == "sending"


def test_a_list_that_grows_after_it_was_scheduled_is_looked_at_again(pupils, family, client_as, actor, goto):
    pk, writer = str(actions.save_list(actor, None, "Chess club")), client_as("director")
    actions.add_people(actor, pk, pupils[:3])
    writer.post("/messages/new", write_form(family, sites=[], lists=[pk], send_at="2026-12-02T14:00"))
    notice = Notice.objects.get()
    writer.post(f"/messages/{notice.pk}/submit", {"count": ""})
    assert Notice.objects.get().state == "scheduled"
    actions.add_people(actor, pk, pupils)
    goto(14, 1)
    jobs.send(str(notice.pk))
    kept = Notice.objects.get()
    assert kept.state == "asked" and kept.sent_at is None and "whole" not in kept.second_because
    assert "nearly everybody" in kept.second_because
    client_as("principal").post(f"/messages/{notice.pk}/approve", {"count": ""})
    jobs.send(str(notice.pk))
    assert Notice.objects.get().sent_at


def test_a_correction_goes_to_whom_it_has_told_however_small_the_list_is_by_now(pupils, family, client_as, actor):
    pk, writer = actions.save_list(actor, None, "Nearly all"), client_as("director")
    actions.add_people(actor, pk, pupils[:18])
    writer.post("/messages/new", write_form(family, sites=[], lists=[str(pk)]))
    notice = Notice.objects.get()
    writer.post(f"/messages/{notice.pk}/submit", {"count": ""})
    confirm(notice.pk)
    jobs.send(str(notice.pk))
    for one in pupils[2:18]:
        actions.take_off(actor, pk, one)
    better = {"title_en": "On time", "short_en": "Buses are on time.", "why": "Wrong day", "tell_again": "on"}
    writer.post(f"/messages/{notice.pk}/correct", better)
    assert Notice.objects.get().retell, "a second person confirms that everybody is told again"
