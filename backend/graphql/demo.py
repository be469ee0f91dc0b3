"""What can be made to happen in the demo organization."""

from __future__ import annotations

from typing import TYPE_CHECKING

import strawberry

from backend.demo import actions
from backend.demo.actions import DemoAction
from backend.graphql.enums import describe
from backend.graphql.mutation import Info, key_in, mutation, mutation_payload, payload
from backend.permissions import Permission

if TYPE_CHECKING:
    from backend.accounts.graphql import AccountType

describe(
    DemoAction,
    "What can be made to happen in the demo organization.",
    BUSY_MORNING="All people of the customer sign in and work.",
    PAYMENT_FAILS="A payment of the customer's open invoice fails; asked for again, the second one.",
    ANGRY_TICKET="The customer writes to support in anger.",
    NEW_TEAMMATE="A new person joins the customer and signs in.",
    HELPDESK_SILENT="The helpdesk sends nothing more, until the next angry ticket; days later it counts as silent.",
    LATE_EVENTS="Events of the last five days arrive only now.",
)


@strawberry.input(description="What is to happen, and to whom.")
class RunDemoActionInput:
    """What is to happen, and to whom."""

    action: DemoAction = strawberry.field(description="What is to happen.")
    account_id: strawberry.ID | None = strawberry.field(
        description="To which account; left out, it is the largest that does well."
    )


@mutation_payload
class RunDemoActionPayload:
    """What came of having something happen."""

    account: AccountType | None
    """The account to which it happens; its numbers follow within seconds."""


@mutation(permission=Permission.ACCOUNTS_WRITE)
async def run_demo_action(info: Info, input: RunDemoActionInput) -> RunDemoActionPayload:  # noqa: A002 - its name in the schema
    """[staff] Have something happen in the demo organization; elsewhere it is refused. Needs accounts:write."""
    async with info.context.begin() as session:
        account = await actions.ask(
            session,
            info.context.viewer,
            action=DemoAction(input.action),
            account_id=key_in(input.account_id, "acct", field="accountId") if input.account_id else None,
        )
        return await payload(RunDemoActionPayload, info, account=account)
