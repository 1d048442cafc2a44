"""One mail a day, on a whole installation: what waits, the mail as the relay has it, and who was reached by it."""

import json
import re
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from email import message_from_string
from email.policy import default
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.flows.installation import Installation
from watchbell.line import clock

pytestmark = pytest.mark.alone
CHICAGO = ZoneInfo("America/Chicago")


@contextmanager
def awake(installation: Installation) -> Iterator[None]:
    """The district is not quiet now, whatever the clock says, and its daily mail goes at the very end of the day."""
    before = installation.call("GET", "/telling-hours")
    moved = timedelta(seconds=installation.shifted)
    far = ((clock.now() + moved).astimezone(CHICAGO).hour + 12) % 24
    quiet = (f"{far:02}:00", f"{(far + 1) % 24:02}:00")
    hours = {"quiet_from": quiet[0], "quiet_until": quiet[1], "digest_at": "23:59"}
    assert installation.call("POST", "/telling-hours", hours)["digest_at"] == "23:59"
    yield
    back = {name: before[name] for name in ("quiet_from", "quiet_until", "digest_at")}
    assert installation.call("POST", "/telling-hours", back)["digest_at"] == before["digest_at"]


def guardian_with_mail(installation: Installation) -> tuple[str, dict[str, Any]]:
    """(student, one of their contacts who has an address and is told in English or Spanish)."""
    site = installation.played()["panels"][0]["site"]
    found = installation.call("GET", f"/people?kind=student&site={site}&grade=10&limit=20", role="principal")["items"]
    for student in found:
        for contact in installation.call("GET", f"/people/{student['id']}", role="principal")["contacts"]:
            person = installation.call("GET", f"/people/{contact['id']}", role="principal")
            if person["email"]:
                return student["id"], person
    raise AssertionError("no guardian has an address")


def write(installation: Installation, student: str, title: str, **words: Any) -> str:
    body = {
        "purpose": "routine", "channels": ["email"], "audience": {"kinds": ["family"], "people": [student]},
        "texts": [{"language": "en", "title": title, "short": f"{title}: {{{{child}}}} needs <one> & a hat."}],
    } | words  # fmt: skip
    made = installation.call("POST", "/notices", body)
    state = installation.call("POST", f"/notices/{made['id']}/submit", {"count": None})
    assert state == {"state": "sending"}, state
    return str(made["id"])


def progress(installation: Installation, notice: str) -> dict[str, Any]:
    return dict(installation.call("GET", f"/notices/{notice}").get("progress") or {})


def test_a_guardian_who_wants_one_mail_a_day_gets_one_with_all_that_holds(installation: Installation) -> None:
    student, person = guardian_with_mail(installation)
    told = {"routine_mail": "daily", "told": "phone", "why": "One mail a day, please"}
    assert installation.call("POST", f"/people/{person['id']}/routine-mail", told, role="principal") == {"sent_now": 0}
    since = installation.mark("smtp")

    def mails() -> list[dict[str, Any]]:
        return [one for one in installation.outside("smtp", since) if one["to"].lower() == person["email"].lower()]

    with awake(installation):
        notices = [write(installation, student, title) for title in ("Picnic at noon", "Choir by night", "Chess")]
        for one in notices:
            installation.wait_until(lambda one=one: progress(installation, one).get("in_digest") == 1, 20, "it waits")
        drill = write(installation, student, "Only a drill", mode="drill")
        better = {"texts": [{"language": "en", "title": "Picnic at one", "short": "It begins at one."}], "why": "Late",
                  "tell_again": False}  # fmt: skip
        installation.call("POST", f"/notices/{notices[0]}/correct", better)
        installation.call("POST", f"/notices/{notices[2]}/end", {"why": "Rain"})
        installation.wait_until(lambda: progress(installation, notices[2]).get("in_digest") == 0, 20, "it was ended")
        real = lambda: [one for one in mails() if "drill" not in one["via"].lower()]  # noqa: E731
        assert not real(), "nothing goes before the hour"
        assert installation.call("POST", "/telling-hours", {"digest_at": "00:00"})["digest_at"] == "00:00"
        installation.wait_until(real, 20, "the day's digest has arrived")
        installation.wait_until(
            lambda: installation.call("GET", f"/notices/{notices[0]}")["state"] == "sent", 20, "sent"
        )
    (mail,) = real()
    check_letter(mail["raw"], installation)
    assert "drill" not in str(mail["body"])
    for one, state in ((notices[0], "sent"), (notices[1], "sent"), (notices[2], "ended")):
        assert installation.call("GET", f"/notices/{one}")["state"] == state
    assert progress(installation, notices[1])["channels"]["email"] and drill
    assert progress(installation, notices[1])["families_reached"] == 0, "a mail server's word reaches nobody"
    token = re.search(r"Choir by night[^/]*http://[^/]+/m/([\w-]+)", letter_of(mail["raw"])[0])
    assert token is not None
    seen = urllib.request.Request(f"http://127.0.0.1:{installation.port}/m/{token[1]}/seen", b"", method="POST")
    urllib.request.urlopen(seen, timeout=20).close()
    installation.wait_until(lambda: progress(installation, notices[1])["families_reached"] == 1, 20, "it was read")
    assert progress(installation, notices[0])["families_reached"] == 0, "each message is read by itself"
    back = installation.call("POST", f"/people/{person['id']}/routine-mail", told | {"routine_mail": "at_once"})
    assert back == {"sent_now": 0}, json.dumps(back)


