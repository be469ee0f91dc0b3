"""Tables of identity. A person is one human across employers; access belongs to memberships and staff roles."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, PrimaryKeyConstraint, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY, BYTEA
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Text

from backend.db.base import (
    Base,
    Code,
    Erasure,
    Id,
    Identifier,
    Json,
    Long,
    Personal,
    Prose,
    RecordedAt,
    Secret,
    erased,
    one_of,
)


class MemberRole(StrEnum):
    """What a member may do in their account."""

    ADMIN = "ADMIN"
    MEMBER = "MEMBER"
    BILLING = "BILLING"
    VIEWER = "VIEWER"


class MemberState(StrEnum):
    """Where a membership stands."""

    INVITED = "INVITED"
    ACTIVE = "ACTIVE"
    LEFT = "LEFT"


class StaffRole(StrEnum):
    """What a member of the organization's staff may do; `permissions.py` has the permissions of each."""

    CSM = "CSM"
    MANAGER = "MANAGER"
    EXECUTIVE = "EXECUTIVE"
    BILLING = "BILLING"
    ADMIN = "ADMIN"


class Organization(Base):
    """The company that runs this Waymark. Exactly one row."""

    __tablename__ = "organizations"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, server_default=text("1"))
    name: Mapped[Code]
    time_zone: Mapped[Code] = mapped_column(server_default=text("'UTC'"))
    home_currency: Mapped[Code] = mapped_column(server_default=text("'USD'"))
    is_demo: Mapped[bool] = mapped_column(server_default=text("false"))
    portal_name: Mapped[Code | None]
    """What the portal calls itself; empty: the organization's name."""
    accent_color: Mapped[Code | None]
    logo: Mapped[Code | None]
    """An image as a `data:` address: pages load no image from elsewhere."""
    chosen_portal_name: Mapped[Code | None]
    """What staff chose, which goes before what the program's file says; empty: nothing was chosen."""
    chosen_accent_color: Mapped[Code | None]
    chosen_logo: Mapped[Code | None]
    created_at: Mapped[RecordedAt]


class Person(Base):
    """A human, once, across employers. An erased one stays as an id that facts refer to."""

    __tablename__ = "persons"
    __table_args__ = (
        CheckConstraint("erased_at is null or (name is null and email is null)", name="erased_stays_empty"),
        Index("ix_persons_erased", "id", postgresql_where=text("erased_at is not null")),
        # What `people(text:)` searches: any part of them, by the letters that stand beside each other (pg_trgm).
        Index("ix_persons_name_trigrams", text("lower(name)"), postgresql_using="gin"),
        Index("ix_persons_email_trigrams", "email_key", postgresql_using="gin"),
    )
    id: Mapped[Id]
    name: Mapped[Personal | None]
    email: Mapped[Personal | None]
    email_key: Mapped[Identifier | None] = mapped_column(unique=True)
    """The address case-folded and trimmed: two persons never share one."""
    locale: Mapped[Personal] = mapped_column(server_default=text("'en'"))
    time_zone: Mapped[Personal | None]
    created_at: Mapped[RecordedAt]
    erased_at: Mapped[datetime | None]


class PersonIdentity(Base):
    """How a source names a person, for example the user id of the company's own product."""

    __tablename__ = "person_identities"
    __table_args__ = (UniqueConstraint("source_id", "external_id"),)
    id: Mapped[Id]
    source_id: Mapped[UUID] = mapped_column(ForeignKey("sources.id"))
    external_id: Mapped[Identifier]
    person_id: Mapped[UUID] = mapped_column(ForeignKey("persons.id"), index=True)
    created_at: Mapped[RecordedAt]


class Member(Base):
    """A person in an account, from a day to a day, as known since `known_at`."""

    __tablename__ = "members"
    __table_args__ = (
        one_of("role", MemberRole),
        one_of("state", MemberState),
        UniqueConstraint("account_id", "person_id"),
        Index(None, "person_id"),
        Index(None, "account_id", "joined_on", "id"),  # the order in which an account shows its people
    )
    id: Mapped[Id]
    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id"))
    person_id: Mapped[UUID] = mapped_column(ForeignKey("persons.id"))
    role: Mapped[Code] = mapped_column(server_default=text("'MEMBER'"))
    state: Mapped[Code] = mapped_column(server_default=text("'ACTIVE'"))
    title: Mapped[Personal | None]
    is_champion: Mapped[bool] = mapped_column(server_default=text("false"))
    joined_on: Mapped[date]
    left_on: Mapped[date | None]
    known_at: Mapped[RecordedAt]
    last_seen_at: Mapped[datetime | None]
    """When a session of theirs for this account last began or was refreshed, to the hour."""
    created_at: Mapped[RecordedAt]


