"""Mutations: one transaction a field, on the viewer's own database login, answered from inside it.

    @strawberry.input(description="…")
    class LogTouchpointInput:
        account_id: strawberry.ID = strawberry.field(description="…")
        idempotency_key: str | None = idempotency_key()

    @mutation_payload
    class LogTouchpointPayload:
        '''What came of logging a touchpoint.'''

        touchpoint: TouchpointType | None
        '''The touchpoint.'''

    @mutation(permission=Permission.ACCOUNTS_WRITE)
    async def log_touchpoint(info: Info, input: LogTouchpointInput) -> LogTouchpointPayload:
        '''[staff] Note a contact with an account.'''
        async with info.context.begin() as session:
            made = await service.log_touchpoint(session, info.context.viewer, account_id=…)
            return await payload(LogTouchpointPayload, info, touchpoint=made)

`key_in(input.account_id, "acct", field="accountId")` gives the uuid of a public id. A DomainError rolls back and
becomes a user error; NotSignedIn, Forbidden and whatever else is raised become errors of the operation.

context    Info, Context: the viewer, the transaction, the idempotency key; `payload`
execute    runs the fields of a mutation in their order
inputs     public ids and idempotency keys in inputs
"""

from backend.graphql.mutation.context import Context, Info, payload
from backend.graphql.mutation.execute import execute_mutation
from backend.graphql.mutation.inputs import absent_or, absent_or_key, idempotency_key, key_in, keys_in
from backend.graphql.planner import mutation, mutation_payload

__all__ = [
    "Context",
    "Info",
    "absent_or",
    "absent_or_key",
    "execute_mutation",
    "idempotency_key",
    "key_in",
    "keys_in",
    "mutation",
    "mutation_payload",
    "payload",
]
