"""The form of a step: what it does, to whom, when, how long it may take, what is done when no endpoint answers; and of
an escalation: what follows when no person does."""

from collections.abc import Sequence
from typing import Any

from django import forms

from watchbell.district.accounts.facts import ROLE_NAMES
from watchbell.district.equipment.facts import EquipmentFacts
from watchbell.response.plans.facts import ACTIONS, SELECTORS, TIMINGS, WAITS_FOR

TO_PEOPLE = ("tell_screens", "push_staff")
SELECTOR_WORDS = {"all": "All of its kind at the site", "exterior": "The exterior ones", "named": "Those ticked below"}


def audience_fields(params: dict[str, Any]) -> dict[str, Any]:
    """A step's audience as the form's fields show it."""
    audience = params.get("audience") or {}
    return {"audience_roles": audience.get("roles", []), "nearest": audience.get("nearest"),
            "each": bool(audience.get("each"))}  # fmt: skip


class StepForm(forms.Form):
    """For one action: the endpoints offered are those it can be asked of, here and now."""

    name = forms.CharField(max_length=120, label="Name", help_text="What staff read on the board.")
    timing = forms.ChoiceField(label="When", choices=[(k, v.capitalize()) for k, v in TIMINGS.items()])
    delay_seconds = forms.FloatField(
        label="Waits seconds, if it follows", min_value=0, max_value=3600, required=False, initial=0
    )
    select = forms.ChoiceField(label="Which endpoints", choices=[(k, SELECTOR_WORDS[k]) for k in SELECTORS])
    endpoints = forms.MultipleChoiceField(label="Endpoints", required=False)
    deadline_seconds = forms.FloatField(label="Late after seconds", min_value=0.5, max_value=3600, initial=5)
    expires_seconds = forms.FloatField(label="Given up after seconds", min_value=0.5, max_value=3600, initial=60)
    fallback_action = forms.ChoiceField(
        label="If nobody answers in time",
        required=False,
        choices=[("", "Nothing more"), *((k, v[0]) for k, v in ACTIONS.items())],
    )
    fallback_endpoints = forms.MultipleChoiceField(label="By these", required=False)

    audience_roles = forms.MultipleChoiceField(
        label="Only these roles (none ticked: everybody)", required=False, choices=list(ROLE_NAMES.items())
    )
    nearest = forms.IntegerField(
        label="Only so many of them, the nearest first", min_value=1, max_value=50, required=False,
        help_text="Empty: all of them. By the rooms where people usually are.",
    )  # fmt: skip
    each = forms.BooleanField(
        label="Always the nearest of each role", required=False,
        help_text="A nurse, say, also where three others are nearer.",
    )  # fmt: skip

    def __init__(self, *args: Any, action: str, equipment: Sequence[EquipmentFacts], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.action = action
        fitting = ACTIONS.get(action, ("", ()))[1]
        self.kinds = {str(thing.id): thing.kind for thing in equipment}
        everything = [(str(thing.id), thing.name) for thing in equipment]
        self.fields["endpoints"].choices = [(k, v) for k, v in everything if self.kinds[k] in fitting]  # type: ignore[attr-defined]
        self.fields["fallback_endpoints"].choices = everything  # type: ignore[attr-defined]
        if action not in TO_PEOPLE:
            del self.fields["audience_roles"], self.fields["nearest"], self.fields["each"]

    def clean(self) -> dict[str, Any]:
        found = super().clean() or {}
        if found.get("select") == "named" and not found.get("endpoints") and "endpoints" not in self.errors:
            self.add_error("endpoints", "Tick at least one, or choose all of its kind.")
        late, over = found.get("deadline_seconds"), found.get("expires_seconds")
        if late and over and over < late:
            self.add_error("expires_seconds", "It cannot be given up before it is late.")
        action, endpoints = found.get("fallback_action"), found.get("fallback_endpoints")
        if endpoints and not action:
            self.add_error("fallback_action", "Say what these endpoints are to do.")
        if action and not endpoints:
            self.add_error("fallback_endpoints", "Tick who does it.")
        wrong = [one for one in endpoints or [] if action and self.kinds.get(one) not in ACTIONS[action][1]]
        if wrong:
            self.add_error("fallback_endpoints", f"{len(wrong)} of these cannot {ACTIONS[action or ''][0].lower()}.")
        return found

    def as_step(self) -> dict[str, Any]:
        """The cleaned form as a step for actions.write_plan."""
        found = dict(self.cleaned_data)
        roles, nearest = found.pop("audience_roles", []), found.pop("nearest", None)
        each = found.pop("each", False)
        if self.action in TO_PEOPLE:
            audience = {"roles": roles} | ({"nearest": nearest} if nearest else {})
            audience |= {"each": True} if nearest and each else {}
            kept = {key: value for key, value in (self.initial.get("params") or {}).items() if key != "audience"}
            found["params"] = kept | ({"audience": audience} if roles else {})
        if found["select"] != "named":
            found["endpoints"] = []
        return found | {"action": self.action, "delay_seconds": found["delay_seconds"] or 0.0}


#: Actions that can be meant for some people only.
FOR_PEOPLE = frozenset({"tell_screens", "push_staff"})


class EscalationForm(forms.Form):
    """For one action: after how long, without which answer, by which endpoints, for whom."""

    after_seconds = forms.FloatField(
        label="After seconds, counted from the press", min_value=1, max_value=3600, initial=30
    )
    waits_for = forms.MultipleChoiceField(
        label="Unless", choices=[(word, said.capitalize()) for word, said in WAITS_FOR.items()],
        initial=["dispatch_acknowledged"], error_messages={"required": "Tick the answer that stops it."},
    )  # fmt: skip
    endpoints = forms.MultipleChoiceField(label="By these", required=False)
    roles = forms.MultipleChoiceField(label="For", required=False, choices=list(ROLE_NAMES.items()))

    def __init__(self, *args: Any, action: str, equipment: Sequence[EquipmentFacts], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.action = action
        fitting = ACTIONS.get(action, ("", ()))[1]
        self.fields["endpoints"].choices = [(str(t.id), t.name) for t in equipment if t.kind in fitting]  # type: ignore[attr-defined]
        if action not in FOR_PEOPLE:
            del self.fields["roles"]

    def as_escalation(self, old: dict[str, Any] | None = None) -> dict[str, Any]:
        """The cleaned form as an escalation for actions.write_plan; what it does not ask stays as `old` had it."""
        found = self.cleaned_data
        params = dict((old or {}).get("params", {}))
        if "roles" in found:
            audience = {k: v for k, v in params.pop("audience", {}).items() if k != "roles"}
            if found["roles"] or audience:
                params["audience"] = audience | {"roles": found["roles"]}
        return {
            "after_seconds": found["after_seconds"], "action": self.action, "waits_for": found["waits_for"],
            "endpoints": found["endpoints"], "params": params,
        }  # fmt: skip
