"""What mails look like: read back by Python's own parser, signatures checked by dkimpy, whatever is put into them."""

import email
import email.policy
from email.message import EmailMessage

import dkim
import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from watchbell.gateways.smtp.codec import parse_address
from watchbell.gateways.smtp.dkim import Signer, load_key, make_signer
from watchbell.gateways.smtp.message import Mailing, Origin
from watchbell.gateways.smtp.quoting import Splice, clean, mailbox, quote_text, unstructured
from watchbell.gateways.smtp.tests.builders import BOUNCES, ed25519_pem, make_batch, people, rsa_pem
from watchbell.wire.base import Malformed
from watchbell.wire.tell import Batch, Body, Recipient

KEYS = {"rsa": rsa_pem(), "ed25519": ed25519_pem()}
ID = f"{0xABC:032x}"
ODD = st.text(
    st.characters(exclude_categories=["Cs"]) | st.sampled_from('\r\n\t \0.<>"=?:;,@{}\u2028\u202eñ☃'), max_size=120
)


def signer_of(kind: str) -> Signer:
    found = make_signer("cedar.example", "s1", KEYS[kind])
    assert isinstance(found, Signer)
    return found


def origin(kind: str = "", bounces: str = BOUNCES) -> Origin:
    return Origin("alerts@cedar.example", "Cedar Valley Schools", bounces, signer_of(kind) if kind else None)


def letter(batch: Batch, source: Origin, number: int = 0) -> bytes:
    recipient = batch.recipients[number]
    address = parse_address(recipient.to)
    assert not isinstance(address, Malformed)
    return Mailing(batch, source).letter(recipient, address)


def read(raw: bytes) -> EmailMessage:
    found = email.message_from_bytes(raw, policy=email.policy.default)
    assert isinstance(found, EmailMessage) and not found.defects
    return found


def is_signed(raw: bytes, kind: str) -> bool:
    record = signer_of(kind).dns_record().encode()

    def answer(name: bytes, timeout: int = 5) -> bytes:
        assert name == b"s1._domainkey.cedar.example."
        return record

    return bool(dkim.verify(raw, dnsfunc=answer))


def test_an_emergency_mail_is_whole_and_says_how_contacts_are_changed() -> None:
    raw = letter(make_batch(people("ana@example.org")), origin())
    found = read(raw)
    assert str(found["From"]) == "Cedar Valley Schools <alerts@cedar.example>"
    assert found["To"].addresses[0].addr_spec == "ana@example.org"
    assert found["To"].addresses[0].display_name == "Person 0"
    assert found["Message-ID"] == f"<{0:032x}@cedar.example>"
    assert found["Reply-To"] == f"Cedar Valley Schools <r+{0:032x}@{BOUNCES}>"
    assert found["Auto-Submitted"] == "auto-generated" and found["List-Unsubscribe"] is None
    plain, page = found.get_body(("plain",)), found.get_body(("html",))
    assert plain is not None and page is not None
    text = newline(plain.get_content())
    assert "Dear Person 0,\n\nschool ends at noon.  See https://cedar.example/n/0?a=1&b=2\n" in text
    assert "To change how you are reached: tell your school's office" in text
    assert 'href="https://cedar.example/n/0?a=1&amp;b=2"' in page.get_content()
    assert all(len(line) <= 78 for line in raw.split(b"\r\n")) and raw.isascii()


def test_who_is_no_family_is_not_told_that_a_school_has_their_address() -> None:
    raw = letter(make_batch(people("desk@news.example"), options={"apart": True}), origin())
    assert b"school has your address" not in raw and b"school ends at noon" in raw


