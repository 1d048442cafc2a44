"""Sign-in by OpenID Connect: authorization code with PKCE, state and nonce; signed ID tokens of known algorithms."""

import secrets
from typing import Any
from urllib.parse import urlencode

import jwt
import requests
from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.models import SocialApp, SocialLogin
from allauth.socialaccount.providers import registry
from allauth.socialaccount.providers.oauth2.client import OAuth2Client
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView
from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from watchbell.district.identity import rules
from watchbell.district.identity.adapters import http
from watchbell.district.identity.facts import Identity
from watchbell.line.errors import Refused, Unavailable, WatchbellError

ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]
#: By how much the provider's clock may differ from ours.
LEEWAY_SECONDS = 60


def discover(issuer: str) -> dict[str, Any]:
    """The provider's discovery document. Raises Refused or Unavailable with everything that is wrong with it."""
    document = http.fetch_document(rules.well_known_of(issuer))
    faults = rules.find_discovery_faults(document, issuer, may_be_local=http.may_be_local())
    if faults:
        http.forget_document(rules.well_known_of(issuer))
        raise Refused(" ".join(faults))
    return dict(document)


def keys_of(url: str) -> list[Any]:
    """The keys a provider publishes. Raises Unavailable."""
    document = http.fetch_document(url)
    try:
        return list(jwt.PyJWKSet.from_dict(document).keys)
    except (jwt.PyJWTError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise Unavailable("The provider's keys cannot be read.") from error


def _key_of(token: str, url: str) -> Any:
    """The key an ID token names; the provider is asked anew where ours do not have it (keys roll over)."""
    try:
        kid = jwt.get_unverified_header(token).get("kid")
    except jwt.PyJWTError as error:
        raise Refused("The provider sent no ID token that can be read.") from error
    for is_again in (False, True):
        found = [one for one in keys_of(url) if kid is None or one.key_id == kid]
        if len(found) == 1:
            return found[0].key
        if not is_again:
            http.forget_document(url)
    raise Refused("The ID token is signed with a key the provider does not publish.")


def read_id_token(token: str, document: dict[str, Any], client_id: str) -> dict[str, Any]:
    """The claims of a genuine ID token for us, in its time. Raises Refused."""
    try:
        claims: dict[str, Any] = jwt.decode(
            token, _key_of(token, document["jwks_uri"]), algorithms=ALGORITHMS, audience=client_id,
            issuer=document["issuer"], leeway=LEEWAY_SECONDS, options={"require": ["exp", "iat", "sub", "iss", "aud"]},
        )  # fmt: skip
    except (jwt.PyJWTError, ValueError, TypeError, AttributeError) as error:
        raise Refused("The provider's ID token is not genuine, not for us, or too old.") from error
    if claims.get("azp", client_id) != client_id:
        raise Refused("The provider's ID token is for somebody else.")
    return claims


class Client(OAuth2Client):
    """Asks as allauth's does, also where the address of authorization has a query of its own."""

    def get_redirect_url(self, authorization_url: str, scope: Any, extra_params: Any) -> str:
        made = str(super().get_redirect_url(authorization_url, scope, extra_params))
        if "?" not in authorization_url:
            return made
        return f"{authorization_url}&{made.removeprefix(f'{authorization_url}?')}"


class Protocol(OpenIDConnectOAuth2Adapter):
    """Like allauth's, with our addresses, every token checked, and both documents of one person."""

    client_class = Client

    @property
    def openid_config(self) -> dict[str, Any]:
        if not hasattr(self, "_openid_config"):
            self._openid_config = discover(self.get_provider().app.settings["server_url"])
        return self._openid_config

    def get_callback_url(self, request: HttpRequest, app: SocialApp) -> str:
        return callback_url(app.key)

    def complete_login(self, request: HttpRequest, app: SocialApp, token: Any, **kwargs: Any) -> SocialLogin:
        raw = kwargs["response"].get("id_token")
        if not isinstance(raw, str):
            raise Refused("The provider sent no ID token.")
        claims = read_id_token(raw, self.openid_config, app.client_id)
        info = self._fetch_user_info(token.token) if self.openid_config.get("userinfo_endpoint") else {}
        if not isinstance(info, dict):
            raise Refused("The provider's word about you cannot be read.")
        identity = rules.read_oidc(claims, info)
        login = self.get_provider().sociallogin_from_response(request, {"id_token": {"sub": "told apart"}})
        login.told = {"identity": identity, "nonce": claims.get("nonce"), "hint": raw}
        return login


class Provider(OpenIDConnectProvider):
    """A district's provider; PKCE always."""

    pkce_enabled_default = True
    oauth2_adapter_class = Protocol


registry.register(Provider)


def callback_url(ref: str) -> str:
    """Where the provider sends people back to; it must know this address."""
    return str(settings.PUBLIC_URL) + reverse("identity:callback", args=[ref])


def begin(request: HttpRequest, provider_id: str, purpose: str, next_url: str) -> HttpResponse:
    """On to the provider. Raises Refused, Unavailable when it cannot be reached or is not what it should be."""
    nonce = secrets.token_urlsafe(24)
    provider = get_adapter(request).get_provider(request, provider_id)
    answer: HttpResponse = provider.redirect(
        request, "login", next_url=next_url, auth_params={"nonce": nonce}, nonce=nonce, purpose=purpose
    )
    return answer


def complete(request: HttpRequest, provider_id: str) -> HttpResponse:
    """Back from the provider. Raises Refused, Unavailable for whatever is wrong with what it sent."""
    try:
        answer: HttpResponse = OAuth2CallbackView.adapter_view(Protocol(request, provider_id))(request)
    except WatchbellError:
        raise
    except (requests.RequestException, KeyError, ValueError, TypeError, AttributeError, AssertionError) as error:
        raise Refused("What the provider sent cannot be read.") from error
    return answer


def identity_of(login: SocialLogin) -> Identity:
    """Who has come back, once the answer is the one to our own question. Raises Refused."""
    told = login.told
    nonce = (login.state or {}).get("nonce")
    if not nonce or not isinstance(told["nonce"], str) or not secrets.compare_digest(nonce, told["nonce"]):
        raise Refused("The answer does not belong to the question this browser asked. Try again.")
    return told["identity"]  # type: ignore[no-any-return]


def end_session_url(issuer: str, client_id: str, hint: str) -> str:
    """Where a person signs out of the provider too (RP-Initiated Logout 1.0); "" where it offers none."""
    try:
        end = discover(issuer).get("end_session_endpoint")
    except WatchbellError:
        return ""
    if not isinstance(end, str) or rules.fault_of_url(end, may_be_local=http.may_be_local()):
        return ""
    back = f"{settings.PUBLIC_URL}{reverse('account_login')}"
    words = {"id_token_hint": hint, "client_id": client_id, "post_logout_redirect_uri": back}
    return f"{end}{'&' if '?' in end else '?'}{urlencode(words)}"
