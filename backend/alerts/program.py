"""`alerts.yaml`: what is worth an alert, how soon, and who is told."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Annotated, Any

from pydantic import Field, StringConstraints, model_validator
from sqlalchemy import case, func, text, update
from sqlalchemy.dialects.postgresql import insert

from backend.account_filter import account_condition
from backend.accounts.program import Tiers
from backend.accounts.vocabulary import Accounts
from backend.alerts import models
from backend.alerts.events import AlertChanged
from backend.alerts.models import AlertSeverity, AlertState
from backend.db.engine import WriteSession
from backend.events import emit_all
from backend.filters import FilterInvalid
from backend.health.models import RetentionCategory
from backend.identity.models import StaffRole
from backend.program.section import Key, Problem, Program, Section, Words, nearest
from backend.reactions import REACTIONS
from backend.usage.program import Metrics, unknown

FILE = "alerts.yaml"
PLACEHOLDER = re.compile(r"\{(\w+)\}")
HEAR = "alerts.hear"
RETIRE = text(
    """
with closing as (
    select id, state from alerts
    where state <> 'RESOLVED' and rule_key in (select key from alert_rules where is_retired) order by id for update
)
update alerts a set state = 'RESOLVED', snoozed_until = null, resolved_at = waymark_now(), resolution = 'RULE_RETIRED'
from closing c where c.id = a.id returning a.id, a.account_id, a.rule_key, c.state as before
"""
)
Percent = Annotated[float, Field(gt=0, le=100)]
EventName = Annotated[str, StringConstraints(min_length=1, max_length=200)]


class UseFalls(Section):
    """Use in the last whole days against as many days before them."""

    days: Annotated[int, Field(ge=1, le=180)]
    percent: Percent
    """Opens when use fell by so much or more."""
    recovered_at: Percent
    """Closes when the fall is smaller than this, which is less than `percent`, so that it does not flap."""
    least_before: Annotated[float, Field(ge=0)] = 0
    """Least use in the days before; below that a fall says nothing. In units of the metrics, summed."""
    metrics: tuple[Key, ...] = ()
    """Left out: every core metric."""

    @model_validator(mode="after")
    def _closes_later(self) -> UseFalls:
        if self.recovered_at >= self.percent:
            raise ValueError("recovered_at should be less than percent, or the alert would open and close in turns")
        return self


class Happens(Section):
    """Something happened: each occurrence counts once, and more of them while the alert is open add to it."""

    events: tuple[EventName, ...] = ()
    """Events of sources, by their names, such as `Subscription Cancellation Requested`."""
    facts: tuple[EventName, ...] = ()
    """What Waymark itself has noticed, such as `PaymentFailed`."""
    over_after: tuple[EventName, ...] = ()
    """What Waymark notices when the reason is over, such as `PaymentRecovered`: it closes, and what it forces ends."""
    quiet_after_days: Annotated[int, Field(ge=1, le=365)] = 30
    """Closes by itself after so many days without another occurrence."""

    @model_validator(mode="after")
    def _names_something(self) -> Happens:
        if not self.events and not self.facts:
            raise ValueError("names neither events nor facts; name at least one")
        return self


class Holds(Section):
    """A condition on the account, in the filter language."""

    when: dict[str, Any]
    until: dict[str, Any]
    """Closes when this holds. Leave room between the two, so that the alert does not flap."""


class Notify(Section):
    """Who is told."""

    success_manager: bool = False
    """The account's success manager; where it has none, the managers."""
    owners: tuple[Key, ...] = ()
    """Roles in which staff look after accounts, as `accounts.yaml` declares them."""
    roles: tuple[StaffRole, ...] = ()


class Category(Section):
    """The retention category that an open alert forces, beside the score."""

    category: RetentionCategory
    days: Annotated[int, Field(ge=1, le=365)]


