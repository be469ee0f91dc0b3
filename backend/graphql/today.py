"""What the page Today shows beside tasks and accounts: alerts, account by account."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import strawberry
from sqlalchemy import DateTime, Integer, Select, Text, case, cast, func, literal_column, select
from strawberry import UNSET

from backend.accounts.models import Account
from backend.alerts.models import Alert, AlertSeverity, AlertState
from backend.graphql.account_filter import AccountFilter, condition
from backend.graphql.planner import (
    Computed,
    Connection,
    connection,
    given,
    never_null,
    newest_first,
    row,
    to_many,
    to_one,
)
from backend.permissions import Permission

if TYPE_CHECKING:
    from backend.accounts.graphql import AccountType
    from backend.alerts.graphql import AlertType

ATTENTION = (AlertState.OPEN, AlertState.ACKNOWLEDGED)
"""The states of alerts that ask for attention: neither resolved nor put away."""
SEVERITIES = (AlertSeverity.INFO, AlertSeverity.WARNING, AlertSeverity.URGENT)
"""The least first."""


def _word(value: str) -> Any:
    return literal_column(f"'{value}'", Text())


def _asking(alert: type[Alert]) -> Any:
    # The first condition says nothing new; it is the one by which the index of open alerts is recognised.
    return (alert.state != _word(AlertState.RESOLVED)) & alert.state.in_([_word(state) for state in ATTENTION])


def _alerts_of(group: Any) -> Select[Alert]:
    return select(Alert).where(Alert.account_id == group.account_id, _asking(Alert))


def _newest_of(group: Any) -> Select[Alert]:
    return _alerts_of(group).order_by(Alert.opened_at.desc(), Alert.id.desc()).limit(1)


@row(permission=Permission.ACCOUNTS_INTERNAL)
class AlertGroupType:
    """[staff] The alerts of one account that ask for attention: open or acknowledged, not snoozed."""

    account: AccountType | None = to_one(lambda group: select(Account).where(Account.id == group.account_id))
    """The account."""
    severity: AlertSeverity
    """The highest among them."""
    alert_count: int
    """How many they are."""
    newest_at: datetime
    """When the newest was opened."""
    newest: AlertType | None = to_one(_newest_of)
    """The newest, whose sentence stands for them all."""
    alerts: Connection[AlertType] = to_many(_alerts_of, order_by=newest_first(Alert.opened_at))
    """All of them, newest first."""


@connection(AlertGroupType, permission=Permission.ACCOUNTS_INTERNAL)
def alert_groups(
    filter: Annotated[AccountFilter | None, strawberry.argument(description="Whose; all by default.")] = UNSET,  # noqa: A002 - the argument's name in the schema
) -> Computed:
    """[staff] Alerts that ask for attention, account by account: the most severe first, of equal ones the newest."""
    ranks = {_word(severity): literal_column(str(rank), Integer()) for rank, severity in enumerate(SEVERITIES)}
    words = {literal_column(str(rank), Integer()): _word(severity) for rank, severity in enumerate(SEVERITIES)}
    rank = func.max(case(ranks, value=Alert.severity))
    asking = select(
        Alert.account_id,
        rank.label("rank"),
        cast(func.count(), Integer()).label("alert_count"),
        func.max(Alert.opened_at, type_=DateTime(timezone=True)).label("newest_at"),
    ).where(_asking(Alert))
    if given(filter):
        asking = asking.where(Alert.account_id.in_(select(Account.id).where(condition(filter))))
    group = asking.group_by(Alert.account_id).subquery("asking")
    severity = case(words, value=group.c.rank).label("severity")
    return select(group.c.account_id, group.c.rank, severity, group.c.alert_count, group.c.newest_at).order_by(
        never_null(group.c.rank).desc(), never_null(group.c.newest_at).desc(), never_null(group.c.account_id).desc()
    )
