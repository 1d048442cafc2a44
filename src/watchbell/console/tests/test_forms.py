"""A select drawn by hand is what Django's own templates draw."""

import pytest
from django import forms
from django.forms.renderers import TemplatesSetting

from watchbell.console.forms import ConsoleRenderer


class Choosing(forms.Form):
    """Selects of every shape."""

    room = forms.ChoiceField(choices=[("", "None"), ("1", "Room <1> & “2”"), (2, "Room 2")], initial=2)
    building = forms.ChoiceField(choices=[("Main", [("a", "A"), ("b", 'B "x"')]), ("", "Elsewhere")], required=False)
    doors = forms.MultipleChoiceField(
        choices=[(n, f"Door {n}") for n in range(3)], widget=forms.SelectMultiple(attrs={"class": "w", "data-x": "<"})
    )
    yes = forms.NullBooleanField(widget=forms.NullBooleanSelect(attrs={"disabled": True, "hidden": False}))


@pytest.mark.parametrize("given", [None, {"room": "1", "building": "b", "doors": ["0", "2"], "yes": "true"}])
def test_a_select_is_letter_by_letter_as_django_draws_it(given):
    ours, theirs = Choosing(given, renderer=ConsoleRenderer()), Choosing(given, renderer=TemplatesSetting())
    for name in ours.fields:
        assert str(ours[name].as_widget()) == str(theirs[name].as_widget()), name
