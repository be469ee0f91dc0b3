"""Success managers, other owners, tags and traits as staff change them over the API."""

from __future__ import annotations

import asyncio
from typing import Any

import asyncpg

from tests.graphql.mutation.cases import declared, made
from tests.graphql.world import World, public

UPDATE = """mutation($i: UpdateAccountsInput!) { updateAccounts(input: $i) {
  accounts { name successManager { role } internal { tags } } userErrors { field code params } } }"""
TRAITS = """mutation($i: SetAccountTraitsInput!) { setAccountTraits(input: $i) {
  account { internal { traits } } userErrors { field code message } } }"""


async def update(world: World, *accounts: Any, **given: Any) -> Any:
    ids = [public("acct", account) for account in accounts]
    return (await world.data("CSM", UPDATE, {"i": {"accountIds": ids, **given}}))["updateAccounts"]


async def entries(world: World, action: str) -> list[tuple[Any, ...]]:
    connection = await asyncpg.connect(world.settings.migrate_url)
    rows = await connection.fetch(
        "select account_id, before::text, after::text from audit_entries where action = $1 order by account_id", action
    )
    await connection.close()
    return [tuple(row) for row in rows]


async def test_many_accounts_change_alike_and_come_back_in_the_order_given(own_world: World) -> None:
    acme, zenith = own_world.acme.account, own_world.zenith.account

    done = await update(own_world, zenith, acme, zenith, addTags=["vip", " vip "], removeTags=["tag-Acme"])
    freed = await update(own_world, acme, successManagerId=None)
    again = await update(own_world, acme, successManagerId=None, addTags=["vip"])

    assert done["accounts"] == [
        {"name": "Zenith", "successManager": {"role": "ADMIN"}, "internal": {"tags": ["tag-Zenith", "vip"]}},
        {"name": "Acme", "successManager": {"role": "ADMIN"}, "internal": {"tags": ["vip"]}},
    ]
    assert freed["accounts"][0]["successManager"] is None
    assert again["userErrors"] == []
    assert await entries(own_world, "account.reassigned") == [
        (acme, f'{{"successManager": "{own_world.staff}"}}', '{"successManager": null}')
    ]
    assert sorted(after for _, _, after in await entries(own_world, "account.tagged")) == [
        '{"added": 1, "removed": 0}',
        '{"added": 1, "removed": 1}',
    ]


async def test_a_bulk_change_is_bounded_and_changes_all_or_none(own_world: World) -> None:
    acme = own_world.acme.account
    unknown = "acct_" + "0" * 32

    many = await own_world.data("CSM", UPDATE, {"i": {"accountIds": [f"acct_{n:032x}" for n in range(101)]}})
    partly = {"accountIds": [public("acct", acme), unknown], "addTags": ["x"]}
    one_wrong = await own_world.data("CSM", UPDATE, {"i": partly})
    crowded = await update(own_world, acme, addTags=[f"tag {n}" for n in range(50)])
    long = await update(own_world, acme, addTags=["x" * 51])

    assert many["updateAccounts"]["userErrors"] == [
        {"field": ["accountIds"], "code": "LIMIT_REACHED", "params": {"most": 100}}
    ]
    assert one_wrong["updateAccounts"] == {
        "accounts": [],
        "userErrors": [{"field": ["accountIds", "1"], "code": "NOT_FOUND", "params": {}}],
    }
    assert [e["code"] for e in crowded["userErrors"]] == ["LIMIT_REACHED"]
    assert [e["code"] for e in long["userErrors"]] == ["INVALID"]
    assert await entries(own_world, "account.tagged") == []


async def test_tags_that_are_put_on_an_account_at_once_are_all_there(own_world: World) -> None:
    await asyncio.gather(*(update(own_world, own_world.acme.account, addTags=[f"tag {n}"]) for n in range(4)))

    found = await own_world.data("CSM", '{ tags(startsWith: "TAG ") { name accountCount } }')

    assert found["tags"] == [{"name": f"tag {n}", "accountCount": 1} for n in range(4)]


async def test_an_owner_is_set_passed_on_and_taken_away(own_world: World) -> None:
    await declared(own_world)
    given = {"accountId": public("acct", own_world.acme.account), "role": "sponsor"}
    selection = "account { internal { owners { role { key name } staff { role } } } }"

    set_ = await made(own_world, "setAccountOwner", selection, {**given, "staffId": public("staff", own_world.staff)})
    filtered = await own_world.data(
        "CSM",
        "query($ids: [ID!]) { accounts(first: 9, filter: {ownerId: {in: $ids}}) { nodes { name } } }",
        {"ids": [public("staff", own_world.staff)]},
    )
    gone = await made(own_world, "setAccountOwner", selection, given)
    wrong = await own_world.data(
        "CSM",
        "mutation($i: SetAccountOwnerInput!) { setAccountOwner(input: $i) { userErrors { field code message } } }",
        {"i": {**given, "role": "sponser"}},
    )

    assert set_["account"]["internal"]["owners"] == [
        {"role": {"key": "sponsor", "name": "Sponsor"}, "staff": {"role": "ADMIN"}}
    ]
    assert [node["name"] for node in filtered["accounts"]["nodes"]] == ["Acme", "Zenith"]
    assert gone["account"]["internal"]["owners"] == []
    assert wrong["setAccountOwner"]["userErrors"] == [
        {"field": ["role"], "code": "INVALID", "message": "'sponser' is no role of owners. Did you mean sponsor?"}
    ]


