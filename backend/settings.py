"""The one settings object, read once from the environment (`WAYMARK_*`).

Nothing else in the project reads the environment; a test enforces it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from ipaddress import ip_network
from pathlib import Path
from typing import Any, Literal, get_args, get_type_hints

Environment = Literal["development", "production"]
LogFormat = Literal["json", "console"]
LogLevel = Literal["DEBUG", "INFO", "WARNING", "ERROR"]
ViewerForm = Literal["statement", "transaction"]


MOST_POINTS = 1_000_000_000
"""The most points that any credential may gain a second: as good as no limit."""


LONGEST_SESSION_DAYS = 400


ACCOUNT_URL = re.compile(r"https?://[^\s{}]+(\{(external_id|id)\}[^\s{}]*)+")


INBOUND_ADDRESS = re.compile(r"[A-Za-z0-9._+-]{8,64}@[A-Za-z0-9.-]{1,253}")


class SettingsError(Exception):
    """A setting is missing or has a value that cannot be used; the message names it and the remedy."""


def setting(default: Any, description: str, *, secret: bool = False) -> Any:
    """Declare a setting with its default and the sentence that documents it."""
    return field(default=default, metadata={"description": description, "secret": secret}, repr=not secret)


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Everything that a deployment can set. Environment names are `WAYMARK_` + the field name in capitals."""

    env: Environment = setting(
        "development", "`development` or `production`, which turns off development pages and console logs."
    )
    secret: str = setting("", "At least 32 characters; encrypts stored keys. `make run` makes one.", secret=True)
    migrate_url: str = setting(
        "", "Database login that may create roles and own tables; used by `waymark migrate` alone.", secret=True
    )
    system_url: str = setting("", "Database login of jobs, imports and sign-in (`waymark_system`).", secret=True)
    staff_url: str = setting("", "Database login for requests of staff (`waymark_staff`).", secret=True)
    member_url: str = setting("", "Database login for requests of customers (`waymark_member`).", secret=True)
    redis_url: str = setting("", "Valkey 8 or Redis 7 and later, for doorbells and throttles.", secret=True)
    host: str = setting("127.0.0.1", "Address that the API listens on.")
    port: int = setting(8000, "Port that the API listens on.")
    public_url: str = setting("", "Address under which people reach Waymark; empty means http://host:port.")
    trusted_proxies: str = setting(
        "",
        "Addresses and networks of the proxies before the API, such as `10.0.0.5, 10.1.0.0/16`: whose "
        "`X-Forwarded-For` says from where a request comes. Empty: those of this machine (loopback) alone.",
    )
    data_dir: Path = setting(Path(".waymark"), "Where `make run` keeps the embedded servers' data and the secret.")
    portal_dir: Path = setting(
        Path("portal/dist"), "The build of the portal that is served, seen from where Waymark is installed."
    )
    demo: bool = setting(
        True, "The first `make run` of an installation begins with the demo organization; 0: with an empty database."
    )
    demo_percent: int = setting(
        100, "How many of the demo's ordinary customers are loaded, of a hundred; its situations are there in any case."
    )
    allow_clock: bool = setting(False, "At migration: allow the database clock to be moved (tests, the time machine).")
    log_format: LogFormat = setting(
        "console", "`console`, or `json` for one object a line; production always writes JSON."
    )
    log_level: LogLevel = setting("INFO", "The least that is logged: `DEBUG`, `INFO`, `WARNING` or `ERROR`.")
    otlp_url: str = setting(
        "", "Collector of traces (OTLP over HTTP), such as http://127.0.0.1:4318; empty: no traces."
    )
    viewer_form: ViewerForm = setting(
        "statement", "How a read sets its viewer: inside the `statement`, or in an explicit `transaction`."
    )
    read_pool_size: int = setting(8, "Read connections per kind of viewer and API process.")
    write_pool_size: int = setting(5, "Write connections per kind of viewer and process.")
    statement_timeout_ms: int = setting(
        5_000,
        "Longest time of one statement that reads for a request, milliseconds. Behind a pooler it counts from the next "
        "`waymark migrate` on, which is given it too.",
    )
    member_points_per_second: int = setting(
        100, "Points of query cost that a customer's credential gains each second; 20 times as many can be saved up."
    )
    staff_points_per_second: int = setting(1_000, "The same for a credential of staff.")
    pooler: bool = setting(
        False, "Set when a pooler in transaction mode (PgBouncer 1.21 or later) stands before PostgreSQL."
    )
    event_months: int = setting(
        25, "Months for which single events are kept; 0 keeps them. Daily counts stay for ever."
    )
    ingest_event_bytes: int = setting(32 * 1024, "Longest item that `/v1` takes, bytes of JSON.")
    ingest_batch_bytes: int = setting(
        500 * 1024, "Longest body that `/v1` takes, bytes after inflating; never more than 5 MiB."
    )
    ingest_rate: int = setting(
        20_000, "Items a second that one API process takes with one write key over time; more get 429."
    )
    ingest_browser_rate: int = setting(
        100, "Items a second that one API process takes from one network address with keys of browsers."
    )
    smtp_url: str = setting(
        "",
        "The mail server: `smtp://user:password@host:587` (STARTTLS) or `smtps://…:465` (TLS); with `?tls=off` a relay "
        "of one's own network. Empty: mail waits; in development it is kept at `/dev/mail`.",
        secret=True,
    )
    mail_from: str = setting("", "Whom mail is from, such as `Acme <success@acme.example>`; needed with a mail server.")
    inbound_address: str = setting(
        "",
        "An address whose mail becomes touchpoints, such as `log-f3k9q2xw@in.acme.example`; empty: none is taken. "
        "Whoever knows it can write to it, so give it letters that nobody guesses.",
    )
    inbound_smtp_host: str = setting("127.0.0.1", "Address that the listener of such mail is bound to.")
    inbound_smtp_port: int = setting(0, "Its port; 0: no listener, mail comes by the webhook alone.")
    inbound_bytes: int = setting(10 * 1024 * 1024, "Longest mail that is taken, bytes.")
    inbound_authserv_id: str = setting(
        "",
        "The mail server whose `Authentication-Results` are believed: then mail that passed neither SPF, DKIM nor "
        "DMARC waits for staff.",
    )
    account_url: str = setting(
        "",
        "Where staff look at an account, with `{external_id}` or `{id}` (its public id) in it, such as "
        "`https://crm.example.com/companies/{external_id}`. Mails link there.",
    )
    webhook_private_addresses: bool = setting(
        False, "Let webhooks go to private addresses and over http in production: receivers in one's own network."
    )
    staff_two_factor: bool = setting(
        False,
        "Staff who sign in by password or mailed link may do nothing but turn two-factor on until they have. Who comes "
        "from the company's identity provider is not concerned.",
    )
    session_days: int = setting(30, "Days after which everybody has to sign in again.")
    session_idle_days: int = setting(14, "Days without use after which a session ends.")
    drain_seconds: int = setting(20, "How long a process may finish what it has begun once it was told to stop.")

    @property
    def base_url(self) -> str:
        """Address under which people reach Waymark, without a trailing slash."""
        return (self.public_url or f"http://{self.host}:{self.port}").rstrip("/")

    def require(self, *names: str) -> None:
        """Raise unless each named setting has a value."""
        missing = [environment_name(name) for name in names if not getattr(self, name)]
        if missing:
            raise SettingsError(
                f"{', '.join(missing)} must be set. docs/settings.md lists every setting; `make run` sets all of them."
            )


