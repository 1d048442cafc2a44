"""The letter that families have within a day of an incident: due, drafted from the record, sent or dismissed."""

from datetime import UTC, datetime, timedelta

import pytest

from watchbell.communication.notices import actions, jobs
from watchbell.communication.notices.facts import LETTER_NAME, LetterFacts
from watchbell.communication.notices.models import IncidentLetter, Notice, NoticeText, Template
from watchbell.communication.notices.rules.letters import TEXTS, fill_letter, say_due, say_length, words_for
from watchbell.kernel import journal
from watchbell.kernel.changes import recorded_batch, recorded_change
from watchbell.kernel.models import AuditRow
from watchbell.kernel.permissions import system_actor
from watchbell.kernel.tests.reading import one_line
from watchbell.line import clock
from watchbell.response.incidents.events import IncidentClosed
from watchbell.response.incidents.models import Incident
from watchbell.response.incidents.tests.builders import build_incident

pytestmark = pytest.mark.usefixtures("committed_db", "no_bus")
BEGAN = datetime(2026, 11, 27, 10, 42, tzinfo=UTC)
RECORD = LetterFacts(
    "lockdown", "Lockdown", "Birch", BEGAN, BEGAN + timedelta(minutes=72), "unintended",
    ((BEGAN, "alarm"), (BEGAN + timedelta(seconds=9), "lock_door"), (BEGAN + timedelta(minutes=72), "clear")), True,
)  # fmt: skip
CAUSE = {"cause_en": "A substitute leaned on the button."}


@pytest.fixture
def incident(family, actor):
    """`incident(mode="drill")`: a lockdown at the family's school, over since a moment ago."""

    def build(**words):
        pk, now = build_incident(actor), clock.now()
        usual = {"site_id": family.site, "state": "closed", "opened_at": now - timedelta(minutes=72),
                 "cleared_at": now, "closed_at": now, "outcome": "unintended"}  # fmt: skip
        with recorded_batch("test"):
            Incident.objects.filter(pk=pk).update(**usual | words)
        return Incident.objects.get(pk=pk)

    return build


@pytest.fixture(autouse=True)
def own_time():
    yield
    clock.shift(0)


def part(client, incident):
    answer = client.get(f"/incidents/{incident.pk}/messages/part")
    assert answer.status_code == 200
    return one_line(answer.content)


def home(client):
    return one_line(client.get("/messages/letters/part").content)


def test_the_letter_says_what_the_record_says_in_both_languages():
    english, spanish = (fill_letter(one, words_for(RECORD, one.language, "")) for one in TEXTS)
    assert english.title == "What happened at Birch on November 27, 2026"
    said = ["at 10:42 Birch went into: Lockdown", "ended at 11:54, after 1 hour and 12 minutes", "pressed by mistake"]
    for words in (*said, "10:42 The alarm was raised.", "10:42 Doors were locked.", "was accounted for", "988"):
        assert words in one_line(english.text), words
    for words in ("27 de noviembre de 2026", "cierre de emergencia", "1 hora y 12 minutos", "por error",
                  "Se cerraron las puertas con llave.", "Se localizó a todos"):  # fmt: skip
        assert words in one_line(spanish.text), words
    assert "{{" not in english.text + spanish.text and "{{link}}" in english.short


def test_it_says_that_everybody_was_accounted_for_only_if_the_roll_does():
    silent = LetterFacts(**{**vars(RECORD), "is_accounted": False})
    english = fill_letter(TEXTS[0], words_for(silent, "en", "Burnt toast."))
    assert "accounted" not in english.text and "Burnt toast." in english.text and "\n\n\n" not in english.text


def test_lengths_and_days_are_said_as_people_say_them():
    said = [say_length(timedelta(minutes=one), "en") for one in (0, 1, 45, 60, 61, 125)]
    assert said == ["1 minute", "1 minute", "45 minutes", "1 hour", "1 hour and 1 minute", "2 hours and 5 minutes"]
    days = [say_due(BEGAN + timedelta(days=one), BEGAN) for one in (-1, 0, 1, 3)]
    assert days == ["yesterday 10:42", "today 10:42", "tomorrow 10:42", "Nov 30, 10:42"]


def test_it_is_due_a_day_later_on_the_incident_s_page_and_at_home(client_as, incident):
    found, director = incident(), client_as("director")
    assert "Letter to families due tomorrow" in part(director, found)
    assert "Letter to families due tomorrow" in home(director)
    with recorded_batch("test"):
        Incident.objects.update(cleared_at=clock.now() - timedelta(hours=25))
    assert "Letter to families was due" in home(director)


