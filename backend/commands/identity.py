"""Commands about who may sign in. Each leaves an audit entry."""

from __future__ import annotations

from uuid import UUID

import click

from backend.accounts import queries as accounts
from backend.applications import service as applications
from backend.commands.secret_input import read_secret
from backend.commands.transaction import in_transaction
from backend.db.engine import WriteSession
from backend.identity import audit, first_admin, keys, second_factor, signing, staff
from backend.identity.models import StaffRole
from backend.permissions import ACCOUNT_SCOPES, STAFF_PERMISSIONS, STAFF_SCOPES
from backend.settings import settings


@click.command("create-staff")
@click.option("--email", required=True, help="Address that the person signs in with.")
@click.option("--name", required=True, help="Name as customers and colleagues see it.")
@click.option("--role", required=True, type=click.Choice([role.value for role in StaffRole], case_sensitive=False))
def create_staff(email: str, name: str, role: str) -> None:
    """Give a person a staff role. `waymark set-password` lets them sign in."""
    made = in_transaction(lambda session: staff.create(session, email=email, name=name, role=StaffRole(role.upper())))
    click.echo(f"{email.strip()} is on the staff as {made.role}.")
    click.echo(f"Next: waymark set-password --email {email.strip()}")


@click.command("set-password")
@click.option("--email", required=True, help="Address of the person.")
@click.option("--stdin", "from_stdin", is_flag=True, help="Read the password from standard input, one line.")
def set_password(email: str, *, from_stdin: bool) -> None:
    """Set a person's password, of staff or of a customer. Asks for it; never give it as an argument."""
    password = read_secret("Password", from_stdin=from_stdin)
    in_transaction(lambda session: staff.set_password(session, email=email, password=password))
    click.echo(f"The password of {email.strip()} is set.")


@click.command("reset-two-factor")
@click.option("--email", required=True, help="Address of the person.")
def reset_two_factor(email: str) -> None:
    """Turn two-factor off for a person who lost their device and recovery codes, and sign them out everywhere."""
    in_transaction(lambda session: second_factor.reset(session, email=email))
    click.echo(f"Two-factor of {email.strip()} is off, and they are signed out. They may turn it on again.")


@click.command("create-key")
@click.option("--name", required=True, help="What the key is for.")
@click.option(
    "--staff-role",
    type=click.Choice([role.value for role in StaffRole], case_sensitive=False),
    help="Give a key of the organization the scopes that this role has today.",
)
@click.option("--scope", "words", multiple=True, help="A scope such as accounts:read; may be given again.")
@click.option("--account", help="Id or external id of the one account whose members' view the key has.")
@click.option("--application", help="Name of the application that alone uses the key; its origins and limits count.")
@click.option("--expires-days", type=click.IntRange(1, keys.LONGEST_DAYS), default=365, show_default=True)
def create_key(
    name: str,
    staff_role: str | None,
    words: tuple[str, ...],
    account: str | None,
    application: str | None,
    expires_days: int,
) -> None:
    """Make an API key and show it, once. It goes into the header `Authorization: Bearer …`."""
    if account and staff_role:
        raise click.UsageError("A key belongs to the organization (--staff-role) or to one account (--account).")

    async def work(session: WriteSession) -> keys.NewKey:
        account_id = await accounts.named(session, account) if account else None
        application_id = (await applications.named(session, application)).id if application else None
        chosen = set(words)
        if staff_role:
            chosen |= STAFF_PERMISSIONS[StaffRole(staff_role.upper())] & STAFF_SCOPES
        elif account_id and not words:
            chosen |= ACCOUNT_SCOPES
        return await keys.create(
            session,
            name=name,
            words=chosen,
            account_id=account_id,
            application_id=application_id,
            expires_days=expires_days,
        )

    made = in_transaction(work)
    click.echo(made.text)
    click.echo(
        f"Shown this once. Scopes: {', '.join(sorted(made.scopes))}. Ends: {made.expires_at:%Y-%m-%d}.", err=True
    )


@click.command("revoke-key")
@click.argument("prefix")
def revoke_key(prefix: str) -> None:
    """End the API key that begins with PREFIX (`wmk_` and ten letters)."""
    in_transaction(lambda session: keys.revoke(session, prefix=prefix))
    click.echo(f"{prefix} is revoked. API processes refuse it within 5 seconds.")


@click.group("keys")
def keys_group() -> None:
    """The keys that sign access tokens. API keys: `waymark create-key` and `revoke-key`."""


@keys_group.command("rotate")
def rotate() -> None:
    """Sign access tokens with a new key. Tokens of the old one hold for the minutes that they still have."""

    async def work(session: WriteSession) -> UUID:
        made = await signing.rotate(session, settings())
        await audit.record(session, "signing_key.rotated", actor="command line", subject=f"signing_key:{made}")
        return made

    click.echo(f"Access tokens are signed with key {in_transaction(work).hex} from now on.")


@click.command("setup-link")
@click.option("--if-needed", is_flag=True, help="Print nothing where there is an admin, or the data are a demo's.")
def setup_link(*, if_needed: bool) -> None:
    """Make a link by which the first admin sets up their name, address and password; it ends links before it."""

    async def work(session: WriteSession) -> str | None:
        if if_needed and not await first_admin.is_wanted(session):
            return None
        return await first_admin.make_link(session)

    if made := in_transaction(work):
        click.echo(f"Nobody may run this Waymark yet. Set yourself up, once, within a day:\n  {made}")