def environment_name(name: str) -> str:
    """The environment variable of a field."""
    return f"WAYMARK_{name.upper()}"


def read(environment: Mapping[str, str]) -> Settings:
    """Read settings from a mapping such as `os.environ`. Raises SettingsError for unknown names and bad values."""
    hints = get_type_hints(Settings)
    known = {environment_name(f.name): f.name for f in fields(Settings)}
    unknown = sorted(key for key in environment if key.startswith("WAYMARK_") and key not in known)
    if unknown:
        raise SettingsError(f"{', '.join(unknown)}: no such setting. docs/settings.md lists every setting.")
    values = {name: _convert(key, environment[key], hints[name]) for key, name in known.items() if key in environment}
    settings = Settings(**values)
    if settings.secret and len(settings.secret) < 32:
        raise SettingsError("WAYMARK_SECRET must have at least 32 characters; `openssl rand -base64 48` makes one.")
    if not 1 <= settings.port <= 65_535:
        raise SettingsError(f"WAYMARK_PORT={settings.port}: write a number from 1 to 65535.")
    for proxy in filter(None, settings.trusted_proxies.split(",")):
        try:
            ip_network(proxy.strip())
        except ValueError:
            raise SettingsError(
                f"WAYMARK_TRUSTED_PROXIES={settings.trusted_proxies!r}: {proxy.strip()!r} is no address and no network "
                "such as 10.1.0.0/16. Write them with commas between."
            ) from None
    if settings.account_url and not ACCOUNT_URL.fullmatch(settings.account_url):
        raise SettingsError(
            f"WAYMARK_ACCOUNT_URL={settings.account_url!r}: write an address that begins with http:// or https:// and "
            "has {external_id} or {id} in it, and no other braces."
        )
    if settings.inbound_address and not INBOUND_ADDRESS.fullmatch(settings.inbound_address):
        raise SettingsError(
            f"WAYMARK_INBOUND_ADDRESS={settings.inbound_address!r}: write an address such as "
            "log-f3k9q2xw@in.acme.example, with 8 letters or more before the @."
        )
    if settings.inbound_smtp_port > 65_535:
        raise SettingsError(f"WAYMARK_INBOUND_SMTP_PORT={settings.inbound_smtp_port}: write a number up to 65535.")
    if settings.inbound_smtp_port and not settings.inbound_address:
        raise SettingsError("WAYMARK_INBOUND_SMTP_PORT needs WAYMARK_INBOUND_ADDRESS: to whom mail may come.")
    if settings.demo_percent > 100:
        raise SettingsError(f"WAYMARK_DEMO_PERCENT={settings.demo_percent}: write a whole number from 0 to 100.")
    for name in ("session_days", "session_idle_days"):
        if not 1 <= getattr(settings, name) <= LONGEST_SESSION_DAYS:
            raise SettingsError(f"{environment_name(name)}: write a whole number from 1 to {LONGEST_SESSION_DAYS}.")
    for name in ("member_points_per_second", "staff_points_per_second"):
        if not 1 <= getattr(settings, name) <= MOST_POINTS:
            raise SettingsError(f"{environment_name(name)}: write a whole number from 1 to {MOST_POINTS}.")
    return settings


def _convert(key: str, text: str, kind: Any) -> Any:
    if kind is bool:
        if text.lower() not in {"0", "1", "true", "false"}:
            raise SettingsError(f"{key}={text!r}: write 1 or 0.")
        return text.lower() in {"1", "true"}
    if kind is int:
        if not text.isascii() or not text.isdigit():
            raise SettingsError(f"{key}={text!r}: write a whole number of 0 or more.")
        return int(text)
    if kind is Path:
        if not text or "\0" in text:
            raise SettingsError(f"{key}={text!r}: write the path of a folder.")
        return Path(text)
    if choices := get_args(kind):
        if text not in choices:
            raise SettingsError(f"{key}={text!r}: write one of {', '.join(choices)}.")
        return text
    return text


def settings() -> Settings:
    """The settings of this process, read at first use."""
    return _of_process[0] if _of_process else use(read(os.environ))


def use(chosen: Settings) -> Settings:
    """Make these the settings of this process, for the command line that completes what the environment says."""
    _of_process[:] = [chosen]
    return chosen


_of_process: list[Settings] = []
