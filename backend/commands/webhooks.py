"""`waymark webhooks` and `waymark deliveries`: where events go, and what became of them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar
from uuid import UUID

import click
from sqlalchemy import select

from backend.commands.transaction import in_transaction
from backend.db.engine import WriteSession
from backend.identity import audit
from backend.webhooks import service
from backend.webhooks.models import BodyForm, DeliveryState, WebhookDelivery, WebhookEndpoint
from backend.work import WorkItem

T = TypeVar("T")
endpoint_argument = click.argument("endpoint", type=click.UUID)


def _audited(action: str, endpoint: UUID, work: Callable[[WriteSession], Awaitable[T]]) -> T:
    """Do something to an endpoint and record it, in one transaction."""

    async def both(session: WriteSession) -> T:
        done = await work(session)
        await audit.record(session, action, actor="command line", subject=f"webhook_endpoint:{endpoint}")
        return done

    return in_transaction(both)


def _show(made: service.NewSecret) -> None:
    click.echo(made.secret)
    click.echo(f"Shown this once: it belongs to the receiver alone. The endpoint is {made.endpoint_id}.", err=True)


@click.group("webhooks")
def webhooks() -> None:
    """Send what happens to other systems (docs/webhooks.md)."""


@webhooks.command("add")
@click.argument("url")
@click.option("--name", required=True, help="What it is for.")
@click.option("--event", "events", multiple=True, type=click.Choice(service.TYPES), help="Only these; may be repeated.")
@click.option("--slack", is_flag=True, help="Write messages as Slack shows them.")
def add(url: str, name: str, events: tuple[str, ...], *, slack: bool) -> None:
    """Send events to URL, and show the secret that signs them, once."""

    async def work(session: WriteSession) -> service.NewSecret:
        form = BodyForm.SLACK if slack else BodyForm.STANDARD
        made = await service.add(session, name=name, url=url, events=events, form=form)
        subject = f"webhook_endpoint:{made.endpoint_id}"
        await audit.record(session, "webhook_endpoint.created", actor="command line", subject=subject)
        return made

    _show(in_transaction(work))


@webhooks.command("list")
def list_endpoints() -> None:
    """List endpoints, the newest last, without addresses and secrets."""

    async def read(session: WriteSession) -> list[WebhookEndpoint]:
        chosen = select(WebhookEndpoint).where(WebhookEndpoint.removed_at.is_(None)).order_by(WebhookEndpoint.id)
        return list(await session.scalars(chosen))

    for one in in_transaction(read):
        state = f"paused ({one.pause_reason})" if one.paused_at else "failing" if one.failing_since else "ok"
        click.echo(f"{one.id}  {state}  {one.host}  {one.form}  {', '.join(one.events) or 'all events'}: {one.name}")


@webhooks.command("rotate")
@endpoint_argument
def rotate(endpoint: UUID) -> None:
    """Give ENDPOINT a new secret; for a day the one before signs as well."""
    _show(_audited("webhook_endpoint.rotated", endpoint, lambda session: service.rotate(session, endpoint)))


@webhooks.command("resume")
@endpoint_argument
def resume(endpoint: UUID) -> None:
    """Send to a paused ENDPOINT again, and what it has missed."""
    held = _audited("webhook_endpoint.resumed", endpoint, lambda session: service.resume(session, endpoint))
    click.echo(f"Resumed; {held:,} deliveries that were held are sent now.")


@webhooks.command("remove")
@endpoint_argument
def remove(endpoint: UUID) -> None:
    """Send nothing to ENDPOINT any more."""
    _audited("webhook_endpoint.removed", endpoint, lambda session: service.remove(session, endpoint))
    click.echo("Removed, with its address and its secret.")


@webhooks.command("test")
@endpoint_argument
def test(endpoint: UUID) -> None:
    """Have a made-up event sent to ENDPOINT; `waymark deliveries list` says what came of it."""
    click.echo(in_transaction(lambda session: service.test(session, endpoint)))


@click.group("deliveries")
def deliveries() -> None:
    """What was sent, and what is to be."""


@deliveries.command("list")
@click.option("--endpoint", type=click.UUID, help="Only those of this endpoint.")
@click.option("--state", type=click.Choice([one.value for one in DeliveryState]), help="Only in this state.")
@click.option("--limit", type=click.IntRange(1, 1_000), default=20, show_default=True)
def list_deliveries(endpoint: UUID | None, state: str | None, limit: int) -> None:
    """List deliveries, the newest first."""

    async def read(session: WriteSession) -> list[Any]:
        chosen = select(WebhookDelivery, WorkItem.run_at, WorkItem.parked_at).outerjoin(
            WorkItem, WorkItem.id == WebhookDelivery.work_item_id
        )
        if endpoint is not None:
            chosen = chosen.where(WebhookDelivery.endpoint_id == endpoint)
        if state is not None:
            chosen = chosen.where(WebhookDelivery.state == state)
        return list(await session.execute(chosen.order_by(WebhookDelivery.id.desc()).limit(limit)))

    for one, run_at, parked_at in in_transaction(read):
        is_pending = one.state == DeliveryState.PENDING
        told = "parked" if parked_at else f"due {run_at:%Y-%m-%d %H:%M:%S}" if run_at else ""
        what = f"{one.failure or ''} {one.response_code or ''}".strip() or "-"
        click.echo(f"{one.id}  {one.type}  {one.state}  {one.attempts} attempts  {what}  {told if is_pending else ''}")


@deliveries.command("replay")
@click.argument("delivery", type=click.UUID)
def replay(delivery: UUID) -> None:
    """Send DELIVERY again, under the same webhook-id."""

    async def work(session: WriteSession) -> None:
        await service.replay(session, delivery)
        subject = f"webhook_delivery:{delivery}"
        await audit.record(session, "webhook_delivery.replayed", actor="command line", subject=subject)

    in_transaction(work)
    click.echo("It is sent again now.")
