"""What comes back: bounces, complaints, machines and people, by their bytes and over real sockets."""

import asyncio
import email
import email.policy
import smtplib
from email.message import EmailMessage
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from watchbell.gateways.conftest import Installation
from watchbell.gateways.smtp.codec import Replies as Reader
from watchbell.gateways.smtp.codec import Reply, judge, parse_features, parse_reply
from watchbell.gateways.smtp.letters import own_words, read_letter, reply_of, unflow, words_of_html
from watchbell.gateways.smtp.peer import Relay
from watchbell.gateways.smtp.returning import answer_mail, complaint, deliver, dsn, machine_answer
from watchbell.gateways.smtp.returns import Box, Return, find_box, read_return
from watchbell.gateways.smtp.tests.builders import BOUNCES, DISTRICT, give, last_told, make_batch, people, results
from watchbell.gateways.smtp.tests.conftest import Play
from watchbell.wire.base import Malformed
from watchbell.wire.tell import Heard

ID = f"{0xABC:032x}"
BOUNCE, REPLY, OUT, FBL = Box("bounce", ID), Box("reply", ID), Box("unsubscribe", ID), Box("complaints", "")


def original() -> EmailMessage:
    found = EmailMessage()
    found["From"], found["To"], found["Subject"] = "alerts@cedar.example", "ana@example.org", "Early dismissal"
    found["Message-ID"] = f"<{ID}@cedar.example>"
    found.set_content("school ends at noon\n")
    return found


def read(raw: bytes, box: Box = BOUNCE, sender: str = "") -> Return:
    found = read_return(raw, box, sender)
    assert isinstance(found, Return)
    return found


def plain(text: str, subject: str = "Re: Early dismissal", sender: str = "ana@example.org", **headers: str) -> bytes:
    message = EmailMessage()
    message["From"], message["Subject"], message["Message-ID"] = sender, subject, "<x@example.org>"
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    message.set_content(text)
    return message.as_bytes()


def test_reports() -> None:
    found = read(dsn("b@x", "ana@example.org", original()))
    assert (found.kind, found.code, found.is_bad_address) == ("bounce", "5.1.1", True)
    assert found.final_to == "ana@example.org" and "User unknown" in found.because and found.delivery == ID
    full = read(dsn("b@x", "ana@example.org", original(), status="5.2.2", words="552 5.2.2 Mailbox full"))
    assert (full.kind, full.is_bad_address) == ("bounce", False)
    late = read(dsn("b@x", "ana@example.org", original(), status="4.4.1", action="delayed", words="no answer"))
    assert late.kind == "delayed"
    done = read(dsn("b@x", "ana@example.org", original(), status="2.0.0", action="delivered", words="250 ok"))
    assert done.kind == "delivered"
    relayed = read(dsn("b@x", "ana@example.org", original(), status="2.0.0", action="relayed", words="250 ok"))
    assert relayed.kind == "automatic"
    assert read(dsn("b@x", "ana@example.org", original()), FBL).delivery == ID  # by the original's Message-ID


@pytest.mark.parametrize(
    ("action", "status", "kind"),
    [("expired", "5.4.7", "bounce"), ("FAILED (final)", "5.0.0", "bounce"), ("queued", "4.4.1", "delayed"),
     ("x-odd", "2.0.0", "delivered"), ("x-odd", "nonsense", "automatic")],
)  # fmt: skip
def test_an_action_of_somebodys_own_means_what_its_status_says(action: str, status: str, kind: str) -> None:
    assert read(dsn("b@x", "ana@example.org", original(), status=status, action=action, words="x")).kind == kind


def test_complaints() -> None:
    found = read(complaint(f"b+{ID}@{BOUNCES}", "ana@example.org", original()), FBL, "fbl@provider.example")
    assert (found.kind, found.delivery, found.final_to) == ("complaint", ID, "ana@example.org")
    out = read(complaint(f"b+{ID}@{BOUNCES}", "ana@example.org", original(), "opt-out"), FBL, "x@y.z")
    assert out.kind == "opt_out"
    no = read(complaint(f"b+{ID}@{BOUNCES}", "ana@example.org", original(), "not-spam"), FBL, "x@y.z")
    assert no.kind == "automatic"
    assert read(plain("hello"), FBL, "x@y.z").kind == "automatic"


