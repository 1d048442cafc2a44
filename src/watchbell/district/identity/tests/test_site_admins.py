"""How a district signs in is the whole district's: whoever has the right at one school changes nothing of it."""

from uuid import uuid4

import pytest

from watchbell.district.identity import actions
from watchbell.district.sites.tests.builders import build_site
from watchbell.line.errors import NotFound, Refused

CHANGES = {
    "keep": lambda actor: actions.keep_provider(actor, {"is_required": False}),
    "switch": lambda actor: actions.switch_provider(actor, uuid4(), False),
    "remove": lambda actor: actions.remove_provider(actor, uuid4()),
    "unlink": lambda actor: actions.remove_link(actor, uuid4()),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_nobody_of_one_school_changes_it(committed_db, district, make_actor, change):
    with pytest.raises(Refused, match="whole district"):
        change(make_actor(district, "it", build_site()))


def test_whoever_has_the_right_everywhere_is_told_what_is_missing(committed_db, actor):
    with pytest.raises(NotFound):
        actions.switch_provider(actor, uuid4(), False)
