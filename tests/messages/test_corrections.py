"""What is corrected, paused or ended reaches every sending of a notice: no wrong word goes out, nobody is forgotten."""

from datetime import timedelta

import pytest
from procrastinate.contrib.django.models import ProcrastinateJob

from tests.messages.digesting import many
from watchbell.communication.channels import actions as channel_actions
from watchbell.communication.channels import jobs as channel_jobs
from watchbell.communication.channels.facts import BUSY, STOPPED, WAITING
from watchbell.communication.channels.models import Batch, Delivery, Mailing, Recipient
from watchbell.communication.channels.queries import bodies_of
from watchbell.communication.channels.tests.builders import add_carriers, contact, tell
from watchbell.communication.notices import actions, jobs, queries
from watchbell.communication.notices.models import Answer, Notice
from watchbell.communication.notices.tests.builders import write_form
from watchbell.district.people.models import Person
from watchbell.kernel.bus_thread import bus_thread
from watchbell.kernel.changes import recorded_batch
from watchbell.kernel.models import Announcement
from watchbell.kernel.permissions import system_actor
from watchbell.kernel.tests.reading import one_line
from watchbell.line import clock
from watchbell.line.ids import same_uuid

pytestmark = pytest.mark.usefixtures("committed_db", "no_bus")
WRONG = {"title_en": "Early release", "short_en": "School ends at noon."}
RIGHT = {"title_en": "Early release", "short_en": "School ends at one.", "why": "One, not noon"}
AGAIN = {**RIGHT, "tell_again": "on"}


@pytest.fixture
def writer(client_as):
    return client_as("director")


@pytest.fixture
def send(writer, family):
    """`send(at_once="")`: a message that is out, its ways in turn."""

    def go(**words):
        writer.post("/messages/new", write_form(family, **{**WRONG, **words}))
        notice = Notice.objects.latest("number")
        writer.post(f"/messages/{notice.pk}/submit", {"count": ""})
        jobs.send(str(notice.pk))
        return Notice.objects.get(pk=notice.pk)

    return go


@pytest.fixture
def said(monkeypatch):
    """What carriers were given: [(way, words, recipients)]."""
    found = []

    def keep(subject, message, key):
        words = " ".join(f"{body.short} {body.text} {body.spoken}" for body in message.bodies)
        found.append((message.channel, words, len(message.recipients)))
        return True

    monkeypatch.setattr(bus_thread, "keep", keep)
    return found


def later(minutes=31):
    clock.shift(clock.shifted() + minutes * 60)


@pytest.fixture(autouse=True)
def clock_back():
    yield
    clock.shift(0)


def mailing_of(notice, correction=0):
    return Mailing.objects.filter(about=f"notice:{notice.pk}" + (f":{correction}" if correction else "")).first()


def states(notice, correction=0):
    rows = Delivery.objects.filter(mailing=mailing_of(notice, correction)).order_by("channel")
    return {row.channel: row.state for row in rows}


# -- what has not gone yet --------------------------------------------------------------------------------------------


def test_what_was_held_back_says_the_corrected_words_where_nobody_is_told_again(writer, send, said):
    add_carriers()
    notice = send(at_once="")
    channel_jobs.feed_carriers()
    assert [(way, "noon" in words) for way, words, _ in said] == [("text", True)]
    batch = Batch.objects.get(state="out")
    tell(batch, batch.carrier, batch.attempts, {pk: "sent" for pk in batch.deliveries.values_list("pk", flat=True)})
    writer.post(f"/messages/{notice.pk}/correct", RIGHT)
    later()
    channel_jobs.tend_mailings()
    channel_jobs.feed_carriers()
    assert [way for way, *_ in said] == ["text", "email"], "nobody is left untold"
    assert "at one" in said[1][1] and "noon" not in said[1][1] and "CORRECTION" not in said[1][1]
    assert Mailing.objects.count() == 1


def test_what_was_held_back_stops_where_the_correction_is_told_instead(writer, send, said):
    add_carriers()
    notice = send(at_once="")
    channel_jobs.feed_carriers()
    writer.post(f"/messages/{notice.pk}/correct", AGAIN)
    assert states(notice) == {"text": WAITING, "email": STOPPED}, "the text is with its carrier"
    assert "correction" in Delivery.objects.get(state=STOPPED).because
    jobs.send_correction(str(notice.pk), 1)
    later()
    channel_jobs.tend_mailings()
    channel_jobs.feed_carriers()
    told = [(way, "CORRECTION" in words, "noon" in words) for way, words, _ in said]
    assert told[0] == ("text", False, True) and set(told[1:]) == {("text", True, False), ("email", True, False)}
    assert Notice.objects.get().state == "sending"


