"""Planned queries against the database, each with both forms of setting the viewer."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

import orjson
import pytest
from graphql import get_introspection_query

from backend.graphql.planner import Assembled, Planner, connections, encode_id
from backend.viewer import Viewer
from tests.graphql.planner.conftest import Pools
from tests.graphql.planner.data import Data, Rows


async def read(
    planner: Planner, pools: Pools, viewer: Viewer, document: str, variables: dict[str, Any] | None = None
) -> Any:
    outcome = await planner.execute(document, None, variables, viewer, pools)
    assert outcome.errors == []
    assert outcome.data is not None
    return orjson.loads(outcome.data)


def by_name(rows: Rows) -> Rows:
    return sorted(rows, key=lambda row: (row["name"].encode(), row["id"]))


async def test_an_object_is_read_with_what_belongs_to_it(
    planner: Planner, pools: Pools, staff: Viewer, data: Data
) -> None:
    account = next(row for row in data.accounts if row["csm_id"] and row["mrr_minor"] > 500)
    document = """query($id: ID!) { account(id: $id) {
        __typename id label mrr { amountMinor currencyCode } discount { amountMinor } csm { name }
        milestones { position } usage(metric: "chats", from: "2026-01-01", to: "2026-01-02") { onDay value } } }"""

    found = await read(planner, pools, staff, document, {"id": encode_id("acct", account["id"])})

    milestones = sorted(row["position"] for row in data.milestones if row["account_id"] == account["id"])
    usage = [r for r in data.usage_days if r["account_id"] == account["id"] and r["metric"] == "chats"][:2]
    assert found == {
        "account": {
            "__typename": "Account",
            "id": encode_id("acct", account["id"]),
            "label": account["name"],
            "mrr": {"amountMinor": account["mrr_minor"], "currencyCode": account["currency"]},
            "discount": {"amountMinor": account["mrr_minor"] // 10},
            "csm": {"name": next(row["name"] for row in data.staff if row["id"] == account["csm_id"])},
            "milestones": [{"position": position} for position in milestones],
            "usage": [{"onDay": row["on_day"].isoformat(), "value": row["value"]} for row in usage],
        }
    }


async def test_a_connection_is_read_page_by_page(planner: Planner, pools: Pools, staff: Viewer, data: Data) -> None:
    document = """query($after: String) { accounts(first: 15, after: $after, orderBy: {field: MRR}) {
        nodes { id } pageInfo { hasNextPage endCursor } totalCount } }"""
    ids: list[str] = []
    after = None
    for expected_next in (True, True, False):
        page = (await read(planner, pools, staff, document, {"after": after}))["accounts"]
        ids += [row["id"] for row in page["nodes"]]
        after = page["pageInfo"]["endCursor"]

        assert page["pageInfo"]["hasNextPage"] is expected_next
        assert page["totalCount"] == 40

    rows = sorted(data.accounts, key=lambda row: (row["mrr_minor"], row["created_at"], row["id"]))
    assert ids == [encode_id("acct", row["id"]) for row in rows]


async def test_the_gate_is_null_without_its_permission(
    planner: Planner, pools: Pools, staff: Viewer, member: Viewer
) -> None:
    document = "{ viewer { kind } accounts(first: 100) { nodes { internal { badgeCount } } totalCount } }"

    seen_by_staff = await read(planner, pools, staff, document)
    seen_by_member = await read(planner, pools, member, document)

    assert seen_by_staff["viewer"] == {"kind": "staff"}
    assert None not in [row["internal"] for row in seen_by_staff["accounts"]["nodes"]]
    assert seen_by_member == {
        "viewer": {"kind": "member"},
        "accounts": {"nodes": [{"internal": None}], "totalCount": 1},
    }


async def test_a_forbidden_field_refuses_the_whole_operation(planner: Planner, pools: Pools) -> None:
    viewer = Viewer("staff")
    document = "{ staff { name } top: badgeAwards(first: 1) { nodes { badge } } }"

    outcome = await planner.execute(document, None, None, viewer, pools)

    assert outcome.data is None
    assert outcome.errors == [
        {
            "message": "top needs the permission badges:read.",
            "locations": [{"line": 1, "column": 18}],
            "path": ["top"],
            "extensions": {"code": "FORBIDDEN"},
        }
    ]


async def test_node_finds_each_kind_of_object_and_nothing_else(
    planner: Planner, pools: Pools, staff: Viewer, data: Data
) -> None:
    account, member = encode_id("acct", data.accounts[0]["id"]), encode_id("mem", data.members[0]["id"])
    document = """query($one: ID!, $many: [ID!]!) {
        node(id: $one) { id __typename ... on Member { name } } nodes(ids: $many) { id } }"""
    strangers = ["", "acct_", "mem_" + account[5:], "x_" + account[5:], account.upper(), "acct_" + "0" * 32]

    found = await read(planner, pools, staff, document, {"one": member, "many": [*strangers, account, member]})

    assert found == {
        "node": {"id": member, "__typename": "Member", "name": data.members[0]["name"]},
        "nodes": [*([None] * len(strangers)), {"id": account}, {"id": member}],
    }


async def test_a_member_sees_its_own_account_only(planner: Planner, pools: Pools, member: Viewer, data: Data) -> None:
    other = encode_id("acct", data.accounts[1]["id"])

    found = await read(
        planner, pools, member, "query($id: ID!) { account(id: $id) { name } viewer { account { id } } }", {"id": other}
    )

    assert found == {"account": None, "viewer": {"account": {"id": encode_id("acct", data.accounts[0]["id"])}}}


async def test_a_viewer_does_not_outlive_its_statement(planner: Planner, pools: Pools, member: Viewer) -> None:
    assert (await read(planner, pools, member, "{ accounts(first: 9) { totalCount } }"))["accounts"] == {
        "totalCount": 1
    }

    for _ in range(3):
        assert await pools["member"].fetchval("select count(*) from accounts") == 0
        assert await pools["member"].fetchval("select current_setting('waymark.account_id', true)") in (None, "")
    nobody = Viewer("member")
    assert (await read(planner, pools, nobody, "{ accounts(first: 9) { totalCount } }"))["accounts"] == {
        "totalCount": 0
    }


async def test_counting_stops_at_the_cap(
    assembled: Assembled, pools: Pools, staff: Viewer, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = "{ accounts(first: 1) { totalCount totalCountIsCapped } staff { accounts(first: 1) { totalCount } } }"
    monkeypatch.setattr(connections, "COUNT_CAP", 10)

    found = await read(Planner(assembled), pools, staff, document)

    assert found["accounts"] == {"totalCount": 10, "totalCountIsCapped": True}
    assert sorted(row["accounts"]["totalCount"] for row in found["staff"]) == [7, 7, 8, 9]


async def test_introspection_mixes_with_data(planner: Planner, pools: Pools, staff: Viewer) -> None:
    document = '{ a: __typename t: __type(name: "Money") { kind } staff { name } __schema { queryType { name } } }'

    found = await read(planner, pools, staff, document)

    assert list(found) == ["a", "t", "staff", "__schema"]
    assert (found["a"], found["t"], found["__schema"]) == (
        "Query",
        {"kind": "OBJECT"},
        {"queryType": {"name": "Query"}},
    )
    assert len(found["staff"]) == 4


async def test_the_whole_schema_can_be_introspected(planner: Planner, pools: Pools, staff: Viewer) -> None:
    found = await read(planner, pools, staff, get_introspection_query(input_value_deprecation=True))

    names = {kind["name"] for kind in found["__schema"]["types"]}
    assert {"Account", "AccountConnection", "AccountEdge", "PageInfo", "Long"} <= names


@pytest.mark.parametrize(
    "document, variables, expected",
    [
        ("{ a: __typename b: __typename }", {}, {"a": "Query", "b": "Query"}),
        ("query($n: Int = 2) { accounts(first: $n) { totalCount } }", {}, {"accounts": {"totalCount": 40}}),
        ("query($b: Boolean = true) { viewer { kind } a: __typename @skip(if: $b) }", {},
         {"viewer": {"kind": "staff"}}),
        ("query($b: Boolean!) { viewer @include(if: $b) { kind } }", {"b": False}, {}),
        ("query($i: ID!) { account(id: $i) { id } node(id: 7) { id } }", {"i": 7}, {"account": None, "node": None}),
        ('{ nodes(ids: "x") { id } none: nodes(ids: []) { id } }', {}, {"nodes": [None], "none": []}),
        ("query A { viewer { kind } }", {"unknown": 1}, {"viewer": {"kind": "staff"}}),
        ("query($f: AccountFilter = {nameIn: []}) { accounts(first: 1, filter: $f) { totalCount } }", {},
         {"accounts": {"totalCount": 0}}),
        ("query($t: Tier) { accounts(first: 1, filter: {tier: $t, nameIn: null}) { totalCount } }", {},
         {"accounts": {"totalCount": 40}}),
    ],
)  # fmt: skip
async def test_corners_of_the_language(
    planner: Planner, pools: Pools, staff: Viewer, document: str, variables: dict[str, Any], expected: Any
) -> None:
    assert await read(planner, pools, staff, document, variables) == expected


async def test_a_feed_is_read_page_by_page_over_all_its_types(
    planner: Planner, pools: Pools, staff: Viewer, data: Data
) -> None:
    account = data.badge_awards[0]["account_id"]
    document = """query($id: ID!, $after: String) { account(id: $id) { happenings(first: 3, after: $after) {
        totalCount nodes { __typename ... on Milestone { id } ... on BadgeAward { id } }
        pageInfo { hasNextPage endCursor } } } }"""
    found: list[str] = []
    after, goes_on = None, True
    while goes_on:
        variables = {"id": encode_id("acct", account), "after": after}
        page = (await read(planner, pools, staff, document, variables))["account"]["happenings"]
        found += [row["id"] for row in page["nodes"]]
        after, goes_on = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]

    happened = [
        *(
            ("mile", row["achieved_at"], row["title"], row["id"])
            for row in data.milestones
            if row["account_id"] == account
        ),
        *(
            ("badge", row["awarded_at"], row["badge"], row["id"])
            for row in data.badge_awards
            if row["account_id"] == account
        ),
    ]
    happened.sort(key=lambda row: (row[1] is None, -row[1].timestamp() if row[1] else 0, row[2], row[3]))
    assert found == [encode_id(row[0], row[3]) for row in happened]
    assert page["totalCount"] == len(found) > 6


async def test_a_feed_leaves_out_what_the_viewer_may_not_see(planner: Planner, pools: Pools, data: Data) -> None:
    account = data.badge_awards[0]["account_id"]
    document = "query($id: ID!) { account(id: $id) { history { __typename } happenings(first: 1) { totalCount } } }"

    found = await read(planner, pools, Viewer("staff"), document, {"id": encode_id("acct", account)})

    steps = [row for row in data.milestones if row["account_id"] == account]
    assert found["account"]["history"] == [{"__typename": "Milestone"}] * len(steps)
    assert found["account"]["happenings"] == {"totalCount": len(steps)}


async def test_a_page_of_a_feed_reads_no_more_of_each_table_than_the_page(
    planner: Planner, pools: Pools, staff: Viewer, assembled: Assembled
) -> None:
    operation = planner.operation("{ named(first: 5) { nodes { name } } }")
    plan = planner.plan(operation, {}, (), staff)

    assert plan.sql.count(" limit ") == 4, "one for each type and one for the page"


async def test_a_list_of_several_selects_reads_a_later_one_only_where_the_page_is_not_full(
    planner: Planner, pools: Pools, staff: Viewer, data: Data
) -> None:
    scored = sum(row["score"] is not None for row in data.accounts)
    operation = planner.operation("query($n: Int!) { ranking(first: $n) { nodes { score } } }")
    plan = planner.plan(operation, {"n": 1}, (True,), staff)

    for size, is_read in ((scored - 1, False), (scored, False), (scored + 1, True)):
        explained = await pools["staff"].fetch(
            f"explain (analyze, costs off, timing off) {plan.sql}", *plan.arguments({"n": size}, staff)
        )
        text = "\n".join(row[0] for row in explained)
        unread = re.search(r"Filter: \(score IS NULL\)|never executed", text)
        assert unread is not None
        assert ("never executed" not in text) is is_read, text


async def test_a_list_whose_order_has_nulls_is_read_page_by_page(
    planner: Planner, pools: Pools, staff: Viewer, data: Data
) -> None:
    account = Counter(row["account_id"] for row in data.members if row["last_seen_at"] is None).most_common(1)[0][0]
    document = """query($id: ID!, $after: String) { account(id: $id) {
        members(first: 2, after: $after, orderBy: {field: LAST_SEEN, descending: true}) {
        edges { cursor node { id } } pageInfo { hasNextPage hasPreviousPage } } } }"""
    found: list[str] = []
    after, goes_on = None, True
    while goes_on:
        variables = {"id": encode_id("acct", account), "after": after}
        page = (await read(planner, pools, staff, document, variables))["account"]["members"]
        assert page["pageInfo"]["hasPreviousPage"] is (after is not None)
        found += [edge["node"]["id"] for edge in page["edges"]]
        after, goes_on = page["edges"][-1]["cursor"], page["pageInfo"]["hasNextPage"]

    rows = [row for row in data.members if row["account_id"] == account]
    seen = sorted((row for row in rows if row["last_seen_at"]), key=lambda row: (row["name"], row["id"]))
    seen.sort(key=lambda row: row["last_seen_at"], reverse=True)
    unseen = sorted((row for row in rows if not row["last_seen_at"]), key=lambda row: (row["name"], row["id"]))
    assert found == [encode_id("mem", row["id"]) for row in [*seen, *unseen]]


async def test_one_operation_of_several_is_chosen_by_name(planner: Planner, pools: Pools, staff: Viewer) -> None:
    document = "query A { a: __typename } query B { b: __typename }"

    chosen = await planner.execute(document, "B", None, staff, pools)
    missing = await planner.execute(document, "C", None, staff, pools)

    assert chosen.data == b'{"b":"Query"}'
    assert missing.errors[0]["message"] == "The document has no operation named 'C'."
