"""A notice's way over the screens, and a family's own pages."""

import re

import pytest

from watchbell.communication.channels.models import Consent, ContactChange, Delivery, Mailing, Preference, Recipient
from watchbell.communication.families import actions as families
from watchbell.communication.families.queries import COOKIE
from watchbell.communication.notices import actions, jobs, queries
from watchbell.communication.notices.models import Answer, Notice, Template, Thread
from watchbell.communication.notices.pages import family as family_pages
from watchbell.communication.notices.tests.builders import write_form
from watchbell.kernel import limits
from watchbell.kernel.changes import recorded_change
from watchbell.kernel.permissions import system_actor
from watchbell.kernel.tests.reading import one_line
from watchbell.line.clock import now

pytestmark = pytest.mark.usefixtures("committed_db", "no_bus")


def send(client, family, **words):
    client.post("/messages/new", write_form(family, **words))
    notice = Notice.objects.get()
    client.post(f"/messages/{notice.pk}/submit", {"count": "1"})
    return Notice.objects.get()


def test_every_page_answers_before_there_is_anything(client_as, family):
    client = client_as("director")
    for path in (
        "/messages",
        "/messages/new",
        "/messages/threads",
        "/messages/templates",
        "/messages/templates/new",
        "/messages/addresses",
        "/messages/carriers",
        "/messages/wishes",
        "/messages/desk/part",
        "/messages?format=csv",
        "/messages/addresses?format=csv",
        "/messages/addresses?format=changes",
    ):
        assert client.get(path).status_code == 200, path


def test_a_message_is_looked_at_before_it_goes(client_as, family):
    client = client_as("director")
    look = one_line(client.post("/messages/preview", write_form(family)).content)
    assert "<b>1</b> family" in look and "Buses are late" in look and "of Ana" in look
    answer = client.post("/messages/new", write_form(family, then="send"))
    notice = Notice.objects.get()
    assert answer.status_code == 302 and answer.url == f"/messages/{notice.pk}/check"
    page = one_line(client.get(answer.url).content)
    assert "1 person in 1 family" in page and "Families at Test BIR" in page
    assert client.get(f"/messages/{notice.pk}").status_code == 200


def test_the_principal_s_word_is_enough_at_the_own_school(client_as, family):
    notice = send(client_as("principal", site=family.site), family)
    assert notice.state == "sending" and notice.approved_name


def test_an_emergency_outside_of_an_incident_takes_two(client_as, family):
    writer = client_as("director")
    notice = send(writer, family, purpose="emergency")
    assert notice.state == "asked"
    writer.post(f"/messages/{notice.pk}/approve", {"count": "1"})
    assert Notice.objects.get().state == "asked"  # not by whoever wrote it
    second = client_as("principal", site=family.site)
    assert "A second person decides" in second.get(f"/messages/{notice.pk}").content.decode()
    second.post(f"/messages/{notice.pk}/approve", {"count": "900"})
    assert Notice.objects.get().state == "asked"  # the number seen must be the number meant
    second.post(f"/messages/{notice.pk}/approve", {"count": "1"})
    assert Notice.objects.get().state == "sending"


def test_it_goes_out_and_the_ledger_tells(client_as, family):
    client = client_as("director")
    notice = send(client, family)
    jobs.send(str(notice.pk))
    assert Mailing.objects.get().state == "sending" and Recipient.objects.get().fields["child"] == "Ana"
    assert sorted(Delivery.objects.values_list("channel", flat=True)) == ["email", "text"]
    page = client.get(f"/messages/{notice.pk}/ledger").content.decode()
    assert "Maria Lopez" in page and "of Ana" in page and "Not yet" in page
    assert "Maria Lopez" in client.get(f"/messages/{notice.pk}/ledger?format=csv").content.decode()
    assert "0 of 1" in client.get(f"/messages/{notice.pk}/progress").content.decode()
    client.post(f"/messages/{notice.pk}/change/stop")
    assert Mailing.objects.get().state == "stopped" and Notice.objects.get().state == "stopped"


