"""Issues are written, looked at, sent by a second right, and stopped."""

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Max

from watchbell.communication.newsletter import queries
from watchbell.communication.newsletter.facts import APPROVE, MOST_DAYS_AHEAD, MOST_TITLE, WRITE, Block, Letter
from watchbell.communication.newsletter.models import Issue, IssueText, Picture
from watchbell.communication.newsletter.rules.blocks import judge_letters
from watchbell.communication.newsletter.rules.digest import digest_letters
from watchbell.communication.newsletter.rules.pictures import clean_picture
from watchbell.communication.notices.facts import LANGUAGES
from watchbell.kernel.changes import Change, recorded_change, take_turns
from watchbell.kernel.districts import own_district
from watchbell.kernel.permissions import Actor, require
from watchbell.line.addresses import read_email
from watchbell.line.clock import now
from watchbell.line.errors import Conflict, NotFound, Refused

MOST_PICTURES = 40


def _touch(change: Change, row: Issue) -> None:
    change.about(row)
    change.touch(f"newsletter:{row.pk}")
    change.touch("newsletter:all")


def _locked(issue_id: UUID, states: Sequence[str]) -> Issue:
    row = Issue.objects.select_for_update().filter(pk=issue_id).first()
    if row is None:
        raise NotFound("There is no such issue, or you may not see it.")
    if row.state not in states:
        raise Conflict(f"It is “{row.get_state_display()}” by now.")
    return row


def _title(text: str) -> str:
    return text.replace("\0", "").strip()[:MOST_TITLE]


def write_issue(actor: Actor, letters: Sequence[Letter], *, is_digest: bool = False) -> UUID:
    """A draft in these languages; its id."""
    require(actor, WRITE)
    if not letters or not _title(letters[0].title):
        raise Refused("Give it a title.")
    with recorded_change(actor, "newsletter.write") as change:
        take_turns(f"newsletter number {actor.district}")
        number = (Issue.objects.aggregate(most=Max("number"))["most"] or 0) + 1
        row = Issue.objects.create(number=number, title=_title(letters[0].title), made_name=actor.name,
                                   language=letters[0].language, is_digest=is_digest)  # fmt: skip
        for one in letters:
            IssueText.objects.create(issue=row, language=one.language, title=_title(one.title),
                                     blocks=queries.to_json(one))  # fmt: skip
        _touch(change, row)
    return row.pk


def draft_digest(actor: Actor) -> UUID:
    """A draft from this month's figures, for a person to review: it is never sent by itself."""
    require(actor, WRITE)
    letters = digest_letters(queries.digest_figures(actor), own_district().name)
    return write_issue(actor, letters, is_digest=True)


def save_text(actor: Actor, issue_id: UUID, language: str, title: str, blocks: Sequence[Block], version: int) -> int:
    """The words in one language; its new version. Raises Conflict when somebody else has changed them meanwhile."""
    require(actor, WRITE)
    with recorded_change(actor, "newsletter.save_text") as change:
        issue = _locked(issue_id, ("draft",))
        row = IssueText.objects.select_for_update().filter(issue=issue, language=language).first()
        if row is None:
            raise NotFound("It is not written in this language.")
        if row.version != version:
            raise Conflict("Somebody else has changed it meanwhile. Your words stand below and are not saved: copy "
                           "what you need, and open the page again.")  # fmt: skip
        known = queries.digests_of(issue)
        kept = [one if one.picture in known else one.changed(picture="") for one in blocks]
        row.title, row.version = _title(title), version + 1
        row.blocks = queries.to_json(Letter(language, title, tuple(kept)))
        row.save(update_fields=["title", "version", "blocks"])
        issue.changed_at = now()
        if language == issue.language and row.title:
            issue.title = row.title
        issue.save(update_fields=["changed_at", "title"])
        change.note(language=language, blocks=len(kept))
        _touch(change, issue)
    return row.version


def add_language(actor: Actor, issue_id: UUID, language: str) -> None:
    """One more language, beginning with the blocks of the first one, to be written over."""
    require(actor, WRITE)
    if language not in LANGUAGES:
        raise Refused("Choose a language.")
    with recorded_change(actor, "newsletter.add_language") as change:
        issue = _locked(issue_id, ("draft",))
        texts = queries.texts_of(issue)
        if any(one.language == language for one in texts):
            raise Conflict("It is written in this language already.")
        first = texts[0] if texts else None
        IssueText.objects.create(issue=issue, language=language, title=first.title if first else "",
                                 blocks=first.blocks if first else [])  # fmt: skip
        change.note(language=language)
        _touch(change, issue)


def keep_picture(actor: Actor, issue_id: UUID, raw: bytes) -> str:
    """A picture of this issue, written anew; its digest. Raises Refused with the reason."""
    require(actor, WRITE)
    made = clean_picture(raw)
    if isinstance(made, str):
        raise Refused(made)
    digest = hashlib.sha256(made.content).hexdigest()
    with recorded_change(actor, "newsletter.keep_picture") as change:
        issue = _locked(issue_id, ("draft",))
        if Picture.objects.filter(issue=issue).count() >= MOST_PICTURES:
            raise Refused(f"An issue has at most {MOST_PICTURES} pictures.")
        Picture.objects.get_or_create(
            issue=issue, digest=digest,
            defaults={"media_type": made.media_type, "content": made.content, "width": made.width,
                      "height": made.height},
        )  # fmt: skip
        change.note(bytes=len(made.content), width=made.width, height=made.height)
        _touch(change, issue)
    return digest