def test_while_a_second_person_is_asked_the_rest_goes_with_the_corrected_words(
    writer, client_as, family, said, district
):
    add_carriers()
    writer.post("/messages/new", write_form(family, **{**WRONG, "sites": [], "at_once": ""}))
    notice = Notice.objects.get()
    writer.post(f"/messages/{notice.pk}/submit", {"count": ""})
    actions.approve_notice(system_actor(district.id), notice.pk)
    jobs.send(str(notice.pk))
    writer.post(f"/messages/{notice.pk}/correct", AGAIN)
    assert Notice.objects.get().retell and states(notice) == {"text": WAITING, "email": WAITING}
    channel_jobs.feed_carriers()
    assert said and all("at one" in words and "noon" not in words for _, words, _ in said)
    client_as("principal").post(f"/messages/{notice.pk}/correction/tell")
    assert states(notice)["email"] == STOPPED
    jobs.send_correction(str(notice.pk), 1)
    assert states(notice, 1) == {"text": WAITING, "email": WAITING}


def test_a_call_placed_again_says_the_corrected_words(writer, send, said, district):
    add_carriers()
    notice = send(purpose="attendance", channels=["voice"])
    channel_jobs.feed_carriers()
    batch = Batch.objects.get()
    with recorded_batch("test"):
        Delivery.objects.update(state=BUSY, at=clock.now())
        Batch.objects.filter(pk=batch.pk).update(state="done")
    writer.post(f"/messages/{notice.pk}/correct", RIGHT)
    later(4)
    channel_jobs.tend_mailings()
    channel_jobs.feed_carriers()
    assert len(said) == 2 and "at one" in said[1][1] and "noon" not in said[1][1]


def test_a_correction_while_people_are_gathered_changes_what_they_are_told(writer, family, send, said, monkeypatch):
    add_carriers()
    kept = channel_actions.begin_mailing

    def begin(*args, **more):
        made = kept(*args, **more)
        monkeypatch.setattr(channel_actions, "begin_mailing", kept)
        return made

    def corrected_meanwhile(*args, **more):
        writer.post(f"/messages/{Notice.objects.get().pk}/correct", RIGHT)
        return begin(*args, **more)

    monkeypatch.setattr(channel_actions, "begin_mailing", corrected_meanwhile)
    send()
    channel_jobs.feed_carriers()
    assert len(said) == 2 and all("at one" in words and "noon" not in words for _, words, _ in said)


def test_two_corrections_one_after_the_other_are_told_once(writer, send, said):
    add_carriers()
    notice = send()
    writer.post(f"/messages/{notice.pk}/correct", {**AGAIN, "short_en": "School ends at two."})
    writer.post(f"/messages/{notice.pk}/correct", AGAIN)
    jobs.send_correction(str(notice.pk), 1)
    jobs.send_correction(str(notice.pk), 2)
    channel_jobs.feed_carriers()
    assert sorted(way for way, *_ in said) == ["email", "text"] and all("at one" in words for _, words, _ in said)


def test_what_a_body_said_is_kept(writer, send):
    notice = send()
    writer.post(f"/messages/{notice.pk}/correct", RIGHT)
    mailing = mailing_of(notice)
    assert "noon" in mailing.bodies.exclude(replaced_at=None).get().short
    (now_said,) = bodies_of(mailing.pk)
    assert "at one" in now_said.short
    jobs.follow(str(notice.pk), "Anna")
    assert mailing.bodies.count() == 2, "nothing is another: nothing is written"


# -- who is told again ------------------------------------------------------------------------------------------------


def told_by(notice, correction):
    rows = Recipient.objects.filter(mailing=mailing_of(notice, correction)).order_by("name")
    return [(row.name, row.fields.get("child", "")) for row in rows]


def test_who_has_left_the_list_since_is_told_the_correction_by_what_they_wish_now(
    writer, family, send, actor, monkeypatch
):
    many(family, 6)
    children = [family.student, same_uuid("many child", 0), same_uuid("many child", 1)]
    made = actions.save_list(actor, None, "Choir")
    actions.add_people(actor, made, children)
    notice = send(sites=[], lists=[str(made)])
    assert told_by(notice, 0) == [("Maria Lopez", "Ana"), ("P0 Many", "C0"), ("P1 Many", "C1")]
    actions.take_off(actor, made, family.student)
    actions.take_off(actor, made, same_uuid("many child", 0))
    actions.add_people(actor, made, [same_uuid("many child", 2)])
    with recorded_batch("test"):
        Person.objects.filter(pk=same_uuid("many", 0)).update(email="new@x.invalid")
    monkeypatch.setattr(jobs, "PORTION", 1)
    writer.post(f"/messages/{notice.pk}/correct", AGAIN)
    jobs.send_correction(str(notice.pk), 1)
    jobs.send_correction(str(notice.pk), 1)
    assert told_by(notice, 1) == [("Maria Lopez", "Ana"), ("P0 Many", "C0"), ("P1 Many", "C1"), ("P2 Many", "C2")]
    mine = Delivery.objects.filter(mailing=mailing_of(notice, 1), recipient__name="P0 Many")
    assert list(mine.values_list("to", flat=True)) == ["new@x.invalid"]
    families = dict(Recipient.objects.filter(name="Maria Lopez").values_list("mailing__about", "family"))
    assert len(set(families.values())) == 1, "one family in both sendings"


