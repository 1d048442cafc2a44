"""Templates are written, and approved version by version by whoever may send."""

from collections.abc import Sequence
from uuid import UUID

import msgspec

from watchbell.communication.notices import queries, rules
from watchbell.communication.notices.facts import INCIDENT_WORDS, LETTER_WORDS, Audience, Draft, Text
from watchbell.communication.notices.models import Template
from watchbell.kernel.changes import recorded_change
from watchbell.kernel.permissions import Actor, require
from watchbell.line.clock import now
from watchbell.line.errors import Conflict, Refused
from watchbell.response.plans.facts import KINDS as ALARM_KINDS


def write_template(
    actor: Actor, template_id: UUID | None, name: str, purpose: str, kind: str, texts: Sequence[Text],
    options: Sequence[str] = (), *, version: int | None = None,
) -> UUID:  # fmt: skip
    """Writes a template; it has to be approved before it may be used. Raises Refused with what is wrong.

    version: the one these words were written over; Conflict where it is another by now. None: whatever it is.
    """
    require(actor, queries.SETTINGS)
    name = name.strip()[:120]
    faults = rules.judge_draft(Draft(purpose, tuple(texts), Audience(), (), options=tuple(options)), is_whole=False)
    errors = [] if name else ["Give it a name."]
    errors += ["There is no such kind of incident."] if kind and kind not in ALARM_KINDS else []
    errors += [one for one in faults.errors if "stands for" not in one or not _is_incident_word(one)]
    if errors:
        raise Refused(" ".join(errors))
    row = queries.one_template(template_id) if template_id else Template(version=0)
    if version is not None and version != row.version:
        raise Conflict("It was changed meanwhile: read it again.")
    if Template.objects.filter(name=name).exclude(pk=row.pk).exists():
        raise Conflict("There is a template of this name already.")
    with recorded_change(actor, "notices.write_template", target=name) as change:
        row.name, row.purpose, row.kind, row.options = name, purpose, kind, list(options)
        row.texts, row.version = [msgspec.to_builtins(one) for one in texts], row.version + 1
        row.changed_at, row.changed_by, row.approved_at, row.approved_by = now(), actor.name, None, ""
        row.save()
        change.about(row)
        change.touch("notices:all")
    return row.pk


def _is_incident_word(error: str) -> bool:
    return any(f"{{{{{word}}}}}" in error.split(". There")[0] for word in INCIDENT_WORDS | LETTER_WORDS)


def approve_template(actor: Actor, template_id: UUID, version: int) -> None:
    """This version may be used. Raises Conflict when it was changed meanwhile."""
    require(actor, queries.APPROVE)
    with recorded_change(actor, "notices.approve_template") as change:
        row = Template.objects.select_for_update().get(pk=queries.one_template(template_id).pk)
        if row.version != version:
            raise Conflict("It was changed meanwhile: read it again.")
        row.approved_at, row.approved_by = now(), actor.name
        row.save(update_fields=["approved_at", "approved_by"])
        change.about(row)
        change.touch("notices:all")


def retire_template(actor: Actor, template_id: UUID) -> None:
    require(actor, queries.SETTINGS)
    with recorded_change(actor, "notices.retire_template") as change:
        row = queries.one_template(template_id)
        Template.objects.filter(pk=row.pk).update(is_retired=True, name=f"{row.name[:90]} ({row.pk.hex[-8:]})")
        change.about(row)
        change.touch("notices:all")
