"""Who wants one mail a day, who says so, when it goes, and what the sender is told of it."""

import re
from datetime import time

import pytest

from tests.messages.digesting import MAIL, digests, mail_of, many, write
from watchbell.communication.channels.models import (
    Consent,
    Preference,
    Recipient,
    TellingSettings,
)
from watchbell.communication.channels.queries import recipients_of_person
from watchbell.communication.notices import jobs
from watchbell.communication.notices.models import Notice
from watchbell.communication.notices.tests.builders import write_form
from watchbell.kernel.models import AuditRow
from watchbell.kernel.tests.reading import one_line

pytestmark = pytest.mark.usefixtures("committed_db", "no_bus")


# -- the district's hour ----------------------------------------------------------------------------------------------


def test_the_district_moves_the_hour_and_what_waits_moves_with_it(client_as, daily, goto):
    notice = write(client_as, daily)
    director = client_as("director")
    page = one_line(director.get("/messages/wishes").content)
    assert "1 person wants their routine mail once a day; it goes at 17:00" in page
    director.post("/messages/wishes/digest", {"at": "15:30"})
    assert TellingSettings.objects.get().digest_at == time(15, 30)
    assert mail_of(notice).because == "In the digest of 2 December, goes at 15:30."
    row = AuditRow.objects.get(action="channels.set_digest_hour")
    assert row.target == "15:30" and row.details == {"before": "17:00"}
    goto(15, 30)
    jobs.send_digests()
    assert len(digests()) == 1


def test_moved_to_after_its_end_a_message_goes_at_once(client_as, daily, goto):
    notice = write(client_as, daily, expires_at="2026-12-02T18:00")
    client_as("director").post("/messages/wishes/digest", {"at": "19:00"})
    jobs.send_digests()
    assert mail_of(notice).batch.state == "waiting" and mail_of(notice).because == ""


def test_no_time_that_is_none_or_quiet(client_as, family):
    director = client_as("director")
    for at, told in (("x", "Write the time"), ("", "Write the time"), ("23:00", "quiet from 21:00 to 07:00")):
        assert told in director.post("/messages/wishes/digest", {"at": at}, follow=True).content.decode()
    answer = director.post("/messages/wishes/quiet", {"from": "16:00", "until": "05:00"}, follow=True)
    assert "The daily mail goes at 17:00" in answer.content.decode()
    assert not TellingSettings.objects.exists()
    assert client_as("office", site=family.site).post("/messages/wishes/digest", {"at": "16:00"}).status_code == 403


# -- pages and the API ------------------------------------------------------------------------------------------------


def test_a_family_chooses_on_its_own_page_and_is_told_what_never_waits(client_as, family, client, goto):
    write(client_as, family)
    path = f"/m/{Recipient.objects.get().token}/contacts"
    page = one_line(client.get(path).content)
    assert "Un solo correo al día, a las 17:00" in page and "llegan siempre de inmediato, elija" in page
    assert re.search(r'value="now" checked', page)
    assert "Guardado." in one_line(client.post(path, {"what": "mail", "mail": "daily"}).content)
    assert Preference.objects.get().is_daily and Preference.objects.get().order == []
    assert re.search(r'value="daily" checked', one_line(client.get(path).content))
    client.post(path, {"what": "order", "first": "email", "language": "en"})
    assert Preference.objects.get().is_daily, "the one form leaves the other's choice alone"
    client.post(path, {"what": "mail", "mail": "weekly"})
    assert Preference.objects.get().is_daily and not Consent.objects.exists()


def test_the_digest_s_own_link_leads_back_to_at_once(client_as, daily, client, goto):
    write(client_as, daily)
    goto(17)
    jobs.send_digests()
    path = f"/m/{digests()[0].token}/contacts"
    page = client.get(path).content.decode()
    assert 'id="mail"' in page and "/family" in page and f'href="/m/{digests()[0].token}"' not in page
    client.post(path, {"what": "mail", "mail": "now"})
    assert not Preference.objects.get().is_daily
    client.post(f"/wishes/{digests()[0].token}")
    assert set(Consent.objects.values_list("address", "is_wanted")) == {(MAIL, False)}


def test_the_family_s_list_shows_messages_and_no_digests(client_as, daily, goto):
    write(client_as, daily)
    goto(17)
    jobs.send_digests()
    assert len(recipients_of_person(daily.mother)) == 1


