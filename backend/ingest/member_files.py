"""Kind `members`: people in accounts."""

from __future__ import annotations

from datetime import UTC, datetime, time

from backend.identity.models import MemberRole, MemberState
from backend.identity.service import MemberFacts, PersonFacts, put_members, put_persons
from backend.ingest.fields import Field, Type
from backend.ingest.kinds import Kind, RowCheck, Run, Stored
from backend.usage.feeds import Span, deliver

ONE_PERSON_TWICE = """
insert into refused (line, field, reason)
select line, case when other_email then 'external_id' else 'email' end,
    case when other_email then 'line ' || by_id || ' has the same account, external_id with another email'
        else 'line ' || by_email || ' has the same account, email with another external_id' end
from (
    select line, min(line) over same_id as by_id, min(line) over same_email as by_email,
        external_id is not null and lower(email) is distinct from first_value(lower(email)) over same_id as other_email,
        email is not null and external_id is distinct from first_value(external_id) over same_email as other_id
    from ready
    window same_id as (partition by account, external_id order by line),
        same_email as (partition by account, lower(email) order by line)) r
where other_email or other_id
on conflict do nothing
"""
"""Refuses rows of a person who has a row already, in words that make it another one: each of the two words of the key
alone says who it is, and either may be missing."""


async def _store(run: Run) -> Stored:
    await run.driver.execute(ONE_PERSON_TWICE)
    await run.driver.execute("delete from ready where line in (select line from refused)")
    stored = Stored()
    columns = "account, external_id, email, name, role, state, title, is_champion, joined_on, left_on, known_on"
    async for rows in run.batches(columns):
        persons, changed = await put_persons(
            run.session, run.source_id, [PersonFacts(row["external_id"], row["email"], row["name"]) for row in rows]
        )
        facts = [
            MemberFacts(
                account_id=row["account"],
                person_id=person,
                joined_on=row["joined_on"],
                role=row["role"],
                state=row["state"],
                title=row["title"],
                is_champion=row["is_champion"],
                left_on=row["left_on"],
                known_at=min(run.now, datetime.combine(row["known_on"], time.max, UTC)),
            )
            for row, person in zip(rows, persons, strict=True)
        ]
        news = await put_members(run.session, facts)
        is_news = [f.person_id in changed or (f.account_id, f.person_id) in news for f in facts]
        stored.taken += sum(is_news)
        stored.unchanged += len(facts) - sum(is_news)
        span = Span(
            min(row["joined_on"] for row in rows),
            max(row["joined_on"] for row in rows),
            min(row["known_on"] for row in rows),
        )
        await deliver(run.session, run.source_id, {}, {"members": span})
    stored.first_day, stored.last_day = await run.days("joined_on")
    return stored


MEMBERS = Kind(
    name="members",
    fields=(
        Field("account", Type.ACCOUNT, required=True),
        Field("external_id", Type.TEXT, longest=200),
        Field("email", Type.EMAIL),
        Field("name", Type.TEXT, longest=200),
        Field("role", Type.CHOICE, choices=tuple(MemberRole)),
        Field("state", Type.CHOICE, choices=tuple(MemberState)),
        Field("title", Type.TEXT, longest=200),
        Field("is_champion", Type.TRUTH),
        Field("joined_on", Type.DAY, required=True),
        Field("left_on", Type.DAY),
    ),
    key=("account", "email", "external_id"),
    dated_by="joined_on",
    store=_store,
    tells_whose=True,
    checks=(
        RowCheck(
            "email",
            "v.email_text is null and v.external_id_text is null",
            "a person needs an e-mail address or an external_id",
        ),
        RowCheck("left_on", "v.left_on < v.joined_on", "lies before joined_on"),
    ),
)
