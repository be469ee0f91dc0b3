"""What staff change of accounts: who looks after them, tags, traits. What sources state is in `service.py`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert

from backend.accounts import queries
from backend.accounts import traits as traits_
from backend.accounts.events import AccountOwnerChanged, AccountReassigned, AccountTagged, AccountTraitsChanged
from backend.accounts.models import Account, AccountInternal, AccountOwner, OwnerRole, Trait, TraitKind
from backend.db.engine import WriteSession
from backend.errors import InvalidInput, LimitReached, NotFound
from backend.events import emit
from backend.identity import audit
from backend.identity import queries as identity
from backend.permissions import Permission
from backend.program.section import nearest
from backend.texts import line
from backend.viewer import Viewer

MOST_ACCOUNTS = 100
MOST_TAGS = 50
LONGEST_TAG = 50


async def update_accounts(
    session: WriteSession,
    viewer: Viewer,
    *,
    account_ids: Sequence[UUID],
    success_manager_id: tuple[UUID | None] | None = None,
    add_tags: Sequence[str] = (),
    remove_tags: Sequence[str] = (),
) -> list[UUID]:
    """Change up to 100 accounts alike, all or none; returns their ids in the order that was given.

    None leaves the success manager, `(None,)` takes them away. A tag that is both added and removed is removed. Raises
    NotFound for the first account that does not exist, LimitReached beyond 100 accounts or 50 tags of one.
    """
    viewer.require(Permission.ACCOUNTS_WRITE)
    if len(account_ids) > MOST_ACCOUNTS:
        raise LimitReached(
            f"{MOST_ACCOUNTS} accounts at a time; send several changes.",
            field=["accountIds"],
            params={"most": MOST_ACCOUNTS},
        )
    if success_manager_id is not None and success_manager_id[0] is not None:
        await identity.require_staff(session, success_manager_id[0], field="successManagerId")
    added = [line(tag, field="addTags", most=LONGEST_TAG) for tag in add_tags]
    removed = {line(tag, field="removeTags", most=LONGEST_TAG) for tag in remove_tags}
    managers = await _locked(session, account_ids)
    if success_manager_id is not None:
        for account_id, before in managers.items():
            await _reassign(session, viewer, account_id, before, success_manager_id[0])
    if added or removed:
        await _tag(session, viewer, list(managers), added, removed)
    return list(account_ids)


async def _locked(session: WriteSession, account_ids: Sequence[UUID]) -> dict[UUID, UUID | None]:
    """The success managers of accounts that are held until the end, in the order of their ids. Raises NotFound."""
    rows = await session.execute(
        select(Account.id, Account.success_manager_id)
        .where(Account.id.in_(account_ids))
        .order_by(Account.id)
        .with_for_update()
    )
    found = dict(rows.all())
    for place, account_id in enumerate(account_ids):
        if account_id not in found:
            raise NotFound("There is no such account, or you may not see it.", field=["accountIds", str(place)])
    return found


async def _reassign(
    session: WriteSession, viewer: Viewer, account_id: UUID, before: UUID | None, after: UUID | None
) -> None:
    if before == after:
        return
    await session.execute(
        update(Account)
        .where(Account.id == account_id)
        .values(success_manager_id=after)
        .execution_options(synchronize_session=False)
    )
    await emit(session, AccountReassigned(account_id=account_id, before=before, after=after))
    await audit.record_of(
        session,
        viewer,
        "account.reassigned",
        subject=f"account:{account_id}",
        account_id=account_id,
        before={"successManager": _word(before)},
        after={"successManager": _word(after)},
    )


async def _tag(
    session: WriteSession, viewer: Viewer, account_ids: Sequence[UUID], added: Sequence[str], removed: set[str]
) -> None:
    rows = await session.execute(
        select(AccountInternal.account_id, AccountInternal.tags)
        .where(AccountInternal.account_id.in_(account_ids))
        .order_by(AccountInternal.account_id)
        .with_for_update()
    )
    for account_id, tags in rows.all():
        kept = [tag for tag in dict.fromkeys([*tags, *added]) if tag not in removed]
        if kept == tags:
            continue
        if len(kept) > MOST_TAGS:
            raise LimitReached(
                f"An account has at most {MOST_TAGS} tags.", field=["addTags"], params={"most": MOST_TAGS}
            )
        await _internal(session, account_id, {"tags": kept})
        event = AccountTagged(
            account_id=account_id, added=len(set(kept) - set(tags)), removed=len(set(tags) - set(kept))
        )
        await emit(session, event)
        await audit.record_of(
            session, viewer, "account.tagged", subject=f"account:{account_id}", account_id=account_id, after=event.body
        )


async def set_owner(
    session: WriteSession, viewer: Viewer, *, account_id: UUID, role: str, staff_id: UUID | None
) -> UUID:
    """Give somebody of the staff a role for an account, or nobody; returns the account's id.

    Raises NotFound, and InvalidInput for a role that the running program does not declare.
    """
    viewer.require(Permission.ACCOUNTS_WRITE)
    await queries.require(session, account_id)
    known = set(await session.scalars(select(OwnerRole.key).where(OwnerRole.is_retired.is_(False))))
    if role not in known:
        raise InvalidInput(f"{role!r} is no role of owners. {nearest(role, known)}", field=["role"])
    which = AccountOwner.account_id == account_id, AccountOwner.role_key == role
    before = await session.scalar(select(AccountOwner.staff_id).where(*which).with_for_update())
    if before == staff_id:
        return account_id
    if staff_id is None:
        await session.execute(delete(AccountOwner).where(*which).execution_options(synchronize_session=False))
    else:
        await identity.require_staff(session, staff_id, field="staffId")
        statement = insert(AccountOwner).values(account_id=account_id, role_key=role, staff_id=staff_id)
        await session.execute(
            statement.on_conflict_do_update(
                index_elements=[AccountOwner.account_id, AccountOwner.role_key], set_={"staff_id": staff_id}
            )
        )
    await emit(session, AccountOwnerChanged(account_id=account_id, role=role, before=before, after=staff_id))
    await audit.record_of(
        session,
        viewer,
        "account.owner_changed",
        subject=f"account:{account_id}",
        account_id=account_id,
        before={role: _word(before)},
        after={role: _word(staff_id)},
    )
    return account_id


async def set_traits(
    session: WriteSession, viewer: Viewer, *, account_id: UUID, traits: Sequence[tuple[str, object]]
) -> UUID:
    """Set traits that the running program declares, or take them away with None; returns the account's id.

    Others stay. Raises NotFound, and InvalidInput for an unknown trait or a value that is not of its kind.
    """
    viewer.require(Permission.ACCOUNTS_WRITE)
    await queries.require(session, account_id)
    rows = await session.scalars(select(Trait).where(Trait.is_retired.is_(False)))
    declared = {trait.key: trait for trait in rows}
    wanted: dict[str, Any] = {}
    for place, (key, value) in enumerate(traits):
        field = ["traits", str(place)]
        if key not in declared:
            raise InvalidInput(f"{key!r} is no trait. {nearest(key, declared)}", field=[*field, "key"])
        wanted[key] = None if value is None else _checked(declared[key], value, [*field, "value"])
    before = (
        await session.execute(
            select(AccountInternal.traits).where(AccountInternal.account_id == account_id).with_for_update()
        )
    ).scalar_one()
    after = {key: value for key, value in {**before, **wanted}.items() if value is not None}
    changed = sorted(key for key in wanted if before.get(key) != after.get(key))
    if changed:
        await _internal(session, account_id, {"traits": after})
        await emit(session, AccountTraitsChanged(account_id=account_id, keys=",".join(changed)))
        await audit.record_of(
            session,
            viewer,
            "account.traits_changed",
            subject=f"account:{account_id}",
            account_id=account_id,
            after={"changed": changed},
        )
    return account_id


def _checked(trait: Trait, value: object, field: Sequence[str]) -> str | float | bool:
    """A value of the trait's kind. Raises InvalidInput."""
    found = traits_.fitting(trait.kind, trait.choices, value)
    if found is not None:
        return found
    words = {
        TraitKind.BOOLEAN: "true or false",
        TraitKind.NUMBER: "a number",
        TraitKind.DATE: "a day such as 2026-05-01",
        TraitKind.CHOICE: f"one of {', '.join(trait.choices)}",
    }.get(TraitKind(trait.kind), f"a text of 1 to {traits_.LONGEST} characters on one line")
    raise InvalidInput(f"{trait.key} should be {words}.", field=field, params={"kind": trait.kind})


async def _internal(session: WriteSession, account_id: UUID, values: dict[str, Any]) -> None:
    await session.execute(
        update(AccountInternal)
        .where(AccountInternal.account_id == account_id)
        .values(values)
        .execution_options(synchronize_session=False)
    )


def _word(key: UUID | None) -> str | None:
    return None if key is None else str(key)
