"""A notice on a whole installation: confirmed, brought by real carriers, corrected, ended; also killed on its way."""

import concurrent.futures
import json
import os
import time
import urllib.request
from urllib.parse import quote

import pytest

from tests.flows.installation import Installation
from watchbell.gateways.sms.peer import habit_of
from watchbell.kernel import engines

pytestmark = pytest.mark.alone

OUT = ("sms", "smtp", "voice", "push", "social")
TEXTS = [
    {"language": "en", "title": "Absent today", "short": "{{child}} was not in class this morning."},
    {"language": "es", "title": "Falta hoy", "short": "{{child}} no vino a clase esta mañana."},
]


def write(installation: Installation, **words):
    site = installation.played()["panels"][0]["site"]
    audience = {"kinds": ["family"], "sites": [site], "grades": ["09"]}
    body = {"purpose": "attendance", "texts": TEXTS, "audience": audience, "channels": ["text", "email"]} | words
    made = installation.call("POST", "/notices", body, role="principal")
    state = installation.call("POST", f"/notices/{made['id']}/submit", {"count": None}, role="principal")
    return made["id"], state["state"]


def progress(installation: Installation, notice: str):
    return installation.call("GET", f"/notices/{notice}", role="principal").get("progress")


def wait_until_out(installation: Installation, notice: str, seconds: float = 90):
    def is_out():
        found = installation.call("GET", f"/notices/{notice}", role="principal")
        return found["state"] == "sent" and found

    return installation.wait_until(is_out, seconds, "everything has gone out")


def told_to(installation: Installation, channel: str, words: str) -> list[str]:
    return [one["to"] for one in installation.outside(channel) if words in str(one["body"])]


def test_each_family_is_told_once_and_reached_is_known(installation: Installation) -> None:
    notice, state = write(installation)
    assert state == "sending"
    installation.wait_until(lambda: told_to(installation, "sms", "not in class"), 30, "the first text has arrived")
    found = wait_until_out(installation, notice)
    texts = told_to(installation, "sms", "not in class") + told_to(installation, "sms", "no vino a clase")
    assert len(texts) == len(set(texts)) > 50, "each number once"
    done = found["progress"]
    assert done["families_reached"] > 0 and done["waiting"] == 0
    assert done["channels"]["text"].get("delivered", 0) > 50


def test_the_families_of_a_bus_are_told_and_no_others(installation: Installation) -> None:
    first = installation.call("GET", "/rides?run=afternoon&limit=1", role="principal")["items"][0]
    rides = installation.call("GET", f"/rides?run=afternoon&limit=500&bus={quote(first['bus'])}", role="principal")
    students = [installation.call("GET", f"/people/{one['student']}", role="principal") for one in rides["items"]]
    listed = {phone for one in students for contact in one["contacts"] for phone in contact["phones"]}
    meant = {phone for phone in listed if habit_of(phone, {}) not in ("invalid", "opted_out")}  # no carrier takes these
    audience = {"kinds": ["family"], "sites": [installation.played()["panels"][0]["site"]], "buses": [first["bus"]],
                "run": "afternoon"}  # fmt: skip
    texts = [{"language": "en", "title": "The bus is late", "short": "It is twenty minutes late."}]
    notice, state = write(installation, texts=texts, channels=["text"], audience=audience)
    found = wait_until_out(installation, notice)
    assert state == "sending" and f"the {len(students)} students on {first['bus']}, afternoon run" in found["spelled"]
    installation.wait_until(lambda: set(told_to(installation, "sms", "twenty minutes")) >= meant, 60, "all are told")
    assert set(told_to(installation, "sms", "twenty minutes")) == meant and 10 < len(meant) < 200


def test_an_emergency_takes_two_and_a_correction_reaches_everybody(installation: Installation) -> None:
    texts = [{"language": "en", "title": "Gas smell", "short": "The school is evacuated. Please do not come."}]
    notice, state = write(installation, purpose="emergency", texts=texts, is_public=True, is_banner=True)
    assert state == "asked" and not told_to(installation, "sms", "Please do not come")
    answer = installation.call("POST", f"/notices/{notice}/approve", {"count": None}, role="director")
    assert answer["state"] == "sending"
    wait_until_out(installation, notice)
    assert told_to(installation, "sms", "Please do not come")
    better = [{"language": "en", "title": "All is well", "short": "It was a false alarm. School goes on."}]
    told = {"texts": better, "why": "Burnt toast"}
    assert installation.call("POST", f"/notices/{notice}/correct", told, role="director")["told"] is False
    assert not told_to(installation, "sms", "false alarm"), "its page says so; telling everybody takes two again"
    installation.call("POST", f"/notices/{notice}/confirm-correction", {"told": True}, role="principal")
    wait_until_out(installation, notice)
    installation.wait_until(
        lambda: len(told_to(installation, "sms", "false alarm")) >= len(told_to(installation, "sms", "not come")) > 0,
        60, "all are told the correction",
    )  # fmt: skip
    installation.call("POST", f"/notices/{notice}/end", {"why": "Over"}, role="director")
    assert installation.call("GET", f"/notices/{notice}", role="director")["state"] == "ended"


