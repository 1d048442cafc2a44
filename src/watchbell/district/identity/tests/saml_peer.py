"""An identity provider of SAML 2.0 for tests: its metadata, and answers it signs (or a liar would)."""

import base64
import datetime
import zlib
from typing import Any
from urllib.parse import unquote
from xml.sax.saxutils import escape

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID
from lxml import etree
from onelogin.saml2.constants import OneLogin_Saml2_Constants as Names
from onelogin.saml2.utils import OneLogin_Saml2_Utils

from watchbell.district.identity.tests.peer import query_of
from watchbell.line import clock
from watchbell.line.ids import new_id

PERSISTENT = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent"


def _at(seconds: float) -> str:
    return clock.moment(clock.unix() + seconds).strftime("%Y-%m-%dT%H:%M:%SZ")


class Idp:
    """Signs with a key of its own. entity_id: how it calls itself."""

    def __init__(self, entity_id: str = "https://idp.cedar.invalid/metadata") -> None:
        self.entity_id = entity_id
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "idp")])
        now = datetime.datetime.fromtimestamp(clock.unix(), datetime.UTC)
        made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        made = made.serial_number(x509.random_serial_number()).not_valid_before(now - datetime.timedelta(days=1))
        certificate = made.not_valid_after(now + datetime.timedelta(days=90)).sign(key, hashes.SHA256())
        self.certificate = certificate.public_bytes(serialization.Encoding.PEM).decode()
        self.key = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ).decode()

    def metadata(self, binding: str = Names.BINDING_HTTP_REDIRECT, url: str = "https://idp.cedar.invalid/sso") -> str:
        body = "".join(self.certificate.strip().splitlines()[1:-1])
        return (
            f'<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" entityID="{self.entity_id}">'
            '<md:IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">'
            '<md:KeyDescriptor use="signing"><ds:KeyInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:X509Data>'
            f"<ds:X509Certificate>{body}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>"
            f'<md:SingleSignOnService Binding="{binding}" Location="{url}"/>'
            "</md:IDPSSODescriptor></md:EntityDescriptor>"
        )

    def answer(self, asked: str, **words: Any) -> str:
        """A SAMLResponse (base64) to the address a browser was sent to. words: see `assertion`."""
        return base64.b64encode(self.response(asked, **words).encode()).decode()

    def response(self, asked: str, is_signed: bool = True, **words: Any) -> str:
        request = read_request(asked)
        told = {"to": request["ID"], "acs": request["AssertionConsumerServiceURL"], "issuer": self.entity_id, **words}
        assertion = self.assertion(request, **words)
        assertion = self.sign(assertion) if is_signed else assertion
        return (
            '<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" '
            'xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" '
            f'ID="_{new_id().hex}" Version="2.0" IssueInstant="{_at(0)}" Destination="{told["acs"]}" '
            f'InResponseTo="{told["to"]}"><saml:Issuer>{told["issuer"]}</saml:Issuer><samlp:Status>'
            f'<samlp:StatusCode Value="{Names.STATUS_SUCCESS}"/></samlp:Status>{assertion}</samlp:Response>'
        )

    def assertion(
        self, request: dict[str, str], *, audience: str = "", name_id: str = "s-1", format: str = PERSISTENT,
        mail: str = "teacher@cedar.invalid", until: float = 120, to: str = "", acs: str = "", issuer: str = "",
        context: str = "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport", id: str = "",
    ) -> str:  # fmt: skip
        """One assertion, unsigned; every word can be another than it should be."""
        acs, to = acs or request["AssertionConsumerServiceURL"], to or request["ID"]
        attribute = (
            f'<saml:AttributeStatement><saml:Attribute Name="mail"><saml:AttributeValue>{escape(mail)}'
            "</saml:AttributeValue></saml:Attribute></saml:AttributeStatement>" if mail else ""
        )  # fmt: skip
        return (
            f'<saml:Assertion xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="{id or "_" + new_id().hex}" '
            f'Version="2.0" IssueInstant="{_at(0)}"><saml:Issuer>{issuer or self.entity_id}</saml:Issuer><saml:Subject>'
            f'<saml:NameID Format="{format}">{escape(name_id)}</saml:NameID><saml:SubjectConfirmation '
            'Method="urn:oasis:names:tc:SAML:2.0:cm:bearer"><saml:SubjectConfirmationData '
            f'NotOnOrAfter="{_at(until)}" Recipient="{acs}" InResponseTo="{to}"/></saml:SubjectConfirmation>'
            f'</saml:Subject><saml:Conditions NotBefore="{_at(-60)}" NotOnOrAfter="{_at(until)}">'
            f"<saml:AudienceRestriction><saml:Audience>{audience or request['Issuer']}</saml:Audience>"
            f'</saml:AudienceRestriction></saml:Conditions><saml:AuthnStatement AuthnInstant="{_at(0)}" '
            f'SessionIndex="_1"><saml:AuthnContext><saml:AuthnContextClassRef>{context}</saml:AuthnContextClassRef>'
            f"</saml:AuthnContext></saml:AuthnStatement>{attribute}</saml:Assertion>"
        )

    def sign(self, xml: str, algorithm: str = Names.RSA_SHA256, digest: str = Names.SHA256) -> str:
        signed = OneLogin_Saml2_Utils.add_sign(xml, self.key, self.certificate, False, algorithm, digest)
        return signed.decode() if isinstance(signed, bytes) else str(signed)


def read_request(asked: str) -> dict[str, str]:
    """The AuthnRequest in an address of sign-on: its attributes, and "Issuer"."""
    raw = base64.b64decode(unquote(query_of(asked)["SAMLRequest"]))
    document = etree.fromstring(zlib.decompress(raw, -15))
    issuer = document.find("{urn:oasis:names:tc:SAML:2.0:assertion}Issuer")
    return {**{str(name): str(value) for name, value in document.attrib.items()}, "Issuer": str(issuer.text)}


def wrapped(genuine: str, forged: str, how: str) -> str:
    """Signature wrapping (Somorovsky et al., 2012): a forged assertion where the genuine, signed one stood.

    how: where the genuine one goes: "before", "after", "inside" the forged one, "object" of its signature.
    """
    space = {"s": "urn:oasis:names:tc:SAML:2.0:assertion", "d": "http://www.w3.org/2000/09/xmldsig#"}
    root = etree.fromstring(genuine.encode())
    signed = root.find("s:Assertion", space)
    liar = etree.fromstring(forged.encode())
    root.replace(signed, liar)
    if how == "before":
        liar.addprevious(signed)
    elif how == "after":
        liar.addnext(signed)
    elif how == "inside":
        liar.append(signed)
    else:
        signature = signed.find("d:Signature", space)
        signed.remove(signature)
        liar.insert(1, signature)
        etree.SubElement(signature, f"{{{space['d']}}}Object").append(signed)
    return etree.tostring(root).decode()
