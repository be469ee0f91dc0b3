"""The shape of the demo's customers, before any fact is written."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from itertools import pairwise
from random import Random
from statistics import mean

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.demo.company import SEED, Calendar, Company, State
from backend.demo.load import customers
from backend.demo.staffing import INHERITED, LOADED, assign, colleagues

pytestmark = pytest.mark.unit
CALENDAR = Calendar(date(2026, 11, 28), 12)


def made(seed: int = SEED) -> list[Company]:
    return customers(Random(seed), CALENDAR)


def test_there_are_340_customers_30_who_left_25_trials_and_2900_people() -> None:
    companies = made()

    living = Counter(one.tier for one in companies if one.ended is None and not one.is_trial)
    assert living == {"starter": 220, "professional": 85, "business": 35}
    assert sum(one.ended is not None for one in companies) == 30
    assert sum(one.is_trial for one in companies) == 25
    assert 2_700 <= sum(len(one.people) for one in companies) <= 3_100
    assert len({one.name for one in companies}) == len({one.key for one in companies}) == len(companies)


def test_the_same_seed_makes_the_same_customers() -> None:
    def shape(companies: list[Company]) -> list[object]:
        return [
            (one.key, one.name, one.since, one.level, one.terms, [h.email for h in one.people]) for one in companies
        ]

    assert shape(made()) == shape(made())
    assert shape(made()) != shape(made(SEED + 1))


def test_some_15_percent_of_those_who_left_did_so_from_good_health() -> None:
    left = [one for one in made() if one.ended is not None]

    surprises = [one for one in left if one.level.at(one.last) > 0.6]
    assert 0.1 <= len(surprises) / len(left) <= 0.2


def test_some_25_percent_of_those_who_got_into_trouble_recovered_by_themselves() -> None:
    companies = made()

    trouble = [one for one in companies if one.state in {State.RESCUED, State.RECOVERED, State.LEAVING}]
    recovered = [one for one in trouble if one.state is State.RECOVERED]
    assert 0.15 <= len(recovered) / len(trouble) <= 0.35


def test_since_spring_starter_begins_worse_and_professional_better() -> None:
    def after_60_days(tier: str, *, since_spring: bool) -> float:
        begun = [
            one.level.at(one.since + 60)
            for one in made()
            if one.tier == tier and -400 < one.since < -70 and (one.since >= CALENDAR.spring) is since_spring
        ]
        return mean(begun)

    assert after_60_days("starter", since_spring=True) < after_60_days("starter", since_spring=False) - 0.1
    assert after_60_days("professional", since_spring=True) > after_60_days("professional", since_spring=False) + 0.03


def test_one_success_manager_has_96_customers_and_a_new_one_nine() -> None:
    companies, managers = made(), [one for one in colleagues() if one.role == "CSM"]

    assign(Random(SEED), companies, managers)

    counted = Counter(one.manager for one in companies if one.ended is None)
    assert (counted[managers[0].email], counted[managers[1].email]) == (LOADED, INHERITED) == (96, 9)
    assert set(counted) == {one.email for one in managers}


@given(st.dates(date(2024, 1, 1), date(2040, 1, 1)))
def test_spring_is_a_first_of_april_between_3_and_15_months_ago(today: date) -> None:
    offset = Calendar(today, 12).spring

    spring = today + timedelta(days=offset)
    assert (spring.month, spring.day) == (4, 1)
    assert -456 <= offset <= -90


@given(st.dates(date(2024, 1, 1), date(2040, 1, 1)), st.integers(0, 10_000))
def test_terms_follow_each_other_without_a_gap_until_the_end(today: date, seed: int) -> None:
    companies = customers(Random(seed), Calendar(today, 12), 0.05)

    for company in companies:
        assert company.terms[0].start == company.since
        assert all(one.end == after.start for one, after in pairwise(company.terms))
        last = company.terms[-1].end
        assert last == company.ended if company.ended is not None else last is None or last > 0
