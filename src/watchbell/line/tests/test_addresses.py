"""Addresses as they are compared, and as whoever need not know all of them sees them."""

import pytest

from watchbell.line.addresses import masked


@pytest.mark.parametrize(("given", "shown"), [
    ("maria.lopez@example.org", "m…z@example.org"), ("a@x.invalid", "a…a@x.invalid"), ("@x", "…@x"),
    ("+15735550101", "… 0101"), ("(573) 555-0101", "… 0101"), ("70001", "70001"), ("Ben Otto", "Ben Otto"), ("", ""),
])  # fmt: skip
def test_an_address_is_shown_by_its_ends_only(given: str, shown: str) -> None:
    assert masked(given) == shown
