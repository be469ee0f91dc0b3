"""The servers, secrets and addresses that one machine's `make run` gives to its processes."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from backend.data_directory import DataDirectory, InUseError
from backend.db.embedded import EmbeddedPostgres, EmbeddedValkey
from backend.operation import OperationError
from backend.processes import Process
from backend.settings import Settings, SettingsError, environment_name

OWN, DEMO = "own", "demo"
"""The data that an installation can show, each in a database of its own."""
DATABASES = {OWN: "waymark", DEMO: "waymark_demo"}
# The login roles that `waymark migrate` makes; it takes their passwords from these URLs.
LOGINS = {"system_url": "waymark_system", "staff_url": "waymark_staff", "member_url": "waymark_member"}
SECRETS = ("secret", "migrate_url", *LOGINS, "redis_url")
GIVEN = ("smtp_url",)
"""Secrets that an installation has only where the settings name them."""


@contextlib.contextmanager
def answering(settings: Settings, *, alone: bool = False) -> Iterator[Settings]:
    """Settings whose database answers: an installation's own PostgreSQL that does not run is started for the while.

    Raises OperationError; with `alone` also where that PostgreSQL runs already, because then others are at work.
    """
    if not (settings.data_dir / "secrets.json").is_file():
        yield settings
        return
    own = EmbeddedPostgres(settings.data_dir)
    name = DATABASES[own.home.data.data()[0] or OWN]
    if settings.migrate_url != own.url(database=name):
        yield settings
        return
    try:
        own.start()
    except InUseError:
        if alone:
            raise OperationError("Waymark is running. Stop it first: Ctrl-C in its terminal.") from None
        yield settings
        return
    try:
        own.ensure_database(name)
        emptied: dict[str, Any] = dict.fromkeys(SECRETS, "")
        yield Installation.complete(replace(settings, **emptied))  # its port may be another than before
    finally:
        own.stop()


class Installation:
    """Embedded servers, where the settings name none, and the environment of each process.

    Raises SettingsError when only some of the database URLs are set, since a mixture cannot be meant.
    """

    def __init__(self, settings: Settings) -> None:
        self.data = DataDirectory(settings.data_dir)
        self._settings = settings
        given = {name: bool(getattr(settings, name)) for name in ("migrate_url", *LOGINS)}
        if any(given.values()) and not all(given.values()):
            missing = ", ".join(environment_name(name) for name, is_given in given.items() if not is_given)
            raise SettingsError(f"Set {missing} too, or none of the database URLs to get an embedded PostgreSQL.")
        self.postgres = None if all(given.values()) else EmbeddedPostgres(self.data.path)
        self.valkey = None if settings.redis_url else EmbeddedValkey(self.data.path)
        self._prepared = ("", False)
        self.servers = [server for server in (self.postgres, self.valkey) if server is not None]

    @classmethod
    def complete(cls, settings: Settings) -> Settings:
        """The settings with the secrets and addresses of the installation in `data_dir`, where they name none.

        So that `waymark` beside a `make run` finds its servers; unchanged where nothing was ever run there.
        """
        if any(getattr(settings, name) for name in SECRETS) or not (settings.data_dir / "secrets.json").is_file():
            return settings
        installation = cls(settings)
        found: dict[str, Any] = {name: installation._secret(name) for name in SECRETS}
        return replace(settings, **found)

    def start(self) -> None:
        """Start the embedded servers. Raises OperationError."""
        for server in self.servers:
            server.start()

    def prepare(self) -> None:
        """Make the database of the data that are shown, where the settings name none. Raises OperationError.

        A new installation shows the demo, unless the settings say otherwise.
        """
        if self.postgres is None:
            return
        shown, anew = self.data.data()
        if not shown:
            is_new = self._settings.demo and not self.postgres.has_database(DATABASES[OWN])
            self.data.show(DEMO if is_new else OWN)
        elif anew:
            self.postgres.drop_database(DATABASES[shown])
            self.data.show(shown)
        self._prepared = self.data.data()
        self.postgres.ensure_database(self.database)

    @property
    def shown(self) -> str:
        """The data that it shows: OWN or DEMO."""
        return (self.data.data()[0] or OWN) if self.postgres is not None else OWN

    @property
    def database(self) -> str:
        """The name of the embedded database of these data."""
        return DATABASES[self.shown]

    @property
    def is_outdated(self) -> bool:
        """Whether other data are to be shown than were prepared."""
        return self.postgres is not None and self.data.data() != self._prepared

    def stop(self) -> None:
        """Stop the embedded servers, Valkey first."""
        for server in reversed(self.servers):
            server.stop()

    def environment(self, process: Process, inherited: Mapping[str, str]) -> dict[str, str]:
        """What the process is given: the inherited environment, but of the secrets only those that it needs."""
        held_back = {environment_name(name) for name in (*SECRETS, *GIVEN)}
        shared = {name: value for name, value in inherited.items() if name not in held_back}
        return shared | {environment_name(name): self._secret(name) for name in process.secrets}

    def _secret(self, name: str) -> str:
        if (value := getattr(self._settings, name)) or name in GIVEN:
            return str(value)
        if name == "secret":
            return self.data.secret("secret")
        if name == "redis_url":
            assert self.valkey is not None  # noqa: S101 - made where no URL is given
            return self.valkey.url()
        assert self.postgres is not None  # noqa: S101 - as above
        return (
            self.postgres.url(database=self.database)
            if name == "migrate_url"
            else self.postgres.url(LOGINS[name], self.database)
        )
