"""Telling 45,000 people: what a message costs the sender and a local sink, beside the sink's bare limit and others.

E-mail here; texts are in `notices_text.py`, where that is there. Rates are per core-second: messages through CPU
time of client and sink together, which other work on the machine disturbs least.
"""

import asyncio
import hashlib
import json
import logging
import os
import smtplib
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "src"), str(ROOT)]
os.environ.setdefault("WATCHBELL_HOME", tempfile.mkdtemp(prefix="watchbell-bench-"))

import uvloop  # noqa: E402
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey  # noqa: E402
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key  # noqa: E402

from watchbell.gateways.journal import Journal  # noqa: E402
from watchbell.gateways.sending import Pace, Sending  # noqa: E402
from watchbell.gateways.smtp.codec import parse_address  # noqa: E402
from watchbell.gateways.smtp.dkim import Signer  # noqa: E402
from watchbell.gateways.smtp.link import Door, Pool  # noqa: E402
from watchbell.gateways.smtp.message import Mailing, Mailings, Origin  # noqa: E402
from watchbell.gateways.smtp.posting import Posting  # noqa: E402
from watchbell.wire.order import Endpoint  # noqa: E402
from watchbell.wire.tell import Batch, Body, Recipient  # noqa: E402

COUNT, FEW, FEWEST, BATCH, LANES = 45_000, 4_000, 1_000, 200, 2
SENDER = "alerts@cedar.example"
LINE = "<p>School {} is in secure status. Students are safe. Do not come.</p>\n"
PAGE = '<html><body><p>Dear families,</p>\n{}<p><a href="{{{{page}}}}">More</a></p></body></html>'
TEXT = "Dear {{name}},\n\nyour school is in secure status. Students are safe. Do not come.\n\n{{page}}\n"
BODIES = [
    Body(language=language, subject=subject, text=TEXT, html=PAGE.format("".join(LINE.format(n) for n in range(13))))
    for language, subject in (("en", "Secure status at your school"), ("es", "Estado seguro en su escuela"))
]


def people(count):
    return [
        Recipient(f"{n:032x}", f"parent{n}@mail.example", "es" if n % 4 == 0 else "en", f"Parent {n}",
                  {"name": f"Parent {n}", "page": f"https://cedar.example/n/{n}"})
        for n in range(count)
    ]  # fmt: skip


