"""Planning and applying program files.

A plan runs the whole application inside a savepoint that is rolled back, so that what it shows is what would happen.
Its token names the running version and both sets of files: applying with a token whose running version or files have
changed is refused.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from sqlalchemy import select, text

from backend.db.engine import WriteSession
from backend.events import DomainEvent, emit
from backend.identity import audit
from backend.program.assemble import PARTS
from backend.program.consequences import consequences
from backend.program.difference import difference, told
from backend.program.errors import PlanOutdated
from backend.program.models import ProgramVersion
from backend.program.section import Program

ONLY_LAYOUT = "Only comments, order or layout change."


@dataclass(frozen=True, kw_only=True)
class ProgramApplied(DomainEvent):
    """Another version of the program runs."""

    number: int


@dataclass(frozen=True)
class Plan:
    """What applying a program would do."""

    running: int
    """Number of the running version, 0 when there is none."""
    token: str
    """For `waymark program apply --planned`."""
    difference: str
    consequences: tuple[str, ...]
    is_needed: bool
    """False when the running version has the same files."""


@dataclass(frozen=True)
class Applied:
    """What applying a program did."""

    number: int
    is_new: bool
    """False when the same files were running already; nothing was written."""


async def running(session: WriteSession) -> ProgramVersion | None:
    """The running version; None before the first."""
    return await session.scalar(select(ProgramVersion).order_by(ProgramVersion.number.desc()).limit(1))


async def plan(session: WriteSession, program: Program) -> Plan:
    """What applying a program would change, and what would follow. Leaves nothing behind."""
    version = await running(session)
    if version is not None and version.fingerprint == program.fingerprint:
        return Plan(version.number, _token(version, program), "", (), is_needed=False)
    savepoint = await session.begin_nested()
    try:
        await _make_so(session, program)
        followed = await consequences(session, program)
    finally:
        await savepoint.rollback()
    return Plan(
        version.number if version else 0,
        _token(version, program),
        _difference(version, program),
        followed,
        is_needed=True,
    )


async def apply(session: WriteSession, program: Program, *, planned: str | None = None) -> Applied:
    """Make a program the running version, or find that it is. Serialised against other applications.

    Raises PlanOutdated when `planned` is the token of a plan for another running version or other files.
    """
    await session.execute(text("lock table program_versions in share row exclusive mode"))
    version = await running(session)
    if version is not None and version.fingerprint == program.fingerprint:
        return Applied(version.number, is_new=False)
    number = version.number + 1 if version else 1
    if planned is not None and planned != _token(version, program):
        raise PlanOutdated(_why_outdated(planned, version))
    session.add(
        ProgramVersion(
            number=number,
            fingerprint=program.fingerprint,
            files=dict(program.files),
            difference=_difference(version, program),
            applied_by=program.applied_by,
        )
    )
    await session.flush()
    await _make_so(session, program)
    await audit.record(
        session,
        "program.applied",
        actor="command line",
        subject=f"program:{number}",
        before={"fingerprint": version.fingerprint} if version else None,
        after={"fingerprint": program.fingerprint},
    )
    await emit(session, ProgramApplied(number=number))
    return Applied(number, is_new=True)


async def _make_so(session: WriteSession, program: Program) -> None:
    for part in PARTS:
        await part.apply(session, program.section(part.section), program)


def _difference(version: ProgramVersion | None, program: Program) -> str:
    return told(difference(version.files if version else {}, program.files)) or ONLY_LAYOUT


def _token(version: ProgramVersion | None, program: Program) -> str:
    """Number of the running version, then a digest of what runs and what is to run."""
    number, fingerprint = (version.number, version.fingerprint) if version else (0, "")
    digest = hashlib.sha256(f"{number}\n{fingerprint}\n{program.fingerprint}".encode()).hexdigest()
    return f"{number}-{digest[:16]}"


def _why_outdated(planned: str, version: ProgramVersion | None) -> str:
    number = version.number if version else 0
    if planned.partition("-")[0] != str(number):
        now = f"version {number}, applied by {version.applied_by}, runs now" if version else "nothing runs now"
        return f"--planned {planned} was made for another running version; {now}. Plan again."
    return f"--planned {planned} was made for other files than these. Plan again."
