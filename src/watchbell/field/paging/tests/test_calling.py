"""Calls to record: whom they may ring, how they are ordered and followed, what is kept, and their pages."""

from datetime import timedelta
from uuid import UUID

import pytest
from django.contrib.messages.storage.fallback import FallbackStorage

from watchbell.district.equipment.actions import load_equipment
from watchbell.district.people.models import Guardianship, Person
from watchbell.field.paging import actions, inbox, jobs, pages, queries
from watchbell.field.paging.facts import CALL_STATES, CallAsked, Called
from watchbell.field.paging.models import Recording, RecordingCall
from watchbell.field.paging.rules import is_news, judge_number, judge_pace, read_wav
from watchbell.field.paging.tests.builders import wav
from watchbell.kernel.bus_thread import bus_thread
from watchbell.kernel.changes import recorded_batch
from watchbell.kernel.journal import sweep
from watchbell.kernel.models import AuditRow
from watchbell.kernel.tests.reading import one_line
from watchbell.line import clock, signing
from watchbell.line.clock import now
from watchbell.line.errors import Conflict, NotFound, Refused, TooOften, Unavailable
from watchbell.line.ids import new_id, same_uuid
from watchbell.wire.base import encode
from watchbell.wire.recording import STATES, Recorded

OWN, DESK, FAMILY = "+15735550111", "(573) 555-0122", "573-555-0133"
API, TRUNK, TRIAL = (same_uuid("test", name) for name in ("calls", "trunk", "trial"))
SPEECH = read_wav(wav(1.5), 10.0)


@pytest.fixture
def sent(monkeypatch):
    asked = []
    monkeypatch.setattr(bus_thread, "keep", lambda *told, **more: asked.append(told) or True)
    return asked


@pytest.fixture
def carriers(committed_db, district, sent, actor):
    common = {"site_id": None, "settings": {"priority": 1}}
    load_equipment([
        common | {"id": API, "kind": "call_carrier", "name": "Calls", "gateway": "voicecall", "device": "calls"},
        common | {"id": TRUNK, "kind": "sip_trunk", "name": "Trunk", "gateway": "siptrunk", "device": "trunk",
                  "settings": {"priority": 2}},
        common | {"id": TRIAL, "kind": "call_carrier", "name": "A trial", "gateway": "voicecall", "device": "trial",
                  "is_test": True},
    ])  # fmt: skip
    with recorded_batch("a test's people"):
        Person.objects.create(given="Dana", family="Reyes", kind="staff", phones=["573 555 0111"],
                              user_id=actor.user_id)  # fmt: skip
        child = Person.objects.create(given="Ana", family="Lopez", kind="student")
        guardian = Person.objects.create(given="Eva", family="Lopez", kind="guardian", phones=["(573) 555 0133"])
        Guardianship.objects.create(student=child, guardian=guardian)


def ask(actor, number=DESK, **more):
    return actions.call_to_record(actor, CallAsked(**{"number": number, "name": "Early dismissal", **more}))


def tell(district, call, state, **more):
    told = Recorded(id=call.hex, district=str(district.id), gateway="voicecall", endpoint=str(API), state=state,
                    at=clock.unix(), **more)  # fmt: skip
    inbox.take_recorded([encode(told)])
    return RecordingCall.objects.get(pk=call)


def later(monkeypatch, seconds):
    with recorded_batch("a test's clock"):
        for row in RecordingCall.objects.all():
            RecordingCall.objects.filter(pk=row.pk).update(asked_at=row.asked_at - timedelta(seconds=seconds))


@pytest.mark.parametrize(
    ("number", "own", "is_of_family", "word"),
    [("+15735550122", [], False, ""), ("+15735550122", [], True, "family"), ("", [], False, "area code"),
     ("+442079460000", [], False, "this country"), ("+442079460000", ["+442079460000"], False, ""),
     ("+19005550122", [], False, "ordinary"), ("+15735550133", ["+15735550133"], True, "")],
)  # fmt: skip
def test_a_call_rings_its_author_and_never_a_family(number, own, is_of_family, word) -> None:
    because = judge_number(number, own, is_of_family)
    assert word in because and bool(word) == bool(because)


def test_the_pace_of_calls() -> None:
    moment = now()

    def called(seconds, state="recorded", mine=True, number=True):
        return Called(mine, number, state, moment - timedelta(seconds=seconds))

    assert judge_pace([], moment) == judge_pace([called(30)] * 2, moment) == judge_pace([called(700)] * 9, moment) == ""
    assert "under way" in judge_pace([called(30, "answered")], moment)
    assert "just been called" in judge_pace([called(5)], moment)
    assert "4 times" in judge_pace([called(60, number=False)] * 4, moment)
    assert "3 times" in judge_pace([called(60, mine=False)] * 3, moment)


