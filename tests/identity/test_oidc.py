"""OpenID Connect against a provider that lies: nothing that is not right in every part signs anybody in."""

from __future__ import annotations

import asyncio
import hmac
import json
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st
from jwt.warnings import InsecureKeyLengthWarning
from starlette.responses import RedirectResponse, Response

from backend import outgoing
from backend.errors import InvalidInput
from backend.identity import oidc, outside_tokens
from backend.identity.errors import BadOutsideToken, NotLetIn
from backend.identity.models import OidcProvider
from backend.outgoing import NoAnswer, ask_json, check_url
from backend.settings import Settings
from tests.identity.hostile_provider import (
    ED25519,
    OTHER_RSA,
    P256,
    RSA,
    SHORT_RSA,
    Hostile,
    hostile_provider,
    jwk,
)

SETTINGS = Settings(env="development", secret="a-secret-that-only-tests-use-0123456789")
PUBLIC = RSA.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


@pytest.fixture
async def hostile() -> AsyncIterator[Hostile]:
    async with hostile_provider() as made:
        yield made


class Visit:
    """One sign-in with the provider, up to the answer of its token endpoint."""

    def __init__(self, hostile: Hostile, **values: Any) -> None:
        self.hostile = hostile
        self.providers = oidc.Providers(SETTINGS)
        self.provider = OidcProvider(
            **{
                "key": "company",
                "name": "Example login",
                "issuer": hostile.issuer,
                "client_id": "waymark",
                "client_secret": None,
                "trusts_addresses": False,
                "allowed_domains": [],
                **values,
            }
        )

    async def begin(self) -> oidc.Journey:
        url, sealed = await oidc.begin(SETTINGS, self.providers, self.provider, "/home?tab=1")
        query = {name: value[0] for name, value in parse_qs(urlsplit(url).query).items()}
        self.query = query
        return oidc.journey_of(SETTINGS, "company", sealed, query["state"])

    async def come_back(
        self,
        key: Any = RSA,
        algorithm: str = "RS256",
        headers: dict[str, Any] | None = None,
        *,
        issuer: str | None = None,
        **claims: Any,
    ) -> oidc.Claims:
        journey = await self.begin()
        said = self.hostile.claims(**{"nonce": journey.nonce} | claims)
        token = jwt.encode(said, key, algorithm=algorithm, headers={"kid": "k1"} | (headers or {}))
        self.hostile.token = {"id_token": token, "access_token": "opaque", "token_type": "Bearer"}
        return await oidc.finish(SETTINGS, self.providers, self.provider, journey, code="c", issuer=issuer)


async def test_a_good_token_says_who_it_is(hostile: Hostile) -> None:
    visit = Visit(hostile)

    said = await visit.come_back(name="Ada", aud=["waymark", "other"], azp="waymark")

    assert said == oidc.Claims("ada", "ada@example.com", True, "Ada")
    assert (visit.query["tenant"], visit.query["scope"]) == ("1", "openid email profile")
    assert hostile.asked == ["/.well-known/openid-configuration", "/token", "/jwks"]


@pytest.mark.parametrize("broken", ["\ud800@example.com", "a\0@example.com", "a" * 321, 7])
async def test_what_cannot_be_stored_of_a_person_is_not_taken(hostile: Hostile, broken: Any) -> None:
    said = await Visit(hostile).come_back(email=broken, name=broken)

    assert said == oidc.Claims("ada", None, True, None)


@pytest.mark.parametrize("key, algorithm", [(P256, "ES256"), (ED25519, "EdDSA"), (RSA, "PS256")])
async def test_each_asymmetric_algorithm_is_taken_with_its_own_kind_of_key(
    hostile: Hostile, key: Any, algorithm: str
) -> None:
    hostile.keys = [jwk(P256, "k1"), jwk(ED25519, "k1"), jwk(RSA, "k1")]

    assert (await Visit(hostile).come_back(key, algorithm)).subject == "ada"


