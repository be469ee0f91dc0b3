"""What a viewer may do: one vocabulary, and which of it each role has."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum

from backend.errors import InvalidInput
from backend.identity.models import MemberRole, StaffRole


class Permission(StrEnum):
    """A right, written `noun:verb`. Scopes of API keys are these words."""

    ORGANIZATION_READ = "organization:read"
    """The organization, its tiers and the metrics that the viewer may see."""
    ACCOUNTS_READ = "accounts:read"
    """An account with its health, usage and limits: every account for staff, their own for members."""
    ACCOUNTS_INTERNAL = "accounts:internal"
    """Everything behind `Account.internal`, and lists of accounts: filters and orders tell as much. Staff alone."""
    ACCOUNTS_WRITE = "accounts:write"
    """Daily work on accounts: contacts, notes, pulses, tags, traits and owners. Staff alone."""
    ACCOUNTS_IMPERSONATE = "accounts:impersonate"
    """Viewing as a customer, read-only: what a member of an account sees. Staff who are signed in; no key."""
    TASKS_WRITE = "tasks:write"
    """Tasks of the staff: noting, passing on, closing. Staff alone."""
    PEOPLE_READ = "people:read"
    """Members and persons: of their own account for members."""
    PEOPLE_WRITE = "people:write"
    """Inviting, changing and removing members: of their own account for members."""
    PROFILE_WRITE = "profile:write"
    """One's own name, language, time zone, password and sessions."""
    KEYS_WRITE = "keys:write"
    """Making, listing and ending API keys: of their own account for members. Persons alone: no key makes keys."""
    BILLING_READ = "billing:read"
    """Subscriptions with their prices: of their own account for members."""
    PROGRAM_READ = "program:read"
    """Versions of the program and of the health model. Staff alone."""
    SYSTEM_READ = "system:read"
    """Sources, imports, the work list and the audit entries. Staff alone."""
    SYSTEM_WRITE = "system:write"
    """Having parked work tried again; webhooks, write keys, applications, rejects. Staff alone."""
    STAFF_WRITE = "staff:write"
    """Adding staff, their roles, and who is on the staff no more. Persons alone: no key makes anybody an admin."""
    ALERTS_WRITE = "alerts:write"
    """Acknowledging, snoozing, resolving and judging alerts. Staff alone."""


P = Permission

_EVERY_MEMBER = frozenset({P.ORGANIZATION_READ, P.ACCOUNTS_READ, P.PROFILE_WRITE})

MEMBER_PERMISSIONS: Mapping[MemberRole, frozenset[Permission]] = {
    MemberRole.ADMIN: _EVERY_MEMBER | {P.PEOPLE_READ, P.PEOPLE_WRITE, P.BILLING_READ, P.KEYS_WRITE},
    MemberRole.MEMBER: _EVERY_MEMBER | {P.PEOPLE_READ},
    MemberRole.BILLING: _EVERY_MEMBER | {P.PEOPLE_READ, P.BILLING_READ},
    MemberRole.VIEWER: _EVERY_MEMBER,
}

_EVERY_STAFF = frozenset({P.ORGANIZATION_READ, P.ACCOUNTS_READ, P.ACCOUNTS_INTERNAL, P.PEOPLE_READ, P.PROFILE_WRITE})

_DAILY_WORK = _EVERY_STAFF | {
    P.ACCOUNTS_WRITE,
    P.ACCOUNTS_IMPERSONATE,
    P.ALERTS_WRITE,
    P.TASKS_WRITE,
    P.PEOPLE_WRITE,
    P.BILLING_READ,
    P.PROGRAM_READ,
}

STAFF_PERMISSIONS: Mapping[StaffRole, frozenset[Permission]] = {
    StaffRole.CSM: _DAILY_WORK,
    StaffRole.MANAGER: _DAILY_WORK | {P.SYSTEM_READ},
    StaffRole.EXECUTIVE: _EVERY_STAFF | {P.BILLING_READ, P.PROGRAM_READ},
    StaffRole.BILLING: _EVERY_STAFF | {P.TASKS_WRITE, P.ALERTS_WRITE, P.BILLING_READ},
    StaffRole.ADMIN: frozenset(Permission),
}

_OF_PERSONS = frozenset({P.KEYS_WRITE, P.ACCOUNTS_IMPERSONATE, P.STAFF_WRITE})
ACCOUNT_SCOPES = frozenset().union(*MEMBER_PERMISSIONS.values()) - _OF_PERSONS
"""What a key of one account may be given."""
STAFF_SCOPES = frozenset(Permission) - _OF_PERSONS
"""What a key of the organization may be given."""


def scopes(words: Iterable[str], allowed: frozenset[Permission]) -> frozenset[Permission]:
    """The permissions that the words name. Raises InvalidInput for a word outside `allowed`."""
    chosen = set()
    for word in words:
        if word not in allowed:
            raise InvalidInput(
                f"{word!r} is no scope that this key may have. Use some of {', '.join(sorted(allowed))}.",
                field=["scopes"],
            )
        chosen.add(Permission(word))
    return frozenset(chosen)
