"""Lists of accounts, the portfolio, versions of the model, the work list, people and sources, as staff read them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.graphql.world import World, public

NAMES = """query($filter: AccountFilter, $orderBy: AccountOrder, $first: Int = 10, $after: String) {
  accounts(filter: $filter, orderBy: $orderBy, first: $first, after: $after) {
    totalCount nodes { name } pageInfo { hasNextPage endCursor } } }"""


async def names(world: World, **variables: Any) -> list[str]:
    found = (await world.data("staff", NAMES, variables))["accounts"]["nodes"]
    return [node["name"] for node in found]


@pytest.mark.parametrize(
    "order, expected",
    [
        (None, ["Acme", "Acme Labs", "Zenith"]),
        ({"field": "NAME"}, ["Zenith", "Acme Labs", "Acme"]),
        ({"field": "NAME", "direction": "ASC"}, ["Acme", "Acme Labs", "Zenith"]),
        ({"field": "HEALTH"}, ["Acme", "Zenith", "Acme Labs"]),
        ({"field": "HEALTH", "direction": "ASC"}, ["Zenith", "Acme", "Acme Labs"]),
        ({"field": "HEALTH_CHANGE", "direction": "ASC"}, ["Acme", "Acme Labs", "Zenith"]),
        ({"field": "HEALTH_CHANGE", "direction": "ASC", "window": "DAYS_30"}, ["Zenith", "Acme Labs", "Acme"]),
        ({"field": "MRR"}, ["Acme", "Zenith", "Acme Labs"]),
        ({"field": "RENEWS_ON", "direction": "ASC"}, ["Acme", "Zenith", "Acme Labs"]),
    ],
)
async def test_accounts_come_in_the_order_that_was_asked_for(
    world: World, order: dict[str, str] | None, expected: list[str]
) -> None:
    assert await names(world, orderBy=order) == expected


async def test_pages_of_every_order_hold_each_account_once(world: World) -> None:
    for order in ("NAME", "HEALTH", "HEALTH_CHANGE", "MRR", "RENEWS_ON"):
        found: list[str] = []
        after = None
        while True:
            page = (await world.data("staff", NAMES, {"orderBy": {"field": order}, "first": 1, "after": after}))[
                "accounts"
            ]
            assert page["totalCount"] == 3
            found += [node["name"] for node in page["nodes"]]
            after = page["pageInfo"]["endCursor"]
            if not page["pageInfo"]["hasNextPage"]:
                break
        assert sorted(found) == ["Acme", "Acme Labs", "Zenith"], order


ALL = ["Acme", "Acme Labs", "Zenith"]


@pytest.mark.parametrize(
    "chosen, expected",
    [
        ({}, ALL),
        ({"text": "ACME"}, ["Acme", "Acme Labs"]),
        ({"text": "crm-Zenith"}, ["Zenith"]),
        ({"tier": {"in": ["business"]}}, ["Acme"]),
        ({"tier": {"notIn": ["business"]}}, ["Acme Labs", "Zenith"]),
        ({"externalId": {"isNull": True}}, ["Acme Labs"]),
        ({"industry": {"in": ["Industry of Zenith", "other"]}}, ["Zenith"]),
        ({"health": {"lt": 40}}, ["Zenith"]),
        ({"health": {"gte": 61.234567, "lte": 61.234567}}, ["Acme"]),
        ({"health": {"isNull": True}}, ["Acme Labs"]),
        ({"not": {"health": {"lt": 40}}}, ["Acme", "Acme Labs"]),
        ({"band": {"in": ["YELLOW"]}}, ["Acme"]),
        ({"category": {"in": ["CRITICAL"]}}, ["Acme", "Zenith"]),
        ({"mrrMinor": {"gt": 40_000}}, ["Acme"]),
        ({"renewsOn": {"withinNextDays": 60}}, ["Acme", "Zenith"]),
        ({"renewsOn": {"before": "2000-01-01"}}, []),
        ({"tag": {"in": ["tag-Acme"]}}, ["Acme"]),
        ({"trait": {"key": "seen", "equals": "Zenith"}}, ["Zenith"]),
        ({"metric": {"key": "logins", "withinDays": 7, "value": {"gt": 100}}}, ["Zenith"]),
        ({"event": {"name": "signed_up", "withinDays": 30}}, []),
        ({"or": [{"tier": {"in": ["business"]}}, {"text": "labs"}]}, ["Acme", "Acme Labs"]),
        ({"and": [{"tier": {"in": ["starter"]}}, {"text": "labs"}], "not": {"text": "zen"}}, ["Acme Labs"]),
        ({"tier": None}, ALL),
    ],
)
async def test_a_filter_chooses_accounts(world: World, chosen: dict[str, Any], expected: list[str]) -> None:
    assert await names(world, filter=chosen) == expected


@pytest.mark.parametrize("field", ["NAME", "HEALTH", "HEALTH_CHANGE", "MRR", "RENEWS_ON"])
async def test_every_order_goes_with_a_filter_on_the_same_facts(world: World, field: str) -> None:
    chosen = {"health": {"lt": 40}, "mrrMinor": {"gt": 1}, "renewsOn": {"withinNextDays": 60}, "band": {"in": ["RED"]}}

    assert await names(world, filter=chosen, orderBy={"field": field}) == ["Zenith"]
    assert await names(world, filter={"not": chosen}, orderBy={"field": field, "direction": "ASC"}) != ["Zenith"]
    portfolio = (await world.data("staff", PORTFOLIO, {"filter": chosen}))["portfolio"]
    assert (portfolio["accountCount"], portfolio["falling"]["totalCount"]) == (1, 0)


async def test_filters_speak_of_public_ids(world: World) -> None:
    manager, parent = public("staff", world.staff), public("acct", world.acme.account)

    assert await names(world, filter={"csmId": {"in": [manager]}}) == ["Acme", "Zenith"]
    assert await names(world, filter={"csmId": {"isNull": True}}) == ["Acme Labs"]
    assert await names(world, filter={"parentId": {"in": [parent]}}) == ["Acme Labs"]
    assert await names(world, filter={"parentId": {"in": [manager, "nonsense"]}}) == []


async def test_the_change_of_a_score_can_be_asked_for(world: World) -> None:
    chosen = {"healthChange": {"days": 2, "delta": {"gte": 0, "lte": 0}}}

    assert await names(world, filter=chosen) == ["Acme", "Zenith"]


@pytest.mark.parametrize(
    "chosen, message",
    [
        ({"band": {}}, "filter: band: is empty. Write at least one of in, notIn, isNull."),
        ({"trait": {"key": "seen"}}, "filter: trait: only names a key. Add equals, in, number, date or exists."),
    ],
)
async def test_a_filter_that_cannot_be_used_says_where(world: World, chosen: dict[str, Any], message: str) -> None:
    errors = await world.errors("staff", NAMES, {"filter": chosen})

    assert [(e["message"], e["extensions"]["code"]) for e in errors] == [(message, "BAD_USER_INPUT")]


PORTFOLIO = """query($filter: AccountFilter) { portfolio(filter: $filter) { accountCount coverage
  mrr { amountMinor currencyCode } mrrAtRisk { amountMinor currencyCode }
  byBand { key count mrr { amountMinor currencyCode } } byCategory { key count } byTier { key name count }
  byCsm { key name count }
  falling: movers(direction: FALLING, first: 5) { totalCount nodes { name } }
  rising: movers(direction: RISING, window: DAYS_30, first: 5) { nodes { name } } } }"""


async def test_the_portfolio_sums_accounts_up(world: World) -> None:
    found = (await world.data("staff", PORTFOLIO))["portfolio"]

    assert found == {
        "accountCount": 3,
        "coverage": 1,
        "mrr": [{"amountMinor": 91_345, "currencyCode": "EUR"}, {"amountMinor": 0, "currencyCode": "USD"}],
        "mrrAtRisk": [{"amountMinor": 91_345, "currencyCode": "EUR"}],
        "byBand": [
            {"key": "INSUFFICIENT_DATA", "count": 1, "mrr": [{"amountMinor": 0, "currencyCode": "USD"}]},
            {"key": "RED", "count": 1, "mrr": [{"amountMinor": 30_111, "currencyCode": "EUR"}]},
            {"key": "YELLOW", "count": 1, "mrr": [{"amountMinor": 61_234, "currencyCode": "EUR"}]},
        ],
        "byCategory": [{"key": "CRITICAL", "count": 2}, {"key": "UNKNOWN", "count": 1}],
        "byTier": [
            {"key": "business", "name": "Business", "count": 1},
            {"key": "starter", "name": "Starter", "count": 2},
        ],
        "byCsm": [
            {"key": "", "name": "", "count": 1},
            {"key": public("staff", world.staff), "name": "csm", "count": 2},
        ],
        "falling": {"totalCount": 1, "nodes": [{"name": "Acme"}]},
        "rising": {"nodes": [{"name": "Acme"}]},
    }


async def test_the_portfolio_of_a_filter_is_of_those_accounts_alone(world: World) -> None:
    found = (await world.data("staff", PORTFOLIO, {"filter": {"text": "zenith"}}))["portfolio"]

    assert (found["accountCount"], found["mrr"]) == (1, [{"amountMinor": 30_111, "currencyCode": "EUR"}])
    assert [facet["key"] for facet in found["byBand"]] == ["RED"]
    assert found["falling"] == {"totalCount": 0, "nodes": []}


async def test_an_empty_portfolio_has_no_coverage(world: World) -> None:
    found = (await world.data("staff", PORTFOLIO, {"filter": {"text": "nobody"}}))["portfolio"]

    assert (found["accountCount"], found["coverage"], found["mrr"], found["byBand"]) == (0, None, [], [])


REST = """{ organization { name timeZone homeCurrency isDemo
    tiers { key rank healthVisibility } metrics { key isCore } }
  healthModelVersions(first: 5) { nodes { version isActive fingerprint inForceFrom
    leaves { key weight poorAnchor isCustomerVisible } } }
  system { work(first: 5, state: WAITING) { totalCount nodes { kind state queue attempts lastError } }
    parked: work(first: 5, state: PARKED) { totalCount } running: work(first: 5, state: RUNNING) { totalCount } }
  sources { key name kind feeds { feed } }
  people(first: 10, text: "ADMIN@") { nodes { displayName memberships(first: 5) { nodes { account { name } } } } } }"""


async def test_staff_read_the_program_the_work_list_sources_and_people(world: World) -> None:
    found = await world.data("staff", REST)

    assert found["organization"] == {
        "name": "Beacon",
        "timeZone": "UTC",
        "homeCurrency": "EUR",
        "isDemo": False,
        "tiers": [
            {"key": "starter", "rank": 1, "healthVisibility": "WORDS"},
            {"key": "business", "rank": 2, "healthVisibility": "SCORE"},
        ],
        "metrics": [
            {"key": "credits", "isCore": False},
            {"key": "logins", "isCore": True},
            {"key": "margin", "isCore": False},
        ],
    }
    (version,) = found["healthModelVersions"]["nodes"]
    assert (version["version"], version["isActive"], version["inForceFrom"]) == (1, True, None)
    assert version["leaves"][2] == {"key": "mood", "weight": 0.15, "poorAnchor": 0.05, "isCustomerVisible": False}
    assert found["system"]["work"]["nodes"] == [
        {"kind": "health.score", "state": "WAITING", "queue": "BULK", "attempts": 0, "lastError": "no such day"}
    ]
    assert [found["system"][name]["totalCount"] for name in ("work", "parked", "running")] == [1, 0, 0]
    assert found["sources"] == [
        {"key": "warehouse", "name": "Warehouse", "kind": "CSV", "feeds": [{"feed": "metric:logins"}]}
    ]
    assert found["people"]["nodes"] == [
        {"displayName": "admin", "memberships": {"nodes": [{"account": {"name": "Acme"}}]}},
        {"displayName": "admin", "memberships": {"nodes": [{"account": {"name": "Zenith"}}]}},
    ]


async def test_any_object_is_found_by_its_public_id(world: World) -> None:
    ids = {
        "Account": public("acct", world.zenith.account),
        "Member": public("mem", world.zenith.members[0]),
        "Person": public("prsn", world.zenith.persons[0]),
        "Staff": public("staff", world.staff),
        "Source": public("src", world.source),
        "WorkItem": public("work", world.work),
        "HealthOverride": public("over", world.zenith.override),
    }

    found = await world.data(
        "staff", "query($ids: [ID!]!) { nodes(ids: $ids) { id __typename } }", {"ids": list(ids.values())}
    )

    assert found["nodes"] == [{"id": key, "__typename": name} for name, key in ids.items()]
