"""A message's report: who was told, how fast, by what, what was answered and corrected; as a page and on paper."""

from datetime import UTC, datetime, timedelta

import pytest

from watchbell.communication.channels import rules
from watchbell.communication.channels.models import Recipient
from watchbell.communication.notices import jobs
from watchbell.communication.notices.models import Notice
from watchbell.communication.notices.tests.builders import write_form
from watchbell.kernel.changes import recorded_batch
from watchbell.kernel.tests.reading import one_line

BEGAN = datetime(2026, 9, 1, 12, tzinfo=UTC)


def test_how_fast_counts_all_families_also_those_never_reached():
    reached = [BEGAN + timedelta(seconds=at) for at in (4, 1, 2, 3, 60)]
    one = rules.make_telling(BEGAN, [*reached, None], [])
    assert (one.families, one.reached, one.percent) == (6, 5, 83)
    assert (one.half_seconds, one.most_seconds, one.last_seconds) == (3, None, 60), "nine tenths never were"
    assert rules.make_telling(BEGAN, [None], []).half_seconds is None
    assert rules.make_telling(BEGAN, [], []).percent == 0


@pytest.fixture
def sent(committed_db, no_bus, client_as, family):
    """A question that went out, was read, answered and corrected."""
    client = client_as("director")
    client.post("/messages/new", write_form(family, options=["Safe", "I need help"]))
    notice = Notice.objects.get()
    client.post(f"/messages/{notice.pk}/submit", {"count": "1"})
    jobs.send(str(notice.pk))
    one = Recipient.objects.get()
    client.post(f"/m/{one.token}/answer", {"option": "1"})
    with recorded_batch("a test's family is reached"):
        Recipient.objects.update(reached_at=one.mailing.made_at + timedelta(seconds=42), reached_by="text")
    words = {
        "title_en": "Buses are on time",
        "short_en": "The road is open.",
        "why": "It was resolved",
        "tell_again": "on",
    }
    client.post(f"/messages/{notice.pk}/correct", words)
    jobs.send_correction(str(notice.pk), 1)
    return Notice.objects.get()


def test_the_report_says_who_how_fast_by_what_and_what_came_back(client_as, sent):
    client = client_as("director")
    assert f'href="/messages/{sent.pk}/report"' in client.get(f"/messages/{sent.pk}").content.decode()
    client.get("/")
    answer = client.get(f"/messages/{sent.pk}/report")
    page = one_line(answer.content)
    for wanted in ("The message", "Correction 1", "1 of 1 (100 %)", "42 s", "Text", "I need help", "It was resolved",
                   "Buses are late by 20 minutes.", "The road is open."):  # fmt: skip
        assert wanted in page, wanted
    assert "Maria" not in page, "names stand in the ledger only"
    assert int(answer["Server-Timing"].split('desc="')[1].split('"')[0]) <= 12
    assert client_as("teacher").get(f"/messages/{sent.pk}/report").status_code == 403


def test_the_report_is_a_tagged_pdf_on_either_paper(client_as, sent):
    client = client_as("director")
    for paper in ("", "?paper=a4", "?paper=stone"):
        answer = client.get(f"/messages/{sent.pk}/report/pdf{paper}")
        assert answer["Content-Type"] == "application/pdf" and answer.content.startswith(b"%PDF")
        assert b"/StructTreeRoot" in answer.content or len(answer.content) > 5000
    assert f"message-{sent.number}.pdf" in answer["Content-Disposition"]
    assert client_as("teacher").get(f"/messages/{sent.pk}/report/pdf").status_code == 403


def test_a_message_nobody_was_told_yet_has_an_empty_report(committed_db, no_bus, client_as, family):
    client = client_as("director")
    client.post("/messages/new", write_form(family))
    page = one_line(client.get(f"/messages/{Notice.objects.get().pk}/report").content)
    assert "Nobody has been told yet" in page
    assert client.get(f"/messages/{Notice.objects.get().pk}/report/pdf").content.startswith(b"%PDF")
