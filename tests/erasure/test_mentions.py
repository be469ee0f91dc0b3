"""What is taken out of the texts of others, and what stays."""

from __future__ import annotations

import pytest

from backend.erasure.mentions import sought

pytestmark = pytest.mark.unit
ADA = sought("Ada Lovelace", ["ada@example.com"], ["user-0815", "17"])


@pytest.mark.parametrize(
    "before, after",
    [
        ("Ada Lovelace called", "[erased] called"),
        ("ADA\n lovelace, Ada Lovelace.", "[erased], [erased]."),
        ("write to Ada@Example.COM.", "write to [erased]."),
        ("(ada@example.com, +44 20 7946 0958)", "([erased], [erased])"),
        ("Ada Lovelace and bob@example.com: 555-123-4567", "[erased] and [erased]: [erased]"),
        ("user-0815 upgraded", "[erased] upgraded"),
        ("nada@example.com, ada@example.com.au, ada@example.community", None),
        ("Adam Lovelace-Byron, Canada Lovelaces", None),
        ("Ada called about 17 seats, 17", None),
        ("user-08150, super-user-0815x", None),
        ("bob@example.com, +44 20 7946 0958", None),
    ],
)
def test_what_names_a_person_is_replaced_and_nothing_else(before: str, after: str | None) -> None:
    assert ADA.redacted(before) == (before if after is None else after)


def test_a_name_in_a_document_is_replaced_at_any_depth_also_in_keys() -> None:
    document = {
        "owner": "ada@example.com",
        "seats": 5,
        "deep": [{"Ada Lovelace": [True, "x"]}],
        "bob": "bob@example.com",
    }

    assert ADA.redacted(document) == {
        "owner": "[erased]",
        "seats": 5,
        "deep": [{"[erased]": [True, "x"]}],
        "bob": "bob@example.com",
    }


def test_a_date_in_the_same_text_is_no_telephone_number() -> None:
    assert ADA.redacted("Ada Lovelace renews 2025-04-30 for 12500") == "[erased] renews 2025-04-30 for 12500"


def test_who_has_one_name_only_is_not_searched_for_by_it() -> None:
    assert sought("Will", [], []).words == ()
