"""From what an OpenID Connect provider says to a person of the staff; and the providers themselves."""

from __future__ import annotations

import re
from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import delete, func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from backend.errors import Conflict, InvalidInput, NotFound
from backend.identity import audit, staff, tombstones
from backend.identity.errors import NotLetIn
from backend.identity.models import OidcProvider, OutsideIdentity, Person, Staff, StaffRole
from backend.identity.oidc import SECRET_PURPOSE, Claims
from backend.outgoing import check_url
from backend.sealing import seal
from backend.settings import Settings

KEY = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
DOMAIN = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)+")


async def provider(session: AsyncSession, key: str) -> OidcProvider:
    """The provider with this key. Raises NotFound."""
    found = await session.get(OidcProvider, key)
    if found is None:
        raise NotFound(f"There is no identity provider {key!r}.", field=["provider"])
    return found


async def set_provider(
    session: AsyncSession,
    settings: Settings,
    *,
    key: str,
    name: str,
    issuer: str,
    client_id: str,
    client_secret: str | None,
    trusts_addresses: bool = False,
    allowed_domains: Sequence[str] = (),
    provision_role: StaffRole | None = None,
) -> OidcProvider:
    """Make or change a provider. Raises InvalidInput for what cannot work or would let in whoever has an address."""
    if not KEY.fullmatch(key):
        raise InvalidInput("A key has 1 to 40 small letters, digits and hyphens.", field=["key"])
    for field, value in (("name", name), ("clientId", client_id), ("clientSecret", client_secret or "-")):
        if not value.strip() or not value.isprintable() or len(value) > 1_000:
            raise InvalidInput(f"{field} must be text of 1 to 1000 characters.", field=[field])
    domains = sorted({domain.strip().lower().removeprefix("@") for domain in allowed_domains})
    wrong = [domain for domain in domains if not DOMAIN.fullmatch(domain)]
    if wrong:
        raise InvalidInput(f"{wrong[0]!r} is no domain such as example.com.", field=["allowedDomains"])
    if provision_role is StaffRole.ADMIN:
        raise InvalidInput("Nobody becomes ADMIN by signing in. Use `waymark create-staff`.", field=["provisionRole"])
    if provision_role is not None and not domains:
        raise InvalidInput(
            "To make staff of unknown persons, name the domains whose addresses are the company's.",
            field=["allowedDomains"],
        )
    values = {
        "name": name.strip(),
        "issuer": check_url(settings, issuer),
        "client_id": client_id,
        "client_secret": seal(settings, SECRET_PURPOSE, client_secret.encode()) if client_secret else None,
        "trusts_addresses": trusts_addresses,
        "allowed_domains": domains,
        "provision_role": provision_role and provision_role.value,
        "changed_at": func.waymark_now(),
    }
    other = await session.scalar(select(OidcProvider.key).where(OidcProvider.issuer == issuer, OidcProvider.key != key))
    if other is not None:
        raise Conflict(f"{issuer} is the provider {other!r} already.", field=["issuer"])
    made: OidcProvider | None = await session.scalar(
        insert(OidcProvider)
        .values(key=key, **values)
        .on_conflict_do_update(index_elements=["key"], set_=values)
        .returning(OidcProvider)
        .execution_options(populate_existing=True)
    )
    assert made is not None  # noqa: S101 - RETURNING gives the row
    after = {"issuer": issuer, "allowedDomains": domains, "provisionRole": made.provision_role}
    await audit.record(session, "oidc_provider.set", actor="command line", subject=f"oidc:{key}", after=after)
    return made


async def remove_provider(session: AsyncSession, *, key: str) -> None:
    """End signing in through a provider; who signed in stays linked to it. Raises NotFound."""
    await session.delete(await provider(session, key))
    await audit.record(session, "oidc_provider.removed", actor="command line", subject=f"oidc:{key}")


async def unlink(session: AsyncSession, *, email: str) -> int:
    """Forget as whom providers know a person, so that the next sign-in links them anew; how many links there were."""
    person_id = await staff.person_with(session, email)
    gone = await session.execute(
        delete(OutsideIdentity).where(OutsideIdentity.person_id == person_id).returning(OutsideIdentity.id)
    )
    count = len(gone.all())
    await audit.record(session, "staff.unlinked", actor="command line", subject=f"person:{person_id}")
    return count


