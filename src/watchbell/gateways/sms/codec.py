"""SMPP 3.4: PDUs and their optional parameters, framed and read and written; total."""

import struct

import msgspec

from watchbell.line.sms import decode_gsm, decode_ucs, decode_ucs_part
from watchbell.wire.base import Malformed

HEAD = struct.Struct(">IIII")
#: A PDU of a carrier is never longer; what says so is out of step.
MOST_BYTES = 70_000
RESPONSE = 0x80000000
GENERIC_NACK, BIND_RECEIVER, BIND_TRANSMITTER, QUERY_SM, SUBMIT_SM, DELIVER_SM, UNBIND = (
    RESPONSE, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06,
)  # fmt: skip
BIND_TRANSCEIVER, OUTBIND, ENQUIRE_LINK, ALERT_NOTIFICATION, DATA_SM = 0x09, 0x0B, 0x15, 0x102, 0x103
COMMANDS = {
    GENERIC_NACK: "generic_nack", BIND_RECEIVER: "bind_receiver", BIND_TRANSMITTER: "bind_transmitter",
    QUERY_SM: "query_sm", SUBMIT_SM: "submit_sm", DELIVER_SM: "deliver_sm", UNBIND: "unbind", 0x07: "replace_sm",
    0x08: "cancel_sm", BIND_TRANSCEIVER: "bind_transceiver", OUTBIND: "outbind", ENQUIRE_LINK: "enquire_link",
    0x21: "submit_multi", ALERT_NOTIFICATION: "alert_notification", DATA_SM: "data_sm",
}  # fmt: skip
COMMANDS |= {code | RESPONSE: f"{name}_resp" for code, name in list(COMMANDS.items()) if code < RESPONSE}

OK, SYSTEM_ERROR, INVALID_COMMAND, ALREADY_BOUND, INVALID_MESSAGE, BAD_OPTIONAL = 0x00, 0x08, 0x03, 0x05, 0x02, 0xC0
QUEUE_FULL, THROTTLED = 0x14, 0x58
#: command_status → in words for people; the names are those of the specification, 5.1.3.
STATUSES = {
    0x01: "The message's length is not valid (ESME_RINVMSGLEN).", 0x02: "ESME_RINVCMDLEN.", 0x03: "ESME_RINVCMDID.",
    0x04: "ESME_RINVBNDSTS.", 0x05: "Already bound (ESME_RALYBND).", 0x08: "The carrier has an error of its own "
    "(ESME_RSYSERR).", 0x0A: "The sender's number is not accepted (ESME_RINVSRCADR).",
    0x0B: "The carrier says that this is no valid number.", 0x0D: "The carrier refuses the bind (ESME_RBINDFAIL).",
    0x0E: "The password is wrong (ESME_RINVPASWD).", 0x0F: "The system id is not known (ESME_RINVSYSID).",
    0x14: "The carrier's queue is full (ESME_RMSGQFUL).", 0x45: "The carrier did not take it (ESME_RSUBMITFAIL).",
    0x48: "ESME_RINVSRCTON.", 0x50: "ESME_RINVDSTTON.", 0x51: "ESME_RINVDSTNPI.",
    0x58: "The carrier asks to go slower (ESME_RTHROTTLED).", 0x62: "ESME_RINVEXPIRY.",
    0xC0: "ESME_RINVOPTPARSTREAM.", 0xC4: "ESME_RINVOPTPARAMVAL.",
    0xFE: "It was not delivered (ESME_RDELIVERYFAILURE).",
    0xFF: "The carrier gives no reason (ESME_RUNKNOWNERR).",
}  # fmt: skip

RECEIPTED_MESSAGE_ID, MESSAGE_STATE, NETWORK_ERROR_CODE, MESSAGE_PAYLOAD = 0x001E, 0x0427, 0x0423, 0x0424
SAR_REFERENCE, SAR_TOTAL, SAR_NUMBER, USER_REFERENCE, INTERFACE_VERSION = 0x020C, 0x020E, 0x020F, 0x0204, 0x0210
UDHI, RECEIPT_BITS, INTERMEDIATE, SMSC_RECEIPT = 0x40, 0x3C, 0x20, 0x04
_ADDRESS_BYTES = {"source_addr": 65, "destination_addr": 65}


