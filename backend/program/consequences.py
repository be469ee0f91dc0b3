"""What would follow from applying a program, asked inside the transaction in which it is applied for trial."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select

from backend.accounts.models import Account, Tier
from backend.accounts.program import Tiers
from backend.db.engine import WriteSession
from backend.health import program as health
from backend.health import service
from backend.health.models import HealthBand
from backend.program.section import Program
from backend.usage.program import Metrics

BandChange = tuple[HealthBand | None, HealthBand | None, int]
"""Band now, band then, number of accounts; None: not scored."""

NAMES = {
    HealthBand.GREEN: "green",
    HealthBand.YELLOW: "yellow",
    HealthBand.RED: "red",
    HealthBand.INSUFFICIENT_DATA: "insufficient data",
    None: "no score",
}


async def consequences(session: WriteSession, program: Program) -> tuple[str, ...]:
    """Sentences on what follows for accounts: bands that change, tiers that they stay in though it is retired."""
    model = health.model(program.section(health.Health), program.section(Tiers), program.section(Metrics))
    return (*bands(await service.preview(session, model)), *await _retired_tiers(session))


def bands(changes: Sequence[BandChange]) -> tuple[str, ...]:
    """What happens to bands: how many accounts change theirs, from which to which, how many leave or enter red."""
    lines: list[str] = []
    scored = sum(count for before, _, count in changes if before)
    moved = [(before, after, count) for before, after, count in changes if before and before != after]
    if moved:
        total = sum(count for _, _, count in moved)
        lines.append(f"{_accounts(total)} of {scored:,} change{_s(total)} band:")
        order = list(NAMES)
        moved.sort(key=lambda change: (-change[2], order.index(change[0]), order.index(change[1])))
        lines += [f"  {count:,} from {NAMES[before]} to {NAMES[after]}" for before, after, count in moved]
        left = sum(count for before, _, count in moved if before is HealthBand.RED)
        entered = sum(count for _, after, count in moved if after is HealthBand.RED)
        lines.append(f"{left:,} leave{_s(left)} red, {entered:,} enter{_s(entered)} it.")
    elif scored:
        lines.append(f"None of {_accounts(scored)} changes band.")
    if first := sum(count for before, after, count in changes if after and not before):
        lines.append(f"{_accounts(first)} get{_s(first)} a first score.")
    return tuple(lines) or ("No account is scored.",)


async def _retired_tiers(session: WriteSession) -> tuple[str, ...]:
    retired = await session.execute(
        select(Tier.name, func.count(Account.id))
        .join(Account, Account.tier_key == Tier.key)
        .where(Tier.is_retired)
        .group_by(Tier.name)
        .order_by(Tier.name)
    )
    return tuple(f"{_accounts(count)} stay{_s(count)} in the retired tier {name}." for name, count in retired)


def _accounts(count: int) -> str:
    return f"{count:,} account{'' if count == 1 else 's'}"


def _s(count: int) -> str:
    """The ending of a verb whose subject is that many."""
    return "s" if count == 1 else ""
