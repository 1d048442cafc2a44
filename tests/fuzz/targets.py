"""The decoders, each as a function of bytes that must return whatever comes in; and where its seeds lie."""

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl

import msgspec
from cryptography.hazmat.primitives.asymmetric import ec

from tests.fuzz.cameras import meet_cameras
from watchbell.communication.public.rules.media import read_media
from watchbell.district.people.rules.archive import open_archive
from watchbell.district.people.rules.package import read_roster
from watchbell.district.sites.rules.pictures import clean_picture, clean_svg
from watchbell.district.sites.rules.rooms import read_rooms
from watchbell.field.paging.rules.wav import NotSound, read_wav
from watchbell.gateways.blebadge.advertising import (
    read_advertisement,
    read_bthome,
    read_eddystone,
    read_ibeacon,
    read_minew,
)
from watchbell.gateways.blebadge.buttons import read_button
from watchbell.gateways.blebadge.codec import Report, read_report
from watchbell.gateways.cap.codec import parse_cap
from watchbell.gateways.eido.codec import parse_eido
from watchbell.gateways.held.codec import parse_answer, parse_request
from watchbell.gateways.modbus.codec import Input, read_contact, read_loop, read_modules
from watchbell.gateways.mqttsign.codec import read_confirmation, read_state
from watchbell.gateways.osdp.codec import Deframer, Packet, judge_packet, read_capture, read_key, read_packet
from watchbell.gateways.pbx.codec import read_body as read_calls
from watchbell.gateways.rtppaging.codec import parse_poly, parse_rtp
from watchbell.gateways.rtppaging.rtcp import parse_report
from watchbell.gateways.siadc09.codec import Framer, Malformed, read_body, read_frame
from watchbell.gateways.siadc09.codes import describe_xdata, read_events
from watchbell.gateways.sip import codec as sip
from watchbell.gateways.sip.addresses import parse_address, parse_uri, parse_via
from watchbell.gateways.sip.sdp import parse_sdp
from watchbell.gateways.siptrunk.codec import RELAY_TYPES, read_event, read_relay
from watchbell.gateways.siptrunk.ear import Ear
from watchbell.gateways.siptrunk.recording import Take
from watchbell.gateways.sms import codec as smpp
from watchbell.gateways.sms.receipts import read_receipt, spellings
from watchbell.gateways.sms.rest import read_answer, read_incoming, read_status
from watchbell.gateways.sms.words import read_word
from watchbell.gateways.smtp import codec as smtp
from watchbell.gateways.smtp.dkim import load_key
from watchbell.gateways.smtp.letters import own_words, read_letter, unflow, words_of_html
from watchbell.gateways.smtp.returns import Box, read_return
from watchbell.gateways.social.codec import read_facebook, read_x
from watchbell.gateways.twilio import read_object
from watchbell.gateways.voicecall.codec import parse_callback, parse_created, parse_twiml, read_call
from watchbell.gateways.voicecall.takes import parse_media, parse_recordings, read_sound
from watchbell.gateways.webpush.codec import decode64, decrypt_push, read_point, read_subscription, read_vapid
from watchbell.line import baudot
from watchbell.line.digest import parse_challenge
from watchbell.line.passes import read_token
from watchbell.line.pidflo import parse_pidf_lo
from watchbell.line.posts import X_MOST, render_post, split_post, weigh
from watchbell.line.signing import read_ticket
from watchbell.line.sms import decode_gsm, simplified, split_text
from watchbell.line.sound import decode_mulaw
from watchbell.wire.base import decode
from watchbell.wire.order import Order, Receipt
from watchbell.wire.press import OrdersAsked, PanicPressed
from watchbell.wire.recording import CallToRecord, Recorded
from watchbell.wire.snapshot import GatewayConfig, SiteSnapshot
from watchbell.wire.status import DeviceStatus, Heartbeat, SessionWord
from watchbell.wire.tell import Batch, Heard, Stopped, Told

KEY = bytes(range(16))
BROWSER = ec.derive_private_key(int.from_bytes(KEY, "big"), ec.SECP256R1())
MESSAGES: tuple[type[msgspec.Struct], ...] = (
    PanicPressed, OrdersAsked, Order, Receipt, SiteSnapshot, GatewayConfig, DeviceStatus, Heartbeat, CallToRecord,
    Recorded, SessionWord, Batch, Told, Heard, Stopped,
)  # fmt: skip


def plain_of(raw: bytes) -> Any:
    """What JSON the bytes are, or nothing."""
    try:
        return msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def passed_on(found: object) -> None:
    """What a decoder gives can be written into a message of ours: no half of a pair is left in it."""
    msgspec.json.encode(found, enc_hook=repr)


