"""Commands about Stripe: its signing secret, what came of its events, whose its customers are."""

from __future__ import annotations

import sys

import click
from sqlalchemy import func, select

from backend.accounts import queries as accounts
from backend.billing.models import StripeObject
from backend.billing.stripe import customers, inbox
from backend.commands.transaction import in_transaction
from backend.db.engine import WriteSession
from backend.errors import NotFound
from backend.identity import audit
from backend.settings import settings
from backend.usage.models import Source

SOURCE = click.option("--source", default="stripe", show_default=True, help="Key of the source, one a Stripe account.")
MOST_SHOWN = 50


@click.group("stripe")
def stripe() -> None:
    """Connect Stripe and see what came of its events."""


@stripe.command("set-secret")
@SOURCE
@click.option("--stdin", "from_stdin", is_flag=True, help="Read the secret from standard input, one line.")
def set_secret(source: str, *, from_stdin: bool) -> None:
    """Store the signing secret of a webhook endpoint (whsec_…). The one before holds for 24 hours more."""
    secret = sys.stdin.readline().strip() if from_stdin else click.prompt("Signing secret", hide_input=True).strip()

    async def work(session: WriteSession) -> None:
        await inbox.set_secret(session, settings(), source_key=source, secret=secret)
        await audit.record(session, "stripe_secret.set", actor="command line", subject=f"source:{source}")

    in_transaction(work)
    path = "/webhooks/stripe" if source == "stripe" else f"/webhooks/stripe/{source}"
    click.echo(f"Events signed with it are taken at {settings().base_url}{path}.")


@stripe.command("status")
@SOURCE
def status(source: str) -> None:
    """Events by type and what was made of them, customers without an account, and what amounts leave out."""

    async def work(session: WriteSession) -> None:
        source_id = await session.scalar(select(Source.id).where(Source.key == source))
        if source_id is None:
            raise NotFound(f"There is no source {source}. Connect one: waymark stripe set-secret.", field=["source"])
        for (kind, state), (count, contradictions, newest) in (await inbox.counts(session, source_id)).items():
            again = f", {contradictions:,} times again with another body" if contradictions else ""
            click.echo(f"{state.lower():8} {count:9,}  {kind}, last {newest:%Y-%m-%d %H:%M} UTC{again}")
        waiting = (
            select(StripeObject.customer_id, func.count())
            .where(StripeObject.source_id == source_id, StripeObject.account_id.is_(None))
            .where(StripeObject.customer_id.is_not(None), StripeObject.object_id != StripeObject.customer_id)
            .group_by(StripeObject.customer_id)
            .order_by(StripeObject.customer_id)
            .limit(MOST_SHOWN)
        )
        for customer, count in await session.execute(waiting):
            click.echo(
                f"{customer} has no account; {count} of its objects wait: waymark stripe link {customer} ACCOUNT"
            )
        remarks = (
            select(StripeObject.object_id, StripeObject.remark)
            .where(StripeObject.source_id == source_id, StripeObject.remark.is_not(None))
            .order_by(StripeObject.object_id)
            .limit(MOST_SHOWN)
        )
        for object_id, remark in await session.execute(remarks):
            click.echo(f"{object_id}: {remark}")

    in_transaction(work)


@stripe.command("link")
@click.argument("customer")
@click.argument("account")
@SOURCE
def link(customer: str, account: str, source: str) -> None:
    """Say that CUSTOMER (cus_…) is ACCOUNT, an id or an external id. It outranks what Stripe says."""

    async def work(session: WriteSession) -> int:
        account_id = await accounts.named(session, account)
        count = await customers.link(session, source_key=source, customer_id=customer, account_id=account_id)
        await audit.record(
            session,
            "stripe_customer.linked",
            actor="command line",
            account_id=account_id,
            subject=f"stripe_customer:{customer}",
        )
        return count

    count = in_transaction(work)
    click.echo(f"{customer} is {account}. The facts of {count} objects are derived anew.")