def test_words_of_a_call_that_come_late_or_twice_change_nothing_but_what_was_spoken_is_never_lost() -> None:
    assert set(STATES) | {"asked"} == set(CALL_STATES)
    assert is_news("asked", "calling") and is_news("calling", "heard") and is_news("heard", "dropped")
    assert not is_news("heard", "answered") and not is_news("busy", "failed") and not is_news("recorded", "failed")
    assert is_news("failed", "recorded") and not is_news("recorded", "recorded")


def test_a_call_is_ordered_once_by_the_districts_first_carrier(carriers, district, actor, sent, hints) -> None:
    call = ask(actor, about="message “Snow”")
    assert sent == [] and sweep() > 0, "the worker gives it to the carrier's gateway, not the page"
    ((where, order, key),) = sent
    assert where == f"wb.{district.id}.district.tell.voicecall.calls" and key == f"record:{call.hex}"
    assert (order.id, order.to, order.language, order.endpoint.id) == (call.hex, "+15735550122", "en", str(API))
    assert signing.Verifier().is_genuine(order) and 60 < order.expires_at - order.made_at < 300
    row = AuditRow.objects.get(action="paging.call_to_record")
    assert (row.details["number"], row.details["about"]) == ("+15735550122", "message “Snow”")
    assert row.actor_name == actor.name and f"recordings:{call}" in hints
    jobs.place_call(str(call))
    assert sent[1] == sent[0], "a job that is done again gives the same call, which the stream and the gateway know"
    tell(district, call, "answered")
    jobs.place_call(str(call))
    assert len(sent) == 2


def test_who_may_not_be_called_is_told_why_and_nothing_is_ordered(carriers, actor, actor_as, sent) -> None:
    for number, word in ((FAMILY, "family"), ("911", "area code"), ("+19005550122", "ordinary"), ("Ana", "area code")):
        with pytest.raises(Refused, match=word):
            ask(actor, number)
    with pytest.raises(Refused, match="title"):
        ask(actor, name="  ")
    with pytest.raises(Refused, match=r"paging\.speak"):
        ask(actor_as("teacher"))
    assert not sent and not RecordingCall.objects.exists()
    assert RecordingCall.objects.get(pk=ask(actor, "")).number == OWN, "the number of one's own record"
    assert queries.own_numbers(actor) == [OWN]


def test_calls_are_few(carriers, district, actor, actor_as, monkeypatch) -> None:
    first = ask(actor)
    with pytest.raises(TooOften, match="under way"):
        ask(actor, OWN)
    tell(district, first, "busy")
    with pytest.raises(TooOften, match="just been called"):
        ask(actor_as("principal"))
    later(monkeypatch, 30)
    second = ask(actor_as("principal"))
    assert RecordingCall.objects.get(pk=second).carrier == API
    tell(district, second, "failed", because="The carrier refuses our key.")
    later(monkeypatch, 30)
    third = ask(actor)
    assert RecordingCall.objects.get(pk=third).carrier == TRUNK, "another one after a carrier's failure"
    tell(district, third, "no_answer")
    later(monkeypatch, 30)
    with pytest.raises(TooOften, match="3 times"):
        ask(actor)
    assert RecordingCall.objects.count() == 3


def test_what_was_spoken_is_kept_once_and_may_be_used_at_once(carriers, district, actor, hints) -> None:
    call = ask(actor, language="es", name="Nieve")
    for state in ("calling", "answered", "heard"):
        assert tell(district, call, state).state == state
    row = tell(district, call, "recorded", sound=SPEECH, is_kept=True)
    tell(district, call, "recorded", sound=SPEECH, is_kept=True)
    tell(district, call, "failed", because="late")
    kept = Recording.objects.get()
    assert (row.state, row.recording_id, kept.name, kept.language, kept.source) == (
        "recorded", kept.pk, "Nieve", "es", "telephone")  # fmt: skip
    assert (kept.made_by, kept.made_name, kept.listened_name, kept.seconds) == (
        actor.user_id,
        actor.name,
        actor.name,
        1.5,
    )
    assert kept.listened_at is not None and "recordings:all" in hints
    assert AuditRow.objects.filter(action="paging.end_call_to_record").count() == 1
    assert AuditRow.objects.get(action="paging.end_call_to_record").details["digest"] == kept.digest


def test_who_hung_up_listens_first_and_silence_is_said(carriers, district, actor, monkeypatch) -> None:
    call = ask(actor)
    tell(district, call, "failed", because="The gateway was restarted.")
    row = tell(district, call, "recorded", sound=SPEECH)
    assert row.state == "recorded" and row.recording.listened_at is None, "it came after all"
    later(monkeypatch, 30)
    call = ask(actor)
    for sound in (bytes([0xFF]) * 8000, SPEECH[:2000]):
        row = tell(district, call, "recorded", sound=sound)
        assert (row.state, row.recording, CALL_STATES[row.state]) == ("silent", None, "We heard nothing")
    assert Recording.objects.count() == 1
    with pytest.raises(ValueError, match="missing"):
        inbox.take_recorded([b"{}"])
    tell(district, call, "busy")
    inbox.take_recorded([encode(Recorded(id=new_id().hex, district=str(district.id), gateway="voicecall",
                                         endpoint="x", state="recorded", at=1.0, sound=SPEECH))])  # fmt: skip
    assert Recording.objects.count() == 1, "a call nobody has asked for leaves nothing"


