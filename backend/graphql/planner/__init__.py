"""The read planner: a GraphQL query becomes one SQL statement whose JSON goes out untouched.

Declaring (see docs/planner.md for everything)::

    from __future__ import annotations

    @node(Account, prefix="acct")
    class AccountType(Node):
        '''A company that is our customer.'''

        name: str
        '''The company's name.'''
        label: str = column(Account.name)                          # another name than the column's
        note: str | None = column(permission="accounts:internal")  # without it: FORBIDDEN
        mrr: Decimal = sql(Account, lambda a: a.mrr_minor / 100.0)
        csm: StaffType | None = to_one(Account.csm_id)
        milestones: list[MilestoneType] = to_many(Milestone.account_id, order_by=in_order(Milestone.position))
        badges: Connection[BadgeType] = to_many(Badge.account_id, order_by=newest_first(Badge.awarded_at))
        usage: list[UsagePointType] = to_many(usage_of)            # usage_of(account: type[Account], metric: str, …)
        similar: Connection[AccountType] | None = kept(accounts, filter=Account.similar)   # by what the row keeps
        price: MoneyType = embedded(lambda a: {"amount_minor": a.mrr_minor, "currency_code": a.currency})
        internal: AccountInternalType | None = same_row(gate="accounts:internal")   # without it: null

    @row(Account)                                                  # the same rows, seen as another type
    class AccountInternalType: ...

    @row()                                                         # of `embedded`, or of any Select: columns by name
    class MoneyType: ...

    @one(AccountType)                                              # module-level; its name is the field's
    def account(id: Annotated[strawberry.ID, strawberry.argument(description="Public id.")]) -> Select[Account]:
        '''One account.'''
        return select(Account).where(Account.id == key_of(id, "acct"))

    @connection(AccountType, order_by=in_order(Account.name), permission="accounts:read")
    def accounts(filter: AccountFilter | None = UNSET) -> Select[Account]:
        '''Accounts, in pages.'''
        chosen = select(Account)
        if given(filter) and given(filter.name_starts_with):       # structure is real, leaf values are bound late
            chosen = chosen.where(Account.name.startswith(filter.name_starts_with))
        if given(filter) and given(filter.tier_in):
            chosen = chosen.where(any_of(Account.tier, filter.tier_in))
        return chosen

    @mutation_payload                                              # `userErrors` is added
    class LogTouchpointPayload:
        touchpoint: TouchpointType | None                          # backend/graphql/mutation/ has the rest

    @mutation(permission="accounts:write")
    async def log_touchpoint(info: Info, input: LogTouchpointInput) -> LogTouchpointPayload: ...

    @subscription(AccountType, Topic.HEALTH, permission="accounts:read")
    def health_changed(account_ids: list[strawberry.ID] | None = None) -> None:
        '''An account whose live health changed.'''                # backend/graphql/live/ has the rest

Running::

    assembled = assemble(backend.accounts.graphql, backend.health.graphql)
    check(assembled, may_hide=lambda table, kind: …)               # raises DeclarationError with every fault
    planner = Planner(assembled, viewer_form=settings().viewer_form)
    outcome = await planner.execute(document, operation_name, variables, viewer, database.read)
    # outcome.data: bytes of `data` | None; outcome.errors: ready to send, each with extensions.code
    planner.operation(document, name).kind                         # "query", "mutation" or "subscription"
    planner.sdl; planner.assembled.strawberry                      # the SDL; the strawberry.Schema
"""

from backend.graphql.planner.assemble import Assembled, assemble
from backend.graphql.planner.changes import Call, MutationPlan
from backend.graphql.planner.check import check
from backend.graphql.planner.declare import (
    Connection,
    Node,
    PageInfo,
    column,
    connection,
    embedded,
    event,
    in_order,
    interface,
    kept,
    many,
    mutation,
    mutation_payload,
    newest_first,
    node,
    one,
    row,
    same_row,
    sql,
    subscription,
    to_many,
    to_one,
)
from backend.graphql.planner.document import Operation
from backend.graphql.planner.errors import DeclarationError, Refusal, problem
from backend.graphql.planner.late import (
    any_of,
    decode_id,
    encode_id,
    given,
    key_of,
    keys_of,
    of_viewer,
    viewer_account,
    viewer_kind,
    viewer_permissions,
    viewer_person,
    viewer_session,
)
from backend.graphql.planner.mappings import Change, Computed, Merged, Order, QueryField
from backend.graphql.planner.objects import public_id
from backend.graphql.planner.ordering import never_null
from backend.graphql.planner.outcome import Outcome, outcome_of
from backend.graphql.planner.rows import arguments_of
from backend.graphql.planner.run import Planner, Pools, Prepared
from backend.graphql.planner.scalars import JSON, URL, Decimal, Long, Markdown
from backend.graphql.planner.watches import WatchPlan

__all__ = [
    "JSON",
    "URL",
    "Assembled",
    "Call",
    "Change",
    "Computed",
    "Connection",
    "Decimal",
    "DeclarationError",
    "Long",
    "Markdown",
    "Merged",
    "MutationPlan",
    "Node",
    "Operation",
    "Order",
    "Outcome",
    "PageInfo",
    "Planner",
    "Pools",
    "Prepared",
    "QueryField",
    "Refusal",
    "WatchPlan",
    "any_of",
    "arguments_of",
    "assemble",
    "check",
    "column",
    "connection",
    "decode_id",
    "embedded",
    "encode_id",
    "event",
    "given",
    "in_order",
    "interface",
    "kept",
    "key_of",
    "keys_of",
    "many",
    "mutation",
    "mutation_payload",
    "never_null",
    "newest_first",
    "node",
    "of_viewer",
    "one",
    "outcome_of",
    "problem",
    "public_id",
    "row",
    "same_row",
    "sql",
    "subscription",
    "to_many",
    "to_one",
    "viewer_account",
    "viewer_kind",
    "viewer_permissions",
    "viewer_person",
    "viewer_session",
]
