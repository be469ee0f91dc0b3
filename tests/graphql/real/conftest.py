"""A world with many rows, what graphql-core says of it, and what the planner does."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator

import asyncpg
import pytest

from backend.accounts.models import DefaultView
from backend.db.embedded import EmbeddedPostgres
from backend.db.engine import Database
from backend.graphql.planner import Planner, assemble, encode_id
from backend.graphql.schema import MODULES
from backend.health.models import CurrentHealth
from backend.identity.models import MemberRole, StaffRole
from backend.permissions import MEMBER_PERMISSIONS, STAFF_PERMISSIONS
from backend.viewer import Viewer
from tests.conftest import settings_for
from tests.graphql.daily_work import add_daily_work
from tests.graphql.outsiders import add_outsiders
from tests.graphql.real import show
from tests.graphql.real.comparing import Setting
from tests.graphql.real.crowd import add_crowd
from tests.graphql.real.oracle import Oracle, Rows
from tests.graphql.world import make_world

VIEWERS: dict[str, frozenset[str]] = {
    "acme": frozenset(map(str, MEMBER_PERMISSIONS[MemberRole.ADMIN])),
    "staff": frozenset(map(str, STAFF_PERMISSIONS[StaffRole.ADMIN])),
    "acme viewer": frozenset(map(str, MEMBER_PERMISSIONS[MemberRole.VIEWER])),
    "CSM": frozenset(map(str, STAFF_PERMISSIONS[StaffRole.CSM])),
}
"""Permissions of the people of the world that ask."""
EXTRA = {CurrentHealth, DefaultView}
"""Tables that orders and choices depend on and no type of the schema is declared over."""


@pytest.fixture(scope="package")
async def setting(postgres: EmbeddedPostgres, template: str) -> AsyncIterator[Setting]:
    name = f"test_{os.getpid()}_crowd"
    administrator = await asyncpg.connect(postgres.url())
    await administrator.execute(f"create database {name} template {template} strategy file_copy")
    await administrator.close()
    settings = settings_for(postgres, name)
    database = Database(settings, ("system", "staff", "member"), reads=("staff", "member"))
    await database.open()
    world = await make_world(database, settings)
    for add in (add_daily_work, add_outsiders, add_crowd):
        await add(database, world)
    assembled = assemble(*MODULES, show)
    rows = Rows(sorted({i.declared.model for i in assembled.types.values() if i.declared.model} | EXTRA, key=str))
    await rows.load(settings.migrate_url)
    viewers = {}
    for who, permissions in VIEWERS.items():
        person, account = world.people[who]
        session = world.sessions[who]
        kind = "member" if account else "staff"
        viewers[who] = Viewer(kind, account, person, session_id=session, permissions=permissions)  # type: ignore[arg-type]
    oracles = {who: Oracle(assembled, database, rows, viewer, world.today) for who, viewer in viewers.items()}
    forms = (Planner(assembled), Planner(assembled, viewer_form="transaction"))
    ids = {
        name: [encode_id(prefix, key) for key in rows.by_key[assembled.types[name].declared.model]]
        for prefix, name in assembled.prefixes.items()
    }
    made = Setting(database, assembled, forms, world, viewers, oracles, ids)
    for who in VIEWERS:
        await oracles[who].look()
    yield made
    await database.close()
