"""Messages, addresses, sessions and digests; the scenarios of an independent conformance suite; whatever bytes."""

import hashlib
import re
import struct
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchbell.gateways.rtppaging.audio import decode_mulaw
from watchbell.gateways.sip import sdp
from watchbell.gateways.sip.addresses import parse_address, parse_uri, parse_via
from watchbell.gateways.sip.calls import read_offer
from watchbell.gateways.sip.codec import Framer, Request, Response, build, parse, parts_of, reply, salvage
from watchbell.gateways.sip.media import _TO_ALAW, decode_alaw
from watchbell.line.digest import (
    Challenge,
    build_credentials,
    choose_challenge,
    is_right,
    parse_challenge,
    respond,
)
from watchbell.line.quoting import split_quoted
from watchbell.wire.base import Malformed

#: RFC 4475 §3.1.1.1, "a short tortuous INVITE", with its folded lines, odd spacing, escapes and compact names.
TORTUOUS = (
    b"INVITE sip:vivekg@chair-dnrc.example.com;unknownparam SIP/2.0\r\n"
    b"TO :\r\n sip:vivekg@chair-dnrc.example.com ;   tag    = 1918181833n\r\n"
    b'from   : "J Rosenberg \\\\\\""       <sip:jdrosen@example.com>\r\n  ;\r\n  tag = 98asjd8\r\n'
    b"MaX-fOrWaRdS: 0068\r\nCall-ID: wsinv.ndaksdj@192.0.2.1\r\nContent-Length   : 150\r\n"
    b"cseq: 0009\r\n  INVITE\r\nVia  : SIP  /   2.0\r\n /UDP\r\n    192.0.2.2;branch=390skdjuw\r\ns :\r\n"
    b"NewFangledHeader:   newfangled value\r\n continued newfangled value\r\n"
    b"UnknownHeaderWithUnusualValue: ;;,,;;,;\r\nContent-Type: application/sdp\r\n"
    b"Route:\r\n <sip:services.example.com;lr;unknownwith=value;unknown-no-value>\r\n"
    b"v:  SIP  / 2.0  / TCP     spindle.example.com   ;\r\n  branch  =   z9hG4bK9ikj8  ,\r\n"
    b" SIP  /    2.0   / UDP  192.168.255.111   ; branch=\r\n z9hG4bK30239\r\n"
    b'm:"Quoted string \\"\\"" <sip:jdrosen@example.com> ; newparam =\r\n      newvalue ;\r\n'
    b"  secondparam ; q = 0.33\r\n\r\n"
    b"v=0\r\no=mhandley 29739 7272939 IN IP4 192.0.2.3\r\ns=-\r\nc=IN IP4 192.0.2.4\r\nt=0 0\r\n"
    b"m=audio 49217 RTP/AVP 0 12\r\nm=video 3227 RTP/AVP 31\r\na=rtpmap:31 LPC\r\n"
)


def request(**changes: str) -> bytes:
    lines = {
        "start": "INVITE sip:*99@127.0.0.1 SIP/2.0", "via": "Via: SIP/2.0/UDP 127.0.0.1:5060;branch=z9hG4bKa;rport",
        "from": "From: <sip:4312@127.0.0.1>;tag=1", "to": "To: <sip:*99@127.0.0.1>", "id": "Call-ID: a@b",
        "cseq": "CSeq: 1 INVITE", "length": "Content-Length: 0",
    } | changes  # fmt: skip
    return "\r\n".join(line for line in lines.values() if line).encode() + b"\r\n\r\n"


def scenarios(vectors: Path) -> list[tuple[str, bytes]]:
    """Every request of the SIPp scenarios, with the words SIPp would fill in."""
    found = []
    values = {"transport": "UDP", "local_ip": "192.0.2.7", "local_port": "5061", "remote_ip": "192.0.2.8",
              "remote_port": "5060", "local_ip_type": "4", "media_ip_type": "4", "media_ip": "192.0.2.7",
              "media_port": "40000", "call_id": "abc@192.0.2.7", "call_number": "7", "branch": "z9hG4bK-1",
              "peer_tag_param": ";tag=9", "field0": "1", "cseq": "1"}  # fmt: skip
    for path in sorted((vectors / "ng911" / "sip").glob("*.xml")):
        for number, sent in enumerate(re.findall(r"<send[^>]*>\s*<!\[CDATA\[(.*?)\]\]>", path.read_text(), re.DOTALL)):
            text = "\r\n".join(line.strip() for line in sent.strip("\r\n ").splitlines())
            text = re.sub(r"\[(\w+)\]", lambda found: values.get(found[1], found[0]), text)
            head, _, body = text.partition("\r\n\r\n")
            raw = (re.sub(r"\[len\]", str(len(body.encode())), head) + "\r\n\r\n" + body).encode()
            if not text.startswith("SIP/2.0"):
                found.append((f"{path.stem}#{number}", raw))
    return found