async def test_traits_have_the_kind_that_the_program_declares(own_world: World) -> None:
    await declared(own_world)
    account = public("acct", own_world.acme.account)

    async def set_(*pairs: tuple[str, Any]) -> Any:
        traits = [{"key": key, "value": value} for key, value in pairs]
        return (await own_world.data("CSM", TRAITS, {"i": {"accountId": account, "traits": traits}}))[
            "setAccountTraits"
        ]

    good = await set_(
        ("seats_wanted", 40), ("go_live_on", "2026-05-01"), ("region", "Europe"), ("known", True), ("goal", " Grow ")
    )
    changed = await set_(("seats_wanted", 50.5), ("region", None))
    filtered = await own_world.data(
        "CSM",
        """{ accounts(first: 9, filter: {and: [{trait: {key: "seats_wanted", number: {gt: 50}}},
          {trait: {key: "go_live_on", date: {before: "2026-06-01"}}}]}) { nodes { name } } }""",
    )

    assert good["account"]["internal"]["traits"] == {
        "seen": "Acme",
        "seats_wanted": 40,
        "go_live_on": "2026-05-01",
        "region": "Europe",
        "known": True,
        "goal": "Grow",
    }
    assert changed["account"]["internal"]["traits"] == {
        "seen": "Acme",
        "seats_wanted": 50.5,
        "go_live_on": "2026-05-01",
        "known": True,
        "goal": "Grow",
    }
    assert [node["name"] for node in filtered["accounts"]["nodes"]] == ["Acme"]
    for pair, message in (
        (("seats_want", 1), "'seats_want' is no trait. Did you mean seats_wanted?"),
        (("seats_wanted", "40"), "seats_wanted should be a number."),
        (("seats_wanted", True), "seats_wanted should be a number."),
        (("go_live_on", "2026-02-30"), "go_live_on should be a day such as 2026-05-01."),
        (("region", "Atlantis"), "region should be one of Europe, Americas."),
        (("region", ["Europe"]), "region should be one of Europe, Americas."),
        (("known", "yes"), "known should be true or false."),
        (("goal", "a\nb"), "goal should be a text of 1 to 500 characters on one line."),
    ):
        refused = await set_(("seats_wanted", 1), pair)
        assert [e["message"] for e in refused["userErrors"]] == [message]
        assert refused["userErrors"][0]["field"][:2] == ["traits", "1"]


async def test_lists_are_ordered_by_the_last_touch_and_filtered_by_it_and_by_the_pulse(own_world: World) -> None:
    acme, zenith = public("acct", own_world.acme.account), public("acct", own_world.zenith.account)
    touch = {"kind": "CALL", "summary": "x"}
    await made(own_world, "logTouchpoint", "touchpoint { id }", {**touch, "accountId": zenith})
    await made(
        own_world,
        "logTouchpoint",
        "touchpoint { id }",
        {**touch, "accountId": acme, "occurredAt": "2020-01-01T00:00:00Z"},
    )
    await made(own_world, "recordPulse", "pulse { id }", {"accountId": zenith, "mood": "GREEN"})

    async def names(argument: str) -> list[str]:
        found = await own_world.data("CSM", f"{{ accounts(first: 9, {argument}) {{ nodes {{ name }} }} }}")
        return [node["name"] for node in found["accounts"]["nodes"]]

    assert await names("orderBy: {field: LAST_TOUCH, direction: DESC}") == ["Zenith", "Acme", "Acme Labs"]
    assert await names("orderBy: {field: LAST_TOUCH, direction: ASC}") == ["Acme Labs", "Acme", "Zenith"]
    assert await names("filter: {lastTouch: {withinLastDays: 30}}") == ["Zenith"]
    assert await names("filter: {lastTouch: {isNull: true}}") == ["Acme Labs"]
    assert await names("filter: {pulse: {in: [GREEN, YELLOW]}}") == ["Zenith"]
    assert await names("filter: {pulse: {isNull: true}}") == ["Acme", "Acme Labs"]
    assert await names("filter: {pulseDisagrees: true}") == ["Zenith"]
