"""OpenID Connect for staff: the authorization code flow with PKCE, state and nonce (OpenID Connect Core 1.0, 3.1).

`begin` says where a browser is sent, and what it has to bring back; `finish` says who came back. Neither opens a
session. What is between the two travels in a cookie that only Waymark can read, for ten minutes.
"""

from __future__ import annotations

import hmac
import secrets
import time
from base64 import urlsafe_b64encode
from collections import OrderedDict
from dataclasses import asdict, dataclass
from hashlib import sha256
from typing import Any
from urllib.parse import quote, urlencode

import httpx
import orjson

from backend.errors import InvalidInput
from backend.identity.errors import BadOutsideToken, NotLetIn
from backend.identity.models import OidcProvider
from backend.identity.outside_tokens import KEY_TYPES, KeySets, claims_of, header_of, is_text
from backend.outgoing import NoAnswer, ask_json, check_url
from backend.sealing import SealError, seal, unseal
from backend.settings import Settings

SCOPE = "openid email profile"
SECRET_PURPOSE = "OIDC client secrets"  # noqa: S105 - the name of a purpose
JOURNEY_PURPOSE = "OIDC sign-ins under way"
LONGEST_JOURNEY_SECONDS = 600
CONSOLE = "/console"
"""Where staff go on who said no path."""
LONGEST_TOKEN = 16_000
FRESH_SECONDS = 600.0
MOST_PROVIDERS = 32


@dataclass(frozen=True, slots=True)
class Journey:
    """What a browser carries from the sign-in to the callback."""

    provider: str
    state: str
    nonce: str
    verifier: str
    then: str
    """The path of Waymark's own to go on with."""


@dataclass(frozen=True, slots=True)
class Claims:
    """Who a provider says it is."""

    subject: str
    email: str | None
    is_verified: bool
    name: str | None


class Providers:
    """The discovery documents and keys of providers, kept in this process for ten minutes."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._kept: OrderedDict[str, tuple[float, dict[str, Any]]] = OrderedDict()
        self.key_sets = KeySets(settings)

    async def metadata(self, issuer: str) -> dict[str, Any]:
        """The provider's discovery document. Raises NoAnswer for one that is not this issuer's."""
        fetched, found = self._kept.get(issuer, (float("-inf"), {}))
        if time.monotonic() - fetched > FRESH_SECONDS:
            found = await ask_json(self._settings, f"{issuer.rstrip('/')}/.well-known/openid-configuration")
            if found.get("issuer") != issuer:
                raise NoAnswer(f"{issuer}: its discovery document is of another issuer")
            self._kept[issuer] = time.monotonic(), found
            while len(self._kept) > MOST_PROVIDERS:
                self._kept.popitem(last=False)
        return found


def redirect_uri(settings: Settings, provider: str) -> str:
    """The one address to which a provider may send browsers back."""
    return f"{settings.base_url}/auth/oidc/{provider}/callback"


def own_path(wanted: str | None, otherwise: str = "/") -> str:
    """The path to go on with: one of this site's own, or another. An address of another site never is one."""
    if not wanted or len(wanted) > 1_000 or not wanted.isprintable() or "\\" in wanted:
        return otherwise
    # Behind one slash everything is a path, whatever it looks like.
    return wanted if wanted[0] == "/" and wanted[1:2] != "/" else otherwise


async def begin(settings: Settings, providers: Providers, provider: OidcProvider, then: str | None) -> tuple[str, str]:
    """Where to send the browser, and the sealed journey that it has to bring back. Raises NoAnswer."""
    metadata = await providers.metadata(provider.issuer)
    state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
    journey = Journey(provider.key, state, nonce, verifier, own_path(then, CONSOLE))
    challenge = urlsafe_b64encode(sha256(journey.verifier.encode()).digest()).rstrip(b"=").decode()
    query = {
        "response_type": "code",
        "client_id": provider.client_id,
        "redirect_uri": redirect_uri(settings, provider.key),
        "scope": SCOPE,
        "state": journey.state,
        "nonce": journey.nonce,
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    endpoint = _endpoint(settings, metadata, "authorization_endpoint")
    return (
        f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(query)}",
        seal(settings, JOURNEY_PURPOSE, orjson.dumps(asdict(journey))).decode(),
    )


