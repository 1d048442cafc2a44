"""Decides what a provider's settings, documents and words about a person are worth. Pure, and total on what came."""

import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit

from watchbell.district.identity.facts import (
    FACTORS,
    KINDS,
    MAIL_FORMAT,
    MAIL_NAMES,
    MOST_SUBJECT,
    PASSING_FORMAT,
    STRONG,
    Identity,
)
from watchbell.line.addresses import read_email
from watchbell.line.errors import Refused

DOMAIN = re.compile(r"^(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{1,62}$")
LOOPBACK = ("localhost", "127.0.0.1", "::1")
NEEDED = ("issuer", "authorization_endpoint", "token_endpoint", "jwks_uri")


def read_domains(text: str) -> tuple[str, ...]:
    """E-mail domains as people write them, in lower case, each once. Raises Refused for what is none."""
    words = [word.strip().lower().removeprefix("@") for word in re.split(r"[\s,;]+", text) if word.strip()]
    for word in words:
        if not DOMAIN.match(word):
            raise Refused(f"“{word[:60]}” is no e-mail domain. Write it like cedar.k12.tx.us.")
    return tuple(dict.fromkeys(words))


def domain_of(mail: str) -> str:
    """What stands after the last @, in lower case; "" without one."""
    return mail.rpartition("@")[2].lower() if "@" in mail else ""


def is_loopback(url: str) -> bool:
    return _parts(url)[1] in LOOPBACK


def fault_of_url(url: str, *, may_be_local: bool) -> str:
    """Why nothing is asked at that address; "" when it may be. may_be_local: this machine itself, also without TLS."""
    scheme, host = _parts(url)
    is_odd = any(ord(letter) <= 32 for letter in url.strip())
    if scheme not in ("https", "http") or not host or is_odd or "@" in urlsplit(url).netloc:
        return "Write a whole address, like https://login.example.org."
    if host in LOOPBACK:
        return "" if may_be_local else "This machine itself is no identity provider."
    return "" if scheme == "https" else "It must begin with https: what passes there opens accounts."


def _parts(url: str) -> tuple[str, str]:
    try:
        parts = urlsplit(url.strip())
        return parts.scheme.lower(), (parts.hostname or "").lower()
    except ValueError:
        return "", ""


def slug_of(name: str, taken: Iterable[str]) -> str:
    """A short name for addresses, from the name on the button, that none of `taken` has."""
    stem = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:30] or "provider"
    used = set(taken)
    return next(one for one in (stem, *(f"{stem}-{number}" for number in range(2, 1000))) if one not in used)


def find_faults(given: Mapping[str, Any], *, may_be_local: bool) -> dict[str, str]:
    """{field: what is wrong} of a provider's settings; {} when they can be kept."""
    faults = {}
    if not given["name"].strip():
        faults["name"] = "Write what stands on the button."
    if given["audience"] != "families" and not given["domains"]:
        faults["domains"] = "Say whose addresses it may vouch for: staff are known by their e-mail."
    if given["vouches"] and not given["domains"]:
        faults["domains"] = "Only for domains of the district can addresses be taken as checked."
    if given["is_required"] and given["audience"] == "families":
        faults["is_required"] = "Only staff can be required to sign in by it."
    if given["kind"] not in KINDS or given["second_factor"] not in FACTORS:
        faults["kind"] = "Choose one of the kinds."
    if given["kind"] == "oidc":
        if fault := fault_of_url(given["issuer"], may_be_local=may_be_local):
            faults["issuer"] = fault
        if not given["client_id"].strip():
            faults["client_id"] = "The provider gives it when Watchbell is registered there."
        if "openid" not in given["scopes"].split():
            faults["scopes"] = "The scopes must contain “openid”."
    elif not given["metadata"].strip():
        faults["metadata"] = "Paste the provider's metadata, or let Watchbell fetch it."
    return faults


def well_known_of(issuer: str) -> str:
    """Where the discovery document of an issuer lies (OpenID Connect Discovery 1.0, 4); a whole address stays."""
    issuer = issuer.strip()
    return issuer if "/.well-known/" in issuer else f"{issuer.rstrip('/')}/.well-known/openid-configuration"


