"""What a played world sends back: bounces, complaints, answers of machines and of people; and how it brings them."""

import asyncio
import smtplib
from email.message import EmailMessage
from email.mime.message import MIMEMessage
from email.mime.multipart import MIMEMultipart
from email.mime.nonmultipart import MIMENonMultipart
from email.mime.text import MIMEText
from email.utils import format_datetime

from watchbell.line import clock
from watchbell.line.ids import new_id

FROM = "MAILER-DAEMON@provider.invalid"


def dsn(
    to: str, recipient: str, original: EmailMessage, *, status: str = "5.1.1", action: str = "failed",
    words: str = "550 5.1.1 User unknown",
) -> bytes:  # fmt: skip
    """A delivery status notification (RFC 3464)."""
    report = _report("delivery-status", to, "Undelivered Mail Returned to Sender")
    report.attach(MIMEText(f"Your message to {recipient} could not be delivered: {words}\n", _charset="utf-8"))
    fields = (
        f"Reporting-MTA: dns; mx.provider.invalid\r\nArrival-Date: {format_datetime(clock.now())}\r\n\r\n"
        f"Final-Recipient: rfc822; {recipient}\r\nAction: {action}\r\nStatus: {status}\r\n"
        f"Diagnostic-Code: smtp; {words}\r\n"
    )
    report.attach(_fields("delivery-status", fields))
    report.attach(MIMEMessage(_headers_only(original)))
    return report.as_bytes()


def complaint(sender: str, recipient: str, original: EmailMessage, kind: str = "abuse") -> bytes:
    """A complaint (ARF, RFC 5965): somebody has pressed "this is junk"."""
    report = _report("feedback-report", f"complaints@{sender.rpartition('@')[2]}", "Complaint about a mail")
    report.attach(MIMEText("This is an email abuse report.\n"))
    fields = (
        f"Feedback-Type: {kind}\r\nUser-Agent: Played/1.0\r\nVersion: 1\r\nOriginal-Mail-From: <{sender}>\r\n"
        f"Original-Rcpt-To: <{recipient}>\r\n"
    )
    report.attach(_fields("feedback-report", fields))
    report.attach(MIMEMessage(_headers_only(original)))
    return report.as_bytes()


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


def _report(kind: str, to: str, subject: str) -> MIMEMultipart:
    report = MIMEMultipart("report")
    report.set_param("report-type", kind)
    report["From"], report["To"], report["Subject"] = FROM, to, subject
    report["Message-ID"] = f"<{new_id().hex}@provider.invalid>"
    report["Date"] = format_datetime(clock.now())
    report["Auto-Submitted"] = "auto-replied"
    return report


def _fields(kind: str, text: str) -> MIMENonMultipart:
    part = MIMENonMultipart("message", kind)
    part.set_payload(text)
    return part


def _headers_only(original: EmailMessage) -> EmailMessage:
    found = EmailMessage()
    for name in ("From", "To", "Subject", "Message-ID", "Date"):
        if original[name]:
            found[name] = str(original[name])
    return found


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