class Pdu(msgspec.Struct, frozen=True):
    """One PDU: header and body as they came."""

    command: int
    status: int
    sequence: int
    body: bytes = b""

    @property
    def name(self) -> str:
        return COMMANDS.get(self.command, f"{self.command:#010x}")


class Bind(msgspec.Struct, frozen=True, kw_only=True):
    """The body of a bind (4.1)."""

    system_id: str
    password: str = ""
    system_type: str = ""
    interface_version: int = 0x34
    addr_ton: int = 0
    addr_npi: int = 0
    address_range: str = ""


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """The body of submit_sm, deliver_sm or data_sm (4.4, 4.6, 4.7). tlvs: tag → value; a tag said twice: the last."""

    service_type: str = ""
    source_addr_ton: int = 0
    source_addr_npi: int = 0
    source_addr: str = ""
    dest_addr_ton: int = 0
    dest_addr_npi: int = 0
    destination_addr: str = ""
    esm_class: int = 0
    protocol_id: int = 0
    priority_flag: int = 0
    schedule_delivery_time: str = ""
    validity_period: str = ""
    registered_delivery: int = 0
    replace_if_present_flag: int = 0
    data_coding: int = 0
    sm_default_msg_id: int = 0
    short_message: bytes = b""
    tlvs: dict[int, bytes] = {}

    @property
    def payload(self) -> bytes:
        """What is said, its header included: message_payload where there is one."""
        return self.tlvs.get(MESSAGE_PAYLOAD) or self.short_message

    @property
    def udh(self) -> bytes:
        """The user data header without its length; b"" where there is none, or not a whole one."""
        payload = self.payload
        if not self.esm_class & UDHI or not payload or len(payload) <= payload[0]:
            return b""
        return payload[1 : 1 + payload[0]]

    @property
    def text(self) -> str:
        """What is said, in characters."""
        return read_text(self)


class Framer:
    """Cuts a stream into PDUs. After Malformed the stream is out of step and gives nothing more."""

    def __init__(self) -> None:
        self._kept = b""
        self._is_lost = False

    def feed(self, data: bytes) -> list[Pdu | Malformed]:
        """The PDUs that are whole now."""
        raw = self._kept + data if self._kept else data
        found: list[Pdu | Malformed] = []
        at, end, unpack = 0, len(raw), HEAD.unpack_from
        while end - at >= 16 and not self._is_lost:
            length, command, status, sequence = unpack(raw, at)
            if length < 16 or length > MOST_BYTES:
                self._is_lost = True
                found.append(Malformed(because=f"A PDU of {length} octets.", raw=raw[at : at + 64]))
                break
            if end - at < length:
                break
            found.append(Pdu(command, status, sequence, raw[at + 16 : at + length]))
            at += length
        self._kept = b"" if self._is_lost else raw[at:]
        return found


def build_pdu(command: int, status: int, sequence: int, body: bytes = b"") -> bytes:
    """A PDU as octets."""
    return HEAD.pack(16 + len(body), command, status, sequence) + body


def read_pdu(raw: bytes) -> Pdu | Malformed:
    """One whole PDU; its length must be that of `raw`."""
    if len(raw) < 16:
        return Malformed(because="A PDU has a header of 16 octets.", raw=raw[:64])
    length, command, status, sequence = HEAD.unpack_from(raw)
    if length != len(raw):
        return Malformed(because=f"command_length says {length}, there are {len(raw)} octets.", raw=raw[:64])
    return Pdu(command, status, sequence, raw[16:])


class _Torn(Exception):
    pass


def _text(raw: bytes, at: int, most: int) -> tuple[str, int]:
    end = raw.find(b"\0", at, at + most)
    if end < 0:
        raise _Torn("A text has no end.")
    return raw[at:end].decode("latin-1"), end + 1


