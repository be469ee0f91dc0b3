"""Who is asking, the organization, and people."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import strawberry
from sqlalchemy import (
    ARRAY,
    Boolean,
    DateTime,
    Integer,
    Select,
    Text,
    Uuid,
    case,
    cast,
    column,
    func,
    literal,
    literal_column,
    or_,
    select,
    true,
)
from strawberry import UNSET

from backend.accounts.models import Account, Stage, Tier
from backend.graphql.enums import describe
from backend.graphql.planner import (
    Computed,
    Connection,
    Node,
    connection,
    embedded,
    encode_id,
    given,
    in_order,
    never_null,
    newest_first,
    node,
    of_viewer,
    one,
    row,
    sql,
    to_many,
    to_one,
    viewer_account,
    viewer_kind,
    viewer_permissions,
    viewer_person,
    viewer_session,
)
from backend.graphql.saved_views import default_view as own_default_view
from backend.identity.models import (
    ApiKey,
    Member,
    MemberRole,
    MemberState,
    Organization,
    Person,
    RecoveryCode,
    SecondFactor,
    Session,
    SignInMethod,
    Staff,
    StaffRole,
)
from backend.identity.sessions import is_open
from backend.notifications.graphql import own as own_notifications
from backend.notifications.graphql import own_preferences, unread_count
from backend.notifications.models import Notification
from backend.permissions import Permission
from backend.usage.models import Metric
from backend.viewer import Impersonator, Viewer

if TYPE_CHECKING:
    from backend.accounts.graphql import AccountType, TierType
    from backend.graphql.saved_views import SavedViewType
    from backend.graphql.stages import StageType
    from backend.notifications.graphql import NotificationPreferenceType, NotificationType
    from backend.usage.graphql import MetricType


class ViewerKind(StrEnum):
    """What kind of credential a request carries."""

    MEMBER = "MEMBER"
    STAFF = "STAFF"
    API_KEY = "API_KEY"


describe(
    ViewerKind,
    "What kind of credential a request carries.",
    MEMBER="A person of a customer, signed in for one account.",
    STAFF="A person who works for the organization.",
    API_KEY="An API key, of the organization or of one account.",
)
describe(
    MemberRole,
    "What a member may do in their account.",
    ADMIN="Everything in the account, its subscriptions included.",
    MEMBER="Everything but subscriptions.",
    BILLING="Reads subscriptions as well.",
    VIEWER="Reads the account, not its people.",
)
describe(
    MemberState,
    "Where a membership stands.",
    INVITED="Has not signed in yet.",
    ACTIVE="Belongs to the account.",
    LEFT="Has left the account.",
)
describe(
    StaffRole,
    "What somebody of the staff does.",
    CSM="Customer success manager.",
    MANAGER="Leads customer success managers.",
    EXECUTIVE="Reads everything about customers.",
    BILLING="Looks after invoices and payments.",
    ADMIN="Runs this Waymark.",
)


describe(
    SignInMethod,
    "How somebody proved who they are.",
    PASSWORD="By address and password.",  # noqa: S106 - the word itself
    LINK="By a link that was mailed to them.",
    OIDC="With the company's identity provider.",
    VOUCHED="The company's own product vouched for them.",
    SET_UP="By the link that sets this Waymark up.",
)


def _display_name(person: Any) -> Any:
    return func.coalesce(person.name, person.email, literal_column("'Somebody'", Text()), type_=Text())


@node(Person, prefix="prsn", permission=Permission.PEOPLE_READ)
class PersonType(Node):
    """A human being, once, across employers."""

    display_name: str = sql(Person, _display_name)
    """The name; without one the address."""
    email: str | None
    """The address that the person signs in with."""
    locale: str
    """BCP 47, such as en or pt-BR."""
    time_zone: str | None
    """IANA name, such as Europe/Berlin; null: that of the organization."""
    memberships: Connection[MemberType] = to_many(
        Member.person_id, order_by=in_order(Member.joined_on), permission=Permission.ACCOUNTS_INTERNAL
    )
    """[staff] The accounts that the person belongs or belonged to."""


@node(Member, prefix="mem", permission=Permission.PEOPLE_READ)
class MemberType(Node):
    """A person in an account."""

    person: PersonType | None = to_one(Member.person_id)
    """Who it is."""
    account: AccountType | None = to_one(Member.account_id)
    """The account."""
    role: MemberRole
    """What the person may do in the account."""
    state: MemberState
    """Where the membership stands."""
    title: str | None
    """What the person does at the company."""
    is_champion: bool
    """Whether staff count on the person to speak for the product."""
    joined_on: date
    """First day in the account."""
    left_on: date | None
    """First day no longer in it."""
    last_seen_at: datetime | None
    """When the person was last signed in to this account, to the hour; null where they never were."""


def _has_factor(staff: Any) -> Any:
    on = select(SecondFactor.person_id)
    return on.where(SecondFactor.person_id == staff.person_id, SecondFactor.enabled_at.is_not(None)).exists()


@node(Staff, prefix="staff", permission=Permission.ACCOUNTS_READ)
class StaffType(Node):
    """Somebody who works for the organization."""

    display_name: str = sql(
        Staff,
        lambda s: func.coalesce(
            select(Person.name).where(Person.id == s.person_id).scalar_subquery(),
            literal_column("'Somebody'", Text()),
            type_=Text(),
        ),
    )
    """The name."""
    person: PersonType | None = to_one(Staff.person_id)
    """Who it is."""
    role: StaffRole
    """What they do."""
    is_active: bool = sql(Staff, lambda s: s.is_active.is_(true()), permission=Permission.ACCOUNTS_INTERNAL)
    """[staff] Whether they are on the staff still."""
    has_two_factor: bool = sql(Staff, _has_factor, permission=Permission.SYSTEM_READ)
    """[staff] Whether signing in by password or mailed link needs a code. Needs system:read."""


def _own_person(_viewer: Any) -> Select[Person]:
    return select(Person).where(Person.id == viewer_person())


def _own_membership(_viewer: Any) -> Select[Member]:
    return select(Member).where(Member.person_id == viewer_person(), Member.account_id == viewer_account())


def _own_account(_viewer: Any) -> Select[Account]:
    return select(Account).where(Account.id == viewer_account())


def _own_role(_viewer: Any) -> Select[Staff]:
    return select(Staff).where(Staff.person_id == viewer_person())


@node(Session, prefix="sess", permission=Permission.PROFILE_WRITE)
class SessionType(Node):
    """A device on which somebody is signed in. Everybody sees their own alone."""

    how: SignInMethod
    """How they proved who they are."""
    device: str | None
    """How the browser or program names itself."""
    network_address: str | None
    """From where they signed in."""
    account: AccountType | None = to_one(Session.account_id)
    """The account that they signed in for; null for staff."""
    is_current: bool = sql(
        Session, lambda s: func.coalesce(s.id == viewer_session(), literal_column("false", Boolean()))
    )
    """Whether it is the session of this very request."""
    created_at: datetime
    """When they signed in."""
    refreshed_at: datetime
    """When it was last renewed, which is every 15 minutes while it is used."""
    expires_at: datetime
    """When it ends unless it is used before."""
    ended_at: datetime | None
    """When it ended; null while it is open."""


@node(ApiKey, prefix="key", permission=Permission.KEYS_WRITE)
class ApiKeyType(Node):
    """A secret that a program signs in with. The secret itself is shown once, by `createApiKey`."""

    name: str
    """What it is for."""
    prefix: str
    """The first letters of the key, by which it is told from others."""
    scopes: list[str]
    """What it allows, such as accounts:read."""
    account: AccountType | None = to_one(ApiKey.account_id)
    """The one account whose members' view it has; null for a key of the organization."""
    created_by: PersonType | None = to_one(ApiKey.created_by)
    """Who made it; null for the command line."""
    created_at: datetime
    """When it was made."""
    expires_at: datetime | None
    """When it ends."""
    revoked_at: datetime | None
    """When somebody ended it."""
    last_used_at: datetime | None
    """When it was last used, to the minute."""


