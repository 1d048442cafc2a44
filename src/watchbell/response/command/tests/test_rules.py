"""Who may take, offer and sign command, and release rooms."""

from datetime import UTC, datetime

import pytest

from watchbell.response.command import rules
from watchbell.response.command.facts import Holder
from watchbell.response.incidents.facts import Answer

AT = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
SCHOOL, POLICE = Holder("Dana", "", AT, "u1"), Holder("Sgt. Ames", "Cedar Valley Police", AT, "")


def test_the_first_takes_command_and_nobody_takes_it_away():
    assert rules.judge_taking(None, "u2") == ""
    assert "already" in rules.judge_taking(SCHOOL, "u1")
    assert "handed over" in rules.judge_taking(SCHOOL, "u2")


@pytest.mark.parametrize(
    ("commander", "is_agency", "says"),
    [(None, False, "take command first"), (SCHOOL, False, ""), (POLICE, False, "only they"), (POLICE, True, "")],
)  # fmt: skip
def test_only_the_side_in_command_offers_it(commander, is_agency, says):
    because = rules.judge_offer(commander, is_agency)
    assert (says in because) if says else because == ""


@pytest.mark.parametrize(
    ("signer", "name", "badge", "is_witnessed", "says"),
    [("u1", "Dana", "", False, "offered command yourself"), ("u2", "Ames", "", False, ""),
     ("u1", "", "12", True, "sign"), ("u1", "Ames", " ", True, "badge"), ("u1", "Ames", "4711", True, "")],
)  # fmt: skip
def test_a_signature_has_a_name_and_is_another_s(signer, name, badge, is_witnessed, says):
    because = rules.judge_signing("u1", signer, name, badge, is_witnessed, True)
    assert (says in because) if says else because == ""


def test_whoever_is_in_command_releases_rooms():
    assert "takes command first" in rules.judge_release(None, False)
    assert rules.judge_release(SCHOOL, False) == rules.judge_release(POLICE, True) == ""
    assert "Sgt. Ames (Cedar Valley Police)" in rules.judge_release(POLICE, False)


def test_resources_are_the_newest_word_of_each_unit_and_total():
    def told(detail, what="dispatch_status"):
        return Answer(what, "b", "n", "o", AT, "Cedar Valley Police: x", detail)

    found = rules.resources_of([
        told({"units": [{"name": "Adam 12", "states": ["Assigned"]}, {"name": ""}, "junk"]}),
        told({"units": [{"name": "Adam 12", "states": ["Assigned", "OnScene"]}]}), told({"units": "junk"}),
        told({}, "on_my_way"),
    ])  # fmt: skip
    assert [(one.name, one.state, one.agency) for one in found] == [("Adam 12", "On scene", "Cedar Valley Police")]
