"""Renaming the tables of a statement, and leaving alone what a subselect calls its own."""

from __future__ import annotations

import pytest
from sqlalchemy import exists, select

from backend.graphql.planner.selects import renamed
from tests.graphql.planner.models import Account, Member

pytestmark = pytest.mark.unit
NAMES = {Account.__table__: "t1", Member.__table__: "t2"}


def test_a_subselect_that_says_what_it_correlates_keeps_its_own_tables() -> None:
    condition = exists().where(Member.account_id == Account.id, Member.seats > Account.mrr_minor).correlate(Account)

    made = renamed(condition & (Member.seats == 1), NAMES)

    text = " ".join(str(select(made)).split())
    assert "FROM members WHERE members.account_id = t1.id AND members.seats > t1.mrr_minor" in text
    assert "t2.seats = " in text


def test_a_subselect_without_correlation_of_its_own_belongs_to_the_statement() -> None:
    inner = select(Member.seats).where(Member.account_id == Account.id).scalar_subquery()

    made = renamed(inner == Account.mrr_minor, {Account.__table__: "t1"})

    text = " ".join(str(select(made)).split())
    assert "(SELECT members.seats FROM members WHERE members.account_id = t1.id) = t1.mrr_minor" in text
