"""One mail a day for who wants it: what waits, what goes, what is left out, and that nothing goes twice or is lost."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.messages.digesting import MAIL, carry, digests, mail_of, write
from watchbell.communication.channels import actions
from watchbell.communication.channels import jobs as channel_jobs
from watchbell.communication.channels.facts import FAILED, OPENED, SENT, SKIPPED, STOPPED, WAITING
from watchbell.communication.channels.models import (
    BadAddress,
    Batch,
    ContactChange,
    Delivery,
    Mailing,
    Recipient,
)
from watchbell.communication.channels.queries.digests import digest_for
from watchbell.communication.channels.tests.builders import add_carrier
from watchbell.communication.notices import actions as notice_actions
from watchbell.communication.notices import jobs, queries
from watchbell.communication.notices.facts import Text
from watchbell.communication.notices.models import Notice
from watchbell.communication.notices.rules.digests import may_wait
from watchbell.communication.notices.tests.builders import write_form
from watchbell.district.people.actions import load_people
from watchbell.district.people.models import Guardianship
from watchbell.kernel.bus_thread import bus_thread
from watchbell.kernel.changes import recorded_batch
from watchbell.kernel.models import AuditRow
from watchbell.kernel.permissions import system_actor
from watchbell.kernel.tests.reading import one_line
from watchbell.line import clock
from watchbell.line.clock import now
from watchbell.line.ids import new_id, same_uuid
from watchbell.wire.tell import Result, Told

pytestmark = pytest.mark.usefixtures("committed_db", "no_bus")


# -- what waits ------------------------------------------------------------------------------------------------------


def test_a_routine_mail_waits_and_the_ledger_says_for_when(client_as, daily):
    notice = write(client_as, daily, channels=["text", "email"])
    mail = mail_of(notice)
    assert (mail.state, mail.batch.state, mail.because) == (
        WAITING,
        "digest",
        "In the digest of 2 December, goes at 17:00.",
    )
    text = Delivery.objects.get(channel="text")
    assert text.batch.state == "waiting" and not text.because, "another way goes as ever"
    page = one_line(client_as("director").get(f"/messages/{notice.pk}/ledger").content)
    assert "In the digest of 2 December, goes at 17:00." in page and "Waiting" in page
    page = one_line(client_as("director").get(f"/messages/{notice.pk}").content)
    assert "In the daily digest" in page and "<b>1</b>" in page
    assert Recipient.objects.get().reached_at is None


def test_with_nothing_else_to_send_the_mailing_waits_for_the_digest_and_can_be_stopped(client_as, daily):
    notice = write(client_as, daily)
    channel_jobs.tend_mailings()
    mailing = Mailing.objects.get()
    assert mailing.state == "digest" and notice.state == "sending"
    client_as("director").post(f"/messages/{notice.pk}/change/stop")
    channel_jobs.change_mailing(str(mailing.pk), "stop", "Anna")
    mail = mail_of(notice)
    assert (mail.state, mail.because) == (STOPPED, "It was ended or stopped before its digest went.")


@pytest.mark.parametrize("words", [
    {"purpose": "attendance"}, {"purpose": "emergency"}, {"mode": "drill"}, {"mode": "test"}, {"skips_digest": "on"},
    {"expires_at": "2026-12-02T16:59"},
])  # fmt: skip
def test_what_cannot_wait_goes_at_once(client_as, daily, words, district):
    client = client_as("director")
    client.post("/messages/new", write_form(daily, channels=["email"], **words))
    notice = Notice.objects.get()
    with recorded_batch("a test's approval"):
        Notice.objects.update(state="sending", approved_name="Anna")
    jobs.send(str(notice.pk))
    assert mail_of(notice).batch.state == "waiting" and not Batch.objects.filter(state="digest").exists()


def test_an_incident_s_message_never_waits(client_as, daily):
    draft = queries.draft_of(write(client_as, daily))
    assert may_wait(draft) and not may_wait(replace(draft, incident=new_id()))


def test_a_drill_s_mailing_is_in_no_digest_even_if_asked_to_wait(daily, district):
    actor = system_actor(district.pk)
    for mode, purpose in (("drill", "routine"), ("test", "routine"), ("real", "emergency"), ("real", "newsletter")):
        made = actions.begin_mailing(actor, f"x:{mode}{purpose}", "x", purpose, mode, [], {}, now() + timedelta(days=3),
                                     may_wait=True)  # fmt: skip
        assert digest_for(Mailing.objects.get(pk=made)) is None


def test_after_the_hour_it_is_tomorrow_s(client_as, daily, goto):
    goto(17, 0)
    assert mail_of(write(client_as, daily)).because == "In the digest of 3 December, goes at 17:00."


def test_an_address_that_somebody_shares_gets_it_at_once_where_one_of_them_wants_that(client_as, daily, district):
    father = same_uuid("family", "zz")
    load_people({
        "person": [{"id": father, "kind": "guardian", "given": "Luis", "family": "Lopez", "email": MAIL}],
        "guardianship": [{"id": new_id(), "student_id": daily.student, "guardian_id": father, "relation": "parent"}],
    })  # fmt: skip
    write(client_as, daily)
    states = {one.recipient.name: (one.state, one.because) for one in Delivery.objects.select_related("recipient")}
    assert states["Luis Lopez"] == (WAITING, "") and states["Maria Lopez"][0] == SKIPPED
    assert "same address" in states["Maria Lopez"][1]


# -- the hour ---------------------------------------------------------------------------------------------------------


def test_at_the_hour_each_gets_one_mail_in_their_language_newest_first(client_as, daily, goto):
    first = write(client_as, daily, "Picnic", title_es="Merienda", short_es="{{child}} trae un sombrero.", text_es="")
    goto(13)
    second = write(client_as, daily, "Choir & more", channels=["email"])
    goto(16, 59)
    jobs.send_digests()
    assert digests() == []
    goto(17)
    jobs.send_digests()
    (mine,) = digests()
    assert mine.language == "es" and mine.fields["count"] == "2" and mine.fields["first"] == "Choir & more"
    items = mine.fields["items"]
    assert items.startswith("Ana, Test BIR\n-------------\n\nChoir & more\nChoir & more: Ana needs a hat.\n")
    assert "Merienda\nAna trae un sombrero.\n" in items and items.index("Choir") < items.index("Merienda")
    own = {one.mailing.about: one.token for one in Recipient.objects.exclude(pk=mine.pk).select_related("mailing")}
    for notice in (first, second):
        assert (
            f"/m/{own[f'notice:{notice.pk}']}" in items
            and f"/m/{own[f'notice:{notice.pk}']}" in mine.fields["items_html"]
        )
    assert "Choir &amp; more" in mine.fields["items_html"] and 'lang="en" dir="ltr"' in mine.fields["items_html"]
    mail = Delivery.objects.get(recipient=mine)
    assert (mail.to, mail.batch.state, mail.mailing.purpose, mail.mailing.urgency) == (MAIL, "waiting", "routine", 2)
    assert set(Delivery.objects.exclude(pk=mail.pk).values_list("digest", "because")) == {
        (mail.pk, "In the digest of 2 December.")
    }
    assert AuditRow.objects.filter(action="channels.send_digests").count() == 1


def test_what_becomes_of_the_digest_becomes_of_what_it_carries(client_as, daily, goto, hints):
    notice = write(client_as, daily)
    goto(17)
    jobs.send_digests()
    carry()
    mail = mail_of(notice)
    assert (mail.state, mail.because) == (SENT, "In the digest of 2 December.")
    own = mail.recipient
    assert own.reached_at is None, "that a mail server has it reaches nobody yet"
    channel_jobs.tend_mailings()
    channel_jobs.tend_mailings()
    assert set(Mailing.objects.values_list("state", flat=True)) == {"done"}
    actions.mark_opened(own.pk)
    own.refresh_from_db()
    assert own.reached_by == "page" and mail_of(notice).state == OPENED


def test_a_digest_that_bounces_is_written_down_for_each(client_as, daily, goto):
    notice = write(client_as, daily)
    goto(17)
    jobs.send_digests()
    carry(word="failed", because="Nobody has that address")
    mail = mail_of(notice)
    assert (mail.state, mail.because) == (FAILED, "Nobody has that address")


def test_a_digest_that_is_opened_or_answered_reaches_for_each(client_as, daily, goto, district):
    notice = write(client_as, daily)
    goto(17)
    jobs.send_digests()
    carry()
    digest = digests()[0].deliveries.get()
    actions.take_told(Told(district=str(district.pk), gateway="smtp", endpoint=str(new_id()), at=clock.unix(),
                           results=[Result(digest.pk.hex, "opened", clock.unix())]))  # fmt: skip
    mail = mail_of(notice)
    assert mail.state == OPENED and mail.recipient.reached_by == "email"


def test_without_a_carrier_each_message_says_so(client_as, daily, goto):
    notice = write(client_as, daily)
    goto(17)
    jobs.send_digests()
    channel_jobs.feed_carriers()
    assert mail_of(notice).because == "There is no carrier for this way." and mail_of(notice).state == SKIPPED


def test_the_batch_carries_what_the_gateway_needs(client_as, daily, goto, monkeypatch):
    kept = []
    monkeypatch.setattr(bus_thread, "keep", lambda subject, message, key: kept.append(message) or True)
    write(client_as, daily)
    goto(17)
    jobs.send_digests()
    add_carrier("mail_relay", "smtp")
    channel_jobs.feed_carriers()
    (batch,) = kept
    one = batch.recipients[0]
    assert one.fields["link"].endswith(f"/m/{digests()[0].token}/contacts#mail") and one.language == "es"
    assert batch.options["unsubscribe"].endswith("/wishes/{{token}}") and batch.purpose == "routine"
    assert {body.language for body in batch.bodies} == {"en", "es", "ar", "zh", "vi", "so", "fr", "sw"}


# -- before the hour -------------------------------------------------------------------------------------------------


def test_corrected_words_are_shown_once(client_as, daily, goto, district):
    notice = write(client_as, daily)
    better = [Text("en", "Picnic on Friday", "It is on Friday.")]
    notice_actions.correct_notice(system_actor(district.pk), notice.pk, better, "The day", tell_again=False)
    goto(17)
    jobs.send_digests()
    fields = digests()[0].fields
    assert fields["count"] == "1" and "It is on Friday." in fields["items"] and "needs a hat" not in fields["items"]


def test_a_correction_told_again_is_one_entry_and_both_are_carried(client_as, daily, goto, district):
    notice = write(client_as, daily)
    better = [Text("en", "Picnic on Friday", "It is on Friday.")]
    notice_actions.correct_notice(system_actor(district.pk), notice.pk, better, "The day", tell_again=True)
    jobs.send_correction(str(notice.pk), 1)
    goto(17)
    jobs.send_digests()
    fields = digests()[0].fields
    assert fields["count"] == "1" and "CORRECTION. Picnic on Friday" in fields["items"]
    assert Delivery.objects.filter(digest__isnull=False).count() == 2


def test_what_was_ended_or_has_run_out_is_left_out_and_an_empty_digest_is_not_sent(client_as, daily, goto, district):
    ended = write(client_as, daily, "Picnic")
    run_out = write(client_as, daily, "Choir", expires_at="2026-12-02T17:30")
    notice_actions.end_notice(system_actor(district.pk), ended.pk, "Rain")
    goto(18)
    jobs.send_digests()
    assert digests() == [] and not Mailing.objects.filter(about__startswith="digest:").exists()
    assert mail_of(ended).because == "It was ended or stopped before its digest went."
    assert mail_of(run_out).because == "Its time was over before its digest went."
    assert {mail_of(ended).state, mail_of(run_out).state} == {STOPPED}
    channel_jobs.tend_mailings()
    assert not Batch.objects.filter(state="digest").exists()


def test_back_to_at_once_what_waits_goes_at_once(client_as, daily, client, goto):
    notice = write(client_as, daily)
    channel_jobs.tend_mailings()
    token = Recipient.objects.get().token
    page = one_line(client.post(f"/m/{token}/contacts", {"what": "mail", "mail": "now"}).content)
    assert "Guardado. Lo que esperaba al correo de hoy llega ahora." in page
    mail = mail_of(notice)
    assert mail.batch.state == "waiting" and mail.because == "" and mail.mailing.state == "sending"
    goto(17)
    jobs.send_digests()
    assert digests() == []
    row = AuditRow.objects.filter(action="channels.set_routine_mail").latest("at")
    assert row.details == {"is_daily": False, "sent_now": 1}


def test_who_opts_out_before_the_hour_is_left_out(client_as, daily, goto, client):
    notice = write(client_as, daily)
    client.post(f"/wishes/{Recipient.objects.get().token}")
    goto(17)
    jobs.send_digests()
    assert digests() == [] and (mail_of(notice).state, mail_of(notice).because) == (SKIPPED, "Has declined this.")


def test_whose_child_has_left_is_told_nothing(client_as, daily, goto):
    notice = write(client_as, daily)
    with recorded_batch("a test's leaving"):
        Guardianship.objects.update(status="ended")
    goto(17)
    jobs.send_digests()
    assert digests() == [] and mail_of(notice).because.startswith("They are told nothing any more")


def test_it_goes_to_the_address_as_it_is_at_the_hour_and_to_none_that_is_bad(client_as, daily, goto):
    notice = write(client_as, daily)
    with recorded_batch("a test's correction"):
        ContactChange.objects.create(person_id=daily.mother, kind="email", old=MAIL, value="new@x.invalid",
                                     confirmed_at=now())  # fmt: skip
    goto(17)
    jobs.send_digests()
    assert Delivery.objects.get(recipient=digests()[0]).to == "new@x.invalid"
    goto(9, days=1)
    later = write(client_as, daily, "Choir")
    with recorded_batch("a test's bad address"):
        BadAddress.objects.create(channel="email", address="new@x.invalid", because="550")
    goto(17, days=1)
    jobs.send_digests()
    assert len(digests()) == 1
    assert (mail_of(later).state, mail_of(later).because) == (FAILED, "Nothing arrives there: 550")
    assert mail_of(notice).digest_id


def test_in_turn_who_was_reached_before_is_not_mailed(client_as, daily, goto):
    notice = write(client_as, daily, channels=["text", "email"], at_once="off")
    mail = mail_of(notice)
    assert mail.wave == 1 and mail.batch.state == "digest"
    with recorded_batch("a test's reach"):
        Recipient.objects.update(reached_at=now(), reached_by="text")
    jobs.send_digests()
    assert mail_of(notice).because == "Reached before.", "the ledger does not promise a mail that will not come"
    goto(17)
    jobs.send_digests()
    assert digests() == []


def test_what_is_paused_at_the_hour_goes_in_the_next_one(client_as, daily, goto):
    notice = write(client_as, daily)
    mailing = Mailing.objects.get()
    channel_jobs.change_mailing(str(mailing.pk), "pause", "Anna")
    other = write(client_as, daily, "Choir")
    goto(17)
    jobs.send_digests()
    assert digests()[0].fields["count"] == "1" and mail_of(other).digest_id
    assert mail_of(notice).because == "In the digest of 3 December, goes at 17:00."
    channel_jobs.change_mailing(str(mailing.pk), "resume", "Anna")
    goto(17, days=1)
    jobs.send_digests()
    assert [one.fields["first"] for one in digests()] == ["Choir", "Picnic"]