def test_the_scenarios_of_a_conformance_suite_are_read(vectors: Path) -> None:
    found = scenarios(vectors)
    assert len(found) >= 50
    for name, raw in found:
        message = parse(raw)
        assert isinstance(message, Request), (name, message)
        assert isinstance(parse(build(message)), Request), name
        assert not isinstance(parse_address(message.first("from")), Malformed), name
        assert not isinstance(parse_via(message.first("via")), Malformed), name
        if message.method == "INVITE" and "incorrect" not in name and b"m=audio" in raw and b"RTP/AVP" in raw:
            assert read_offer(message) is not None, name


def test_what_the_suite_says_wrongly_is_told_from_what_it_says_well(vectors: Path) -> None:
    told = {name: parse(raw) for name, raw in scenarios(vectors)}
    wrong = told["SIP_INVITE_from_OSP_incorrect_1#0"]
    assert isinstance(wrong, Request) and isinstance(parse_uri(wrong.uri), Malformed)
    sos = told["SIP_INVITE_ReINVITE_BYE#0"]
    assert isinstance(sos, Request) and parse_uri(sos.uri).user == "service:sos"
    parts = told["SIP_INVITE_from_ESRP_with_complex_multipart_mixed_SDP_PIDFLO_AddData_NGAACN#0"]
    assert isinstance(parts, Request)
    kinds = [part.type for part in parts_of(parts)]
    assert kinds[:2] == ["application/sdp", "application/pidf+xml"] and len(kinds) > 3
    assert parts_of(parts)[1].id == "location@ng911.test"


def packets(raw: bytes) -> Iterator[bytes]:
    """The packets of a capture file."""
    order = "<" if raw[:4] in (b"\xd4\xc3\xb2\xa1", b"\x4d\x3c\xb2\xa1") else ">"
    at = 24
    while at + 16 <= len(raw):
        (length,) = struct.unpack_from(f"{order}I", raw, at + 8)
        yield raw[at + 16 : at + 16 + length]
        at += 16 + length


def test_messages_in_real_captures_are_read(vectors: Path) -> None:
    starts = (
        rb"(?:INVITE|ACK|BYE|OPTIONS|CANCEL|SUBSCRIBE|NOTIFY|PUBLISH) [!-~]+ SIP/2\.0\r\n|SIP/2\.0 \d{3} [ -~]*\r\n"
    )
    count = 0
    for path in sorted((vectors / "ng911" / "pcap").glob("*.pcap")):
        for packet in packets(path.read_bytes()):
            start = re.search(starts, packet)
            if start is not None:
                message = parse(packet[start.start() :])
                is_cut = isinstance(message, Malformed) and ("shorter" in message.because or b"\r\n\r\n" not in packet)
                assert isinstance(message, Request | Response) or is_cut, (path.name, message)
                count += not is_cut
    assert count > 20


