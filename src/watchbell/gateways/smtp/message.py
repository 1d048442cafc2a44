"""A mailing's mails: rendered once a language, each recipient's own parts spliced in as bytes."""

import os
import re
from collections.abc import Mapping
from email.utils import format_datetime
from typing import Any, NamedTuple

from watchbell.gateways.sending import body_for
from watchbell.gateways.smtp.codec import Address, parse_address
from watchbell.gateways.smtp.dkim import Header, Seal, Signer, canonical
from watchbell.gateways.smtp.quoting import Splice, clean, mailbox, relax, unstructured
from watchbell.line import clock
from watchbell.line.filling import fill
from watchbell.wire.base import Malformed
from watchbell.wire.tell import Batch, Body, Recipient

#: What families may decline; what is no such thing says how contacts are changed instead.
DECLINABLE = ("routine", "newsletter")
_NOBODY = "0" * 31 + "x"
_MARK = _NOBODY.encode()
#: Mails of one mailing may share a Date for so long.
SAME_SECONDS = 60.0
MOST_MAILINGS = 10
_URL = re.compile(r"https?://[!#-;=?-Z\[\]_a-z{|}~%]{1,900}")
_CONTACTS = {
    "en": "You get this mail because a school has your address. To change how you are reached",
    "es": "Recibe este correo porque una escuela tiene su dirección. Para cambiar cómo le contactamos",
    "fr": "Vous recevez ce courriel car une école a votre adresse. Pour changer la façon de vous joindre",
    "ar": "تصلك هذه الرسالة لأن لدى مدرسة عنوانك. لتغيير طريقة التواصل معك",
    "zh": "您收到此邮件是因为学校有您的地址。如需更改联系方式",
    "vi": "Quý vị nhận thư này vì trường có địa chỉ của quý vị. Để thay đổi cách liên lạc",
    "so": "Iimaylkan waxaad u heshay maadaama dugsi hayo ciwaankaaga. Si aad u beddesho sida laguula soo xiriiro",
    "sw": "Unapokea barua pepe hii kwa sababu shule ina anwani yako. Kubadilisha jinsi unavyofikiwa",
}
_OFFICE = {
    "en": "tell your school's office", "es": "avise a la oficina de su escuela",
    "fr": "prévenez le secrétariat de votre école", "ar": "أخبر مكتب مدرستك", "zh": "请告知学校办公室",
    "vi": "xin báo văn phòng trường", "so": "u sheeg xafiiska dugsigaaga", "sw": "iarifu ofisi ya shule yako",
}  # fmt: skip
_DECLINE = {
    "en": "To get no more mails like this", "es": "Para no recibir más correos como este",
    "fr": "Pour ne plus recevoir de courriels comme celui-ci", "ar": "لعدم استلام رسائل كهذه بعد الآن",
    "zh": "如不想再收到此类邮件", "vi": "Để không nhận thư như thế này nữa",
    "so": "Si aadan iimayllo kan la mid ah u sii helin", "sw": "Ili usipokee tena barua pepe kama hii",
}  # fmt: skip


class Origin(NamedTuple):
    """Whom mails are from; address: read by `parse_address`. bounce_domain: where bounces and answers come, or ""."""

    address: str
    name: str = ""
    bounce_domain: str = ""
    signer: Signer | None = None

    @property
    def domain(self) -> str:
        return self.address.rpartition("@")[2]

    def envelope(self, id: str) -> bytes:
        """The envelope's sender of a delivery (VERP): what bounces comes back under the delivery's own name."""
        if self.bounce_domain:
            return f"b+{id}@{self.bounce_domain}".encode()
        return self.address.replace("@", f"+{id}@").encode()


class Mailing:
    """One batch's mails. Raises nothing for any text in it; `letter` gives one whole, its lines ended by CRLF."""

    def __init__(self, batch: Batch, origin: Origin) -> None:
        self.batch, self.origin = batch, origin
        self.declines = str(batch.options.get("unsubscribe") or "") if batch.purpose in DECLINABLE else ""
        self._by_language: dict[str, Rendered] = {}
        self._made_at = clock.monotonic()

    def is_for(self, batch: Batch, origin: Origin) -> bool:
        """Whether another batch's mails are the same, and this is still new."""
        old = self.batch
        is_same = (old.mailing, old.purpose, old.options, old.bodies) == (
            batch.mailing, batch.purpose, batch.options, batch.bodies
        )  # fmt: skip
        return is_same and self.origin is origin and clock.monotonic() - self._made_at < SAME_SECONDS

    def letter(self, recipient: Recipient, to: Address) -> bytes:
        rendered = self._by_language.get(recipient.language)
        if rendered is None:
            body = body_for(self.batch, recipient.language)
            rendered = self._by_language.setdefault(body.language, Rendered(self, body))
            self._by_language[recipient.language] = rendered
        return rendered.letter(recipient, to)


