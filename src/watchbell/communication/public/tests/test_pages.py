"""The pages of the public side, with the words a person reads; and who may not."""

import shutil
from types import SimpleNamespace

import pytest
from django.contrib.messages.storage.fallback import FallbackStorage
from django.core.files.uploadedfile import SimpleUploadedFile

from watchbell.communication.notices.events import NoticeChanged, NoticeSent
from watchbell.communication.public import actions, jobs, pages, queries, reactions
from watchbell.communication.public.adapters.opening import own_folder
from watchbell.communication.public.models import MediaContact, Publication, PublicSite, PublishTarget
from watchbell.communication.public.tests.builders import make_notice
from watchbell.kernel.models import AuditRow
from watchbell.kernel.tests.reading import one_line
from watchbell.line.errors import Refused


@pytest.fixture(autouse=True)
def told(monkeypatch):
    """What the district has told everybody; nothing lies there from before."""
    shutil.rmtree(own_folder("cedar"), ignore_errors=True)
    notices = [make_notice(1), make_notice(2, purpose="routine", severity="Minor", state="ended")]
    monkeypatch.setattr(queries, "public_notices", lambda most=200: list(notices))
    return notices


@pytest.fixture
def ask(rf, actor):
    def get(view, address="/", post=None, who=None, **kwargs):
        request = rf.get(address) if post is None else rf.post(address, post)
        request.actor, request.session = who or actor, {}
        request._messages = FallbackStorage(request)
        answer = view(request, **kwargs)
        return SimpleNamespace(status=answer.status_code, body=answer.content.decode(), answer=answer,
                               said=[str(m) for m in request._messages])  # fmt: skip

    return get


def test_the_page_shows_what_is_public_and_where(committed_db, district, actor, ask):
    jobs.publish()
    shown = ask(pages.site_page)
    assert shown.status == 200 and "Lincoln High is locked down" in shown.body and "This machine" in shown.body
    assert "on the banner" in one_line(shown.body) and "/public/cedar/banner.js" in shown.body
    said = ask(pages.save_site, post={"base_url": "https://alerts.cedar.example/", "contact": "573-555-0100",
                                      "same": "029159 029160", "languages": "es, en"})  # fmt: skip
    assert said.said == ["Saved, and being published."]
    row = PublicSite.objects.get()
    assert (row.base_url, row.same, row.languages) == (
        "https://alerts.cedar.example",
        ["029159", "029160"],
        ["es", "en"],
    )
    assert "six digits" in ask(pages.save_site, post={"same": "12"}).said[0]
    assert "short codes" in ask(pages.save_site, post={"languages": "Spanish!"}).said[0]
    assert PublicSite.objects.count() == 1
    preview = ask(pages.preview, name="notices/1.es.html")
    assert "Lincoln High está cerrada" in preview.body and "alerts.cedar.example" in preview.body
    assert preview.answer["Content-Security-Policy"].startswith("default-src 'none'")
    assert ask(pages.preview, name="../secrets").status == ask(pages.preview, name="banner.json").status == 404


def test_places_are_added_changed_and_taken_out(committed_db, district, actor, ask):
    said = ask(
        pages.add_target, post={"name": "County", "kind": "put", "place": "http://127.0.0.1:9/x", "token": "s3cret key"}
    )
    assert said.said == ["Added. It is being filled now."]
    target = PublishTarget.objects.get(name="County")
    assert "s3cret key" not in ask(pages.target_page, target_id=target.pk).body
    form = {"name": "County host", "place": "http://127.0.0.1:9/y", "is_on": "on"}
    assert "being published" in ask(pages.target_page, post=form, target_id=target.pk).said[0]
    target.refresh_from_db()
    assert (target.name, target.token, target.state) == ("County host", "s3cret key", "waiting")
    ask(pages.target_page, post={**form, "no_token": "on"}, target_id=target.pk)
    target.refresh_from_db()
    assert target.token == ""
    assert "s3cret key" not in str(list(AuditRow.objects.values_list("details", flat=True)))
    wrong = ask(pages.add_target, post={"name": "Bad", "kind": "put", "place": "ftp://x"})
    assert "https://host/folder" in wrong.said[0]
    assert ask(pages.publish_again, post={"afresh": "on"}).said == ["Being published again."]
    assert ask(pages.log_page, "/?show=failed").status == 200
    assert ask(pages.log_page, "/?format=csv").answer["Content-Type"].startswith("text/csv")
    assert "Taken out" in ask(pages.remove_target, post={}, target_id=target.pk).said[0]
    assert not PublishTarget.objects.filter(kind="put").exists()


def test_the_media_list_on_its_page(committed_db, district, actor, ask):
    assert "No newsroom yet" in ask(pages.media_page).body
    file = SimpleUploadedFile("m.csv", b"newsroom,email,tags\nKCED,desk@kced.example,tv\nLedger,nobody,\n")
    shown = ask(pages.import_media, post={"file": file})
    assert "Lines that were not taken" in shown.body and "nobody" in shown.body
    contact = MediaContact.objects.get()
    assert "desk@kced.example" in ask(pages.media_page, "/?tag=tv&q=kc").body
    assert "Nothing found" in ask(pages.media_page, "/?q=zzz").body
    assert "KCED" in ask(pages.media_page, "/?format=csv").body
    form = {"newsroom": "KCED TV", "name": "Jo", "email": "", "phone": "573-555-0142", "tags": "tv", "note": ""}
    assert ask(pages.contact_page, post=form, contact_id=contact.pk).said == ["Saved."]
    assert "+15735550142" in ask(pages.contact_page, contact_id=contact.pk).body
    assert "missing" in ask(pages.media_page, post={**form, "newsroom": ""}).said[0]
    assert ask(pages.media_page, post={**form, "newsroom": "Ledger"}).said == ["Added."]
    assert "Choose a CSV file" in ask(pages.import_media, post={}).said[0]
    assert ask(pages.remove_contact, post={}, contact_id=contact.pk).said == ["Taken off the list."]


def test_who_may_look_and_who_may_change(committed_db, district, actor, actor_as, ask):
    teacher, office = actor_as("teacher"), actor_as("office")
    assert ask(pages.site_page, who=teacher).status == 403
    assert "Add a place" not in ask(pages.site_page, who=office).body
    assert ask(pages.publish_again, post={}, who=office).status == 403
    with pytest.raises(Refused):
        actions.save_contact(office, None, newsroom="x", name="", email="a@b.example", phone="", tags="", note="")


def test_a_notice_that_is_public_is_published_at_once(committed_db, district, actor):
    announcement = SimpleNamespace(district_id=district.id, id="00000000-0000-0000-0000-000000000001")
    reactions.answer_sent(NoticeSent("1", False), announcement)
    assert not Publication.objects.exists(), "what is for families only changes nothing"
    reactions.answer_sent(NoticeSent("1", True), announcement)
    assert Publication.objects.count() == 1
    reactions.answer_changed(NoticeChanged("1", True, "ended"), announcement)
    assert Publication.objects.count() == 1, "nothing changed on the pages"