class Staff(Base):
    """A person who works for the organization."""

    __tablename__ = "staff"
    __table_args__ = (one_of("role", StaffRole),)
    id: Mapped[Id]
    person_id: Mapped[UUID] = mapped_column(ForeignKey("persons.id"), unique=True)
    role: Mapped[Code]
    is_active: Mapped[bool] = mapped_column(server_default=text("true"))
    created_at: Mapped[RecordedAt]


class Password(Base):
    """The Argon2 hash of a person's password."""

    __tablename__ = "passwords"
    person_id: Mapped[UUID] = mapped_column(ForeignKey("persons.id"), primary_key=True)
    hash: Mapped[Secret]
    changed_at: Mapped[RecordedAt]


class SecondFactor(Base):
    """What a person shows beside a password or a mailed link: the secret that their authenticator app has."""

    __tablename__ = "second_factors"
    person_id: Mapped[UUID] = mapped_column(ForeignKey("persons.id"), primary_key=True)
    secret: Mapped[bytes] = mapped_column(BYTEA, info=erased(Erasure.ROW_DELETED))
    """Sealed under WAYMARK_SECRET."""
    last_step: Mapped[Long] = mapped_column(server_default=text("0"))
    """The newest step whose code was used: no code counts twice."""
    created_at: Mapped[RecordedAt]
    enabled_at: Mapped[datetime | None]
    """When a first code proved that the app has the secret; before that nobody is asked for one."""


class RecoveryCode(Base):
    """What stands in for the app, once; using it deletes it."""

    __tablename__ = "recovery_codes"
    __table_args__ = (PrimaryKeyConstraint("person_id", "hash"),)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("persons.id"))
    hash: Mapped[Secret]
    """Keyed with WAYMARK_SECRET."""


class SignInMethod(StrEnum):
    """How somebody proved who they are."""

    PASSWORD = "PASSWORD"  # noqa: S105 - the word itself
    LINK = "LINK"
    OIDC = "OIDC"
    VOUCHED = "VOUCHED"
    SET_UP = "SET_UP"


class SessionEnd(StrEnum):
    """Why a session ended before its time."""

    SIGNED_OUT = "SIGNED_OUT"
    REVOKED = "REVOKED"
    REPLAYED = "REPLAYED"
    PASSWORD_CHANGED = "PASSWORD_CHANGED"  # noqa: S105 - the word itself
    TWO_FACTOR_CHANGED = "TWO_FACTOR_CHANGED"
    TOO_MANY = "TOO_MANY"
    SWITCHED = "SWITCHED"
    """The person went on for another of their accounts."""


class Session(Base):
    """Somebody who signed in, on one device, until it ends; its access tokens hold no longer than it does."""

    __tablename__ = "sessions"
    __table_args__ = (
        one_of("how", SignInMethod),
        one_of("end_reason", SessionEnd),
        CheckConstraint("(ended_at is null) = (end_reason is null)", name="end_has_a_reason"),
        Index(None, "person_id", "created_at"),
    )
    id: Mapped[Id]
    person_id: Mapped[UUID] = mapped_column(ForeignKey("persons.id"))
    account_id: Mapped[UUID | None] = mapped_column(ForeignKey("accounts.id"))
    """The account that a member signed in for; empty for staff."""
    how: Mapped[Code]
    device: Mapped[Personal | None]
    """How the browser or program names itself."""
    network_address: Mapped[Personal | None]
    generation: Mapped[int] = mapped_column(server_default=text("1"))
    """How many refresh tokens were given out; only the newest refreshes."""
    created_at: Mapped[RecordedAt]
    refreshed_at: Mapped[RecordedAt]
    expires_at: Mapped[datetime]
    """When it ends unless it is used before."""
    ends_at: Mapped[datetime]
    """When it ends in any case."""
    ended_at: Mapped[datetime | None]
    end_reason: Mapped[Code | None]