class Mailings:
    """The newest mailings, so that one's many batches are rendered once."""

    def __init__(self) -> None:
        self._kept: dict[str, Mailing] = {}

    def find(self, batch: Batch, origin: Origin) -> Mailing:
        key = f"{batch.endpoint.id} {batch.mailing}"
        found = self._kept.pop(key, None)
        if found is None or not found.is_for(batch, origin):
            found = Mailing(batch, origin)
        self._kept[key] = found
        if len(self._kept) > MOST_MAILINGS:
            self._kept.pop(next(iter(self._kept)))
        return found


class Rendered:
    """The mails of one language: fixed headers and the body, with gaps."""

    def __init__(self, mailing: Mailing, body: Body) -> None:
        batch, origin = mailing.batch, mailing.origin
        self._origin, self._declines = origin, mailing.declines
        self._subject = body.subject if "{{" in body.subject else ""
        kind, self._body = _make_body(body, _footer(mailing, body))
        self._is_bare = not kind.startswith(b"multipart/")
        answer_to = _reply_to(batch.options, self._from_name(batch))
        self._reply_to = mailbox(self._from_name(batch), f"r+{_NOBODY}@{origin.bounce_domain}".encode())
        fixed: list[Header] = [
            (b"From", mailbox(self._from_name(batch), origin.address.encode())),
            (b"Date", format_datetime(clock.now()).encode()),
            (b"MIME-Version", b"1.0"),
            (b"Content-Type", kind),
            (b"Auto-Submitted", b"auto-generated"),
            (b"X-Auto-Response-Suppress", b"OOF, AutoReply"),
        ]
        fixed += [(b"Content-Transfer-Encoding", b"quoted-printable")] if self._is_bare else []
        fixed += [(b"Subject", unstructured(body.subject))] if not self._subject else []
        fixed += [(b"Content-Language", body.language.encode())] if _TAG.fullmatch(body.language) else []
        fixed += {"newsletter": [(b"Precedence", b"bulk")], "emergency": [(b"Importance", b"high")]}.get(
            batch.purpose, []
        )
        fixed += [(b"Reply-To", answer_to)] if answer_to and not origin.bounce_domain else []
        if _URL.fullmatch(self._declines):
            fixed.append((b"List-Unsubscribe-Post", b"List-Unsubscribe=One-Click"))
        varying = [b"To", b"Message-ID"]
        varying += [b"Subject"] if self._subject else []
        varying += [b"Reply-To"] if origin.bounce_domain else []
        self._has_list = bool(self._declines) or (batch.purpose in DECLINABLE and bool(origin.bounce_domain))
        varying += [b"List-Unsubscribe"] if self._has_list else []
        self._fixed = b"".join(name + b": " + value + b"\r\n" for name, value in fixed) + b"\r\n"
        self._is_special = bool(self._subject) or "{{" in self._declines.replace("{{id}}", "")
        rest = self._own_headers(Recipient(_NOBODY, "", body.language), Address("a@b.invalid", False))[1:]
        self._block = b"\r\n" + b"".join(name + b": " + value + b"\r\n" for name, value in rest)
        self._signed = b"\r\n" + b"".join(canonical(name, value) for name, value in rest)
        self._seal = Seal(origin.signer, fixed, varying, int(clock.unix())) if origin.signer else None

    def _from_name(self, batch: Batch) -> str:
        return clean(str(batch.options.get("from_name") or self._origin.name), 120)

    def _own_headers(self, recipient: Recipient, to: Address) -> list[Header]:
        id, origin = recipient.id, self._origin
        mine = id.encode()
        listed: list[Header] = [
            (b"To", mailbox(recipient.name, to.text.encode())),
            (b"Message-ID", b"<" + mine + b"@" + origin.domain.encode() + b">"),
        ]
        if self._subject:
            listed.append((b"Subject", unstructured(fill(self._subject, {**recipient.fields, "id": id}))))
        if origin.bounce_domain:
            listed.append((b"Reply-To", self._reply_to.replace(_MARK, mine)))
        if self._has_list:
            ways = []
            url = fill(self._declines, {**recipient.fields, "id": id})
            if _URL.fullmatch(url):
                ways.append(b"<" + url.encode() + b">")
            if origin.bounce_domain:
                ways.append(b"<mailto:u+" + mine + b"@" + origin.bounce_domain.encode() + b"?subject=unsubscribe>")
            listed += [(b"List-Unsubscribe", b",\r\n ".join(ways))] if ways else []
        return listed

    def _head(self, recipient: Recipient, to: Address) -> tuple[bytes, bytes]:
        """The own headers as they are sent, and as they are signed. Mostly they differ in address and id alone."""
        if self._is_special:
            own = self._own_headers(recipient, to)
            raw = b"".join([name + b": " + value + b"\r\n" for name, value in own])
            return raw, b"".join([canonical(name, value) for name, value in own]) if self._seal else b""
        value, mine = mailbox(recipient.name, to.text.encode()), recipient.id.encode()
        raw = b"To: " + value + self._block.replace(_MARK, mine)
        return raw, b"to:" + relax(value) + self._signed.replace(_MARK, mine) if self._seal else b""

    def letter(self, recipient: Recipient, to: Address) -> bytes:
        raw, signed = self._head(recipient, to)
        body = self._body.fill(recipient.fields, recipient.id)
        if self._is_bare:  # a gap at its end may leave empty lines, which a signature does not count
            body = body.rstrip(b"\r\n") + b"\r\n"
        if self._seal is None:
            return b"".join((raw, self._fixed, body))
        return b"".join((self._seal.header(signed, body if body != b"\r\n" else b""), raw, self._fixed, body))


