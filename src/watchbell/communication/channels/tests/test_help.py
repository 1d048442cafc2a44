"""Whoever writes HELP is told who writes to them, and how to end it: once, in their language."""

import pytest

from watchbell.communication.channels import inbox
from watchbell.communication.channels.models import Delivery, Mailing
from watchbell.communication.channels.tests.builders import build_mailing, contact
from watchbell.kernel.models import AuditRow
from watchbell.line import clock
from watchbell.wire.base import encode
from watchbell.wire.tell import Heard


def help_from(number, at=None, **more):
    words = {"id": f"h{number}{at}", "district": "d", "gateway": "sms", "endpoint": "e", "kind": "reply",
             "at": at or clock.unix(), "channel": "text", "sender": number, "text": "HELP",
             "detail": {"help": True}}  # fmt: skip
    return encode(Heard(**words | more))


@pytest.mark.parametrize(("language", "words"), [("en", "Reply STOP to end"), ("es", "Responda STOP para terminar")])
def test_help_is_answered_with_who_writes_and_how_to_stop(committed_db, district, actor, hints, language, words):
    build_mailing(actor, [contact(1)], channels=("text",))
    build_mailing(actor, [contact(2, language=language)], channels=("text",))
    number = contact(2).phones[0]
    inbox.take_all([help_from(number), help_from(contact(1).phones[0], detail={})])
    answer = Mailing.objects.get(about__startswith="help:")
    assert words in answer.bodies.get().short and district.name in answer.bodies.get().short
    assert Delivery.objects.get(mailing=answer).to == number
    assert AuditRow.objects.filter(action="channels.begin_mailing").count() == 3


def test_two_machines_do_not_answer_each_other_for_ever(committed_db, district, actor, hints):
    number, at = contact(1).phones[0], clock.unix() // 600 * 600 + 5
    for later in (0, 20, 300):
        inbox.take_all([help_from(number, at + later)])
    assert Mailing.objects.filter(about__startswith="help:").count() == 1
    inbox.take_all([help_from(number, at + 600)])
    assert Mailing.objects.filter(about__startswith="help:").count() == 2
