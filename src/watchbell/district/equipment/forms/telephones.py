"""Input shapes of equipment: a telephone's room and numbers, a file of telephones."""

from typing import Any

from django import forms


class TelephonesFileForm(forms.Form):
    telephones = forms.FileField(
        label="Telephones", help_text="CSV with a first line of column names; all of it is taken, or nothing."
    )


class TelephoneForm(forms.Form):
    """rooms: (id, name) of the places a telephone of this site can stand in."""

    place = forms.ChoiceField(label="Room", required=False)
    elin = forms.RegexField(r"^\+?[0-9]{0,15}$", label="ELIN: the number 911 sees", max_length=20, required=False,
                            error_messages={"invalid": "Digits only, with + in front where you like."})  # fmt: skip
    callback = forms.RegexField(r"^\+?[0-9]{0,15}$", label="Callback: the number that rings here", max_length=20,
                                required=False,
                                error_messages={"invalid": "Digits only, with + in front where you like."})  # fmt: skip

    def __init__(self, rooms: list[tuple[str, str]], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["place"].choices = [("", "Not known"), *rooms]  # type: ignore[attr-defined]
