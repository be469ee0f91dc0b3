"""Mutations as such: transactions, answers, refusals, faults. logTouchpoint stands for all of them."""

from __future__ import annotations

import asyncio
from typing import Any

import asyncpg
import pytest

from backend.identity import audit
from tests.graphql.mutation.conftest import Rows
from tests.graphql.world import World, public

LOG = """mutation($input: LogTouchpointInput!) { logTouchpoint(input: $input) {
  touchpoint { id summary } userErrors { field message code params } } }"""


def call(world: World, **more: Any) -> dict[str, Any]:
    """An input of logTouchpoint."""
    return {"accountId": public("acct", world.acme.account), "kind": "CALL", "summary": "They called.", **more}


async def count(world: World, table: str) -> int:
    connection = await asyncpg.connect(world.settings.migrate_url)
    found = await connection.fetchval(f"select count(*) from {table}")
    await connection.close()
    return int(found)


async def test_the_answer_is_read_in_the_transaction_that_wrote(own_world: World) -> None:
    query = """mutation Log($input: LogTouchpointInput!, $more: Boolean!, $first: Int = 2) {
      __typename
      done: logTouchpoint(input: $input) { __typename ...Payload userErrors { code } }
    }
    fragment Payload on LogTouchpointPayload {
      made: touchpoint { __typename ... on Node { id } kind
        loggedBy { role } person @include(if: $more) { email }
        account { name internal { lastTouchAt touchpoints(first: $first) { totalCount nodes { what: summary } } } } }
      touchpoint { kind }
    }"""
    given = call(own_world, occurredAt="2026-01-02T03:04:05Z", personId=public("prsn", own_world.acme.persons[0]))

    first = (await own_world.data("CSM", query, {"input": given, "more": True}))["done"]
    second = (await own_world.data("staff", query, {"input": {**given, "summary": "Again."}, "more": False}))["done"]

    assert first.keys() == {"__typename", "made", "touchpoint", "userErrors"}
    assert first["made"].pop("id").startswith("touch_")
    assert first["made"] == {
        "__typename": "Touchpoint",
        "kind": "CALL",
        "loggedBy": {"role": "CSM"},
        "person": {"email": "admin@acme.example"},
        "account": {
            "name": "Acme",
            "internal": {
                "lastTouchAt": "2026-01-02T03:04:05+00:00",
                "touchpoints": {"totalCount": 1, "nodes": [{"what": "They called."}]},
            },
        },
    }
    assert "person" not in second["made"]
    assert second["made"]["account"]["internal"]["touchpoints"] == {
        "totalCount": 2,
        "nodes": [{"what": "Again."}, {"what": "They called."}],
    }


async def test_what_a_service_refuses_is_a_user_error_and_nothing_stays(own_world: World, rows: Rows) -> None:
    before = await rows()

    found = await own_world.data("CSM", LOG, {"input": call(own_world, summary=" \n ")})
    foreign = await own_world.data(
        "CSM", LOG, {"input": call(own_world, personId=public("prsn", own_world.zenith.persons[0]))}
    )
    future = await own_world.data("CSM", LOG, {"input": call(own_world, occurredAt="2999-01-01T00:00:00Z")})

    assert found["logTouchpoint"] == {
        "touchpoint": None,
        "userErrors": [
            {
                "field": ["summary"],
                "message": "summary needs 1 to 10,000 characters, without control characters.",
                "code": "INVALID",
                "params": {"most": 10_000},
            }
        ],
    }
    assert [e["code"] for e in foreign["logTouchpoint"]["userErrors"]] == ["NOT_FOUND"]
    assert [e["field"] for e in future["logTouchpoint"]["userErrors"]] == [["occurredAt"]]
    assert await rows() == before


