"""The page Today in one operation, and the portfolio's facets."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import asyncpg
import pytest

from tests.graphql.world import World

TODAY = """
query Today {
  myTasks(first: 20, filter: { state: [OPEN] }) { totalCount nodes { title isOverdue account { name } } }
  alertGroups(first: 10, filter: { isMine: true }) {
    totalCount
    nodes { account { name } severity alertCount newest { sentence } alerts(first: 5) { totalCount nodes { state } } }
  }
  mine: portfolio(filter: { isMine: true }) {
    accountCount
    movers(direction: FALLING, first: 5) { nodes { name } }
  }
  renewals: accounts(
    first: 10
    filter: { isMine: true, renewsOn: { withinNextDays: 60 } }
    orderBy: { field: RENEWS_ON, direction: ASC }
  ) { nodes { name internal { renewsOn } } }
  quiet: accounts(
    first: 10
    filter: { isMine: true, churnedOn: { isNull: true }, not: { lastTouch: { withinLastDays: 30 } } }
    orderBy: { field: LAST_TOUCH, direction: ASC }
  ) { nodes { name internal { lastTouchAt } } }
}
"""


@pytest.fixture
async def owner(own_world: World) -> AsyncIterator[asyncpg.Connection]:
    """The tables' owner, in a world that has three alerts of Acme and one of Zenith."""
    connection = await asyncpg.connect(own_world.settings.migrate_url)
    await connection.execute(
        "insert into alert_rules (key, name, severity, definition) select key, key, 'INFO',"
        """ '{"sentence": "Use fell by {percent} %."}' from unnest(array['a', 'b', 'c', 'd']) key"""
    )
    await connection.executemany(
        "insert into alerts (account_id, rule_key, severity, state, facts, opened_at, resolved_at, snoozed_until)"
        " values ($1, $2, $3, $4, jsonb_build_object('percent', $5::int), waymark_now() - make_interval(hours => $5),"
        " case when $4 = 'RESOLVED' then waymark_now() end, case when $4 = 'SNOOZED' then waymark_now() end)",
        [
            (own_world.acme.account, "a", "URGENT", "ACKNOWLEDGED", 3),
            (own_world.acme.account, "b", "INFO", "OPEN", 2),
            (own_world.acme.account, "c", "URGENT", "RESOLVED", 1),
            (own_world.zenith.account, "d", "WARNING", "OPEN", 1),
            (own_world.zenith.account, "a", "URGENT", "SNOOZED", 1),
        ],
    )
    yield connection
    await connection.close()


async def test_one_operation_answers_the_page_today(own_world: World, owner: asyncpg.Connection) -> None:
    today, touched = own_world.today, own_world.today - timedelta(days=3)
    await owner.execute(
        "insert into tasks (title, assignee_id, due_on) values ('Call', $1, $2)", own_world.staff, touched
    )
    await owner.execute(
        "update account_internals set last_touch_at = $1::date where account_id = $2", touched, own_world.zenith.account
    )

    found = await own_world.data("staff", TODAY)

    assert found == {
        "myTasks": {"totalCount": 1, "nodes": [{"title": "Call", "isOverdue": True, "account": None}]},
        "alertGroups": {
            "totalCount": 2,
            "nodes": [
                {
                    "account": {"name": "Acme"},
                    "severity": "URGENT",
                    "alertCount": 2,
                    "newest": {"sentence": "Use fell by 2 %."},
                    "alerts": {"totalCount": 2, "nodes": [{"state": "OPEN"}, {"state": "ACKNOWLEDGED"}]},
                },
                {
                    "account": {"name": "Zenith"},
                    "severity": "WARNING",
                    "alertCount": 1,
                    "newest": {"sentence": "Use fell by 1 %."},
                    "alerts": {"totalCount": 1, "nodes": [{"state": "OPEN"}]},
                },
            ],
        },
        "mine": {"accountCount": 2, "movers": {"nodes": [{"name": "Acme"}]}},
        "renewals": {
            "nodes": [
                {"name": name, "internal": {"renewsOn": str(today + timedelta(days=40))}} for name in ("Acme", "Zenith")
            ]
        },
        "quiet": {"nodes": [{"name": "Acme", "internal": {"lastTouchAt": None}}]},
    }


