"""Contracts, renewals and settled invoices from files, where there is no Stripe."""

from __future__ import annotations

from datetime import date

import pytest

from backend.settings import Settings
from tests.ingest.files import Importer
from tests.ingest.test_kinds import with_tiers
from tests.ingest.test_usage_files import move_clock

COLUMNS = {
    "account": "account",
    "external_id": "id",
    "contract": "contract",
    "plan": "plan",
    "product": "product",
    "starts_on": "from",
    "ends_on": "until",
    "renews_on": "renews",
    "auto_renews": "auto",
    "mrr": "mrr",
}
HEAD = "account,id,contract,plan,product,from,until,renews,auto,mrr\n"


async def test_a_contract_says_when_it_is_up_for_renewal(load: Importer, settings: Settings) -> None:
    await with_tiers(load)
    await move_clock(load, settings, date(2026, 6, 15))

    done = await load(
        HEAD
        + "acme,1,C-17,priced by hand,l_month,2026-01-01,,2027-01-01,yes,100\n"
        + "acme,2,C-17,extra,,2026-01-01,,2026-05-01,no,10\n"
        + "zeta,3,C-18,s_month,,2026-02-01,2026-08-01,,,50\n",
        "subscriptions",
        COLUMNS,
    )

    assert done.rows_taken == 3
    assert await load.rows(
        """select external_id, contract_key, product_key, renews_on::text, auto_renews
           from subscriptions order by 1"""
    ) == [
        ("1", "C-17", "l_month", "2027-01-01", True),
        ("2", "C-17", None, "2026-05-01", False),
        ("3", "C-18", None, None, None),
    ]
    # A renewal that has passed says nothing of the next one.
    assert await load.rows(
        """select a.external_id, a.tier_key, i.renews_on::text, i.mrr_minor
           from accounts a join account_internals i on i.account_id = a.id order by 1"""
    ) == [("acme", "large", "2027-01-01", 11_000), ("zeta", "small", "2026-08-01", 5_000)]


@pytest.mark.parametrize(
    "row, field, reason",
    [
        ("acme,1,C-17,p,,2026-01-01,,2026-01-01,yes,1", "renews_on", "does not lie after starts_on"),
        ("acme,1,C-17,p,,2026-01-01,,,perhaps,1", "auto_renews", "is neither yes nor no: perhaps"),
    ],
)
async def test_a_renewal_that_cannot_be_is_refused(load: Importer, row: str, field: str, reason: str) -> None:
    await load(HEAD + row + "\nzeta,2,C,p,,2026-01-01,,,,1\n", "subscriptions", COLUMNS)

    assert load.rejected == [(2, field, reason)]
    assert await load.value("select count(*) from subscriptions") == 1


async def test_an_invoice_is_settled_one_way_or_another(load: Importer) -> None:
    columns = {
        "account": "account",
        "external_id": "id",
        "amount": "sum",
        "issued_on": "on",
        "settled_on": "done",
        "settled_as": "how",
    }

    await load(
        "account,id,sum,on,done,how\n"
        "acme,1,10,2026-01-01,2026-01-05,\n"
        "acme,2,10,2026-01-01,2026-01-05,written_off\n"
        "acme,3,10,2026-01-01,,\n"
        "acme,4,10,2026-01-01,,PAID\n",
        "invoices",
        columns,
    )

    assert load.rejected == [(5, "settled_as", "is given, and no settled_on")]
    assert await load.rows("select external_id, settled_as from invoices order by 1") == [
        ("1", "PAID"),
        ("2", "WRITTEN_OFF"),
        ("3", None),
    ]