_TAG = re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8}){0,4}")


def _make_body(body: Body, footer: str) -> tuple[bytes, Splice]:
    """(Content-Type, body): multipart/alternative where there is HTML."""
    plain = Splice((body.text or body.short or clean(body.subject)).rstrip() + footer)
    if not body.html:
        plain.wrap(b"", b"\r\n")
        return b"text/plain; charset=utf-8", plain
    boundary = b"=_" + os.urandom(15).hex().encode()
    part = (
        b"--" + boundary + b"\r\nContent-Type: %s; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
    )
    rich = Splice(_with_footer(body.html, footer), is_html=True)
    plain.wrap(part % b"text/plain", b"\r\n" + part % b"text/html")
    rich.wrap(b"", b"\r\n--" + boundary + b"--\r\n")
    plain.join(rich)
    return b'multipart/alternative;\r\n boundary="' + boundary + b'"', plain


def _with_footer(page: str, footer: str) -> str:
    if not footer:
        return page
    words = footer.strip().removeprefix("-- \n").replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    words = re.sub(r"(https?://\S+)", r'<a href="\1">\1</a>', words.replace('"', "&quot;"))
    element = f'<hr><p style="font-size:smaller">{words}</p>'
    at = page.lower().rfind("</body>")
    return page + element if at < 0 else page[:at] + element + page[at:]


def _footer(mailing: Mailing, body: Body) -> str:
    """How a reader gets no more of them, or, of what is no such thing, how contacts are changed. It may have gaps."""
    batch, language = mailing.batch, body.language.partition("-")[0].lower()
    language = language if language in _CONTACTS else "en"
    if batch.purpose in DECLINABLE:
        return f"\n\n-- \n{_DECLINE[language]}: {mailing.declines}\n" if _URL.fullmatch(mailing.declines) else ""
    if batch.options.get("apart"):  # nobody's family: a newsroom, or somebody who has asked for a newsletter
        return ""
    contacts = str(batch.options.get("contacts") or "")
    where = contacts if _URL.fullmatch(contacts) else _OFFICE[language]
    return f"\n\n-- \n{_CONTACTS[language]}: {where}\n"


def _reply_to(options: Mapping[str, Any], name: str) -> bytes:
    found = parse_address(str(options.get("reply_to") or ""))
    return b"" if isinstance(found, Malformed) or found.is_utf8 else mailbox(name, found.text.encode())