class Sink:
    """The sink in a process of its own."""

    def __init__(self):
        self.process = subprocess.Popen(
            [sys.executable, str(Path(__file__).parent / "sink.py"), "0"], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        self.port = int(self.process.stdout.readline().split()[1])

    def look(self):
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        mails, recipients, cpu = self.process.stdout.readline().split()
        return int(mails), int(recipients), float(cpu)

    def stop(self):
        self.process.kill()
        self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()


def measure(sink, count, work):
    """Runs `work`, which sends `count` mails. Raises where the sink has not got as many."""
    before, cpu, wall = sink.look(), time.process_time(), time.perf_counter()
    work()
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    after = sink.look()
    if after[0] - before[0] != count:
        raise RuntimeError(f"the sink has {after[0] - before[0]} mails of {count}")
    own, its = cpu / count, (after[2] - before[2]) / count
    return {
        "client_us": round(own * 1e6, 1), "sink_us": round(its * 1e6, 1), "per_second": round(count / wall),
        "per_core_second": round(1 / (own + its)),
    }  # fmt: skip


def batches(listed):
    endpoint = Endpoint(id="relay", name="Relay", gateway="smtp", device="relay")
    for at in range(0, len(listed), BATCH):
        yield Batch(
            id=f"{at:032x}", attempt=1, district="d", site="", mailing="m", channel="email", purpose="routine",
            mode="real", endpoint=endpoint, bodies=BODIES, recipients=listed[at : at + BATCH],
            made_at=time.time(), expires_at=time.time() + 3600,  # noqa: TID251 - no part of the system
            options={"unsubscribe": "https://cedar.example/u/{{id}}"},
        )  # fmt: skip


async def send_ours(sink, listed, signer, lanes=LANES):
    """The gateway's protocol half: batches with a journal on disk, every mail's state kept and told."""
    origin = Origin(SENDER, "Cedar Valley Schools", "bounces.cedar.example", signer)
    pool = Pool(Door("127.0.0.1", sink.port, "none"), lanes)
    waiting = iter(list(batches(listed)))
    told, mailings = [], Mailings()
    with tempfile.TemporaryDirectory() as folder:

        async def lane():
            for batch in waiting:
                journal = Journal(Path(folder) / batch.id)
                sending = Sending(batch, {}, journal, Pace(0))
                items = [(one, parse_address(one.to)) for one in sending.todo]
                await Posting(sending, mailings.find(batch, origin), items).run(pool)
                told.extend(sending.fresh)
                journal.close()
                if sending.carrier != "ok":
                    raise RuntimeError(sending.because)

        await asyncio.gather(*(lane() for _ in range(lanes)))
    await pool.close()
    if len(told) != len(listed) or {one.state for one in told} != {"sent"}:
        raise RuntimeError("not every mail's state is known")


async def send_bare(sink, count, raw):
    """The sink's own limit: the same bytes again and again, nothing waited for."""
    one = b"MAIL FROM:<a@b.example>\r\nRCPT TO:<c@d.example>\r\nBDAT %d LAST\r\n" % len(raw) + raw
    loop = asyncio.get_running_loop()
    done, room = loop.create_future(), asyncio.Event()
    room.set()

    class Blast(asyncio.Protocol):
        seen = 0

        def data_received(self, data):
            Blast.seen += data.count(b"queued as")
            if Blast.seen >= count and not done.done():
                done.set_result(None)

        def pause_writing(self):
            room.clear()

        def resume_writing(self):
            room.set()

    transport, _ = await loop.create_connection(Blast, "127.0.0.1", sink.port)
    transport.write(b"EHLO bench\r\n")
    for _ in range(count // 20):
        transport.write(one * 20)
        await room.wait()
        await asyncio.sleep(0)
    await done
    transport.close()


def send_django(sink, listed, is_rich):
    """Django: send_mass_mail (text only), or EmailMultiAlternatives over one connection (the same work as ours)."""
    from django.conf import settings
    from django.core.mail import EmailMultiAlternatives, get_connection, send_mass_mail

    if not settings.configured:
        settings.configure(EMAIL_HOST="127.0.0.1", EMAIL_PORT=sink.port, DEFAULT_CHARSET="utf-8", USE_I18N=False)
    if not is_rich:
        text = TEXT + "Students are safe. " * 90
        send_mass_mail([(BODIES[0].subject, personal(text, one), SENDER, [one.to]) for one in listed])
        return
    messages = []
    for one in listed:
        body = BODIES[1] if one.language == "es" else BODIES[0]
        headers = {"Message-ID": f"<{one.id}@cedar.example>", "List-Unsubscribe": f"<https://cedar.example/u/{one.id}>"}
        message = EmailMultiAlternatives(body.subject, personal(body.text, one), SENDER, [one.to], headers=headers)
        message.attach_alternative(personal(body.html, one), "text/html")
        messages.append(message)
    get_connection("django.core.mail.backends.smtp.EmailBackend").send_messages(messages)


def personal(text, one):
    return text.replace("{{name}}", one.fields["name"]).replace("{{page}}", one.fields["page"])


def send_apprise(sink, listed):
    """apprise: one URL with the addresses of 100 people, as it is meant for many; it cannot personalise them."""
    import apprise

    logging.disable(logging.CRITICAL)
    for at in range(0, len(listed), 100):
        to = ",".join(one.to for one in listed[at : at + 100])
        sender = apprise.Apprise()
        sender.add(f"mailto://127.0.0.1:{sink.port}?from={SENDER}&to={to}&mode=insecure&smtp=127.0.0.1")
        if not sender.notify(title=BODIES[0].subject, body=personal(BODIES[0].html, listed[at]), body_format="html"):
            raise RuntimeError("apprise could not send")


def send_smtplib(sink, letters):
    """The standard library with mails that are ready: its protocol half alone, one connection, no state."""
    with smtplib.SMTP("127.0.0.1", sink.port) as client:
        for to, raw in letters:
            client.sendmail(SENDER, [to], raw)


def sign_bare(signer, count=2_000):
    """Microseconds of the bare signature of a mail: what no sender of signed mail can do without."""
    digest, began = hashlib.sha256(b"a mail").digest(), time.process_time()
    for _ in range(count):
        signer.sign(digest)
    return (time.process_time() - began) / count * 1e6


def mail():
    """Every figure of e-mail."""
    sink = Sink()
    listed = people(COUNT)
    batch = next(iter(batches(listed)))
    letter = Mailing(batch, Origin(SENDER, "Cedar Valley Schools", "bounces.cedar.example")).letter
    letters = [(one.to, letter(one, parse_address(one.to))) for one in listed[:FEW]]
    signers = {
        "unsigned": None, "ed25519": Signer("cedar.example", "s1", Ed25519PrivateKey.generate()),
        "rsa2048": Signer("cedar.example", "s1", generate_private_key(public_exponent=65537, key_size=2048)),
    }  # fmt: skip
    works = {"bare": (COUNT, lambda: uvloop.run(send_bare(sink, COUNT, letters[0][1])))}
    for name, signer in signers.items():
        few = COUNT if name != "rsa2048" else COUNT // 5
        works[f"ours_{name}"] = few, lambda signer=signer, few=few: uvloop.run(send_ours(sink, listed[:few], signer))
    works |= {
        "smtplib_ready_mails": (FEW, lambda: send_smtplib(sink, letters)),
        "django_send_mass_mail": (FEW, lambda: send_django(sink, listed[:FEW], False)),
        "django_multipart": (FEW, lambda: send_django(sink, listed[:FEW], True)),
        "apprise": (FEWEST, lambda: send_apprise(sink, listed[:FEWEST])),
    }
    found = {"mail_bytes": len(letters[1][1])}
    rates = {}
    try:
        for name, (count, work) in works.items():
            told = measure(sink, count, work)
            rates[name] = told["per_core_second"]
            found |= {f"mail_{name}_{what}": value for what, value in told.items()}
    finally:
        sink.stop()
    peers = max(rates[name] for name in ("django_send_mass_mail", "django_multipart", "apprise"))
    for name, signer in signers.items():
        found[f"mail_ours_{name}_of_bare"] = round(rates[f"ours_{name}"] / rates["bare"], 3)
        if signer is not None:
            least = sign_bare(signer)
            found[f"mail_{name}_bare_signature_us"] = round(least, 1)
            found[f"mail_ours_{name}_of_bare_with_a_signature"] = round(
                rates[f"ours_{name}"] * (1 / rates["bare"] + least / 1e6), 3
            )
        found[f"mail_ours_{name}_times_best_peer"] = round(rates[f"ours_{name}"] / peers, 1)
    return found


def main():
    print(json.dumps(mail()))


if __name__ == "__main__":
    main()
