"""Which rows the fields of the product's schema lead to, written down once more in Python from what they say.

Each function takes a row, the row that the field belongs to (None for fields of Query), the arguments as a client sends
them, and who asks.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from backend.accounts.models import Account, DefaultView
from backend.identity.models import Person
from backend.viewer import Viewer
from backend.work import WorkItem


@dataclass(frozen=True)
class Asked:
    """What a choice may depend on beside the rows."""

    arguments: dict[str, Any]
    viewer: Viewer
    today: date
    visible: Callable[[Any, Any], Any]
    """Finds the row of a model by its key, where the viewer may see it."""

    def wants(self, name: str, value: Any) -> bool:
        """Whether an argument was left out, or is the value."""
        return self.arguments.get(name) in (None, value)

    def names(self, name: str, prefix: str, key: Any) -> bool:
        """Whether an argument was left out, or is the public id of the key."""
        if self.arguments.get(name) is None:
            return True
        return key is not None and key_in(self.arguments[name], prefix) == key


def key_in(public_id: str, prefix: str) -> UUID | None:
    """The key in a public id."""
    found = re.fullmatch(rf"{prefix}_([0-9a-f]{{32}})", public_id, re.ASCII)
    return UUID(found[1]) if found else None


def _every(_row: Any, _parent: Any, _asked: Asked) -> bool:
    return True


def _in_account(row: Any, internal: Any, _asked: Asked) -> bool:
    return bool(row.account_id_ == internal.account_id_)


def _task(row: Any, asked: Asked) -> bool:
    chosen = asked.arguments.get("filter") or {}
    by = Asked(chosen, asked.viewer, asked.today, asked.visible)
    late = row.state_ == "OPEN" and row.due_on_ is not None and row.due_on_ < asked.today
    due_before = chosen.get("dueBefore")
    return (
        (chosen.get("state") is None or row.state_ in chosen["state"])
        and by.names("accountId", "acct", row.account_id_)
        and by.names("assigneeId", "staff", row.assignee_id_)
        and by.wants("isAssigned", row.assignee_id_ is not None)
        and (due_before is None or (row.due_on_ is not None and row.due_on_ < date.fromisoformat(due_before)))
        and by.wants("isOverdue", late)
    )


def _alert(row: Any, _parent: Any, asked: Asked) -> bool:
    chosen = asked.arguments.get("filter") or {}
    by = Asked(chosen, asked.viewer, asked.today, asked.visible)
    lists = {"state": row.state_, "severity": row.severity_, "ruleKey": row.rule_key_}
    return (
        by.wants("isOpen", row.state_ != "RESOLVED")
        and by.names("accountId", "acct", row.account_id_)
        and by.wants("isMine", _is_mine(row, asked))
        and by.wants("isJudged", row.is_useful_ is not None)
        and all(chosen.get(name) is None or value in chosen[name] for name, value in lists.items())
    )


def _is_mine(row: Any, asked: Asked) -> bool:
    own = asked.visible("Staff of the viewer", None)
    return own is not None and asked.visible(Account, row.account_id_).success_manager_id_ == own


def _is_entry(kind: str, row: Any, internal: Any, asked: Asked) -> bool:
    return row.account_id_ == internal.account_id_ and (
        asked.arguments.get("kinds") is None or kind in asked.arguments["kinds"]
    )


def _is_colleague(row: Any, asked: Asked) -> bool:
    person, part = asked.visible(Person, row.person_id_), asked.arguments.get("text")
    words = f"{(person.name_ or '').lower()} {person.email_key_ or ''}"
    return (
        person.erased_at_ is None
        and asked.wants("isActive", row.is_active_)
        and (part is None or part.lower() in words)
    )


def _is_default(row: Any, asked: Asked) -> bool:
    chosen = asked.visible(DefaultView, asked.visible("Staff of the viewer", None))
    return chosen is not None and chosen.view_id_ == row.id_ and row.deleted_at_ is None


def _asks(row: Any, group: Any, _asked: Asked) -> bool:
    return row.account_id_ == group.account_id_ and row.state_ in ("OPEN", "ACKNOWLEDGED")


def _work(row: Any, _parent: Any, asked: Asked) -> bool:
    state = "WAITING" if row.lease_until_ is None else "RUNNING"
    state = "PARKED" if row.parked_at_ is not None else state
    state = "FINISHED" if row.finished_at_ is not None else state
    return asked.wants("state", state) and asked.wants("kind", row.kind_)


def _delivery(row: Any, endpoint: Any, asked: Asked) -> bool:
    item = None if row.work_item_id_ is None else asked.visible(WorkItem, row.work_item_id_)
    is_parked = row.state_ == "PENDING" and item is not None and item.parked_at_ is not None
    return row.endpoint_id_ == endpoint.id_ and asked.wants("state", "PARKED" if is_parked else row.state_)


def _person(row: Any, _parent: Any, asked: Asked) -> bool:
    part = asked.arguments.get("text")
    texts = [text for text in ((row.name_ or "").lower(), row.email_key_) if text is not None]
    works_here = asked.visible("Staff of a person", row.id_) is not None
    return (
        row.erased_at_ is None
        and (part is None or any(part.lower() in text for text in texts))
        and asked.wants("isStaff", works_here)
    )


def _in_force(row: Any, account: Any, asked: Asked) -> bool:
    return (
        row.account_id_ == account.id_
        and row.superseded_on_ is None
        and row.starts_on_ <= asked.today
        and (row.ends_on_ is None or row.ends_on_ > asked.today)
    )


CHOSEN: dict[str, Callable[[Any, Any, Asked], bool]] = {
    "Viewer.person": lambda row, _, asked: row.id_ == asked.viewer.person_id,
    "Viewer.profile": lambda row, _, asked: row.id_ == asked.viewer.person_id,
    "Viewer.member": lambda row, _, asked: (
        (row.person_id_, row.account_id_) == (asked.viewer.person_id, asked.viewer.account_id)
    ),
    "Viewer.account": lambda row, _, asked: row.id_ == asked.viewer.account_id,
    "Viewer.staff": lambda row, _, asked: row.person_id_ == asked.viewer.person_id,
    "Viewer.twoFactor": lambda row, _, asked: row.person_id_ == asked.viewer.person_id and row.enabled_at_ is not None,
    "Viewer.sessions": lambda row, _, asked: (
        row.person_id_ == asked.viewer.person_id and row.ended_at_ is None and row.expires_at_ > datetime.now(UTC)
    ),
    "Viewer.notifications": lambda row, _, asked: (
        row.person_id_ == asked.viewer.person_id and row.in_app_ and asked.wants("isRead", row.read_at_ is not None)
    ),
    "Viewer.defaultView": lambda row, _, asked: _is_default(row, asked),
    "Query.staff": lambda row, _, asked: _is_colleague(row, asked),
    "System.programVersions": _every,
    "Query.savedViews": lambda row, _, __: row.deleted_at_ is None,
    "Organization.tiers": lambda row, _, __: not row.is_retired_,
    "Organization.stages": lambda row, _, __: not row.is_retired_,
    "Organization.metrics": _every,
    "Account.tier": lambda row, account, _: row.key_ == account.tier_key_,
    "Account.members": lambda row, account, asked: row.account_id_ == account.id_ and asked.wants("state", row.state_),
    "Account.subscriptions": _in_force,
    "Account.internal": lambda row, account, _: row.account_id_ == account.id_,
    "AccountInternal.owners": _in_account,
    "AccountInternal.pulses": _in_account,
    "AccountInternal.timeline AccountEvent": lambda row, internal, asked: (
        _is_entry("EVENT", row, internal, asked)
        and (
            row.type_.startswith("Member")
            or row.type_ in ("AccountReassigned", "AccountOwnerChanged")
            or row.type_ in ("AccountTagged", "AccountTraitsChanged", "TaskCreated", "TaskClosed", "TaskReopened")
        )
    ),
    "AccountInternal.timeline Alert": lambda row, internal, asked: _is_entry("ALERT", row, internal, asked),
    "AccountInternal.timeline BillingFact": lambda row, internal, asked: (
        _is_entry("BILLING", row, internal, asked) and row.superseded_on_ is None
    ),
    "AccountInternal.timeline HealthOverride": lambda row, internal, asked: _is_entry("OVERRIDE", row, internal, asked),
    "AccountInternal.timeline Note": lambda row, internal, asked: (
        _is_entry("NOTE", row, internal, asked) and row.deleted_at_ is None
    ),
    "AccountInternal.timeline Pulse": lambda row, internal, asked: (
        _is_entry("PULSE", row, internal, asked) and row.withdrawn_at_ is None
    ),
    "AccountInternal.timeline Ticket": lambda row, internal, asked: (
        _is_entry("TICKET", row, internal, asked) and row.superseded_on_ is None
    ),
    "AccountInternal.timeline Touchpoint": lambda row, internal, asked: _is_entry("TOUCHPOINT", row, internal, asked),
    "AccountEvent.person": lambda row, event, _: row.id_ == event.person_id_,
    "AccountInternal.touchpoints": _in_account,
    "AccountInternal.overrides": _in_account,
    "AccountInternal.notes": lambda row, internal, asked: (
        row.account_id_ == internal.account_id_
        and (row.deleted_at_ is not None) == bool(asked.arguments.get("areDeleted"))
    ),
    "AccountInternal.billingTimeline": lambda row, internal, asked: (
        row.account_id_ == internal.account_id_ and row.superseded_on_ is None and asked.wants("kind", row.kind_)
    ),
    "Account.invoices": lambda row, account, _: row.account_id_ == account.id_ and row.superseded_on_ is None,
    "AccountInternal.invoices": lambda row, internal, _: (
        row.account_id_ == internal.account_id_ and row.superseded_on_ is None
    ),
    "AccountInternal.tickets": lambda row, internal, _: (
        row.account_id_ == internal.account_id_ and row.superseded_on_ is None
    ),
    "AccountInternal.tasks": lambda row, internal, asked: row.account_id_ == internal.account_id_ and _task(row, asked),
    "AccountOwner.role": lambda row, owner, _: row.key_ == owner.role_key_,
    "Ingestion.rejects": lambda row, _, asked: (
        asked.wants("code", row.code_) and asked.names("sourceId", "src", row.source_id_)
    ),
    "Ingestion.unresolved": _every,
    "Ingestion.writeKeys": _every,
    "LimitStatus.metric": lambda row, limit, _: row.key_ == limit.key_,
    "TierLimit.metric": lambda row, limit, _: row.key_ == limit.key_,
    "MetricUsage.metric": lambda row, usage, _: row.key_ == usage.key_,
    "HealthModelVersion.leaves": lambda row, model, _: (row.model_version_, row.profile_) == (model.version_, 0),
    "MrrMovement.account": lambda row, movement, _: row.id_ == movement.account_id_,
    "WebhookEndpoint.deliveries": _delivery,
    "AuditEntry.person": lambda row, entry, _: row.id_ == entry.actor_person_id_,
    "AuditEntry.account": lambda row, entry, _: row.id_ == entry.account_id_,
    "System.work": _work,
    "System.audit": lambda row, _, asked: (
        asked.names("accountId", "acct", row.account_id_)
        and asked.names("personId", "prsn", row.actor_person_id_)
        and asked.wants("action", row.action_)
    ),
    "System.applications": lambda row, _, __: row.removed_at_ is None,
    "System.webhookEndpoints": _every,
    "System.apiKeys": _every,
    "Query.portal": _every,
    "Query.organization": _every,
    "Query.system": _every,
    "Query.setup": _every,
    "Query.people": _person,
    "Query.apiKeys": _every,
    "Query.inboundMails": lambda row, _, asked: row.state_ == (asked.arguments.get("state") or "REJECTED"),
    "Query.account": lambda row, _, asked: row.id_ == key_in(asked.arguments["id"], "acct"),
    "Query.traits": lambda row, _, __: not row.is_retired_,
    "Query.ownerRoles": lambda row, _, __: not row.is_retired_,
    "Query.tasks": lambda row, _, asked: _task(row, asked),
    "Query.myTasks": lambda row, _, asked: (
        row.assignee_id_ is not None
        and asked.visible("Staff of the viewer", None) == row.assignee_id_
        and _task(row, asked)
    ),
    "Query.sources": _every,
    "Query.healthModelVersions": _every,
    "Query.alerts": _alert,
    "AlertGroup.account": lambda row, group, _: row.id_ == group.account_id_,
    "AlertGroup.alerts": _asks,
    "Query.alertRules": _every,
}
"""By type and field; what is not here is read by the declared statement, as it stands, for one row at a time."""
