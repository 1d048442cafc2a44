"""Input shapes of places: a plan's picture, its three points, a rooms file, one room drawn by hand."""

import json
from typing import Any

from django import forms

from watchbell.district.sites.facts import PLACE_KINDS, RoomShape
from watchbell.district.sites.rules.geometry import ring_of

CORNERS_HELP = "Corner points in plan units, one after the other: 110,110 208,110 208,188 110,188"


class PlanPictureForm(forms.Form):
    picture = forms.FileField(label="Floor plan", help_text="SVG, PNG, JPEG or WebP, at most 8 MB")


class RoomsFileForm(forms.Form):
    rooms = forms.FileField(label="Rooms", help_text="GeoJSON FeatureCollection in plan units: number, name, kind")


class PlacementForm(forms.Form):
    """Three points of the plan with their coordinates."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for number in (1, 2, 3):
            for name, label, least, most in (
                ("x", "x on the plan", None, None), ("y", "y on the plan", None, None),
                ("latitude", "latitude", -90, 90), ("longitude", "longitude", -180, 180),
            ):  # fmt: skip
                self.fields[f"{name}{number}"] = forms.FloatField(
                    label=f"Point {number}: {label}", min_value=least, max_value=most
                )

    def points(self) -> list[dict[str, float]]:
        """The three points; valid forms only."""
        names = ("x", "y", "latitude", "longitude")
        return [{name: self.cleaned_data[f"{name}{number}"] for name in names} for number in (1, 2, 3)]


class RoomForm(forms.Form):
    number = forms.CharField(label="Number on the door", max_length=20, required=False)
    name = forms.CharField(label="Name", max_length=120, required=False)
    kind = forms.ChoiceField(label="Kind", choices=list(PLACE_KINDS.items()), initial="room")
    capacity = forms.IntegerField(label="Capacity", min_value=0, max_value=99999, required=False)
    corners = forms.CharField(label="Corners", widget=forms.Textarea(attrs={"rows": 2}), help_text=CORNERS_HELP)

    def clean_corners(self) -> tuple[tuple[float, float], ...]:
        text = self.cleaned_data["corners"].strip()
        try:
            pairs = json.loads(text) if text.startswith("[") else [pair.split(",") for pair in text.split()]
        except (ValueError, RecursionError):
            pairs = []
        ring = ring_of({"type": "Polygon", "coordinates": [pairs]})
        if len(ring) < 3:
            raise forms.ValidationError("Three or more corners are needed, each as x,y.")
        return ring

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not cleaned.get("number") and not cleaned.get("name"):
            raise forms.ValidationError("A room needs a number or a name.")
        return cleaned

    def room(self) -> RoomShape:
        """The room; valid forms only."""
        data = self.cleaned_data
        name = data["name"] or f"Room {data['number']}"
        return RoomShape(data["number"], name, data["kind"], data["corners"], data["capacity"])
