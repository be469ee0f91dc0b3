"""Tuning the health model: what a change of weights and anchors would do, and the files that say it."""

from __future__ import annotations

from typing import Any

import strawberry

from backend.graphql.money import MoneyType
from backend.graphql.mutation import Info, mutation, mutation_payload, payload
from backend.graphql.planner import Decimal, encode_id, row
from backend.health import tuning
from backend.health.definition import POINT
from backend.health.models import HealthBand
from backend.permissions import Permission
from backend.program import service as programs
from backend.program.draft import draft, spelled


@strawberry.input(description="What is to be otherwise of a leaf; what is left out stays.")
class LeafChangeInput:
    """What is to be otherwise of a leaf."""

    leaf_key: str = strawberry.field(description="The word for it in the program files.")
    weight: Decimal | None = strawberry.field(default=None, description="Share of the whole; all weights sum to 1.")
    poor: Decimal | None = strawberry.field(default=None, description="The value that counts 0.")
    healthy: Decimal | None = strawberry.field(default=None, description="The value that counts 100.")


@strawberry.input(description="What to try.")
class PreviewHealthModelInput:
    """What to try."""

    changes: list[LeafChangeInput] = strawberry.field(
        description="Leaves that change, each once. The anchors of profiles, such as those of young accounts, stay."
    )


@row()
class BandShiftType:
    """How many accounts are in a band."""

    band: HealthBand
    """The band."""
    before: int
    """Accounts in it now."""
    after: int
    """Accounts in it with the change."""


@row()
class MovedAccountType:
    """An account that changes band."""

    account_id: strawberry.ID
    """Its public id."""
    name: str
    """Its name."""
    band_before: HealthBand
    """Its band now."""
    band_after: HealthBand
    """Its band with the change."""
    score_before: Decimal | None
    """Its points now; null without enough data."""
    score_after: Decimal | None
    """Its points with the change."""


@row()
class EarlyWarningType:
    """What the model said of some accounts so many days ahead, by the cuts alone."""

    days_ahead: int
    """How many days ahead: of the day on which an account was lost, or of today."""
    account_count: int
    """Accounts that had a closing then."""
    red_before: int
    """Those that the live model makes red."""
    red_after: int
    """Those that are red with the change."""
    yellow_before: int
    """Those that the live model makes yellow."""
    yellow_after: int
    """Those that are yellow with the change."""


@row()
class DraftedFileType:
    """A program file with the change in it, comments and layout as they were."""

    name: str
    """Its name in the folder of the program."""
    text: str
    """The whole file, for `waymark program plan` and `apply`."""


@row()
class HealthPreviewType:
    """What a change of the health model would do today, and would have said of accounts that were lost."""

    model_version: int
    """The live version of the model, with which it is compared."""
    bands: list[BandShiftType]
    """Accounts by band."""
    moved_count: int
    """How many accounts change band."""
    moved: list[MovedAccountType]
    """Of those, the 100 with the most revenue."""
    mrr_at_risk_before: list[MoneyType]
    """MRR of accounts that are At-Risk or Critical now, by currency."""
    mrr_at_risk_after: list[MoneyType]
    """The same with the change."""
    lost_count: int
    """Accounts lost within the last 365 days."""
    warnings: list[EarlyWarningType]
    """What was said of the lost ones, 30 and 60 days before they left."""
    alarms: list[EarlyWarningType]
    """What was said, 30 and 60 days ago, of those that are customers still: what is red there was a false alarm."""
    files: list[DraftedFileType]
    """The program files that say the change; none where nothing changes."""
    difference: str
    """The change in words, as `waymark program plan` tells it; empty where nothing changes."""


@mutation_payload
class PreviewHealthModelPayload:
    """What came of trying a change. Nothing is stored."""

    preview: HealthPreviewType | None
    """What it would do."""


@mutation(permission=Permission.PROGRAM_READ)
async def preview_health_model(
    info: Info,
    input: PreviewHealthModelInput,  # noqa: A002 - its name in the schema
) -> PreviewHealthModelPayload:
    """[staff] Try other weights and anchors on today's scores and on accounts that were lost. Changes nothing: files
    are the master, and `waymark program apply` is what makes a draft run. Needs program:read."""
    changes = [
        tuning.Change(
            leaf=change.leaf_key,
            weight=_number(change.weight),
            poor=_number(change.poor),
            healthy=_number(change.healthy),
        )
        for change in input.changes
    ]
    async with info.context.begin() as session:
        version = await tuning.live(session)
        model = tuning.changed(version.model, changes)
        running = await programs.running(session)
        drafted = draft(running.files, changes) if running is not None else {}
        effect = await tuning.effect(session, version, model)
        found = {
            **_shown(effect),
            "files": [{"name": name, "text": text} for name, text in drafted.items()],
            "difference": spelled(running.files, drafted) if running is not None and drafted else "",
        }
        return await payload(PreviewHealthModelPayload, info, preview=found)


def _number(given: Any) -> float | None:
    return None if given is None else float(given)


def _shown(effect: tuning.Effect) -> dict[str, Any]:
    today = effect.today
    return {
        "model_version": effect.version,
        "bands": [{"band": band, "before": had, "after": has} for band, (had, has) in today.bands.items()],
        "moved_count": today.moved_count,
        "moved": [
            {
                "account_id": encode_id("acct", moved.account_id),
                "name": moved.name,
                "score_before": _points(moved.before[0]),
                "band_before": moved.before[1],
                "score_after": _points(moved.after[0]),
                "band_after": moved.after[1],
            }
            for moved in today.moved
        ],
        "mrr_at_risk_before": _money({currency: had for currency, (had, _) in today.at_risk.items()}),
        "mrr_at_risk_after": _money({currency: has for currency, (_, has) in today.at_risk.items()}),
        "lost_count": effect.lost,
        "warnings": [_warned(each) for each in effect.warned],
        "alarms": [_warned(each) for each in effect.alarmed],
    }


def _points(micro: int | None) -> float | None:
    return None if micro is None else micro / POINT


def _money(amounts: dict[str, int]) -> list[dict[str, Any]]:
    return [{"amount_minor": amount, "currency_code": currency} for currency, amount in amounts.items()]


def _warned(warned: tuning.Warned) -> dict[str, Any]:
    return {
        "days_ahead": warned.days,
        "account_count": warned.accounts,
        "red_before": warned.red[0],
        "red_after": warned.red[1],
        "yellow_before": warned.yellow[0],
        "yellow_after": warned.yellow[1],
    }
