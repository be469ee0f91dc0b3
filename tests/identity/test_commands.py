"""`waymark create-staff`, `set-password`, `create-key` and their kin, as a person runs them."""

from __future__ import annotations

from dataclasses import replace

import jwt
from sqlalchemy import select

from backend.db.engine import Database
from backend.identity import passwords, sessions
from backend.identity.authentication import Authenticator
from backend.identity.models import AuditEntry, Password, Person, Session, SigningKey, SignInMethod, Staff, StaffRole
from backend.permissions import ACCOUNT_SCOPES, STAFF_PERMISSIONS
from backend.settings import Settings
from tests.command_line import waymark
from tests.factories import make_account, make_staff


async def test_a_person_becomes_staff_and_gets_a_password(database: Database, settings: Settings) -> None:
    made = await waymark(
        settings, "create-staff", "--email", "Ada@Example.com", "--name", "Ada Lovelace", "--role", "admin"
    )
    again = await waymark(settings, "create-staff", "--email", "ada@example.com", "--name", "Ada", "--role", "CSM")
    short = await waymark(settings, "set-password", "--email", "ada@example.com", "--stdin", typed="short\n")
    set_ = await waymark(settings, "set-password", "--email", "ADA@example.com", "--stdin", typed="long enough it is\n")
    nobody = await waymark(settings, "set-password", "--email", "x@example.com", "--stdin", typed="long enough it is\n")

    assert (made.returncode, made.stderr) == (0, "")
    assert made.stdout == (
        "Ada@Example.com is on the staff as ADMIN.\nNext: waymark set-password --email Ada@Example.com\n"
    )
    assert (again.returncode, again.stderr) == (1, "ada@example.com is on the staff already.\n")
    assert (short.returncode, short.stderr) == (1, "A password has 12 to 256 characters.\n")
    assert (set_.returncode, set_.stdout) == (0, "The password of ADA@example.com is set.\n")
    assert (nobody.returncode, nobody.stderr) == (1, "Nobody has the address x@example.com.\n")
    async with database.begin() as session:
        people = [(p.name, p.email, p.email_key) for p in await session.scalars(select(Person))]
        roles = list(await session.scalars(select(Staff.role)))
        stored = await session.scalar(select(Password.hash))
        actions = list(await session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)))
    assert people == [("Ada Lovelace", "Ada@Example.com", "ada@example.com")]
    assert roles == ["ADMIN"]
    assert await passwords.matches(stored, "long enough it is")
    assert not await passwords.matches(stored, "long enough it is not")
    assert actions == ["staff.created", "password.set"]


async def test_keys_are_made_shown_and_revoked(database: Database, settings: Settings) -> None:
    async with database.begin() as session:
        account = await make_account(session, external_id="crm-7")

    staff = await waymark(settings, "create-key", "--name", "Reports", "--staff-role", "executive")
    member = await waymark(settings, "create-key", "--name", "Portal", "--account", "crm-7", "--expires-days", "30")
    wrong = await waymark(settings, "create-key", "--name", "Portal", "--account", "crm-8")
    none = await waymark(settings, "create-key", "--name", "Nothing")
    both = await waymark(settings, "create-key", "--name", "x", "--account", "crm-7", "--staff-role", "CSM")
    too_much = await waymark(
        settings, "create-key", "--name", "x", "--account", "crm-7", "--scope", "accounts:internal"
    )

    authenticator = Authenticator(database, replace(settings))
    as_staff = await authenticator.viewer(f"Bearer {staff.stdout.strip()}")
    as_member = await authenticator.viewer(f"Bearer {member.stdout.strip()}")
    assert as_staff is not None
    assert (as_staff.kind, as_staff.permissions) == ("staff", STAFF_PERMISSIONS[StaffRole.EXECUTIVE])
    assert as_member is not None
    assert (as_member.kind, as_member.account_id, as_member.permissions) == ("member", account.id, ACCOUNT_SCOPES)
    assert (wrong.returncode, wrong.stderr) == (1, "There is no account with the id or external id 'crm-8'.\n")
    assert none.returncode == 1
    assert none.stderr.startswith("A key needs at least one scope: accounts:internal, accounts:read")
    assert both.returncode == 2
    assert too_much.stderr == (
        "'accounts:internal' is no scope that this key may have. "
        "Use some of accounts:read, billing:read, organization:read, people:read, people:write, profile:write.\n"
    )

    revoked = await waymark(settings, "revoke-key", staff.stdout[:14])
    assert revoked.stdout == f"{staff.stdout[:14]} is revoked. API processes refuse it within 5 seconds.\n"


async def test_sessions_are_listed_and_ended(database: Database, settings: Settings) -> None:
    async with database.begin() as session:
        who, other = await make_staff(session, email="ada@example.com"), await make_staff(session)
        device = sessions.Device("Firefox", "192.0.2.1")
        made = [
            await sessions.start(session, each.person_id, None, how=SignInMethod.PASSWORD, device=device)
            for each in (who, who, other)
        ]

    listed = await waymark(settings, "sessions", "list", "--email", "ada@example.com")
    one = await waymark(
        settings, "sessions", "end", "--email", "ada@example.com", "--session", f"sess_{made[0].session_id.hex}"
    )
    others = await waymark(
        settings, "sessions", "end", "--email", "ada@example.com", "--session", f"sess_{made[2].session_id.hex}"
    )
    wrong = await waymark(settings, "sessions", "end", "--email", "ada@example.com", "--session", "sess_5")
    rest = await waymark(settings, "sessions", "end", "--email", "ada@example.com")

    lines = listed.stdout.splitlines()
    assert [line.split()[0] for line in lines] == [f"sess_{each.session_id.hex}" for each in reversed(made[:2])]
    assert lines[0].endswith("192.0.2.1  Firefox")
    assert listed.stderr == "2 open (times in UTC).\n"
    assert (one.stdout, others.stdout, rest.stdout) == ("1 ended.\n", "0 ended.\n", "1 ended.\n")
    assert wrong.returncode == 2
    async with database.begin() as session:
        open_ = (await session.scalars(select(Session.id).where(sessions.is_open()))).all()
        assert list(open_) == [made[2].session_id]
        actors = (await session.scalars(select(AuditEntry.actor).where(AuditEntry.action == "session.ended"))).all()
        assert list(actors) == ["command line", "command line"]


async def test_signing_keys_are_rotated(database: Database, settings: Settings) -> None:
    async with database.begin() as session:
        staff = await make_staff(session)
        before = await sessions.start(session, staff.person_id, None, how=SignInMethod.PASSWORD)

    rotated = await waymark(settings, "keys", "rotate")

    async with database.begin() as session:
        after = await sessions.start(session, staff.person_id, None, how=SignInMethod.PASSWORD)
        newest = (await session.scalars(select(SigningKey.id).where(SigningKey.retired_at.is_(None)))).one()
        entry = (await session.scalars(select(AuditEntry).where(AuditEntry.action == "signing_key.rotated"))).one()
    assert (rotated.returncode, rotated.stdout) == (
        0,
        f"Access tokens are signed with key {newest.hex} from now on.\n",
    )
    assert (entry.actor, entry.subject) == ("command line", f"signing_key:{newest}")
    assert jwt.get_unverified_header(after.access.text)["kid"] == newest.hex
    authenticator = Authenticator(database, settings)
    for issued in (before, after):
        viewer = await authenticator.viewer(f"Bearer {issued.access.text}")
        assert viewer is not None
        assert viewer.person_id == staff.person_id
