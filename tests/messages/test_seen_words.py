"""Who confirms a message confirms what they have read: a page that is older than the words sends nothing."""

import re

import pytest

from watchbell.communication.notices import actions, jobs, queries
from watchbell.communication.notices.models import Notice
from watchbell.communication.notices.tests.builders import write_form
from watchbell.kernel.permissions import system_actor
from watchbell.line.errors import Conflict

pytestmark = pytest.mark.usefixtures("committed_db", "no_bus")
BETTER = {"title_en": "One", "short_en": "School ends at one.", "why": "One, not noon", "tell_again": "on"}


@pytest.fixture
def asked(client_as, family):
    writer = client_as("director")
    writer.post("/messages/new", write_form(family, sites=[]))
    notice = Notice.objects.get()
    writer.post(f"/messages/{notice.pk}/submit", {"count": ""})
    assert Notice.objects.get().state == "asked"
    return notice


def seen_on(client, notice):
    return dict(re.findall(r'name="(count|seen)" value="(\w+)"', client.get(f"/messages/{notice.pk}").content.decode()))


def test_other_words_with_the_same_count_are_not_confirmed(client_as, family, asked):
    writer, second = client_as("director"), client_as("principal")
    old = seen_on(second, asked)
    assert set(old) == {"count", "seen"}
    writer.post(f"/messages/{asked.pk}/edit", write_form(family, sites=[], short_en="Something else."))
    writer.post(f"/messages/{asked.pk}/submit", {"count": ""})
    page = second.post(f"/messages/{asked.pk}/approve", old, follow=True).content.decode()
    assert "changed since you looked" in page and Notice.objects.get().state == "asked"
    second.post(f"/messages/{asked.pk}/approve", seen_on(second, asked))
    assert Notice.objects.get().state == "sending"


def test_what_it_reaches_and_by_what_counts_too(family, asked, district):
    before = queries.fingerprint_of(asked)
    other = {"channels": ["push"], "is_public": True, "audience": {"kinds": ["staff"]}, "posts": ["x"],
             "is_banner": True, "tell_media": True, "correction": "x", "at_once": not asked.at_once}  # fmt: skip
    for field, value in other.items():
        row = Notice.objects.get()
        setattr(row, field, value)
        assert queries.fingerprint_of(row) != before, field
    with pytest.raises(Conflict):
        actions.approve_notice(system_actor(district.id), asked.pk, 1, seen="other")


def test_a_newer_correction_is_not_told_by_an_older_page(client_as, family, asked, district):
    actions.approve_notice(system_actor(district.id), asked.pk)
    jobs.send(str(asked.pk))
    writer, second = client_as("director"), client_as("principal")
    writer.post(f"/messages/{asked.pk}/correct", BETTER)
    old = seen_on(second, asked)
    writer.post(f"/messages/{asked.pk}/correct", BETTER | {"short_en": "School is closed."})
    for what in ("tell", "keep"):
        second.post(f"/messages/{asked.pk}/correction/{what}", old)
        assert Notice.objects.get().retell
    second.post(f"/messages/{asked.pk}/correction/tell", seen_on(second, asked))
    assert not Notice.objects.get().retell