def _bytes(raw: bytes, at: int, count: int) -> tuple[bytes, int]:
    if len(raw) - at < count:
        raise _Torn("The body is too short.")
    return raw[at : at + count], at + count


#: What some carriers let follow the body: too little for a parameter.
_FILLERS = (b"\0", b"\0\0", b"\0\0\0")


def _tlvs(raw: bytes, at: int) -> dict[int, bytes]:
    found: dict[int, bytes] = {}
    while at < len(raw) and raw[at:] not in _FILLERS:
        head, at = _bytes(raw, at, 4)
        tag, length = struct.unpack(">HH", head)
        found[tag], at = _bytes(raw, at, length)
    return found


def read_message(pdu: Pdu) -> Message | Malformed:
    """The body of a submit_sm, deliver_sm or data_sm."""
    raw = pdu.body
    try:
        service, at = _text(raw, 0, 64)
        (ton, npi), at = _bytes(raw, at, 2)
        source, at = _text(raw, at, _ADDRESS_BYTES["source_addr"])
        (dest_ton, dest_npi), at = _bytes(raw, at, 2)
        destination, at = _text(raw, at, _ADDRESS_BYTES["destination_addr"])
        if pdu.command & ~RESPONSE == DATA_SM:
            (esm, registered, coding), at = _bytes(raw, at, 3)
            return Message(
                service_type=service, source_addr_ton=ton, source_addr_npi=npi, source_addr=source,
                dest_addr_ton=dest_ton, dest_addr_npi=dest_npi, destination_addr=destination, esm_class=esm,
                registered_delivery=registered, data_coding=coding, tlvs=_tlvs(raw, at),
            )  # fmt: skip
        (esm, protocol, priority), at = _bytes(raw, at, 3)
        schedule, at = _text(raw, at, 64)
        validity, at = _text(raw, at, 64)
        (registered, replace, coding, default, length), at = _bytes(raw, at, 5)
        said, at = _bytes(raw, at, length)
        return Message(
            service_type=service, source_addr_ton=ton, source_addr_npi=npi, source_addr=source, dest_addr_ton=dest_ton,
            dest_addr_npi=dest_npi, destination_addr=destination, esm_class=esm, protocol_id=protocol,
            priority_flag=priority, schedule_delivery_time=schedule, validity_period=validity,
            registered_delivery=registered, replace_if_present_flag=replace, data_coding=coding,
            sm_default_msg_id=default, short_message=said, tlvs=_tlvs(raw, at),
        )  # fmt: skip
    except _Torn as torn:
        return Malformed(because=str(torn), raw=raw[:512])


def _zero(text: str) -> bytes:
    return text.replace("\0", "").encode("latin-1", "replace") + b"\0"


def build_tlvs(tlvs: dict[int, bytes]) -> bytes:
    """Optional parameters; tags and lengths of 16 bits, what is longer is cut."""
    return b"".join(
        struct.pack(">HH", tag & 0xFFFF, len(value[:0xFFFF])) + value[:0xFFFF] for tag, value in tlvs.items()
    )


def build_message(message: Message) -> bytes:
    """The body of a submit_sm or deliver_sm. What is said in more than 254 octets goes into message_payload."""
    said, tlvs = message.short_message, message.tlvs
    if len(said) > 254:
        said, tlvs = b"", {**tlvs, MESSAGE_PAYLOAD: said}
    return b"".join((
        _zero(message.service_type), bytes((message.source_addr_ton, message.source_addr_npi)),
        _zero(message.source_addr), bytes((message.dest_addr_ton, message.dest_addr_npi)),
        _zero(message.destination_addr), bytes((message.esm_class, message.protocol_id, message.priority_flag)),
        _zero(message.schedule_delivery_time), _zero(message.validity_period),
        bytes((message.registered_delivery, message.replace_if_present_flag, message.data_coding,
               message.sm_default_msg_id, len(said))),
        said, build_tlvs(tlvs),
    ))  # fmt: skip