def test_the_office_writes_it_down_with_how_and_why(client_as, family, goto):
    office = client_as("office", site=family.site)
    path = f"/messages/wishes/{family.mother}"
    form = {"mail": "daily", "told": "phone", "why": "Too many mails"}
    assert "Write what they said" in office.post(f"{path}/mail", form | {"why": ""}, follow=True).content.decode()
    office.post(f"{path}/mail", form)
    assert Preference.objects.get().is_daily
    row = AuditRow.objects.get(action="channels.set_routine_mail")
    assert row.why == "Told to the office by telephone: Too many mails"
    assert "It is so already" in office.post(f"{path}/mail", form, follow=True).content.decode()
    assert client_as("teacher", site=family.site).post(f"{path}/mail", form).status_code == 403
    assert client_as("principal", site=family.other_site).post(f"{path}/mail", form).status_code == 404


def test_the_sender_is_told_how_many_wait_and_for_when(client_as, daily, goto):
    many(daily, 3, daily=1)
    director = client_as("director")

    def look(**words):
        page = one_line(director.post("/messages/preview", write_form(daily, **words)).content)
        return re.search(r"(\d+ by mail [^<]*)<", page)[1] if "by mail" in page else ""

    assert look() == "2 by mail now, 2 in today&#x27;s digest at 17:00."
    assert look(skips_digest="on").startswith("4 by mail now: it does not wait for the digest, also not for the 2")
    assert look(expires_at="2026-12-02T16:00").startswith("4 by mail now: it ends before today")
    assert look(send_at="2026-12-02T18:00") == (
        "2 by mail when it goes out, 2 in tomorrow&#x27;s digest at 17:00.")  # fmt: skip
    assert look(at_once="off") == "2 by mail in its turn, if still needed, 2 in today&#x27;s digest at 17:00."
    assert look(purpose="attendance") == look(mode="drill") == look(channels=["text"]) == ""
    director.post("/messages/new", write_form(daily, skips_digest="on"))
    notice = Notice.objects.get()
    assert "4 by mail now" in one_line(director.get(f"/messages/{notice.pk}/check").content)
    director.post(f"/messages/{notice.pk}/submit", {"count": "4"})
    assert AuditRow.objects.get(action="notices.submit").details["skips_digest"] is True


def test_the_api_reads_and_sets_it_where_wishes_are(caller_as, daily, goto):
    office, path = caller_as("office"), f"/api/v1/people/{daily.mother}"
    assert office("GET", f"{path}/wishes")["routine_mail"] == "daily"
    told = {"routine_mail": "at_once", "told": "person", "why": "Wants them singly again"}
    assert office("POST", f"{path}/routine-mail", told) == {"sent_now": 0}
    assert office("GET", f"{path}/wishes") | {"items": []} == {
        "items": [], "count": 2, "routine_mail": "at_once", "in_digest": 0}  # fmt: skip
    assert "already" in office("POST", f"{path}/routine-mail", told, 403)["detail"]
    office("POST", f"{path}/routine-mail", told | {"routine_mail": "weekly"}, 422)
    caller_as("teacher")("POST", f"{path}/routine-mail", told, 403)


def test_the_api_sets_the_hours_and_tells_how_many_wait(caller_as, client_as, daily, goto):
    director = caller_as("director")
    usual = {"quiet_from": "21:00", "quiet_until": "07:00", "digest_at": "17:00", "daily": 1}
    assert director("GET", "/api/v1/telling-hours") == usual
    assert director("POST", "/api/v1/telling-hours", {"digest_at": "16:15"}) == usual | {"digest_at": "16:15"}
    assert director("POST", "/api/v1/telling-hours", {"quiet_from": "20:00"})["quiet_from"] == "20:00"
    assert "quiet" in director("POST", "/api/v1/telling-hours", {"digest_at": "06:00"}, 403)["detail"]
    at_once = {"quiet_from": "16:00", "quiet_until": "18:00", "digest_at": "23:59"}  # judged together
    assert director("POST", "/api/v1/telling-hours", at_once)["digest_at"] == "23:59"
    back = {"quiet_from": "20:00", "quiet_until": "07:00", "digest_at": "16:15"}
    assert director("POST", "/api/v1/telling-hours", back)["digest_at"] == "16:15"
    caller_as("office")("POST", "/api/v1/telling-hours", {"digest_at": "16:00"}, 403)
    notice = write(client_as, daily)
    found = director("GET", f"/api/v1/notices/{notice.pk}")
    assert found["skips_digest"] is False and found["progress"]["in_digest"] == 1
    assert found["progress"]["digest_at"].startswith("2026-12-02T22:15")
