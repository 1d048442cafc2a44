"""Input shapes of incident command."""

from typing import Any

from django import forms

from watchbell.response.command.facts import COMMANDER, MOST_TEXT, OUTCOMES, POSITIONS


class PostForm(forms.Form):
    """rooms: (id, name) of the site's places."""

    place = forms.ChoiceField(label="Room", required=False)
    words = forms.CharField(label="Or elsewhere", max_length=160, required=False,
                            help_text="The north parking lot, at the bus lane")  # fmt: skip

    def __init__(self, rooms: list[tuple[str, str]], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["place"].choices = [("", "Not in a room"), *rooms]  # type: ignore[attr-defined]


class PositionForm(forms.Form):
    position = forms.ChoiceField(
        label="Position", choices=[(key, title) for key, (title, _) in POSITIONS.items() if key != COMMANDER]
    )
    name = forms.CharField(label="Who", max_length=160)
    agency = forms.CharField(label="Agency", max_length=120, required=False, help_text="Empty: the school's own")
    contact = forms.CharField(label="Reached at", max_length=120, required=False, help_text="Telephone, radio channel")


class OfferForm(forms.Form):
    to_agency = forms.CharField(label="To which agency", max_length=120, required=False,
                                help_text="Cedar Valley Police; empty: to somebody else of the school")  # fmt: skip
    briefing = forms.CharField(label="Briefing", max_length=MOST_TEXT, required=False,
                               widget=forms.Textarea({"rows": 4}),
                               help_text="What is known, what has been done, what is dangerous")  # fmt: skip


class SignForm(forms.Form):
    """For whoever signs on somebody else's device."""

    name = forms.CharField(label="Name", max_length=160)
    badge = forms.CharField(label="Badge number", max_length=60, required=False)


class CareForm(forms.Form):
    name = forms.CharField(label="Who", max_length=160)
    found = forms.CharField(label="Found", max_length=MOST_TEXT, widget=forms.Textarea({"rows": 3}),
                            help_text="Complaint, signs, what happened")  # fmt: skip
    given = forms.CharField(label="Care given", max_length=MOST_TEXT, required=False,
                            widget=forms.Textarea({"rows": 3}))  # fmt: skip
    outcome = forms.ChoiceField(label="Afterwards", choices=list(OUTCOMES.items()), required=False)
    family_told = forms.CharField(label="Family told", max_length=160, required=False, help_text="By whom, when")