def meet_dc09(raw: bytes) -> None:
    for piece in [*Framer().feed(raw), raw]:
        frame = read_frame(piece) if isinstance(piece, bytes) else piece
        if isinstance(frame, Malformed):
            continue
        for key in (None, KEY):
            body = read_body(frame, key)
            if not isinstance(body, Malformed):
                passed_on([read_events(frame, body), describe_xdata(body)])


def meet_osdp(raw: bytes) -> None:
    read_capture(raw)
    read_key(raw.decode("latin-1"))
    packet = read_packet(raw)
    if isinstance(packet, Packet):
        judge_packet(packet, True)
    half = len(raw) // 2
    deframer = Deframer()
    for piece in deframer.feed(raw[:half]) + deframer.feed(raw[half:]):
        if isinstance(piece, bytes):
            read_packet(piece)


def meet_paging(raw: bytes) -> None:
    parse_rtp(raw)
    parse_poly(raw)
    parse_report(raw)


def meet_wav(raw: bytes) -> None:
    try:
        read_wav(raw, 2.0)
    except NotSound:
        pass  # what it promises to raise


def meet_tones(raw: bytes) -> None:
    """A text telephone's tones, and whatever text is to become such."""
    passed_on(baudot.decode(decode_mulaw(raw[:16000])))
    half, reader = len(raw) // 2, baudot.Reader()
    reader.hear(raw[:half])
    reader.hear(one * 257 - 32768 for one in raw[half:])
    text = raw[:2000].decode("utf-8", "replace")
    baudot.codes_of(text)
    baudot.is_spelled(text)
    assert baudot.spell(baudot.spell(text)) == baudot.spell(text)


def meet_badges(raw: bytes) -> None:
    report = read_report(raw)
    passed_on([(one.name, one.mac) for one in report.hearings] if isinstance(report, Report) else [])
    said = read_advertisement(raw)
    for read in (read_ibeacon, read_eddystone, read_minew, read_bthome, read_button):
        read(said)


def meet_inputs(raw: bytes) -> None:
    """A configuration of I/O modules, and what their registers say."""
    found = plain_of(raw)
    rows = found if isinstance(found, list) else [found]
    modules, _ = read_modules(row for row in rows if isinstance(row, dict))
    inputs = [one for module in modules for one in module.inputs] or [Input(endpoint="a", input=0)]
    for one in inputs:
        read_contact(one, bool(raw))
        read_loop(one, int.from_bytes(raw[:2], "big"))


def meet_signs(raw: bytes) -> None:
    read_confirmation(raw)
    read_state(raw)


def meet_wire(raw: bytes) -> None:
    for kind in MESSAGES:
        decode(raw, kind)  # type: ignore[type-var]


def meet_voice(raw: bytes) -> None:
    parse_created(raw)
    read_object(raw)
    read_call(raw)
    parse_callback(parse_qsl(raw.decode("utf-8", "replace")))
    parse_twiml(raw.decode("utf-8", "replace"))
    parse_media(parse_qsl(raw.decode("utf-8", "replace")))
    parse_recordings(raw)
    read_sound(raw)


def meet_trunk(raw: bytes) -> None:
    for law in ("PCMU", "PCMA"):
        Take(1.0, lambda: None).hear(raw, law)
    read_event(raw)
    for content_type in (*RELAY_TYPES, "text/plain"):
        read_relay(content_type, raw)
    ear = Ear(lambda verdict: None)
    for law in ("PCMU", "PCMA"):
        ear.hear(raw, law)


def meet_smpp(raw: bytes) -> None:
    half = len(raw) // 2
    framer = smpp.Framer()
    for found in [smpp.read_pdu(raw), *framer.feed(raw[:half]), *framer.feed(raw[half:])]:
        if isinstance(found, smpp.Pdu):
            smpp.read_bind(found.body)
            message = smpp.read_message(found)
            if isinstance(message, smpp.Message):
                smpp.read_part(message)
                passed_on(message.text)
                receipt = read_receipt(message, message.text)
                if receipt is not None:
                    spellings(receipt.id)
    read_receipt(smpp.Message(esm_class=4), raw.decode("latin-1"))


def meet_texts(raw: bytes) -> None:
    text = raw.decode("utf-8", "replace")
    split_text(simplified(text))
    read_word(text)
    decode_gsm(raw, raw[0] if raw else 0, raw[-1] if raw else 0)
    read_answer(400, raw)
    read_answer(201, raw)
    form = parse_qsl(text)
    passed_on([read_status(form), read_incoming(form)])