def test_what_may_be_declined_says_how_in_one_click() -> None:
    options = {"unsubscribe": "https://cedar.example/u/{{id}}", "from_name": "Patron Update"}
    batch = make_batch(people("ana@example.org", language="es"), purpose="newsletter", options=options)
    found = read(letter(batch, origin()))
    assert found["List-Unsubscribe"].replace("\r\n", "") == (
        f"<https://cedar.example/u/{0:032x}>, <mailto:u+{0:032x}@{BOUNCES}?subject=unsubscribe>"
    )
    assert found["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click" and found["Precedence"] == "bulk"
    assert found["Subject"] == "Salida temprana — mañana" and found["Content-Language"] == "es"
    assert "Estimada Person 0: la escuela cierra al mediodía." in found.get_content()
    assert f"https://cedar.example/u/{0:032x}" in found.get_content()


def test_answers_go_where_the_district_says_without_an_inbound_domain() -> None:
    batch = make_batch(people("ana@example.org"), options={"reply_to": "office@cedar.example"})
    source = origin(bounces="")
    assert read(letter(batch, source))["Reply-To"] == "Cedar Valley Schools <office@cedar.example>"
    assert source.envelope(ID) == f"alerts+{ID}@cedar.example".encode()
    assert origin().envelope(ID) == f"b+{ID}@{BOUNCES}".encode()


@pytest.mark.parametrize("kind", ["rsa", "ed25519"])
@pytest.mark.parametrize("purpose", ["emergency", "newsletter", "routine"])
@pytest.mark.parametrize("language", ["en", "es"])
def test_signatures_hold_by_another_verifier(kind: str, purpose: str, language: str) -> None:
    batch = make_batch(people("ana@example.org", language=language), purpose=purpose)
    raw = letter(batch, origin(kind))
    assert is_signed(raw, kind)
    assert not is_signed(raw.replace(b"Person 0", b"Person 1"), kind)
    assert not is_signed(b"From: Another <x@example.org>\r\n" + raw, kind)


@settings(max_examples=300, deadline=None)
@given(ODD, ODD, ODD, ODD, ODD, st.booleans(), st.booleans())
def test_whatever_is_in_it_a_mail_stays_one(
    subject: str, text: str, html: str, name: str, field: str, is_list: bool, has_gap: bool
) -> None:
    html = html and f"{html}{{{{x}}}}<p>"
    title = subject + ("{{x}}" if has_gap else "")
    body = Body(language="en", subject=title, text=f"{text}\n{{{{x}}}}", html=html)
    batch = make_batch(
        [Recipient(ID, "ana@example.org", "en", name, {"x": field})], bodies=[body],
        purpose="newsletter" if is_list else "emergency",
        options={"from_name": name, "unsubscribe": f"https://x.example/{field}"},
    )  # fmt: skip
    raw = letter(batch, origin("ed25519"))
    assert raw.isascii() and b"\r\n." not in raw and not raw.startswith(b".")
    assert raw.count(b"\n") == raw.count(b"\r\n") == raw.count(b"\r") and raw.endswith(b"\r\n")
    assert all(len(line) <= 998 for line in raw.split(b"\r\n"))
    assert is_signed(raw, "ed25519")
    found = email.message_from_bytes(raw, policy=email.policy.default)
    assert set(found.keys()) <= {
        "DKIM-Signature", "To", "Message-ID", "Subject", "Reply-To", "List-Unsubscribe", "From", "Date", "MIME-Version",
        "Content-Type", "Auto-Submitted", "X-Auto-Response-Suppress", "Content-Transfer-Encoding", "Content-Language",
        "Precedence", "Importance", "List-Unsubscribe-Post",
    }  # fmt: skip
    assert len(found.keys()) == len(set(found.keys()))
    assert [one.addr_spec for one in found["To"].addresses] == ["ana@example.org"]
    assert [one.addr_spec for one in found["From"].addresses] == ["alerts@cedar.example"]
    assert str(found["Message-ID"]) == f"<{ID}@cedar.example>"
    parts = list(found.walk()) if html else [found]
    assert len(parts) == (3 if html else 1)


def newline(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


@settings(max_examples=300, deadline=None)
@given(ODD, ODD, ODD, ODD)
def test_what_is_written_is_what_is_read(before: str, first: str, between: str, second: str) -> None:
    before, between = (one.replace("{", "(") for one in (before, between))
    splice = Splice(f"{before}{{{{a}}}}{between}{{{{ b }}}}{{{{c}}}}x")
    raw = splice.fill({"a": first, "b": second}, ID)
    message = email.message_from_bytes(
        b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n" + raw
    )
    payload = message.get_payload(decode=True)
    assert isinstance(payload, bytes)
    wanted = newline(f"{before}") + newline(first) + newline(between) + newline(second) + "x"
    assert payload.decode().replace("\r\n", "\n") == wanted
    assert all(len(line) <= 76 * 3 and not line.endswith((b" ", b"\t")) for line in raw.split(b"\r\n"))
    assert b"  " not in raw and b"\t" not in raw


@settings(max_examples=300, deadline=None)
@given(ODD)
def test_header_values_come_back(text: str) -> None:
    raw = b"Subject: " + unstructured(text) + b"\r\nTo: " + mailbox(text, b"a@example.org") + b"\r\n\r\n"
    found = email.message_from_bytes(raw, policy=email.policy.default)
    assert found.keys() == ["Subject", "To"]
    assert len(found["To"].addresses) == 1 and found["To"].addresses[0].addr_spec == "a@example.org"
    decoded = str(email.header.make_header(email.header.decode_header(email.message_from_bytes(raw)["Subject"])))
    assert decoded.replace("\r\n", "") == clean(text)


def test_odd_addresses() -> None:
    assert parse_address("müller@schüle.example") == ("müller@xn--schle-mva.example", True)
    assert parse_address("a@schüle.example") == ("a@xn--schle-mva.example", False)
    for bad in ("", "a", "a@", "@b", "a b@c.d", "a@b c.d", "<a@b.c>", "a@b.c>", "a@b.c\r\nRCPT TO:<x@y.z>", "a..b@c.d",
                "a@-b.c", '"a b"@c.d', "a@[127.0.0.1]", "x" * 65 + "@c.d", "a@" + "d" * 64 + ".e", "a\u202eb@c.d",
                "a@b..c"):  # fmt: skip
        assert isinstance(parse_address(bad), Malformed), bad


@given(st.text(max_size=80) | st.from_regex(r"[^@]{0,10}@[^@]{0,10}", fullmatch=True))
def test_an_address_never_ends_a_command(text: str) -> None:
    found = parse_address(text)
    if not isinstance(found, Malformed):
        assert not set("\r\n<> \0") & set(found.text) and found.text.count("@") == 1
        assert found.domain.isascii() and found.is_utf8 == (not found.text.isascii())


def test_keys_that_are_none() -> None:
    for text in ("", "-----BEGIN PRIVATE KEY-----", KEYS["rsa"][:200], "\0"):
        assert isinstance(load_key(text), Malformed)
    assert isinstance(load_key(KEYS["ed25519"]), Ed25519PrivateKey)
    assert isinstance(make_signer("cedar.example\r\nX: y", "s", KEYS["rsa"]), Malformed)
    assert isinstance(make_signer("", "s", KEYS["rsa"]), Malformed)


def test_long_lines_are_broken() -> None:
    raw = quote_text("ä" * 500 + " " + "x" * 500 + "\n.dot\nFrom me ")
    assert all(len(line) <= 76 for line in raw.split(b"\r\n"))
    assert b"\r\n=2Edot\r\n=46rom me=20" in raw


def test_a_batch_without_its_language_falls_back() -> None:
    batch = msgspec.structs.replace(make_batch(people("ana@example.org", language="so")))
    assert read(letter(batch, origin()))["Content-Language"] == "en"


def test_a_field_that_is_markup_stands_in_the_html_as_it_is_and_every_other_as_words() -> None:
    page = '<html><body>{{items_html}}<p>{{name}}</p><a href="{{link}}">x</a></body></html>'
    body = Body(language="ar", subject="{{count}}: {{first}}", text="{{items}}", html=page)
    fields = {"items_html": '<h3>A &amp; B</h3><p dir="rtl">\u0627</p>', "items": "A & B\n\u0627", "name": "<i>Eve</i>",
              "link": "https://x.example/?a=1&b=2", "count": "2", "first": "A & B", "items_htmlx": "<b>"}  # fmt: skip
    batch = make_batch([Recipient(ID, "a@b.example", "ar", "Eve", fields)], bodies=[body], purpose="routine",
                       options={"unsubscribe": "https://x.example/u"})  # fmt: skip
    raw = letter(batch, origin("rsa"))
    found = read(raw)
    assert is_signed(raw, "rsa") and found["Subject"] == "2: A & B"
    html_part = found.get_body(("html",))
    plain = found.get_body(("plain",))
    assert html_part is not None and plain is not None
    page = html_part.get_content()
    assert '<h3>A &amp; B</h3><p dir="rtl">\u0627</p><p>&lt;i&gt;Eve&lt;/i&gt;</p>' in page and "?a=1&amp;b=2" in page
    assert plain.get_content().startswith("A & B\r\n\u0627") and "\u0644\u0639\u062f\u0645" in plain.get_content()
