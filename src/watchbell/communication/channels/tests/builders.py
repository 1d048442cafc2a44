"""A mailing with recipients, and carriers that are only registered."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from watchbell.communication.channels import actions
from watchbell.communication.channels.facts import BodyText, Contact
from watchbell.communication.channels.models import Batch, Delivery
from watchbell.district.equipment import actions as equipment
from watchbell.kernel.permissions import Actor
from watchbell.line import clock
from watchbell.line.clock import now
from watchbell.line.ids import new_id
from watchbell.wire.tell import Heard, Result, Told

BODY = BodyText("en", "Early release", "School ends at noon. {{link}}", "School ends at noon. {{link}}", "School ends")


def contact(number: int, **more: Any) -> Contact:
    words = {"household": None, "emails": (f"p{number}@x.invalid",), "phones": (f"+1573555{number:04d}",),
             "fields": {"child": f"Child {number}"}, "language": "en"} | more  # fmt: skip
    return Contact(person=None, name=f"Parent {number}", **words)


def build_mailing(
    actor: Actor, contacts: list[Contact], *, purpose: str = "emergency", channels: tuple[str, ...] = ("text", "email"),
    mode: str = "real", next_after: int | None = None, about: str = "",
) -> UUID:  # fmt: skip
    """All recipients there, sending."""
    pk = actions.begin_mailing(actor, about or f"test:{new_id()}", "Early release", purpose, mode, [BODY], {},
                               now() + timedelta(hours=2), next_after)  # fmt: skip
    actions.add_recipients(pk, contacts, channels, 0)
    actions.finish_preparing(actor, pk)
    return pk


def add_carrier(kind: str = "text_carrier", gateway: str = "sms", **more: Any) -> UUID:
    """A carrier of the district."""
    row = {"id": new_id(), "kind": kind, "name": f"{kind} {new_id().hex[-4:]}", "gateway": gateway,
           "device": new_id().hex[:12]} | more  # fmt: skip
    equipment.load_equipment([row])
    return UUID(str(row["id"]))


def add_carriers() -> tuple[UUID, UUID, UUID]:
    """One each for texts, mails and calls."""
    return add_carrier(), add_carrier("mail_relay", "smtp"), add_carrier("call_carrier", "voicecall")


def batch_of(mailing: UUID, channel: str = "text") -> Batch:
    """The first batch of a mailing on a way."""
    return Batch.objects.filter(mailing_id=mailing, channel=channel).earliest("id")


def ids_of(batch: Batch) -> list[UUID]:
    """Its messages, by the recipient's name."""
    return list(Delivery.objects.filter(batch=batch).order_by("recipient__name").values_list("pk", flat=True))


def hand_out(batch: Batch, carrier: UUID) -> int:
    attempt = actions.hand_out_batch(batch.pk, carrier)
    assert attempt is not None
    return attempt


def tell(batch: Batch, carrier: UUID, attempt: int, states: dict[UUID, str], *, how: str = "ok", **more: Any) -> None:
    """A carrier's last word on a batch. What it says nothing of, or "later", it has not taken."""
    untried = [pk.hex for pk in ids_of(batch) if states.get(pk, "later") == "later"]
    actions.take_told(
        Told(district=str(batch.district_id), gateway="sms", endpoint=str(carrier), at=clock.unix(), batch=batch.pk.hex,
             attempt=attempt, is_last=True, untried=untried, carrier=how, because="" if how == "ok" else "no answer",
             results=[Result(pk.hex, state, clock.unix(), **more) for pk, state in states.items()])
    )  # fmt: skip


def refuse(actor: Actor, carrier: UUID, *numbers: int, channel: str = "text", well: int = 1, **more: Any) -> UUID:
    """A carrier says of these people's addresses, in a message that it brings to others, that they do not exist.

    well: to how many others it brings it.
    """
    people = [*numbers, *range(9000, 9000 + well)]
    mailing = build_mailing(actor, [contact(at) for at in people], purpose="routine", channels=(channel,), **more)
    batch = batch_of(mailing, channel)
    names = {f"Parent {at}" for at in numbers}
    rows = Delivery.objects.filter(batch=batch).values_list("pk", "recipient__name")
    states = {pk: ("failed", "No such number", name in names) if name in names else ("sent", "", False)
              for pk, name in rows}  # fmt: skip
    actions.take_told(Told(
        district=str(batch.district_id), gateway="sms", endpoint=str(carrier), at=clock.unix(), batch=batch.pk.hex,
        attempt=hand_out(batch, carrier), is_last=True, results=[
            Result(pk.hex, state, clock.unix(), because, code="0x000b" if is_bad else "", is_bad_address=is_bad)
            for pk, (state, because, is_bad) in states.items()
        ],
    ))  # fmt: skip
    return mailing


def states_of(mailing: UUID) -> dict[str, list[int]]:
    """{way: states}, in the order of the messages."""
    found: dict[str, list[int]] = {}
    for row in Delivery.objects.filter(mailing_id=mailing).order_by("channel", "recipient__name", "id"):
        found.setdefault(row.channel, []).append(row.state)
    return found


def heard(kind: str, text: str = "", **more: Any) -> Heard:
    """What a person or a carrier's desk has sent us."""
    words = {"id": "h1", "district": "d", "gateway": "sms", "endpoint": "e", "at": clock.unix(), "channel": "text",
             "sender": "+15735550001"} | more  # fmt: skip
    return Heard(kind=kind, text=text, **words)
