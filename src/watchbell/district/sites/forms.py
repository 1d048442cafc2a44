"""Input shapes of places: a plan's picture, its three points, a rooms file, one room drawn by hand."""

import json
from typing import Any
from zoneinfo import available_timezones

from django import forms

from watchbell.district.sites.facts import ADDRESS_PARTS, PLACE_KINDS, SITE_KINDS, RoomShape
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
                ("latitude", "Latitude", -90, 90), ("longitude", "Longitude", -180, 180),
            ):  # fmt: skip
                self.fields[f"{name}{number}"] = forms.FloatField(label=label, min_value=least, max_value=most)

    def rows(self) -> list[list[forms.BoundField]]:
        """The fields of each point."""
        return [[self[f"{name}{number}"] for name in ("x", "y", "latitude", "longitude")] for number in (1, 2, 3)]

    def points(self) -> list[dict[str, float]]:
        """The three points; valid forms only."""
        names = ("x", "y", "latitude", "longitude")
        return [{name: self.cleaned_data[f"{name}{number}"] for name in names} for number in (1, 2, 3)]


def _read_pair(text: str) -> list[float]:
    return [float(part) for part in text.split(",")]


class RoomForm(forms.Form):
    number = forms.CharField(label="Number on the door", max_length=20, required=False)
    name = forms.CharField(label="Name", max_length=120, required=False)
    kind = forms.ChoiceField(label="Kind", choices=list(PLACE_KINDS.items()), initial="room")
    capacity = forms.IntegerField(label="Capacity", min_value=0, max_value=99999, required=False)
    corners = forms.CharField(label="Corners", widget=forms.Textarea(attrs={"rows": 2}), help_text=CORNERS_HELP)

    def clean_corners(self) -> tuple[tuple[float, float], ...]:
        text = self.cleaned_data["corners"].strip()
        try:
            pairs = json.loads(text) if text.startswith("[") else [_read_pair(pair) for pair in text.split()]
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


class SiteForm(forms.Form):
    """A site with its civic address (RFC 5139 parts): 911 is told exactly this."""

    name = forms.CharField(label="Name", max_length=120)
    kind = forms.ChoiceField(label="Kind", choices=list(SITE_KINDS.items()))
    code = forms.CharField(label="Code", max_length=20, help_text="Short, as in rosters and files: LHS")
    HNO = forms.CharField(label="House number", max_length=20)
    RD = forms.CharField(label="Street", max_length=120)
    A3 = forms.CharField(label="City", max_length=80)
    A1 = forms.CharField(label="State", max_length=2, min_length=2, help_text="Two letters")
    PC = forms.CharField(label="ZIP code", max_length=10)
    country = forms.CharField(label="Country", max_length=2, min_length=2, initial="US")
    phone = forms.CharField(label="Telephone of the front office", max_length=32, required=False)
    latitude = forms.FloatField(label="Latitude", min_value=-90, max_value=90)
    longitude = forms.FloatField(label="Longitude", min_value=-180, max_value=180)
    timezone = forms.CharField(label="Time zone", max_length=64, initial="America/Chicago")

    def clean_timezone(self) -> str:
        name = str(self.cleaned_data["timezone"])
        if name not in available_timezones():
            raise forms.ValidationError("Write it like America/Denver.")
        return name

    def fields_of_site(self) -> dict[str, Any]:
        """What a site is made of; valid forms only."""
        data = dict(self.cleaned_data)
        address = {part: data.pop(part).strip() for part in ADDRESS_PARTS}
        return {**data, "address": address | {"A1": address["A1"].upper(), "country": address["country"].upper()}}


class FloorForm(forms.Form):
    building = forms.CharField(label="Building", max_length=120, initial="Main building")
    level = forms.IntegerField(label="Level", min_value=-9, max_value=99, initial=1, help_text="1 is the ground floor")
    name = forms.CharField(label="Name", max_length=60, initial="Ground floor")
    width = forms.FloatField(label="Width of the plan", min_value=1, max_value=100_000, initial=1000,
                             help_text="In plan units: the pixels of its picture, or metres")  # fmt: skip
    height = forms.FloatField(label="Height of the plan", min_value=1, max_value=100_000, initial=700)


class DoorForm(forms.Form):
    number = forms.CharField(label="Number", max_length=20, help_text="As responders read it on the door")
    name = forms.CharField(label="Name", max_length=120, required=False)
    x = forms.FloatField(label="x on the plan")
    y = forms.FloatField(label="y on the plan")
    is_exterior = forms.BooleanField(label="Exterior door", required=False, initial=True)
    is_main = forms.BooleanField(label="Main entrance", required=False)
    is_controlled = forms.BooleanField(label="Locks by order", required=False)
