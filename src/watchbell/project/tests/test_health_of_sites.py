"""Whoever reads the health page or the record of one school is told that it is a part."""

from uuid import uuid4

import pytest
from django.test import Client

from watchbell.district.accounts.models import User
from watchbell.district.sites.tests.builders import build_site
from watchbell.field.panic.models import RefusedFrame
from watchbell.kernel.changes import recorded_batch
from watchbell.kernel.models import DeadLetter
from watchbell.line import clock


@pytest.fixture
def schools(committed_db, district):
    return build_site(), build_site("ELM", uuid4())


@pytest.fixture
def principal(schools, make_actor, district):
    """Of the first school."""
    return make_actor(district, "principal", schools[0])


def page(actor, district, path):
    client = Client()
    client.force_login(User.objects.get(id=actor.user_id))
    session = client.session
    session["district"], session["has_second_factor"] = str(district.id), True
    session.save()
    return client.get(path).content.decode()


def test_the_pages_say_that_they_show_a_part(principal, actor, district, schools):
    with recorded_batch("a test's letters"):
        for name, site in (("HERE", schools[0]), ("THERE", schools[1]), ("NOWHERE", "district")):
            words = {"stream": "PRESS", "body": "", "error": name}
            DeadLetter.objects.create(subject=f"wb.{district.id}.{site}.press.x.y", **words)
        RefusedFrame.objects.create(
            refused="r", at=clock.now(), gateway="siadc09", peer="10.9.8.7", because="?", raw=""
        )
    part, whole = page(principal, district, "/health"), page(actor, district, "/health")
    assert [name in part for name in (">HERE<", ">THERE<", ">NOWHERE<", "10.9.8.7")] == [True, False, False, False]
    assert all(name in whole for name in (">HERE<", ">THERE<", ">NOWHERE<", "10.9.8.7"))
    assert "your sites" in part and "your sites" not in whole
    assert "your sites" in page(principal, district, "/audit") and "your sites" not in page(actor, district, "/audit")
