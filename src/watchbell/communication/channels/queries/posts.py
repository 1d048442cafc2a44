"""The record of what the district has posted in social networks: nothing of it is ever thrown away."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Case, F, OuterRef, Q, QuerySet, Subquery, When
from django.db.models.functions import Coalesce

from watchbell.communication.channels.facts import OUTCOMES
from watchbell.communication.channels.models import Batch, Body, Delivery
from watchbell.communication.channels.queries.carriers import SEE
from watchbell.district.equipment.facts import EquipmentFacts
from watchbell.kernel.permissions import Actor, require
from watchbell.line.filling import fill
from watchbell.line.posts import NETWORKS, clean, render_post, split_post


@dataclass(frozen=True)
class Posted:
    """One post as it was written for its network. parts: more than one where the network takes a thread.

    ref: the network's own name of it. notice: whose message it is, None for what no message asked for.
    """

    at: datetime | None
    account: str
    network: str
    title: str
    parts: tuple[str, ...]
    state: str
    tone: str
    because: str
    ref: str
    is_correction: bool
    mode: str
    notice: UUID | None


def posts_seen_by(
    actor: Actor, *, search: str = "", account: str = "", since: datetime | None = None, before: datetime | None = None
) -> QuerySet[Delivery]:
    """Every post, the newest first; from `since` until just `before`."""
    require(actor, SEE)
    rows = Delivery.objects.filter(batch__channel="post").select_related("mailing", "recipient")
    if search := search.replace("\0", ""):
        bodies = Body.objects.filter(mailing=OuterRef("mailing"), language=OuterRef("recipient__language"))
        counted = bodies.filter(Q(replaced_at=None) | Q(replaced_at__gt=OuterRef("went"))).order_by("replaced_at")
        went = Case(When(ref="", then=F("at")), default=Coalesce("at", "mailing__made_at"))
        rows = rows.annotate(went=went).annotate(said=Subquery(counted.values("short")[:1]))
        rows = rows.filter(Q(mailing__label__icontains=search) | Q(said__icontains=search))
    rows = rows.filter(to=account.replace("\0", "")) if account else rows
    rows = rows.filter(mailing__made_at__gte=since) if since else rows
    rows = rows.filter(mailing__made_at__lt=before) if before else rows
    return rows.order_by("-mailing__made_at", "-pk")


def is_posting(abouts: Iterable[str]) -> bool:
    """Whether a carrier has a post of these mailings (their `about`) and has not said yet what became of it."""
    return Batch.objects.filter(mailing__about__in=list(abouts), channel="post", state="out").exists()


def as_posted(rows: Iterable[Delivery], accounts: Iterable[EquipmentFacts]) -> list[Posted]:
    """Rows of `posts_seen_by` with their words, as the gateway rendered them. One query."""
    found, known = list(rows), {str(one.id): one for one in accounts}
    bodies: dict[tuple[UUID, str], list[Body]] = {}
    for one in Body.objects.filter(mailing__in={row.mailing_id for row in found}).order_by("replaced_at"):
        bodies.setdefault((one.mailing_id, one.language), []).append(one)  # what counts now is last: NULLS LAST
    return [_posted(row, known.get(row.to), _said(row, bodies)) for row in found]


def _said(row: Delivery, bodies: Mapping[tuple[UUID, str], Sequence[Body]]) -> Body | None:
    """The words that counted when it went."""
    listed = bodies.get((row.mailing_id, row.recipient.language), ())
    went = (row.at or row.mailing.made_at) if row.ref else row.at
    before = [one for one in listed if one.replaced_at is None or (went is not None and went < one.replaced_at)]
    return before[0] if before else None


def _posted(row: Delivery, account: EquipmentFacts | None, body: Body | None) -> Posted:
    network = str((account.settings if account else {}).get("network") or "")
    words: list[str] = []
    if body is not None:
        link = str(row.recipient.fields.get("page") or "")
        fields = {**row.recipient.fields, "link": link}
        short = clean(fill(body.short or body.text, fields))
        words = split_post(network, render_post(network, fill(body.subject, fields), short, link))
    kind, _, rest = row.mailing.about.partition(":")
    notice, _, further = rest.partition(":")
    state, tone = OUTCOMES[row.state][:2]
    return Posted(
        at=row.at or row.mailing.made_at, account=account.name if account else "An account that was taken away",
        network=NETWORKS.get(network, network), title=row.mailing.label, parts=tuple(words), state=state, tone=tone,
        because=row.because, ref=row.ref, is_correction=bool(further), mode=row.mailing.mode,
        notice=UUID(notice) if kind == "notice" else None,
    )  # fmt: skip
