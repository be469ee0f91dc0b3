"""Who may read and write which table: the one list of grants and row security policies.

There is one database login per kind of viewer. A login sees the rows that its policy names and has the privileges
listed here, nothing else; a table that is missing here cannot be migrated. The owner cannot log in and has a policy
of its own, since FORCE ROW LEVEL SECURITY binds owners too. `statements()` is run at the end of every migration.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from backend.settings import SettingsError

ViewerKind = Literal["member", "staff", "system"]
OWNER = "waymark_owner"
LOGINS: dict[ViewerKind, str] = {"member": "waymark_member", "staff": "waymark_staff", "system": "waymark_system"}

ACCOUNT = "(select nullif(current_setting('waymark.account_id', true), '')::uuid)"
PERSON = "(select nullif(current_setting('waymark.person_id', true), '')::uuid)"
OWN_ACCOUNT = f"account_id = {ACCOUNT}"
EVERY_ROW = "true"
# Subselects of policies run under the policies of their own tables, so a member's `accounts`, `staff` and `members` are
# one row, one row and the account's. `offset 0` keeps the lookup of each person in the index: without it PostgreSQL may
# hash all members of the account in every place where a statement reads a person.
MANAGER_OF_ACCOUNT = "id = (select a.success_manager_id from accounts a)"
PEOPLE_OF_ACCOUNT = (
    "exists (select from members m where m.person_id = persons.id offset 0) or id = (select s.person_id from staff s)"
)

OWN = f"person_id = {PERSON}"
OWN_ROLE = f"(select s.id from staff s where s.person_id = {PERSON})"
OWN_ACTION = f"actor_person_id is not distinct from {PERSON}"

SHOWN_OF_KEYS = (
    "id",
    "name",
    "prefix",
    "account_id",
    "application_id",
    "scopes",
    "created_by",
    "created_at",
    "expires_at",
    "revoked_at",
    "last_used_at",
)
INVITED = ("id", "account_id", "person_id", "role", "state", "title", "joined_on")

READ = ("select",)
WRITE = ("select", "insert", "update", "delete")
APPEND = ("select", "insert")


@dataclass(frozen=True)
class Write:
    """A privilege of a viewer's login to change rows. Mutations run as the viewer's login, so this bounds them too."""

    privilege: Literal["insert", "update", "delete"]
    rows: str = "true"
    """Which rows: for an update before and after it."""
    columns: tuple[str, ...] = ()
    """Columns that may be given; empty: all."""

    def grant(self) -> str:
        """The privilege as `grant` takes it."""
        return self.privilege + _columns(self.columns)

    def policy(self) -> str:
        """What follows `to <login>` in the policy."""
        using = f" using ({self.rows})" if self.privilege != "insert" else ""
        return using + (f" with check ({self.rows})" if self.privilege != "delete" else "")


@dataclass(frozen=True)
class Access:
    """What each login may do with a table."""

    member: str | None = None
    """Rows that a member sees (a policy expression); empty: none, and no privilege either."""
    member_columns: tuple[str, ...] = ()
    """Columns that a member may read; empty: all."""
    member_writes: tuple[Write, ...] = ()
    staff: tuple[str, ...] = READ
    staff_rows: str = EVERY_ROW
    """Rows that staff see."""
    staff_columns: tuple[str, ...] = ()
    staff_writes: tuple[Write, ...] = ()
    system: tuple[str, ...] = WRITE
    why: str = ""
    """Written where the row stands out."""

    def writes(self, kind: ViewerKind) -> tuple[Write, ...]:
        """What a viewer's login may change; the system's is its list of privileges."""
        return {"member": self.member_writes, "staff": self.staff_writes}.get(kind, ())


TABLES: dict[str, Access] = {
    "accounts": Access(
        member=f"id = {ACCOUNT}",
        member_columns=(
            "id",
            "external_id",
            "name",
            "parent_id",
            "tier_key",
            "industry",
            "use_case",
            "customer_since",
            "success_manager_id",
            "created_at",
        ),
        staff_writes=(Write("update", columns=("success_manager_id",)),),
    ),
    "account_internals": Access(staff_writes=(Write("update", columns=("last_touch_at", "tags", "traits")),)),
    "account_owners": Access(
        staff_writes=(Write("insert"), Write("update", columns=("staff_id",)), Write("delete")),
    ),
    "owner_roles": Access(),
    "traits": Access(),
    "saved_views": Access(
        staff_rows=f"is_shared or owner_id = {OWN_ROLE}",
        staff_writes=(
            Write("insert", f"owner_id = {OWN_ROLE}"),
            Write(
                "update",
                f"owner_id = {OWN_ROLE}",
                ("name", "is_shared", "filter", "ordering", "columns", "changed_at", "deleted_at"),
            ),
            Write("delete", f"owner_id = {OWN_ROLE}"),
        ),
        why="everybody keeps their own, and sees what others share",
    ),
    "default_views": Access(
        staff_rows=f"staff_id = {OWN_ROLE}",
        staff_writes=(
            Write("insert", f"staff_id = {OWN_ROLE}"),
            Write("update", f"staff_id = {OWN_ROLE}", ("view_id",)),
            Write("delete", f"staff_id = {OWN_ROLE}"),
        ),
        why="with what somebody's list begins is their own affair",
    ),
    "touchpoints": Access(staff_writes=(Write("insert"),)),
    "notes": Access(staff_writes=(Write("insert"), Write("update", columns=("body", "edited_at", "deleted_at")))),
    "pulses": Access(staff_writes=(Write("insert"), Write("update", columns=("withdrawn_at",)))),
    "tasks": Access(
        staff_writes=(
            Write("insert"),
            Write("update", columns=("title", "body", "assignee_id", "due_on", "state", "closed_at", "closed_by")),
        ),
    ),
    "account_tiers": Access(member=OWN_ACCOUNT, system=WRITE, why="when it moved to another tier, its people know"),
    "stages": Access(member=EVERY_ROW, why="names of stages are public to customers"),
    "tiers": Access(member=EVERY_ROW, why="names and prices of tiers are public to customers"),
    "persons": Access(
        member=PEOPLE_OF_ACCOUNT,
        member_columns=("id", "name", "email", "locale", "time_zone", "created_at"),
        member_writes=(Write("update", f"id = {PERSON}", ("name", "locale", "time_zone")),),
        staff_writes=(Write("update", f"id = {PERSON}", ("name", "locale", "time_zone")),),
        why="everybody changes themselves alone; waymark_person_of() makes whoever is invited",
    ),
    "person_identities": Access(staff=()),
    "members": Access(
        member=OWN_ACCOUNT,
        member_writes=(
            Write("insert", OWN_ACCOUNT, INVITED),
            Write("update", OWN_ACCOUNT, ("role", "state", "title", "left_on")),
        ),
        staff_writes=(
            Write("insert", columns=INVITED),
            Write("update", columns=("role", "state", "title", "left_on", "is_champion")),
        ),
        why="an account's admins and staff settle who belongs to it; role, person and account stay bound by policy",
    ),
    "staff": Access(member=MANAGER_OF_ACCOUNT, member_columns=("id", "person_id", "role")),
    "organizations": Access(member=EVERY_ROW, why="its name, zone and currency are on every page"),
    "passwords": Access(staff=()),
    "second_factors": Access(
        member=OWN,
        member_columns=("person_id", "enabled_at"),
        staff_columns=("person_id", "enabled_at"),
        why="members see whether their own is on, staff whose is, and nobody its secret",
    ),
    "recovery_codes": Access(
        member=OWN,
        member_columns=("person_id",),
        staff_rows=OWN,
        staff_columns=("person_id",),
        why="everybody counts their own",
    ),
    "sign_in_challenges": Access(staff=()),
    "sessions": Access(
        member=OWN,
        member_writes=(Write("update", OWN, ("ended_at", "end_reason")),),
        staff_rows=OWN,
        staff_writes=(Write("update", OWN, ("ended_at", "end_reason")),),
        why="from where somebody signs in is their own affair, towards colleagues too",
    ),
    "api_keys": Access(
        member=OWN_ACCOUNT,
        member_columns=SHOWN_OF_KEYS,
        member_writes=(
            Write("insert", f"{OWN_ACCOUNT} and created_by = {PERSON}"),
            Write("update", OWN_ACCOUNT, ("revoked_at",)),
        ),
        staff_columns=SHOWN_OF_KEYS,
        staff_writes=(Write("insert", f"created_by = {PERSON}"), Write("update", columns=("revoked_at",))),
        why="all but the hash of the secret",
    ),
    "applications": Access(),
    "registered_documents": Access(),
    "signing_keys": Access(staff=()),
    "sign_in_failures": Access(staff=()),
    "person_erasures": Access(staff=()),
    "links": Access(staff=()),
    "mails": Access(staff=(), why="mail is queued and sent by workers; it may hold links that sign in"),
    "inbound_mails": Access(
        staff_columns=(
            "id",
            "state",
            "reason",
            "sender",
            "recipients",
            "subject",
            "body",
            "occurred_at",
            "person_id",
            "account_id",
            "touchpoint_id",
            "received_at",
            "settled_at",
        ),
        staff_writes=(
            Write(
                "update",
                columns=(
                    "state",
                    "content",
                    "sender",
                    "recipients",
                    "subject",
                    "body",
                    "account_id",
                    "touchpoint_id",
                    "settled_at",
                ),
            ),
        ),
        why="all but the sealed mail itself; staff settle what found no account",
    ),
    "notifications": Access(
        member=f"{OWN} and {OWN_ACCOUNT} and facts is not null",
        member_columns=("id", "person_id", "matter", "account_id", "facts", "in_app", "created_at", "read_at"),
        member_writes=(Write("update", f"{OWN} and {OWN_ACCOUNT} and facts is not null", ("read_at",)),),
        staff_rows=f"{OWN} and facts is null",
        staff_writes=(Write("update", f"{OWN} and facts is null", ("read_at",)),),
        why="an inbox is its owner's alone; whoever is both staff and a member has two",
    ),
    "notification_preferences": Access(
        member=OWN,
        member_writes=(Write("insert", OWN), Write("update", OWN, ("in_app", "mail"))),
        staff_rows=OWN,
        staff_writes=(Write("insert", OWN), Write("update", OWN, ("in_app", "mail"))),
        why="what somebody wants to be told is their own affair",
    ),
    "oidc_providers": Access(staff=()),
    "outside_identities": Access(staff=()),
    "vouchers": Access(staff=()),
    "vouches": Access(staff=()),
    "audit_entries": Access(
        system=APPEND,
        member_writes=(Write("insert", f"{OWN_ACCOUNT} and {OWN_ACTION} and actor in ('member', 'api key')"),),
        staff_writes=(Write("insert", f"{OWN_ACTION} and actor in ('staff', 'api key')"),),
        why="nobody can write an entry in another's name",
    ),
    "metrics": Access(member="is_customer_visible", why="the names of what customers may see counted"),
    "sources": Access(),
    "source_feeds": Access(),
    "source_days": Access(),
    "usage_daily": Access(
        member=f"{OWN_ACCOUNT} and metric_id in (select id from metrics)",
        why="only metrics that customers may see: the subselect runs under the policy of metrics",
    ),
    "member_days": Access(staff=READ),
    "events": Access(),
    "event_keys": Access(staff=()),
    "event_mappings": Access(),
    "event_marks": Access(),
    "conversation_marks": Access(),
    "unresolved_events": Access(),
    "person_traits": Access(),
    "account_traits": Access(),
    "write_keys": Access(
        staff_columns=(
            "id",
            "source_id",
            "name",
            "kind",
            "prefix",
            "origins",
            "created_at",
            "revoked_at",
            "last_used_at",
        ),
        why="all but the hash of the secret",
    ),
    "event_rejects": Access(),
    "ingest_rules": Access(),
    "account_marks": Access(),
    "imports": Access(),
    "import_rejects": Access(),
    "subscriptions": Access(member=OWN_ACCOUNT),
    "invoices": Access(member=OWN_ACCOUNT),
    "billing_facts": Access(member="false", why="members who read bills may ask for their kind, and find none"),
    "webhook_secrets": Access(staff=()),
    "webhook_endpoints": Access(
        staff_columns=(
            "id",
            "name",
            "host",
            "events",
            "form",
            "former_secret_until",
            "failing_since",
            "paused_at",
            "pause_reason",
            "removed_at",
            "created_at",
        ),
        staff_writes=(
            Write("insert"),
            Write(
                "update",
                columns=(
                    "url",
                    "secret",
                    "former_secret",
                    "former_secret_until",
                    "failing_since",
                    "paused_at",
                    "pause_reason",
                    "removed_at",
                ),
            ),
        ),
        why="all but addresses and secrets, which are sealed besides",
    ),
    "webhook_deliveries": Access(
        staff_writes=(Write("update", columns=("state", "work_item_id", "delivered_at")),),
    ),
    "stripe_events": Access(staff=()),
    "stripe_objects": Access(),
    "billing_rules": Access(),
    "tickets": Access(),
    "ticket_events": Access(staff=()),
    "health_models": Access(
        member=EVERY_ROW,
        member_columns=("version", "red_below", "green_above", "margin"),
        why="where the bands meet, so that a next action can say which of them it leads to",
    ),
    "health_actions": Access(member=EVERY_ROW, why="what customers can do for their health is written for them"),
    "health_leaves": Access(member="is_customer_visible", why="sentences and anchors of the leaves that customers see"),
    "health_words": Access(member=EVERY_ROW, why="what each band is called towards customers"),
    "health_snapshots": Access(),
    "customer_health_snapshots": Access(member=OWN_ACCOUNT),
    "current_health": Access(),
    "current_customer_health": Access(member=OWN_ACCOUNT),
    "health_overrides": Access(),
    "scoring_runs": Access(),
    "program_versions": Access(),
    "work_items": Access(
        member_writes=(Write("insert", f"fair_key = {ACCOUNT}::text"),),
        staff_writes=(Write("insert"), Write("update", columns=("parked_at", "lease_until", "run_at", "parks_after"))),
        why="what follows from a change is asked for in its transaction; members ask in their account's turn",
    ),
    "idempotency_keys": Access(
        member=OWN_ACCOUNT,
        member_writes=(Write("insert", OWN_ACCOUNT), Write("update", OWN_ACCOUNT, ("answer",))),
        staff_writes=(Write("insert", "account_id is null"), Write("update", "account_id is null", ("answer",))),
        why="hashes of keys and bodies, and ids of what came of them",
    ),
    "schedule_slots": Access(),
    "alert_rules": Access(),
    "alerts": Access(
        staff_writes=(
            Write(
                "update",
                columns=(
                    "state",
                    "acknowledged_at",
                    "acknowledged_by",
                    "snoozed_until",
                    "snooze_reason",
                    "resolved_at",
                    "resolved_by",
                    "resolution",
                    "is_useful",
                    "judged_by",
                ),
            ),
        ),
    ),
    "alert_occurrences": Access(),
    "alert_holds": Access(staff_writes=(Write("insert"), Write("delete"))),
    "domain_events": Access(
        system=APPEND, member_writes=(Write("insert", OWN_ACCOUNT),), staff_writes=(Write("insert"),)
    ),
    "clock_offset": Access(member=EVERY_ROW, system=READ, why="waymark_now() reads it for every login"),
    "alembic_version": Access(staff=(), system=READ, why="read by /readyz"),
}
"""Every table. The order is free; a test compares the names with the tables that exist."""

READERS: dict[str, tuple[ViewerKind, ...]] = {}
"""Views, all with `security_invoker`, and the logins that may read them; their tables' policies still apply."""