def test_who_has_left_the_district_is_told_nothing(writer, family, send):
    notice = send()
    with recorded_batch("test"):
        Person.objects.filter(pk=family.student).update(status="inactive")
    writer.post(f"/messages/{notice.pk}/correct", AGAIN)
    jobs.send_correction(str(notice.pk), 1)
    assert told_by(notice, 1) == []


# -- a question that was corrected ------------------------------------------------------------------------------------


@pytest.mark.parametrize("is_known", [True, False])
def test_one_person_answers_once_by_whichever_link(writer, send, client, is_known):
    notice = send(options=["With me", "Not with me"])
    writer.post(f"/messages/{notice.pk}/correct", AGAIN)
    jobs.send_correction(str(notice.pk), 1)
    if not is_known:  # the records have let go of them
        with recorded_batch("test"):
            Recipient.objects.update(person=None)
    old, new = (Recipient.objects.get(mailing=mailing_of(notice, one)).token for one in (0, 1))
    client.post(f"/m/{old}/answer", {"option": "1"})
    assert 'aria-pressed="true"' in client.get(f"/m/{new}").content.decode(), "their answer stands on the new page"
    client.post(f"/m/{new}/answer", {"option": "0"})
    assert list(Answer.objects.values_list("option", flat=True)) == [0]
    assert one_line(writer.get(f"/messages/{notice.pk}/progress").content).count("1 of 1 have answered") == 1
    mine = Recipient.objects.get(token=new)
    assert list(queries.own_answers([mine, Recipient.objects.get(token=old)]).values()) == [0, 0]
    actions.note_answer(system_actor(notice.district_id), notice, mine, 1, "page", clock.now() - timedelta(hours=1))
    assert Answer.objects.get().option == 0, "an older answer takes the place of none that is newer"


def test_two_people_of_a_family_stay_two(writer, family, send, client):
    notice = send(options=["With me", "Not with me"])
    many(family, 1)
    writer.post(f"/messages/{notice.pk}/correct", AGAIN)
    jobs.send_correction(str(notice.pk), 1)
    for number, mine in enumerate(Recipient.objects.filter(mailing=mailing_of(notice, 1))):
        client.post(f"/m/{mine.token}/answer", {"option": str(number)})
    assert Answer.objects.count() == 2


# -- newsrooms --------------------------------------------------------------------------------------------------------


def told_newsrooms(what="corrected"):
    rows = Announcement.objects.filter(name="NoticeChanged", body__what=what)
    return list(rows.order_by("at", "id").values_list("body__tell_media", flat=True))


@pytest.mark.parametrize(("word", "told"), [("tell", [False, True]), ("keep", [False])])
def test_newsrooms_hear_of_a_correction_that_takes_two_after_the_second_word(
    writer, client_as, family, district, word, told
):
    words = {**WRONG, "sites": [], "is_public": "on", "tell_media": "on"}
    writer.post("/messages/new", write_form(family, **words))
    notice = Notice.objects.get()
    writer.post(f"/messages/{notice.pk}/submit", {"count": ""})
    actions.approve_notice(system_actor(district.id), notice.pk)
    jobs.send(str(notice.pk))
    writer.post(f"/messages/{notice.pk}/correct", AGAIN)
    assert told_newsrooms() == [False], "the page is right at once, newsrooms wait"
    client_as("principal").post(f"/messages/{notice.pk}/correction/{word}")
    assert told_newsrooms() == told


def test_one_person_s_own_correction_reaches_newsrooms_at_once(writer, send):
    notice = send(is_public="on", tell_media="on")
    writer.post(f"/messages/{notice.pk}/correct", RIGHT)
    assert told_newsrooms() == [True]


# -- every sending is paused, stopped, ended --------------------------------------------------------------------------


def corrected(writer, send, **words):
    """A notice with two sendings, of which the first waits for the digest still or goes in turn."""
    notice = send(**words)
    writer.post(f"/messages/{notice.pk}/correct", AGAIN)
    jobs.send_correction(str(notice.pk), 1)
    with recorded_batch("as it was before corrections took a sending's place"):
        Mailing.objects.update(state="sending")
    return notice


@pytest.mark.parametrize(
    ("path", "state"), [("change/stop", "stopped"), ("end", "stopped"), ("change/pause", "paused")]
)
def test_what_is_pressed_reaches_every_sending(writer, send, path, state):
    notice = corrected(writer, send)
    writer.post(f"/messages/{notice.pk}/{path}")
    assert mailing_of(notice, 1).state == state and mailing_of(notice).state == "stopped"


