"""A message's link is forwarded easily: alone it only adds an address, and what it adds signs nobody in at once."""

import re
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client

from watchbell.communication.channels import actions as channels
from watchbell.communication.channels.facts import LINK_DAYS, TRUST_DAYS, BodyText, Contact
from watchbell.communication.channels.models import (
    BadAddress,
    Body,
    ContactChange,
    Delivery,
    Mailing,
    Preference,
    Recipient,
)
from watchbell.communication.channels.queries import contacts_of
from watchbell.communication.channels.queries.digests import count_mails
from watchbell.communication.channels.queries.links import reachable_of
from watchbell.communication.families import jobs, queries
from watchbell.district.people.models import Guardianship, Person
from watchbell.district.people.queries import person_facts
from watchbell.kernel.changes import recorded_batch
from watchbell.kernel.models import AuditRow
from watchbell.kernel.permissions import system_actor
from watchbell.line.clock import now

OLD_MAIL, OLD_PHONE, NEW = "ana@home.invalid", "+15125550101", "mallory@x.invalid"


@pytest.fixture(autouse=True)
def no_tries_yet(committed_db, settings):
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    cache.clear()


@pytest.fixture
def ana(district):
    with recorded_batch("a test's family"):
        child = Person.objects.create(kind="student", given="Mia", family="Lopez")
        made = Person.objects.create(kind="guardian", given="Ana", family="Lopez", email=OLD_MAIL, phones=[OLD_PHONE])
        Guardianship.objects.create(student=child, guardian=made, relation="parent")
    return made


@pytest.fixture
def page(ana, district):
    """Her page by the link of a message that has gone out."""
    contact = Contact(ana.pk, None, "Ana Lopez", "en", (OLD_MAIL,), (OLD_PHONE,))
    words = BodyText("en", "Hello", "Hello", "Hello", "Hello")
    actor, until = system_actor(district.id), now() + timedelta(days=1)
    channels.send_one(actor, "notice:x", "Hello", words, contact, ["email"], until)
    return f"/m/{Recipient.objects.get(person=ana).token}/contacts"


def remembered():
    client = Client()
    jobs.send_link("email", OLD_MAIL)
    text = Body.objects.get(mailing=Delivery.objects.filter(to=OLD_MAIL).latest("id").mailing).text
    client.post(re.search(r"/family/sign-in/\S+", text).group(0))
    return client


def change(client, page, old, new, kind="email"):
    client.post(page, {"what": "address", "kind": kind, "old": old, "new": new})
    row = ContactChange.objects.order_by("asked_at").last()
    if row is None or row.confirmed_at is not None:
        return row
    with recorded_batch("a test's code"):
        row.code = channels.consent._hash(row.pk, "123456")
        row.save()
    client.post(page, {"what": "code", "change": str(row.pk), "code": "123456"})
    return ContactChange.objects.get(pk=row.pk)


def used(ana, **words):
    (contact,) = contacts_of([reachable_of(person_facts(ana.pk))], **words)
    return contact


def test_a_link_alone_replaces_nothing(ana, page):
    client = Client()
    shown = client.get(page).content.decode()
    assert "/family/sign-in" in shown and 'name="what" value="remove"' not in shown
    answer = client.post(page, {"what": "address", "kind": "email", "old": "a…a@home.invalid", "new": NEW})
    assert "Sign in first." in answer.content.decode() and not ContactChange.objects.exists()
    client.post(page, {"what": "remove", "old": "a…a@home.invalid"})
    assert not ContactChange.objects.exists() and used(ana).emails == (OLD_MAIL,)


def test_what_a_link_alone_has_added_comes_last_and_signs_nobody_in(ana, page):
    row = change(Client(), page, "", NEW)
    assert row.is_bare and used(ana).emails == (OLD_MAIL, NEW)
    assert queries.guardians_reached_at("email", NEW) == []
    jobs.send_link("email", NEW)
    assert not Mailing.objects.filter(about__startswith="family:").exists()
    with recorded_batch("a test's days"):
        ContactChange.objects.update(confirmed_at=now() - timedelta(days=TRUST_DAYS, minutes=1))
    assert queries.guardians_reached_at("email", NEW) == [ana.pk]


def test_the_office_s_word_makes_an_added_address_their_own(ana, page, district):
    row = change(Client(), page, "", NEW)
    channels.take_changes(system_actor(district.id), [row.pk])
    assert queries.guardians_reached_at("email", NEW) == [ana.pk] and used(ana).emails[0] == NEW


