"""What a played world sends back: bounces, complaints, answers of machines and of people; and how it brings them."""

import asyncio
import smtplib
from email.message import EmailMessage
from email.utils import format_datetime

from watchbell.line import clock
from watchbell.line.ids import new_id

FROM = "MAILER-DAEMON@provider.invalid"


def dsn(
    to: str, recipient: str, original: EmailMessage, *, status: str = "5.1.1", action: str = "failed",
    words: str = "550 5.1.1 User unknown",
) -> bytes:  # fmt: skip
    """A delivery status notification (RFC 3464)."""
    text = f"Your message to {recipient} could not be delivered: {words}\n"
    fields = (
        f"Reporting-MTA: dns; mx.provider.invalid\nArrival-Date: {format_datetime(clock.now())}\n\n"
        f"Final-Recipient: rfc822; {recipient}\nAction: {action}\nStatus: {status}\nDiagnostic-Code: smtp; {words}\n"
    )
    return _report("delivery-status", to, "Undelivered Mail Returned to Sender", text, fields, original)


def complaint(sender: str, recipient: str, original: EmailMessage, kind: str = "abuse") -> bytes:
    """A complaint (ARF, RFC 5965): somebody has pressed "this is junk"."""
    fields = (
        f"Feedback-Type: {kind}\nUser-Agent: Played/1.0\nVersion: 1\nOriginal-Mail-From: <{sender}>\n"
        f"Original-Rcpt-To: <{recipient}>\n"
    )
    to = f"complaints@{sender.rpartition('@')[2]}"
    return _report("feedback-report", to, "Complaint about a mail", "This is an abuse report.\n", fields, original)


def machine_answer(to: str, sender: str, original: EmailMessage) -> bytes:
    """An absence note (RFC 3834)."""
    answer = _answer(to, sender, original, "I am out of the office until Monday.")
    answer["Auto-Submitted"] = "auto-replied"
    return answer.as_bytes()


def answer_mail(to: str, sender: str, original: EmailMessage, text: str) -> bytes:
    """A person's answer, with the original quoted under it."""
    plain = original.get_body(("plain",))
    quoted = "\n".join(f"> {line}" for line in (plain.get_content() if plain else "").splitlines())
    return _answer(to, sender, original, f"{text}\n\nOn Monday, the school wrote:\n{quoted}\n").as_bytes()


def _answer(to: str, sender: str, original: EmailMessage, text: str) -> EmailMessage:
    answer = EmailMessage()
    answer["From"], answer["To"] = sender, to
    answer["Subject"] = f"Re: {original['Subject'] or ''}"
    answer["Message-ID"] = f"<{new_id().hex}@provider.invalid>"
    answer["Date"] = format_datetime(clock.now())
    answer["In-Reply-To"] = str(original["Message-ID"] or "")
    answer.set_content(text)
    return answer


def _report(kind: str, to: str, subject: str, text: str, fields: str, original: EmailMessage) -> bytes:
    """multipart/report (RFC 6522) of three parts."""
    boundary = f"=_{new_id().hex}"
    kept = "".join(f"{name}: {original[name]}\n" for name in ("From", "To", "Subject", "Message-ID") if original[name])
    parts = [
        f"Content-Type: text/plain; charset=utf-8\n\n{text}", f"Content-Type: message/{kind}\n\n{fields}",
        f"Content-Type: message/rfc822\n\n{kept}\n",
    ]  # fmt: skip
    head = (
        f"From: {FROM}\nTo: <{to}>\nSubject: {subject}\nMessage-ID: <{new_id().hex}@provider.invalid>\n"
        f"Date: {format_datetime(clock.now())}\nAuto-Submitted: auto-replied\nMIME-Version: 1.0\n"
        f'Content-Type: multipart/report; report-type={kind}; boundary="{boundary}"\n\n'
    )
    body = "".join(f"--{boundary}\n{part}\n" for part in parts) + f"--{boundary}--\n"
    return (head + body).replace("\n", "\r\n").encode()


async def deliver(address: tuple[str, int], sender: str, to: str, raw: bytes) -> str:
    """Brings a mail to `address` by SMTP; what was said last."""
    return await asyncio.to_thread(_deliver, address, sender, to, raw)


def _deliver(address: tuple[str, int], sender: str, to: str, raw: bytes) -> str:
    try:
        with smtplib.SMTP(*address, timeout=10) as client:
            client.sendmail(sender, [to], raw)
    except smtplib.SMTPRecipientsRefused as error:
        code, words = next(iter(error.recipients.values()))
        return f"{code} {words.decode('utf-8', 'replace')}"
    except smtplib.SMTPResponseException as error:
        return f"{error.smtp_code} {error.smtp_error!r}"
    except (OSError, smtplib.SMTPException) as error:
        return f"000 {type(error).__name__}"
    return "250 taken"