VICTIMS = ("worker", "worker/slow", "gateway/smtp", "postgres")


def families_who_want_one_a_day(installation: Installation, grade: int, count: int) -> tuple[list[str], set[str]]:
    """(students, the addresses of their guardians), who all want their routine mail once a day from now on.

    Who wanted that before is left out, with the student: their mail of today may have gone.
    """
    site = installation.played()["panels"][0]["site"]
    students, addresses = [], set()
    path = f"/people?kind=student&site={site}&grade={grade:02}&limit=200"
    for student in installation.call("GET", path, role="principal")["items"]:
        found = installation.call("GET", f"/people/{student['id']}", role="principal")["contacts"]
        people = [installation.call("GET", f"/people/{one['id']}", role="principal") for one in found]
        told = {"routine_mail": "daily", "told": "phone", "why": "One mail a day, please"}
        asked = [installation.call("POST", f"/people/{one['id']}/routine-mail", told) for one in people if one["email"]]
        if all(answer == {"sent_now": 0} for answer in asked):
            students.append(student["id"])
            addresses |= {one["email"].lower() for one in people if one["email"]}
        if len(addresses) >= count:
            return students, addresses
    raise AssertionError("too few guardians have an address")


@pytest.mark.long
@pytest.mark.parametrize("victim", VICTIMS)
def test_whatever_dies_while_the_days_mails_go_each_person_has_one(installation: Installation, victim: str) -> None:
    grade = 9 + VICTIMS.index(victim)  # others each time: nobody gets a second digest on the same day
    students, addresses = families_who_want_one_a_day(installation, grade, 40)
    since = installation.mark("smtp")

    def mails() -> list[str]:
        return [one["to"].lower() for one in installation.outside("smtp", since) if one["to"].lower() in addresses]

    with awake(installation):
        body = {"audience": {"kinds": ["family"], "people": students}}
        for title in ("Book fair", "Picture day"):
            one = write(installation, students[0], f"{title} ({victim})", **body)
            installation.wait_until(
                lambda one=one: progress(installation, one).get("in_digest") == len(addresses), 30, "all of them wait"
            )
        assert not mails()
        installation.call("POST", "/telling-hours", {"digest_at": "00:00"})
        installation.wait_until(
            lambda: len(mails()) >= (1 if victim != "gateway/smtp" else 5), 90, "the first has gone"
        )
        installation.kill(victim)
        # what a dead worker had just handed out comes again when its lease of two minutes ends
        installation.wait_until(lambda: set(mails()) == addresses, 200, "everybody has theirs")
        installation.wait_until(
            lambda: installation.call("GET", f"/notices/{one}").get("state") == "sent", 90, "the message knows it"
        )
    assert len(mails()) == len(addresses), "nobody has two"


def letter_of(raw: str) -> tuple[str, str]:
    """(plain, html) of a mail as any program decodes it."""
    found = message_from_string(raw, policy=default)
    plain, rich = found.get_body(("plain",)), found.get_body(("html",))
    assert plain is not None and rich is not None
    return str(plain.get_content()), str(rich.get_content())


def check_letter(raw: str, installation: Installation) -> None:
    found = message_from_string(raw, policy=default)
    plain, rich = letter_of(raw)
    assert "(2): Choir by night" in str(found["Subject"]), "what was ended is not counted, the newest is named"
    assert found["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click" and "/wishes/" in found["List-Unsubscribe"]
    for words in (plain, rich):
        assert "It begins at one." in words and "Picnic at noon" not in words and "Chess" not in words
        assert len(set(re.findall(rf"http://localhost:{installation.port}/m/([\w-]+)(?=[\"\s])", words))) == 2
        assert len(set(re.findall(r"/m/([\w-]+)/contacts#mail", words))) == 1 and "{{" not in words
    assert "needs <one> & a hat." in plain and "needs &lt;one&gt; &amp; a hat." in rich
