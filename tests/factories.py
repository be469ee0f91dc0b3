"""Rows for tests, each made by one async function whose arguments override what does not matter to the test."""

from __future__ import annotations

import itertools
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from backend.accounts.models import Account, AccountInternal, HealthVisibility, Tier
from backend.identity import passwords
from backend.identity.models import Member, Person, Staff, StaffRole

_numbers = itertools.count(1)
PASSWORD = "correct horse battery staple"


async def make_tier(session: AsyncSession, key: str = "business", **values: Any) -> Tier:
    made = Tier(
        **{
            "key": key,
            "name": key.capitalize(),
            "rank": 1,
            "health_visibility": HealthVisibility.SCORE.value,
            "plans": [],
            **values,
        }
    )
    session.add(made)
    await session.flush()
    return made


async def make_account(session: AsyncSession, name: str = "", *, mrr_minor: int = 0, **values: Any) -> Account:
    number = next(_numbers)
    made = Account(
        **{"name": name or f"Account {number}", "customer_since": date(2024, 1, 1), **values},
    )
    session.add(made)
    await session.flush()
    session.add(AccountInternal(account_id=made.id, mrr_minor=mrr_minor))
    await session.flush()
    return made


async def make_person(session: AsyncSession, email: str = "", *, password: str | None = None, **values: Any) -> Person:
    email = email or f"person{next(_numbers)}@example.com"
    made = Person(**{"name": email.partition("@")[0], "email": email, "email_key": email.casefold(), **values})
    session.add(made)
    await session.flush()
    if password is not None:
        await passwords.store(session, made.id, password)
    return made


async def make_member(
    session: AsyncSession,
    account: Account | UUID,
    person: Person | None = None,
    *,
    email: str = "",
    password: str | None = None,
    **values: Any,
) -> Member:
    person = person or await make_person(session, email, password=password)
    account_id = account if isinstance(account, UUID) else account.id
    made = Member(**{"account_id": account_id, "person_id": person.id, "joined_on": date(2024, 1, 1), **values})
    session.add(made)
    await session.flush()
    return made


async def make_staff(
    session: AsyncSession,
    role: StaffRole = StaffRole.CSM,
    *,
    email: str = "",
    password: str | None = None,
    **values: Any,
) -> Staff:
    person = await make_person(session, email, password=password)
    made = Staff(**{"person_id": person.id, "role": role.value, **values})
    session.add(made)
    await session.flush()
    return made
