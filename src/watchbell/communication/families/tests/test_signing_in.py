"""A guardian signs in by a link or a code to an address the school has; nobody learns whose addresses those are."""

import re
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client

from watchbell.communication.channels import actions as channels
from watchbell.communication.channels.models import Body, Delivery
from watchbell.communication.families import actions, jobs, queries
from watchbell.communication.families import pages as family_pages
from watchbell.communication.families.models import FamilyDevice, FamilyLink
from watchbell.communication.families.rules import make_code, name_of_device, read_code
from watchbell.district.people.models import Guardianship, Person
from watchbell.kernel.acting import acting_in
from watchbell.kernel.changes import recorded_batch
from watchbell.kernel.models import AuditRow
from watchbell.kernel.permissions import system_actor

CHROME = "Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Mobile Safari/537.36"


@pytest.fixture(autouse=True)
def no_tries_yet(committed_db, settings):
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    cache.clear()


@pytest.fixture
def family(district):
    """Ana and Ben Lopez, who share a telephone, and their daughter."""
    with recorded_batch("a test's family"):
        child = Person.objects.create(kind="student", given="Mia", family="Lopez")
        ana = Person.objects.create(kind="guardian", given="Ana", family="Lopez", email="ana@home.invalid",
                                    phones=["(512) 555-0101"])  # fmt: skip
        ben = Person.objects.create(kind="guardian", given="Ben", family="Lopez", email="ben@home.invalid",
                                    phones=["+15125550101"])  # fmt: skip
        for one in (ana, ben):
            Guardianship.objects.create(student=child, guardian=one, relation="parent")
    return ana, ben


def ask(client, address):
    return client.post("/family/sign-in", {"address": address})


def sent(address, kind="email"):
    """(path of the link, code) of the message that has just been made for an address."""
    jobs.send_link(kind, address)
    told = Delivery.objects.filter(to=address).latest("id")
    text = Body.objects.get(mailing=told.mailing).text
    return re.search(r"/family/sign-in/\S+", text).group(0), re.search(r"code (\d{4} \d{4})", text).group(1)


def test_a_link_opens_once_and_the_browser_is_remembered(family):
    client = Client(headers={"user-agent": CHROME})
    answer = ask(client, "Ana@Home.invalid")
    assert answer.status_code == 302 and answer.headers["Location"] == "/family/sign-in/sent"
    path, _ = sent("ana@home.invalid")
    for _ in range(2):
        assert b"Sign in as" in Client().get(path).content, "a look uses nothing up"
    answer = client.post(path)
    assert answer.headers["Location"] == "/family"
    cookie = answer.cookies[queries.COOKIE]
    assert cookie["httponly"] and cookie["samesite"] == "Lax" and cookie["max-age"] == 180 * 86400
    page = client.get("/family")
    assert page.status_code == 200 and b"Ana Lopez" in page.content and b"Mia Lopez" in page.content
    assert page.headers["Cache-Control"] == "no-store"
    assert b"<bdi>Chrome, Android</bdi> (this one)" in client.get("/family/devices").content
    assert Client().post(path).status_code == 404, "once"
    assert set(AuditRow.objects.values_list("action", flat=True)) >= {"families.ask_sign_in", "families.sign_in"}
    for path in ("/people", "/incidents/", "/audit", "/press"):
        assert client.get(path).status_code == 302, "and nothing else is open to them"


def test_the_answer_is_the_same_whoever_has_the_address(family):
    answers = []
    for address in ("ana@home.invalid", "nobody@home.invalid"):
        client = Client()
        first = ask(client, address)
        page = client.get(first.headers["Location"]).content.decode().replace(address, "…")
        page = re.sub(r'(csrf" content|csrfmiddlewaretoken" value)="[^"]+"', "", page)
        answers.append((first.status_code, first.headers["Location"], page))
    assert answers[0] == answers[1]
    with connection.cursor() as cursor:
        cursor.execute("select args->>'job' from procrastinate_jobs where args->>'job' like 'families.%'")
        assert cursor.fetchall() == [("families.send_link",)] * 2
    jobs.send_link("email", "nobody@home.invalid")
    assert not FamilyLink.objects.exists() and not Delivery.objects.exists()
    assert {row.details["kind"] for row in AuditRow.objects.filter(action="families.ask_sign_in")} == {"email"}