QMAIL = """Hi. This is the qmail-send program at mx.example.org.
I'm afraid I wasn't able to deliver your message to the following addresses.
This is a permanent error; I've given up. Sorry it didn't work out.

<ana@example.org>:
192.0.2.1 does not like recipient.
Remote host said: 550 5.1.1 <ana@example.org>: Recipient address rejected: User unknown
Giving up on 192.0.2.1.

--- Below this line is a copy of the message.
"""


@pytest.mark.parametrize(
    ("text", "subject", "kind", "code", "is_bad"),
    [
        (QMAIL, "failure notice", "bounce", "5.1.1", True),
        ("The following message could not be delivered because the address does not exist.", "Undeliverable: x",
         "bounce", "", True),
        ("host mx[192.0.2.1] said: 552 Mailbox full (in reply to RCPT TO)", "Mail delivery failed",
         "bounce", "552", False),
        ("THIS IS A WARNING MESSAGE ONLY. Your message has not yet been delivered; will keep trying.",
         "Warning: delayed", "delayed", "", False),
        ("Thank you for your mail. I am away.", "Away", "automatic", "", False),
        ("", "", "automatic", "", False),
    ],
)  # fmt: skip
def test_notices_that_are_no_reports(text: str, subject: str, kind: str, code: str, is_bad: bool) -> None:
    found = read(plain(text, subject, "MAILER-DAEMON@mx.example.org"))
    assert (found.kind, found.code, found.is_bad_address, found.delivery) == (kind, code, is_bad, ID)


def test_machines_are_not_people() -> None:
    assert read(machine_answer("b@x", "ana@example.org", original()), REPLY, "ana@example.org").kind == "automatic"
    assert read(plain("x", "Out of office: x"), REPLY, "ana@example.org").kind == "automatic"
    assert read(plain("x", Precedence="bulk"), REPLY, "ana@example.org").kind == "automatic"
    assert read(plain("x", X_Autoreply="yes"), OUT, "ana@example.org").kind == "automatic"
    assert read(plain("x", Auto_Submitted="no"), REPLY, "ana@example.org").kind == "reply"


def test_people() -> None:
    found = read(
        answer_mail("r@x", "ana@example.org", original(), "Gracias — I come at noon."), REPLY, "ana@example.org"
    )
    assert found.kind == "reply" and found.text == "Gracias — I come at noon." and found.sender == "ana@example.org"
    assert found.delivery == ID and found.subject == "Re: Early dismissal"
    assert read(plain("yes"), BOUNCE, "ana@example.org").kind == "reply"  # some answer to the envelope's sender
    assert read(plain("please stop"), OUT, "ana@example.org").kind == "opt_out"
    long = read(plain("word " * 10_000), REPLY, "ana@example.org")
    assert len(long.text) == 20_000


def test_quoted_text_is_cut() -> None:
    for under in (
        "On Mon, 2 Nov 2026 at 10:00, Cedar Valley <a@b.c> wrote:\n> old\n",
        "On Mon, 2 Nov 2026 at 10:00, Cedar Valley Schools\n<alerts@cedar.example> wrote:\n\n> old",
        "El lun, 2 nov 2026 a las 10:00, Cedar (<a@b.c>) escribió:\n> old",
        "-----Original Message-----\nFrom: x\nold",
        "________________________________\nFrom: x <a@b.c>\nSent: y\nold",
        "From: Cedar <a@b.c>\nSent: Monday\nold", "-- \nAna\n555", "Sent from my iPhone\n\n> old", "> old\n> older",
    ):  # fmt: skip
        assert own_words(f"I come at noon.\n\nAna\n\n{under}") == "I come at noon.\n\nAna", under
    assert (
        own_words("On the bus we are 3.\nFrom here on it is fine.") == "On the bus we are 3.\nFrom here on it is fine."
    )