async def test_fields_run_one_after_the_other_each_in_its_own_transaction(own_world: World) -> None:
    query = """mutation($good: LogTouchpointInput!, $bad: LogTouchpointInput!) {
      first: logTouchpoint(input: $good) { touchpoint { summary } userErrors { code } }
      bad: logTouchpoint(input: $bad) { touchpoint { summary } userErrors { code } }
      last: logTouchpoint(input: $good) {
        touchpoint { account { internal { touchpoints(first: 5) { totalCount } } } } userErrors { code } } }"""

    data = await own_world.data("CSM", query, {"good": call(own_world), "bad": call(own_world, summary="")})

    assert list(data) == ["first", "bad", "last"]
    assert data["first"] == {"touchpoint": {"summary": "They called."}, "userErrors": []}
    assert data["bad"] == {"touchpoint": None, "userErrors": [{"code": "INVALID"}]}
    assert data["last"]["touchpoint"] == {"account": {"internal": {"touchpoints": {"totalCount": 2}}}}


async def test_a_fault_rolls_back_its_own_field_and_tells_nothing_of_itself(
    own_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = audit.record_of
    calls = 0

    async def fails_once(*args: Any, **more: Any) -> None:
        nonlocal calls
        calls += 1
        await real(*args, **more)
        if calls == 2:
            raise RuntimeError("the secret is 4711")

    monkeypatch.setattr(audit, "record_of", fails_once)
    query = """mutation($input: LogTouchpointInput!) {
      a: logTouchpoint(input: $input) { userErrors { code } }
      b: logTouchpoint(input: $input) { userErrors { code } }
      c: logTouchpoint(input: $input) { userErrors { code } } }"""

    answer = await own_world.ask("CSM", query, {"input": call(own_world)})

    body = answer.json()
    assert answer.status_code == 200
    assert body["data"] == {"a": {"userErrors": []}, "b": None, "c": {"userErrors": []}}
    [error] = body["errors"]
    assert error == {
        "message": "Something went wrong.",
        "path": ["b"],
        "extensions": {"code": "INTERNAL_SERVER_ERROR", "requestId": answer.headers["x-request-id"]},
    }
    assert await count(own_world, "touchpoints") == 2


async def test_what_the_answer_may_not_hold_refuses_the_whole_mutation_before_it_runs(
    own_world: World, rows: Rows
) -> None:
    before = await rows()
    wrong = {
        "touchpoint { person { email } }": "FORBIDDEN",
        "touchpoint { account { internal { touchpoints(first: 500) { totalCount } } } }": "BAD_USER_INPUT",
        "touchpoint { nothing }": "GRAPHQL_VALIDATION_FAILED",
    }

    for selection, code in wrong.items():
        query = f"""mutation($input: LogTouchpointInput!) {{
          a: logTouchpoint(input: $input) {{ userErrors {{ code }} }}
          b: logTouchpoint(input: $input) {{ {selection} }} }}"""
        errors = await own_world.errors("narrow staff", query, {"input": call(own_world)})
        assert {error["extensions"]["code"] for error in errors} == {code}, selection
    assert await rows() == before


async def test_a_page_size_in_a_variable_is_looked_at_before_anything_runs(own_world: World, rows: Rows) -> None:
    query = """mutation($input: LogTouchpointInput!, $n: Int!) { logTouchpoint(input: $input) {
      touchpoint { account { internal { touchpoints(first: $n) { totalCount } } } } } }"""
    before = await rows()

    errors = await own_world.errors("CSM", query, {"input": call(own_world), "n": 0})

    assert [e["extensions"]["code"] for e in errors] == ["BAD_USER_INPUT"]
    assert await rows() == before


async def test_the_same_key_and_input_give_the_first_answer_read_anew(own_world: World) -> None:
    given = call(own_world, idempotencyKey="visit of Tuesday")

    first = await own_world.data("CSM", LOG, {"input": given})
    again = await own_world.data("CSM", LOG, {"input": given})
    otherwise = await own_world.data("CSM", LOG, {"input": {**given, "summary": "Something else."}})
    of_another = await own_world.data("staff", LOG, {"input": given})

    assert again == first
    assert otherwise["logTouchpoint"]["userErrors"] == [
        {
            "field": ["idempotencyKey"],
            "message": "This idempotencyKey was used with another input. Send that input again, or use a new key.",
            "code": "IDEMPOTENCY_KEY_REUSED",
            "params": {},
        }
    ]
    assert of_another["logTouchpoint"]["touchpoint"]["id"] != first["logTouchpoint"]["touchpoint"]["id"]
    assert await count(own_world, "touchpoints") == 2


async def test_twins_at_the_same_time_have_one_effect_and_one_answer(own_world: World) -> None:
    given = call(own_world, idempotencyKey="twins")

    answers = await asyncio.gather(*(own_world.data("CSM", LOG, {"input": given}) for _ in range(3)))

    assert len({answer["logTouchpoint"]["touchpoint"]["id"] for answer in answers}) == 1
    assert await count(own_world, "touchpoints") == 1


async def test_a_key_whose_change_was_refused_is_free_again(own_world: World) -> None:
    refused = await own_world.data("CSM", LOG, {"input": call(own_world, summary="", idempotencyKey="k")})
    done = await own_world.data("CSM", LOG, {"input": call(own_world, idempotencyKey="k")})
    without = await own_world.data("CSM", LOG, {"input": call(own_world, idempotencyKey="")})

    assert [e["code"] for e in refused["logTouchpoint"]["userErrors"]] == ["INVALID"]
    assert done["logTouchpoint"]["userErrors"] == []
    assert [e["field"] for e in without["logTouchpoint"]["userErrors"]] == [["idempotencyKey"]]


async def test_literals_and_variables_inside_an_input_come_to_the_same(own_world: World) -> None:
    query = """mutation($account: ID!, $key: String, $at: DateTime) { logTouchpoint(input: {
        accountId: $account, kind: MEETING, summary: "Literal.", idempotencyKey: $key, occurredAt: $at }) {
      touchpoint { id kind summary } userErrors { code } } }"""
    account = public("acct", own_world.acme.account)

    first = await own_world.data("CSM", query, {"account": account, "key": "mixed"})
    same = await own_world.data(
        "CSM",
        LOG,
        {"input": {"accountId": account, "kind": "MEETING", "summary": "Literal.", "idempotencyKey": "mixed"}},
    )

    assert first["logTouchpoint"]["touchpoint"]["kind"] == "MEETING"
    assert same["logTouchpoint"]["touchpoint"]["id"] == first["logTouchpoint"]["touchpoint"]["id"]


async def test_an_input_that_does_not_fit_is_refused_before_anything_runs(own_world: World, rows: Rows) -> None:
    before = await rows()

    for more in (
        {"summary": "a\x00b"},
        {"kind": "FAX"},
        {"occurredAt": "soon"},
        {"colour": 1},
        {"summary": None},
        {"summary": 4},
    ):
        errors = await own_world.errors("CSM", LOG, {"input": call(own_world, **more)})
        assert {e["extensions"]["code"] for e in errors} == {"BAD_USER_INPUT"}, more
    assert await rows() == before


async def test_a_mutation_cannot_be_sent_with_get(own_world: World, rows: Rows) -> None:
    before = await rows()

    answer = await own_world.client.get(
        "/graphql",
        params={
            "query": 'mutation { logTouchpoint(input: {accountId: "x", kind: CALL, summary: "y"}) { __typename } }'
        },
        headers={"authorization": f"Bearer {own_world.credential('CSM')}"},
    )

    assert answer.status_code == 405
    assert await rows() == before


async def test_who_did_what_on_whose_behalf_is_written_down(own_world: World) -> None:
    await own_world.data("CSM", LOG, {"input": call(own_world)})
    await own_world.data("staff key", LOG, {"input": call(own_world)})

    connection = await asyncpg.connect(own_world.settings.migrate_url)
    entries = await connection.fetch(
        "select actor, actor_person_id, actor_key_id is not null as has_key, account_id, after->>'kind' as kind"
        " from audit_entries where action = 'touchpoint.logged' order by id"
    )
    events = await connection.fetch("select account_id, body->>'kind' as kind from domain_events order by id")
    await connection.close()
    assert [tuple(entry) for entry in entries] == [
        ("staff", own_world.people["CSM"][0], False, own_world.acme.account, "CALL"),
        ("api key", None, True, own_world.acme.account, "CALL"),
    ]
    assert [tuple(event) for event in events] == [(own_world.acme.account, "CALL")] * 2
