"""What each mutation is tried with: by whom it is allowed, and where it is refused.

A new mutation gets its row here; `test_cases.py` runs all of them and fails for one that has none.
"""

from __future__ import annotations

import base64
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg

from backend.identity import totp
from tests.graphql.world import World, public

UNKNOWN = "0" * 32
STAFF_ALONE = ("EXECUTIVE", "acme", "acme viewer", "acme key")
Input = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Case:
    """One mutation."""

    selection: str
    """What is selected of the payload, beside userErrors."""
    allowed: str = "CSM"
    """Who may do it; a word of `World.credential`."""
    forbidden: tuple[str, ...]
    """Who lack its permission."""
    input: Callable[[World], Awaitable[Input]]
    """What the allowed one sends. It may make what it needs, through the API, before."""
    wrong: Callable[[World, Input], Input] | None = None
    """The same for something of another account, or for something that nobody may see."""
    wrong_as: str = ""
    """Who tries that; the allowed one by default."""
    never_wrong: str = ""
    """Why there is no wrong account."""
    unaudited: str = ""
    """Why it leaves no audit entry."""
    leaves_nothing: str = ""
    """Why it changes no row."""


async def run(world: World, statement: str, *values: Any) -> None:
    """Change the world's database past the API, for what no mutation makes."""
    connection = await asyncpg.connect(world.settings.migrate_url)
    await connection.execute(statement, *values)
    await connection.close()


def staff_only(selection: str, given: Callable[[World], Awaitable[Input]], **more: Any) -> Case:
    """A mutation on an account that CSMs may do, executives may not, and members not even for their own account."""

    def wrong(world: World, sent: Input) -> Input:
        return {**sent, "accountId": f"acct_{UNKNOWN}"}

    return Case(**{"selection": selection, "forbidden": STAFF_ALONE, "input": given, "wrong": wrong, **more})


async def _touchpoint(world: World) -> Input:
    return {
        "accountId": public("acct", world.acme.account),
        "kind": "CALL",
        "summary": "They like the new report.",
        "personId": public("prsn", world.acme.persons[0]),
    }


async def _demo_action(world: World) -> Input:
    await run(world, "update organizations set is_demo = true")
    return {"action": "BUSY_MORNING", "accountId": public("acct", world.acme.account)}


async def _alert(world: World, **columns: str) -> Input:
    """An alert of its own for each case, made as the jobs make them."""
    given = {"rule_key": "'use_halved'", "account_id": f"'{world.acme.account}'", "severity": "'INFO'", "facts": "'{}'"}
    row = {**given, **columns}
    connection = await asyncpg.connect(world.settings.migrate_url)
    await connection.execute(
        "insert into alert_rules (key, name, severity, definition) values ('use_halved', 'Use', 'INFO', $1)"
        " on conflict do nothing",
        '{"use_falls": {}, "sentence": "Use fell by {percent} %."}',
    )
    made = await connection.fetchval(
        f"insert into alerts ({', '.join(row)}) values ({', '.join(row.values())}) returning id"
    )
    await connection.close()
    return {"alertId": public("alert", made)}


async def _resolved_alert(world: World) -> Input:
    return await _alert(world, state="'RESOLVED'", resolved_at="now()", resolution="'BY_STAFF'")


async def _snooze(world: World) -> Input:
    until = f"{world.today + timedelta(days=7)}T09:00:00Z"
    return {**await _alert(world), "until": until, "reason": "They are on holiday."}


async def _judgement(world: World) -> Input:
    return {**await _alert(world), "isUseful": True}


def on_alert(given: Callable[[World], Awaitable[Input]]) -> Case:
    """A mutation on an alert."""

    def wrong(world: World, sent: Input) -> Input:
        return {**sent, "alertId": f"alert_{UNKNOWN}"}

    selection = "alert { id state sentence isUseful snoozedUntil resolution account { name } rule { key openCount } }"
    return Case(selection=selection, forbidden=STAFF_ALONE, input=given, wrong=wrong)


def _foreign(name: str, key: Callable[[World], str]) -> Callable[[World, Input], Input]:
    """The same input with one id of Zenith, which no member of Acme sees."""
    return lambda world, sent: {**sent, name: key(world)}


async def _tuning(_world: World) -> Input:
    return {"changes": [{"leafKey": "people", "healthy": 0.9}]}


