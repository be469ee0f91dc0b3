"""The mapping templates of examples/mappings, each on a small file with the vendor's headings."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from backend.commands.imports import KINDS
from backend.commands.mapping_file import read_mapping
from backend.ingest.imports import import_file
from backend.ingest.rejects import RejectFile
from tests.ingest.files import Importer, Silent

TEMPLATES = Path(__file__).resolve().parents[2] / "examples" / "mappings"

COMPANIES = """\
Record ID,Company name,Company owner,Create Date,Phone Number,City,Country/Region,Industry,Company Domain Name,\
Number of Employees
9001,Harbour Ltd,Ada,2023-04-05 09:30,+44 20,London,United Kingdom,COMPUTER_SOFTWARE,harbour.example,40
9002,,,2023-04-06 23:59,,,,,quay.example,
9003,No date,,,,,,,,
"""
CONTACTS = """\
Record ID,First Name,Last Name,Email,Job Title,Create Date,Associated Company,Associated Company IDs (Primary)
51,Ada,Byron,Ada@Harbour.example,CTO,2023-04-07 10:00,Harbour Ltd,9001
52,Grace,,grace@harbour.example,,2023-04-08 10:00,Harbour Ltd,9001
53,No,Company,no@company.example,,2023-04-08 10:00,,
"""
SUBSCRIPTIONS = """\
id,Customer ID,Customer Description,Customer Email,Customer Name,Plan,Product,Quantity,Currency,Interval,Amount,Status,\
Created (UTC),Start Date (UTC),Current Period Start (UTC),Current Period End (UTC),Trial Start (UTC),Trial End (UTC),\
Cancel At (UTC),Canceled At (UTC),Ended At (UTC)
sub_1,cus_1,,a@example.com,A,price_team,prod_1,10,usd,month,12.50,active,2024-01-31 23:30,2024-01-31 23:30,\
2024-05-31 23:30,2024-06-30 23:30,,,,,
sub_2,cus_1,,a@example.com,A,price_team,prod_1,3,usd,year,100.00,canceled,2023-01-01 08:00,2023-01-01 08:00,,,,,,\
2023-11-01 00:00,2024-01-01 08:00
sub_3,cus_1,,a@example.com,A,price_yen,prod_2,1,jpy,month,5000,trialing,2024-03-01 08:00,2024-03-01 08:00,,,,,,,
sub_4,cus_1,,a@example.com,A,price_week,prod_2,1,usd,week,5.00,active,2024-03-01 08:00,2024-03-01 08:00,,,,,,,
"""
INVOICES = """\
id,Amount Due,Billing,Closed,Currency,Customer,Date (UTC),Due Date (UTC),Number,Paid,Subscription,Subtotal,Total,\
Customer Email,Customer Name,Status,Finalized At (UTC),Paid At (UTC)
in_1,125.00,send_invoice,true,usd,cus_1,2024-02-01 00:00,2024-03-02 00:00,A-1,true,sub_1,125.00,125.00,,,paid,\
2024-02-01 01:00,2024-02-20 12:00
in_2,125.00,send_invoice,false,usd,cus_1,2024-03-01 00:00,2024-03-31 00:00,A-2,false,sub_1,125.00,125.00,,,open,,
"""


async def use(load: Importer, template: str, content: str) -> None:
    """Import a file by a template, as `waymark import KIND FILE --mapping TEMPLATE` does."""
    mapping = read_mapping(TEMPLATES / template)
    path = load.folder / "export.csv"
    path.write_text(content)
    section = mapping.files[0]
    rejects = RejectFile(load.folder / "rejects.csv")
    summary = await import_file(
        load.database, KINDS[section.kind], path, section, mapping.source, rejects=rejects, progress=Silent()
    )
    rejects.close()
    rows = await load.rows(
        "select line, field, reason from import_rejects where import_id = :id order by 1, 2", id=summary.import_id
    )
    load.rejected = [(row.line, row.field, row.reason) for row in rows]


async def test_hubspot_companies_and_contacts(load: Importer) -> None:
    await use(load, "hubspot-companies.yaml", COMPANIES)
    assert load.rejected == [(4, "customer_since", "is empty")]
    await use(load, "hubspot-contacts.yaml", CONTACTS)
    assert load.rejected == [(4, "account", "is empty")]

    assert await load.rows(
        """select a.external_id, a.name, a.industry, a.customer_since::text, i.traits ->> 'Number of Employees'
           from accounts a join account_internals i on i.account_id = a.id where external_id like '900%' order by 1"""
    ) == [
        ("9001", "Harbour Ltd", "COMPUTER_SOFTWARE", "2023-04-05", "40"),
        ("9002", "quay.example", None, "2023-04-06", None),
    ]
    assert await load.rows(
        """select p.name, p.email, p.email_key, m.title, m.joined_on::text, a.external_id
           from members m join persons p on p.id = m.person_id join accounts a on a.id = m.account_id order by 1"""
    ) == [
        ("Ada Byron", "Ada@Harbour.example", "ada@harbour.example", "CTO", "2023-04-07", "9001"),
        ("Grace", "grace@harbour.example", "grace@harbour.example", None, "2023-04-08", "9001"),
    ]


async def test_stripe_subscriptions_and_invoices(load: Importer) -> None:
    await load.execute("update accounts set external_id = 'cus_1' where external_id = 'acme'")

    await use(load, "stripe-subscriptions.yaml", SUBSCRIPTIONS)
    assert load.rejected == [(5, "bill_period_months", "is not a number: week")]
    await use(load, "stripe-invoices.yaml", INVOICES)
    assert load.rejected == []

    assert await load.rows(
        """select external_id, status, starts_on::text, ends_on::text, mrr_minor, currency, seats, bill_period_months
           from subscriptions order by 1"""
    ) == [
        ("sub_1", "ACTIVE", "2024-01-31", None, 12500, "USD", 10, 1),
        ("sub_2", "CANCELLED", "2023-01-01", "2024-01-01", 2500, "USD", 3, 12),
        ("sub_3", "TRIALING", "2024-03-01", None, 5000, "JPY", 1, 1),
    ]
    assert await load.rows(
        "select external_id, amount_minor, issued_on::text, due_on::text, settled_on::text from invoices order by 1"
    ) == [
        ("in_1", 12500, "2024-02-01", "2024-03-02", "2024-02-20"),
        ("in_2", 12500, "2024-03-01", "2024-03-31", None),
    ]
    # The trial in yen does not count as revenue, the cancelled year is over.
    assert await load.rows(
        """select mrr_minor, mrr_currency, seats from account_internals i join accounts a on a.id = i.account_id
           where a.external_id = 'cus_1'"""
    ) == [(12500, "USD", 11)]


CHURNSIM = {
    "accounts.csv.gz": "account_id,channel,date_of_birth,region,first_start,last_end,churned\n"
    "7,web,2018-06-17,SC,2022-01-23,2024-12-23,0\n",
    "subscriptions.csv.gz": "account_id,plan,start_date,end_date,mrr,quantity,units,bill_period_months,discount\n"
    "7,starter_mthly,2022-01-23,2022-02-23,100.0,5,users,1,0.0\n"
    "7,search_unlimited,2022-01-23,2022-02-23,200,5000,logins,1,0.15000000000000002\n",
    "events_daily.csv.gz": "account_id,date,event,n_events,n_users,value_sum\r\n"
    "7,2022-01-23,logins,5,3,\r\n7,2022-01-24,won,5,3,4556.72\r\n",
}


async def test_churnsim_as_one_folder(load: Importer) -> None:
    await load.execute("insert into metrics (key, name, scale) values ('won', 'w', 0), ('won_value', 'v', 2)")
    mapping = read_mapping(TEMPLATES / "churnsim.yaml")
    for section in mapping.files:
        path = load.folder / (section.file or "")
        path.write_bytes(gzip.compress(CHURNSIM[path.name].encode()))
        summary = await import_file(
            load.database,
            KINDS[section.kind],
            path,
            section,
            mapping.source,
            rejects=RejectFile(load.folder / "rejects.csv"),
            progress=Silent(),
        )
        assert (summary.rows_taken, summary.rows_rejected) == (summary.rows_read, 0)

    assert await load.rows(
        "select external_id, is_add_on, mrr_minor, seats, limit_metric, limit_quantity from subscriptions order by 1"
    ) == [
        ("7:search_unlimited:2022-01-23", True, 20000, None, "logins", 5000),
        ("7:starter_mthly:2022-01-23", False, 10000, 5, None, None),
    ]
    assert await load.usage() == [
        ("7", "2022-01-23", "logins", "2022-01-23", 5, 3),
        ("7", "2022-01-24", "won", "2022-01-24", 5, 3),
        ("7", "2022-01-24", "won_value", "2022-01-24", 455672, 0),
    ]


@pytest.mark.parametrize("template", sorted(path.name for path in TEMPLATES.glob("*.yaml")))
def test_every_template_is_tried(template: str) -> None:
    tried = {"churnsim.yaml", "hubspot-companies.yaml", "hubspot-contacts.yaml"}
    tried |= {"stripe-invoices.yaml", "stripe-subscriptions.yaml"}
    tried |= {"accounts.yaml", "members.yaml", "subscriptions.yaml", "usage.yaml"}  # by tests/e2e/test_set_up.py

    assert template in tried
