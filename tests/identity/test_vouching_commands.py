"""`waymark vouching`, as a person runs it, and what it refuses."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from backend.db.engine import Database
from backend.errors import InvalidInput
from backend.identity import vouchers
from backend.identity.models import AuditEntry, Voucher
from backend.identity.vouching import SECRET_PURPOSE
from backend.sealing import unseal
from backend.settings import Settings
from backend.usage.models import Source
from tests.command_line import waymark
from tests.identity.hostile_provider import ED25519, P256, RSA, jwk

SET = ("vouching", "set", "https://product.example", "--algorithm")


async def test_a_voucher_is_set_shown_and_removed_and_its_secret_is_told_once(
    database: Database, settings: Settings, tmp_path: Path
) -> None:
    async with database.begin() as session:
        session.add(Source(key="product", name="Product", kind="PRODUCT"))
    keys = tmp_path / "keys.json"
    keys.write_text(json.dumps({"keys": [jwk(ED25519)]}))

    made = await waymark(settings, *SET, "HS256", "--generate", "--source", "product", "--create-members")
    async with database.begin() as session:
        sealed = (await session.scalars(select(Voucher.secret))).one()
    shown = await waymark(settings, "vouching", "show")
    typed = await waymark(settings, *SET, "HS256", "--stdin", typed="too short\n")
    none = await waymark(settings, *SET, "HS256", "--stdin", "--source", "other", typed="x" * 40)
    both = await waymark(settings, *SET, "EdDSA", "--generate")
    pasted = await waymark(settings, *SET, "EdDSA", "--jwks", str(keys))
    shown_again = await waymark(settings, "vouching", "show")
    removed = await waymark(settings, "vouching", "remove", "https://product.example")
    gone = await waymark(settings, "vouching", "remove", "https://product.example")

    secret = made.stdout.strip()
    assert len(secret) == 43
    assert made.stderr == (
        "Shown this once: keep it in the product's backend alone.\n"
        "https://product.example vouches for members. Its tokens go to http://127.0.0.1:8000/auth/vouch;\n"
        "their aud is http://127.0.0.1:8000, their alg HS256.\n"
    )
    assert sealed is not None
    assert secret.encode() not in sealed
    assert unseal(settings, SECRET_PURPOSE, sealed) == secret.encode()
    assert shown.stdout == (
        "https://product.example: HS256, a secret, stored encrypted\n"
        "  sub: ids of the source product\n"
        "  unknown persons: made where the token asks\n"
    )
    assert (typed.returncode, typed.stderr) == (1, "A secret has 32 bytes or more.\n")
    assert (none.returncode, none.stderr) == (1, "There is no source 'other'; `waymark sources` lists them.\n")
    assert both.returncode == 2
    assert (pasted.returncode, pasted.stdout) == (0, "")
    assert shown_again.stdout == (
        "https://product.example: EdDSA, keys stored here\n  sub: not looked at\n  unknown persons: refused\n"
    )
    assert removed.stdout == (
        "https://product.example vouches for nobody any more. Sessions that it opened go on until they end.\n"
    )
    assert (gone.returncode, gone.stderr) == (1, "Nobody vouches as 'https://product.example'.\n")
    async with database.begin() as session:
        actions = (await session.scalars(select(AuditEntry.action).order_by(AuditEntry.id))).all()
    assert actions == ["voucher.set", "voucher.set", "voucher.removed"]


@pytest.mark.parametrize(
    "values, message",
    [
        ({"issuer": " "}, "An issuer is text of 1 to 200 characters."),
        ({"algorithm": "none"}, "Use HS256, RS256, PS256, ES256, EdDSA."),
        ({"algorithm": "HS512"}, "Use HS256, RS256, PS256, ES256, EdDSA."),
        ({"secret": None}, "HS256 needs a secret, and nothing beside it."),
        ({"secret": "x" * 31}, "A secret has 32 bytes or more."),
        ({"jwks_url": "https://product.example/jwks"}, "HS256 needs a secret, and nothing beside it."),
        ({"algorithm": "RS256"}, "RS256 needs a key set, or the URL of one, and no secret."),
        ({"algorithm": "RS256", "secret": None}, "RS256 needs a key set, or the URL of one, and no secret."),
        ({"algorithm": "RS256", "secret": None, "jwks_url": "http://product.example"}, "only https is asked"),
        ({"algorithm": "RS256", "secret": None, "jwks": {}}, "The key set is no key set of at most 100 keys."),
        ({"algorithm": "RS256", "secret": None, "jwks": {"keys": []}}, "The key set has no key for RS256."),
        ({"algorithm": "RS256", "secret": None, "jwks": {"keys": [jwk(P256)]}}, "Key 1 of the set is none for RS256."),
        (
            {"algorithm": "RS256", "secret": None, "jwks": {"keys": [jwk(RSA) | {"d": "AQAB"}]}},
            "The key set holds a private key. Give the public halves alone.",
        ),
        ({"may_create": True}, "To make members, name the source whose ids `sub` holds."),
    ],
)
async def test_what_cannot_work_or_is_not_safe_is_refused(
    database: Database, settings: Settings, values: dict[str, Any], message: str
) -> None:
    given: dict[str, Any] = {"issuer": "https://product.example", "algorithm": "HS256", "secret": "x" * 32}

    with pytest.raises(InvalidInput) as caught:
        async with database.begin() as session:
            await vouchers.set_voucher(session, settings, **given | values)

    assert message in caught.value.message
    async with database.begin() as session:
        assert await session.scalar(select(func.count()).select_from(Voucher)) == 0