async def inbound(world: World) -> Input:
    """A mail that waits."""
    connection = await asyncpg.connect(world.settings.migrate_url)
    made = await connection.fetchval(
        "insert into inbound_mails (message_hash, state, reason, sender, subject, body) values"
        " (sha256(uuidv7()::text::bytea), 'REJECTED', 'UNKNOWN_SENDER', 'eve@elsewhere.example', 'Hello', 'Here I am.')"
        " returning id"
    )
    await connection.close()
    return {"mailId": public("inmail", made)}


async def _assigned(world: World) -> Input:
    return {**await inbound(world), "accountId": public("acct", world.acme.account)}


async def _view(world: World) -> Input:
    return {"accountId": public("acct", world.acme.account), "memberId": public("mem", world.acme.members[0])}


async def _invitation(world: World) -> Input:
    return {"accountId": public("acct", world.acme.account), "email": "new@acme.example", "idempotencyKey": "i"}


async def _member(world: World) -> Input:
    return {"memberId": public("mem", world.acme.members[1])}


async def _role(world: World) -> Input:
    return {**(await _member(world)), "role": "MEMBER"}


async def _parked(world: World) -> Input:
    await run(world, "update work_items set parked_at = now(), attempts = 5 where id = $1", world.work)
    return {"workItemId": public("work", world.work)}


async def _session(world: World) -> Input:
    return {"sessionId": public("sess", world.sessions["acme"])}


async def _another_session(world: World) -> Input:
    await run(
        world,
        "insert into sessions (person_id, account_id, how, expires_at, ends_at)"
        " select person_id, account_id, how, expires_at, ends_at from sessions where id = $1",
        world.sessions["acme"],
    )
    return {}


async def _password(_world: World) -> Input:
    return {"newPassword": "correct horse battery staple"}


async def _nothing(_world: World) -> Input:
    return {}


async def _first_code(world: World) -> Input:
    """Two-factor of an account's admin, begun: what their app shows."""
    begun = await made(world, "beginTwoFactor", "secret", {}, "acme")
    connection = await asyncpg.connect(world.settings.migrate_url)
    now = await connection.fetchval("select waymark_now()")
    await connection.close()
    return {"code": totp.code_of(base64.b32decode(begun["secret"]), totp.step_at(now))}


async def _recovery_code(world: World) -> Input:
    """The same, turned on: what stands in for a code."""
    confirmed = await made(world, "confirmTwoFactor", "recoveryCodes", await _first_code(world), "acme")
    return {"code": confirmed["recoveryCodes"][0]}


async def _key(_world: World) -> Input:
    return {"name": "Report", "scopes": ["accounts:read"], "expiresDays": 30, "idempotencyKey": "k"}


async def _made_key(world: World) -> Input:
    made = await world.data("acme", document("createApiKey", "apiKey { id }"), {"input": await _key(world)})
    return {"apiKeyId": made["createApiKey"]["apiKey"]["id"]}


async def _name(_world: World) -> Input:
    return {"name": "Ada Lovelace"}


async def _language(_world: World) -> Input:
    return {"locale": "pt-BR", "timeZone": "Europe/Berlin"}


async def made(world: World, name: str, selection: str, given: Input, who: str = "CSM") -> Any:
    """Have somebody run a mutation; what it answers."""
    found = (await world.data(who, document(name, selection), {"input": given}))[name]
    assert found["userErrors"] == [], found
    return found


def unknown(name: str, prefix: str) -> Callable[[World, Input], Input]:
    return lambda _world, sent: {**sent, name: f"{prefix}_{UNKNOWN}"}


def on(prefix: str, selection: str, given: Callable[[World], Awaitable[Input]], **more: Any) -> Case:
    """A mutation on something of an account, such as a note, that CSMs may do and executives may not."""
    return staff_only(selection, given, **{"wrong": unknown(f"{prefix}Id", prefix), **more})


async def _note_input(world: World) -> Input:
    return {"accountId": public("acct", world.acme.account), "body": "Wants a review in May."}


async def note(world: World) -> Input:
    found = await made(world, "createNote", "note { id }", await _note_input(world))
    return {"noteId": found["note"]["id"]}


async def _edited_note(world: World) -> Input:
    return {**(await note(world)), "body": "Wants a review in June."}


async def _deleted_note(world: World) -> Input:
    given = await note(world)
    await made(world, "deleteNote", "note { id }", given)
    return given


async def _pulse_input(world: World) -> Input:
    return {"accountId": public("acct", world.acme.account), "mood": "RED", "reason": "The sponsor left."}


async def pulse(world: World) -> Input:
    found = await made(world, "recordPulse", "pulse { id }", await _pulse_input(world))
    return {"pulseId": found["pulse"]["id"]}


