"""Mails in the odd forms their standards allow: RFC 3464, 5965, 6533, 2047, 2045."""

import base64
import quopri

import pytest

from watchbell.gateways.smtp.letters import Letter, read_letter
from watchbell.gateways.smtp.returns import Box, Return, read_return
from watchbell.wire.base import decode, encode

ID = f"{0xABC:032x}"
STATUS = "Reporting-MTA: dns; x\n\nFinal-Recipient: {to}\nAction: {action}\nStatus: {status}\nDiagnostic-Code: {why}\n"
GLOBAL = "message/global-delivery-status"


def report(status: str, kind: str = "message/delivery-status", encoding: str = "", original: str = "") -> bytes:
    """A multipart/report with `status`; original: the header of the part with what came back."""
    encoded = "Content-Transfer-Encoding: " + encoding + "\n" if encoding else ""
    text = (
        "From: MAILER-DAEMON@x.example\nSubject: Returned\nMIME-Version: 1.0\nContent-Type: multipart/report;\n"
        f'\treport-type=delivery-status; boundary="b"\n\n--b\nContent-Type: text/plain\n\nIt came back.\n--b\n'
        f"Content-Type: {kind}\n{encoded}\n{status}\n--b\n"
    )
    if original:
        text += f"{original}\n\nMessage-ID:\n <{ID}@cedar.example>\nSubject: x\n\nhello\n--b\n"
    return (text[:-1] + "--\n").replace("\n", "\r\n").encode()


def read(raw: bytes, role: str = "bounce") -> Return:
    found = read_return(raw, Box(role, ""), "")
    assert isinstance(found, Return)
    return found


def said(
    to: str = "rfc822; ana@example.org", action: str = "failed", status: str = "5.1.1", why: str = "smtp; 550"
) -> str:
    return STATUS.format(to=to, action=action, status=status, why=why)


@pytest.mark.parametrize("action", ["failed", "FAILED", "failed (no such user)", "failed\t(x)", "(since today) failed"])
def test_comments_stand_anywhere_in_a_reports_fields(action: str) -> None:
    found = read(report(said(to="RFC822 ; ana@example.org (Ana (P.) Peña)", action=action, status="(x) 5.1.1 (bad)")))
    assert (found.kind, found.code, found.final_to, found.is_bad_address) == (
        "bounce",
        "5.1.1",
        "ana@example.org",
        True,
    )


@pytest.mark.parametrize(
    ("to", "expected"),
    [
        ('rfc822; "a;b"@example.org', '"a;b"@example.org'), ("rfc822;<ana@example.org>", "ana@example.org"),
        ("utf-8; a\\x{F1}o@example.org", "año@example.org"), ("utf-8;año@example.org", "año@example.org"),
        ('rfc822; "a(b)"@example.org', '"a(b)"@example.org'),
    ],
)  # fmt: skip
def test_addresses_of_a_report(to: str, expected: str) -> None:
    assert read(report(said(to=to))).final_to == expected


def test_a_report_in_utf8_is_read_in_every_encoding() -> None:
    text = said(to="utf-8; año@example.org", why="smtp; 550 5.1.1 no existe: año")
    for encoding, status in (
        ("", text), ("8bit", text), ("base64", base64.encodebytes(text.encode()).decode()),
        ("quoted-printable", quopri.encodestring(text.encode()).decode()),
    ):  # fmt: skip
        found = read(report(status, GLOBAL, encoding))
        assert (found.kind, found.code, found.final_to) == ("bounce", "5.1.1", "año@example.org"), encoding
        assert "no existe: año" in found.because
    assert read(report(base64.encodebytes(said().encode()).decode(), encoding="base64")).final_to == "ana@example.org"


@pytest.mark.parametrize(
    "original",
    [
        "Content-Type: message/rfc822\nContent-Disposition: attachment; filename=x.eml", "Content-Type: message/rfc822",
        "Content-Type: text/rfc822-headers\nContent-Disposition: attachment", "Content-Type: message/global",
    ],
)  # fmt: skip
def test_what_came_back_names_its_delivery_also_as_an_attachment(original: str) -> None:
    assert read(report(said(), original=original)).delivery == ID
    complaint = "Feedback-Type: Abuse (spam)\nUser-Agent: X/1\nVersion: 1\nOriginal-Rcpt-To: <ana@example.org>\n"
    found = read(report(complaint, "message/feedback-report", original=original), "complaints")
    assert (found.kind, found.because, found.delivery, found.final_to) == ("complaint", "abuse", ID, "ana@example.org")
    for encoding, text in (
        ("base64", base64.encodebytes(complaint.encode()).decode()),
        ("quoted-printable", complaint),
    ):
        found = read(report(text, "message/feedback-report", encoding, original), "complaints")
        assert (found.kind, found.final_to) == ("complaint", "ana@example.org")


def test_a_senders_name_is_no_address_whatever_it_looks_like() -> None:
    for value in (
        "=?utf-8?q?Smith=2C_Ana?= <ana@example.org>", "=?utf-8?q?mailer-daemon=40example=2Eorg?= <ana@example.org>",
        '"Smith, Ana" <ana@example.org> (home)', "ana@example.org (Smith, Ana)", "Peña\r\n <ana@example.org>",
        "=?utf-8?b?PGJvYkBleGFtcGxlLm9yZz4=?= <ana@example.org>",
    ):  # fmt: skip
        letter = read_letter(f"From: {value}\r\nSubject: x\r\n\r\nhello\r\n".encode())
        assert isinstance(letter, Letter) and letter.sender == "ana@example.org", value


def test_headers_in_utf8_are_read() -> None:
    letter = read_letter("From: Peña <año@example.org>\r\nSubject: mañana\r\n\r\nhola\r\n".encode())
    assert isinstance(letter, Letter) and (letter.sender, letter.subject) == ("año@example.org", "mañana")


@pytest.mark.parametrize(("charset", "words"), [("utf-7", b"hola +2AA-"), ("unicode_escape", b"hola \\ud800")])
def test_a_charset_that_writes_half_a_pair_gives_words_that_can_be_passed_on(charset: str, words: bytes) -> None:
    raw = b"From: ana@example.org\r\nSubject: =?%s?q?hola?=\r\nContent-Type: text/plain; charset=%s\r\n\r\n%s\r\n"
    found = read_return(raw % (charset.encode(), charset.encode(), words), Box("reply", ID), "ana@example.org")
    assert isinstance(found, Return) and found.text.startswith("hola") and decode(encode(found), Return) == found


def test_a_letter_sent_along_is_not_its_writers_words() -> None:
    raw = (
        b"From: ana@example.org\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
        b"--b\r\nContent-Type: text/html\r\n\r\n<p>my words</p>\r\n--b\r\nContent-Type: message/rfc822\r\n\r\n"
        b"From: x@example.org\r\nContent-Type: text/plain\r\n\r\nanother's words\r\n--b--\r\n"
    )
    found = read_return(raw, Box("reply", ID), "ana@example.org")
    assert isinstance(found, Return) and found.text == "my words"
