"""What people enter for a card."""

from datetime import timedelta

from django import forms

from watchbell.line import clock
from watchbell.prevention.procedures import rules
from watchbell.prevention.procedures.facts import (
    CARD_DAYS,
    KINDS,
    LANGUAGES,
    MOST_STEPS,
    MOST_WORDS,
    PLACEHOLDERS,
    ROLES,
)

HOLES = ", ".join(f"{{{name}}} ({told})" for name, told in PLACEHOLDERS.items())


class CardForm(forms.Form):
    """One line a step."""

    kind = forms.ChoiceField(choices=list(KINDS.items()))
    role = forms.ChoiceField(choices=list(ROLES.items()))
    language = forms.ChoiceField(choices=list(LANGUAGES.items()))
    title = forms.CharField(max_length=80)
    steps = forms.CharField(
        widget=forms.Textarea(attrs={"rows": MOST_STEPS + 1}),
        help_text=f"One step a line, at most {MOST_STEPS}, each at most {MOST_WORDS} words. Rooms fill in {HOLES}.",
    )
    expires_on = forms.DateField(
        label="Valid until", widget=forms.DateInput(attrs={"type": "date"}),
        initial=lambda: clock.now().date() + timedelta(days=CARD_DAYS),
    )  # fmt: skip

    def clean_steps(self) -> list[str]:
        return [line.strip() for line in self.cleaned_data["steps"].splitlines() if line.strip()]

    def clean(self) -> dict[str, object]:
        found = super().clean() or {}
        if not self.errors:
            for fault in rules.find_faults(
                found["kind"], found["role"], found["language"], found["title"], found["steps"]
            ):
                self.add_error("steps", fault)
        return found