def test_every_old_address_hears_of_it(ana, page):
    row = change(Client(), page, "", NEW)
    jobs.tell_change(str(row.pk), [OLD_MAIL, OLD_PHONE])
    told = Mailing.objects.get(about=f"changed:{row.pk}")
    assert set(Delivery.objects.filter(mailing=told).values_list("to", flat=True)) == {OLD_MAIL, OLD_PHONE}
    words = told.bodies.get().short
    assert "m…y@x.invalid" in words and "Call the school" in words and NEW not in words


def test_the_job_names_the_addresses_that_were_used(ana, page):
    change(Client(), page, "", NEW)
    with connection.cursor() as cursor:
        cursor.execute("select args::text from procrastinate_jobs where args->>'job' = 'families.tell_change'")
        ((words,),) = cursor.fetchall()
    assert OLD_MAIL in words and OLD_PHONE in words and NEW not in words


def test_a_remembered_device_replaces_and_the_old_one_is_kept_for_emergencies(ana, page, district):
    client = remembered()
    row = change(client, page, "a…a@home.invalid", "ana@new.invalid")
    assert not row.is_bare and used(ana).emails == ("ana@new.invalid",)
    assert used(ana, is_emergency=True).emails == ("ana@new.invalid", OLD_MAIL)
    assert queries.guardians_reached_at("email", "ana@new.invalid") == [ana.pk]
    assert queries.guardians_reached_at("email", OLD_MAIL) == []
    channels.take_changes(system_actor(district.id), [row.pk])
    assert used(ana, is_emergency=True).emails == ("ana@new.invalid",)


def test_a_remembered_device_takes_out_what_a_stranger_has_added(ana, page):
    change(Client(), page, "", NEW)
    client = remembered()
    assert "m…y@x.invalid" in client.get(page).content.decode()
    client.post(page, {"what": "remove", "old": "m…y@x.invalid"})
    assert used(ana).emails == used(ana, is_emergency=True).emails == (OLD_MAIL,)
    with recorded_batch("a test's days"):
        ContactChange.objects.filter(is_bare=True).update(confirmed_at=now() - timedelta(days=TRUST_DAYS + 1))
    assert queries.guardians_reached_at("email", NEW) == []
    assert AuditRow.objects.filter(action="channels.remove_address").exists()


def test_the_last_address_stays(ana, page, district):
    with recorded_batch("a test's records"):
        Person.objects.filter(pk=ana.pk).update(phones=[])
    answer = remembered().post(page, {"what": "remove", "old": "a…a@home.invalid"})
    assert "your only one" in answer.content.decode() and used(ana).emails == (OLD_MAIL,)


def test_a_device_of_somebody_else_is_no_proof(ana, page, district):
    with recorded_batch("a test's other"):
        other = Person.objects.create(kind="guardian", given="Eve", family="Other", email="eve@x.invalid")
        Guardianship.objects.create(student=Person.objects.create(kind="student", given="Z", family="Other"),
                                    guardian=other, relation="parent")  # fmt: skip
    jobs.send_link("email", "eve@x.invalid")
    text = Body.objects.get(mailing=Delivery.objects.filter(to="eve@x.invalid").latest("id").mailing).text
    client = Client()
    client.post(re.search(r"/family/sign-in/\S+", text).group(0))
    client.post(page, {"what": "address", "kind": "email", "old": "a…a@home.invalid", "new": NEW})
    assert not ContactChange.objects.exists()


def test_an_old_link_opens_no_contacts_but_for_whoever_is_known(ana, page):
    with recorded_batch("a test's days"):
        Mailing.objects.filter(about="notice:x").update(made_at=now() - timedelta(days=LINK_DAYS, minutes=1))
    answer = Client().get(page)
    assert answer.status_code == 302 and answer.headers["Location"] == "/family/sign-in"
    assert Client().post(page, {"what": "address", "kind": "email", "old": "", "new": NEW}).status_code == 302
    assert not ContactChange.objects.exists()
    assert remembered().get(page).status_code == 200


def test_the_count_of_mails_follows_what_is_used(ana, page, district):
    with recorded_batch("a test's wish"):
        Preference.objects.create(person=ana, is_daily=True)
        BadAddress.objects.create(channel="email", address=NEW, because="550")
    people = Person.objects.filter(pk=ana.pk)
    change(Client(), page, "", NEW)
    assert count_mails(people) == (0, 1), "a bad address that a link alone has added takes no other's place"
    remembered().post(page, {"what": "remove", "old": "m…y@x.invalid"})
    assert count_mails(people) == (0, 1)
    with recorded_batch("a test's records"):
        Person.objects.filter(pk=ana.pk).update(email="")
    assert count_mails(people) == (0, 0)