def test_a_correction_holds_everywhere_and_is_told(client_as, family, client):
    writer = client_as("director")
    notice = send(writer, family)
    jobs.send(str(notice.pk))
    token = Recipient.objects.get().token
    assert "Buses are late" in client.get(f"/m/{token}").content.decode()
    words = {"title_en": "Buses are on time", "short_en": "Buses are on time after all.", "why": "The road is open",
             "tell_again": "on"}  # fmt: skip
    writer.post(f"/messages/{notice.pk}/correct", words)
    page = client.get(f"/m/{token}").content.decode()
    assert "on time after all" in page and "The road is open" in page
    jobs.send_correction(str(notice.pk), 1)
    assert Mailing.objects.count() == 2
    assert "CORRECTION." in Mailing.objects.order_by("-made_at").first().bodies.get(language="en").short
    writer.post(f"/messages/{notice.pk}/end", {"why": "Everybody is home"})
    assert "Esto ya terminó" in client.get(f"/m/{token}").content.decode()


def test_a_family_answers_and_writes(client_as, family, client):
    notice = send(client_as("director"), family, options=["Safe", "I need help"])
    jobs.send(str(notice.pk))
    token = Recipient.objects.get().token
    assert Recipient.objects.get().reached_at is None
    client.get(f"/m/{token}")
    assert Recipient.objects.get().reached_at is None  # a preview by a program is no reader
    client.post(f"/m/{token}/seen")
    assert Recipient.objects.get().reached_by == "page"
    client.post(f"/m/{token}/answer", {"option": "1"})
    assert Answer.objects.get().option == 1
    client.post(f"/m/{token}/answer", {"option": "0"})
    assert Answer.objects.get().option == 0
    client.post(f"/m/{token}/answer", {"text": "Where do I park?"})
    thread = Thread.objects.get()
    assert thread.site_id == family.site and thread.channel == "email"
    office = client_as("office", site=family.site)
    assert "Where do I park?" in office.get("/messages/threads").content.decode()
    office.post(f"/messages/threads/{thread.pk}", {"text": "At the gym."})
    assert Mailing.objects.filter(about__startswith="reply:").exists()
    assert "At the gym." in office.get(f"/messages/threads/{thread.pk}").content.decode()


def test_a_family_reads_the_answers_in_its_language_and_replies_in_either(client_as, family, client):
    words = {"title_es": "Autobuses", "short_es": "Los autobuses tardan.", "options_es": "A salvo / Necesito ayuda"}
    notice = send(client_as("director"), family, options=["Safe", "I need help"], **words)
    jobs.send(str(notice.pk))
    recipient = Recipient.objects.get()
    page = client.get(f"/m/{recipient.token}").content.decode()
    assert "Necesito ayuda" in page and "I need help" not in page
    assert "A salvo" in client.get(f"/m/{recipient.token}/kept").content.decode()
    actor = system_actor(notice.district_id)
    for number, (said, option) in enumerate((("necesito ayuda", 1), ("Safe", 0))):
        actions.note_reply(actor, f"x:{number}", "text", "+15735550101", said, 0.0, notice, recipient)
        assert Answer.objects.get().option == option


def test_a_family_corrects_its_number_by_code(client_as, family, client):
    notice = send(client_as("director"), family)
    jobs.send(str(notice.pk))
    token = Recipient.objects.get().token
    page = client.get(f"/m/{token}/contacts").content.decode()
    assert "… 0101" in page and "+15735550101" not in page
    asked = {"what": "address", "kind": "phone", "old": "… 0101", "new": "573-555-0777"}
    client.post(f"/m/{token}/contacts", asked)
    assert not ContactChange.objects.exists(), "a link alone may have been forwarded: it replaces nothing"
    key = families.begin_device(system_actor(notice.district_id), family.mother, "Chrome", "by link")
    client.cookies[COOKIE] = f"{notice.district_id}.{key}"
    client.post(f"/m/{token}/contacts", asked)
    change = ContactChange.objects.get()
    assert (change.old, change.value, change.confirmed_at) == ("+15735550101", "+15735550777", None)
    sent = Mailing.objects.get(about=f"code:{change.pk}").bodies.get()
    assert sent.language == "es" and "su código es" in sent.short, "she reads Spanish"
    code = re.findall(r"\d{6}", sent.short)[0]
    wrong = client.post(f"/m/{token}/contacts", {"what": "code", "change": str(change.pk), "code": "000000"})
    assert "no es el código" in wrong.content.decode() or code == "000000"
    client.post(f"/m/{token}/contacts", {"what": "code", "change": str(change.pk), "code": code})
    assert "… 0777" in client.get(f"/m/{token}/contacts").content.decode()
    office = client_as("office", site=family.site)
    assert "+15735550777" in office.get("/messages/addresses?format=changes").content.decode()
    office.post("/messages/changes/taken", {"changes": [str(change.pk)]})
    assert ContactChange.objects.get().taken_at is not None


