"""Sign-in by SAML 2.0 (Web Browser SSO, redirect to the provider, POST back), checked by python3-saml and xmlsec."""

from typing import Any
from urllib.parse import urlsplit

from allauth.socialaccount.internal import statekit
from allauth.socialaccount.models import SocialApp
from django.conf import settings
from django.core.cache import cache
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from onelogin.saml2.auth import OneLogin_Saml2_Auth
from onelogin.saml2.constants import OneLogin_Saml2_Constants as Names
from onelogin.saml2.idp_metadata_parser import OneLogin_Saml2_IdPMetadataParser as Metadata
from onelogin.saml2.response import OneLogin_Saml2_Response
from onelogin.saml2.settings import OneLogin_Saml2_Settings
from onelogin.saml2.utils import OneLogin_Saml2_Utils

from watchbell.district.identity import rules
from watchbell.district.identity.adapters import http
from watchbell.district.identity.facts import Identity
from watchbell.line.errors import Refused
from watchbell.line.ids import same_id

SEEN_SECONDS = 3600.0
NOT_GENUINE = "The provider's answer is not genuine, not for us, or too old. Try again."


def read_metadata(text: str, entity_id: str = "") -> dict[str, Any]:
    """{"entity_id", "sso_url", "certificates"} of a provider's metadata. Raises Refused with what is missing.

    entity_id: which provider, where the document holds several.
    """
    try:
        found = Metadata.parse(
            text.encode(), required_sso_binding=Names.BINDING_HTTP_REDIRECT, entity_id=entity_id or None
        ).get("idp", {})
    except Exception as error:  # the parser raises whatever lxml does
        raise Refused("That is no SAML metadata: paste the whole XML document of the identity provider.") from error
    url = found.get("singleSignOnService", {}).get("url", "")
    many = found.get("x509certMulti", {}).get("signing") or [found.get("x509cert", "")]
    certificates = [one for one in many if isinstance(one, str) and one]
    if not found.get("entityId"):
        raise Refused("The metadata names no entity ID of an identity provider.")
    if fault := rules.fault_of_url(url, may_be_local=http.may_be_local()):
        raise Refused(f"The metadata offers no sign-in by redirect that can be used. {fault}")
    if not certificates:
        raise Refused("The metadata holds no certificate to check signatures with.")
    return {"entity_id": str(found["entityId"])[:400], "sso_url": url[:400], "certificates": certificates}


def addresses(ref: str) -> dict[str, str]:
    """{"entity_id", "acs"}: what the provider must know of us."""
    return {
        "entity_id": str(settings.PUBLIC_URL) + reverse("identity:metadata", args=[ref]),
        "acs": str(settings.PUBLIC_URL) + reverse("identity:acs", args=[ref]),
    }


def settings_of(app: SocialApp) -> dict[str, Any]:
    """python3-saml's settings for a provider: strict, SHA-256 or better, signed by one of its own certificates."""
    ours, theirs = addresses(app.key), app.settings
    return {
        "strict": True,
        "sp": {
            "entityId": ours["entity_id"],
            "assertionConsumerService": {"url": ours["acs"], "binding": Names.BINDING_HTTP_POST},
            "NameIDFormat": Names.NAMEID_UNSPECIFIED,
        },
        "idp": {
            "entityId": theirs["entity_id"],
            "singleSignOnService": {"url": theirs["sso_url"], "binding": Names.BINDING_HTTP_REDIRECT},
            "x509certMulti": {"signing": theirs["certificates"], "encryption": theirs["certificates"][:1]},
        },
        "security": {
            "requestedAuthnContext": False, "wantAssertionsSigned": False, "wantMessagesSigned": False,
            "wantNameId": not theirs["subject_attribute"], "wantAttributeStatement": False,
            "rejectDeprecatedAlgorithm": True, "allowRepeatAttributeName": True, "allowSingleLabelDomains": True,
            "signatureAlgorithm": Names.RSA_SHA256, "digestAlgorithm": Names.SHA256,
        },
    }  # fmt: skip


def _request(app: SocialApp, raw: str = "") -> dict[str, Any]:
    """What the library is told of the request: our public address, whatever the Host header says."""
    acs = urlsplit(addresses(app.key)["acs"])
    return {"https": "on" if acs.scheme == "https" else "off", "http_host": acs.netloc, "script_name": acs.path,
            "get_data": {}, "post_data": {"SAMLResponse": raw} if raw else {}}  # fmt: skip


def own_metadata(app: SocialApp) -> str:
    """Our metadata, to be given to the provider."""
    found = OneLogin_Saml2_Settings(settings_of(app), sp_validation_only=True).get_sp_metadata()
    return found.decode() if isinstance(found, bytes) else str(found)


def begin(request: HttpRequest, app: SocialApp, purpose: str, next_url: str) -> HttpResponse:
    """On to the provider."""
    auth = OneLogin_Saml2_Auth(_request(app), settings_of(app))
    url = auth.login(return_to="")
    state = {"process": "login", "purpose": purpose, **({"next": next_url} if next_url else {})}
    statekit.stash_state(request, provider_id=app.provider_id, state=state, state_id=auth.get_last_request_id())
    return redirect(url)


def complete(request: HttpRequest, app: SocialApp, raw: str) -> tuple[Identity, dict[str, Any]]:
    """(who, what was kept when they left) of the answer to a question this browser asked. Raises Refused.

    The assertion must be signed, for us, in its time, and answer our request; each is taken once.
    """
    try:
        given = settings_of(app)
        told = OneLogin_Saml2_Response(OneLogin_Saml2_Settings(given), raw).get_in_response_to()
        state = statekit.unstash_state(request, provider_id=app.provider_id, state_id=told or "", raises=True)
        auth = OneLogin_Saml2_Auth(_request(app, raw), given)
        auth.process_response(request_id=told)
        is_good = not auth.get_errors() and auth.is_authenticated()
    except PermissionDenied as error:
        raise Refused("The answer does not belong to a question this browser asked. Try again.") from error
    except Exception as error:  # lxml, xmlsec, binascii and the library's own: what it cannot read is not genuine
        raise Refused(NOT_GENUINE) from error
    if not is_good:
        raise Refused(NOT_GENUINE)
    once = same_id("assertion", app.provider_id, str(auth.get_last_assertion_id()))
    if not cache.add(f"identity:seen:{once}", 1, SEEN_SECONDS):
        raise Refused(NOT_GENUINE)
    contexts = auth.get_last_authn_contexts()
    found = rules.read_saml(
        auth.get_nameid(), auth.get_nameid_format(), auth.get_attributes(), contexts, app.settings["mail_attribute"],
        app.settings["subject_attribute"],
    )  # fmt: skip
    return found, dict(state or {})


def days_left(certificates: list[str], now: float) -> int | None:
    """In how many days the last of these certificates ends; None when none can be read."""
    from cryptography import x509

    ends = []
    for one in certificates:
        try:
            pem = OneLogin_Saml2_Utils.format_cert(one)
            ends.append(x509.load_pem_x509_certificate(pem.encode()).not_valid_after_utc.timestamp())
        except ValueError:
            continue
    return int((max(ends) - now) // 86400) if ends else None