def _own_sessions(_viewer: Any) -> Select[Session]:
    return select(Session).where(Session.person_id == viewer_person(), is_open())


def _own_factor(_viewer: Any) -> Select[SecondFactor]:
    return select(SecondFactor).where(SecondFactor.person_id == viewer_person(), SecondFactor.enabled_at.is_not(None))


@row(SecondFactor, permission=Permission.PROFILE_WRITE)
class TwoFactorType:
    """That one's sign-ins by password and by mailed link need a code of an authenticator app."""

    enabled_at: datetime | None
    """Since when."""
    recovery_codes_left: int = sql(
        SecondFactor,
        lambda f: cast(select(func.count()).where(RecoveryCode.person_id == f.person_id).scalar_subquery(), Integer),
    )
    """How many recovery codes were not used yet, of ten."""


OWN_ACCOUNT: dict[str, Any] = {"account_id": Uuid(), "name": Text(), "role": Text()}
"""What `waymark_own_accounts` returns."""


def _title_here(p: type[Person]) -> Any:
    own = Member.person_id == p.id, Member.account_id == viewer_account()
    return select(Member.title).where(*own).scalar_subquery()


@row(Person)
class ProfileType:
    """Who one is oneself, for everybody: viewers of an account too, who see none of its people."""

    display_name: str = sql(Person, _display_name)
    """The name; without one the address."""
    email: str | None
    """The address that one signs in with."""
    title: str | None = sql(Person, _title_here)
    """What one does at the account that one is signed in for, as it is known there; null for staff."""
    locale: str
    """BCP 47, such as en or pt-BR."""
    time_zone: str | None
    """IANA name, such as Europe/Berlin; null: that of the organization."""


