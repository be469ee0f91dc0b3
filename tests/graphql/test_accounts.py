"""What members and staff read of accounts."""

from __future__ import annotations

from datetime import timedelta

import asyncpg
import pytest
from sqlalchemy import update

from backend.accounts.models import HealthVisibility, Tier
from backend.db.engine import Database
from tests.graphql.world import World, public

OWN = """{ viewer { kind permissions person { displayName email } member { role title } staff { role }
  account { name externalId tier { key name monthlyPrice { amountMinor currencyCode } } industry customerSince
    parent { name } successManager { displayName role }
    members(first: 10) { totalCount nodes { person { displayName } role state } }
    children(first: 10) { totalCount }
    internal { mrr { amountMinor } } } } }"""


async def test_a_member_reads_their_own_account(world: World) -> None:
    viewer = (await world.data("acme", OWN))["viewer"]

    assert viewer == {
        "kind": "MEMBER",
        "permissions": [
            "accounts:read",
            "billing:read",
            "keys:write",
            "organization:read",
            "people:read",
            "people:write",
            "profile:write",
        ],
        "person": {"displayName": "admin", "email": "admin@acme.example"},
        "member": {"role": "ADMIN", "title": "Head of Acme"},
        "staff": None,
        "account": {
            "name": "Acme",
            "externalId": "crm-Acme",
            "tier": {
                "key": "business",
                "name": "Business",
                "monthlyPrice": {"amountMinor": 50_000, "currencyCode": "EUR"},
            },
            "industry": "Industry of Acme",
            "customerSince": "2024-01-01",
            "parent": None,
            "successManager": {"displayName": "csm", "role": "ADMIN"},
            "members": {
                "totalCount": 2,
                "nodes": [
                    {"person": {"displayName": "admin"}, "role": "ADMIN", "state": "ACTIVE"},
                    {"person": {"displayName": "viewer"}, "role": "VIEWER", "state": "ACTIVE"},
                ],
            },
            "children": {"totalCount": 0},
            "internal": None,
        },
    }


HEALTH = """query($from: Date!, $to: Date!, $asOf: Date) { viewer { account {
  healthHistory(from: $from, to: $to) { on score band words modelVersion }
  health(asOf: $asOf) { audience asOf score band words category trend coverage modelVersion
    cuts { redBelow greenAbove }
    groups { key name nominalWeight effectiveWeight score contribution }
    factors { key name groupKey status statement numerator denominator poorAnchor healthyAnchor normalised
      nominalWeight effectiveWeight contribution } } } } }"""


async def test_a_member_whose_tier_shows_scores_sees_the_customer_factors_as_sentences(world: World) -> None:
    days = {"from": str(world.today - timedelta(days=30)), "to": str(world.today)}

    account = (await world.data("acme", HEALTH, days))["viewer"]["account"]

    health = account["health"]
    assert [factor["statement"] for factor in health["factors"]] == [
        "9 of 12 people were active.",
        "Nothing of depth was reported",
    ]
    assert {k: v for k, v in health.items() if k not in {"factors", "groups"}} == {
        "audience": "CUSTOMER",
        "asOf": str(world.today),
        "score": 53.234567,
        "band": "YELLOW",
        "words": "Could be better",
        "category": None,
        "trend": "STEADY",
        "coverage": 1,
        "modelVersion": 1,
        "cuts": {"redBelow": 40, "greenAbove": 70},
    }
    assert health["factors"][0] == {
        "key": "people",
        "name": "Active people",
        "groupKey": "usage",
        "status": "MEASURED",
        "statement": "9 of 12 people were active.",
        "numerator": 9,
        "denominator": 12,
        "poorAnchor": 0.05,
        "healthyAnchor": 0.4,
        "normalised": 70,
        "nominalWeight": 0.6,
        "effectiveWeight": 0.705882,
        "contribution": 41.234567,
    }
    assert health["groups"] == [
        {
            "key": "usage",
            "name": "Usage",
            "nominalWeight": 0.85,
            "effectiveWeight": 1,
            "score": 53.234567,
            "contribution": 53.234567,
        }
    ]
    assert account["healthHistory"] == [
        {
            "on": str(world.today - timedelta(days=2)),
            "score": 53.234567,
            "band": "YELLOW",
            "words": "Could be better",
            "modelVersion": 1,
        },
        {
            "on": str(world.today - timedelta(days=1)),
            "score": 53.234567,
            "band": "YELLOW",
            "words": "Could be better",
            "modelVersion": 1,
        },
    ]