def test_flowed_text_and_pages() -> None:
    assert unflow("a b \nc\n> q \n> r\n-- \nx") == "a b c\n> q r\n-- \nx"
    assert unflow("a b \nc", True) == "a bc"
    page = ("<html><head><style>p{}</style></head><body><p>I come &amp; go</p><div>at noon<br>Ana</div>"
            "<div class='gmail_quote'>On x wrote:<blockquote>old<br>older</blockquote></div></body>")  # fmt: skip
    assert words_of_html(page) == "I come & go\n\nat noon\nAna"
    message = MIMEMultipart("alternative")
    message["From"] = "=?utf-8?q?Ana_Ru=C3=ADz?= <ana@example.org>"
    message.attach(MIMEText(page, "html", "iso-8859-1"))
    letter = read_letter(message.as_bytes())
    assert not isinstance(letter, Malformed) and letter.sender == "ana@example.org"
    assert letter.header("from").startswith("Ana Ruíz") and reply_of(letter) == "I come & go\n\nat noon\nAna"


def test_charsets() -> None:
    for charset, raw in (("iso-8859-1", b"ma\xf1ana"), ("utf-8", "mañana".encode()), ("nonsense", "mañana".encode()),
                         ("utf-8", b"ma\xf1ana"), ("utf-16", "mañana".encode("utf-16"))):  # fmt: skip
        mail = b"From: a@b.c\r\nContent-Type: text/plain; charset=" + charset.encode() + b"\r\n\r\n" + raw
        found = read(mail, REPLY, "a@b.c")
        assert found.text == "mañana", charset


def test_boxes() -> None:
    assert find_box(f"B+{ID.upper()}@{BOUNCES.upper()}", BOUNCES) == BOUNCE
    assert find_box(f"u+{ID}@{BOUNCES}", BOUNCES) == OUT
    assert find_box(f"complaints@{BOUNCES}", BOUNCES) == FBL
    assert find_box(f"alerts+{ID}@cedar.example", "", "alerts@cedar.example") == BOUNCE
    for other in (f"b+{ID}@other.example", f"x+{ID}@{BOUNCES}", f"b+12@{BOUNCES}", "postmaster@x", "", "b", f"b+{ID}@",
                  f"alerts+{ID}@cedar.example"):  # fmt: skip
        assert find_box(other, BOUNCES, "alerts@cedar.example") is None, other


GARBAGE = st.binary(max_size=600) | st.text(max_size=600).map(lambda text: text.encode("utf-8", "surrogatepass"))
PIECES = st.lists(
    st.sampled_from([
        b"Content-Type: multipart/report; report-type=delivery-status; boundary=x\r\n", b"\r\n", b"--x\r\n",
        b"Content-Type: message/delivery-status\r\n", b"Content-Type: message/feedback-report\r\n", b"--x--\r\n",
        b"Content-Type: message/rfc822\r\n", b"Action: failed\r\n", b"Content-Type: text/html; charset=utf-7\r\n",
        b"Content-Type: text/plain; format=flowed; delsp=yes\r\n", b"> q \r\n", b"From: =?x?q?=FF?= <a@\r\n",
        b"Content-Transfer-Encoding: base64\r\n", b"Content-Transfer-Encoding: quoted-printable\r\n",
        b"Content-Type: multipart/mixed; boundary*=utf-8''%FF\r\n", b"\xff\xfe", b"=?utf-8?B?////?=", b"<blockquote>",
        b"Final-Recipient: rfc822;\r\n", b"&#99999999999;</p", b"-- \r\n", b"Auto-Submitted: \xff\r\n",
        b"Status: 5.1.1\r\n", b"Subject: =?\r\n", b"Feedback-Type: \r\n",
    ]) | st.binary(max_size=20), max_size=30,
).map(b"".join)  # fmt: skip


@settings(max_examples=400, deadline=None)
@given(GARBAGE | PIECES, st.sampled_from([BOUNCE, REPLY, OUT, FBL]), st.sampled_from(["", "ana@example.org"]))
def test_reading_is_total(raw: bytes, box: Box, sender: str) -> None:
    found = read_return(raw, box, sender)
    if isinstance(found, Return):
        assert len(found.text) <= 20_000 and len(found.because) <= 300
        found.text.encode(), found.subject.encode(), found.because.encode(), found.sender.encode()


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.binary(max_size=40) | st.sampled_from([b"250 ok\r\n", b"250-a\r\n", b"421", b" ", b"\n"]), max_size=20)
)
def test_replies_are_read_the_same_however_they_arrive(pieces: list[bytes]) -> None:
    whole, cut = Reader(), Reader()
    once = whole.feed(b"".join(pieces))
    parts: list[bytes] = []
    for piece in pieces:
        found = cut.feed(piece)
        if isinstance(found, Malformed):
            assert isinstance(once, Malformed)
            return
        parts += found
    assert once == parts
    for one in parts:
        reply = parse_reply(one)
        assert isinstance(reply, Reply) and all(judge(stage, reply) for stage in ("mail", "rcpt", "data"))
        parse_features(one)