def test_a_tortuous_invite_is_understood() -> None:
    message = parse(TORTUOUS)
    assert isinstance(message, Request), message
    assert message.cseq == (9, "INVITE")
    assert message.every("via")[1:] == ["SIP  / 2.0  / TCP     spindle.example.com   ; branch  =   z9hG4bK9ikj8",
                                        "SIP  /    2.0   / UDP  192.168.255.111   ; branch= z9hG4bK30239"]  # fmt: skip
    vias = [parse_via(one) for one in message.every("via")]
    assert [(via.transport, via.host, via.branch) for via in vias] == [
        ("UDP", "192.0.2.2", "390skdjuw"), ("TCP", "spindle.example.com", "z9hG4bK9ikj8"),
        ("UDP", "192.168.255.111", "z9hG4bK30239"),
    ]  # fmt: skip
    sender = parse_address(message.first("from"))
    assert (sender.name, sender.uri, sender.tag) == ('J Rosenberg \\"', "sip:jdrosen@example.com", "98asjd8")
    assert parse_address(message.first("to")).tag == "1918181833n"
    contact = parse_address(message.first("contact"))
    assert contact.name == 'Quoted string ""' and dict(contact.params)["q"] == "0.33"
    offer = read_offer(message)
    assert offer is not None and offer.audio is not None and offer.audio.port == 49217


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"cseq": "CSeq: 1 BYE"}, "CSeq says BYE"),
        ({"cseq": "CSeq: 9999999999 INVITE"}, "no number"),
        ({"cseq": "CSeq: ١ INVITE"}, "no number"),
        ({"via": ""}, "Without Via"),
        ({"id": ""}, "Without Call-ID"),
        ({"from": "From <sip:4312@127.0.0.1>"}, "No header field"),
        ({"to": "To: <sip:a@b>\r\nTo: <sip:c@d>"}, "stands twice"),
        ({"length": "Content-Length: 5"}, "shorter"),
        ({"length": "Content-Length: -1"}, "no number"),
        ({"length": "Content-Length: 0\r\nContent-Length: 4"}, "no number"),
        ({"start": "INVITE sip:a@b SIP/3.0"}, "first line"),
        ({"start": "INVITE  sip:a@b SIP/2.0"}, "first line"),
        ({"start": "INVITE <sip:a@b> SIP/2.0"}, "request line"),
    ],
)
def test_broken_requests_are_refused_with_the_reason(changes: dict[str, str], words: str) -> None:
    found = parse(request(**changes))
    assert isinstance(found, Malformed) and words in found.because


def test_a_short_body_can_still_be_answered() -> None:
    assert salvage(request(length="Content-Length: 50")) is not None
    assert salvage(request(via="")) is None


def test_compact_names_and_any_case_are_the_same_fields() -> None:
    raw = request(
        via="v: SIP/2.0/UDP a;branch=z9hG4bKb", id="I: x", **{"from": "f: <sip:1@a>;tag=1", "to": "T:<sip:2@a>"}
    )
    message = parse(raw)
    assert isinstance(message, Request) and message.call_id == "x"
    assert b"Call-ID: x\r\n" in build(message)


def test_a_stream_is_cut_into_messages_however_it_arrives() -> None:
    one = build(parse(TORTUOUS))
    stream = b"\r\n\r\n" + one + b"\r\n\r\n" + request() + one
    for size in (1, 7, 1000, len(stream)):
        framer, found = Framer(), []
        for at in range(0, len(stream), size):
            found += framer.feed(stream[at : at + size])
        assert [type(parse(raw)) for raw in found] == [Request] * 3
    assert isinstance(Framer().feed(request(length=""))[0], Malformed)


def test_a_value_cannot_break_out_of_its_line() -> None:
    message = parse(request())
    raw = build(reply(message, 200, tag="t", more=[("contact", "<sip:a@b>\r\nVia: SIP/2.0/UDP evil")]))
    found = parse(raw)
    assert isinstance(found, Response) and len(found.every("via")) == 1


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("sip:%2A99@10.0.0.9:5070;transport=tcp;user=phone", ("sip", "*99", "10.0.0.9", 5070)),
        ("sips:alice:secret@Example.COM?subject=x", ("sips", "alice", "example.com", 0)),
        ("sip:[2001:db8::1]:5060", ("sip", "", "[2001:db8::1]", 5060)),
        ("tel:+1-573-555-0100;ext=4312", ("tel", "+15735550100", "", 0)),
        ("urn:service:sos", ("urn", "service:sos", "", 0)),
    ],
)
def test_addresses(text: str, wanted: tuple[str, str, str, int]) -> None:
    found = parse_uri(text)
    assert not isinstance(found, Malformed)
    assert (found.scheme, found.user, found.host, found.port) == wanted


@pytest.mark.parametrize("text", ["", "sip:", "sip:@host", "sip:a@", "test_incorrect", "sip:a@b:99999", "sip:a b@c d"])
def test_no_addresses(text: str) -> None:
    assert isinstance(parse_uri(text), Malformed)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("SIP/2.0/UDP [::ffff:192.0.2.1] : 5060;branch=z", ("UDP", "[::ffff:192.0.2.1]", 5060)),
        ("SIP/2.0/UDP [2001:db8::9:255];branch=z", ("UDP", "[2001:db8::9:255]", 0)),
        ("SIP / 2.0 / UDP first.example.com: 4000;ttl=16", ("UDP", "first.example.com", 4000)),
        ("SIP/2.0/new+one.x t.example.com", ("NEW+ONE.X", "t.example.com", 0)),
    ],
)
def test_vias(text: str, wanted: tuple[str, str, int]) -> None:
    found = parse_via(text)
    assert not isinstance(found, Malformed) and (found.transport, found.host, found.port) == wanted