def test_a_code_counts_in_the_browser_that_asked_and_two_at_one_number_say_who_they_are(family):
    _, ben = family
    client = Client()
    ask(client, "512-555-0101")
    _, code = sent("+15125550101", "phone")
    assert client.post("/family/sign-in/sent", {"code": "0000 0000"}).content.count(b"not the code") == 1
    page = client.post("/family/sign-in/sent", {"code": code}).content
    assert b"Who are you" in page and b"Ana Lopez" in page and b"Ben Lopez" in page
    assert (
        Client().post("/family/sign-in/sent", {"code": code, "person": ben.pk}).headers["Location"].endswith("sign-in")
    )
    client.post("/family/sign-in/sent", {"code": code, "person": str(ben.pk)})
    assert b"Ben Lopez" in client.get("/family").content
    assert FamilyDevice.objects.get().person_id == ben.pk


def test_five_wrong_codes_end_the_code(family):
    client = Client()
    ask(client, "ana@home.invalid")
    _, code = sent("ana@home.invalid")
    for _ in range(5):
        client.post("/family/sign-in/sent", {"code": "1"})
    assert b"not the code" in client.post("/family/sign-in/sent", {"code": code}).content
    assert not FamilyDevice.objects.exists()


def test_a_new_link_ends_the_one_before_and_an_old_one_opens_nothing(family):
    first, _ = sent("ana@home.invalid")
    second, _ = sent("ana@home.invalid")
    assert Client().post(first).status_code == 404 and Client().get(second).status_code == 200
    with recorded_batch("a test's time"):
        row = FamilyLink.objects.get(used_at=None)
        FamilyLink.objects.filter(pk=row.pk).update(made_at=row.made_at - timedelta(minutes=21))
    assert Client().post(second).status_code == 404
    for forged in ("nowhere.x", "cedar.", "cedar", "x" * 300, "cedar.%00"):
        assert Client().get(f"/family/sign-in/{forged}").status_code in (400, 404)


def test_a_device_is_signed_out_here_and_elsewhere(family, other_district):
    ana, _ = family
    here, there, stranger = Client(), Client(), Client()
    for client, mail in ((here, "ana@home.invalid"), (there, "ana@home.invalid"), (stranger, "ben@home.invalid")):
        client.post(sent(mail)[0])
    mine = FamilyDevice.objects.filter(person=ana).order_by("made_at")
    assert stranger.post("/family/devices/end", {"device": mine[1].pk}).status_code == 404
    here.post("/family/devices/end", {"device": mine[1].pk})
    assert there.get("/family").headers["Location"] == "/family/sign-in" and here.get("/family").status_code == 200
    here.post("/family/devices/end")
    assert here.get("/family").status_code == 302 and stranger.get("/family").status_code == 200
    district, _, key = stranger.cookies[queries.COOKIE].value.partition(".")
    stranger.cookies[queries.COOKIE] = f"{other_district.id}.{key}"
    assert stranger.get("/family").status_code == 302, "a key of Cedar opens nothing in Birch"
    for forged in ("", ".", f"{district}.", f"{district}.x", "x.y", f"{district}.{'x' * 400}"):
        stranger.cookies[queries.COOKIE] = forged
        assert stranger.get("/family").status_code == 302


