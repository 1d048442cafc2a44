"""Batches through a played relay on real sockets: what it says, how it fails, and what is told of each mail."""

import asyncio
import ssl
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP

from watchbell.gateways.conftest import Installation
from watchbell.gateways.journal import Journal
from watchbell.gateways.smtp import link as links
from watchbell.gateways.smtp.service import Smtp
from watchbell.gateways.smtp.tests.builders import (
    DISTRICT,
    ed25519_pem,
    entry,
    give,
    last_told,
    make_batch,
    people,
    results,
)
from watchbell.gateways.smtp.tests.conftest import Play
from watchbell.line import clock
from watchbell.line.loopback_tls import make_loopback_tls
from watchbell.wire.tell import Result

FULL = ("PIPELINING", "CHUNKING", "8BITMIME", "SMTPUTF8", "ENHANCEDSTATUSCODES")
OFFERS = {
    "chunks": FULL, "data": ("PIPELINING", "SMTPUTF8"), "one at a time": (), "chunks unpipelined": ("CHUNKING",),
}  # fmt: skip


def states(place: Installation) -> list[str]:
    found = results(place)
    return [found[key].state for key in sorted(found)]


@pytest.mark.parametrize("offers", OFFERS.values(), ids=OFFERS)
async def test_each_is_told_of_by_the_relays_own_words(
    installation: Installation, play: Play, offers: tuple[str, ...]
) -> None:
    world = await play(offers=offers)
    await give(installation, make_batch(people(
        "ana@example.org", "nobody@example.org", "ben@example.org", "grey@example.org", "no address",
        "müller@example.org",
    )))  # fmt: skip
    (told,) = await last_told(installation)
    assert told.carrier == "ok"
    last = "sent" if "SMTPUTF8" in offers else "failed"
    assert states(installation) == ["sent", "failed", "sent", "later", "failed", last]
    found = results(installation)
    assert found[f"{1:032x}"].is_bad_address and found[f"{1:032x}"].code == "5.1.1"
    assert "No such user" in found[f"{1:032x}"].because and found[f"{4:032x}"].is_bad_address
    assert not found[f"{5:032x}"].is_bad_address
    assert {mail.to for mail in world.relay.mails} == {"ana@example.org", "ben@example.org"} | (
        {"müller@example.org"} if last == "sent" else set()
    )
    assert world.relay.mails[0].sender == f"b+{0:032x}@bounces.cedar.example"
    assert world.heard[0]["body"]["subject"] == "Early dismissal"
    assert "school ends at noon.  See https://cedar.example/n/0?a=1&b=2" in world.heard[0]["body"]["text"]


async def test_a_server_that_wants_rset_after_a_refusal_gets_it(installation: Installation, play: Play) -> None:
    world = await play()
    world.relay.is_strict = True
    await give(installation, make_batch(people("nobody@a.example", *(f"p{n}@a.example" for n in range(30)))))
    await last_told(installation)
    assert states(installation) == ["failed", *["sent"] * 30]
    assert sorted(mail.to for mail in world.relay.mails) == sorted(f"p{n}@a.example" for n in range(30))


async def test_ten_thousand_in_batches_each_once(installation: Installation, play: Play) -> None:
    world = await play(settings={"lanes": 4, "connections": 4}, secret="\n" + ed25519_pem())
    world.relay.keeps = 20_000
    listed = people(*(f"p{n}@example.org" for n in range(10_000)))
    for at in range(0, 10_000, 200):
        await give(installation, make_batch(listed[at : at + 200]))
    await last_told(installation, 50, seconds=60)
    assert len(world.relay.mails) == 10_000 and len({mail.to for mail in world.relay.mails}) == 10_000
    async with asyncio.timeout(20):  # what the bus could not keep at once is forwarded from the spool
        while len(results(installation)) < 10_000:
            await asyncio.sleep(0.5)
    assert set(states(installation)) == {"sent"}
    assert world.relay.connections <= 4 + 2  # and those that have looked whether it lives


async def test_urgent_batches_go_first(installation: Installation, play: Play) -> None:
    world = await play(settings={"per_second": 200})
    batches = [
        make_batch(people(f"{purpose}@example.org"), purpose=purpose)
        for purpose in ("newsletter", "routine", "attendance", "emergency")
    ]
    await give(installation, make_batch(people(*(f"p{n}@example.org" for n in range(100)))))
    for batch in batches:
        await give(installation, batch)
    await last_told(installation, 5)
    last = [mail.to.partition("@")[0] for mail in world.relay.mails[-4:]]
    assert last == ["emergency", "attendance", "routine", "newsletter"]


async def test_a_drill_never_goes_out(installation: Installation, play: Play) -> None:
    world = await play()
    await give(installation, make_batch(people("ana@example.org"), mode="drill"))
    await give(installation, make_batch(people("ana@example.org"), mode="test", is_test=True))
    for told in await last_told(installation, 2):
        assert told.carrier == "refuses" and "never reaches" in told.because
    assert world.relay.mails == [] and results(installation) == {}
    await installation.put_config("smtp", [entry(world.relay.port, test=True)], {})
    await asyncio.sleep(0.3)
    await give(installation, make_batch(people("ana@example.org"), mode="drill", is_test=True))
    await last_told(installation, 3)
    assert len(world.relay.mails) == 1