def test_a_family_stops_routine_and_chooses_its_language(client_as, family, client):
    notice = send(client_as("director"), family)
    jobs.send(str(notice.pk))
    token = Recipient.objects.get().token
    client.post(f"/m/{token}/contacts", {"what": "stop", "old": "… 0101"})
    assert {(row.channel, row.purpose) for row in Consent.objects.all()} == {
        ("text", "routine"), ("text", "newsletter"), ("voice", "routine"), ("voice", "newsletter")}  # fmt: skip
    client.post(f"/m/{token}/contacts", {"what": "order", "first": "email", "language": "es"})
    assert Preference.objects.get().order[0] == "email" and Preference.objects.get().language == "es"
    client.post(f"/wishes/{token}", {"List-Unsubscribe": "One-Click"})
    assert Consent.objects.filter(channel="email", is_wanted=False).count() == 2


def test_an_unknown_link_shows_nothing(client, family):
    for path in ("/m/nonsense", "/m/nonsense/contacts", "/wishes/nonsense"):
        assert client.get(path).status_code == 404


def test_a_template_is_approved_before_it_is_offered(client_as, family):
    writer = client_as("director")
    words = {"name": "Lockdown, first message", "purpose": "emergency", "kind": "lockdown",
             "title_en": "{{what}} at {{site}}", "short_en": "Students are secured. Do not come. {{link}}"}  # fmt: skip
    writer.post("/messages/templates/new", words)
    row = Template.objects.get()
    assert row.approved_at is None and "Lockdown, first" not in writer.get("/messages/new").content.decode()
    writer.post(f"/messages/templates/{row.pk}/approve", {"version": "1"})
    assert Template.objects.get().approved_by
    assert "Lockdown, first" in writer.get("/messages/new").content.decode()
    assert "Students are secured" in writer.get(f"/messages/new?template={row.pk}").content.decode()
    bad = writer.post("/messages/templates/new", words | {"name": "B", "short_en": "{{kid}}"})
    assert "nothing stands for {{kid}}" in bad.content.decode().replace("&quot;", '"')


def test_an_incident_is_offered_its_own_texts_and_nobody_s_absence(client_as, family, district):
    with recorded_change(system_actor(district.pk), "test"):
        for name, purpose, kind in (("Any", "emergency", ""), ("Ours", "emergency", "lockdown"),
                                    ("Gas", "emergency", "evacuate"), ("Absent", "attendance", "")):  # fmt: skip
            Template.objects.create(name=name, purpose=purpose, kind=kind, approved_at=now())
    found = queries.templates_seen_by(system_actor(district.pk), kind="lockdown", only_approved=True)
    assert [one.name for one in found] == ["Ours", "Any"]


def test_a_teacher_writes_to_nobody(client_as, family):
    assert client_as("teacher", site=family.site).get("/messages/new").status_code == 403


def test_a_school_writes_to_itself_only(client_as, family):
    client = client_as("principal", site=family.site)
    form = write_form(family)
    form["sites"] = []
    page = client.post("/messages/new", form).content.decode()
    assert "Choose your school" in page and not Notice.objects.exists()
    form["sites"] = [str(family.other_site)]
    assert "own school only" in client.post("/messages/new", form).content.decode()


def test_families_behind_one_address_are_not_turned_away_for_each_other(
    client_as, family, client, monkeypatch, same_moment
):
    monkeypatch.setattr(family_pages, "MOST_LOOKS", 2)
    monkeypatch.setattr(limits, "MOST_GUESSES", 3)
    notice = send(client_as("principal", site=family.site), family)
    jobs.send(str(notice.pk))
    token = Recipient.objects.get().token
    assert [client.get(f"/m/{token}").status_code for _ in range(3)] == [200, 200, 429], "one link, again and again"
    found = [client.get(f"/m/{token[:-3]}{number:03d}").status_code for number in range(5)]
    assert found == [404, 404, 404, 429, 429], "links that nobody has, from one address"
