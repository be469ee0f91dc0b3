"""Loading the demo, with its progress shown. Apart from the other commands, since most starts do without it."""

from __future__ import annotations

import asyncio

import asyncpg
import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from backend.db.engine import Database
from backend.demo.load import load
from backend.settings import Settings, settings


def load_demo() -> None:
    """Load the demo into the database of the settings, showing how far it is."""
    asyncio.run(_load(settings()))


async def _load(chosen: Settings) -> None:
    database = Database(chosen)
    try:
        await database.open()
        console = Console(stderr=True)
        columns = (TextColumn("{task.description:36}"), BarColumn(), TextColumn("{task.percentage:>3.0f} %"))
        with Progress(*columns, TimeElapsedColumn(), console=console, disable=not console.is_terminal) as bar:
            task = bar.add_task("Loading the demo organization", total=1.0)

            def show(what: str, share: float) -> None:
                bar.update(task, description=what, completed=share)
                if not console.is_terminal:
                    click.echo(f"Demo: {what} ({share:.0%})", err=True)

            count = await load(database, share=chosen.demo_percent / 100, progress=show)
            await _settle(chosen)
        click.echo(f"The demo organization is loaded: {count} customers, fifteen months until today.")
    finally:
        await database.close()


async def _settle(chosen: Settings) -> None:
    """Tell PostgreSQL's planner what there is, where the owner's login is at hand; it would find out in a minute."""
    if chosen.migrate_url:
        owner = await asyncpg.connect(chosen.migrate_url, timeout=10)
        try:
            await owner.execute("vacuum analyze")
        finally:
            await owner.close()
