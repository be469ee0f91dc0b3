"""Which version of the model scores a day."""

from __future__ import annotations

from datetime import date

from sqlalchemy import insert, select, text

from backend.accounts.program import Tiers
from backend.db.engine import WriteSession
from backend.health import program as health_program
from backend.health import scoring, service
from backend.health.models import HealthBand, HealthModel, HealthSnapshot
from backend.program.assemble import DEFAULT, load
from backend.program.setup import initialise
from backend.usage.program import Metrics
from tests.factories import make_account


async def test_a_new_version_holds_for_all_days_until_one_is_closed(session: WriteSession) -> None:
    await initialise(session, name="Ada's", time_zone="UTC", currency="USD", applied_by="test")
    program = load(DEFAULT)
    section = program.section(health_program.Health)
    account = (await make_account(session)).id

    def heavier(weight: int) -> object:
        leaves = dict(section.leaves)
        for key, value in (("daily_active_rate", weight), ("feature_adoption_depth", 45 - weight)):
            leaves[key] = leaves[key].model_copy(update={"weight": value})
        changed = section.model_copy(update={"leaves": leaves})
        return health_program.model(changed, program.section(Tiers), program.section(Metrics))

    await service.new_version(session, heavier(30), applied_by="test")  # type: ignore[arg-type]
    before = scoring.in_force(await scoring.versions(session), date(2020, 1, 1)).number
    await session.execute(
        insert(HealthSnapshot).values(
            account_id=account, day=date(2026, 5, 1), revision=0, known_on=date(2026, 5, 1), model_version=2, profile=0,
            band=HealthBand.INSUFFICIENT_DATA, coverage=0, statuses="", numerators=[], denominators=[], normalised=[],
            weights=[], contributions=[],
        )
    )  # fmt: skip
    await service.new_version(session, heavier(35), applied_by="test")  # type: ignore[arg-type]

    assert before == 2
    assert scoring.in_force(await scoring.versions(session), date(2020, 1, 1)).number == 2
    today = await session.scalar(text("select waymark_today()"))
    assert (await session.scalar(select(HealthModel.in_force_from).where(HealthModel.version == 3))) == today
