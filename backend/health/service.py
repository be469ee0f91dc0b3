"""Writes of health: new versions of the model, overrides, and what a change of the model would do."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import func, insert, select, text, update

from backend.db import clock
from backend.db.engine import WriteSession
from backend.errors import InvalidInput
from backend.health import scoring
from backend.health.definition import Model
from backend.health.models import (
    HealthBand,
    HealthLeaf,
    HealthModel,
    HealthOverride,
    HealthSnapshot,
    HealthWords,
    RetentionCategory,
)


async def new_version(
    session: WriteSession, model: Model, *, applied_by: str, in_force_from: date | None = None
) -> int:
    """Make a model the newest version, unless it equals the newest; returns the version's number.

    A version holds for all days as long as no day was closed, so that history may be imported and scored with one's
    own program. A later one is in force from today, or from the given day; days already closed keep the version that
    they were scored with.
    """
    await session.execute(text("lock table health_models in share row exclusive mode"))
    newest = await session.scalar(select(HealthModel).order_by(HealthModel.version.desc()).limit(1))
    fingerprint = model.fingerprint()
    if newest is not None and newest.fingerprint == fingerprint:
        return newest.version
    number = newest.version + 1 if newest else 1
    if in_force_from is None and await session.scalar(select(HealthSnapshot.day).limit(1)) is not None:
        in_force_from = await clock.today(session)
    await session.execute(
        insert(HealthModel).values(
            version=number,
            in_force_from=None if newest is None else in_force_from,
            definition=model.stored(),
            red_below=model.cuts.red,
            green_above=model.cuts.green,
            margin=model.cuts.margin,
            fingerprint=fingerprint,
            applied_by=applied_by,
        )
    )
    await session.execute(insert(HealthLeaf), leaf_rows(number, model))
    if model.words:
        await session.execute(
            insert(HealthWords),
            [{"model_version": number, "band": band, "words": words} for band, words in model.words.items()],
        )
    return number


def leaf_rows(version: int, model: Model) -> list[dict[str, object]]:
    """Rows of `health_leaves` for a version: the leaves under every profile."""
    rows: list[dict[str, object]] = []
    for profile in range(len(model.profiles) + 1):
        for place, leaf in enumerate(model.leaves):
            poor, healthy = model.anchors(place, profile)
            rows.append(
                {
                    "model_version": version,
                    "profile": profile,
                    "position": place + 1,
                    "key": leaf.key,
                    "name": leaf.name,
                    "group_key": leaf.group,
                    "group_name": model.groups[leaf.group],
                    "measure": leaf.measure.kind,
                    "weight": leaf.weight,
                    "poor": poor,
                    "healthy": healthy,
                    "empty": leaf.empty,
                    "unit": leaf.unit,
                    "statement": leaf.statement,
                    "nothing": leaf.nothing,
                    "change_phrase": leaf.change,
                    "change_denominator": leaf.change_denominator,
                    "is_customer_visible": leaf.visible,
                }
            )
    return rows


async def override(
    session: WriteSession,
    *,
    account_id: UUID,
    category: RetentionCategory,
    signal: str,
    reason: str,
    ends_at: datetime,
    set_by: UUID | None = None,
) -> UUID:
    """Force the category of an account until a time, beside its score. Raises InvalidInput for an end in the past."""
    if ends_at <= await clock.now(session):
        raise InvalidInput("An override must end in the future.", field=["endsAt"])
    made = HealthOverride(
        account_id=account_id, category=category.value, signal=signal, reason=reason, ends_at=ends_at, set_by=set_by
    )
    session.add(made)
    await session.flush()
    return made.id


async def end_override(session: WriteSession, *, account_id: UUID, signal: str) -> None:
    """End what a signal forces, since it is over. What a person has forced stays."""
    await session.execute(
        update(HealthOverride)
        .where(
            HealthOverride.account_id == account_id,
            HealthOverride.signal == signal,
            HealthOverride.set_by.is_(None),
            HealthOverride.ends_at > func.waymark_now(),
        )
        # What began in this very moment ends a moment after: an override has a duration.
        .values(ends_at=func.greatest(func.waymark_now(), HealthOverride.started_at + text("interval '1 ms'")))
    )


async def preview(session: WriteSession, model: Model) -> list[tuple[HealthBand | None, HealthBand | None, int]]:
    """What a model would do today: (band now, band with it, accounts), largest first; nothing is kept.

    None stands for an account that is not scored on one of the sides.
    """
    async with session.begin_nested() as nothing:
        before = await _bands(session)
        newest = await session.scalar(select(func.max(HealthModel.version))) or 0
        await scoring.score_now(session, version=scoring.Version(newest + 1, None, model))
        after = await _bands(session)
        await nothing.rollback()
    counted: dict[tuple[HealthBand | None, HealthBand | None], int] = {}
    for account in before.keys() | after.keys():
        pair = (before.get(account), after.get(account))
        counted[pair] = counted.get(pair, 0) + 1
    return sorted(((*pair, count) for pair, count in counted.items()), key=lambda row: -row[2])


async def _bands(session: WriteSession) -> dict[UUID, HealthBand]:
    rows = await session.execute(text("select account_id, band from current_health"))
    return {row.account_id: HealthBand(row.band) for row in rows}