def test_commas_in_quotes_and_brackets_separate_nothing() -> None:
    assert split_quoted('"a, b" <sip:x,y@z>;p="1,2", <sip:q>', ",") == ['"a, b" <sip:x,y@z>;p="1,2"', "<sip:q>"]


def test_an_offer_is_answered_stream_by_stream() -> None:
    offer = sdp.parse_sdp(
        b"v=0\r\no=- 1 1 IN IP4 10.0.0.1\r\ns=-\r\nc=IN IP4 10.0.0.1\r\nt=0 0\r\n"
        b"m=video 3000 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\n"
        b"m=audio 4000 RTP/AVP 18 97 8\r\nc=IN IP4 10.0.0.2\r\na=rtpmap:97 PCMU/8000\r\na=sendonly\r\n"
        b"m=audio 5000 RTP/SAVP 0\r\n"
    )
    assert not isinstance(offer, Malformed) and offer.audio is not None
    assert (offer.audio.host, offer.audio.port, sdp.choose_codec(offer.audio)) == ("10.0.0.2", 4000, (97, "PCMU"))
    answer = sdp.parse_sdp(sdp.build_answer(offer, "10.0.0.9", 6000, 1))
    assert not isinstance(answer, Malformed)
    assert [(one.kind, one.port) for one in answer.media] == [("video", 0), ("audio", 6000), ("audio", 0)]
    assert answer.media[1].direction == "recvonly" and answer.media[1].formats == ("97",)