@row()
class OwnAccountType:
    """An account that the viewer belongs to, in which they may go on by `POST /auth/switch`."""

    account_id: str
    """Its public id."""
    name: str
    """Its name."""
    role: MemberRole
    """What the viewer may do in it."""
    is_current: bool
    """Whether it is the account of this very session."""


def _own_accounts(_viewer: Any) -> Computed:
    called = func.waymark_own_accounts()
    own: Any = called.table_valued(*(column(name, kind) for name, kind in OWN_ACCOUNT.items()), name="own").c
    found = select(
        func.concat("acct_", func.replace(cast(own.account_id, Text()), "-", ""), type_=Text()).label("account_id"),
        own.name.label("name"),
        own.role.label("role"),
        func.coalesce(own.account_id == viewer_account(), literal_column("false", Boolean())).label("is_current"),
    ).order_by(never_null(own.name), never_null(own.account_id))
    return found if viewer_kind() == "member" else found.where(~true())


@row()
class ImpersonatorType:
    """Somebody of the staff who views as a customer, and may change nothing meanwhile."""

    staff_id: strawberry.ID
    """The public id of their role."""
    display_name: str
    """Their name."""
    until: datetime
    """When the view ends unless it is renewed."""


def _impersonator(_viewer: Any) -> dict[str, Any]:
    def part(find: Callable[[Impersonator], Any]) -> Callable[[Viewer], Any]:
        return lambda viewer: find(viewer.impersonator) if viewer.impersonator else None

    return {
        "staff_id": of_viewer(part(lambda i: encode_id("staff", i.staff_id)), Text()),
        "display_name": of_viewer(part(lambda i: i.name), Text()),
        "until": of_viewer(part(lambda i: i.until), DateTime(timezone=True)),
    }


@row()
class ViewerType:
    """Who is asking, as the credential says."""

    kind: ViewerKind
    """What kind of credential it is."""
    permissions: list[str]
    """What it allows, such as accounts:read; docs/security.md lists them."""
    person_id: strawberry.ID | None
    """Public id of who signed in, for those too who may see no people; null for an API key."""
    person: PersonType | None = to_one(_own_person)
    """Who signed in; null for an API key."""
    profile: ProfileType | None = to_one(_own_person)
    """The same, for those too who may see no people."""
    member: MemberType | None = to_one(_own_membership)
    """The membership that a customer signed in with."""
    account: AccountType | None = to_one(_own_account)
    """The account of a member, or of an account's API key; null for staff."""
    accounts: list[OwnAccountType] = to_many(_own_accounts)
    """The accounts that a member belongs to, by name; nothing for staff and for an API key."""
    staff: StaffType | None = to_one(_own_role)
    """The role of somebody of the staff."""
    impersonated_by: ImpersonatorType | None = embedded(
        _impersonator, when=lambda _: of_viewer(lambda v: v.impersonator and v.impersonator.name, Text()).is_not(None)
    )
    """Who views as this customer; null for the customers themselves, and for staff."""
    sessions: Connection[SessionType] = to_many(
        _own_sessions, order_by=newest_first(Session.id), permission=Permission.PROFILE_WRITE
    )
    """The devices on which the person is signed in, the newest first; none for an API key."""
    two_factor: TwoFactorType | None = to_one(_own_factor, permission=Permission.PROFILE_WRITE)
    """Two-factor of one's own; null where it is off, and for an API key."""
    notifications: Connection[NotificationType] = to_many(
        own_notifications, order_by=newest_first(Notification.created_at), permission=Permission.PROFILE_WRITE
    )
    """What one was told, newest first; nothing for an API key."""
    default_view: SavedViewType | None = to_one(own_default_view, permission=Permission.ACCOUNTS_INTERNAL)
    """[staff] The view with which one's list of accounts begins; null: with all accounts."""
    unread_notification_count: int
    """How many of these are unread; 0 for an API key, and where staff view as a customer."""
    notification_preferences: list[NotificationPreferenceType] = to_many(
        own_preferences, permission=Permission.PROFILE_WRITE
    )
    """How one wants to be told, by matter."""


