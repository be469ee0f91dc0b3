"""Commands about the demo organization."""

from __future__ import annotations

import click
from sqlalchemy import select

from backend.accounts import queries as accounts
from backend.accounts.models import Account
from backend.commands.transaction import in_transaction
from backend.db import clock
from backend.db.engine import WriteSession
from backend.demo import actions
from backend.demo.actions import DemoAction
from backend.demo.situations import VISITORS, visitor_address
from backend.demo.staffing import PASSWORD, colleagues
from backend.errors import Conflict
from backend.identity.models import Organization
from backend.identity.queries import is_demo
from backend.installation import DATABASES, DEMO, OWN, Installation
from backend.operation import OperationError
from backend.settings import Settings, settings

STALE_DAYS = 2
"""So old a demo has days on which nothing happened, unless its simulator ran."""
SHOWN_STAFF = ("csm", "manager", "admin")


@click.group()
def demo() -> None:
    """Look around in the demo organization, load it anew, or leave it for your own data."""


@demo.command("sign-ins")
def sign_ins() -> None:
    """Show who may sign in to the demo, from this machine alone."""

    async def age(session: WriteSession) -> int:
        if not await is_demo(session):
            raise Conflict("These data are not the demo's.")
        since = (await session.scalars(select(Organization.created_at))).one()
        return (await clock.now(session) - since).days

    days = in_transaction(age)
    base = settings().base_url
    click.echo(f"\nThis is the demo organization. Everybody's password is {PASSWORD}; it works on this machine alone.")
    click.echo(f"\n  staff, {base}/console")
    for one in colleagues():
        if one.local in SHOWN_STAFF:
            click.echo(f"    {one.email:38} {one.name}, {one.role.lower()}")
    click.echo(f"\n  customers, {base}/")
    for company, name in VISITORS.items():
        click.echo(f"    {visitor_address(company):38} {name} of {company}")
    if days >= STALE_DAYS:
        click.echo(f"\nIt was loaded {days} days ago. `./waymark demo reload` brings it up to today.")
    click.echo("\n`./waymark demo leave` goes on to an empty database for your own data.\n")


@demo.command()
@click.argument("action", type=click.Choice([one.value.lower().replace("_", "-") for one in DemoAction]))
@click.option(
    "--account", metavar="KEY", help="To which customer: its external id or id; else the largest that does well."
)
def act(action: str, account: str | None) -> None:
    """Have something happen to a customer of the demo, which is seen within seconds."""

    async def work(session: WriteSession) -> str:
        chosen = await accounts.named(session, account) if account else None
        found = DemoAction(action.upper().replace("-", "_"))
        happens_to = await actions.ask(session, None, action=found, account_id=chosen)
        return (await session.get_one(Account, happens_to)).name

    click.echo(f"{action}: {in_transaction(work)}")


@demo.command()
def leave() -> None:
    """Go on to your own data: an empty database, and a link that makes you the first admin. The demo stays."""
    _show(OWN)


@demo.command()
@click.option("--yes", is_flag=True, help="Do not ask.")
def reload(*, yes: bool) -> None:
    """Throw the demo away, with all that was done in it, and load it anew until today."""
    if not yes:
        click.confirm("Delete everything that was done in the demo?", abort=True)
    _show(DEMO, anew=True)


def _show(data: str, *, anew: bool = False) -> None:
    """Have the installation show these data: at once where it runs, else at its next start. Raises OperationError."""
    chosen = settings()
    installation = Installation(_without_urls(chosen))
    if not (chosen.data_dir / "secrets.json").is_file() or installation.postgres is None:
        raise OperationError(
            "Only what `make run` keeps in its own PostgreSQL can be switched. Elsewhere the database URLs say which "
            "data are shown: point them at another database, and run `waymark migrate --init`."
        )
    if chosen.migrate_url not in {installation.postgres.url(database=name) for name in DATABASES.values()}:
        raise OperationError("WAYMARK_MIGRATE_URL names another database: unset it, or point it at the one you want.")
    installation.data.show(data, anew=anew)
    what = "the demo, loaded anew" if data == DEMO else "your own data"
    click.echo(f"Waymark shows {what}: in a moment where it runs, else when you start it (`make run`).")


def _without_urls(chosen: Settings) -> Settings:
    return Settings(data_dir=chosen.data_dir)