def build_bind(bind: Bind) -> bytes:
    """The body of a bind."""
    return (
        _zero(bind.system_id) + _zero(bind.password) + _zero(bind.system_type)
        + bytes((bind.interface_version, bind.addr_ton, bind.addr_npi)) + _zero(bind.address_range)
    )  # fmt: skip


def read_bind(raw: bytes) -> Bind | Malformed:
    """The body of a bind."""
    try:
        system_id, at = _text(raw, 0, 64)
        password, at = _text(raw, at, 64)
        system_type, at = _text(raw, at, 64)
        (version, ton, npi), at = _bytes(raw, at, 3)
        addresses, _ = _text(raw, at, 128)
    except _Torn as torn:
        return Malformed(because=str(torn), raw=raw[:64])
    return Bind(
        system_id=system_id, password=password, system_type=system_type, interface_version=version, addr_ton=ton,
        addr_npi=npi, address_range=addresses,
    )  # fmt: skip


def read_name(body: bytes) -> str:
    """The text a response begins with: a message_id, a system_id; "" for none. Its NUL may be missing."""
    return body.split(b"\0", 1)[0][:65].decode("latin-1")


def udh_elements(udh: bytes) -> dict[int, bytes]:
    """The elements of a user data header (23.040, 9.2.3.24); what is torn is left out."""
    found, at = {}, 0
    while at + 2 <= len(udh) and at + 2 + udh[at + 1] <= len(udh):
        found[udh[at]] = udh[at + 2 : at + 2 + udh[at + 1]]
        at += 2 + udh[at + 1]
    return found


def read_part(message: Message) -> tuple[int, int, int] | None:
    """(reference, parts, number from 1) of a part of a longer message, by its header or its SAR parameters."""
    found = udh_elements(message.udh)
    if len(short := found.get(0x00, b"")) == 3:
        part = (short[0], short[1], short[2])
    elif len(long := found.get(0x08, b"")) == 4:
        part = (long[0] << 8 | long[1], long[2], long[3])
    elif SAR_TOTAL in message.tlvs:
        numbers = (message.tlvs.get(tag, b"") for tag in (SAR_REFERENCE, SAR_TOTAL, SAR_NUMBER))
        reference, total, number = (int.from_bytes(one[:4], "big") for one in numbers)
        part = (reference, total, number)
    else:
        return None
    return part if 1 < part[1] <= 255 and 1 <= part[2] <= part[1] else None


def read_text(message: Message, default: str = "gsm", is_part: bool = False) -> str:
    """What a message says by its data_coding (5.2.19). default: what 0 stands for there, "gsm" or "latin-1".

    is_part: it goes on elsewhere, and half a pair at its end is kept for `join_parts`.
    """
    said, elements = message.payload, {}
    if message.esm_class & UDHI and said and len(said) > said[0]:
        elements, said = udh_elements(message.udh), said[1 + said[0] :]
    coding = message.data_coding
    single, locking = (int.from_bytes(elements.get(tag, b"")[:1], "big") for tag in (0x24, 0x25))
    # With a class (0x10 to 0x1F) and in the groups of message waiting and classes the alphabet is 23.038's, section 4.
    if coding == 0x08 or coding & 0xFC == 0x18 or coding & 0xF0 == 0xE0:
        return decode_ucs_part(said) if is_part else decode_ucs(said)
    is_gsm = coding & 0xFC == 0x10 or coding & 0xE0 == 0xC0 or coding & 0xF4 == 0xF0
    if single or locking or is_gsm or (coding == 0 and default == "gsm"):
        return decode_gsm(said, single, locking)
    named = {
        0x05: "shift_jis",
        0x06: "iso8859-5",
        0x07: "iso8859-8",
        0x0A: "iso2022_jp",
        0x0D: "euc_jp",
        0x0E: "euc_kr",
    }
    return said.decode(named.get(coding, "latin-1"), "replace")
