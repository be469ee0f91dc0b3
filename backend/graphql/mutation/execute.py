"""Runs the fields of a mutation one after the other, each in a transaction of its own, as the specification says."""

from __future__ import annotations

from typing import Any

from sqlalchemy.exc import DBAPIError

from backend.db.engine import Database
from backend.errors import DomainError, Forbidden, NotSignedIn
from backend.graphql.mutation.context import AnsweredBefore, Context, Info
from backend.graphql.planner import Call, Outcome, Prepared, outcome_of, problem


async def execute_mutation(prepared: Prepared, database: Database, request_id: str) -> Outcome:
    """Run a mutation that was prepared: what its viewer may not do, or may not read of the answers, was refused before.

    Raises nothing for what a request can do. A field that fails for another reason than its input is null beside an
    error with its path; what the fields before it did stays done, and the fields after it run.
    """
    parts: list[bytes] = []
    errors: list[dict[str, Any]] = []
    for call in prepared.arguments:
        if isinstance(call, str):
            parts.append(_part(call, b'"Mutation"'))
            continue
        data, failure = await _run(call, database, request_id)
        parts.append(_part(call.plan.key, data))
        if failure is not None:
            errors.append({**failure, "path": [call.plan.key]})
    return Outcome(b"{" + b",".join(parts) + b"}", errors)


def _part(key: str, data: bytes) -> bytes:
    return b'"' + key.encode() + b'":' + data


async def _run(call: Call, database: Database, request_id: str) -> tuple[bytes, dict[str, Any] | None]:
    """The JSON of one field, and the error where it is null."""
    context = Context(call, database, request_id)
    try:
        answered = await context.finish(await call.plan.mapping.function(Info(context), call.input))
    except AnsweredBefore as before:
        return before.answered.data, None
    except (NotSignedIn, Forbidden) as refusal:
        return b"null", problem(refusal.code, refusal.message)
    except DomainError as refusal:
        return call.plan.answer.refused(refusal), None
    except Exception as error:  # noqa: BLE001 - the boundary to the client: nothing of a fault may leak
        [failed] = outcome_of(_cause(error)).errors
        return b"null", failed
    return answered.data, None


def _cause(error: Exception) -> BaseException:
    """What the driver raised, where SQLAlchemy wrapped it."""
    if isinstance(error, DBAPIError) and error.orig is not None:
        return error.orig.__cause__ or error
    return error