async def test_what_is_mine_depends_on_who_asks(own_world: World, owner: asyncpg.Connection) -> None:
    query = """{ mine: accounts(first: 5, filter: { isMine: true }) { nodes { name } }
      others: accounts(first: 5, filter: { or: [{ isMine: false }], and: [{ isMine: false }] }) { nodes { name } }
      myAlerts: alerts(first: 5, filter: { isMine: true, isOpen: true }) { totalCount }
      otherAlerts: alerts(first: 5, filter: { isMine: false }) { totalCount } }"""

    staff = await own_world.data("staff", query)
    for who in ("CSM", "staff key"):
        other = await own_world.data(who, query)
        assert other["mine"]["nodes"] == []
        assert len(other["others"]["nodes"]) == 3
        assert (other["myAlerts"]["totalCount"], other["otherAlerts"]["totalCount"]) == (0, 5)

    assert [node["name"] for node in staff["mine"]["nodes"]] == ["Acme", "Zenith"]
    assert [node["name"] for node in staff["others"]["nodes"]] == ["Acme Labs"]
    assert (staff["myAlerts"]["totalCount"], staff["otherAlerts"]["totalCount"]) == (4, 0)


async def test_groups_of_alerts_come_in_pages_that_hold_each_once(own_world: World, owner: asyncpg.Connection) -> None:
    query = """query ($after: String) { alertGroups(first: 1, after: $after) {
      nodes { account { name } } pageInfo { hasNextPage endCursor } } }"""
    names, after = [], None
    for _ in range(2):
        page = (await own_world.data("staff", query, {"after": after}))["alertGroups"]
        names += [node["account"]["name"] for node in page["nodes"]]
        after = page["pageInfo"]["endCursor"]

    assert names == ["Acme", "Zenith"]
    assert not page["pageInfo"]["hasNextPage"]


async def test_facets_say_how_much_of_each_group_is_at_risk(own_world: World, owner: asyncpg.Connection) -> None:
    await owner.execute("delete from health_overrides where account_id = $1", own_world.zenith.account)
    await owner.execute("update current_health set category = 'SECURE' where account_id = $1", own_world.zenith.account)
    due = own_world.today + timedelta(days=40)
    await owner.execute(
        "update account_internals set renews_on = $1 where renews_on is null", due - timedelta(days=400)
    )

    found = await own_world.data(
        "staff",
        """{ portfolio {
          byTier { key count atRiskCount mrr { amountMinor } mrrAtRisk { amountMinor currencyCode } }
          byRenewalMonth { key count atRiskCount mrrAtRisk { amountMinor } } byIndustry { key count } } }""",
    )

    assert found["portfolio"] == {
        "byTier": [
            {
                "key": "business",
                "count": 1,
                "atRiskCount": 1,
                "mrr": [{"amountMinor": 61234}],
                "mrrAtRisk": [{"amountMinor": 61234, "currencyCode": "EUR"}],
            },
            {
                "key": "starter",
                "count": 2,
                "atRiskCount": 0,
                "mrr": [{"amountMinor": 30111}, {"amountMinor": 0}],
                "mrrAtRisk": [
                    {"amountMinor": 0, "currencyCode": "EUR"},
                    {"amountMinor": 0, "currencyCode": "USD"},
                ],
            },
        ],
        "byRenewalMonth": [
            {"key": f"{due:%Y-%m}", "count": 2, "atRiskCount": 1, "mrrAtRisk": [{"amountMinor": 61234}]}
        ],
        "byIndustry": [
            {"key": "", "count": 1},
            {"key": "Industry of Acme", "count": 1},
            {"key": "Industry of Zenith", "count": 1},
        ],
    }
