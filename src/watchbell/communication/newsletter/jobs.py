"""An issue's readers are gathered in portions and given to channels; confirmations and test copies likewise."""

from datetime import timedelta
from typing import Any

from django.conf import settings

from watchbell.communication.channels import actions as channels
from watchbell.communication.channels.facts import BodyText, Contact
from watchbell.communication.newsletter import actions, queries
from watchbell.communication.newsletter.facts import CONFIRM_DAYS, ISSUE_HOURS, PURPOSE, Letter
from watchbell.communication.newsletter.models import Issue, Subscriber
from watchbell.communication.newsletter.rules.confirming import already_text, confirm_text
from watchbell.communication.newsletter.rules.letters import mail_html, mail_text, plain
from watchbell.kernel.districts import own_district
from watchbell.kernel.models import District
from watchbell.kernel.permissions import system_actor
from watchbell.line.clock import now

PORTION = 1000


def send(issue: str) -> None:
    """What was approved goes out. Cut short, it goes on where it was."""
    district = own_district()
    actor = system_actor(district.id)
    row = queries.issue_of_mailing(f"newsletter:{issue}")
    if row is None or not actions.write_sent(actor, row.pk):
        return
    mailing = channels.begin_mailing(
        actor, queries.about_of(row), f"Newsletter: {row.title}", PURPOSE, "real",
        [_body(one, district, row) for one in queries.letters_of(row)], _options(district),
        now() + timedelta(hours=ISSUE_HOURS),
    )  # fmt: skip
    readers, after, count = queries.readers_of(row), None, 0
    while people := list((readers.filter(id__gt=after) if after else readers)[:PORTION]):
        channels.add_recipients(mailing, [_contact(one) for one in people], ["email"], count)
        after, count = people[-1].pk, count + len(people)
    channels.finish_preparing(actor, mailing)


def _options(district: District) -> dict[str, Any]:
    """Each reader's own way out (RFC 8058): the gap is filled by the carrier's gateway."""
    return {"from_name": district.name,
            "unsubscribe": f"{settings.PUBLIC_URL}/newsletter/{district.code}/leave/{{{{news}}}}"}  # fmt: skip


def _contact(row: Subscriber) -> Contact:
    return Contact(None, None, "", row.language, emails=(row.address,), fields={"news": row.token})


def _body(letter: Letter, district: District, issue: Issue) -> BodyText:
    places = queries.places_of(district, issue, letter.language)
    return BodyText(
        letter.language, plain(letter.title), mail_text(letter, district.name, issue.number, places),
        letter.title, "", html=mail_html(letter, district.name, issue.number, places),
    )  # fmt: skip


def send_confirmation(subscriber: str, asked: int) -> None:
    """The link that proves an address; to who subscribes already, a word that they do."""
    row = Subscriber.objects.filter(pk=subscriber).first()
    if row is None:
        return
    district = own_district()
    base = f"{settings.PUBLIC_URL}/newsletter/{district.code}"
    if row.state == "pending":
        subject, words = confirm_text(row.language, district.name,
                                      f"{base}/confirm/{queries.confirm_token(row, now())}")  # fmt: skip
    else:
        subject, words = already_text(row.language, district.name, f"{base}/wishes/{row.token}")
    _send_one(f"newsletter-ask:{row.pk.hex}:{asked}", "A newsletter's confirmation", row.address,
              BodyText(row.language, subject, words, subject, ""), CONFIRM_DAYS * 24)  # fmt: skip


def send_test(issue: str, address: str, language: str, stamp: str) -> None:
    """A copy to whoever writes it, marked as one."""
    row = queries.issue_of_mailing(f"newsletter:{issue}")
    if row is None:
        return
    district = own_district()
    letters = queries.letters_of(row)
    chosen = next((one for one in letters if one.language == language), letters[0])
    body = _body(chosen, district, row)
    _send_one(f"newsletter-test:{row.pk.hex}:{stamp}"[:80], f"Test copy: {row.title}", address,
              BodyText(body.language, f"[Test copy] {body.subject}", body.text, body.short, "", html=body.html),
              24)  # fmt: skip


def _send_one(about: str, label: str, address: str, body: BodyText, hours: int) -> None:
    """A mail that was asked for a moment ago: it counts as no newsletter, which they may not want."""
    district = own_district()
    actor = system_actor(district.id)
    channels.send_one(
        actor, about, label, body, Contact(None, None, "", body.language, emails=(address,)), ["email"],
        now() + timedelta(hours=hours),
        {"from_name": district.name, "apart": True},
    )  # fmt: skip


def tidy() -> None:
    """Comes round each hour: who never confirmed is forgotten, who cannot or will not get it is noted."""
    actions.follow_wishes(system_actor(own_district().id))


def note_wish(address: str, is_wanted: bool, how: str, by: str) -> None:
    """In the ledger of wishes: for newsletters to this address, and for nothing else."""
    channels.record_consent(system_actor(own_district().id, by), "email", address, PURPOSE, is_wanted, how,
                            is_proof=True)  # fmt: skip