def meet_social(raw: bytes) -> None:
    text = raw.decode("utf-8", "replace")
    for status in (200, 400, 429, 500):
        read_facebook(status, raw, {"x-business-use-case-usage": text})
        read_x(status, raw, {"x-rate-limit-reset": text}, 1000.0)
    for part in split_post("x", render_post("x", text[:40], text, "https://a.example/1")):
        assert weigh(part) <= X_MOST


def meet_push(raw: bytes) -> None:
    read_point(raw)
    decrypt_push(raw, BROWSER, KEY)
    text = raw.decode("latin-1")
    read_vapid(text)
    read_subscription(plain_of(raw))
    try:
        decode64(text)
    except ValueError:
        pass  # what it promises to raise


def meet_roster(raw: bytes) -> None:
    archive = open_archive(raw)
    read_roster(archive.files or {"manifest.csv": raw, "users.csv": raw, "orgs.csv": raw, "classes.csv": raw})


def meet_picture(raw: bytes) -> None:
    clean_picture(raw)
    clean_svg(raw)


def meet_rooms(raw: bytes) -> None:
    read_rooms(raw, 1000.0, 700.0)


def meet_ticket(raw: bytes) -> None:
    read_ticket(raw.decode("utf-8", "replace"))


def meet_pass(raw: bytes) -> None:
    read_token(raw.decode("utf-8", "replace"))


def meet_sip(raw: bytes) -> None:
    half = len(raw) // 2
    framer = sip.Framer()
    for piece in [raw, *framer.feed(raw[:half]), *framer.feed(raw[half:])]:
        found = sip.parse(piece) if isinstance(piece, bytes) else piece
        if isinstance(found, sip.Request | sip.Response):
            sip.build(found)
            for name in ("from", "to", "contact", "call-info"):
                parse_address(found.first(name))
            for via in found.every("via"):
                parse_via(via)
            parse_challenge(found.first("www-authenticate"))
            for part in sip.parts_of(found):
                parse_sdp(part.body)
    sip.salvage(raw)
    parse_sdp(raw)
    parse_uri(raw.decode("utf-8", "replace"))


def meet_calls(raw: bytes) -> None:
    for kind in ("application/dialog-info+xml", "application/json", "application/x-www-form-urlencoded", "text/plain"):
        passed_on(read_calls(kind, raw))


def meet_held(raw: bytes) -> None:
    passed_on([parse_request(raw), parse_answer(raw), parse_pidf_lo(raw.decode("utf-8", "replace"))])


def meet_mail(raw: bytes) -> None:
    for role in ("bounce", "reply", "unsubscribe", "complaints"):
        passed_on(read_return(raw, Box(role, "0" * 32), ""))
        passed_on(read_return(raw, Box(role, "0" * 32), "ana@example.org"))
    passed_on(read_letter(raw))
    text = raw.decode("utf-8", "replace")
    own_words(unflow(text, True))
    words_of_html(text)


def meet_smtp(raw: bytes) -> None:
    found = smtp.Replies().feed(raw)
    for one in [raw, *(found if isinstance(found, list) else [])]:
        smtp.parse_reply(one)
        smtp.parse_features(one)
    text = raw.decode("utf-8", "replace")
    smtp.parse_address(text)
    load_key(text)


#: name -> (target, folders of the vectors whose files are its seeds)
TARGETS: dict[str, tuple[Callable[[bytes], object], tuple[str, ...]]] = {
    "dc09": (meet_dc09, ("sia_dc09",)),
    "osdp": (meet_osdp, ("osdp",)),
    "paging": (meet_paging, ("paging",)),
    "eido": (lambda raw: passed_on(parse_eido(raw)), ("eido",)),
    "cap": (lambda raw: passed_on(parse_cap(raw)), ("cap",)),
    "pass": (meet_pass, ()),
    "badges": (meet_badges, ("ble",)),
    "inputs": (meet_inputs, ()),
    "signs": (meet_signs, ()),
    "wav": (meet_wav, ()),
    "tones": (meet_tones, ()),
    "wire": (meet_wire, ()),
    "voice": (meet_voice, ("messaging",)),
    "trunk": (meet_trunk, ()),
    "push": (meet_push, ()),
    "smpp": (meet_smpp, ()),
    "texts": (meet_texts, ("messaging",)),
    "social": (meet_social, ("messaging",)),
    "media": (read_media, ()),
    "sip": (meet_sip, ("ng911/sip", "ng911/pcap")),
    "calls": (meet_calls, ("ng911/http",)),
    "held": (meet_held, ("ng911/http",)),
    "roster": (meet_roster, ("oneroster",)),
    "mail": (meet_mail, ()),
    "smtp": (meet_smtp, ()),
    "picture": (meet_picture, ()),
    "rooms": (meet_rooms, ()),
    "ticket": (meet_ticket, ()),
    "cameras": (meet_cameras, ()),
}