@pytest.mark.parametrize(
    ("stage", "said", "state", "carrier", "is_bad"),
    [
        ("data", b"250 2.0.0 Ok: queued as 1", "sent", "ok", False),
        ("rcpt", b"550 5.1.1 <a@b.c>: Recipient address rejected: User unknown", "failed", "ok", True),
        ("rcpt", b"550 No such user here", "failed", "ok", True),
        ("rcpt", b"550-5.1.1 The email account that you tried to reach does not exist.", "failed", "ok", True),
        ("rcpt", b"552 5.2.2 Mailbox full", "failed", "ok", False),
        ("rcpt", b"550 5.7.1 Blocked by policy", "later", "refuses", False),
        ("rcpt", b"554 5.7.1 <a@b.c>: Relay access denied", "later", "refuses", False),
        ("rcpt", b"550 5.7.26 Unauthenticated mail from x", "later", "refuses", False),
        ("rcpt", b"553 5.1.8 Sender address rejected: Domain not found", "later", "refuses", False),
        ("rcpt", b"451 4.7.1 Greylisting in action, please come back later", "later", "ok", False),
        ("rcpt", b"450 4.2.0 try again", "later", "ok", False),
        ("rcpt", b"452 4.2.2 Mailbox full", "later", "ok", False),
        ("data", b"421 4.7.28 Our system has detected an unusual rate of mail", "later", "slow", False),
        ("data", b"450 4.7.1 Too many messages, rate limited", "later", "slow", False),
        ("mail", b"451 4.3.2 System not accepting network messages", "later", "slow", False),
        ("data", b"454 Throttling failure: Maximum sending rate exceeded.", "later", "slow", False),
        ("rcpt", b"452 Mailbox size limit exceeded", "later", "ok", False),
        ("data", b"550 5.4.5 Daily user sending limit exceeded", "later", "refuses", False),
        ("mail", b"530 5.7.0 Authentication required", "later", "refuses", False),
        ("mail", b"552 5.3.4 Message size exceeds fixed limit", "failed", "ok", False),
        ("data", b"554 5.7.1 Message rejected as spam", "failed", "ok", False),
        ("data", b"550 5.1.1 no such user", "failed", "ok", True),
    ],
)  # fmt: skip
def test_replies_are_judged(stage: str, said: bytes, state: str, carrier: str, is_bad: bool) -> None:
    reply = parse_reply(said)
    assert isinstance(reply, Reply)
    assert judge(stage, reply) == (state, carrier, is_bad)


# -- over real sockets -------------------------------------------------------------------------------------------------


async def heard(place: Installation, count: int = 1) -> list[Heard]:
    async with asyncio.timeout(15):
        while len(found := [one for one in place.messages(Heard, "told") if one.kind]) < count:
            await asyncio.sleep(0.02)
    return found


async def test_the_world_answers(installation: Installation, play: Play) -> None:
    world = await play()
    await give(installation, make_batch(people(
        "bounce@example.org", "complain@example.org", "reply@example.org", "away@example.org", "quiet@example.org",
    ), purpose="routine"))  # fmt: skip
    await last_told(installation)
    found = {one.kind: one for one in await heard(installation, 3)}
    await asyncio.sleep(0.3)
    assert set(found) == {"bounce", "complaint", "reply"} and world.relay.problems == []
    assert found["bounce"].delivery == f"{0:032x}" and found["bounce"].detail["is_bad_address"]
    assert found["bounce"].sender == "bounce@example.org"
    assert found["complaint"].delivery == f"{1:032x}" and found["complaint"].sender == "complain@example.org"
    reply = found["reply"]
    assert (reply.text, reply.sender, reply.channel) == ("Thank you, I am on my way.", "reply@example.org", "email")
    assert reply.delivery == f"{2:032x}" and reply.district == DISTRICT and reply.endpoint == "relay"
    final = results(installation)
    assert final[f"{0:032x}"].state == "failed" and final[f"{0:032x}"].is_bad_address
    assert final[f"{4:032x}"].state == "sent"


