"""What accounts can be filtered by that this feature knows."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Date, Float, any_, case, exists, false, func, or_, select, true
from sqlalchemy import cast as sql_cast
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import Text

from backend.accounts.models import Account, AccountInternal, AccountOwner
from backend.filters import (
    ID,
    INTEGER,
    SCALAR,
    TEXT,
    Condition,
    Fields,
    Path,
    Reading,
    column,
    conjunction,
    dates,
    keys,
    numbers,
    related,
)
from backend.identity.models import Organization


def internal(condition: Condition) -> Condition:
    """Whether an account's internal row meets a condition."""
    return exists().where(AccountInternal.account_id == Account.id, condition).correlate(Account)


def _text(reading: Reading, given: Any, path: Path) -> Condition:
    """Part of the name, in any case, or the whole external id. `strpos` needs no escaping of % and _."""
    value = reading.leaf(TEXT, given, path)
    return or_(func.strpos(func.lower(Account.name), func.lower(value)) > 0, Account.external_id == value)


def _tag(reading: Reading, given: Any, path: Path) -> Condition:
    asked = reading.object(given, ("in", "notIn"), path)
    conditions = []
    for key in asked:
        values = reading.leaves(TEXT, asked[key], (*path, key))
        has = internal(AccountInternal.tags.op("&&", is_comparison=True)(sql_cast(values, ARRAY(Text))))
        conditions.append(has if key == "in" else has.is_not(true()))
    return conjunction(conditions)


def _owner(reading: Reading, given: Any, path: Path) -> Condition:
    """Somebody of the staff who has a role for the account, the success manager's included."""
    asked = reading.object(given, ("in", "notIn"), path)
    conditions = []
    for key in asked:
        people = reading.leaves(ID, asked[key], (*path, key))
        has_role = exists().where(AccountOwner.account_id == Account.id, AccountOwner.staff_id == any_(people))
        has = or_(func.coalesce(Account.success_manager_id == any_(people), false()), has_role.correlate(Account))
        conditions.append(has if key == "in" else has.is_not(true()))
    return conjunction(conditions)


def _last_touch() -> Any:
    """The day of the last touch, in the organization's time zone."""
    zone = select(Organization.time_zone).scalar_subquery()
    return sql_cast(func.timezone(func.coalesce(zone, "UTC"), AccountInternal.last_touch_at), Date)


def _trait(reading: Reading, given: Any, path: Path) -> Condition:
    """A trait by its key: `equals`, `in`, `number` and `date` (only where it is one) and `exists`."""
    asked = reading.object(given, ("key", "equals", "in", "number", "date", "exists"), path, needed=("key",))
    if "key" not in asked:
        return conjunction([])
    key = reading.leaf(TEXT.of("trait"), asked["key"], (*path, "key"))
    trait = func.jsonb_extract_path(AccountInternal.traits, key)
    conditions = []
    if "equals" in asked:
        conditions.append(internal(trait == reading.leaf(SCALAR, asked["equals"], (*path, "equals"))))
    if "in" in asked:
        conditions.append(internal(trait == any_(reading.leaves(SCALAR, asked["in"], (*path, "in")))))
    if "number" in asked:
        number = case((func.jsonb_typeof(trait) == "number", sql_cast(trait, Float(53))))
        conditions.append(internal(numbers().predicate(reading, asked["number"], (*path, "number"))(number)))
    if "date" in asked:
        word = func.jsonb_extract_path_text(AccountInternal.traits, key)
        day = case((func.pg_input_is_valid(word, "date"), sql_cast(word, Date)))
        conditions.append(internal(dates().predicate(reading, asked["date"], (*path, "date"))(day)))
    if "exists" in asked:
        has = internal(func.jsonb_exists(AccountInternal.traits, key))
        conditions.append(reading.truth(asked["exists"], has, (*path, "exists")))
    if len(asked) == 1:
        reading.problem(path, "only names a key. Add equals, in, number, date or exists.")
    return conjunction(conditions)


FIELDS: Fields = {
    "text": _text,
    "tier": column(Account.tier_key, keys(TEXT.of("tier"))),
    "industry": column(Account.industry, keys()),
    "externalId": column(Account.external_id, keys()),
    "parentId": column(Account.parent_id, keys(ID)),
    "csmId": column(Account.success_manager_id, keys(ID)),
    "customerSince": column(Account.customer_since, dates()),
    "ownerId": _owner,
    "lastTouch": related(_last_touch(), dates(), internal),
    "mrrMinor": related(AccountInternal.mrr_minor, numbers(INTEGER), internal),
    "renewsOn": related(AccountInternal.renews_on, dates(), internal),
    "churnedOn": related(AccountInternal.churned_on, dates(), internal),
    "tag": _tag,
    "trait": _trait,
}
