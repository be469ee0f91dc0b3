"""The set-up checklist: what leads from an empty Waymark to one's own accounts, ranked and explained."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Boolean, Integer, Select, Text, case, cast, func, literal_column, select, union_all

from backend.accounts.models import Account
from backend.alerts.models import AlertRule
from backend.graphql.planner import Computed, never_null, one, row, sql
from backend.health.models import CurrentHealth
from backend.identity.models import Member, MemberState, Organization, Staff
from backend.permissions import Permission
from backend.program.models import ProgramVersion
from backend.usage.models import Source, UsageDaily

MOST_COUNTED = 1_000


@row()
class SetupStepType:
    """[staff] A step of setting Waymark up."""

    key: str
    """The word for it."""
    title: str
    """What is to be done."""
    is_done: bool
    """Whether it is done."""
    href: str
    """Where in the console."""
    detail: str | None
    """How far it is, or how it is done."""


def _text(value: str) -> Any:
    return literal_column("'" + value.replace("'", "''") + "'", Text())


def _some(model: Any, *conditions: Any) -> Any:
    return select(literal_column("1")).select_from(model).where(*conditions).exists()


def _count(model: Any, noun: str, *conditions: Any) -> Any:
    """How many, counted up to a bound: a check list need not count a million."""
    some = select(literal_column("1")).select_from(model).where(*conditions).limit(MOST_COUNTED + 1).subquery()
    number = cast(select(func.count()).select_from(some).scalar_subquery(), Integer())
    more = case((number > MOST_COUNTED, _text("+")), else_=_text(""))
    return func.concat(func.least(number, MOST_COUNTED), more, _text(f" {noun}"), type_=Text())


def _steps() -> list[tuple[str, str, Any, str, Any]]:
    """Key, title, whether it is done, where it is done, and how far it is."""
    scored = CurrentHealth.score.is_not(None)
    return [
        (
            "organization",
            "Name the organization and its time zone",
            _some(Organization),
            "/system/portal",
            select(func.concat(Organization.name, _text(", "), Organization.time_zone)).limit(1).scalar_subquery(),
        ),
        (
            "program",
            "Apply a program: tiers, metrics, health",
            _some(ProgramVersion),
            "/programs/versions",
            select(
                func.coalesce(
                    _text("version ").concat(cast(func.max(ProgramVersion.number), Text())),
                    _text("waymark program apply"),
                )
            ).scalar_subquery(),
        ),
        (
            "source",
            "Name a source: a file, or a product that sends events",
            _some(Source),
            "/system/sources",
            _count(Source, "sources"),
        ),
        ("accounts", "Bring your accounts in", _some(Account), "/accounts", _count(Account, "accounts")),
        (
            "usage",
            "Bring in what they use",
            _some(UsageDaily),
            "/system/ingestion",
            _count(UsageDaily, "days of usage"),
        ),
        (
            "scores",
            "See them ranked, and why",
            _some(CurrentHealth, scored),
            "/accounts",
            _count(CurrentHealth, "accounts with a score", scored),
        ),
        (
            "alerts",
            "Have Waymark tell you what needs you",
            _some(AlertRule, ~AlertRule.is_retired),
            "/alerts",
            _count(AlertRule, "rules of alerts", ~AlertRule.is_retired),
        ),
        (
            "team",
            "Add your colleagues",
            select(func.count() > 1).select_from(Staff).where(Staff.is_active).scalar_subquery(),
            "/system/access",
            _count(Staff, "on the staff", Staff.is_active),
        ),
        (
            "customers",
            "Let customers see their own side",
            _some(Member, Member.state == MemberState.ACTIVE.value),
            "/system/portal",
            _count(Member, "members", Member.state == MemberState.ACTIVE.value),
        ),
    ]


def setup_steps_of(_system: Any) -> Computed:
    """The steps, in their order."""
    each = [
        select(
            literal_column(str(place), Integer()).label("place"),
            _text(key).label("key"),
            _text(title).label("title"),
            func.coalesce(done, literal_column("false"), type_=Boolean()).label("is_done"),
            _text(href).label("href"),
            detail.label("detail"),
        )
        for place, (key, title, done, href, detail) in enumerate(_steps())
    ]
    step = union_all(*each).subquery("step")
    return select(step).order_by(never_null(step.c.place))


def _open(_organization: Any) -> Any:
    undone = (case((done, literal_column("0")), else_=literal_column("1")) for _, _, done, _, _ in _steps())
    return cast(sum(undone, literal_column("0", Integer())), Integer())


@row(Organization)
class SetupType:
    """[staff] How far this Waymark is set up."""

    open_step_count: int = sql(Organization, _open)
    """How many steps are not done; `system { setupSteps }` has all of them."""


@one(SetupType, permission=Permission.ORGANIZATION_READ, gate=Permission.SYSTEM_READ)
def setup() -> Select[Organization]:
    """[staff] How far this Waymark is set up; null without system:read."""
    return select(Organization)