async def test_a_member_whose_tier_shows_words_sees_no_number_of_the_score(world: World) -> None:
    days = {"from": str(world.today - timedelta(days=30)), "to": str(world.today)}

    account = (await world.data("zenith", HEALTH, days))["viewer"]["account"]

    health = account["health"]
    assert (health["score"], health["words"], health["band"]) == (None, "Needs attention", "RED")
    assert health["cuts"] is None
    assert [factor["statement"] for factor in health["factors"]] == [
        "9 of 12 people were active.",
        "Nothing of depth was reported",
    ]
    for factor in health["factors"]:
        hidden = ("poorAnchor", "healthyAnchor", "normalised", "nominalWeight", "effectiveWeight", "contribution")
        assert [factor[name] for name in hidden] == [None] * 6
    for group in health["groups"]:
        assert [group[n] for n in ("nominalWeight", "effectiveWeight", "score", "contribution")] == [None] * 4
    assert [(point["score"], point["words"]) for point in account["healthHistory"]] == [(None, "Needs attention")] * 2


async def test_a_hidden_health_is_null_now_and_in_the_past(own_world: World, database: Database) -> None:
    world = own_world
    async with database.begin() as session:
        await session.execute(update(Tier).values(health_visibility=HealthVisibility.HIDDEN.value))
    days = {"from": str(world.today - timedelta(days=30)), "to": str(world.today)}

    for as_of in (None, str(world.today - timedelta(days=1))):
        for who in ("acme", "zenith"):
            account = (await world.data(who, HEALTH, {**days, "asOf": as_of}))["viewer"]["account"]
            assert account == {"health": None, "healthHistory": []}


STAFF = """query($id: ID!, $from: Date!, $to: Date!, $asOf: Date) { account(id: $id) { name health { audience score }
  parent { name } children(first: 5) { nodes { name parent { name } } }
  internal { health(asOf: $asOf) { audience score category trend
      factors { key contribution statement } groups { key contribution } }
    healthHistory(from: $from, to: $to) { on score } mrr { amountMinor currencyCode } renewsOn tags traits
    overrides(first: 5) { nodes { category reason isInForce } } dataSources { key kind feeds { feed } } } } }"""


async def test_staff_read_an_account_with_everything_behind_its_score(world: World) -> None:
    yesterday = world.today - timedelta(days=1)
    asked = {
        "id": public("acct", world.acme.account),
        "from": str(world.today - timedelta(days=30)),
        "to": str(world.today),
    }

    account = (await world.data("staff", STAFF, asked))["account"]
    then = (await world.data("staff", STAFF, {**asked, "asOf": str(yesterday)}))["account"]["internal"]["health"]

    internal = account["internal"]
    assert account["health"] == {"audience": "CUSTOMER", "score": 53.234567}
    assert account["children"]["nodes"] == [{"name": "Acme Labs", "parent": {"name": "Acme"}}]
    assert internal["health"] == {
        "audience": "INTERNAL",
        "score": 61.234567,
        "category": "CRITICAL",
        "trend": "FALLING",
        "factors": [
            {"key": "people", "contribution": 41.234567, "statement": "9 of 12 people were active."},
            {"key": "depth", "contribution": 12, "statement": "Nothing of depth was reported"},
            {"key": "mood", "contribution": 8, "statement": "The mood of tickets is 0.25."},
        ],
        "groups": [{"key": "usage", "contribution": 53.234567}, {"key": "support", "contribution": 8}],
    }
    assert internal["healthHistory"] == [
        {"on": str(world.today - timedelta(days=2)), "score": 61.234567},
        {"on": str(yesterday), "score": 62.234567},
    ]
    assert (internal["mrr"], internal["tags"], internal["traits"]) == (
        {"amountMinor": 61_234, "currencyCode": "EUR"},
        ["tag-Acme"],
        {"seen": "Acme"},
    )
    assert internal["overrides"]["nodes"] == [{"category": "CRITICAL", "reason": "Reason of Acme", "isInForce": True}]
    assert internal["dataSources"] == [{"key": "warehouse", "kind": "CSV", "feeds": [{"feed": "metric:logins"}]}]
    assert (then["score"], then["category"], then["trend"]) == (62.234567, None, "UNKNOWN")


