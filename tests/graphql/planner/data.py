"""Rows for the tests' tables, drawn from a fixed seed."""

from __future__ import annotations

import json
import random
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from tests.graphql.planner.models import Account, SampleBase

Rows = list[dict[str, Any]]
WORDS = [
    "alpha",
    "Ärger",
    "100%",
    "under_score",
    "back\\slash",
    'quo"te',
    "é",
    "line\u2028break",
    "tab\there",
    "'tick'",
]
START = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Data:
    """Every row, by table."""

    staff: Rows
    accounts: Rows
    members: Rows
    milestones: Rows
    badge_awards: Rows
    usage_days: Rows

    def rows(self, model: type[SampleBase]) -> Rows:
        found: Rows = getattr(self, model.__tablename__)
        if model is Account:
            return [{**row, "traits": None if row["traits"] is None else json.dumps(row["traits"])} for row in found]
        return found


def make_data(accounts: int = 40) -> Data:
    draw = random.Random(7)  # noqa: S311

    def key() -> UUID:
        return UUID(int=draw.getrandbits(128))

    def instant() -> datetime:
        return START + timedelta(seconds=draw.randrange(40) * 3600, microseconds=draw.choice([0, 1, 123456]))

    staff = [{"id": key(), "name": f"Staff {i % 3}"} for i in range(4)]
    companies: Rows = []
    for i in range(accounts):
        companies.append(
            {
                "id": key(),
                "name": f"{draw.choice(WORDS)} {i % 7}",
                "tier": draw.choice(["STARTER", "BUSINESS"]),
                "created_at": instant(),
                "customer_since": draw.choice([None, date(2025, 1, 1) + timedelta(days=draw.randrange(400))]),
                "mrr_minor": draw.choice([0, 100, 1000, 2**40 + 10]),
                "currency": draw.choice(["EUR", "USD"]),
                "score": draw.choice([None, 0.0, 12.5, 80.0, 1 / 3]),
                "note": draw.choice([None, "", "a note"]),
                "traits": draw.choice([None, {}, {"a": [1, None, "é"]}, []]),
                "tags": draw.choice([[], ["x"], ["x", 'y"z']]),
                "csm_id": draw.choice([None, *(s["id"] for s in staff)]),
                "parent_id": draw.choice([None, *(c["id"] for c in companies[:5])]) if companies else None,
            }
        )
    ids = [row["id"] for row in companies]
    members = [
        {
            "id": key(),
            "account_id": draw.choice(ids[:20]),
            "name": f"{draw.choice(WORDS)}",
            "seats": draw.randrange(5),
            "last_seen_at": draw.choice([None, instant()]),
        }
        for _ in range(150)
    ]
    milestones = [
        {
            "id": key(),
            "account_id": draw.choice(ids),
            "title": f"Step {i}",
            "position": draw.randrange(4),
            "achieved_at": draw.choice([None, instant()]),
        }
        for i in range(120)
    ]
    awards = [
        {
            "id": key(),
            "account_id": member["account_id"],
            "member_id": draw.choice([None, member["id"]]),
            "badge": draw.choice(["first", "second"]),
            "awarded_at": instant(),
        }
        for member in draw.choices(members, k=120)
    ]
    usage = [
        {
            "account_id": account,
            "metric": metric,
            "on_day": date(2026, 1, 1) + timedelta(days=day),
            "value": float(draw.randrange(50)),
        }
        for account in ids[:10]
        for metric in ("chats", "logins")
        for day in range(20)
    ]
    return Data(staff, companies, members, milestones, awards, usage)
