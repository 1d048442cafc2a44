"""A telephone's position goes along with a press; a broken one never holds an alarm up."""

import json

import pytest

from watchbell.line.ids import new_id
from watchbell.project.presses import read_press

CLAIMS = {"district": "d", "user": "u", "name": "Ann Lee", "sites": None, "modes": ["real"]}


def detail_of(position):
    body = json.dumps({"kind": "lockdown", "site": str(new_id()), "position": position})
    return read_press(body.encode(), CLAIMS, "key").detail


def test_a_position_goes_along_with_the_press():
    found = detail_of({"latitude": 41, "longitude": -93, "accuracy_metres": 8})
    assert found == {"position": {"latitude": 41.0, "longitude": -93.0, "accuracy_metres": 8.0}}


@pytest.mark.parametrize("position", [None, "here", [], {"latitude": 91, "longitude": 0}, {"latitude": float("nan")}])
def test_what_is_no_position_is_left_out_and_the_press_goes_on(position):
    assert detail_of(position) == {}
