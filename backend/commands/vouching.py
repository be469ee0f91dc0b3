"""`waymark vouching`: systems of the company that vouch for members."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Any, BinaryIO
from uuid import UUID

import click
import orjson
from sqlalchemy import select

from backend.commands.secret_input import read_secret
from backend.commands.transaction import in_transaction
from backend.db.engine import WriteSession
from backend.errors import InvalidInput, NotFound
from backend.identity import vouchers
from backend.identity.models import Voucher
from backend.identity.outside_tokens import KEY_TYPES
from backend.identity.vouching import HMAC
from backend.settings import settings
from backend.usage.models import Source

LONGEST_FILE = 256 * 1024


@click.group()
def vouching() -> None:
    """Let the company's own product open the portal signed in (docs/api.md)."""


@vouching.command("set")
@click.argument("issuer")
@click.option(
    "--algorithm", required=True, type=click.Choice([HMAC, *KEY_TYPES]), help="What its tokens are signed by."
)
@click.option("--generate", is_flag=True, help="HS256: make a secret and show it, once.")
@click.option("--stdin", "from_stdin", is_flag=True, help="HS256: read the secret from standard input, one line.")
@click.option("--jwks", "jwks_file", type=click.File("rb"), help="File with its public keys (RFC 7517).")
@click.option("--jwks-url", help="Where it publishes its public keys.")
@click.option("--source", help="Key of the source whose ids of persons are the `sub` of its tokens.")
@click.option("--create-members", is_flag=True, help="Make members where a token asks for it; needs --source.")
def set_(
    issuer: str,
    algorithm: str,
    jwks_file: BinaryIO | None,
    jwks_url: str | None,
    source: str | None,
    *,
    generate: bool,
    from_stdin: bool,
    create_members: bool,
) -> None:
    """Make or change the voucher that signs as ISSUER. Asks for a secret; never give it as an argument."""
    secret = None
    if algorithm == HMAC:
        secret = secrets.token_urlsafe(32) if generate else read_secret("Secret", from_stdin=from_stdin)
    elif generate or from_stdin:
        raise click.UsageError(f"{algorithm} has no secret: give --jwks or --jwks-url.")

    async def work(session: WriteSession) -> Voucher:
        return await vouchers.set_voucher(
            session,
            settings(),
            issuer=issuer,
            algorithm=algorithm,
            secret=secret,
            jwks=_key_set(jwks_file) if jwks_file else None,
            jwks_url=jwks_url,
            source_id=await _source(session, source) if source else None,
            may_create=create_members,
        )

    in_transaction(work)
    if generate and secret is not None:
        click.echo(secret)
        click.echo("Shown this once: keep it in the product's backend alone.", err=True)
    click.echo(f"{issuer} vouches for members. Its tokens go to {settings().base_url}/auth/vouch;", err=True)
    click.echo(f"their aud is {settings().base_url}, their alg {algorithm}.", err=True)


def _key_set(file: BinaryIO) -> dict[str, Any]:
    try:
        found = orjson.loads(file.read(LONGEST_FILE))
    except orjson.JSONDecodeError:
        found = None
    if not isinstance(found, dict):
        raise InvalidInput(f"{Path(file.name).name} is no JSON object of a key set.", field=["jwks"])
    return found


async def _source(session: WriteSession, key: str) -> UUID:
    found = await session.scalar(select(Source.id).where(Source.key == key))
    if found is None:
        raise NotFound(f"There is no source {key!r}; `waymark sources` lists them.", field=["source"])
    return found


@vouching.command()
def show() -> None:
    """List who vouches, without secrets."""

    async def read(session: WriteSession) -> list[tuple[Voucher, str | None]]:
        found = await session.execute(
            select(Voucher, Source.key).outerjoin(Source, Source.id == Voucher.source_id).order_by(Voucher.issuer)
        )
        return [(voucher, source) for voucher, source in found]

    rows = in_transaction(read)
    for voucher, source in rows:
        key = "a secret, stored encrypted" if voucher.secret else voucher.jwks_url or "keys stored here"
        click.echo(f"{voucher.issuer}: {voucher.algorithm}, {key}")
        click.echo(f"  sub: {f'ids of the source {source}' if source else 'not looked at'}")
        click.echo(f"  unknown persons: {'made where the token asks' if voucher.may_create else 'refused'}")
    if not rows:
        click.echo("None.")


@vouching.command()
@click.argument("issuer")
def remove(issuer: str) -> None:
    """Take no more tokens of ISSUER."""
    in_transaction(lambda session: vouchers.remove_voucher(session, issuer=issuer))
    click.echo(f"{issuer} vouches for nobody any more. Sessions that it opened go on until they end.")