async def test_it_is_no_relay(installation: Installation, play: Play) -> None:
    world = await play()
    said = await deliver(world.inbound, "x@y.example", "somebody@elsewhere.example", b"Subject: x\r\n\r\nx\r\n")
    assert said.startswith("550")
    said = await deliver(world.inbound, "x@y.example", f"r+{ID}@{BOUNCES}", b"Subject: x\r\n\r\n" + b"x" * 1_200_000)
    assert said.startswith("552")
    assert (await deliver(world.inbound, "x@y.example", f"u+{ID}@{BOUNCES}", plain("stop"))).startswith("250")
    (one,) = await heard(installation)
    assert (one.kind, one.delivery) == ("opt_out", ID)


async def test_the_same_said_twice_is_the_same(installation: Installation, play: Play) -> None:
    world = await play()
    for _ in range(2):
        assert (await deliver(world.inbound, "a@b.c", f"r+{ID}@{BOUNCES}", plain("yes"))).startswith("250")
    found = await heard(installation)
    assert len({one.id for one in found}) == 1


async def test_a_mail_is_taken_only_when_it_is_safe(installation: Installation, play: Play) -> None:
    world = await play()
    await installation.stop_nats()
    said = await deliver(world.inbound, "a@b.c", f"r+{ID}@{BOUNCES}", plain("yes"))
    assert said.startswith("451")
    await installation.start_nats()
    async with asyncio.timeout(20):
        while not (await deliver(world.inbound, "a@b.c", f"r+{ID}@{BOUNCES}", plain("yes"))).startswith("250"):
            await asyncio.sleep(0.1)


async def test_one_guest_does_not_fill_the_house(installation: Installation, play: Play) -> None:
    world = await play()

    def crowd() -> list[str]:
        guests, said = [], []
        for _ in range(25):
            guest = smtplib.SMTP(timeout=5)
            said.append(str(guest.connect(*world.inbound)[0]))
            guests.append(guest)
        for guest in guests:
            guest.close()
        return said

    said = await asyncio.to_thread(crowd)
    assert said.count("220") == 20 and said.count("421") == 5
    await asyncio.sleep(0.2)
    assert (await deliver(world.inbound, "a@b.c", f"r+{ID}@{BOUNCES}", plain("yes"))).startswith("250")


async def test_a_person_answers_a_mail_kept_in_the_played_world(installation: Installation, play: Play) -> None:
    world = await play()
    await give(installation, make_batch(people("ana@example.org")))
    await last_told(installation)
    relay: Relay = world.relay
    assert (await relay.answer(relay.mails[-1], "We are safe.")).startswith("250")
    (one,) = await heard(installation)
    assert one.text == "We are safe." and one.delivery == f"{0:032x}"
    assert (
        email.message_from_bytes(relay.mails[-1].raw, policy=email.policy.default)["To"] == "Person 0 <ana@example.org>"
    )


@pytest.mark.parametrize("words", ["STOP", "stop please", "Unsubscribe.", "BAJA"])
def test_one_word_in_answer_is_a_wish_and_more_is_for_a_person(words: str) -> None:
    found = read(plain(words), REPLY, "ana@example.org")
    assert (found.kind, found.delivery, found.text) == ("opt_out", ID, words)
    assert read(plain(f"{words} by the office on Monday, we moved"), REPLY, "ana@example.org").kind == "reply"


async def test_a_wish_that_cannot_be_read_reaches_the_office_with_its_sender(
    installation: Installation, play: Play
) -> None:
    world = await play()
    for box in ("b", "r", "u"):
        said = await deliver(world.inbound, "ana@example.org", f"{box}+{ID}@{BOUNCES}", b"\r\nplease stop\r\n")
        assert said.startswith("250"), said
    (heard,) = await installation.wait_for(Heard, "told", 1)
    assert (heard.kind, heard.delivery, heard.sender) == ("opt_out", ID, "ana@example.org")
    assert heard.detail == {"unreadable": "it has no headers"}