async def _task_input(world: World) -> Input:
    return {"accountId": public("acct", world.acme.account), "title": "Prepare the review", "dueOn": "2026-05-01"}


async def task(world: World) -> Input:
    found = await made(world, "createTask", "task { id }", await _task_input(world))
    return {"taskId": found["task"]["id"]}


async def _passed_task(world: World) -> Input:
    return {**(await task(world)), "assigneeId": public("staff", world.staff), "dueOn": None}


async def _done_task(world: World) -> Input:
    given = await task(world)
    await made(world, "completeTask", "task { id }", given)
    return given


async def _accounts(world: World) -> Input:
    ids = [public("acct", world.zenith.account), public("acct", world.acme.account)]
    return {"accountIds": ids, "addTags": ["renewal risk"], "successManagerId": None}


async def declared(world: World) -> None:
    """Traits and roles, as a program would declare them."""
    await run(
        world,
        """insert into traits (key, name, kind, choices, position) values
             ('seats_wanted', 'Seats wanted', 'NUMBER', '{}', 0), ('go_live_on', 'Go-live', 'DATE', '{}', 1),
             ('region', 'Region', 'CHOICE', '{Europe,Americas}', 2), ('known', 'Known', 'BOOLEAN', '{}', 3),
             ('goal', 'Goal', 'TEXT', '{}', 4)""",
    )
    await run(world, "insert into owner_roles (key, name, position) values ('sponsor', 'Sponsor', 0)")


async def _owner(world: World) -> Input:
    await declared(world)
    return {
        "accountId": public("acct", world.acme.account),
        "role": "sponsor",
        "staffId": public("staff", world.staff),
    }


async def _traits(world: World) -> Input:
    await declared(world)
    return {"accountId": public("acct", world.acme.account), "traits": [{"key": "seats_wanted", "value": 40}]}


async def told(world: World, who: str = "CSM") -> Input:
    """A notification for somebody of the staff, about a task of theirs, made as the jobs make it."""
    task_id = (await task(world))["taskId"]
    connection = await asyncpg.connect(world.settings.migrate_url)
    made = await connection.fetchval(
        """insert into notifications (person_id, matter, event_id, account_id, task_id)
           select $1, 'TASK_ASSIGNED', e.id, t.account_id, t.id from tasks t, domain_events e
           where t.id = $2 and e.body->>'task_id' = t.id::text returning id""",
        world.people[who][0],
        UUID(hex=task_id.removeprefix("task_")),
    )
    await connection.close()
    return {"notificationIds": [public("told", made)]}


HOOK = {"name": "Our CRM", "url": "http://127.0.0.1:9/hooks", "events": ["alert.opened"]}


async def _hook_input(_world: World) -> Input:
    return {**HOOK, "idempotencyKey": "h"}


async def hook(world: World) -> Input:
    found = await made(world, "createWebhookEndpoint", "webhookEndpoint { id }", HOOK, "staff")
    return {"webhookEndpointId": found["webhookEndpoint"]["id"]}


async def _paused_hook(world: World) -> Input:
    given = await hook(world)
    await run(world, "update webhook_endpoints set paused_at = now(), pause_reason = 'FAILING'")
    return given


async def _delivery(world: World) -> Input:
    await hook(world)
    connection = await asyncpg.connect(world.settings.migrate_url)
    made = await connection.fetchval(
        """insert into webhook_deliveries (endpoint_id, type, body, state, delivered_at)
           select id, 'webhook.test', '{}', 'DELIVERED', now() from webhook_endpoints returning id"""
    )
    await connection.close()
    return {"deliveryId": public("dlv", made)}


def on_system(
    selection: str,
    given: Callable[[World], Awaitable[Input]],
    wrong: Callable[[World, Input], Input] | None,
    **more: Any,
) -> Case:
    """A mutation of whoever runs Waymark."""
    forbidden = ("MANAGER", "acme", "acme key")
    return Case(selection=selection, allowed="staff", forbidden=forbidden, input=given, wrong=wrong, **more)


_unknown_hook = unknown("webhookEndpointId", "hook")


async def _view_input(_world: World) -> Input:
    chosen = {"tier": {"in": ["business"]}, "isMine": True}
    order = {"field": "MRR"}
    return {"name": "Big ones", "filter": chosen, "orderBy": order, "columns": ["name", "mrr", "trait:region"]}