def test_a_call_ends_when_nothing_is_heard_of_it(carriers, actor, monkeypatch) -> None:
    monkeypatch.setattr(bus_thread, "keep", lambda *told, **more: False)
    call = ask(actor)
    with pytest.raises(Unavailable):
        jobs.place_call(str(call))
    later(monkeypatch, 130)
    jobs.place_call(str(call))
    row = RecordingCall.objects.get(pk=call)
    assert (row.state, "away" in row.because) == ("failed", True)
    monkeypatch.setattr(bus_thread, "keep", lambda *told, **more: True)
    call = ask(actor)
    later(monkeypatch, 1300)
    assert jobs.tidy() == 1 and RecordingCall.objects.get(pk=call).state == "failed"
    later(monkeypatch, 31 * 86400)
    jobs.tidy()
    assert not RecordingCall.objects.exists(), "numbers are forgotten"


def test_without_a_carrier_it_says_so(committed_db, actor) -> None:
    with pytest.raises(Conflict, match="no carrier"):
        ask(actor)


@pytest.fixture
def show(carriers, rf, actor):
    def get(view, path="/", who=None, post=None, is_part=False, **kwargs):
        headers = {"HX-Request": "true"} if is_part else {}
        request = rf.get(path, headers=headers) if post is None else rf.post(path, post, headers=headers)
        request.actor, request.session, request.resolver_match = who or actor, {}, None
        request._messages = FallbackStorage(request)
        return view(request, **kwargs)

    return get


def test_the_page_calls_and_shows_how_it_goes(show, district, actor, actor_as) -> None:
    assert f'value="{OWN}"' in one_line(show(pages.recordings_page).content)
    form = {"call_number": DESK, "call_name": "Snow", "call_language": "es"}
    answer = show(pages.call_to_record, post=form)
    call = RecordingCall.objects.get()
    assert answer.status_code == 302 and answer.url.endswith(f"/call/{call.pk}") and call.language == "es"
    assert "Calling…" in one_line(show(pages.call_page, recording_call_id=call.pk).content)
    assert show(pages.call_part, who=actor_as("principal"), recording_call_id=call.pk).status_code == 404
    assert "under way" in one_line(show(pages.call_to_record, post=form).content)
    words = {"answered": "They answered", "heard": "Press 1 to keep it", "no_answer": "Nobody answered"}
    for state, word in words.items():
        tell(district, UUID(str(call.pk)), state)
        content = one_line(show(pages.call_part, recording_call_id=call.pk).content)
        assert word in content and ("data-live" in content) == (state != "no_answer")
    assert "Try again" in content
    tell(district, UUID(str(call.pk)), "recorded", sound=SPEECH)
    content = one_line(show(pages.call_part, recording_call_id=call.pk).content)
    assert "1.5 s" in content and "data-listened" in content and "data-ready" not in content
    again = one_line(show(pages.call_form_part, f"/?call={call.pk}").content)
    assert 'value="+15735550122"' in again and 'value="Snow"' in again
    assert queries.call_as_dict(queries.call_seen_by(actor, call.pk))["seconds"] == 1.5
    with pytest.raises(NotFound):
        queries.call_seen_by(actor_as("principal"), call.pk)


def test_a_message_has_its_author_called_from_its_own_form(show, district, actor, actor_as) -> None:
    asked = one_line(show(pages.call_form_part, "/?in=message&language=es&title_es=Nieve").content)
    assert 'name="call_number_es"' in asked and 'value="Nieve"' in asked and "<form" not in asked
    form = {"call_number_es": FAMILY, "call_name_es": "Nieve", "title_es": "Nieve hoy"}
    answer = show(pages.call_to_record, "/?in=message&language=es", post=form, is_part=True)
    content = one_line(answer.content)
    assert answer.status_code == 200 and "A family of the district" in content and f'value="{FAMILY}"' in content
    form["call_number_es"] = OWN
    content = one_line(show(pages.call_to_record, "/?in=message&language=es", post=form, is_part=True).content)
    call = RecordingCall.objects.get()
    assert (call.language, call.about) == ("es", "message “Nieve hoy”") and f"recordings:{call.pk}" in content
    tell(district, call.pk, "recorded", sound=SPEECH, is_kept=True)
    content = one_line(show(pages.call_part, "/?in=message", recording_call_id=call.pk).content)
    assert "data-ready" in content and f'data-offer="{Recording.objects.get().digest}"' in content
    assert show(pages.call_form_part, who=actor_as("teacher")).status_code == 403