def journey_of(settings: Settings, provider: str, sealed: str | None, state: str | None) -> Journey:
    """The journey that a callback ends. Raises NotLetIn for one that was not begun here, in this browser, lately."""
    again = NotLetIn("This sign-in was not begun in this browser, or took longer than 10 minutes. Begin again.")
    if not sealed or not state:
        raise again
    try:
        opened = unseal(settings, JOURNEY_PURPOSE, sealed.encode(), seconds=LONGEST_JOURNEY_SECONDS)
    except SealError:
        raise again from None
    journey = Journey(**orjson.loads(opened))
    if journey.provider != provider or not hmac.compare_digest(journey.state.encode(), state.encode()):
        raise again
    return journey


async def finish(
    settings: Settings,
    providers: Providers,
    provider: OidcProvider,
    journey: Journey,
    *,
    code: str,
    issuer: str | None,
) -> Claims:
    """Who came back with this code. `issuer` is the answer's `iss` (RFC 9207), where it has one.

    Raises NotLetIn for an answer of another issuer, BadOutsideToken for a token that is not good, NoAnswer.
    """
    metadata = await providers.metadata(provider.issuer)
    is_said = metadata.get("authorization_response_iss_parameter_supported") is True
    if (issuer is not None or is_said) and issuer != provider.issuer:
        raise NotLetIn(f"The answer is not of {provider.name}. Begin again.")
    answer = await _exchange(settings, metadata, provider, journey, code)
    token, access_token = answer.get("id_token"), answer.get("access_token")
    if not isinstance(token, str):
        raise NoAnswer(f"{provider.issuer} gave no id_token")
    header = header_of(token, KEY_TYPES.keys(), longest=LONGEST_TOKEN)
    key = await providers.key_sets.find(_endpoint(settings, metadata, "jwks_uri"), header)
    said = claims_of(
        token, key, header["alg"], issuer=provider.issuer, audience=provider.client_id, required=["sub", "nonce"]
    )
    _check(said, provider, journey)
    if "email" not in said and isinstance(access_token, str) and "userinfo_endpoint" in metadata:
        said = {**await _more(settings, metadata, access_token, said["sub"]), **said}
    email, name = said.get("email"), said.get("name")
    return Claims(
        said["sub"],
        email if is_text(email, 320) else None,
        provider.trusts_addresses or said.get("email_verified") is True,
        name if is_text(name) else None,
    )


def _check(said: dict[str, Any], provider: OidcProvider, journey: Journey) -> None:
    """What of an ID token is checked beyond signature, issuer, audience and times (Core 1.0, 3.1.3.7)."""
    nonce, subject = said["nonce"], said["sub"]
    if not is_text(nonce) or not hmac.compare_digest(nonce.encode(), journey.nonce.encode()):
        raise BadOutsideToken("its nonce is of another sign-in")
    if not is_text(subject, 255):
        raise BadOutsideToken("its subject cannot be used")
    audiences = said["aud"] if isinstance(said["aud"], list) else [said["aud"]]
    if said.get("azp", provider.client_id) != provider.client_id or (len(audiences) > 1 and "azp" not in said):
        raise BadOutsideToken("it was made for another client")


async def _exchange(
    settings: Settings, metadata: dict[str, Any], provider: OidcProvider, journey: Journey, code: str
) -> dict[str, Any]:
    """What the provider gives for the code."""
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": redirect_uri(settings, provider.key),
        "code_verifier": journey.verifier,
    }
    auth = None
    if provider.client_secret is None:
        form["client_id"] = provider.client_id
    else:
        secret = unseal(settings, SECRET_PURPOSE, provider.client_secret).decode()
        methods = metadata.get("token_endpoint_auth_methods_supported")
        if not isinstance(methods, list) or "client_secret_basic" in methods:
            auth = httpx.BasicAuth(quote(provider.client_id, safe=""), quote(secret, safe=""))  # RFC 6749, 2.3.1
        else:
            form |= {"client_id": provider.client_id, "client_secret": secret}
    return await ask_json(settings, _endpoint(settings, metadata, "token_endpoint"), form=form, auth=auth)


async def _more(settings: Settings, metadata: dict[str, Any], access_token: str, subject: str) -> dict[str, Any]:
    """What the provider's userinfo says beyond the ID token. Raises BadOutsideToken where it is of somebody else."""
    said = await ask_json(
        settings,
        _endpoint(settings, metadata, "userinfo_endpoint"),
        headers={"authorization": f"Bearer {access_token}"},
    )
    if said.get("sub") != subject:
        raise BadOutsideToken("the provider's userinfo is of somebody else")
    return said


def _endpoint(settings: Settings, metadata: dict[str, Any], name: str) -> str:
    """An address of the discovery document, which may name http no more than whoever runs Waymark may."""
    try:
        return check_url(settings, metadata.get(name))
    except InvalidInput as error:
        raise NoAnswer(f"{metadata.get('issuer')}: {name}: {error.message}") from None
