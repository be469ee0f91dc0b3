"""`waymark oidc`, as a person runs it."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from backend.db.engine import Database
from backend.errors import Conflict, InvalidInput, NotFound
from backend.identity import outside_staff
from backend.identity.models import AuditEntry, OidcProvider, OutsideIdentity, StaffRole
from backend.identity.oidc import SECRET_PURPOSE
from backend.sealing import unseal
from backend.settings import Settings
from tests.command_line import waymark
from tests.factories import make_staff

SECRET = "what only the provider knows"
SET = ("oidc", "set", "company", "--issuer", "http://127.0.0.1:9/realm", "--client-id", "waymark", "--stdin")


async def test_a_provider_is_set_shown_and_removed_and_its_secret_is_never_told(
    database: Database, settings: Settings
) -> None:
    made = await waymark(settings, *SET, "--name", "Our login", typed=f"{SECRET}\n")
    shown = await waymark(settings, "oidc", "show")
    async with database.begin() as session:
        stored = (await session.scalars(select(OidcProvider.client_secret))).one()
    changed = await waymark(settings, *SET, "--domain", "example.com", "--provision", "csm", typed="another secret\n")
    shown_again = await waymark(settings, "oidc", "show")
    removed = await waymark(settings, "oidc", "remove", "company")
    gone = await waymark(settings, "oidc", "remove", "company")
    none = await waymark(settings, "oidc", "show")

    assert (made.returncode, made.stdout) == (
        0,
        "Staff sign in at http://127.0.0.1:8000/auth/oidc/company/login.\n"
        "Register exactly this redirect URI with the provider: http://127.0.0.1:8000/auth/oidc/company/callback\n",
    )
    assert made.stderr == (
        "The provider cannot be used yet: http://127.0.0.1:9/realm/.well-known/openid-configuration: ConnectError.\n"
    )
    assert stored is not None
    assert SECRET.encode() not in stored
    assert unseal(settings, SECRET_PURPOSE, stored) == SECRET.encode()
    assert shown.stdout == (
        "company: Our login, http://127.0.0.1:9/realm, client waymark\n"
        "  redirect URI: http://127.0.0.1:8000/auth/oidc/company/callback\n"
        "  secret: stored encrypted\n"
        "  addresses: verified ones only\n"
        "  domains: any\n"
        "  unknown persons: refused\n"
    )
    assert changed.returncode == 0
    assert "  domains: example.com\n  unknown persons: become CSM\n" in shown_again.stdout
    assert removed.stdout == "company is removed. Sessions that it opened go on until they end.\n"
    assert (gone.returncode, gone.stderr) == (1, "There is no identity provider 'company'.\n")
    assert none.stdout == "None.\n"
    async with database.begin() as session:
        actions = (await session.scalars(select(AuditEntry.action).order_by(AuditEntry.id))).all()
    assert actions == ["oidc_provider.set", "oidc_provider.set", "oidc_provider.removed"]


async def test_a_link_is_forgotten(database: Database, settings: Settings) -> None:
    async with database.begin() as session:
        staff = await make_staff(session, email="ada@example.com")
        session.add(OutsideIdentity(issuer="https://idp.example", subject="ada", person_id=staff.person_id))

    done = await waymark(settings, "oidc", "unlink", "ada@example.com")
    nobody = await waymark(settings, "oidc", "unlink", "bob@example.com")

    assert done.stdout == "1 links of ada@example.com are forgotten.\n"
    assert (nobody.returncode, nobody.stderr) == (1, "Nobody has the address bob@example.com.\n")
    async with database.begin() as session:
        assert await session.scalar(select(func.count()).select_from(OutsideIdentity)) == 0


@pytest.mark.parametrize(
    "values, message",
    [
        ({"key": "No Key"}, "A key has 1 to 40 small letters, digits and hyphens."),
        ({"client_id": " "}, "clientId must be text of 1 to 1000 characters."),
        ({"client_secret": "a\nb"}, "clientSecret must be text of 1 to 1000 characters."),
        ({"issuer": "http://idp.example"}, "only https is asked"),
        ({"allowed_domains": ["example"]}, "'example' is no domain such as example.com."),
        ({"provision_role": StaffRole.CSM}, "name the domains whose addresses are the company's"),
        (
            {"provision_role": StaffRole.ADMIN, "allowed_domains": ["example.com"]},
            "Nobody becomes ADMIN by signing in.",
        ),
    ],
)
async def test_what_cannot_work_or_lets_in_anybody_is_refused(
    database: Database, settings: Settings, values: dict[str, object], message: str
) -> None:
    given: dict[str, object] = {
        "key": "company",
        "name": "Our login",
        "issuer": "https://idp.example",
        "client_id": "waymark",
        "client_secret": SECRET,
    }
    with pytest.raises(InvalidInput, match=message):
        async with database.begin() as session:
            await outside_staff.set_provider(session, settings, **given | values)  # type: ignore[arg-type]

    async with database.begin() as session:
        assert await session.scalar(select(func.count()).select_from(OidcProvider)) == 0
        with pytest.raises(NotFound):
            await outside_staff.provider(session, "company")


async def test_an_issuer_is_one_provider(database: Database, settings: Settings) -> None:
    async with database.begin() as session:
        for key in ("first", "first"):  # again is a change
            await outside_staff.set_provider(
                session, settings, key=key, name="x", issuer="https://idp.example", client_id="w", client_secret=None
            )
        with pytest.raises(Conflict, match=r"https://idp\.example is the provider 'first' already"):
            await outside_staff.set_provider(
                session,
                settings,
                key="second",
                name="x",
                issuer="https://idp.example",
                client_id="w",
                client_secret=None,
            )