USAGE = """query($metric: String!, $from: Date!, $to: Date!) { viewer { account {
  usage(metric: $metric, from: $from, to: $to) { on value }
  limits { metric { key } used included share }
  subscriptions { planKey status seats mrr { amountMinor } startsOn endsOn } } } }"""


async def test_usage_comes_by_day_in_the_unit_of_the_metric(world: World) -> None:
    days = {"from": str(world.today - timedelta(days=30)), "to": str(world.today)}

    account = (await world.data("acme", USAGE, {"metric": "credits", **days}))["viewer"]["account"]
    hidden = (await world.data("acme", USAGE, {"metric": "margin", **days}))["viewer"]["account"]

    assert account["usage"] == [
        {"on": str(world.today - timedelta(days=1)), "value": 7.25},
        {"on": str(world.today), "value": 7.25},
    ]
    assert hidden["usage"] == []
    (limit,) = account["limits"]
    used = 14 if world.today.day > 1 else 7
    assert limit == {"metric": {"key": "logins"}, "used": used, "included": 100, "share": used / 100}
    assert account["subscriptions"] == [
        {
            "planKey": "plan-Acme",
            "status": "ACTIVE",
            "seats": 12,
            "mrr": {"amountMinor": 12_345},
            "startsOn": str(world.today - timedelta(days=90)),
            "endsOn": None,
        }
    ]


@pytest.mark.parametrize("first, last", [("2024-01-01", "2023-12-31"), ("2023-01-01", "2024-02-06")])
async def test_a_range_of_days_that_is_backwards_or_too_long_is_refused(world: World, first: str, last: str) -> None:
    errors = await world.errors("acme", USAGE, {"metric": "logins", "from": first, "to": last})

    assert [(e["message"], e["extensions"]["code"]) for e in errors] == [
        ("`to` must be 0 to 400 days after `from`.", "BAD_USER_INPUT")
    ]


CHANGE = """query($id: ID!, $from: Date!, $to: Date!) {
  account(id: $id) { internal { healthChange(from: $from, to: $to) {
    before { asOf score } after { asOf score } sentence lines { factorKey name cause delta sentence } } } } }"""


async def test_a_change_between_two_days_is_lines_that_add_up(world: World) -> None:
    yesterday, before = (str(world.today - timedelta(days=back)) for back in (1, 2))
    asked = {"id": public("acct", world.acme.account), "from": before, "to": yesterday}

    found = (await world.data("staff", CHANGE, asked))["account"]["internal"]["healthChange"]
    earlier = await world.data("staff", CHANGE, {**asked, "from": "1999-01-01"})

    assert found == {
        "before": {"asOf": before, "score": 61.234567},
        "after": {"asOf": yesterday, "score": 62.234567},
        "sentence": found["sentence"],
        "lines": [
            {"factorKey": "people", "name": "Active people", "cause": "VALUE", "delta": 1, "sentence": "people +1.0"}
        ],
    }
    assert found["sentence"].startswith("+1.0 since ")
    assert found["sentence"].endswith(" = people +1.0")
    change = earlier["account"]["internal"]["healthChange"]
    assert (change["before"], change["sentence"], change["lines"]) == (None, None, [])


async def test_a_band_that_holds_on_by_its_margin_alone_says_to_staff_where_it_ends(own_world: World) -> None:
    query = "query($id: ID!) { account(id: $id) { internal { health { leavesBandAt } } } }"
    acme = own_world.acme.account
    owner = await asyncpg.connect(own_world.settings.migrate_url)
    told = []
    for band, score in (("RED", 39), ("RED", 40), ("RED", 41), ("YELLOW", 41), ("YELLOW", 70), ("YELLOW", 71)):
        await owner.execute(
            "update current_health set band = $1, score = $2 where account_id = $3", band, score * 1_000_000, acme
        )
        answer = await own_world.data("staff", query, {"id": public("acct", acme)})
        told.append(answer["account"]["internal"]["health"]["leavesBandAt"])
    await owner.execute("update current_customer_health set band = 'RED', score = 41000000")
    await owner.close()
    customers = await own_world.data("acme", "{ viewer { account { health { band leavesBandAt } } } }")

    assert told == [None, 42, 42, None, None, 72]
    assert customers["viewer"]["account"]["health"] == {"band": "RED", "leavesBandAt": None}