class Rule(Section):
    """One rule."""

    name: Words
    severity: AlertSeverity
    use_falls: UseFalls | None = None
    happens: Happens | None = None
    holds: Holds | None = None
    sentence: Words
    """What is said, with {percent}, {before}, {recent}, {days} of use_falls, {count} of happens."""
    notify: Notify = Notify()
    forces: Category | None = None

    @model_validator(mode="after")
    def _has_one_reason(self) -> Rule:
        if sum(reason is not None for reason in (self.use_falls, self.happens, self.holds)) != 1:
            raise ValueError("needs exactly one of use_falls, happens and holds")
        known = self.placeholders
        unknown_ones = [name for name in PLACEHOLDER.findall(self.sentence) if name not in known]
        if unknown_ones:
            raise ValueError(f"the sentence knows {', '.join(known) or 'no placeholders'} and not {unknown_ones[0]}")
        return self

    @property
    def placeholders(self) -> tuple[str, ...]:
        """Names that the sentence may fill in."""
        return ("percent", "before", "recent", "days") if self.use_falls else ("count",) if self.happens else ()


class Alerts(Section):
    """The whole file."""

    alerts: Annotated[dict[Key, Rule], Field(max_length=100)] = Field(default_factory=dict)


def facts() -> tuple[str, ...]:
    """What Waymark notices itself and a rule may name: domain events that `alerts.hear` reacts to."""
    return tuple(sorted(name for name, causes in REACTIONS.items() if any(one.kind == HEAR for one in causes)))


def check(section: Alerts, program: Program) -> Iterator[Problem]:
    """Metrics, facts and conditions must be known."""
    metrics = program.section(Metrics)
    words = {"metric": tuple(metrics.metrics), "tier": tuple(program.section(Tiers).tiers)}
    words["stage"] = tuple(program.section(Accounts).stages)
    owner_roles = tuple(program.section(Accounts).owner_roles)
    for key, rule in section.alerts.items():
        here = ("alerts", key)
        for place, metric in enumerate(rule.use_falls.metrics if rule.use_falls else ()):
            if metric not in metrics.metrics:
                yield Problem((*here, "use_falls", "metrics", place), unknown(metric, metrics))
        for field in ("facts", "over_after") if rule.happens else ():
            for place, fact in enumerate(getattr(rule.happens, field)):
                if fact not in facts():
                    message = f"{fact} is nothing that Waymark notices. {nearest(fact, facts())}"
                    yield Problem((*here, "happens", field, place), message)
        for place, role in enumerate(rule.notify.owners):
            if role not in owner_roles:
                message = f"{role} is no role of accounts.yaml. {nearest(role, owner_roles)}"
                yield Problem((*here, "notify", "owners", place), message)
        if rule.holds:
            for side, given in (("when", rule.holds.when), ("until", rule.holds.until)):
                try:
                    account_condition(given, words)
                except FilterInvalid as error:
                    yield from (Problem((*here, "holds", side, *where), what) for where, what in error.problems)


async def apply(session: WriteSession, section: Alerts, _program: Program) -> None:
    """Make `alert_rules` equal to the file. Open alerts of a rule that it does not name any more are resolved."""
    rows = [
        {
            "key": key,
            "name": rule.name,
            "severity": rule.severity.value,
            "definition": rule.model_dump(mode="json", exclude_none=True),
            "is_retired": False,
        }
        for key, rule in section.alerts.items()
    ]
    if rows:
        statement = insert(models.AlertRule).values(rows)
        await session.execute(
            statement.on_conflict_do_update(
                index_elements=["key"],
                set_={
                    **{name: statement.excluded[name] for name in rows[0] if name != "key"},
                    # A rule that comes back begins anew: what occurred while it was away is no reason.
                    "in_force_since": case(
                        (models.AlertRule.is_retired, func.waymark_now()), else_=models.AlertRule.in_force_since
                    ),
                },
            )
        )
    gone = models.AlertRule.key.not_in(list(section.alerts))
    await session.execute(update(models.AlertRule).where(gone).values(is_retired=True))
    closed = await session.execute(RETIRE)
    changed = [
        AlertChanged(
            account_id=row.account_id,
            alert_id=row.id,
            rule_key=row.rule_key,
            before=row.before,
            after=AlertState.RESOLVED,
        )
        for row in closed
    ]
    await emit_all(session, changed)