class SignInChallenge(Base):
    """Somebody whose password or link was right and whose second factor is awaited. Its secret is the signed id."""

    __tablename__ = "sign_in_challenges"
    __table_args__ = (one_of("how", SignInMethod), Index(None, "expires_at"))
    id: Mapped[Id]
    person_id: Mapped[UUID] = mapped_column(ForeignKey("persons.id"), index=True)
    account_id: Mapped[UUID | None] = mapped_column(ForeignKey("accounts.id"))
    """The account that a member signs in for; empty for staff."""
    how: Mapped[Code]
    created_at: Mapped[RecordedAt]
    expires_at: Mapped[datetime]


class LinkPurpose(StrEnum):
    """What a mailed link is for."""

    SIGN_IN = "SIGN_IN"
    INVITATION = "INVITATION"
    SET_UP = "SET_UP"
    """Makes the first admin; it is shown by the command line, and nobody's yet."""


class Link(Base):
    """A link that signs somebody in, once. Its secret is the signed id, so none is stored."""

    __tablename__ = "links"
    __table_args__ = (
        one_of("purpose", LinkPurpose),
        CheckConstraint(
            "num_nonnulls(email, person_id) = case purpose when 'SET_UP' then 0 else 1 end",
            name="asked_for_or_somebodys",
        ),
        CheckConstraint("(purpose = 'INVITATION') = (account_id is not null)", name="invitations_name_an_account"),
    )
    id: Mapped[Id]
    purpose: Mapped[Code]
    email: Mapped[Personal | None]
    """Case-folded; the address for which it was asked, until a worker has looked whose it is."""
    person_id: Mapped[UUID | None] = mapped_column(ForeignKey("persons.id"), index=True)
    account_id: Mapped[UUID | None] = mapped_column(ForeignKey("accounts.id"))
    """The account that an invitation is for."""
    created_at: Mapped[RecordedAt]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class ApiKey(Base):
    """A secret that a program signs in with: staff scopes, or one account's member scopes."""

    __tablename__ = "api_keys"
    id: Mapped[Id]
    name: Mapped[Prose]
    prefix: Mapped[Code] = mapped_column(unique=True)
    """The first letters of the key, shown in lists and used to find the row."""
    secret_hash: Mapped[bytes] = mapped_column(BYTEA)
    """SHA-256 of the whole key; the key has 256 random bits, so no slow hash is needed."""
    account_id: Mapped[UUID | None] = mapped_column(ForeignKey("accounts.id"))
    """Set for a key that acts as a member of one account; empty for a staff key."""
    application_id: Mapped[UUID | None] = mapped_column(ForeignKey("applications.id"))
    """Set for a key that is used by one application alone."""
    scopes: Mapped[list[str]] = mapped_column(ARRAY(Text), info=erased(Erasure.NEVER_PERSONAL))
    created_by: Mapped[UUID | None] = mapped_column(ForeignKey("persons.id"))
    created_at: Mapped[RecordedAt]
    expires_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]


class SigningKey(Base):
    """A key pair that signs access tokens (EdDSA); the private half is encrypted under WAYMARK_SECRET."""

    __tablename__ = "signing_keys"
    id: Mapped[Id]
    public_key: Mapped[Code]
    private_key: Mapped[bytes] = mapped_column(BYTEA)
    created_at: Mapped[RecordedAt]
    retired_at: Mapped[datetime | None]


class SignInFailure(Base):
    """A failed sign-in, kept so that guessing is throttled across every API process."""

    __tablename__ = "sign_in_failures"
    id: Mapped[Id]
    throttle_key: Mapped[Code] = mapped_column(index=True)
    """Keyed hash of what was tried (address, or network address): never the address itself."""
    failed_at: Mapped[RecordedAt]


