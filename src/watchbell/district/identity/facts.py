"""Words of identity providers, and the frozen fact of what one told of a person."""

from dataclasses import dataclass

KINDS = {"oidc": "OpenID Connect", "saml": "SAML 2.0"}
AUDIENCES = {"staff": "Staff", "families": "Families", "both": "Staff and families"}
STAFF, FAMILIES = ("staff", "both"), ("families", "both")
FACTORS = {
    "no": "No, people are asked for their own second factor",
    "told": "When the provider says it asked for one (amr, acr)",
    "always": "Always, the district makes sure of it there",
}
#: What says that more than one factor was asked for: RFC 8176 (amr), OpenID EAP (acr), REFEDS and Microsoft (SAML).
STRONG = frozenset({
    "mfa", "phr", "phrh", "https://refeds.org/profile/mfa", "http://schemas.microsoft.com/claims/multipleauthn",
    "urn:oasis:names:tc:SAML:2.0:ac:classes:MobileTwoFactorContract",
})  # fmt: skip
SCOPES = "openid email profile"
MAIL_NAMES = (
    "email",
    "mail",
    "urn:oid:0.9.2342.19200300.100.1.3",
    "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress",
)
#: A NameID that is an address is one only in this format (SAML core, 8.3.2).
MAIL_FORMAT = "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress"
#: One that is made anew at each sign-in names nobody (SAML core, 8.3.8).
PASSING_FORMAT = "urn:oasis:names:tc:SAML:2.0:nameid-format:transient"
MOST_SUBJECT = 255
#: Roles that are no staff of a district: no district's provider is asked of them.
OTHERS = frozenset({"dispatcher", "police", "parent"})


@dataclass(frozen=True)
class Identity:
    """Who somebody is, by a provider's word. subject: the provider's own lasting name of them.

    is_verified: the provider says the address is theirs. is_strong: it says it asked for more than one factor.
    """

    subject: str
    mail: str = ""
    is_verified: bool = False
    is_strong: bool = False
    name: str = ""
