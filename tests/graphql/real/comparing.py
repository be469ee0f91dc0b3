"""An operation answered by the planner and by the oracle, and the two answers side by side."""

from __future__ import annotations

from dataclasses import dataclass

import orjson
from graphql import parse

from backend.db.engine import Database
from backend.graphql.mutation import execute_mutation
from backend.graphql.planner import Assembled, Outcome, Planner, Refusal
from backend.viewer import Viewer
from tests.graphql.planner.generator import Made
from tests.graphql.planner.test_differential import in_order
from tests.graphql.real.oracle import Oracle
from tests.graphql.world import World


@dataclass(frozen=True)
class Setting:
    """What every comparison needs."""

    database: Database
    assembled: Assembled
    forms: tuple[Planner, Planner]
    """The two ways of setting the viewer."""
    world: World
    viewers: dict[str, Viewer]
    oracles: dict[str, Oracle]
    ids: dict[str, list[str]]
    """Public ids of all rows, by the type's name."""

    def some_ids(self, of_each: int) -> list[str]:
        """Ids of each type, those of accounts first, and two that are of none."""
        names = sorted(self.ids, key=lambda name: (name != "Account", name))
        few = [one for name in names for one in self.ids[name][:of_each]]
        return [*few, "acct_", "nope_" + "0" * 32]


async def compared(
    setting: Setting, planner: Planner, viewer: Viewer, oracle: Oracle, made: Made
) -> tuple[str, str | None]:
    """What became of an operation, and the two answers where they differ."""
    outcome = await answered(setting, planner, viewer, made)
    codes = {error["extensions"]["code"] for error in outcome.errors}
    if codes <= {"GRAPHQL_VALIDATION_FAILED", "GRAPHQL_PARSE_FAILED"} and codes:
        return f"not valid: {outcome.errors[0]['message'][:60]}", None
    if made.fault and codes == {made.fault}:
        return "refused as planted", None
    expected = await oracle.answer(parse(made.document), made.variables)
    if codes == {"BAD_USER_INPUT"}:
        if expected.errors:
            return "refused by both", None
        return f"not led to: {outcome.errors[0]['message'][:60]}", None
    if (
        made.fault is None
        and not expected.errors
        and not outcome.errors
        and outcome.data is not None
        and in_order(orjson.loads(outcome.data)) == in_order(expected.data)
    ):
        return "the same", None
    answer = f"{orjson.dumps(expected.data, default=str).decode()} {expected.errors}"
    return "MISMATCH", (
        f"fault {made.fault}\n{made.document}\n{orjson.dumps(made.variables).decode()}\n"
        f"planner: {outcome.data and outcome.data.decode()} {outcome.errors} {outcome.fault!r}\noracle:  {answer}"
    )


async def answered(setting: Setting, planner: Planner, viewer: Viewer, made: Made) -> Outcome:
    """The planner's answer: of a query in one statement, of a mutation's payload in its transaction."""
    try:
        prepared = planner.prepare(made.document, None, made.variables, viewer)
    except Refusal as refusal:
        return Outcome(errors=refusal.errors)
    if prepared.operation.kind == "mutation":
        return await execute_mutation(prepared, setting.database, "")
    return await planner.run(prepared, setting.database.read)
