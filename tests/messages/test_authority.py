"""Who may change what is out, and which messages one person alone may send: never more than their own school."""

from dataclasses import replace
from datetime import timedelta

import pytest
from procrastinate.contrib.django.models import ProcrastinateJob

from watchbell.communication.channels.models import Body, Recipient
from watchbell.communication.notices import actions, jobs, queries
from watchbell.communication.notices.models import Notice, Template
from watchbell.communication.notices.tests.builders import write_form
from watchbell.kernel.changes import recorded_batch
from watchbell.kernel.permissions import system_actor
from watchbell.line import clock
from watchbell.response.incidents.models import Incident
from watchbell.response.incidents.tests.builders import build_incident

pytestmark = pytest.mark.usefixtures("committed_db", "no_bus")
BETTER = {"title_en": "All is well", "short_en": "It was a false alarm.", "why": "Burnt toast", "tell_again": "on"}


@pytest.fixture
def sent(client_as, family, district):
    """`sent(sites=[])`: a message that is out, confirmed by a second person where it needs one."""

    def send(**words):
        client_as("director").post("/messages/new", write_form(family, **words))
        notice = Notice.objects.latest("number")
        client_as("director").post(f"/messages/{notice.pk}/submit", {"count": ""})
        if Notice.objects.get(pk=notice.pk).state == "asked":
            actions.approve_notice(system_actor(district.id), notice.pk)
        jobs.send(str(notice.pk))
        notice.refresh_from_db()
        assert notice.sent_at
        return notice

    return send


@pytest.fixture
def incident(family, actor):
    """`incident(mode="drill")`: one at the family's school."""

    def build(**words):
        pk = build_incident(actor)
        with recorded_batch("test"):
            Incident.objects.filter(pk=pk).update(site_id=family.site, **words)
        return pk

    return build


def corrections():
    return ProcrastinateJob.objects.filter(args__job="notices.send_correction").count()


@pytest.mark.parametrize("role", ["office", "principal"])
@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("correct", BETTER),
        ("end", {"why": "Over"}),
        ("change/stop", {}),
        ("change/pause", {}),
        ("again", {"channel": "text"}),
    ],
)
def test_one_school_changes_nothing_that_goes_to_the_whole_district(client_as, family, sent, role, path, words):
    notice = sent(sites=[])
    school = client_as(role, site=family.site)
    assert school.get(f"/messages/{notice.pk}").status_code == 200, "it sees what its families are told"
    answer = school.post(f"/messages/{notice.pk}/{path}", words, follow=True)
    assert answer.status_code in (200, 403, 409, 422)
    kept = Notice.objects.get()
    assert (kept.state, kept.corrections, kept.ended_at) == (notice.state, 0, None) and not corrections()
    shown = school.get(f"/messages/{notice.pk}").content.decode()
    assert "/correct" not in shown and "End it" not in shown


def test_another_school_s_message_is_not_there(client_as, family, sent):
    notice = sent()
    other = client_as("principal", site=family.other_site)
    assert other.post(f"/messages/{notice.pk}/end", {"why": "x"}).status_code == 404


def test_a_correction_of_what_took_two_is_told_by_two(client_as, family, sent, client):
    notice = sent(sites=[], is_public="on")
    first, second = client_as("director"), client_as("principal")
    page = first.post(f"/messages/{notice.pk}/correct", BETTER, follow=True).content.decode()
    assert "Somebody else confirms before everybody is told" in page and "Somebody else has to look" in page
    kept = Notice.objects.get()
    assert kept.corrections == 1 and kept.title == "All is well" and not corrections()
    first.post(f"/messages/{notice.pk}/correction/tell")
    assert not corrections(), "who corrected it does not confirm it"
    assert "asks for your word" in second.get("/messages/desk/part").content.decode()
    second.post(f"/messages/{notice.pk}/correction/tell")
    assert corrections() == 1 and Notice.objects.get().retell == {}
    second.post(f"/messages/{notice.pk}/correction/tell")
    assert corrections() == 1, "told once"


def test_who_corrected_it_may_leave_it_on_its_page(client_as, family, sent):
    notice, writer = sent(sites=[]), client_as("director")
    writer.post(f"/messages/{notice.pk}/correct", BETTER)
    assert writer.post(f"/messages/{notice.pk}/correction/kept").status_code == 404
    assert Notice.objects.get().retell, "no word is taken for another"
    writer.post(f"/messages/{notice.pk}/correction/keep")
    assert Notice.objects.get().retell == {} and not corrections()


