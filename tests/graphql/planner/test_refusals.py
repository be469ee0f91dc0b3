"""What a request may not do, and what it is told."""

from __future__ import annotations

import base64
from dataclasses import replace
from typing import Any

import asyncpg
import orjson
import pytest
from sqlalchemy import select

from backend.graphql.planner import Assembled, Planner, Refusal, assemble, one
from backend.graphql.planner.outcome import outcome_of
from backend.lru import Lru
from backend.viewer import Viewer
from tests.graphql.planner import sample
from tests.graphql.planner.conftest import Pools
from tests.graphql.planner.models import Staff

ID = "acct_" + "0" * 32


async def refused(
    planner: Planner, pools: Pools, viewer: Viewer, document: str, variables: dict[str, Any] | None = None
) -> list[tuple[str, str]]:
    """Code and message of each error of an operation that must not give data."""
    outcome = await planner.execute(document, None, variables, viewer, pools)
    assert outcome.data is None
    return [(error["extensions"]["code"], error["message"]) for error in outcome.errors]


@pytest.mark.parametrize(
    "page, message",
    [
        ("", "accounts: give either first or last, 1 to 100."),
        ("(first: 1, last: 1)", "accounts: give either first or last, 1 to 100."),
        ("(first: null)", "accounts: give either first or last, 1 to 100."),
        ("(first: 0)", "accounts: first must be between 1 and 100."),
        ("(last: 101)", "accounts: last must be between 1 and 100."),
        ('(first: 1, after: "x")', "accounts: after is no cursor of this list in this order."),
        ('(first: 1, before: "WyJhIiwiYiJd")', "accounts: before is no cursor of this list in this order."),
    ],
)
async def test_a_page_is_asked_for_properly(
    planner: Planner, pools: Pools, staff: Viewer, page: str, message: str
) -> None:
    for selection in ("nodes { id }", "totalCount", "__typename"):
        document = f"{{ accounts{page} {{ {selection} }} }}"

        assert await refused(planner, pools, staff, document) == [("BAD_USER_INPUT", message)]


async def test_a_check_holds_for_variables_too(planner: Planner, pools: Pools, staff: Viewer) -> None:
    document = "query($n: Int) { accounts(first: $n) { totalCount } }"
    message = "accounts: first must be between 1 and 100."

    assert await refused(planner, pools, staff, document, {"n": 101}) == [("BAD_USER_INPUT", message)]
    assert (await planner.execute(document, None, {"n": 100}, staff, pools)).errors == []


async def test_a_cursor_has_no_null_where_the_order_has_none(planner: Planner, pools: Pools, staff: Viewer) -> None:
    page = await planner.execute("{ accounts(first: 1) { edges { cursor } } }", None, None, staff, pools)
    assert page.data is not None
    mark, *_ = orjson.loads(base64.urlsafe_b64decode(page.data.decode().split('"')[-2] + "=="))
    forged = base64.urlsafe_b64encode(orjson.dumps([mark, None, "x"])).decode().rstrip("=")
    document = "query($c: String) { accounts(first: 1, after: $c) { nodes { id } } }"

    expected = [("BAD_USER_INPUT", "accounts: after is no cursor of this list in this order.")]
    assert await refused(planner, pools, staff, document, {"c": forged}) == expected


async def test_a_cursor_of_another_order_is_refused(planner: Planner, pools: Pools, staff: Viewer) -> None:
    page = await planner.execute("{ accounts(first: 1) { edges { cursor } } }", None, None, staff, pools)
    assert page.data is not None
    cursor = page.data.decode().split('"')[-2]
    document = "query($c: String) { accounts(first: 1, after: $c, orderBy: {field: MRR}) { nodes { id } } }"

    expected = [("BAD_USER_INPUT", "accounts: after is no cursor of this list in this order.")]
    assert await refused(planner, pools, staff, document, {"c": cursor}) == expected