def test_a_digest_is_the_standards_own_example() -> None:
    # RFC 7616 §3.9.1: both algorithms over one request.
    text = 'Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm={}, nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"'  # noqa: E501
    for name, wanted in (
        ("MD5", "8ca523f5e9506fed4657c9700eebdbec"),
        ("SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
    ):
        challenge = parse_challenge(text.format(name))
        assert isinstance(challenge, Challenge) and challenge.has_auth
        cnonce = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ"
        assert respond(challenge, "Mufasa", "Circle of Life", "GET", "/dir/index.html", cnonce) == wanted
        given = build_credentials(challenge, "Mufasa", "Circle of Life", "GET", "/dir/index.html", cnonce)
        assert is_right(given, challenge, "Circle of Life", "GET") and not is_right(given, challenge, "other", "GET")


def test_a_digest_with_a_key_of_its_session_and_of_sha_512_256() -> None:
    text = 'Digest realm="api@example.org", qop="auth", algorithm={}, nonce="5TsQWLVdgBdmrQ0XsxbDODV+57QdFR34I9HAbC"'

    def sign(*parts: str, by: str = "md5") -> str:
        return hashlib.new(by, ":".join(parts).encode()).hexdigest()

    # The hash is that of RFC 7616 §3.9.2's username (erratum 4897).
    named = sign("Jäsøn Doe", "api@example.org", by="sha512_256")
    assert named == "793263caabb707a56211940d90411ea4a575adeccb7e360aeb624ed06ece9b0b"
    challenge = parse_challenge(text.format("SHA-512-256"))
    assert isinstance(challenge, Challenge)
    key = sign("Jäsøn Doe", "api@example.org", "Secret, or not?", by="sha512_256")
    asked = sign("GET", "/doe.json", by="sha512_256")
    wanted = sign(key, challenge.nonce, "00000001", "c", "auth", asked, by="sha512_256")
    assert respond(challenge, "Jäsøn Doe", "Secret, or not?", "GET", "/doe.json", "c") == wanted

    challenge = parse_challenge(text.format("md5-Sess"))
    assert isinstance(challenge, Challenge) and challenge.algorithm == "MD5-SESS"
    who = sign(sign("u", "api@example.org", "p"), challenge.nonce, "c")
    wanted = sign(who, challenge.nonce, "00000001", "c", "auth", sign("REGISTER", "sip:x"))
    assert respond(challenge, "u", "p", "REGISTER", "sip:x", "c") == wanted
    assert is_right(build_credentials(challenge, "u", "p", "REGISTER", "sip:x", "c"), challenge, "p", "REGISTER")


def test_a_challenge_that_wants_the_body_signed_cannot_be_answered() -> None:
    for qop in ('qop="auth-int"', "qop=auth-int, algorithm=SHA-256"):
        assert isinstance(parse_challenge(f'Digest realm="a", nonce="b", {qop}'), Malformed)
    plain = parse_challenge('Digest realm="a", nonce="b", qop=""')
    assert isinstance(plain, Challenge) and not plain.has_auth
    texts = ['Digest realm="a", nonce="b", algorithm=AKAv1-MD5', 'Digest realm="a", nonce="b", algorithm=MD5-sess',
             'Digest realm="a", nonce="b", algorithm=SHA-256']  # fmt: skip
    best = choose_challenge(texts)
    assert best is not None and best.algorithm == "SHA-256"


def test_a_session_description_ends_its_lines_by_cr_and_lf_alone() -> None:
    raw = "v=0\r\no=- 1 1 IN IP4 10.0.0.1\r\ns=a\u2028b\u0085c\x0bd\r\nc=IN IP4 10.0.0.1\r\nt=2873397496 2873404696\r\n"
    raw += "m=audio 4000 RTP/AVP 0 101\r\na=rtpmap:101 telephone-event/8000/1\r\n"
    offer = sdp.parse_sdp(raw.encode())
    assert not isinstance(offer, Malformed) and offer.audio is not None and offer.audio.events == 101
    # RFC 3264 §6: the answer's t= is the offer's.
    assert b"\r\nt=2873397496 2873404696\r\n" in sdp.build_answer(offer, "10.0.0.9", 6000, 1)


def test_a_boundary_that_begins_like_another_is_another() -> None:
    inner = "--ab\r\nContent-Type: text/plain\r\n\r\none\r\n--ab--\r\n"
    body = f"--a \t\r\nContent-Type: multipart/mixed;boundary=ab\r\n\r\n{inner}\r\n--a\r\n\r\ntwo\r\n--a--\r\n"
    body = f"preamble --a\r\n{body}epilogue"
    found = parse(request(length=f"Content-Type: multipart/mixed; boundary=a\r\nContent-Length: {len(body)}")
                  + body.encode())  # fmt: skip
    assert isinstance(found, Request)
    assert [part.body for part in parts_of(found)] == [b"one", b"two"]


def test_bodies_and_parts_in_base64_and_quoted_printable_are_read() -> None:
    part = "Content-Type: text/plain\r\nContent-Transfer-Encoding: {}\r\n\r\n{}\r\n"
    body = "".join("--a\r\n" + part.format(*one) for one in (
        ("BASE64", "Z3Jl\r\nZW4="), ("quoted-printable", "gr=C3=BCn =\r\nhere"), ("8bit", "plain=41"), ("base64", "!"),
    )) + "--a--\r\n"  # fmt: skip
    found = parse(request(length=f"c: multipart/mixed; boundary=a\r\nContent-Length: {len(body)}") + body.encode())
    assert isinstance(found, Request)
    assert [one.body for one in parts_of(found)] == [b"green", "grün here".encode(), b"plain=41", b"!"]


def test_a_law_keeps_what_mu_law_says() -> None:
    linear = decode_mulaw(bytes(range(256)))
    again = decode_alaw(_TO_ALAW)
    assert all(abs(a - b) <= max(16, abs(a) // 12) for a, b in zip(linear, again, strict=True))
    assert decode_alaw(b"\xd5\x55")[0] == 8  # the smallest steps of G.711


@given(st.binary(max_size=600))
def test_whatever_bytes_come(raw: bytes) -> None:
    for piece in [raw, b"INVITE sip:a@b SIP/2.0\r\n" + raw, TORTUOUS[: len(raw) * 2] + raw]:
        found = parse(piece)
        assert isinstance(found, Request | Response | Malformed)
        salvage(piece)
        Framer().feed(piece)
        if isinstance(found, Request | Response):
            parts_of(found)
            assert not isinstance(parse(build(found)), Malformed) or b"\r" in raw or b"\n" in raw
    sdp.parse_sdp(raw)


@given(st.text(max_size=200))
def test_whatever_text_comes(text: str) -> None:
    for one in (text, f"sip:{text}", f'"{text}" <sip:{text}@a>;x={text}'):
        parse_uri(one)
        parse_address(one)
        parse_via(f"SIP/2.0/UDP {one}")
        parse_challenge(f"Digest {one}")
        is_right(f"Digest {one}", Challenge(realm="a", nonce="b"), "c", "INVITE")