LIES: dict[str, tuple[Callable[[Visit], Any], str]] = {
    "no signature": (lambda v: v.come_back("", "none"), "its algorithm is not the configured one"),
    "the public key as a secret": (lambda v: _hmac(v, PUBLIC), "its algorithm is not the configured one"),
    "the client id as a secret": (lambda v: _hmac(v, b"w" * 32), "its algorithm is not the configured one"),
    "another key": (lambda v: v.come_back(OTHER_RSA), "its signature does not fit"),
    "an unknown key id": (lambda v: v.come_back(headers={"kid": "k2"}), "its key is unknown"),
    "a key of its own by jku": (
        lambda v: v.come_back(OTHER_RSA, headers={"kid": "k9", "jku": f"{v.hostile.issuer}/evil"}),
        "its key is unknown",
    ),
    "a key of its own by x5u": (
        lambda v: v.come_back(OTHER_RSA, headers={"x5u": f"{v.hostile.issuer}/evil"}),
        "its signature does not fit",
    ),
    "a key of its own by jwk": (
        lambda v: v.come_back(OTHER_RSA, headers={"jwk": jwk(OTHER_RSA)}),
        "its signature does not fit",
    ),
    "an extension that must be understood": (
        lambda v: v.come_back(headers={"crit": ["exp"], "exp": 1}),
        "it is no signed token",
    ),
    "expired": (lambda v: v.come_back(exp=1_700_000_000), "it has expired"),
    "not yet in force": (lambda v: v.come_back(nbf=4_000_000_000), "it is not in force yet"),
    "made in the future": (lambda v: v.come_back(iat=4_000_000_000, exp=4_000_000_300), "it is not in force yet"),
    "without an end": (lambda v: v.come_back(exp=None), "it lacks exp"),
    "another audience": (lambda v: v.come_back(aud="other"), "it is for another audience"),
    "several audiences and nobody named": (
        lambda v: v.come_back(aud=["waymark", "x"]),
        "it was made for another client",
    ),
    "another client": (lambda v: v.come_back(azp="other"), "it was made for another client"),
    "another issuer": (lambda v: v.come_back(iss="https://other.example"), "it is of another issuer"),
    "another nonce": (lambda v: v.come_back(nonce="n"), "its nonce is of another sign-in"),
    "no nonce": (lambda v: v.come_back(nonce=None), "it lacks nonce"),
    "nobody": (lambda v: v.come_back(sub=None), "it lacks sub"),
    "a nonce that is no text": (lambda v: v.come_back(nonce="\ud800"), "its nonce is of another sign-in"),
    "half a character as subject": (lambda v: v.come_back(sub="\ud800"), "its subject cannot be used"),
    "a subject that cannot be stored": (lambda v: v.come_back(sub="a\0"), "its subject cannot be used"),
    "an algorithm that is no text": (lambda v: _headed(v, alg=["RS256"]), "its algorithm is not the configured one"),
    "an endless subject": (lambda v: v.come_back(sub="a" * 256), "its subject cannot be used"),
    "endless": (lambda v: v.come_back(padding="x" * 16_000), "it is too long"),
}


def _hmac(visit: Visit, secret: bytes) -> Any:
    """A token that PyJWT would not make: HMAC with what everybody knows."""
    return _headed(visit, secret, alg="HS256")