async def view(world: World, who: str = "CSM", **more: Any) -> Input:
    found = await made(world, "createSavedView", "savedView { id }", {**await _view_input(world), **more}, who)
    return {"savedViewId": found["savedView"]["id"]}


async def _changed_view(world: World) -> Input:
    return {**(await view(world)), "name": "The big ones", "isShared": True, "orderBy": None}


async def _deleted_view(world: World) -> Input:
    given = await view(world)
    await made(world, "deleteSavedView", "savedView { id }", given)
    return given


def on_view(given: Callable[[World], Awaitable[Input]], **more: Any) -> Case:
    """A mutation of one's own saved views, which every one of the staff has."""
    shown = "savedView { name isMine isShared filter columns deletedAt orderBy { field direction window } }"
    forbidden = ("acme", "acme viewer", "acme key", "narrow key")
    wrong = {} if "never_wrong" in more else {"wrong": unknown("savedViewId", "view")}
    unaudited = "it is how one looks at accounts; nothing of them changes"
    return Case(**{"selection": shown, "forbidden": forbidden, "input": given, "unaudited": unaudited, **wrong, **more})


OWN_ALONE = "it changes whoever is signed in, and takes no id"
TRIAL = "it is a trial"
CASES: dict[str, Case] = {
    "acknowledgeAlert": on_alert(_alert),
    "judgeAlert": on_alert(_judgement),
    "reopenAlert": on_alert(_resolved_alert),
    "resolveAlert": on_alert(_alert),
    "snoozeAlert": on_alert(_snooze),
    "logTouchpoint": staff_only("touchpoint { id summary person { email } loggedBy { displayName } }", _touchpoint),
    "createNote": staff_only("note { body writtenBy { displayName } account { name } }", _note_input),
    "updateNote": on("note", "note { body editedAt }", _edited_note),
    "deleteNote": on("note", "note { deletedAt }", note),
    "restoreNote": on("note", "note { deletedAt }", _deleted_note),
    "recordPulse": staff_only("pulse { mood isInForce disagreesWithScore }", _pulse_input),
    "withdrawPulse": on("pulse", "pulse { withdrawnAt }", pulse),
    "createTask": staff_only("task { title assignee { displayName } isOverdue }", _task_input),
    "updateTask": on("task", "task { assignee { displayName } dueOn }", _passed_task),
    "completeTask": on("task", "task { state closedBy { displayName } }", task),
    "cancelTask": on("task", "task { state }", task),
    "reopenTask": on("task", "task { state closedAt }", _done_task),
    "updateAccounts": staff_only(
        "accounts { name successManager { displayName } internal { tags } }",
        _accounts,
        wrong=lambda _world, sent: {**sent, "accountIds": [*sent["accountIds"], f"acct_{UNKNOWN}"]},
    ),
    "setAccountOwner": staff_only("account { internal { owners { role { name } staff { displayName } } } }", _owner),
    "setAccountTraits": staff_only("account { internal { traits } }", _traits),
    "viewAsCustomer": staff_only(
        "token expiresAt member { person { email } } account { name }",
        _view,
        forbidden=(*STAFF_ALONE, "BILLING", "staff key"),
        wrong=_foreign("memberId", lambda world: public("mem", world.zenith.members[0])),
    ),
    "previewHealthModel": Case(
        selection="preview { modelVersion movedCount bands { band before after } files { name } }",
        forbidden=("BILLING", "narrow staff", "acme", "acme key"),
        input=_tuning,
        never_wrong="a model belongs to no account",
        unaudited=TRIAL,
        leaves_nothing=TRIAL,
    ),
    "assignInboundMail": staff_only(
        "mail { state reason subject account { name } } touchpoint { summary kind loggedBy { displayName } }",
        _assigned,
        forbidden=(*STAFF_ALONE, "BILLING"),
    ),
    "dismissInboundMail": Case(
        selection="mail { state sender subject body }",
        forbidden=(*STAFF_ALONE, "BILLING"),
        input=inbound,
        wrong=lambda _world, _sent: {"mailId": f"inmail_{UNKNOWN}"},
    ),
    "inviteMember": Case(
        selection="member { state role person { email } account { name } }",
        allowed="acme",
        forbidden=("acme viewer", "narrow key", "EXECUTIVE"),
        input=_invitation,
        wrong=_foreign("accountId", lambda world: public("acct", world.zenith.account)),
    ),
    "removeMember": Case(
        selection="member { state leftOn }",
        allowed="acme",
        forbidden=("acme viewer", "narrow key", "EXECUTIVE"),
        input=_member,
        wrong=_foreign("memberId", lambda world: public("mem", world.zenith.members[1])),
    ),
    "updateMember": Case(
        selection="member { role }",
        allowed="acme",
        forbidden=("acme viewer", "narrow key", "EXECUTIVE"),
        input=_role,
        wrong=_foreign("memberId", lambda world: public("mem", world.zenith.members[1])),
    ),
    "revokeSession": Case(
        selection="session { isCurrent endedAt how }",
        allowed="acme",
        forbidden=("narrow key",),
        input=_session,
        wrong=_foreign("sessionId", lambda world: public("sess", world.sessions["zenith"])),
    ),
    "revokeOtherSessions": Case(
        selection="revokedCount",
        allowed="acme",
        forbidden=("narrow key",),
        input=_another_session,
        never_wrong=OWN_ALONE,
    ),
    "changePassword": Case(
        selection="person { email }",
        allowed="acme",
        forbidden=("narrow key",),
        input=_password,
        never_wrong=OWN_ALONE,
    ),
    "beginTwoFactor": Case(
        selection="secret uri",
        allowed="acme",
        forbidden=("narrow key",),
        input=_nothing,
        never_wrong=OWN_ALONE,
        unaudited="nothing holds before it is confirmed",
    ),
    "confirmTwoFactor": Case(
        selection="recoveryCodes person { email }",
        allowed="acme",
        forbidden=("narrow key",),
        input=_first_code,
        never_wrong=OWN_ALONE,
    ),
    "renewRecoveryCodes": Case(
        selection="recoveryCodes person { email }",
        allowed="acme",
        forbidden=("narrow key",),
        input=_recovery_code,
        never_wrong=OWN_ALONE,
    ),
    "disableTwoFactor": Case(
        selection="person { email }",
        allowed="acme",
        forbidden=("narrow key",),
        input=_recovery_code,
        never_wrong=OWN_ALONE,
    ),
    "createApiKey": Case(
        selection="secret apiKey { name scopes account { name } createdBy { email } }",
        allowed="acme",
        forbidden=("acme viewer", "acme key", "staff key", "CSM"),
        input=_key,
        wrong=_foreign("accountId", lambda world: public("acct", world.zenith.account)),
    ),
    "revokeApiKey": Case(
        selection="apiKey { revokedAt }",
        allowed="acme",
        forbidden=("acme viewer", "acme key", "staff key", "CSM"),
        input=_made_key,
        wrong=lambda _world, _sent: {"apiKeyId": f"key_{UNKNOWN}"},
    ),
    "updateProfile": Case(
        selection="person { displayName }",
        allowed="acme",
        forbidden=("narrow key",),
        input=_name,
        never_wrong=OWN_ALONE,
    ),
    "updatePreferences": Case(
        selection="person { locale timeZone }",
        allowed="acme",
        forbidden=("narrow key",),
        input=_language,
        never_wrong=OWN_ALONE,
    ),
    "runDemoAction": staff_only("account { name }", _demo_action),
    "createSavedView": on_view(_view_input, never_wrong="it belongs to no account"),
    "updateSavedView": on_view(_changed_view),
    "deleteSavedView": on_view(view),
    "restoreSavedView": on_view(_deleted_view),
    "setDefaultView": on_view(view),
    "rerunWorkItem": on_system("workItem { state attempts }", _parked, unknown("workItemId", "work")),
    "createWebhookEndpoint": on_system(
        "webhookEndpoint { name host events form deliveries(first: 1) { totalCount } } secret",
        _hook_input,
        None,
        never_wrong="it belongs to no account",
    ),
    "rotateWebhookSecret": on_system("webhookEndpoint { formerSecretUntil } secret", hook, _unknown_hook),
    "testWebhookEndpoint": on_system("delivery { type state endpoint { host } }", hook, _unknown_hook),
    "resumeWebhookEndpoint": on_system("webhookEndpoint { pausedAt pauseReason }", _paused_hook, _unknown_hook),
    "removeWebhookEndpoint": on_system("webhookEndpoint { removedAt }", hook, _unknown_hook),
    "replayDelivery": on_system(
        "delivery { state nextTryAt attempts endpoint { host } }", _delivery, unknown("deliveryId", "dlv")
    ),
}


def document(name: str, selection: str) -> str:
    """The mutation with one variable for its input."""
    kind = name[0].upper() + name[1:] + "Input"
    return (
        f"mutation($input: {kind}!) {{ {name}(input: $input) {{ {selection} userErrors {{ field code message }} }} }}"
    )
