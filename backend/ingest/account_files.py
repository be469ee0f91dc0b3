"""Kind `accounts`: companies that are customers."""

from __future__ import annotations

from backend.accounts.service import AccountFacts, put_accounts, put_parents
from backend.ingest.fields import Field, Type
from backend.ingest.kinds import Kind, RowCheck, Run, Stored

# Refusing a parent may leave another row without one, so this runs until nothing more is refused.
WITHOUT_PARENT = """
delete from ready r where r.parent is not null
  and not exists (select from accounts a where a.external_id = r.parent)
  and not exists (select from ready p where p.external_id = r.parent)
returning line, parent
"""

OWN_ANCESTORS = """
with recursive edge as (
    select external_id as child, parent from ready where parent is not null
    union all
    select a.external_id, p.external_id from accounts a join accounts p on p.id = a.parent_id
    where not exists (select from ready r where r.external_id = a.external_id and r.parent is not null)
),
walk as (
    select r.line, r.external_id as start, r.parent as at from ready r where r.parent is not null
    union
    select w.line, w.start, e.parent from walk w join edge e on e.child = w.at where w.at <> w.start
)
delete from ready where line in (select line from walk where at = start) returning line, parent
"""


async def _store(run: Run) -> Stored:
    for statement, reason in (
        (WITHOUT_PARENT, "there is no account {}, neither stored nor in this file"),
        (OWN_ANCESTORS, "the account would be its own ancestor through {}"),
    ):
        while refused := await run.driver.fetch(statement):
            run.refused += [(row["line"], "parent", reason.format(row["parent"][:60])) for row in refused]
    managers = {
        row["email_key"]: row["id"]
        for row in await run.driver.fetch(
            "select p.email_key, s.id from staff s join persons p on p.id = s.person_id where s.is_active"
        )
    }
    for row in await run.driver.fetch(
        "delete from ready where success_manager is not null and lower(success_manager) <> all($1::text[])"
        " returning line, success_manager",
        list(managers),
    ):
        run.refused.append(
            (row["line"], "success_manager", f"no staff has the address {row['success_manager'][:60]}; create-staff")
        )
    stored = Stored()
    news: set[str] = set()
    parents: dict[str, str] = {}
    names = "external_id, customer_since, name, tier, industry, use_case, success_manager, churn_reason, extras, parent"
    total = 0
    async for rows in run.batches(names):
        total += len(rows)
        news |= await put_accounts(
            run.session,
            [
                AccountFacts(
                    external_id=row["external_id"],
                    customer_since=row["customer_since"],
                    name=row["name"],
                    tier_key=row["tier"],
                    industry=row["industry"],
                    use_case=row["use_case"],
                    success_manager_id=managers.get((row["success_manager"] or "").lower()),
                    churn_reason=row["churn_reason"],
                    traits=row["extras"] or {},
                )
                for row in rows
            ],
        )
        parents |= {row["external_id"]: row["parent"] for row in rows if row["parent"]}
    news |= await put_parents(run.session, parents)
    stored.taken, stored.unchanged = len(news), total - len(news)
    stored.first_day, stored.last_day = await run.days("customer_since")
    return stored


ACCOUNTS = Kind(
    name="accounts",
    fields=(
        Field("external_id", Type.TEXT, required=True, longest=200),
        Field("name", Type.TEXT),
        Field("parent", Type.TEXT, longest=200),
        Field("tier", Type.TIER),
        Field("industry", Type.TEXT),
        Field("use_case", Type.TEXT),
        Field("customer_since", Type.DAY, required=True),
        Field("success_manager", Type.EMAIL),
        Field("churn_reason", Type.TEXT),
    ),
    key=("external_id",),
    dated_by="customer_since",
    store=_store,
    checks=(RowCheck("parent", "v.parent = v.external_id", "an account cannot be its own parent"),),
    tells_whose=True,
    may_be_known_before=True,
    takes_extras=True,
)