def _headed(visit: Visit, secret: bytes = b"s" * 32, **header: Any) -> Any:
    async def forge() -> oidc.Claims:
        journey = await visit.begin()
        head, body = ({"kid": "k1", **header}, visit.hostile.claims(nonce=journey.nonce))
        parts = [urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=") for part in (head, body)]
        mark = urlsafe_b64encode(hmac.digest(secret, b".".join(parts), "sha256")).rstrip(b"=")
        visit.hostile.token = {"id_token": b".".join((*parts, mark)).decode()}
        return await oidc.finish(SETTINGS, visit.providers, visit.provider, journey, code="c", issuer=None)

    return forge()


@pytest.mark.parametrize("lie", LIES)
async def test_a_lie_is_not_believed(hostile: Hostile, monkeypatch: pytest.MonkeyPatch, lie: str) -> None:
    monkeypatch.setattr(outside_tokens, "AGAIN_SECONDS", -1.0)
    come_back, reason = LIES[lie]

    with pytest.raises(BadOutsideToken) as caught:
        await come_back(Visit(hostile))

    assert caught.value.params == {"reason": reason}
    assert "/evil" not in hostile.asked


async def test_a_key_that_is_too_short_or_ambiguous_is_not_used(hostile: Hostile) -> None:
    hostile.keys = [jwk(SHORT_RSA)]
    with (
        pytest.warns(InsecureKeyLengthWarning),
        pytest.raises(BadOutsideToken, match="its signature does not fit"),
    ):
        await Visit(hostile).come_back(SHORT_RSA)

    hostile.keys = [jwk(RSA, "k1"), jwk(OTHER_RSA, "k1")]
    with pytest.raises(BadOutsideToken, match="its key is unknown"):
        await Visit(hostile).come_back()

    hostile.keys = [jwk(RSA, use="enc")]
    with pytest.raises(BadOutsideToken, match="its key is unknown"):
        await Visit(hostile).come_back()


async def test_an_address_comes_from_userinfo_of_the_same_subject_alone(hostile: Hostile) -> None:
    hostile.userinfo = {"sub": "ada", "email": "ada@example.com", "email_verified": "true"}
    said = await Visit(hostile).come_back(email=None, email_verified=None)
    trusted = await Visit(hostile, trusts_addresses=True).come_back(email=None, email_verified=None)

    assert said == oidc.Claims("ada", "ada@example.com", False, None)  # the word "true" is not true
    assert trusted.is_verified
    assert hostile.authorizations[-1] == "Bearer opaque"
    hostile.userinfo = {"sub": "eve", "email": "ada@example.com", "email_verified": True}
    with pytest.raises(BadOutsideToken, match="userinfo is of somebody else"):
        await Visit(hostile).come_back(email=None)


async def test_an_answer_of_another_issuer_is_not_taken(hostile: Hostile) -> None:
    assert (await Visit(hostile).come_back(issuer=hostile.issuer)).subject == "ada"
    with pytest.raises(NotLetIn, match="The answer is not of Example login"):
        await Visit(hostile).come_back(issuer="https://other.example")

    hostile.metadata["authorization_response_iss_parameter_supported"] = True
    with pytest.raises(NotLetIn, match="The answer is not of Example login"):
        await Visit(hostile).come_back()


async def test_a_journey_of_another_provider_secret_or_state_is_none(hostile: Hostile) -> None:
    _, sealed = await oidc.begin(SETTINGS, oidc.Providers(SETTINGS), Visit(hostile).provider, None)
    other = replace(SETTINGS, secret="another-secret-that-only-tests-use-01234")

    for settings, provider, cookie, state in (
        (SETTINGS, "company", sealed, "wrong"),
        (SETTINGS, "company", sealed, None),
        (SETTINGS, "company", None, "state"),
        (SETTINGS, "company", "garbage", "state"),
        (SETTINGS, "other", sealed, "state"),
        (other, "company", sealed, "state"),
    ):
        with pytest.raises(NotLetIn, match="was not begun in this browser"):
            oidc.journey_of(settings, provider, cookie, state)


async def test_a_provider_that_does_not_answer_as_it_should_is_told(
    hostile: Hostile, monkeypatch: pytest.MonkeyPatch
) -> None:
    good = dict(hostile.metadata)
    hostile.metadata = good | {"issuer": "https://other.example"}
    with pytest.raises(NoAnswer, match="is of another issuer"):
        await Visit(hostile).begin()
    for endpoint in ("javascript:alert(1)", "http://idp.example/auth", "//idp.example", None, 5):
        hostile.metadata = good | {"authorization_endpoint": endpoint}
        with pytest.raises(NoAnswer, match="authorization_endpoint"):
            await Visit(hostile).begin()
    hostile.metadata = good
    for answer, reason in (
        (Response(b"{"), "answers no JSON"),
        (Response(b"[]"), "answers no JSON object"),
        (Response(b"{}", status_code=500), "answers 500"),
        (Response(b"x" * (outgoing.LONGEST_BODY + 1)), "more than 262144 bytes"),
        (Response(b"\x1f\x8b", headers={"content-encoding": "gzip"}), "answers 200"),
        (RedirectResponse(f"{hostile.issuer}/me"), "answers 307"),
    ):
        hostile.answer = answer
        with pytest.raises(NoAnswer, match=reason):
            await Visit(hostile).begin()
    assert "/me" not in hostile.asked
    hostile.answer = None
    monkeypatch.setattr(outgoing, "LONGEST_SECONDS", 0.2)
    hostile.delay_seconds = 1.0
    with pytest.raises(NoAnswer, match=r"does not answer within|Timeout"):
        await Visit(hostile).begin()


async def test_a_token_endpoint_without_an_id_token_and_no_key_set_are_told(hostile: Hostile) -> None:
    visit = Visit(hostile)
    journey = await visit.begin()
    hostile.token = {"access_token": "opaque"}
    with pytest.raises(NoAnswer, match="gave no id_token"):
        await oidc.finish(SETTINGS, visit.providers, visit.provider, journey, code="c", issuer=None)

    hostile.keys = [{}] * 101
    with pytest.raises(NoAnswer, match="no key set of at most 100 keys"):
        await visit.come_back()


async def test_keys_are_fetched_once_for_many_and_not_again_for_each_forged_id(
    hostile: Hostile, monkeypatch: pytest.MonkeyPatch
) -> None:
    sets = outside_tokens.KeySets(SETTINGS)
    url = f"{hostile.issuer}/jwks"

    found = await asyncio.gather(*(sets.find(url, {"alg": "RS256", "kid": "k1"}) for _ in range(20)))
    for kid in range(20):
        with pytest.raises(BadOutsideToken):
            await sets.find(url, {"alg": "RS256", "kid": f"forged {kid}"})

    assert len(found) == 20
    assert hostile.asked == ["/jwks"]
    monkeypatch.setattr(outside_tokens, "AGAIN_SECONDS", -1.0)
    hostile.keys = [jwk(P256, "k2")]
    await sets.find(url, {"alg": "ES256", "kid": "k2"})
    with pytest.raises(BadOutsideToken):  # a key that the provider has withdrawn
        await sets.find(url, {"alg": "RS256", "kid": "k1"})


async def test_known_keys_outlive_a_short_outage_and_not_a_long_one(
    hostile: Hostile, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outside_tokens, "AGAIN_SECONDS", -1.0)
    monkeypatch.setattr(outside_tokens, "FRESH_SECONDS", -1.0)
    sets = outside_tokens.KeySets(SETTINGS)
    url, header = f"{hostile.issuer}/jwks", {"alg": "RS256", "kid": "k1"}
    await sets.find(url, header)
    hostile.answer = Response(b"", status_code=503)

    await sets.find(url, header)

    assert hostile.asked == ["/jwks"] * 2
    monkeypatch.setattr(outside_tokens, "STALE_SECONDS", -1.0)
    with pytest.raises(NoAnswer, match="answers 503"):
        await sets.find(url, header)


@pytest.mark.parametrize(
    "url, env, is_asked",
    [
        ("https://idp.example/realm", "production", True),
        ("https://10.0.0.5:8443", "production", True),
        ("http://127.0.0.1:8080", "development", True),
        ("http://[::1]:8080", "development", True),
        ("http://localhost/x", "development", True),
        ("http://127.0.0.1:8080", "production", False),
        ("http://idp.example", "development", False),
        ("http://127.0.0.1.nip.example", "development", False),
        ("https://user:word@idp.example", "production", False),
        ("https://idp.example/#fragment", "production", False),
        ("https://idp.example:x/", "production", False),
        ("file:///etc/passwd", "development", False),
        ("https://", "production", False),
        ("https://idp.example/\n", "production", False),
        ("https://idp.example/" + "a" * 2_000, "production", False),
        (None, "production", False),
    ],
)
def test_only_https_is_asked_and_loopback_in_development(url: Any, env: Any, is_asked: bool) -> None:
    settings = replace(SETTINGS, env=env)

    if is_asked:
        assert check_url(settings, url) == url
    else:
        with pytest.raises(InvalidInput):
            check_url(settings, url)


async def test_nobody_listening_is_no_answer() -> None:
    with pytest.raises(NoAnswer, match="ConnectError"):
        await ask_json(SETTINGS, "http://127.0.0.1:9")


@pytest.mark.parametrize("url", ["https://\u2603..example/", "https://xn--0/", "https://[v1.x]/"])
async def test_a_name_that_is_none_is_no_answer(url: str) -> None:
    with pytest.raises(NoAnswer):
        await ask_json(SETTINGS, url)


@pytest.mark.parametrize(
    "wanted, path",
    [
        ("/home?tab=1", "/home?tab=1"),
        ("/", "/"),
        ("/a//b:c@[d", "/a//b:c@[d"),
        ("//evil.example", "/"),
        ("//[", "/"),
        ("[", "/"),
        ("https://[", "/"),
        ("/\\evil.example", "/"),
        ("https://evil.example", "/"),
        ("javascript:alert(1)", "/"),
        ("home", "/"),
        ("/\t/evil.example", "/"),
        ("/" + "a" * 1_000, "/"),
        ("", "/"),
        (None, "/"),
    ],
)
def test_the_way_on_is_a_path_of_this_site(wanted: str | None, path: str) -> None:
    assert oidc.own_path(wanted) == path


@given(st.text() | st.text("/\\\\[]:@.a", max_size=6))
def test_the_way_on_never_leads_to_another_site(wanted: str) -> None:
    path = oidc.own_path(wanted)

    assert path[0] == "/"
    assert path[1:2] not in {"/", "\\"}
    assert path.isprintable()
