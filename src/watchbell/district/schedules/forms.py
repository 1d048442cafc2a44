"""Input shapes of school days: a day that differs, a bell schedule line by line."""

import re
from datetime import time
from typing import Any

from django import forms

from watchbell.district.schedules.facts import DAY_KINDS, PeriodFacts

LINE = re.compile(r"^(\d{1,2}):(\d{2})\s*(?:-|–|to)\s*(\d{1,2}):(\d{2})\s+(\S.*)$")


class DayForm(forms.Form):
    on = forms.DateField(label="Date", widget=forms.DateInput(attrs={"type": "date"}))
    kind = forms.ChoiceField(label="It is", choices=[(k, v) for k, v in DAY_KINDS.items()], initial="no_school")
    because = forms.CharField(label="Why", max_length=120, required=False)
    everywhere = forms.BooleanField(label="In the whole district", required=False)


class ScheduleForm(forms.Form):
    name = forms.CharField(label="Name", max_length=80, initial="Regular")
    day_kind = forms.ChoiceField(
        label="For", choices=[(k, v) for k, v in DAY_KINDS.items() if k != "no_school"], initial="school_day"
    )
    periods = forms.CharField(
        label="Periods", widget=forms.Textarea(attrs={"rows": 8}), max_length=4000,
        help_text="One a line: 08:00 to 08:50 Period 1",
    )  # fmt: skip

    def clean_periods(self) -> list[PeriodFacts]:
        found = []
        for number, line in enumerate(self.cleaned_data["periods"].strip().splitlines(), 1):
            read = _read_period(line.strip())
            if read is None:
                raise forms.ValidationError(f"Line {number} is not like “08:00 to 08:50 Period 1”.")
            if any(one.name == read.name for one in found):
                raise forms.ValidationError(f"Line {number}: {read.name} stands twice.")
            found.append(read)
        return found


def _read_period(line: str) -> PeriodFacts | None:
    match = LINE.match(line)
    if match is None:
        return None
    try:
        starts, ends = time(int(match[1]), int(match[2])), time(int(match[3]), int(match[4]))
    except ValueError:
        return None
    return PeriodFacts(match[5][:60], starts, ends) if ends > starts else None


def lines_of(periods: Any) -> str:
    """The periods as the form takes them."""
    return "\n".join(f"{p.starts_at:%H:%M} to {p.ends_at:%H:%M} {p.name}" for p in periods)
