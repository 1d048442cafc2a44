"""Whatever a provider says is a person, a refusal or a list of faults, and never an error."""

from contextlib import suppress

from hypothesis import given
from hypothesis import strategies as some

from watchbell.district.identity import rules
from watchbell.district.identity.facts import Identity
from watchbell.line.errors import Refused

VALUES = some.recursive(
    some.none() | some.booleans() | some.integers() | some.text(max_size=20),
    lambda one: some.lists(one, max_size=3) | some.dictionaries(some.text(max_size=5), one, max_size=3), max_leaves=6,
)  # fmt: skip
CLAIMS = some.dictionaries(
    some.sampled_from(("sub", "email", "email_verified", "xms_edov", "amr", "acr", "name")), VALUES, max_size=7
)


@given(CLAIMS, CLAIMS)
def test_claims_are_read_or_refused(id_token, userinfo):
    with suppress(Refused):
        found = rules.read_oidc(id_token, userinfo)
        assert isinstance(found, Identity) and found.subject == id_token["sub"]
        assert not found.is_verified or True in (id_token.get("email_verified"), userinfo.get("email_verified")) or (
            {"xms_edov"} & {*id_token, *userinfo}
        )  # fmt: skip


@given(VALUES, VALUES, some.dictionaries(some.text(max_size=8), VALUES, max_size=4), some.text(max_size=8))
def test_assertions_are_read_or_refused(name_id, format, attributes, name):
    with suppress(Refused):
        assert rules.read_saml(name_id, format, attributes, [], name, name).subject


@given(VALUES, some.text(max_size=40))
def test_documents_and_addresses_have_faults_and_no_more(document, text):
    assert all(isinstance(one, str) for one in rules.find_discovery_faults(document, text, may_be_local=False))
    assert isinstance(rules.fault_of_url(text, may_be_local=False), str)
    assert rules.slug_of(text, []) and isinstance(rules.domain_of(text), str)
    with suppress(Refused):
        rules.read_domains(text)
