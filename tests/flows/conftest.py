"""What flows call a district is the running installation, where unit tests have rows only."""

import pytest

from tests.flows.installation import Installation


@pytest.fixture
def district(at_rest: Installation) -> Installation:
    """The shared installation with nothing on."""
    return at_rest
