from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from backend.accounts.models import Tier
from backend.db.engine import Database, WriteSession
from backend.errors import Conflict
from backend.identity.models import AuditEntry, Organization
from backend.program import service
from backend.program.assemble import DEFAULT, load, parse
from backend.program.errors import PlanOutdated
from backend.program.models import ProgramVersion
from backend.program.section import Program
from backend.program.setup import initialise
from backend.settings import Settings
from backend.usage.models import Metric
from tests.command_line import waymark
from tests.factories import make_account

DEFAULTS = dict(load(DEFAULT).files)


def program(*replacements: tuple[str, str], **extra: str) -> Program:
    """The default program with texts replaced; each must occur."""
    files = dict(DEFAULTS)
    for old, new in replacements:
        assert any(old in text for text in files.values()), old
        files = {name: text.replace(old, new) for name, text in files.items()}
    for name, text in extra.items():
        files[f"{name}.yaml"] += text
    return parse(files, applied_by="ada")


BUSINESS = "name: Business\n    rank"


def renamed(name: str) -> str:
    return f"name: {name}\n    rank"


NEW_TIER = "  enterprise:\n    name: Enterprise\n    rank: 4\n"


async def stored(session: WriteSession) -> tuple[Any, ...]:
    tiers = (await session.execute(select(Tier.key, Tier.name, Tier.is_retired).order_by(Tier.rank))).all()
    metrics = (await session.execute(select(Metric.key, Metric.is_retired).order_by(Metric.key))).all()
    versions = (await session.execute(select(ProgramVersion.number, ProgramVersion.fingerprint))).all()
    return tiers, metrics, versions


async def test_applying_writes_tiers_metrics_and_a_version(session: WriteSession) -> None:
    applied = await service.apply(session, program())

    assert applied == service.Applied(1, is_new=True)
    tiers = (await session.execute(select(Tier.key, Tier.price_minor, Tier.price_currency).order_by(Tier.rank))).all()
    assert [tuple(tier) for tier in tiers] == [
        ("starter", 1900, "USD"),
        ("professional", 4900, "USD"),
        ("business", 9900, "USD"),
    ]
    core = await session.scalars(select(Metric.key).where(Metric.is_core).order_by(Metric.id))
    assert list(core) == [
        "conversations",
        "knowledge_base_articles",
        "saved_replies",
        "workflow_runs",
        "integration_syncs",
        "team_notes",
        "report_views",
        "brand_customisations",
    ]
    version = await session.scalar(select(ProgramVersion))
    assert version is not None
    assert (version.number, version.files, version.applied_by) == (1, DEFAULTS, "ada")
    entry = (await session.scalars(select(AuditEntry))).one()
    assert (entry.action, entry.subject, entry.before, entry.after) == (
        "program.applied",
        "program:1",
        None,
        {"fingerprint": version.fingerprint},
    )


async def test_the_same_files_again_change_nothing(session: WriteSession) -> None:
    await service.apply(session, program())
    before = await stored(session)

    again = await service.apply(session, program())
    plan = await service.plan(session, program())

    assert again == service.Applied(1, is_new=False)
    assert (plan.is_needed, plan.difference) == (False, "")
    assert await stored(session) == before


async def test_a_plan_shows_the_difference_and_leaves_nothing_behind(session: WriteSession) -> None:
    await service.apply(session, program())
    await make_account(session, tier_key="starter")
    before = await stored(session)
    changed = program(
        (BUSINESS, renamed("Company")),
        ("amount: 99", "amount: 109.5"),
        ("[business, business_monthly, business_annual]", "[business, company]"),
        ("unit: sign-ins", "unit: sessions"),
        tiers=NEW_TIER,
    )

    plan = await service.plan(session, changed)

    assert plan.difference == (
        "tiers.yaml\n"
        "  ~ tier business: name Business → Company, monthly_price.amount 99 → 109.5,"
        " plans +company -business_monthly -business_annual\n"
        "  + tier enterprise\n"
        "metrics.yaml\n"
        "  ~ metric logins: unit sign-ins → sessions"
    )
    assert plan.running == 1
    assert await stored(session) == before


