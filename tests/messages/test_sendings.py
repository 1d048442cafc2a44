"""Each sending of a notice keeps its ledger: the first and those of its corrections, on its page, as CSV, by API."""

import pytest

from watchbell.communication.channels.models import Recipient
from watchbell.communication.notices import jobs
from watchbell.communication.notices.models import Notice
from watchbell.communication.notices.tests.builders import write_form
from watchbell.kernel.changes import recorded_batch
from watchbell.kernel.tests.reading import one_line
from watchbell.line import clock

pytestmark = pytest.mark.usefixtures("committed_db", "no_bus")
BETTER = {"title_en": "On time", "short_en": "Buses are on time.", "why": "The road is open", "tell_again": "on"}


@pytest.fixture
def writer(client_as):
    return client_as("director")


@pytest.fixture
def corrected(writer, family):
    """Reached by the first sending, not by its correction."""
    writer.post("/messages/new", write_form(family))
    notice = Notice.objects.get()
    writer.post(f"/messages/{notice.pk}/submit", {"count": ""})
    jobs.send(str(notice.pk))
    writer.post(f"/messages/{notice.pk}/correct", BETTER)
    jobs.send_correction(str(notice.pk), 1)
    with recorded_batch("test"):
        Recipient.objects.exclude(mailing__about__endswith=":1").update(reached_at=clock.now(), reached_by="text")
    return notice


def look(writer, notice, query=""):
    return one_line(writer.get(f"/messages/{notice.pk}/ledger{query}").content)


def test_the_ledger_shows_the_newest_and_the_others_are_chosen(writer, corrected):
    page = look(writer, corrected)
    assert '<option value="1" selected> Correction 1 </option>' in page and "First sending" in page
    assert "0 of 1 families reached" in page and "Not yet" in page and "Try again" in page
    first = look(writer, corrected, "?sending=0")
    assert '<option value="0" selected> First sending </option>' in first
    assert "1 of 1 families reached" in first and "Not yet" not in first and "Try again" not in first
    assert "?sending=0" in writer.get(f"/messages/{corrected.pk}").content.decode()


def test_the_csv_is_of_the_chosen_one(writer, corrected):
    first = writer.get(f"/messages/{corrected.pk}/ledger?sending=0&format=csv")
    newest = writer.get(f"/messages/{corrected.pk}/ledger?format=csv")
    assert ",text," in first.content.decode() and ",text," not in newest.content.decode()
    assert "correction-1" in newest["Content-Disposition"] and "correction" not in first["Content-Disposition"]


@pytest.mark.parametrize("number", ["2", "x", "-1", "999999999"])
def test_a_sending_that_is_not_there_is_not_found(writer, corrected, number):
    assert writer.get(f"/messages/{corrected.pk}/ledger?sending={number}").status_code == 404


def test_before_anything_has_gone_there_is_nothing_to_choose(writer, family):
    writer.post("/messages/new", write_form(family))
    assert "Nobody has been told yet" in look(writer, Notice.objects.get())


def test_the_api_gives_each(writer, corrected):
    newest = writer.get(f"/api/v1/notices/{corrected.pk}").json()
    assert newest["sending"] == 1 and newest["progress"]["families_reached"] == 0
    assert [one["name"] for one in newest["sendings"]] == ["First sending", "Correction 1"]
    first = writer.get(f"/api/v1/notices/{corrected.pk}?sending=0").json()
    assert first["sending"] == 0 and first["progress"]["families_reached"] == 1
    assert writer.get(f"/api/v1/notices/{corrected.pk}?sending=5").status_code == 404
