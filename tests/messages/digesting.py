"""Notices of families who want one mail a day, and what went to them."""

from watchbell.communication.channels import actions
from watchbell.communication.channels import jobs as channel_jobs
from watchbell.communication.channels.models import Batch, Delivery, Preference, Recipient
from watchbell.communication.channels.tests.builders import add_carrier, tell
from watchbell.communication.notices import jobs
from watchbell.communication.notices.models import Notice
from watchbell.communication.notices.tests.builders import confirm, write_form
from watchbell.district.people.actions import load_people
from watchbell.kernel.changes import recorded_batch
from watchbell.line.ids import new_id, same_uuid

MAIL = "maria@x.invalid"


def write(client_as, family, title="Picnic", **words):
    """A routine notice that is out."""
    words = {"channels": ["email"], "title_en": title, "short_en": f"{title}: {{{{child}}}} needs a hat."} | words
    director = client_as("director")
    director.post("/messages/new", write_form(family, **words))
    notice = Notice.objects.order_by("-number").first()
    director.post(f"/messages/{notice.pk}/submit", {"count": ""})
    confirm(notice.pk)
    jobs.send(str(notice.pk))
    channel_jobs.tend_mailings()
    return Notice.objects.get(pk=notice.pk)


def mail_of(notice):
    return Delivery.objects.select_related("batch").get(mailing__about=f"notice:{notice.pk}", channel="email")


def digests():
    rows = Recipient.objects.filter(mailing__about__startswith="digest:").select_related("mailing", "person")
    return list(rows.order_by("mailing__about", "name"))


def carry(word="sent", **more):
    """A carrier's word on each of the digests that wait."""
    carrier = add_carrier("mail_relay", "smtp")
    for batch in Batch.objects.filter(mailing__about__startswith="digest:", state="waiting"):
        attempt = actions.hand_out_batch(batch.pk, carrier)
        mails = Delivery.objects.filter(batch=batch).values_list("pk", flat=True)
        tell(batch, carrier, attempt, dict.fromkeys(mails, word), **more)


def many(family, count, daily=None, *, first=0):
    """More guardians at Ana's school, each with a child; the first `daily` of them (all) want one mail a day."""
    ids = [(same_uuid("many", number), same_uuid("many child", number)) for number in range(first, first + count)]
    load_people({
        "person": [
            {"id": pk, "kind": "guardian", "given": f"P{number}", "family": "Many", "email": f"p{number}@x.invalid"}
            for number, (pk, _) in enumerate(ids, first)
        ] + [
            {"id": child, "kind": "student", "given": f"C{number}", "family": "Many", "site_id": family.site}
            for number, (_, child) in enumerate(ids, first)
        ],
        "guardianship": [{"id": new_id(), "student_id": child, "guardian_id": pk, "relation": "parent"}
                         for pk, child in ids],
    })  # fmt: skip
    wanted = ids if daily is None else ids[:daily]
    with recorded_batch("a test's wishes"):
        Preference.objects.bulk_create(Preference(person_id=pk, is_daily=True) for pk, _ in wanted)