async def test_what_leaves_the_files_is_retired_and_comes_back(session: WriteSession) -> None:
    await service.apply(session, program(tiers=NEW_TIER, metrics="  dreams:\n    name: Dreams\n    core: true\n"))
    await make_account(session, tier_key="enterprise")

    plan = await service.plan(session, program())
    await service.apply(session, program())

    assert plan.difference == "tiers.yaml\n  - tier enterprise\nmetrics.yaml\n  - metric dreams"
    assert plan.consequences[1:] == ("1 account stays in the retired tier Enterprise.",)
    tier = (await session.scalars(select(Tier).where(Tier.key == "enterprise"))).one()
    dreams = (await session.scalars(select(Metric).where(Metric.key == "dreams"))).one()
    assert (tier.is_retired, dreams.is_retired, dreams.is_core) == (True, True, False)

    await service.apply(session, program(tiers=NEW_TIER, metrics="  dreams:\n    name: Dreams\n"))

    await session.refresh(tier)
    await session.refresh(dreams)
    assert (tier.is_retired, dreams.is_retired) == (False, False)


async def test_a_plan_for_another_running_version_is_refused(session: WriteSession) -> None:
    await service.apply(session, program())
    plan = await service.plan(session, program((BUSINESS, renamed("A"))))
    await service.apply(session, program((BUSINESS, renamed("B"))))
    before = await stored(session)

    with pytest.raises(PlanOutdated) as refused:
        await service.apply(session, program((BUSINESS, renamed("A"))), planned=plan.token)

    assert str(refused.value) == (
        f"--planned {plan.token} was made for another running version; version 2, applied by ada, runs now. Plan again."
    )
    assert await stored(session) == before


async def test_files_that_were_edited_after_the_plan_are_refused(session: WriteSession) -> None:
    await service.apply(session, program())
    plan = await service.plan(session, program((BUSINESS, renamed("A"))))

    with pytest.raises(PlanOutdated) as refused:
        await service.apply(session, program((BUSINESS, renamed("B"))), planned=plan.token)

    assert str(refused.value) == f"--planned {plan.token} was made for other files than these. Plan again."


async def test_a_scale_cannot_change(session: WriteSession) -> None:
    await service.apply(session, program())
    changed = program(("unit: sign-ins", "unit: sign-ins\n    scale: 2"))

    with pytest.raises(Conflict) as refused:
        await service.plan(session, changed)

    assert str(refused.value) == (
        "metrics.yaml: metrics.logins.scale: is 0 in the database and 2 here; stored numbers would change their "
        "meaning. Keep the scale, or add a metric with another key."
    )


async def test_comments_alone_make_a_version_that_says_so(session: WriteSession) -> None:
    await service.apply(session, program())
    applied = await service.apply(session, program(metrics="# the end\n"))

    version = await session.get(ProgramVersion, applied.number)
    assert version is not None
    assert (applied.number, version.difference) == (2, "Only comments, order or layout change.")


async def test_of_two_who_apply_at_once_one_is_refused(database: Database) -> None:
    async with database.begin() as session:
        await service.apply(session, program())
        plans = [await service.plan(session, program((BUSINESS, renamed(name)))) for name in "AB"]

    async def apply(name: str, plan: service.Plan) -> service.Applied | PlanOutdated:
        try:
            async with database.begin() as session:
                return await service.apply(session, program((BUSINESS, renamed(name))), planned=plan.token)
        except PlanOutdated as refused:
            return refused

    results = await asyncio.gather(*(apply(name, plan) for name, plan in zip("AB", plans, strict=True)))

    assert sorted(type(result).__name__ for result in results) == ["Applied", "PlanOutdated"]
    async with database.begin() as session:
        winner = "A" if isinstance(results[0], service.Applied) else "B"
        assert await session.scalar(select(Tier.name).where(Tier.key == "business")) == winner
        assert await session.scalar(select(func.count()).select_from(ProgramVersion)) == 2


