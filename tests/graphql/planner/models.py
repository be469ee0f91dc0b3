"""Tables that only the planner's tests have, with row security for two logins."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import strawberry
from sqlalchemy import ARRAY, BigInteger, Date, DateTime, ForeignKey, Integer, MetaData, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class SampleBase(DeclarativeBase):
    metadata = MetaData()
    type_annotation_map = {  # noqa: RUF012
        str: Text,
        int: Integer,
        datetime: DateTime(timezone=True),
        date: Date,
        UUID: Uuid,
    }


@strawberry.enum(description="How large a customer is.")
class Tier(StrEnum):
    STARTER = "STARTER"
    BUSINESS = "BUSINESS"


class Staff(SampleBase):
    __tablename__ = "staff"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str]


class Account(SampleBase):
    __tablename__ = "accounts"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str]
    tier: Mapped[str]
    created_at: Mapped[datetime]
    customer_since: Mapped[date | None]
    mrr_minor: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str]
    score: Mapped[float | None]
    note: Mapped[str | None]
    traits: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    tags: Mapped[list[str]] = mapped_column(ARRAY(Text))
    csm_id: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    parent_id: Mapped[UUID | None] = mapped_column(ForeignKey("accounts.id"))


class Member(SampleBase):
    __tablename__ = "members"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id"), index=True)
    name: Mapped[str]
    seats: Mapped[int]
    last_seen_at: Mapped[datetime | None]


class Milestone(SampleBase):
    __tablename__ = "milestones"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id"), index=True)
    title: Mapped[str]
    position: Mapped[int]
    achieved_at: Mapped[datetime | None]


class BadgeAward(SampleBase):
    __tablename__ = "badge_awards"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id"), index=True)
    member_id: Mapped[UUID | None] = mapped_column(ForeignKey("members.id"))
    badge: Mapped[str]
    awarded_at: Mapped[datetime]


class UsageDay(SampleBase):
    __tablename__ = "usage_days"
    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id"), primary_key=True)
    metric: Mapped[str] = mapped_column(primary_key=True)
    on_day: Mapped[date] = mapped_column(primary_key=True)
    value: Mapped[float]


TABLES: list[type[SampleBase]] = [Staff, Account, Member, Milestone, BadgeAward, UsageDay]
MEMBER_RULES = {
    "staff": "true",
    "accounts": "id = (select nullif(current_setting('waymark.account_id', true), '')::uuid)",
}
OWN_ROWS = "account_id = (select nullif(current_setting('waymark.account_id', true), '')::uuid)"
