"""The benchmarks' rivals answer what the planner answers; what they cost is `make bench`'s business, not a test's."""

from __future__ import annotations

from datetime import timedelta

import orjson
from sqlalchemy.ext.asyncio import async_sessionmaker

from backend.db.engine import Database
from backend.graphql.planner import Planner
from backend.graphql.schema import schema
from backend.permissions import ACCOUNT_SCOPES, STAFF_SCOPES
from backend.settings import Settings
from backend.viewer import Viewer
from bench.dataset import fill
from bench.questions import MEMBER_HOME, STAFF_LIST
from bench.rivals import dataloader, handwritten, handwritten_home


async def test_the_planner_and_its_rivals_give_the_same_staff_list(settings: Settings, database: Database) -> None:
    await fill(settings, accounts=120)
    staff = Viewer("staff", permissions=frozenset(STAFF_SCOPES))
    sessions = async_sessionmaker(database.engine("staff"), expire_on_commit=False)

    planned = await Planner(schema()).execute(STAFF_LIST, None, {"first": 50}, staff, database.read)
    by_hand = await database.read["staff"].fetchval(handwritten.STAFF_LIST, 50, "", "")
    resolved = await dataloader.schema.execute(
        STAFF_LIST,
        variable_values={"first": 50},
        context_value=dataloader.Context(sessions, dataloader.Loaders(sessions)),
    )

    answer = orjson.loads(planned.data or b"null")
    assert len(answer["accounts"]["nodes"]) == 50
    assert {len(account["internal"]["health"]["factors"]) for account in answer["accounts"]["nodes"]} == {10}
    assert orjson.loads(by_hand) == answer
    assert (resolved.errors, resolved.data) == (None, answer)


async def test_the_planner_and_its_rival_give_the_same_home(settings: Settings, database: Database) -> None:
    data = await fill(settings, accounts=20)
    member = Viewer("member", account_id=data.member_account, permissions=frozenset(ACCOUNT_SCOPES))
    first = data.today - timedelta(days=20)

    planned = await Planner(schema()).execute(
        MEMBER_HOME, None, {"from": str(first), "to": str(data.today)}, member, database.read
    )
    by_hand = await database.read["member"].fetchval(
        handwritten_home.MEMBER_HOME, str(data.member_account), "", first, data.today
    )

    answer = orjson.loads(planned.data or b"null")
    assert len(answer["viewer"]["account"]["usage"]) == 20
    assert orjson.loads(by_hand) == answer