def test_what_was_paused_goes_on(writer, send):
    notice = corrected(writer, send)
    writer.post(f"/messages/{notice.pk}/change/pause")
    writer.post(f"/messages/{notice.pk}/change/resume")
    assert mailing_of(notice, 1).state == "sending" and Notice.objects.get().state == "sending"


def test_it_is_sent_once_every_sending_is_through(writer, send, district):
    notice = send()
    writer.post(f"/messages/{notice.pk}/correct", AGAIN)
    actor = system_actor(district.id)
    ended = f"notice:{notice.pk}"
    actions.note_ended(actor, ended, "stopped")
    assert Notice.objects.get().state == "sending", "the correction has not begun yet"
    jobs.send_correction(str(notice.pk), 1)
    actions.note_ended(actor, ended, "stopped")
    assert Notice.objects.get().state == "sending"
    with recorded_batch("test"):
        Mailing.objects.filter(about__endswith=":1").update(state="done")
    actions.note_ended(actor, f"{ended}:1", "done")
    assert Notice.objects.get().state == "sent"


def test_the_correction_goes_though_the_first_sending_ended_before_it_began(writer, send, district):
    notice = send()
    with recorded_batch("test"):
        Mailing.objects.update(state="done")
    writer.post(f"/messages/{notice.pk}/correct", AGAIN)
    actions.note_ended(system_actor(district.id), f"notice:{notice.pk}", "done")
    jobs.send_correction(str(notice.pk), 1)
    assert states(notice, 1) == {"text": WAITING, "email": WAITING}


# -- paused before it began -------------------------------------------------------------------------------------------


def sends():
    return ProcrastinateJob.objects.filter(args__job="notices.send").count()


def test_paused_before_anybody_was_gathered_it_goes_on_later(writer, family):
    writer.post("/messages/new", write_form(family))
    notice = Notice.objects.get()
    writer.post(f"/messages/{notice.pk}/submit", {"count": ""})
    writer.post(f"/messages/{notice.pk}/change/pause")
    jobs.send(str(notice.pk))
    assert not Mailing.objects.exists() and Notice.objects.get().sent_at is None and sends() == 1
    page = writer.get(f"/messages/{notice.pk}").content.decode()
    assert "Nothing has gone out yet" in page
    writer.post(f"/messages/{notice.pk}/change/resume")
    assert sends() == 2
    jobs.send(str(notice.pk))
    jobs.send(str(notice.pk))
    assert Recipient.objects.count() == 1 and Mailing.objects.get().state == "sending"


def test_a_send_that_was_cut_short_gathers_the_others_while_paused(writer, family, monkeypatch, said):
    add_carriers()
    writer.post("/messages/new", write_form(family))
    notice = Notice.objects.get()
    writer.post(f"/messages/{notice.pk}/submit", {"count": ""})
    kept = channel_actions.add_recipients

    def dies(*args, **more):
        raise RuntimeError("killed")

    monkeypatch.setattr(channel_actions, "add_recipients", dies)
    with pytest.raises(RuntimeError):
        jobs.send(str(notice.pk))
    writer.post(f"/messages/{notice.pk}/change/pause")
    monkeypatch.setattr(channel_actions, "add_recipients", kept)
    jobs.send(str(notice.pk))
    channel_jobs.feed_carriers()
    assert Mailing.objects.get().state == "paused" and Delivery.objects.count() == 2 and not said
    writer.post(f"/messages/{notice.pk}/change/resume")
    channel_jobs.feed_carriers()
    assert len(said) == 2


def test_a_send_that_was_cut_short_before_its_mailing_begins_it_paused(writer, family, said, district, monkeypatch):
    add_carriers()
    writer.post("/messages/new", write_form(family))
    notice = Notice.objects.get()
    writer.post(f"/messages/{notice.pk}/submit", {"count": ""})
    actions.mark_sent(system_actor(district.id), notice.pk)
    writer.post(f"/messages/{notice.pk}/change/pause")
    jobs.send(str(notice.pk))
    channel_jobs.feed_carriers()
    assert Mailing.objects.get().state == "paused" and not said


def test_who_is_gathered_after_the_others_are_through_is_told_still(writer, send, said):
    notice = send()
    mailing = mailing_of(notice)
    with recorded_batch("test"):
        Delivery.objects.update(state=STOPPED)
        Batch.objects.update(state="done")
    channel_jobs.tend_mailings()
    mailing.refresh_from_db()
    assert mailing.state == "done"
    channel_actions.add_recipients(mailing.pk, [contact(7)], ("text",), mailing.prepared)
    mailing.refresh_from_db()
    assert (mailing.state, mailing.done_at) == ("sending", None)