async def person_of(session: AsyncSession, provider: OidcProvider, claims: Claims) -> UUID:
    """The person of the staff whom the provider names, found by its subject; by the verified address the first time.

    Raises NotLetIn with the reason and the remedy.
    """
    domain = claims.email.rpartition("@")[2].lower() if claims.email and claims.is_verified else ""
    if provider.allowed_domains and domain not in provider.allowed_domains:
        raise NotLetIn(f"{provider.name} names no verified address of {', '.join(provider.allowed_domains)}.")
    known = await session.scalar(
        select(OutsideIdentity.person_id).where(
            OutsideIdentity.issuer == provider.issuer, OutsideIdentity.subject == claims.subject
        )
    )
    person_id = known or await _first_time(session, provider, claims)
    is_active = await session.scalar(select(Staff.is_active).where(Staff.person_id == person_id))
    if not is_active:
        raise NotLetIn("You are not on the staff any more. Ask an administrator.")
    if known:
        await session.execute(
            update(OutsideIdentity)
            .where(OutsideIdentity.issuer == provider.issuer, OutsideIdentity.subject == claims.subject)
            .values(last_used_at=func.waymark_now())
        )
    return person_id


async def _first_time(session: AsyncSession, provider: OidcProvider, claims: Claims) -> UUID:
    left = await tombstones.tombstones(session, OutsideIdentity.subject, [claims.subject])
    erased = select(OutsideIdentity.id).where(
        OutsideIdentity.issuer == provider.issuer, OutsideIdentity.subject.in_(left)
    )
    if left and await session.scalar(erased):
        raise NotLetIn("You were erased here. Ask an administrator.")
    if not claims.email or not claims.is_verified:
        raise NotLetIn(f"{provider.name} names no verified address, by which you could be known here.")
    key = staff.email_key(claims.email)
    # Two first sign-ins of one person at once: the second finds what the first has made.
    await session.execute(
        text("select pg_advisory_xact_lock(hashtextextended(:key, 0))"), {"key": f"oidc {provider.issuer} {key}"}
    )
    person_id = await session.scalar(
        select(Staff.person_id).join(Person, Person.id == Staff.person_id).where(Person.email_key == key)
    )
    if person_id is None:
        person_id = await _provision(session, provider, claims, claims.email)
    linked = await session.scalar(
        insert(OutsideIdentity)
        .values(issuer=provider.issuer, subject=claims.subject, person_id=person_id, last_used_at=func.waymark_now())
        .on_conflict_do_nothing()
        .returning(OutsideIdentity.id)
    )
    if linked is None:
        same = select(OutsideIdentity.subject).where(
            OutsideIdentity.issuer == provider.issuer, OutsideIdentity.person_id == person_id
        )
        if await session.scalar(same) != claims.subject:
            raise NotLetIn(
                f"Your address is linked to another login of {provider.name}. "
                "An administrator can unlink it: `waymark oidc unlink`."
            )
    else:
        await audit.record(
            session,
            "staff.linked",
            actor="identity provider",
            subject=f"person:{person_id}",
            after={"issuer": provider.issuer},
        )
    return person_id


async def _provision(session: AsyncSession, provider: OidcProvider, claims: Claims, email: str) -> UUID:
    if provider.provision_role is None:
        raise NotLetIn("You are not on the staff here. An administrator can add you: `waymark create-staff`.")
    keys = await tombstones.tombstones(session, Person.email_key, [staff.email_key(email)])
    if keys and await session.scalar(select(Person.id).where(Person.email_key.in_(keys))):
        raise NotLetIn("You were erased here. Ask an administrator.")
    name = (claims.name or "").strip()
    is_usable = bool(name) and name.isprintable() and len(name) <= 200
    made = await staff.create(
        session,
        email=email,
        name=name if is_usable else email.partition("@")[0],
        role=StaffRole(provider.provision_role),
        actor="identity provider",
    )
    return made.person_id