def test_who_is_no_guardian_any_more_is_signed_out(family):
    ana, _ = family
    client = Client()
    client.post(sent("ana@home.invalid")[0])
    assert client.get("/family").status_code == 200
    with recorded_batch("a test's withdrawal"):
        Person.objects.filter(pk=ana.pk).update(status="withdrawn")
    assert client.get("/family").status_code == 302
    assert queries.guardians_reached_at("email", "ana@home.invalid") == []


def test_a_corrected_address_counts_and_the_old_one_does_not(family, district):
    ana, _ = family
    actor = system_actor(district.id)
    change, code = channels.ask_change(actor, ana.pk, "email", "ana@home.invalid", "ana@new.invalid",
                                       is_known=True)  # fmt: skip
    assert queries.guardians_reached_at("email", "ana@new.invalid") == [], "not before the code came back"
    channels.confirm_change(actor, change, ana.pk, code)
    assert queries.guardians_reached_at("email", "ana@new.invalid") == [ana.pk]
    assert queries.guardians_reached_at("email", "ana@home.invalid") == []


def test_asking_is_throttled(family, monkeypatch, same_moment):
    monkeypatch.setattr(family_pages, "MOST_ASKED", 10)
    for _ in range(5):
        ask(Client(), "ana@home.invalid")
    with connection.cursor() as cursor:
        cursor.execute("select count(*) from procrastinate_jobs where args->>'job' = 'families.send_link'")
        assert cursor.fetchone()[0] == 3, "three to one address in ten minutes"
    pages = [ask(Client(), f"x{number}@home.invalid") for number in range(10)]
    assert b"Too many tries" in pages[-1].content
    assert b"Write an e-mail address" in ask(Client(), "12").content


def test_several_districts_are_chosen_from(family, other_district):
    client = Client()
    assert b"School district" in client.get("/family/sign-in").content
    assert b"Choose your school district" in ask(client, "ana@home.invalid").content
    answer = client.post("/family/sign-in", {"address": "ana@home.invalid", "district": "birch"})
    assert answer.status_code == 302
    with acting_in(other_district.id):
        jobs.send_link("email", "ana@home.invalid")
        assert not FamilyLink.objects.exists()


def test_an_address_of_a_crowd_is_nobodys(district):
    with recorded_batch("a test's crowd"):
        child = Person.objects.create(kind="student", given="Mia", family="Lopez")
        for number in range(7):
            one = Person.objects.create(kind="guardian", given=f"G{number}", family="Home", email="office@home.invalid")
            Guardianship.objects.create(student=child, guardian=one)
    assert actions.make_link(system_actor(district.id), "email", "office@home.invalid") is None


def test_words_of_keys_and_devices():
    assert make_code(bytes(8)) == "00000000" and read_code("1234 5678") == "12345678"
    assert name_of_device(CHROME) == "Chrome, Android" and name_of_device("") == ""
    assert name_of_device("Mozilla/5.0 (iPhone) Version/18 Safari/604") == "Safari, iPhone"


def test_old_links_and_devices_are_forgotten(family):
    Client().post(sent("ana@home.invalid")[0])
    with recorded_batch("a test's time"):
        FamilyLink.objects.update(made_at=FamilyLink.objects.get().made_at - timedelta(days=3))
        FamilyDevice.objects.update(ends_at=FamilyDevice.objects.get().made_at - timedelta(days=31))
    jobs.tidy()
    assert not FamilyLink.objects.exists() and not FamilyDevice.objects.exists()


def test_what_sharers_of_an_address_read_is_asked_at_once(family, actor, django_assert_num_queries):
    ana, ben = family
    channels.set_preference(actor, ana.pk, [], "es")
    with django_assert_num_queries(2):
        assert queries.languages_of([ana.pk, ben.pk]) == ("", "en"), "one has said something, the other nothing"
    channels.set_preference(actor, ben.pk, [], "es")
    with django_assert_num_queries(2):
        assert queries.languages_of([ana.pk, ben.pk]) == ("es", "en")
    assert queries.languages_of([]) == ("", "")
