"""Running plans: pools by kind of viewer, two ways of setting the viewer, and errors of the database."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass
from time import perf_counter
from typing import Any, Literal, TypeVar
from uuid import UUID

import asyncpg
import orjson
from graphql import DocumentNode, OperationDefinitionNode, SelectionSetNode, execute_sync

from backend.db.readers import Readers
from backend.graphql.planner.assemble import Assembled
from backend.graphql.planner.changes import MutationPlan, compile_changes
from backend.graphql.planner.document import Documents, Operation
from backend.graphql.planner.errors import Refusal, problem
from backend.graphql.planner.kept_arguments import Wanted, compile_kept_field, wanted
from backend.graphql.planner.outcome import Outcome, outcome_of
from backend.graphql.planner.plan import Plan, compile_plan
from backend.graphql.planner.statement import Statement
from backend.graphql.planner.watches import WatchPlan, compile_watch
from backend.lru import Lru
from backend.viewer import Viewer

AnyPlan = TypeVar("AnyPlan", Plan, MutationPlan, WatchPlan, Statement)
ViewerForm = Literal["statement", "transaction"]
Pools = Mapping[Any, Readers]
"""Read-only connections for each kind of viewer, each logged in as that kind."""

SET_VIEWER = "select set_config('waymark.account_id', $1, true), set_config('waymark.person_id', $2, true)"
MOST_READINGS = 24
"""Documents that may wait to be read: some seconds of the largest, while an operation has ten."""


@dataclass(slots=True)
class Prepared:
    """An operation that may run: read, permitted, planned, its arguments checked. Nothing has been asked of the
    database yet."""

    operation: Operation
    plan: Plan | MutationPlan | WatchPlan
    given: dict[str, Any]
    """The variables as they were sent."""
    arguments: list[Any]
    """Parameters of a query's statement; the calls of a mutation; of a subscription, the values of its variables and
    the accounts that it follows."""
    viewer: Viewer
    cost: int
    """What the operation costs with these variables, in points."""

    def given_key(self) -> bytes:
        """The same for the same values of the operation's variables. Raises Refusal for what is nested too deeply."""
        declared = {name: self.given[name] for name in self.operation.variables.types if name in self.given}
        try:
            return orjson.dumps(declared, option=orjson.OPT_SORT_KEYS)
        except orjson.JSONEncodeError:  # more levels can be read than written
            raise Refusal([problem("BAD_USER_INPUT", "The variables are nested too deeply.")]) from None


class Unplanned(Exception):
    """No plan is kept for an operation."""