FUNCTIONS: dict[str, tuple[ViewerKind, ...]] = {
    "waymark_now()": ("member", "staff", "system"),
    "waymark_today()": ("member", "staff", "system"),
    "waymark_zone()": ("member", "staff", "system"),
    "waymark_trend(int[], int[])": ("system",),
    "waymark_normalised(float8, float8, float8)": ("member", "staff", "system"),
    "waymark_sentence(text, jsonb)": ("staff", "system"),
    "waymark_signed(numeric)": ("member", "staff", "system"),
    "waymark_counted(float8)": ("member", "staff", "system"),
    "waymark_day(date, date)": ("member", "staff", "system"),
    "waymark_change_sentence(date, date, int, int, text[], bigint[])": ("member", "staff", "system"),
    "waymark_change_lines(boolean, int, int, text, float8[], float8[], int[], int[], int[],"
    " int, int, text, float8[], float8[], int[], int[], int[])": ("member", "staff", "system"),
    "waymark_health_change(uuid, date, date)": ("staff", "system"),
    "waymark_health_change_sentence(uuid, date, date)": ("staff", "system"),
    "waymark_customer_health_change(uuid, date, date)": ("member", "staff", "system"),
    "waymark_customer_health_change_sentence(uuid, date, date)": ("member", "staff", "system"),
    "waymark_customer_health_change_in_words(uuid, date, date)": ("member", "staff", "system"),
    "waymark_sign_in_providers()": ("member", "staff", "system"),
    "waymark_own_accounts()": ("member", "staff", "system"),
    "waymark_active_people(uuid, date, date)": ("member", "staff", "system"),
    "waymark_standing_words(int, text)": ("member", "staff", "system"),
    "waymark_told(text, jsonb)": ("member", "system"),
    "waymark_celebrations(uuid)": ("member", "staff", "system"),
    "waymark_next_actions(uuid)": ("member", "staff", "system"),
    "waymark_mrr_movements(date, date, date)": ("member", "staff", "system"),
    "waymark_mrr_months(date, date, date)": ("member", "staff", "system"),
    "waymark_make_event_partition(date)": ("system",),
    "waymark_drop_event_partition(date)": ("system",),
    "waymark_person_of(text, text, text)": ("member", "staff", "system"),
    "waymark_claim_work(text, int, interval, text)": ("system",),
    "waymark_due_work(text[])": ("system",),
    "waymark_counted_properties(text, jsonb)": ("system",),
}
"""Functions and the logins that may call them."""