@one(ViewerType)
def viewer() -> Computed:
    """Who is asking. Null when nobody is signed in, so that a sign-in page needs no error handling."""
    permissions = sorted(viewer_permissions())
    kind = "STAFF" if viewer_kind() == "staff" else "MEMBER"
    chosen = select(
        case(
            (viewer_person().is_(None), literal_column("'API_KEY'", Text())), else_=literal_column(f"'{kind}'", Text())
        ).label("kind"),
        cast(permissions, ARRAY(Text())).label("permissions"),
        literal_column("'prsn_'", Text())
        .concat(func.replace(cast(viewer_person(), Text()), "-", ""))
        .label("person_id"),
        (unread_count() if Permission.PROFILE_WRITE in permissions else literal(0)).label("unread_notification_count"),
    )
    return chosen if permissions else chosen.where(~true())


def _stages(_organization: type[Organization]) -> Select[Stage]:
    return select(Stage).where(Stage.is_retired.is_(False))


def _tiers(_organization: type[Organization]) -> Select[Tier]:
    return select(Tier).where(Tier.is_retired.is_(False))


@row(Organization)
class OrganizationType:
    """The company that runs this Waymark."""

    name: str
    """Its name."""
    time_zone: str
    """IANA name of the zone in which its days begin and end."""
    home_currency: str
    """ISO 4217."""
    is_demo: bool
    """Whether the data are made up."""
    tiers: list[TierType] = to_many(_tiers, order_by=in_order(Tier.rank, Tier.key))
    """The service tiers of the running program, lowest first."""
    stages: list[StageType] = to_many(_stages, order_by=in_order(Stage.position, Stage.key))
    """The stages of a customer's life in the running program, in their order."""
    metrics: list[MetricType] = to_many(lambda _organization: select(Metric), order_by=in_order(Metric.key))
    """What is counted; customers see those that are meant for them."""


@one(OrganizationType, permission=Permission.ORGANIZATION_READ)
def organization() -> Select[Organization]:
    """The company that runs this Waymark."""
    return select(Organization)


@connection(PersonType, order_by=in_order(Person.id), permission=Permission.ACCOUNTS_INTERNAL)
def people(
    text: Annotated[
        str | None, strawberry.argument(description="Part of the name or of the address, in any case.")
    ] = UNSET,
    is_staff: Annotated[
        bool | None, strawberry.argument(description="Only staff of the organization, or only everybody else.")
    ] = UNSET,
) -> Select[Person]:
    """[staff] People, in the order in which they became known."""
    chosen = select(Person).where(Person.erased_at.is_(None))
    if given(is_staff):
        works_here = select(Staff.id).where(Staff.person_id == Person.id).correlate(Person).exists()
        chosen = chosen.where(works_here if is_staff else ~works_here)
    if given(text):
        # LIKE, since an index over parts serves it (strpos has none); what is special to it is taken literally.
        part: Any = func.lower(text)
        for special in ("\\", "%", "_"):
            part = func.replace(part, special, f"\\{special}")
        holding = func.concat("%", part, "%", type_=Text())
        chosen = chosen.where(or_(func.lower(Person.name).like(holding), Person.email_key.like(holding)))
    return chosen


@connection(ApiKeyType, order_by=newest_first(ApiKey.id), permission=Permission.KEYS_WRITE)
def api_keys() -> Select[ApiKey]:
    """API keys, the newest first, ended ones included: of their own account for members, all for staff. Needs
    keys:write."""
    return select(ApiKey)
