"""The one table of what follows from what: type of event → kinds of work. Read it to know all side effects."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Reaction:
    """One kind of work that an event causes."""

    kind: str
    args: tuple[str, ...] = ()
    """Fields of the event that the work is given under the same names."""
    key: str | None = None
    """A field of the event: works of the same value are twins, one run answers them all. Without it each event has a
    work of its own, which is given `event_id` too."""


_GIVEN = (Reaction("notifications.tell_of_task"),)
_TOLD = Reaction("notifications.tell_members")
_HEARD = (Reaction("alerts.hear"),)
_WARNED = (Reaction("identity.mail_change"),)

REACTIONS: Mapping[str, tuple[Reaction, ...]] = {
    # Tiers may name other plans, the model may weigh otherwise, people may be accounts: it shows at once, not at the
    # next schedule.
    "ProgramApplied": (
        Reaction("billing.derive_accounts", key="number"),
        Reaction("health.sweep", key="number"),
        Reaction("ingest.resolve", key="number"),
    ),
    "MemberJoined": (_TOLD,),
    "MemberInvited": (Reaction("identity.mail_invitation", ("member_id",), key="member_id"),),
    # Whose way in was changed learns of it, for it may have been somebody else.
    "PasswordChanged": _WARNED,
    "TwoFactorEnabled": _WARNED,
    "TwoFactorDisabled": _WARNED,
    # What `alerts.yaml` may name as a fact.
    "PaymentFailed": (*_HEARD, _TOLD),
    "SecondPaymentFailed": _HEARD,
    "CustomerStandingChanged": (_TOLD,),
    "LimitNear": (_TOLD,),
    "LimitReached": (_TOLD,),
    "PaymentRecovered": _HEARD,
    "PaymentDisputed": _HEARD,
    "InvoiceOverdue": _HEARD,
    "SubscriptionCancellationScheduled": _HEARD,
    "SubscriptionCancellationWithdrawn": _HEARD,
    "SubscriptionChurned": _HEARD,
    "TicketOpened": _HEARD,
    "TicketResolved": _HEARD,
    "NegativeTicket": _HEARD,
    # Whoever is to know is told.
    "AlertOpened": (Reaction("alerts.tell"),),
    "AlertChanged": (Reaction("alerts.tell"),),
    "TaskCreated": _GIVEN,
    "TaskAssigned": _GIVEN,
}
