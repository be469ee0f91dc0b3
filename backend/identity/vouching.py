"""Vouching: the company's own product says who of its users stands before the portal, by a token that it signs.

`verify` says what a token says; `let_in` begins the session of that member. Staff never come in this way.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

import jwt
from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert

from backend.db.engine import WriteSession
from backend.identity import members, sessions
from backend.identity.errors import BadOutsideToken, NotLetIn
from backend.identity.models import (
    Member,
    MemberState,
    Person,
    PersonIdentity,
    SignInMethod,
    Staff,
    Vouch,
    Voucher,
)
from backend.identity.outside_tokens import LEEWAY_SECONDS, KeySets, claims_of, header_of, is_text, key_for
from backend.identity.service import PersonFacts, email_key, put_persons
from backend.identity.sessions import Device, Issued
from backend.sealing import unseal
from backend.settings import Settings

HMAC = "HS256"
SECRET_PURPOSE = "vouching secrets"  # noqa: S105 - the name of a purpose
LONGEST_TOKEN = 4_000
LONGEST_SECONDS = 300
"""How long a token may live: it is made when somebody clicks."""


@dataclass(frozen=True, slots=True)
class Claims:
    """Whom a token vouches for."""

    issuer: str
    account: str
    """External id of the account, or its id."""
    subject: str | None
    """How the product names the person."""
    email: str | None
    """Their address, where the product has verified it."""
    name: str | None
    is_new: bool
    """The token asks for the member to be made where there is none."""
    token_id: str
    expires_at: datetime


def issuer_of(token: str) -> str:
    """Who claims to have signed the token; to be believed once `verify` has. Raises BadOutsideToken."""
    if len(token) > LONGEST_TOKEN:
        raise BadOutsideToken("it is too long")
    try:
        issuer = _text(jwt.decode(token, options={"verify_signature": False}), "iss")
    except (jwt.PyJWTError, ValueError):
        raise BadOutsideToken("it is no signed token") from None
    if issuer is None:
        raise BadOutsideToken("it lacks iss")
    return issuer


async def verify(settings: Settings, key_sets: KeySets, voucher: Voucher, token: str) -> Claims:
    """What a token of this voucher says. Raises BadOutsideToken, and NoAnswer where its keys cannot be fetched."""
    header = header_of(token, {voucher.algorithm}, longest=LONGEST_TOKEN)
    key: jwt.PyJWK | bytes
    if voucher.secret is not None:
        key = unseal(settings, SECRET_PURPOSE, voucher.secret)
    elif voucher.jwks is not None:
        key = key_for(voucher.jwks["keys"], header)
    else:
        key = await key_sets.find(voucher.jwks_url or "", header)
    said = claims_of(
        token, key, voucher.algorithm, issuer=voucher.issuer, audience=settings.base_url, required=["jti", "account"]
    )
    if not all(isinstance(said[name], int | float) for name in ("exp", "iat")):
        raise BadOutsideToken("its times are no numbers")
    if said["exp"] - said["iat"] > LONGEST_SECONDS:
        raise BadOutsideToken(f"it lives for more than {LONGEST_SECONDS} seconds")
    subject = _text(said, "sub") if voucher.source_id is not None else None
    email = _text(said, "email", 320) if said.get("email_verified") is True else None
    if subject is None and email is None:
        raise BadOutsideToken("it names nobody by sub, nor by an email that is email_verified")
    return Claims(
        voucher.issuer,
        _text(said, "account") or "",
        subject,
        email,
        _text(said, "name"),
        said.get("create") is True,
        _text(said, "jti") or "",
        datetime.fromtimestamp(int(said["exp"]), UTC),
    )


def _text(said: dict[str, Any], name: str, longest: int = 200) -> str | None:
    """A text of the token; None without one. Raises BadOutsideToken for what cannot be used."""
    value = said.get(name)
    if value is None:
        return None
    if not is_text(value, longest):
        raise BadOutsideToken(f"its {name} is no text of 1 to {longest} characters")
    return value


async def let_in(
    session: WriteSession, voucher: Voucher, claims: Claims, account_id: UUID, *, device: Device
) -> Issued:
    """Begin the session of the member whom the token names, in the caller's transaction.

    Raises BadOutsideToken for a token that was used, NotLetIn for whoever is not an active member, is on the staff, or
    was erased.
    """
    await _use(session, claims)
    makes = claims.is_new and voucher.may_create
    person_id = await _make_person(session, voucher, claims) if makes else await _find_person(session, voucher, claims)
    # The person is held to the end, so that two tokens at once make one membership.
    known = person_id and await session.scalar(
        select(Person.id).where(Person.id == person_id, Person.erased_at.is_(None)).with_for_update(key_share=True)
    )
    if person_id is None or known is None:
        raise NotLetIn("This person is not known here.")
    if await session.scalar(select(Staff.id).where(Staff.person_id == person_id)):
        raise NotLetIn("Staff do not come in this way. Sign in.")
    await _take_up(session, claims, account_id, person_id, makes=makes)
    return await sessions.start(session, person_id, account_id, how=SignInMethod.VOUCHED, device=device)


async def _use(session: WriteSession, claims: Claims) -> None:
    """Note that the token is used. Raises BadOutsideToken the second time; of two at once, one goes on."""
    used = await session.scalar(
        insert(Vouch)
        .values(
            issuer=claims.issuer,
            id_hash=sha256(claims.token_id.encode()).digest(),
            expires_at=claims.expires_at + timedelta(seconds=LEEWAY_SECONDS),
        )
        .on_conflict_do_nothing()
        .returning(Vouch.issuer)
    )
    if used is None:
        raise BadOutsideToken("it was used before")


async def _find_person(session: WriteSession, voucher: Voucher, claims: Claims) -> UUID | None:
    """The person by the product's id, else by the address that it has verified."""
    if claims.subject is not None:
        found = await session.scalar(
            select(PersonIdentity.person_id).where(
                PersonIdentity.source_id == voucher.source_id, PersonIdentity.external_id == claims.subject
            )
        )
        if found is not None:
            return found
    if claims.email is None:
        return None
    return await session.scalar(select(Person.id).where(Person.email_key == email_key(claims.email)))


async def _make_person(session: WriteSession, voucher: Voucher, claims: Claims) -> UUID:
    """The person as the product states them, made where nobody answers to that."""
    assert voucher.source_id is not None  # noqa: S101 - a constraint of the table
    found, _ = await put_persons(session, voucher.source_id, [PersonFacts(claims.subject, claims.email, claims.name)])
    return found[0]


async def _take_up(session: WriteSession, claims: Claims, account_id: UUID, person_id: UUID, *, makes: bool) -> None:
    """See to it that the person is an active member: who is invited joins, who is not there is made where that is
    asked and allowed. Raises NotLetIn for who left, and for nobody.
    """
    belongs = Member.account_id == account_id, Member.person_id == person_id
    state = await session.scalar(select(Member.state).where(*belongs).with_for_update())
    if state == MemberState.ACTIVE:
        return
    if state == MemberState.LEFT:
        raise NotLetIn("This person has left the account.")
    if state is None and not makes:
        raise NotLetIn("This person is not a member of the account.")
    await members.join(session, account_id, person_id, actor="voucher", after={"issuer": claims.issuer})


async def forget_old(session: WriteSession) -> int:
    """Forget used tokens that have expired, which nobody can use again; how many."""
    gone = await session.execute(delete(Vouch).where(Vouch.expires_at < func.waymark_now()).returning(Vouch.issuer))
    return len(gone.all())
