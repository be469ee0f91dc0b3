"""What a filter may say: every field, within bounds, and what is wrong is named by its path."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from backend.account_filter import FIELDS, account_condition
from backend.accounts.models import Account
from backend.db.engine import Database
from backend.filters import FilterInvalid, compile_filter, without_nulls


async def test_staff_may_ask_everything(database: Database) -> None:
    asked: dict[str, list[dict[str, Any]]] = {
        "or": [
            {"text": "a"},
            {"tier": {"in": ["a"]}},
            {"industry": {"notIn": ["a"]}},
            {"externalId": {"isNull": True}},
            {"parentId": {"in": []}},
            {"csmId": {"isNull": False}},
            {"customerSince": {"withinLastDays": 7}},
            {"mrrMinor": {"gte": 5}},
            {"renewsOn": {"withinNextDays": 7}},
            {"churnedOn": {"isNull": True}},
            {"stage": {"in": ["x"]}},
            {"tag": {"in": ["x"]}},
            {"trait": {"key": "x", "equals": 1, "in": ["a"], "number": {"lt": 1}, "exists": True}},
            {"trait": {"key": "x", "date": {"withinNextDays": 30}}},
            {"ownerId": {"in": []}},
            {"lastTouch": {"withinLastDays": 30}},
            {"pulse": {"isNull": False}},
            {"pulseDisagrees": True},
            {"hasOpenAlert": True},
            {"hasOpenTask": False},
            {"metric": {"key": "calls", "withinDays": 28, "value": {"eq": 0}}},
            {"event": {"name": "paid", "withinDays": 7, "count": {"lte": 3}}},
            {"health": {"lt": 40}},
            {"healthChange": {"days": 7, "delta": {"lt": -5}}},
            {"band": {"in": ["RED"]}},
            {"category": {"notIn": ["SECURE"]}},
        ]
    }

    async with database.begin("staff") as session:
        assert {key for part in asked["or"] for key in part} == set(FIELDS)
        assert list(await session.scalars(select(Account.id).where(account_condition(asked)))) == []


def told(asked: Any, **vocabularies: tuple[str, ...]) -> list[str]:
    with pytest.raises(FilterInvalid) as refused:
        account_condition(asked, vocabularies)
    return str(refused.value).splitlines()


@pytest.mark.unit
def test_a_bad_filter_names_every_path() -> None:
    asked = {
        "and": [
            {"tier": {"inn": ["a"]}},
            {"or": {"health": {"lt": 4}}},
            {"heath": {"lt": 3}},
            {"health": {"lt": "x", "gt": float("nan"), "gte": True}},
            {"band": {"in": ["RDE"]}},
            {"event": {"withinDays": 7}},
            {"metric": {"key": "call", "withinDays": 0, "value": {"gt": 1}}},
            {"trait": {"key": "size"}},
            {"renewsOn": {"before": "tomorrow"}},
            {"tier": None},
            {"tier": {}},
            {"tier": {"in": "business"}},
            {"tier": {"in": ["busines", 3]}},
            {"csmId": {"in": ["x"]}},
            {"not": [1]},
            7,
            {"mrrMinor": {"eq": 0.5}},
            {"text": "a\x00"},
        ]
    }

    assert told(asked, tier=("business", "starter"), metric=("calls",)) == [
        "and[0].tier.inn: is unknown. Did you mean in?",
        "and[1].or: should be a list of conditions.",
        "and[2].heath: is unknown. Did you mean health?",
        "and[3].health.lt: should be a finite number of at most 1e15; it is 'x'.",
        "and[3].health.gt: should be a finite number of at most 1e15; it is nan.",
        "and[3].health.gte: should be a finite number of at most 1e15; it is True.",
        "and[4].band.in[0]: 'RDE' is no band. Did you mean RED?",
        "and[5].event.name: is missing. Add it.",
        "and[6].metric.key: 'call' is no metric. Did you mean calls?",
        "and[6].metric.withinDays: should be a whole number of days from 1 to 3660; it is 0.",
        "and[7].trait: only names a key. Add equals, in, number, date or exists.",
        "and[8].renewsOn.before: should be a date such as 2026-12-31; it is 'tomorrow'.",
        "and[9].tier: is empty. Give it a value or remove it.",
        "and[10].tier: is empty. Write at least one of in, notIn, isNull.",
        "and[11].tier.in: should be a list of at most 1,000 values. Write [a, b].",
        "and[12].tier.in[0]: 'busines' is no tier. Did you mean business?",
        "and[12].tier.in[1]: should be text of at most 1,000 characters; it is 3.",
        "and[13].csmId.in[0]: should be an id; it is 'x'.",
        "and[14].not: should be a condition: an object such as {tier: {in: [business]}}.",
        "and[15]: should be a condition: an object such as {tier: {in: [business]}}.",
        "and[16].mrrMinor.eq: should be a whole number; it is 0.5.",
        "and[17].text: should be text of at most 1,000 characters; it is 'a\\x00'.",
    ]


@pytest.mark.unit
def test_a_filter_is_bounded() -> None:
    deep: dict[str, Any] = {}
    for _ in range(50):
        deep = {"not": deep}
    wide = {"or": [{"tier": {"in": ["a"]}}] * 5_000}

    assert told(deep) == [".".join(["not"] * 13) + ": is beyond 12 levels or 200 conditions. Simplify the filter."]
    assert told(wide) == ["or[199]: is beyond 12 levels or 200 conditions. Simplify the filter."]
    assert told({"tier": {"in": ["a"] * 1_001}}) == ["tier.in: should be a list of at most 1,000 values. Write [a, b]."]


@pytest.mark.unit
def test_nulls_can_be_left_out_before_compiling() -> None:
    assert without_nulls({"tier": None, "and": [{"health": {"lt": 1, "gt": None}}]}) == {"and": [{"health": {"lt": 1}}]}


@pytest.mark.unit
def test_the_fields_of_accounts_are_these() -> None:
    assert sorted(FIELDS) == [
        "band",
        "category",
        "churnedOn",
        "csmId",
        "customerSince",
        "event",
        "externalId",
        "hasOpenAlert",
        "hasOpenTask",
        "health",
        "healthChange",
        "industry",
        "lastTouch",
        "metric",
        "mrrMinor",
        "ownerId",
        "parentId",
        "pulse",
        "pulseDisagrees",
        "renewsOn",
        "stage",
        "tag",
        "text",
        "tier",
        "trait",
    ]
    assert str(compile_filter(FIELDS, {})) == "true"