@pytest.mark.parametrize(
    ("how", "carrier", "words"),
    [("silent", "slow", "said nothing"), ("refuses", "slow", "Out of order"), ("garbles", "down", "nonsense")],
)
async def test_a_relay_in_trouble_from_the_start(
    installation: Installation, play: Play, how: str, carrier: str, words: str
) -> None:
    world = await play(stall=0.5)
    world.relay.fail(how, 60)
    await give(installation, make_batch(people("ana@example.org", "ben@example.org")))
    (told,) = await last_told(installation)
    assert told.carrier == carrier and words in told.because
    assert results(installation) == {}  # nothing was begun: another carrier may take it


@pytest.mark.parametrize(
    ("how", "state", "carrier"),
    [("silent", "unsure", "slow"), ("refuses", "later", "slow"), ("garbles", "unsure", "down")],
)
async def test_a_relay_that_fails_while_mails_are_under_way(
    installation: Installation, play: Play, how: str, state: str, carrier: str
) -> None:
    world = await play(stall=0.5, settings={"per_second": 40})
    await give(installation, make_batch(people(*(f"p{n}@example.org" for n in range(60)))))
    while len(world.relay.mails) < 10:
        await asyncio.sleep(0.01)
    world.relay.fail(how, 60)
    (told,) = await last_told(installation)
    assert told.carrier == carrier
    found = results(installation)
    assert {one.state for one in found.values()} == {"sent", state}
    assert sum(one.state == "sent" for one in found.values()) >= 10
    assert len(found) < 60  # the rest has not been begun


async def test_a_slow_relay_is_waited_for(installation: Installation, play: Play) -> None:
    world = await play(stall=3.0)
    world.relay.fail("slow", 2.5)
    await give(installation, make_batch(people("ana@example.org")))
    await last_told(installation)
    assert states(installation) == ["sent"] and len(world.relay.mails) == 1


@pytest.mark.parametrize("offers", [FULL, ("PIPELINING",)], ids=["chunks", "data"])
async def test_a_line_that_breaks_after_the_last_byte_leaves_unsure(
    installation: Installation, play: Play, offers: tuple[str, ...]
) -> None:
    world = await play(offers=offers)
    world.relay.dies_after = 5
    await give(installation, make_batch(people(*(f"p{n}@example.org" for n in range(80)))))
    (told,) = await last_told(installation)
    assert told.carrier == "down" and "broke" in told.because
    found = results(installation)
    assert sum(one.state == "sent" for one in found.values()) == 5
    unsure = sum(one.state == "unsure" for one in found.values())
    assert 1 <= unsure <= 60 and len(found) == 5 + unsure
    assert len(world.relay.mails) == 5


async def test_a_line_that_breaks_once_is_opened_anew(installation: Installation, play: Play) -> None:
    world = await play()
    world.relay.dies_after, world.relay.dies_once = 3, True
    await give(installation, make_batch(people(*(f"p{n}@example.org" for n in range(40)))))
    (told,) = await last_told(installation)
    assert told.carrier == "ok" and world.relay.connections >= 2
    assert {one.state for one in results(installation).values()} == {"sent", "unsure"}
    assert len(results(installation)) == 40


async def test_a_relay_that_is_not_there(installation: Installation, play: Play) -> None:
    world = await play()
    await world.relay.stop()
    await give(installation, make_batch(people("ana@example.org")))
    (told,) = await last_told(installation)
    assert told.carrier == "down" and "cannot be reached" in told.because and results(installation) == {}


async def test_what_may_have_gone_out_before_a_kill_does_not_go_out_again(
    installation: Installation, play: Play
) -> None:
    batch = make_batch(people("a@example.org", "b@example.org", "c@example.org"))
    gateway = Smtp()
    journal = Journal(gateway.folder / "batches" / f"{batch.id}.1")  # as a killed process leaves it
    journal.begin([f"{0:032x}", f"{1:032x}"])
    journal.end([Result(f"{0:032x}", "sent", clock.unix())])
    journal.close()
    world = await play()
    await give(installation, batch)
    await last_told(installation)
    assert [mail.to for mail in world.relay.mails] == ["c@example.org"]
    assert states(installation) == ["sent", "unsure", "sent"]


async def test_a_mail_larger_than_the_relay_takes(installation: Installation, play: Play) -> None:
    world = await play(size=500)
    await give(installation, make_batch(people("ana@example.org")))
    await last_told(installation)
    (found,) = results(installation).values()
    assert found.state == "failed" and found.code == "5.3.4" and world.relay.mails == []