def set_topics(actor: Actor, issue_id: UUID, topics: Sequence[str]) -> None:
    """Whose subscribers get it; none: everybody's."""
    require(actor, WRITE)
    known = {str(one.pk) for one in queries.topics()}
    with recorded_change(actor, "newsletter.set_topics") as change:
        issue = _locked(issue_id, ("draft",))
        issue.topics = sorted({one for one in topics if one in known})
        issue.save(update_fields=["topics"])
        _touch(change, issue)


def submit_issue(actor: Actor, issue_id: UUID, seen_count: int, send_at: datetime | None = None) -> str:
    """It goes out, now or at its time; the new state. seen_count: how many readers the sender saw.

    Raises Refused with what is missing, Conflict when it would reach another number by now.
    """
    require(actor, APPROVE)
    faults = judge_letters(queries.letters_of(queries.issue_seen_by(actor, issue_id)))
    if faults:
        raise Refused(" ".join(faults))
    moment = now()
    if send_at is not None and send_at > moment + timedelta(days=MOST_DAYS_AHEAD):
        raise Refused("Choose a time within a year.")
    with recorded_change(actor, "newsletter.submit") as change:
        row = _locked(issue_id, ("draft",))
        count = queries.readers_of(row).count()
        if count == 0:
            raise Refused("Nobody subscribes to these topics yet.")
        if abs(count - seen_count) > max(5, seen_count // 20):
            raise Conflict(f"It would reach {count:,} people now, not {seen_count:,}: look at it again.")
        is_later = send_at is not None and send_at > moment
        row.state, row.approved_name = "scheduled" if is_later else "sending", actor.name
        row.send_at = send_at if is_later else None
        row.save(update_fields=["state", "approved_name", "send_at"])
        change.note(people=count)
        change.ask_slowly("newsletter.send", at=row.send_at, issue=str(row.pk))
        _touch(change, row)
    return row.state


def take_back(actor: Actor, issue_id: UUID) -> None:
    """A scheduled one is a draft again."""
    require(actor, WRITE)
    with recorded_change(actor, "newsletter.take_back") as change:
        row = _locked(issue_id, ("scheduled",))
        row.state, row.send_at, row.approved_name = "draft", None, ""
        row.save(update_fields=["state", "send_at", "approved_name"])
        _touch(change, row)


def drop_issue(actor: Actor, issue_id: UUID) -> None:
    """A draft is thrown away, with its pictures."""
    require(actor, WRITE)
    with recorded_change(actor, "newsletter.drop") as change:
        row = _locked(issue_id, ("draft",))
        _touch(change, row)
        row.delete()


def write_sent(actor: Actor, issue_id: UUID) -> bool:
    """It goes out: everybody may read it from now on. False when it is not to be sent any more."""
    with recorded_change(actor, "newsletter.send") as change:
        row = Issue.objects.select_for_update().filter(pk=issue_id).first()
        is_due = row is not None and (
            row.state == "sending" or (row.state == "scheduled" and row.send_at is not None and row.send_at <= now())
        )
        if row is None or not is_due:
            return False
        if row.sent_at is None:
            row.state, row.sent_at = "sending", now()
            row.save(update_fields=["state", "sent_at"])
        _touch(change, row)
    return True


def note_ended(actor: Actor, about: str, state: str) -> None:
    """Its mailing is through, or was stopped."""
    issue = queries.issue_of_mailing(about)
    if issue is None:
        return
    with recorded_change(actor, "newsletter.note_ended", target=issue) as change:
        word = "stopped" if state == "stopped" else "sent"
        Issue.objects.filter(pk=issue.pk, state__in=("sending", "paused")).update(state=word)
        change.ask_slowly("newsletter.tidy", once="ended")
        _touch(change, issue)


#: What is asked of an issue that is out → (states it may be in, state it gets).
CHANGES = {
    "pause": (("sending",), "paused"), "resume": (("paused",), "sending"), "stop": (("sending", "paused"), "stopped"),
}  # fmt: skip


def change_sending(actor: Actor, issue_id: UUID, what: str) -> None:
    """Pauses, resumes or stops what has not gone out yet; of one that is stopped the page leaves the archive."""
    require(actor, WRITE)
    before, after = CHANGES[what]
    with recorded_change(actor, f"newsletter.{what}") as change:
        row = _locked(issue_id, before)
        mailing = queries.mailing_of(row)
        row.state = after
        row.save(update_fields=["state"])
        if mailing is not None:
            change.ask_soon("channels.change_mailing", mailing=str(mailing.pk), what=what, by=actor.name)
        if what == "resume":
            change.ask_slowly("newsletter.send", issue=str(row.pk))  # whoever was not gathered before the pause
        _touch(change, row)


def ask_test(actor: Actor, issue_id: UUID, language: str, address: str) -> None:
    """A copy to the writer's own address, and to nobody else."""
    require(actor, WRITE)
    found = read_email(address)
    if not found:
        raise Refused("Your account has no e-mail address a copy could go to.")
    issue = queries.issue_seen_by(actor, issue_id)
    if not any(one.language == language for one in queries.texts_of(issue)):
        raise NotFound("It is not written in this language.")
    with recorded_change(actor, "newsletter.ask_test", target=issue) as change:
        change.ask_slowly("newsletter.send_test", issue=str(issue.pk), address=found, language=language,
                          stamp=f"{now().timestamp():.0f}", queue="soon")  # fmt: skip