@pytest.mark.parametrize(
    "document, variables, code, message",
    [
        ("{", {}, "GRAPHQL_PARSE_FAILED", "Syntax Error: Expected Name, found <EOF>."),
        ("{ nope }", {}, "GRAPHQL_VALIDATION_FAILED", "Cannot query field 'nope' on type 'Query'."),
        ("fragment F on Query { a: __typename }", {}, "GRAPHQL_VALIDATION_FAILED", "Fragment 'F' is never used."),
        ("query A { __typename } query B { __typename }", {}, "BAD_USER_INPUT",
         "The document has several operations; give operationName."),
        ("query($id: ID!) { account(id: $id) { id } }", {}, "BAD_USER_INPUT",
         "Variable '$id' has invalid value: Expected a value of non-null type 'ID!' to be provided."),
        ("query($id: ID!) { account(id: $id) { id } }", {"id": "a\x00"}, "BAD_USER_INPUT",
         "$id holds a character that cannot be stored (U+0000)."),
        ("query($ids: [ID!]!) { nodes(ids: $ids) { id } }", {"ids": ["x"] * 101}, "BAD_USER_INPUT",
         "nodes: 100 ids at most; ask in several requests."),
        ("query($ids: [ID!]!) { nodes(ids: $ids) { id } }", {"ids": ["x"] * 251}, "BAD_USER_INPUT",
         "$ids holds a list of more than 250 values. Ask in several requests."),
    ],
)  # fmt: skip
async def test_a_bad_request_is_told_why(
    planner: Planner,
    pools: Pools,
    staff: Viewer,
    document: str,
    variables: dict[str, Any],
    code: str,
    message: str,
) -> None:
    assert await refused(planner, pools, staff, document, variables) == [(code, message)]


SPREAD = "Fragments count where they are spread."


@pytest.mark.parametrize(
    "document, message",
    [
        ("{ account(id: $id) " + "{ parent " * 12 + "{ id }" + " }" * 13,
         f"The operation has 14 levels of fields; 12 are allowed. {SPREAD}"),
        ("{ " + " ".join(f"a{i}: __typename" for i in range(31)) + " }",
         f"The operation has 31 aliases; 30 are allowed. {SPREAD}"),
        ("{ " + "__typename @skip(if: false) " * 51 + "}",
         f"The operation has 51 directives; 50 are allowed. {SPREAD}"),
        ("{ ...A ...A ...A ...A } fragment A on Query { " + " ".join(f"a{i}: __typename" for i in range(8)) + " }",
         f"The operation has 32 aliases; 30 are allowed. {SPREAD}"),
    ],
)  # fmt: skip
async def test_a_document_has_limits(
    planner: Planner, pools: Pools, staff: Viewer, document: str, message: str
) -> None:
    assert await refused(planner, pools, staff, document) == [("GRAPHQL_VALIDATION_FAILED", message)]


async def test_fragments_that_multiply_are_counted_not_written_out(
    planner: Planner, pools: Pools, staff: Viewer
) -> None:
    fragments = " ".join(
        f"fragment F{i} on Account {{ parent {{ ...F{i + 1} }} children(first: 1) {{ nodes {{ ...F{i + 1} }} }} }}"
        for i in range(40)
    )
    document = f'{{ account(id: "{ID}") {{ ...F0 }} }} {fragments} fragment F40 on Account {{ id }}'

    [(code, message)] = await refused(planner, pools, staff, document)

    assert code == "GRAPHQL_VALIDATION_FAILED"
    assert message == f"The operation has 82 levels of fields; 12 are allowed. {SPREAD}"


async def test_what_a_caller_does_to_an_error_stays_with_that_caller(planner: Planner, pools: Pools) -> None:
    for document in ("{ nope }", "{ badgeAwards(first: 1) { totalCount } }", "{ accounts(first: 0) { totalCount } }"):
        first = await planner.execute(document, None, None, Viewer("staff"), pools)
        code = first.errors[0]["extensions"]["code"]
        first.errors[0]["extensions"]["code"] = first.errors[0]["message"] = "changed"

        second = await planner.execute(document, None, None, Viewer("staff"), pools)

        assert second.errors[0]["extensions"]["code"] == code
        assert second.errors[0]["message"] != "changed"