def test_it_is_drafted_from_the_record_and_due_until_it_is_sent(client_as, incident, family):
    found, office = incident(), client_as("principal", site=family.site)
    answer = office.post(f"/incidents/{found.pk}/letter", CAUSE)
    notice = Notice.objects.get()
    assert answer.url == f"/messages/{notice.pk}/edit" and office.get(answer.url).status_code == 200
    assert (notice.state, notice.purpose, notice.mode, notice.channels) == ("draft", "routine", "real", ["email"])
    assert notice.audience["kinds"] == ["family"] and notice.sites == [str(family.site)]
    texts = {row.language: row.text for row in NoticeText.objects.filter(notice=notice)}
    assert "A substitute leaned on the button." in texts["en"] and "por error" in texts["es"]
    assert "Doors were locked." in texts["en"] and "The 911 center was informed." in texts["en"]
    assert "accounted" not in texts["en"], "no room has reported"
    assert AuditRow.objects.filter(action="notices.draft_letter").count() == 1
    assert "drafted, not sent yet" in part(office, found) and "drafted by" in home(office)
    office.post(f"/incidents/{found.pk}/letter", CAUSE)
    assert Notice.objects.count() == 1, "written once"
    office.post(f"/messages/{notice.pk}/submit", {"count": "1"})
    jobs.send(str(notice.pk))
    assert "Letter to families sent" in part(office, found) and "Letter" not in home(office)


def test_a_draft_that_is_thrown_away_is_due_again(client_as, incident):
    found, director = incident(), client_as("director")
    director.post(f"/incidents/{found.pk}/letter", CAUSE)
    actions.drop_notice(system_actor(found.district_id), Notice.objects.get().pk)
    assert "due tomorrow" in home(director) and "Draft the letter" in part(director, found)


def test_it_needs_a_cause_in_plain_words(client_as, incident):
    found, director = incident(), client_as("director")
    for words in ({}, {"cause_en": "  "}, {"cause_en": "x" * 601}):
        answer = director.post(f"/incidents/{found.pk}/letter", words, follow=True)
        assert answer.status_code == 200 and not Notice.objects.exists()


def test_it_is_dismissed_with_a_reason_only(client_as, incident):
    found, director = incident(), client_as("director")
    director.post(f"/incidents/{found.pk}/letter/dismiss", {"because": " "})
    assert not IncidentLetter.objects.exists()
    director.post(f"/incidents/{found.pk}/letter/dismiss", {"because": "The principal has called every family"})
    assert "No letter to families: The principal has called" in part(director, found) and "Letter" not in home(director)
    assert AuditRow.objects.get(action="notices.dismiss_letter").why == "The principal has called every family"


@pytest.mark.parametrize(
    "words", [{"mode": "drill"}, {"mode": "test"}, {"kind": "medical"}, {"state": "open"}, {"outcome": "drill"}]
)
def test_no_letter_is_due_of_what_was_not_for_real_or_is_not_over(client_as, incident, words):
    found, director = incident(**words), client_as("director")
    assert "Letter to families" not in part(director, found) and "Letter" not in home(director)
    director.post(f"/incidents/{found.pk}/letter", CAUSE)
    assert not Notice.objects.exists()


def test_another_school_writes_no_letter_for_it(client_as, incident, family):
    found = incident()
    elsewhere = client_as("principal", site=family.other_site)
    assert "Letter" not in home(elsewhere)
    elsewhere.post(f"/incidents/{found.pk}/letter", CAUSE)
    elsewhere.post(f"/incidents/{found.pk}/letter/dismiss", {"because": "x"})
    assert not Notice.objects.exists() and not IncidentLetter.objects.exists()


def test_the_template_lies_ready_and_the_district_s_own_words_are_used_once_approved(client_as, incident, district):
    found, director = incident(), client_as("director")
    for _ in range(2):
        with recorded_change(system_actor(district.pk), "test") as change:
            change.announce(IncidentClosed(str(found.pk), str(found.site_id), "lockdown", "real"))
        while journal.sweep():
            pass
    row = Template.objects.get(name=LETTER_NAME)
    assert row.approved_at is None and {one["language"] for one in row.texts} == {"en", "es"}
    words = {"name": LETTER_NAME, "purpose": "routine", "kind": "", "title_en": "About {{date}}",
             "short_en": "{{site}}",
             "text_en": "Ours. {{cause}} {{done}} {{accounted}} {{duration}} {{until}}"}  # fmt: skip
    director.post(f"/messages/templates/{row.pk}", words)
    row.refresh_from_db()
    assert row.version == 2, "the letter's placeholders are known"
    director.post(f"/messages/templates/{row.pk}/approve", {"version": "2"})
    director.post(f"/incidents/{found.pk}/letter", CAUSE)
    assert NoticeText.objects.get(language="en").text.startswith("Ours. A substitute leaned")
