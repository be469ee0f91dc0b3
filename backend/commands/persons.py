"""`waymark erase-person` and `waymark export-person`."""

from __future__ import annotations

import asyncio
from pathlib import Path
from uuid import UUID

import click
from asyncpg import LockNotAvailableError
from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError

from backend.accounts.models import Account
from backend.commands.transaction import in_transaction
from backend.db.engine import Database, WriteSession
from backend.erasure import find, service
from backend.erasure.export import SNAPSHOT, export
from backend.identity.models import Member, Person, Staff
from backend.operation import OperationError
from backend.settings import settings

TRIES = 20
"""Attempts of 3 seconds each to get between imports."""


@click.command("erase-person")
@click.argument("person")
@click.option("--yes", is_flag=True, help="Do not ask.")
def erase_person(person: str, *, yes: bool) -> None:
    """Erase PERSON, given by address or id: who they are goes everywhere, and nothing brings it back.

    Ids, amounts, days and states stay, so that numbers and history stay true. Running it again goes on with an erasure
    that was interrupted, and erases what has come since.
    """
    found, lines = in_transaction(lambda session: _described(session, person))
    for line in lines:
        click.echo(line, err=True)
    if not yes:
        click.confirm("Erase? This cannot be undone", abort=True, err=True)
    asyncio.run(_erase(found))
    click.echo(f"prsn_{found.id.hex} is erased.")


async def _described(session: WriteSession, word: str) -> tuple[Person, list[str]]:
    """The person, and what whoever erases them should know before."""
    found = await find.person(session, word)
    if found.erased_at is not None:
        return found, [
            f"prsn_{found.id.hex} was erased on {found.erased_at:%Y-%m-%d}; this erases what has come since."
        ]
    lines = [f"prsn_{found.id.hex}: {found.name or 'without a name'}, {found.email or 'without an address'}"]
    memberships = await session.execute(
        select(Account.name, Member.role, Member.state)
        .join(Member, Member.account_id == Account.id)
        .where(Member.person_id == found.id)
        .order_by(Account.name, Account.id)
        .limit(20)
    )
    lines += [f"  member of {name}: {role}, {state}" for name, role, state in memberships]
    staff = await session.scalar(select(Staff).where(Staff.person_id == found.id))
    if staff is not None:
        count = await session.scalar(
            select(func.count()).select_from(Account).where(Account.success_manager_id == staff.id)
        )
        lines.append(f"  on the staff: {staff.role}; {count} accounts have them as success manager and keep the id")
    return found, lines


async def _erase(person: Person) -> None:
    database = Database(settings())
    try:
        await database.open()
        erasure_id = await _between_imports(database, person)
        await service.search(database, erasure_id)
    finally:
        await database.close()


async def _between_imports(database: Database, person: Person) -> UUID:
    for _ in range(TRIES):
        try:
            async with database.begin() as session:
                return await service.erase(session, person.id)
        except DBAPIError as error:
            if not isinstance(error.orig.__cause__, LockNotAvailableError):  # type: ignore[union-attr]
                raise
    raise OperationError(
        "An import that states persons is running. Nothing is erased yet: try again when it has ended."
    )


@click.command("export-person")
@click.argument("person")
@click.option(
    "--output", required=True, type=click.Path(path_type=Path, dir_okay=False), help="File to write; must be new."
)
def export_person(person: str, output: Path) -> None:
    """Write everything held about PERSON, given by address or id, into one JSON file (docs/operations.md)."""
    try:
        output.touch(mode=0o600, exist_ok=False)
    except OSError as error:
        raise OperationError(f"{output} cannot be made: {error.strerror}. Name a file that does not exist.") from None
    try:
        in_transaction(lambda session: _write(session, person, output))
    except BaseException:
        output.unlink()
        raise
    click.echo(f"Wrote {output}. It holds personal data, of others too where their texts name the person.")


async def _write(session: WriteSession, word: str, output: Path) -> None:
    await session.execute(SNAPSHOT)
    found = await find.person(session, word)
    with output.open("wb") as file:
        async for piece in export(session, found):
            file.write(piece)