def contexts(folder: Path) -> tuple[ssl.SSLContext, str]:
    made = make_loopback_tls("mail")
    (folder / "cert.pem").write_text(made.certificate)
    (folder / "key.pem").write_text(made.key)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    return context, made.authority


@pytest.mark.parametrize("security", ["starttls", "tls"])
async def test_by_tls_with_a_password(installation: Installation, play: Play, tmp_path: Path, security: str) -> None:
    context, authority = contexts(tmp_path)
    settings: dict[str, Any] = {"security": security, "ca": authority, "username": "district"}
    world = await play(
        secret="right", settings=settings, context=context, is_tls=security == "tls", accounts={"district": "right"}
    )
    await give(installation, make_batch(people("ana@example.org")))
    await last_told(installation)
    assert states(installation) == ["sent"]
    (status,) = await world.gateway.probe()
    assert status.state == "trouble" and "not signed" in status.because


@pytest.mark.parametrize(
    ("settings", "secret", "words"),
    [
        ({"security": "starttls", "username": "district"}, "right", "cannot be trusted"),
        ({"security": "starttls", "ca": "own", "username": "district"}, "wrong", "refuses our password"),
        ({"security": "tls", "ca": "own"}, "right", "cannot be trusted"),
        ({"security": "starttls", "ca": "no pem"}, "right", "must be PEM"),
    ],
)
async def test_who_cannot_be_trusted_gets_no_mail(
    installation: Installation, play: Play, tmp_path: Path, settings: dict[str, Any], secret: str, words: str
) -> None:
    context, authority = contexts(tmp_path)
    if settings.get("ca") == "own":
        settings = {**settings, "ca": authority}
    world = await play(secret=secret, settings=settings, context=context, accounts={"district": "right"})
    await give(installation, make_batch(people("ana@example.org")))
    (told,) = await last_told(installation)
    assert told.carrier == "refuses" and words in told.because
    assert world.relay.mails == [] and results(installation) == {} and secret not in told.because


async def test_a_server_without_starttls_gets_nothing(installation: Installation, play: Play) -> None:
    world = await play(settings={"security": "starttls"})
    await give(installation, make_batch(people("ana@example.org")))
    (told,) = await last_told(installation)
    assert told.carrier == "refuses" and "STARTTLS" in told.because and world.relay.mails == []


async def test_in_the_open_only_to_private_networks(installation: Installation) -> None:
    link = links.Link(links.Door("relay.example", 25, "none"))

    class Public:
        def get_extra_info(self, name: str) -> tuple[str, int]:
            return ("8.8.8.8", 25)

    link._transport = Public()  # type: ignore[assignment]
    with pytest.raises(links.Trouble, match="private networks"):
        link.check_peer()


async def test_anothers_server_takes_them(installation: Installation, play: Play) -> None:
    """aiosmtpd: neither PIPELINING nor CHUNKING."""
    taken: list[tuple[str, bytes]] = []

    class Handler:
        async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
            taken.append((envelope.rcpt_tos[0], envelope.content))
            return "250 OK"

    server = await asyncio.get_running_loop().create_server(
        lambda: SMTP(Handler(), enable_SMTPUTF8=True), "127.0.0.1", 0
    )
    world = await play(settings={"port": server.sockets[0].getsockname()[1]})
    await give(installation, make_batch(people(*(f"p{n}@example.org" for n in range(20)))))
    await last_told(installation)
    assert states(installation) == ["sent"] * 20 and len(taken) == 20 and not world.relay.mails
    await world.gateway._relays["relay"].pool.close()
    server.close()


async def test_its_life_is_proved_by_greeting_it(installation: Installation, play: Play) -> None:
    world = await play(
        secret="\n" + ed25519_pem(), settings={"dkim_domain": "cedar.example", "dkim_selector": "s1"}, stall=0.5
    )
    (status,) = await world.gateway.probe()
    assert (status.state, status.because, status.district) == ("online", "", DISTRICT)
    world.relay.fail("silent", 5)
    (status,) = await world.gateway.probe()
    assert status.state in ("silent", "trouble") and "nothing" in status.because
    relay = world.gateway._relays["relay"]
    assert relay.origin.signer is not None


async def test_settings_that_do_not_fit_are_told() -> None:
    from watchbell.gateways.smtp.service import Relay

    key = "pw\n" + ed25519_pem()
    other = Relay(entry(1, dkim_domain="other.example", dkim_selector="s"), key, 1)
    assert "not aligned" in other.warning and not other.fault
    assert Relay(entry(1, dkim_domain="mail.cedar.example", dkim_selector="s"), key, 1).warning == ""
    assert "no private key" in Relay(entry(1, dkim_domain="cedar.example", dkim_selector="s"), "pw\nxx", 1).warning
    assert "cannot be used" in Relay(entry(1, from_address="nonsense"), "", 1).fault
    assert "no domain name" in Relay(entry(1, bounce_domain="a b"), "", 1).fault
    assert "No such way" in Relay(entry(1, security="maybe"), "", 1).fault
