"""Cost over HTTP: shown with every answer, limited for one operation, and throttled over many."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import orjson
import pytest

from backend.graphql.http.negotiation import JSON, RESPONSE
from backend.graphql.planner import Planner, run
from backend.settings import Settings
from tests.graphql.world import World
from tests.graphql.worlds import served, served_again

PAGE = "query($n: Int!) { accounts(first: $n) { nodes { name } } }"
DEAR = "query($n: Int!) { accounts(first: $n) { nodes { members(first: $n) { nodes { person { email } } } } } }"


@pytest.fixture
async def thrifty(settings_with_valkey: Settings) -> AsyncIterator[World]:
    """A world whose credentials hold 20 points (members) and 2,000 (staff), and gain next to nothing."""
    async with served(replace(settings_with_valkey, member_points_per_second=1, staff_points_per_second=100)) as made:
        yield made


async def test_every_answer_says_what_it_cost_beside_its_untouched_data(thrifty: World) -> None:
    answer = await thrifty.ask("acme", "{ viewer { account { name } } }")

    cost = answer.json()["extensions"]["cost"]
    assert answer.content.startswith(b'{"data":{"viewer"')
    assert (cost["requestedQueryCost"], cost["actualQueryCost"]) == (2, 2)
    assert cost["throttleStatus"]["maximumAvailable"] == 20
    assert cost["throttleStatus"]["restoreRate"] == 1
    assert cost["throttleStatus"]["currentlyAvailable"] in range(8, 21)  # 2 and 10 for reading a new document


async def test_an_operation_that_costs_too_much_is_refused_with_the_reason(world: World) -> None:
    answer = await world.ask("staff", DEAR, {"n": 100})

    assert answer.status_code == 200
    assert answer.json()["errors"] == [
        {
            "message": "The operation costs 20,100 points; 10,000 are allowed. Ask for smaller pages, or for less of "
            "each row; `accounts` costs most.",
            "extensions": {"code": "COST_LIMIT_EXCEEDED", "cost": 20_100, "maximumCost": 10_000},
        }
    ]
    assert answer.json()["extensions"]["cost"]["requestedQueryCost"] == 20_100
    assert answer.json()["extensions"]["cost"]["actualQueryCost"] is None
    assert (await world.ask("staff", DEAR, {"n": 50})).json().keys() == {"data", "extensions"}


async def test_members_may_spend_less_on_one_operation_than_staff(world: World) -> None:
    pages = " ".join(
        f"m{number}: members(first: 100) {{ nodes {{ person {{ displayName }} }} }}" for number in range(5)
    )
    query = f"{{ viewer {{ account {{ {pages} }} }} }}"

    [refused] = await world.errors("acme", query)

    assert refused["extensions"] == {"code": "COST_LIMIT_EXCEEDED", "cost": 1_002, "maximumCost": 1_000}
    assert "errors" not in (await world.ask("staff", query)).json()


async def test_who_has_spent_their_points_waits_and_others_do_not(thrifty: World) -> None:
    spent = await thrifty.ask("staff", PAGE, {"n": 100})
    assert spent.status_code == 200
    assert "data" in (await thrifty.ask("staff", DEAR, {"n": 30})).json()

    for accept, status in ((JSON, 200), (RESPONSE, 429)):
        refused = await thrifty.client.post(
            "/graphql",
            content=orjson.dumps({"query": DEAR, "variables": {"n": 30}}),
            headers={
                "authorization": f"Bearer {thrifty.credential('staff')}",
                "content-type": JSON,
                "accept": accept,
            },
        )
        [error] = refused.json()["errors"]
        assert refused.status_code == status
        assert set(refused.json()) == {"errors", "extensions"}
        assert error["extensions"]["code"] == "THROTTLED"
        assert refused.headers["retry-after"] == str(error["extensions"]["retryAfter"])
        assert refused.json()["extensions"]["cost"]["actualQueryCost"] is None
    assert "data" in (await thrifty.ask("acme", "{ viewer { kind } }")).json()
    assert "data" in (await thrifty.ask("staff key", PAGE, {"n": 100})).json()


async def test_who_has_nothing_left_is_refused_before_their_document_is_read(thrifty: World) -> None:
    for number in range(2):
        await thrifty.ask("nobody", f"{{ nothing{number} }}")

    answer = await thrifty.ask("nobody", "{ nothing of this is GraphQL")

    assert [error["extensions"]["code"] for error in answer.json()["errors"]] == ["THROTTLED"]


async def test_what_many_new_documents_cost_is_taken_before_they_are_read(
    thrifty: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []
    real: Any = Planner.prepare

    def prepare(self: Planner, document: str, *rest: Any) -> Any:
        read.append(document)
        return real(self, document, *rest)

    monkeypatch.setattr(Planner, "prepare", prepare)

    answers = await asyncio.gather(*(thrifty.ask("acme", f"{{ a{n}: __typename }}") for n in range(12)))

    refused = [error["extensions"]["code"] for answer in answers for error in answer.json().get("errors", ())]
    assert len(read) in {1, 2}, "20 points pay for two at most, 10 each"
    assert refused in (["THROTTLED"] * 10, ["THROTTLED"] * 11, ["THROTTLED"] * 12)


async def test_a_document_that_would_be_one_too_many_to_wait_is_refused_for_nothing(
    thrifty: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "MOST_READINGS", 0)

    headers = {"accept": RESPONSE, "authorization": f"Bearer {thrifty.credential('acme')}"}
    refused = await thrifty.client.post("/graphql", json={"query": "{ __typename }"}, headers=headers)

    monkeypatch.undo()
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "1")
    assert refused.json()["errors"][0]["extensions"] == {"code": "THROTTLED", "retryAfter": 1}
    read = await thrifty.ask("acme", "{ __typename }")
    assert read.json()["extensions"]["cost"]["throttleStatus"]["currentlyAvailable"] == 9  # of 20


async def test_a_throttled_operation_that_ran_meanwhile_gives_no_data(thrifty: World) -> None:
    async with served_again(thrifty) as other:  # a second process that has not heard of the spending yet
        await thrifty.ask("staff", DEAR, {"n": 30})

        answer = await other.ask("staff", DEAR, {"n": 30})

    assert set(answer.json()) == {"errors", "extensions"}
    assert answer.json()["errors"][0]["extensions"]["code"] == "THROTTLED"


async def test_an_outage_of_valkey_stops_nobody(settings: Settings) -> None:
    async with served(replace(settings, redis_url="redis://127.0.0.1:1/0")) as world:
        assert await world.data("acme", "{ viewer { kind } }") == {"viewer": {"kind": "MEMBER"}}