async def test_of_two_who_apply_the_same_at_once_both_succeed_once(database: Database) -> None:
    async def apply() -> service.Applied:
        async with database.begin() as session:
            return await service.apply(session, program())

    results = await asyncio.gather(apply(), apply())

    assert sorted(result.is_new for result in results) == [False, True]
    assert {result.number for result in results} == {1}


async def test_a_failing_application_writes_nothing(database: Database) -> None:
    async with database.begin() as session:
        await service.apply(session, program())
        before = await stored(session)

    with pytest.raises(Conflict):
        async with database.begin() as session:
            await service.apply(
                session,
                program(("unit: sign-ins", "unit: sign-ins\n    scale: 2"), (BUSINESS, renamed("B"))),
            )

    async with database.begin() as session:
        assert await stored(session) == before


async def test_the_first_start_makes_an_organization_and_a_program_once(database: Database) -> None:
    async with database.begin() as session:
        first = await initialise(session, name="Harbour", time_zone="Europe/Berlin", currency="EUR")
    async with database.begin() as session:
        again = await initialise(session, name="Other")

    assert (first.made_organization, first.applied_default, first.version) == (True, True, 1)
    assert (again.made_organization, again.applied_default, again.version) == (False, False, 1)
    async with database.begin() as session:
        organization = (await session.scalars(select(Organization))).one()
        assert (organization.name, organization.time_zone, organization.home_currency) == (
            "Harbour",
            "Europe/Berlin",
            "EUR",
        )


async def test_the_commands_as_a_person_runs_them(settings: Settings, tmp_path: Path) -> None:
    for name, text in DEFAULTS.items():
        (tmp_path / name).write_text(text)
    (tmp_path / "tiers.yaml").write_text(DEFAULTS["tiers.yaml"].replace("amount: 99", "amount: 109"))

    refused = await waymark(settings, "init", "--time-zone", "Mars/Olympus")
    init = await waymark(settings, "init", "--name", "Harbour", "--currency", "eur")
    again = await waymark(settings, "init")
    lint = await waymark(settings, "program", "lint", str(tmp_path))
    plan = await waymark(settings, "program", "plan", str(tmp_path))
    declined = await waymark(settings, "program", "apply", str(tmp_path), typed="n\n")
    token = plan.stdout.split()[-1]
    applied = await waymark(settings, "program", "apply", str(tmp_path), "--planned", token)
    nothing = await waymark(settings, "program", "apply", str(tmp_path), "--yes")
    (tmp_path / "tiers.yaml").write_text("tiers: [\n")
    broken = await waymark(settings, "program", "apply", str(tmp_path), "--yes")
    after = await waymark(settings, "program", "export", str(tmp_path / "running"))

    assert (refused.returncode, refused.stderr) == (
        1,
        "'Mars/Olympus' is no time zone. Write a name such as Europe/Berlin or UTC.\n",
    )
    assert init.stdout == ("Harbour is set up: time zone UTC, currency EUR.\nThe default program runs as version 1.\n")
    assert again.stdout == (
        "Harbour was set up before and stays as it is: time zone UTC, currency EUR.\nThe program stays at version 1.\n"
    )
    assert lint.stdout == f"{len(DEFAULTS)} files without a problem.\n"
    assert plan.stdout == (
        "Against version 1:\n\n"
        "tiers.yaml\n  ~ tier business: monthly_price.amount 99 → 109\n\n"
        "Consequences:\n  No account is scored.\n\n"
        f"To apply exactly this: waymark program apply {tmp_path} --planned {token}\n"
    )
    assert (declined.returncode, declined.stderr) == (1, "Aborted!\n")
    assert applied.stdout == "Version 2 runs.\n"
    assert nothing.stdout == "Version 2 runs already with these files; there is nothing to apply.\n"
    assert (broken.returncode, broken.stderr) == (
        1,
        "tiers.yaml:2: is not YAML: while parsing a flow node expected the node content, but found '<stream end>'.\n",
    )
    assert after.stdout.startswith("Wrote version 2 to ")
    assert "amount: 109" in (tmp_path / "running" / "tiers.yaml").read_text()