def issuer_of(address: str) -> str:
    """The issuer an address stands for, without the slash at its end."""
    return address.strip().partition("/.well-known/")[0].rstrip("/")


def find_discovery_faults(document: Any, issuer: str, *, may_be_local: bool) -> list[str]:
    """What is wrong with a discovery document, in words; [] when people can sign in by it."""
    if not isinstance(document, dict):
        return ["What lies there is no discovery document of OpenID Connect."]
    faults = []
    for name in NEEDED:
        value = document.get(name)
        if not isinstance(value, str) or not value:
            faults.append(f"The document names no {name}.")
        elif fault := fault_of_url(value, may_be_local=may_be_local):
            faults.append(f"Its {name} cannot be used. {fault}")
    told = document.get("issuer")
    if isinstance(told, str) and told.rstrip("/") != issuer_of(issuer):
        faults.append(f"It speaks for {told[:100]}, not for {issuer_of(issuer)[:100]}: write the issuer it names.")
    kinds = document.get("response_types_supported")
    if isinstance(kinds, list) and "code" not in kinds:
        faults.append("It does not offer the authorization code flow.")
    return faults


def _text(value: Any, most: int = 255) -> str:
    return value.strip()[:most] if isinstance(value, str) and "\0" not in value else ""


def read_oidc(id_token: Mapping[str, Any], userinfo: Mapping[str, Any]) -> Identity:
    """Who somebody is by both documents, which must speak of the same person. Raises Refused.

    email_verified counts only as the JSON value true (or Microsoft's xms_edov): the text "false" is no yes.
    """
    subject = id_token.get("sub")
    if not isinstance(subject, str) or not 0 < len(subject) <= MOST_SUBJECT or "\0" in subject:
        raise Refused("The provider did not say who you are.")
    if userinfo and userinfo.get("sub") != subject:
        raise Refused("The provider spoke of two different people.")
    source = next((one for one in (id_token, userinfo) if _text(one.get("email"))), {})
    verified = source.get("email_verified") is True or source.get("xms_edov") in (True, "1", 1)
    amr = id_token.get("amr")
    words = {one for one in amr if isinstance(one, str)} if isinstance(amr, list) else set()
    is_strong = bool(STRONG & {*words, _text(id_token.get("acr"))})
    name = _text(id_token.get("name")) or _text(userinfo.get("name"))
    return Identity(subject, read_email(_text(source.get("email"))), verified, is_strong, name)


def read_saml(
    name_id: Any, format: Any, attributes: Mapping[str, Any], contexts: Iterable[Any], mail_name: str,
    subject_name: str,
) -> Identity:  # fmt: skip
    """Who somebody is by a checked assertion. Raises Refused where nothing in it names them lastingly."""

    def first(name: str) -> str:
        values = attributes.get(name)
        return _text(values[0]) if isinstance(values, list) and values else ""

    subject = first(subject_name) if subject_name else _text(name_id)
    if not subject or (not subject_name and format == PASSING_FORMAT):
        raise Refused("The provider gave no lasting name of you: it must send a persistent NameID or an attribute.")
    names = (mail_name,) if mail_name else MAIL_NAMES
    mail = next((first(name) for name in names if first(name)), "")
    mail = mail or (_text(name_id) if format == MAIL_FORMAT and not mail_name else "")
    verified = first("email_verified").lower() == "true"
    strong = bool(STRONG & {_text(one) for one in contexts})
    return Identity(subject, read_email(mail), verified, strong, first("displayName"))


def counts_as_second_factor(setting: str, identity: Identity) -> bool:
    return setting == "always" or (setting == "told" and identity.is_strong)


def fault_of_mail(identity: Identity, domains: Iterable[str], *, vouches: bool) -> str:
    """Why nobody is matched by the address a provider gave; "" when they may be. No domains: any."""
    allowed = tuple(domains)
    if not identity.mail:
        return "no address"
    if allowed and domain_of(identity.mail) not in allowed:
        return "foreign domain"
    if not identity.is_verified and not (vouches and allowed):
        return "unverified address"
    return ""