@pytest.mark.long
def test_a_drill_reaches_no_family(installation: Installation) -> None:
    texts = [{"language": "en", "title": "Only a drill", "short": "Only a drill, nobody real reads this."}]
    notice, state = write(installation, mode="drill", texts=texts, channels=["text", "email", "push"])
    assert state == "sending"
    wait_until_out(installation, notice, 120)
    went = {channel: [one for one in installation.outside(channel) if "nobody real" in str(one)] for channel in OUT}
    assert went["sms"] and went["smtp"] and not went["push"] and not went["social"], "nobody tests on families' phones"
    assert {one["via"] for one in went["sms"] + went["smtp"] + went["voice"]} <= {
        "Crosswind Messaging, trial account", "Crosswind Voice, trial account", "Mail relay for drills and tests"
    }  # fmt: skip


@pytest.mark.long
@pytest.mark.parametrize("victim", ["worker/slow", "gateway/sms"])
def test_killed_on_its_way_it_goes_on_and_tells_nobody_twice(installation: Installation, victim: str) -> None:
    texts = [{"language": "en", "title": "Killed", "short": f"Goes on after a kill of {victim}."}]
    notice, _ = write(
        installation,
        texts=texts,
        channels=["text"],
        audience={"kinds": ["family"], "sites": [installation.played()["panels"][0]["site"]], "grades": ["10", "11"]},
    )
    installation.wait_until(lambda: told_to(installation, "sms", "Goes on after"), 30, "it has begun")
    installation.kill(victim)
    wait_until_out(installation, notice, 180)
    texts_told = told_to(installation, "sms", f"kill of {victim}")
    assert len(texts_told) == len(set(texts_told)) > 100


def write_back(installation: Installation, number: str, text: str) -> None:
    body = json.dumps({"what": "text_reply", "from": number, "text": text}).encode()
    url = f"http://127.0.0.1:{installation.simulator_port}/act"
    request = urllib.request.Request(url, body, {"Content-Type": "application/json"})
    urllib.request.urlopen(request, timeout=30).close()


def query(installation: Installation, sql: str, monkeypatch: pytest.MonkeyPatch) -> list[tuple[object, ...]]:
    with monkeypatch.context() as patch:
        patch.setitem(os.environ, "WATCHBELL_HOME", str(installation.home))
        with engines.connect_super(engines.DATABASE) as link:
            return list(link.execute(sql).fetchall())  # type: ignore[arg-type]


@pytest.mark.long
def test_everybody_answers_while_workers_are_killed_and_each_answer_stands_once(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = [{"language": "en", "title": "Are you safe?", "short": "Answer 1 for safe, 2 for help."}]
    site = installation.played()["panels"][0]["site"]
    audience = {"kinds": ["family"], "sites": [site], "grades": ["11", "12"]}
    notice, _ = write(installation, texts=texts, channels=["text"], options=["Safe", "Help"], audience=audience)
    wait_until_out(installation, notice)
    numbers = told_to(installation, "sms", "Answer 1 for safe")[:300]
    assert len(numbers) == len(set(numbers)) == 300
    before = query(installation, "select count(*) from notices_reply", monkeypatch)[0][0]

    def answers() -> int:
        found = installation.call("GET", f"/notices/{notice}", role="principal")["answers"]
        return sum(int(one["count"]) for one in found)

    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        said = [pool.submit(write_back, installation, number, "12"[at % 2]) for at, number in enumerate(numbers)]
        for victim in ("worker/slow", "worker"):
            time.sleep(0.7)
            installation.kill(victim)
        for one in said:
            one.result()
    installation.wait_until(lambda: answers() == 300, 120, "every answer stands")
    time.sleep(2)
    assert [one["count"] for one in installation.call("GET", f"/notices/{notice}", role="principal")["answers"]] == [
        150, 150,
    ]  # fmt: skip
    replies, different = query(
        installation, "select count(*), count(distinct heard) from notices_reply where heard <> ''", monkeypatch
    )[0]
    assert replies == different == before + 300
    audited = query(
        installation, "select action, count(*) from kernel_auditrow where action in ('channels.hear_reply',"
        " 'notices.note_reply') group by 1", monkeypatch,
    )  # fmt: skip
    assert {count for _, count in audited} == {300}, "one audit row each"
