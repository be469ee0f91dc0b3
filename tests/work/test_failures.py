from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from backend.db.engine import WriteSession
from backend.work.failures import describe


@pytest.mark.unit
def test_a_failure_is_told_by_class_and_message() -> None:
    assert describe(ValueError("no such day")) == "ValueError: no such day"
    assert describe(KeyError()) == "KeyError"


@pytest.mark.unit
def test_passwords_in_addresses_are_left_out() -> None:
    error = ConnectionError("cannot reach redis://:p@127.0.0.1:6379/0 nor postgresql://waymark:s3cret@db/waymark")

    assert describe(error) == ("ConnectionError: cannot reach redis://…@127.0.0.1:6379/0 nor postgresql://…@db/waymark")


@pytest.mark.unit
def test_a_long_message_is_cut_and_made_printable() -> None:
    told = describe(ValueError("a\x00b\nc" + "x" * 1000))

    assert told.startswith("ValueError: a b cxx")
    assert len(told) == 500


async def test_a_database_error_shows_no_values(session: WriteSession) -> None:
    await session.execute(text("create temporary table names (name text primary key)"))

    with pytest.raises(DBAPIError) as caught:
        await session.execute(text("insert into names values (:name), (:name)"), {"name": "Ada Lovelace"})

    assert describe(caught.value) == (
        'UniqueViolationError: duplicate key value violates unique constraint "names_pkey"'
    )