def test_a_school_corrects_its_own_message_at_once(client_as, family, sent):
    notice = sent()
    client_as("principal", site=family.site).post(f"/messages/{notice.pk}/correct", BETTER)
    assert corrections() == 1 and Notice.objects.get().corrections == 1


def test_an_office_s_correction_waits_for_a_second_person_as_its_message_does(client_as, family, sent, client):
    notice, office = sent(at_once="", is_public="on"), client_as("office", site=family.site)
    page = office.post(f"/messages/{notice.pk}/correct", BETTER, follow=True).content.decode()
    assert "Somebody else confirms before everybody is told" in page and not corrections()
    assert "All is well" in client.get(f"/m/{Recipient.objects.get().token}").content.decode()
    jobs.follow(str(notice.pk), "")
    assert not Body.objects.filter(short__contains="false alarm").exists(), "what waits still says what was confirmed"
    office.post(f"/messages/{notice.pk}/correction/tell")
    assert not corrections(), "its role confirms nothing"
    second = client_as("principal", site=family.site)
    assert "asks for your word" in second.get("/messages/desk/part").content.decode()
    second.post(f"/messages/{notice.pk}/correction/tell")
    assert corrections() == 1 and Notice.objects.get().retell == {}
    jobs.send_correction(str(notice.pk), 1)
    assert Body.objects.filter(short__contains="false alarm").exists()


def test_an_office_s_quiet_correction_changes_nothing_that_waits_before_it_is_confirmed(client_as, family, sent):
    notice, office = sent(at_once=""), client_as("office", site=family.site)
    quiet = {key: word for key, word in BETTER.items() if key != "tell_again"}
    office.post(f"/messages/{notice.pk}/correct", quiet)
    office.post(f"/messages/{notice.pk}/correct", quiet | {"short_en": "Nothing at all."})
    jobs.follow(str(notice.pk), "")
    assert not Body.objects.filter(short__contains="Nothing at all").exists() and Notice.objects.get().retell
    client_as("principal", site=family.site).post(f"/messages/{notice.pk}/correction/keep")
    assert Notice.objects.get().retell == {} and not corrections()
    jobs.follow(str(notice.pk), "")
    assert Body.objects.filter(short__contains="Nothing at all").exists()


def test_an_office_corrects_alone_within_an_incident(client_as, family, sent, incident):
    notice = sent(purpose="emergency", incident=str(incident()))
    client_as("office", site=family.site).post(f"/messages/{notice.pk}/correct", BETTER)
    assert corrections() == 1


@pytest.mark.parametrize(
    ("about", "words", "is_alone"),
    [
        ({}, {}, True),
        ({"mode": "drill"}, {}, False),
        ({"closed_at": timedelta(hours=1)}, {}, True),
        ({"closed_at": timedelta(hours=7)}, {}, False),
        ({}, {"sites": []}, False),
    ],
)
def test_an_incident_speaks_for_messages_to_its_own_school_while_it_lasts(
    client_as, family, incident, about, words, is_alone
):
    ago = {"closed_at": clock.now() - about["closed_at"], "state": "closed"} if "closed_at" in about else {}
    pk = incident(**{**about, **ago})
    writer = client_as("director")
    writer.post("/messages/new", write_form(family, purpose="emergency", incident=str(pk), **words))
    notice = Notice.objects.get()
    assert notice.incident_id == pk
    writer.post(f"/messages/{notice.pk}/submit", {"count": ""})
    assert (Notice.objects.get().state == "asked") is not is_alone


def test_another_school_s_incident_speaks_for_nobody(family, incident):
    draft = queries.draft_of(Notice(title="x", incident_id=incident(), audience={"sites": [str(family.other_site)]}))
    assert not queries.is_of_incident(draft)
    here = replace(draft, audience=replace(draft.audience, sites=(str(family.site),)))
    assert queries.is_of_incident(here)


def test_an_office_sends_alone_only_within_an_incident(client_as, family, incident):
    office = client_as("office", site=family.site)
    office.post("/messages/new", write_form(family, incident=str(incident(mode="drill"))))
    office.post(f"/messages/{Notice.objects.get().pk}/submit", {"count": ""})
    assert Notice.objects.get().second_because == "Your role writes; somebody else sends."


def test_a_template_nobody_has_approved_begins_no_message(client_as, family, actor):
    client = client_as("director")
    client.post("/messages/templates/new", {"name": "Late", "purpose": "routine", "title_en": "Late", "short_en": "x."})
    row = Template.objects.get()
    assert client.get(f"/messages/new?template={row.pk}").status_code == 404
    actions.approve_template(actor, row.pk, row.version)
    assert client.get(f"/messages/new?template={row.pk}").status_code == 200