WRITERS: tuple[Literal["member", "staff"], ...] = ("member", "staff")
POLICIES = ("owner", *LOGINS, *(f"{kind}_{change}" for kind in WRITERS for change in WRITE[1:]))
"""Every name that a policy may have."""


def personal_tables(kind: str) -> frozenset[str]:
    """Tables of which a viewer sees other rows than others of the same kind and account.

    Their policy names the person, or a table of which that is true.
    """
    rows = {name: access.member if kind == "member" else access.staff_rows for name, access in TABLES.items()}
    found: set[str] = set()
    while True:
        words = {PERSON, *(f" {name} " for name in found)}
        more = {name for name, policy in rows.items() if policy and any(word in policy for word in words)} - found
        if not more:
            return frozenset(found)
        found |= more


def statements(tables: set[str]) -> Iterator[str]:
    """SQL that makes grants and policies equal to this file. Raises SettingsError for a table not listed."""
    logins = ", ".join(LOGINS.values())
    yield f"revoke all on all tables in schema public from public, {logins}"
    yield f"revoke all on all functions in schema public from public, {logins}"
    yield f"grant usage on schema public to {logins}"
    unlisted = sorted(tables - TABLES.keys())
    if unlisted:
        raise SettingsError(
            f"The database has tables that are not Waymark's: {', '.join(unlisted)}. Give Waymark its own database, "
            "or list a new table of Waymark's in backend/db/access.py with who may read it."
        )
    for table in sorted(tables):
        access = TABLES[table]
        yield f"alter table {table} enable row level security"
        yield f"alter table {table} force row level security"
        for name in POLICIES:
            yield f"drop policy if exists {name} on {table}"
        yield f"create policy owner on {table} to {OWNER} using (true) with check (true)"
        if access.member:
            yield f"create policy member on {table} for select to {LOGINS['member']} using ({access.member})"
            yield f"grant select{_columns(access.member_columns)} on {table} to {LOGINS['member']}"
        if access.staff:
            yield f"create policy staff on {table} for select to {LOGINS['staff']} using ({access.staff_rows})"
            privileges = ", ".join(privilege + _columns(access.staff_columns) for privilege in access.staff)
            yield f"grant {privileges} on {table} to {LOGINS['staff']}"
        if access.system:
            yield f"create policy system on {table} to {LOGINS['system']} using (true) with check (true)"
            yield f"grant {', '.join(access.system)} on {table} to {LOGINS['system']}"
        for kind in WRITERS:
            for write in access.writes(kind):
                name = f"{kind}_{write.privilege}"
                yield f"create policy {name} on {table} for {write.privilege} to {LOGINS[kind]}{write.policy()}"
                yield f"grant {write.grant()} on {table} to {LOGINS[kind]}"
    for view, kinds in READERS.items():
        yield f"grant select on {view} to {', '.join(LOGINS[kind] for kind in kinds)}"
    for function, kinds in FUNCTIONS.items():
        yield f"grant execute on function {function} to {', '.join(LOGINS[kind] for kind in kinds)}"


def _columns(names: tuple[str, ...]) -> str:
    return f" ({', '.join(names)})" if names else ""