class AuditEntry(Base):
    """Who did what to customer data, on whose behalf. Append-only; ids and states, never names."""

    __tablename__ = "audit_entries"
    __table_args__ = (Index(None, "account_id", "id"), Index(None, "actor_person_id", "id"))
    id: Mapped[Id]
    actor_person_id: Mapped[UUID | None]
    actor_key_id: Mapped[UUID | None]
    """The API key, where one acted."""
    actor: Mapped[Code]
    """`staff`, `member`, `api key`, `command line`, `identity provider`, `voucher` or `mail`."""
    action: Mapped[Code]
    account_id: Mapped[UUID | None]
    subject: Mapped[Code | None]
    before: Mapped[Json | None]
    after: Mapped[Json | None]
    at: Mapped[RecordedAt]


class OidcProvider(Base):
    """An OpenID Connect provider that staff sign in with. Written by `waymark oidc` alone."""

    __tablename__ = "oidc_providers"
    __table_args__ = (
        CheckConstraint("provision_role is null or cardinality(allowed_domains) > 0", name="provisions_within_domains"),
        CheckConstraint("provision_role in ('CSM', 'MANAGER', 'EXECUTIVE', 'BILLING')", name="provision_role_known"),
    )
    key: Mapped[Code] = mapped_column(primary_key=True)
    """Stands in the addresses of its sign-in and callback."""
    name: Mapped[Code]
    issuer: Mapped[Code] = mapped_column(unique=True)
    client_id: Mapped[Code]
    client_secret: Mapped[bytes | None] = mapped_column(BYTEA)
    """Sealed under WAYMARK_SECRET; empty for a client without a secret, which PKCE alone protects."""
    trusts_addresses: Mapped[bool] = mapped_column(server_default=text("false"))
    """Addresses count as verified though the provider does not say so: it is the company's own."""
    allowed_domains: Mapped[list[str]] = mapped_column(
        ARRAY(Text), server_default=text("'{}'"), info=erased(Erasure.NEVER_PERSONAL)
    )
    """Domains of addresses that may sign in; empty: every one."""
    provision_role: Mapped[Code | None]
    """The staff role that an unknown person is given; empty: staff must exist before. Never ADMIN."""
    changed_at: Mapped[RecordedAt]


class OutsideIdentity(Base):
    """A person as an OpenID Connect provider knows them."""

    __tablename__ = "outside_identities"
    __table_args__ = (UniqueConstraint("issuer", "subject"), UniqueConstraint("person_id", "issuer"))
    id: Mapped[Id]
    issuer: Mapped[Code]
    subject: Mapped[Identifier]
    person_id: Mapped[UUID] = mapped_column(ForeignKey("persons.id"))
    created_at: Mapped[RecordedAt]
    last_used_at: Mapped[datetime | None]


class Voucher(Base):
    """A system of the organization that vouches for members. Written by `waymark vouching` alone."""

    __tablename__ = "vouchers"
    __table_args__ = (
        CheckConstraint("algorithm in ('HS256', 'RS256', 'PS256', 'ES256', 'EdDSA')", name="algorithm_known"),
        CheckConstraint("(algorithm = 'HS256') = (secret is not null)", name="secret_of_hs256"),
        CheckConstraint("num_nonnulls(secret, jwks, jwks_url) = 1", name="one_kind_of_key"),
        CheckConstraint("source_id is not null or not may_create", name="creates_in_a_source"),
    )
    issuer: Mapped[Code] = mapped_column(primary_key=True)
    """The `iss` of its tokens."""
    algorithm: Mapped[Code]
    secret: Mapped[bytes | None] = mapped_column(BYTEA)
    """Sealed under WAYMARK_SECRET."""
    jwks: Mapped[Json | None]
    jwks_url: Mapped[Code | None]
    source_id: Mapped[UUID | None] = mapped_column(ForeignKey("sources.id"))
    """The source whose ids of persons are the `sub` of its tokens; empty: `sub` is not looked at."""
    may_create: Mapped[bool] = mapped_column(server_default=text("false"))
    """It may have members made, where the token asks for it."""
    changed_at: Mapped[RecordedAt]


class Vouch(Base):
    """A token that was used, kept until it has expired, so that it is used once."""

    __tablename__ = "vouches"
    __table_args__ = (PrimaryKeyConstraint("issuer", "id_hash"), Index(None, "expires_at"))
    issuer: Mapped[Code]
    id_hash: Mapped[bytes] = mapped_column(BYTEA)
    """SHA-256 of its `jti`."""
    expires_at: Mapped[datetime]
