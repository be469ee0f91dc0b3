"""`waymark oidc`: the OpenID Connect providers that staff sign in with."""

from __future__ import annotations

import asyncio

import click
from sqlalchemy import select

from backend.commands.secret_input import read_secret
from backend.commands.transaction import in_transaction
from backend.db.engine import WriteSession
from backend.identity import outside_staff
from backend.identity.models import OidcProvider, StaffRole
from backend.identity.oidc import Providers, redirect_uri
from backend.outgoing import NoAnswer
from backend.settings import settings


@click.group()
def oidc() -> None:
    """Let staff sign in with the company's identity provider (OpenID Connect)."""


@oidc.command("set")
@click.argument("key")
@click.option("--issuer", required=True, help="Its issuer, exactly as its discovery document writes it.")
@click.option("--client-id", required=True, help="What it calls Waymark.")
@click.option("--name", help="What people call it; default: KEY.")
@click.option("--stdin", "from_stdin", is_flag=True, help="Read the client secret from standard input, one line.")
@click.option("--public-client", is_flag=True, help="The client has no secret; PKCE alone protects it.")
@click.option("--trust-addresses", is_flag=True, help="Its addresses are verified though it does not say so.")
@click.option("--domain", "domains", multiple=True, help="Only addresses of this domain; may be given again.")
@click.option(
    "--provision",
    type=click.Choice([role.value for role in StaffRole if role is not StaffRole.ADMIN], case_sensitive=False),
    help="Make staff with this role of whoever is unknown; needs --domain.",
)
def set_(
    key: str,
    issuer: str,
    client_id: str,
    name: str | None,
    domains: tuple[str, ...],
    provision: str | None,
    *,
    from_stdin: bool,
    public_client: bool,
    trust_addresses: bool,
) -> None:
    """Make or change the provider KEY. Asks for the client secret; never give it as an argument."""
    if public_client and from_stdin:
        raise click.UsageError("A public client has no secret to read.")
    secret = None if public_client else read_secret("Client secret", from_stdin=from_stdin)
    made = in_transaction(
        lambda session: outside_staff.set_provider(
            session,
            settings(),
            key=key,
            name=name or key,
            issuer=issuer,
            client_id=client_id,
            client_secret=secret,
            trusts_addresses=trust_addresses,
            allowed_domains=domains,
            provision_role=StaffRole(provision.upper()) if provision else None,
        )
    )
    click.echo(f"Staff sign in at {settings().base_url}/auth/oidc/{made.key}/login.")
    click.echo(f"Register exactly this redirect URI with the provider: {redirect_uri(settings(), made.key)}")
    try:
        asyncio.run(Providers(settings()).metadata(made.issuer))
    except NoAnswer as error:
        click.secho(f"The provider cannot be used yet: {error}.", err=True, fg="yellow")


@oidc.command()
def show() -> None:
    """List the providers, without their secrets."""

    async def read(session: WriteSession) -> list[OidcProvider]:
        return list(await session.scalars(select(OidcProvider).order_by(OidcProvider.key)))

    found = in_transaction(read)
    for provider in found:
        click.echo(f"{provider.key}: {provider.name}, {provider.issuer}, client {provider.client_id}")
        click.echo(f"  redirect URI: {redirect_uri(settings(), provider.key)}")
        click.echo(f"  secret: {'stored encrypted' if provider.client_secret else 'none (public client)'}")
        click.echo(f"  addresses: {'trusted' if provider.trusts_addresses else 'verified ones only'}")
        click.echo(f"  domains: {', '.join(provider.allowed_domains) or 'any'}")
        click.echo(
            f"  unknown persons: {f'become {provider.provision_role}' if provider.provision_role else 'refused'}"
        )
    if not found:
        click.echo("None.")


@oidc.command()
@click.argument("key")
def remove(key: str) -> None:
    """End signing in through the provider KEY."""
    in_transaction(lambda session: outside_staff.remove_provider(session, key=key))
    click.echo(f"{key} is removed. Sessions that it opened go on until they end.")


@oidc.command()
@click.argument("email")
def unlink(email: str) -> None:
    """Forget as whom providers know the person with EMAIL; their next sign-in links them by address again."""
    count = in_transaction(lambda session: outside_staff.unlink(session, email=email))
    click.echo(f"{count} links of {email.strip()} are forgotten.")