class Planner:
    """Runs the queries of one schema. One per process; safe for any number of requests at a time on one event loop.

    Reading a document and compiling a plan never wait, so that each is built once even when many requests ask for it.
    """

    def __init__(self, assembled: Assembled, *, viewer_form: ViewerForm = "statement") -> None:
        self.assembled = assembled
        self.documents = Documents(assembled.graphql)
        self._viewer_form = viewer_form
        self._plans: Lru[Any, Plan | MutationPlan | WatchPlan | Statement | Refusal] = Lru(1_000, 16_000_000)
        self._introspected: Lru[Any, bytes] = Lru(50, 8_000_000)
        self._reader = ThreadPoolExecutor(1, thread_name_prefix="reader")
        self._readings: Counter[str] = Counter()
        self.observers: list[Callable[[str, float], None]] = []
        """Told the kind of viewer and the seconds of each statement, waiting for its connection included."""

    def caches(self) -> dict[str, Lru[Any, Any]]:
        """What is kept between requests, for those who watch it."""
        return {"documents": self.documents.kept, "plans": self._plans}

    @property
    def sdl(self) -> str:
        """The schema in the schema definition language."""
        return self.assembled.strawberry.as_str()

    def operation(self, document: str, name: str | None = None) -> Operation:
        """The validated operation of a document; `.kind` tells query, mutation, subscription. Raises Refusal."""
        return self.documents.operation(document, name)

    async def execute(
        self,
        document: str,
        operation_name: str | None,
        variables: dict[str, Any] | None,
        viewer: Viewer,
        pools: Pools,
    ) -> Outcome:
        """Run a query. Raises nothing for what a request can do; every fault comes as an error of the outcome."""
        try:
            prepared = self.prepare(document, operation_name, variables, viewer)
            if prepared.operation.kind != "query":
                raise Refusal([problem("BAD_USER_INPUT", f"A {prepared.operation.kind} cannot be run here.")])
            return await self.run(prepared, pools)
        except Refusal as refusal:
            return Outcome(errors=refusal.errors)
        except Exception as error:  # noqa: BLE001 - the boundary to the client: nothing of a fault may leak
            return outcome_of(error)

    def known(
        self, document: str, operation_name: str | None, variables: dict[str, Any] | None, viewer: Viewer
    ) -> Prepared | None:
        """What `prepare` gives, where the document was read and planned before; else None, at once. Raises Refusal."""
        if not self.documents.knows(document):
            return None
        try:
            return self._prepare(document, operation_name, variables or {}, viewer, plans_known=True)
        except Unplanned:
            return None

    @contextmanager
    def turn(self, document: str) -> Iterator[None]:
        """A turn of the thread that reads documents; equal ones share it, as they are read once. Raises Refusal where
        too many wait."""
        if document not in self._readings and len(self._readings) >= MOST_READINGS:
            message = "Too many new documents wait to be read. Try again in 1 second."
            raise Refusal([problem("THROTTLED", message, retryAfter=1)])
        self._readings[document] += 1
        try:
            yield
        finally:
            self._readings[document] -= 1
            if not self._readings[document]:
                del self._readings[document]

    async def prepare_aside(
        self, document: str, operation_name: str | None, variables: dict[str, Any] | None, viewer: Viewer
    ) -> Prepared:
        """What `prepare` gives, by a thread of its own, one at a time: to read and plan a large document takes so long
        that nobody else should wait for it. Take a `turn` first. Raises Refusal."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._reader, self.prepare, document, operation_name, variables, viewer)

    def prepare(
        self, document: str, operation_name: str | None, variables: dict[str, Any] | None, viewer: Viewer
    ) -> Prepared:
        """Everything that comes before running a query or a mutation. Never waits. Raises Refusal with errors that are
        the caller's own."""
        return self._prepare(document, operation_name, variables or {}, viewer, plans_known=False)

    def _prepare(
        self, document: str, operation_name: str | None, given: dict[str, Any], viewer: Viewer, *, plans_known: bool
    ) -> Prepared:
        try:
            operation = self.documents.operation(document, operation_name)
            values, shape = operation.variables.read(given)
            if operation.kind == "subscription":
                watch = self.watch(operation, shape, viewer, known=plans_known)
                followed = [values, watch.accounts(values, viewer)]
                return Prepared(operation, watch, given, followed, viewer, watch.cost.of(values))
            if operation.kind == "mutation":
                changes = self.changes(operation, values, shape, viewer, known=plans_known)
                calls = changes.calls(self.assembled, values, viewer)
                return Prepared(operation, changes, given, calls, viewer, changes.cost.of(values))
            plan = self.plan(operation, values, shape, viewer, known=plans_known)
            return Prepared(operation, plan, given, plan.arguments(values, viewer), viewer, plan.cost.of(values))
        except Refusal as refusal:
            raise Refusal(deepcopy(refusal.errors)) from None  # the cached ones stay as they are

    async def run(self, prepared: Prepared, pools: Pools) -> Outcome:
        """Run a query that was prepared. Raises nothing; a fault comes as an error of the outcome."""
        plan = prepared.plan
        try:
            assert isinstance(plan, Plan)  # noqa: S101 - mutations are run by backend/graphql/mutation
            if plan.needs_database:
                data = await self._run(plan.sql, plan.sql_with_viewer, prepared.arguments, prepared.viewer, pools)
            else:
                data = _constants(plan)
            if plan.kept:
                data = await self._with_kept(prepared, plan, data, pools)
            if plan.introspection:
                data = await self._with_introspection(prepared, plan, data)
            return Outcome(data)
        except Refusal as refusal:
            return Outcome(errors=refusal.errors)
        except Exception as error:  # noqa: BLE001 - as in `execute`
            return outcome_of(error)

    def plan(
        self,
        operation: Operation,
        values: dict[str, Any],
        shape: tuple[Any, ...],
        viewer: Viewer,
        *,
        known: bool = False,
    ) -> Plan:
        """The plan for a kind of viewer and a shape of variables, compiled at first use. Raises Refusal, and Unplanned
        where only a plan that is `known` will do."""
        prefixes = operation.prefixes(values, self.assembled.prefixes) if operation.looked_up else ()
        key = (operation, viewer.kind, viewer.permissions, shape, prefixes)
        return self._kept(
            key,
            lambda: compile_plan(
                self.assembled,
                operation,
                viewer.kind,
                viewer.permissions,
                operation.variables.shapes(shape),
                dict(zip(operation.looked_up, prefixes, strict=True)),
            ),
            known=known,
        )

    def changes(
        self,
        operation: Operation,
        values: dict[str, Any],
        shape: tuple[Any, ...],
        viewer: Viewer,
        *,
        known: bool = False,
    ) -> MutationPlan:
        """The plan of a mutation for a kind of viewer and a shape of variables. Raises as `plan` does."""
        return self._kept(
            (operation, viewer.kind, viewer.permissions, shape),
            lambda: compile_changes(
                self.assembled,
                operation,
                viewer.kind,
                viewer.permissions,
                operation.variables.shapes(shape),
            ),
            known=known,
        )

    def watch(self, operation: Operation, shape: tuple[Any, ...], viewer: Viewer, *, known: bool = False) -> WatchPlan:
        """The plan of a subscription for a kind of viewer and a shape of variables. Raises as `plan` does."""
        return self._kept(
            (operation, viewer.kind, viewer.permissions, shape),
            lambda: compile_watch(
                self.assembled,
                operation,
                viewer.kind,
                viewer.permissions,
                dict(zip(operation.variables.types, shape, strict=True)),
            ),
            known=known,
        )

    async def read_answer(
        self,
        plan: WatchPlan,
        key: UUID | None,
        more: Mapping[str, Any],
        values: dict[str, Any],
        viewer: Viewer,
        pools: Pools,
    ) -> bytes | None:
        """What a subscription tells of a row, as its viewer sees it; None where there is nothing to see."""
        arguments = plan.answer.arguments(plan.given(key, more), values, viewer)
        found = await self._run(plan.answer.sql, plan.sql_with_viewer, arguments, viewer, pools)
        return None if found == b"null" else found

    def _kept(self, key: Any, compile_it: Callable[[], AnyPlan], *, known: bool) -> AnyPlan:
        found: Any = self._plans.get(key)
        if found is None and known:
            raise Unplanned
        if found is None:
            try:
                found = compile_it()
            except Refusal as refusal:
                found = Refusal(refusal.errors)  # without its traceback, which would keep much alive
            self._plans.put(key, found, 2_000 if isinstance(found, Refusal) else found.weight)
        if isinstance(found, Refusal):
            raise Refusal(found.errors)
        return found  # type: ignore[no-any-return]

    async def _run(
        self, sql: str, sql_with_viewer: str, arguments: Sequence[Any], viewer: Viewer, pools: Pools
    ) -> bytes:
        """The JSON text that a statement gives, the viewer set in the form that the process was told."""
        account, person = str(viewer.account_id or ""), str(viewer.person_id or "")
        began = perf_counter()
        if self._viewer_form == "statement":
            text = await pools[viewer.kind].fetchval(sql_with_viewer, *arguments, account, person)
        else:
            async with pools[viewer.kind].acquire(sql) as connection, connection.transaction(readonly=True):
                await connection.fetchval(SET_VIEWER, account, person)
                text = await connection.fetchval(sql, *arguments)
        seconds = perf_counter() - began
        for observe in self.observers:
            observe(viewer.kind, seconds)
        return b"null" if text is None else text.encode()

    async def _with_kept(self, prepared: Prepared, plan: Plan, data: bytes, pools: Pools) -> bytes:
        """Put in its place what is asked by arguments that rows keep, which is read now that they are known. What
        cannot be used any more is null, and takes nothing else with it."""
        variables, shape = prepared.operation.variables.read(prepared.given)
        viewer, answered = prepared.viewer, orjson.loads(data)
        for one in wanted(answered, plan.kept, self.documents.coercers):
            try:
                read = await self._statement_of(prepared, shape, one)
            except Refusal:
                one.put(None)
                continue
            arguments = read.arguments(variables | one.values, viewer)
            try:
                one.put(orjson.Fragment(await self._run(read.sql, read.sql_with_viewer, arguments, viewer, pools)))
            except asyncpg.DataError:
                one.put(None)
        return orjson.dumps(answered)

    async def _statement_of(self, prepared: Prepared, shape: tuple[Any, ...], one: Wanted) -> Statement:
        """How it is read. Raises Refusal where what is kept cannot be used. Compiled aside, one at a time as documents
        are: it may be as large as the document."""
        operation, viewer, field = prepared.operation, prepared.viewer, one.field

        def compiled(*, known: bool) -> Statement:
            return self._kept(
                (operation, viewer.kind, viewer.permissions, shape, field.path, field.places, one.shape),
                lambda: compile_kept_field(
                    self.assembled,
                    operation,
                    viewer.kind,
                    viewer.permissions,
                    operation.variables.shapes(shape),
                    field,
                    one.shape,
                ),
                known=known,
            )

        try:
            return compiled(known=True)
        except Unplanned:
            return await asyncio.get_running_loop().run_in_executor(self._reader, lambda: compiled(known=False))

    async def _with_introspection(self, prepared: Prepared, plan: Plan, data: bytes) -> bytes:
        """Put what graphql-core says of the schema among the other fields. It depends on the document and its variables
        alone, takes long, and is therefore found aside, once."""
        operation, key = prepared.operation, (prepared.operation, prepared.given_key())
        found = self._introspected.get(key)
        if found is None:
            loop = asyncio.get_running_loop()
            found = await loop.run_in_executor(self._reader, self._introspect, operation, plan, prepared.given)
            self._introspected.put(key, found, len(found))
        if len(plan.introspection) == len(plan.keys):
            return found
        answered = {**orjson.loads(data), **orjson.loads(found)}
        return orjson.dumps({key: answered[key] for key in plan.keys})

    def _introspect(self, operation: Operation, plan: Plan, variables: dict[str, Any]) -> bytes:
        nodes = [node for field_nodes in plan.introspection.values() for node in field_nodes]
        tree, whole = operation.tree(), operation.node()
        asked = OperationDefinitionNode(
            operation=whole.operation,
            name=whole.name,
            variable_definitions=whole.variable_definitions,
            directives=(),
            selection_set=SelectionSetNode(selections=tuple(nodes)),
        )
        document = DocumentNode(definitions=(asked, *tree.fragments.values()))
        result: Any = execute_sync(self.assembled.graphql, document, variable_values=variables)
        if result.errors:
            raise result.errors[0]
        return orjson.dumps(result.data)


def _constants(plan: Plan) -> bytes:
    return orjson.dumps({key: "Query" for key in plan.keys if key not in plan.introspection})
