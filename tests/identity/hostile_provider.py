"""An OpenID Connect provider on loopback that answers whatever a test wants, good or not."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from socket import socket
from typing import Any

import jwt
import orjson
import uvicorn
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey
RSA = rsa.generate_private_key(65_537, 2_048)
OTHER_RSA = rsa.generate_private_key(65_537, 2_048)
SHORT_RSA = rsa.generate_private_key(65_537, 1_024)  # noqa: S505 - the point of a test
P256 = ec.generate_private_key(ec.SECP256R1())
ED25519 = ed25519.Ed25519PrivateKey.generate()


def jwk(key: PrivateKey, kid: str | None = "k1", **more: Any) -> dict[str, Any]:
    """The public half as a JWK."""
    algorithm = {rsa.RSAPublicKey: "RS256", ec.EllipticCurvePublicKey: "ES256"}
    public = key.public_key()
    name = next((name for kind, name in algorithm.items() if isinstance(public, kind)), "EdDSA")
    found: dict[str, Any] = jwt.get_algorithm_by_name(name).to_jwk(public, as_dict=True)
    return {**found, "use": "sig", **({"kid": kid} if kid else {}), **more}


@dataclass
class Hostile:
    """What it answers, and what it was asked."""

    issuer: str = ""
    metadata: dict[str, Any] = field(default_factory=dict)
    keys: list[dict[str, Any]] = field(default_factory=lambda: [jwk(RSA)])
    token: Mapping[str, Any] = field(default_factory=dict)
    userinfo: Mapping[str, Any] = field(default_factory=dict)
    answer: Response | None = None
    """Given to every request instead of the rest."""
    delay_seconds: float = 0.0
    asked: list[str] = field(default_factory=list)
    authorizations: list[str] = field(default_factory=list)

    def claims(self, **more: Any) -> dict[str, Any]:
        """What a good ID token says; None takes a claim away."""
        now = int(time.time())
        said = {
            "iss": self.issuer,
            "aud": "waymark",
            "sub": "ada",
            "iat": now,
            "exp": now + 300,
            "email": "ada@example.com",
            "email_verified": True,
            **more,
        }
        return {name: value for name, value in said.items() if value is not None}


@asynccontextmanager
async def hostile_provider() -> AsyncIterator[Hostile]:
    """A provider that listens on loopback."""
    state = Hostile()

    async def respond(request: Request) -> Response:
        path = request.url.path
        state.asked.append(path)
        state.authorizations.append(request.headers.get("authorization", ""))
        await asyncio.sleep(state.delay_seconds)
        if state.answer is not None:
            return state.answer
        if path == "/.well-known/openid-configuration":
            return JSONResponse(state.metadata)
        found: Mapping[str, Any] = {"/jwks": {"keys": state.keys}, "/token": state.token, "/me": state.userinfo}[path]
        return Response(orjson.dumps(found), media_type="application/json")

    app = Starlette(routes=[Route("/{path:path}", respond, methods=["GET", "POST"])])
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", lifespan="off"))
    with socket() as listener:
        listener.bind(("127.0.0.1", 0))
        state.issuer = f"http://127.0.0.1:{listener.getsockname()[1]}"
        state.metadata = {
            "issuer": state.issuer,
            "authorization_endpoint": f"{state.issuer}/auth?tenant=1",
            "token_endpoint": f"{state.issuer}/token",
            "jwks_uri": f"{state.issuer}/jwks",
            "userinfo_endpoint": f"{state.issuer}/me",
        }
        serving = asyncio.create_task(server.serve([listener]))
        while not server.started:
            if serving.done():
                await serving
            await asyncio.sleep(0.01)
        yield state
        server.should_exit = True
        await serving
