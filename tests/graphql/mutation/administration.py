"""What the mutations of those who run Waymark are tried with: who is on the staff, keys, applications, rejects."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import asyncpg
import orjson

from backend.ingest.service import digest
from tests.graphql.mutation.cases import Case, Input, made, on_system, unknown
from tests.graphql.world import World


async def _colleague(_world: World) -> Input:
    return {"email": "new@beacon.example", "name": "New Colleague", "role": "CSM"}


async def colleague(world: World, role: str = "MANAGER") -> Input:
    """Somebody of the staff, by the role that they have."""
    nodes = (await world.data("staff", "{ staff(first: 50) { nodes { id role } } }"))["staff"]["nodes"]
    return {"staffId": next(node["id"] for node in nodes if node["role"] == role)}


async def _promoted(world: World) -> Input:
    return {**(await colleague(world)), "role": "ADMIN"}


async def _gone(world: World) -> Input:
    given = await colleague(world, "BILLING")
    await made(world, "deactivateStaff", "staff { id }", given, "staff")
    return given


def on_staff(given: Callable[[World], Awaitable[Input]], **more: Any) -> Case:
    """A mutation of who is on the staff, which admins do, and no key."""
    wrong = {} if "never_wrong" in more else {"wrong": unknown("staffId", "staff")}
    forbidden = ("MANAGER", "acme", "acme key", "staff key")
    shown = "staff { displayName role isActive hasTwoFactor person { email } }"
    return Case(**{"selection": shown, "allowed": "staff", "forbidden": forbidden, "input": given, **wrong, **more})


async def _write_key(_world: World) -> Input:
    return {"name": "Our product", "sourceKey": "product"}


async def write_key(world: World) -> Input:
    found = await made(world, "createWriteKey", "writeKey { id }", await _write_key(world), "staff")
    return {"writeKeyId": found["writeKey"]["id"]}


async def _application(_world: World) -> Input:
    return {"name": "Status page", "origins": ["https://status.example"]}


async def application(world: World) -> Input:
    found = await made(world, "createApplication", "application { id }", await _application(world), "staff")
    return {"applicationId": found["application"]["id"]}


async def _changed_application(world: World) -> Input:
    return {**(await application(world)), "documentPolicy": "REGISTERED", "pointsPerSecond": 500}


async def _rejects(world: World) -> Input:
    connection = await asyncpg.connect(world.settings.migrate_url)
    key = await connection.fetchval(
        "insert into write_keys (source_id, name, kind, prefix, secret_hash) values ($1, 'k', 'SERVER', 'wmw_x', 'x')"
        " returning id",
        world.source,
    )
    nameless = {"type": "track", "messageId": "n", "anonymousId": "a"}
    bodies = [orjson.dumps(each).decode() for each in ({**nameless, "event": "Seen", "messageId": "m"}, nameless)]
    await connection.executemany(
        "insert into event_rejects (source_id, write_key_id, code, field, reason, body, digest, is_whole)"
        " values ($1, $2, 'MISSING', 'event', 'no name', $3, $4, true)",
        [(world.source, key, body, digest("MISSING", body)) for body in bodies],
    )
    await connection.close()
    return {}


async def _face(_world: World) -> Input:
    return {"name": "Beacon success", "accentColor": "#2f6fed"}


ADMINISTRATION: dict[str, Case] = {
    "setPortalFace": on_system("name accentColor logo", _face, None, never_wrong="it belongs to no account"),
    "addStaff": on_staff(_colleague, never_wrong="it belongs to no account"),
    "setStaffRole": on_staff(_promoted),
    "deactivateStaff": on_staff(colleague),
    "reactivateStaff": on_staff(_gone),
    "createWriteKey": on_system(
        "writeKey { name kind prefix source { key } } secret", _write_key, None, never_wrong="it belongs to no account"
    ),
    "revokeWriteKey": on_system("writeKey { revokedAt }", write_key, unknown("writeKeyId", "wkey")),
    "replayRejects": on_system(
        "takenCount refusedCount lastReject { id }", _rejects, None, never_wrong="it takes all that are open"
    ),
    "createApplication": on_system(
        "application { name origins documentPolicy pointsPerSecond }",
        _application,
        None,
        never_wrong="it belongs to no account",
    ),
    "updateApplication": on_system(
        "application { documentPolicy }", _changed_application, unknown("applicationId", "app")
    ),
    "removeApplication": on_system("revokedKeys", application, unknown("applicationId", "app")),
}
"""By the mutation, as `CASES` has them."""