async def test_too_many_tokens_are_not_parsed(planner: Planner, pools: Pools, staff: Viewer) -> None:
    [(code, message)] = await refused(planner, pools, staff, "{" + " a" * 2_000 + "}")

    assert code == "GRAPHQL_PARSE_FAILED"
    assert "2000 tokens" in message.replace(",", "")


async def test_values_that_the_database_refuses_are_the_requests_fault(
    planner: Planner, pools: Pools, staff: Viewer, assembled: Assembled
) -> None:
    page = await planner.execute("{ accounts(first: 1) { edges { cursor } } }", None, None, staff, pools)
    assert page.data is not None
    cursor = page.data.decode().split('"')[-2]
    text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
    forged = base64.urlsafe_b64encode((text[:-8] + 'zzzzzz"]').encode()).decode().rstrip("=")

    found = await refused(
        planner, pools, staff, "query($c: String) { accounts(first: 1, after: $c) { nodes { id } } }", {"c": forged}
    )

    assert found == [("BAD_USER_INPUT", "A value cannot be used: it is out of range or malformed.")]


def test_faults_are_masked_and_slow_statements_are_timeouts() -> None:
    fault = RuntimeError("secret")

    outcome = outcome_of(fault)

    assert outcome.fault is fault
    assert outcome.errors == [{"message": "Something went wrong.", "extensions": {"code": "INTERNAL_SERVER_ERROR"}}]
    for slow in (asyncpg.QueryCanceledError("57014"), TimeoutError()):
        assert outcome_of(slow).errors == [
            {
                "message": "The operation took too long. Ask for less at a time.",
                "extensions": {"code": "TIMEOUT"},
            }
        ]


async def test_plans_are_shared_by_shape_and_kept_apart_by_permission(assembled: Assembled, staff: Viewer) -> None:
    planner = Planner(assembled)
    operation = planner.operation("query($f: AccountFilter) { accounts(first: 1, filter: $f) { nodes { id } } }")

    def plan(viewer: Viewer, filter_: Any) -> Any:
        values, shape = operation.variables.read({"f": filter_})
        return planner.plan(operation, values, shape, viewer)

    first = plan(staff, {"nameContains": "a", "nameIn": ["a", "b"]})

    assert plan(staff, {"nameIn": [], "nameContains": "b"}) is first
    assert plan(staff, {"nameContains": "a", "nameIn": None}) is not first
    assert plan(replace(staff, permissions=frozenset()), {"nameContains": "a", "nameIn": []}) is not first
    assert plan(Viewer("member", permissions=staff.permissions), {"nameContains": "a", "nameIn": []}) is not first


def test_python_logic_on_a_leaf_value_fails_loudly(assembled: Assembled) -> None:
    @one(sample.StaffType)
    def someone(name: str) -> Any:
        """One of them."""
        return select(Staff).where(Staff.name == (name if name == "x" else "y"))

    planner = Planner(assemble({**vars(sample), "someone": someone}))
    operation = planner.operation('{ someone(name: "x") { id } }')

    with pytest.raises(TypeError, match="only known when the plan runs"):
        planner.plan(operation, {}, (), Viewer("staff"))


def test_caches_are_bounded_by_number_and_by_weight() -> None:
    kept: Lru[int, str] = Lru(3, 100)
    for number in range(4):
        kept.put(number, "x", 10)
    assert [kept.get(number) for number in range(4)] == [None, "x", "x", "x"]

    kept.put(9, "heavy", 26)
    kept.put(5, "heavier", 25)
    assert kept.get(9) is None
    assert kept.get(5) == "heavier"
    for number in range(20):
        kept.put(number, "x", 25)
    assert len(kept) == 3


def test_a_refusal_lists_its_errors() -> None:
    assert str(Refusal([{"message": "one"}, {"message": "two"}])) == "one; two"
