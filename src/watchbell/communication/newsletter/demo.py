"""The demo district's topics, a few subscribers, one issue that was sent and one draft."""

from datetime import timedelta

from watchbell.communication.newsletter import actions
from watchbell.communication.newsletter.facts import Block, Letter
from watchbell.communication.newsletter.models import Issue, Subscriber, Topic
from watchbell.kernel.changes import recorded_change
from watchbell.kernel.permissions import Actor
from watchbell.line.clock import now
from watchbell.line.ids import same_id, same_uuid

TOPICS = ("Safety", "Schools of the district", "Board and budget")
#: (address, language, state, topics by number)
SUBSCRIBERS = (
    ("alma.torres@mail.invalid", "es", "active", (0,)),
    ("b.kowalski@mail.invalid", "en", "active", ()),
    ("cedar.reader@mail.invalid", "en", "active", (0, 1)),
    ("deshawn.lee@mail.invalid", "en", "active", (1, 2)),
    ("evelyn.hart@mail.invalid", "en", "left", (0,)),
    ("farah.noor@mail.invalid", "ar", "active", ()),
    ("gus@old-host.invalid", "en", "bounced", ()),
    ("hana.ito@mail.invalid", "en", "pending", (0,)),
)
ENGLISH = Letter("en", "A calm start into autumn", (
    Block("b1", "paragraph", "Dear neighbors,\n\nthe first weeks of school are behind us. Here is what we did for the "
          "safety of our schools, and what comes next."),
    Block("b2", "heading", "What we practiced"),
    Block("b3", "list", "Every school practiced leaving the building\nNine schools practiced a lockdown\nBus drivers "
          "practiced getting everybody out by the rear door"),
    Block("b4", "heading", "What you can do"),
    Block("b5", "paragraph", "Look whether the office has your telephone number as it is today. In an emergency we "
          "write to the numbers we have."),
    Block("b6", "button", "Ask for a visit to a drill", url="https://cedar-valley.invalid/visit"),
    Block("b7", "divider"),
    Block("b8", "paragraph", "If you see something that worries you, tell any member of staff. In an emergency call "
          "911."),
))  # fmt: skip
SPANISH = Letter("es", "Un comienzo tranquilo", (
    Block("b1", "paragraph", "Estimados vecinos:\n\nya pasaron las primeras semanas de clases. Esto hicimos por la "
          "seguridad de nuestras escuelas."),
    Block("b2", "heading", "Lo que practicamos"),
    Block("b3", "list", "Todas las escuelas practicaron la evacuación\nNueve escuelas practicaron el cierre de "
          "emergencia"),
    Block("b4", "divider"),
    Block("b5", "paragraph", "Si algo le preocupa, dígaselo a cualquier miembro del personal. En una emergencia llame "
          "al 911."),
))  # fmt: skip


def load(actor: Actor) -> int:
    """Once; how many subscribers."""
    if Issue.objects.exists():
        return 0
    for name in TOPICS:
        actions.save_topic(actor, name)
    topics = [str(Topic.objects.get(name=name).pk) for name in TOPICS]
    moment = now()
    with recorded_change(actor, "demo.load_subscribers"):
        Subscriber.objects.bulk_create(
            Subscriber(
                id=same_uuid("demo subscriber", address), address=address, language=language, state=state,
                topics=[topics[one] for one in chosen], token=same_id("demo subscriber", address)[:24],
                asked_at=moment - timedelta(days=40 if state != "pending" else 1),
                confirmed_at=moment - timedelta(days=39) if state != "pending" else None,
                left_at=moment - timedelta(days=3) if state == "left" else None,
                left_because="Unsubscribed by one click" if state == "left" else "",
            )
            for address, language, state, chosen in SUBSCRIBERS
        )  # fmt: skip
    sent = actions.write_issue(actor, [ENGLISH, SPANISH])
    with recorded_change(actor, "demo.load_issue"):
        Issue.objects.filter(pk=sent).update(
            state="sent", sent_at=moment - timedelta(days=21), approved_name=actor.name
        )
    actions.write_issue(actor, [Letter("en", "Winter weather", (Block("b1", "paragraph", "How we decide whether school "
                                                                      "is open:"),))])  # fmt: skip
    return len(SUBSCRIBERS)
