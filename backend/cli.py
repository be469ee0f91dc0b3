"""`waymark …`: the root of the command line. A command's module is imported when the command is asked for."""

from __future__ import annotations

import gc
from collections.abc import Mapping
from importlib import import_module
from typing import Any, NoReturn

import click

from backend.errors import DomainError
from backend.installation import Installation
from backend.operation import OperationError
from backend.settings import SettingsError, settings, use

# command → "module:attribute" of a click command or group; a feature adds its line here.
COMMANDS: Mapping[str, str] = {
    "applications": "backend.commands.applications:applications",
    "backup": "backend.commands.backup:backup",
    "create-key": "backend.commands.identity:create_key",
    "create-staff": "backend.commands.identity:create_staff",
    "documents": "backend.commands.documents:documents",
    "erase-person": "backend.commands.persons:erase_person",
    "export-person": "backend.commands.persons:export_person",
    "demo": "backend.commands.demo:demo",
    "deliveries": "backend.commands.webhooks:deliveries",
    "doctor": "backend.commands.doctor:doctor",
    "import": "backend.commands.imports:import_command",
    "init": "backend.commands.program:init",
    "keys": "backend.commands.identity:keys_group",
    "mail": "backend.commands.mail:mail",
    "migrate": "backend.commands.migrate:migrate",
    "oidc": "backend.commands.oidc:oidc",
    "ping": "backend.commands.ping:ping",
    "program": "backend.commands.program:program",
    "reset-two-factor": "backend.commands.identity:reset_two_factor",
    "restore": "backend.commands.backup:restore",
    "revoke-key": "backend.commands.identity:revoke_key",
    "recount": "backend.commands.imports:recount_command",
    "rejects": "backend.commands.rejects:rejects",
    "run": "backend.commands.operate:run",
    "schema": "backend.commands.schema:schema",
    "score": "backend.commands.score:score",
    "sessions": "backend.commands.sessions:sessions",
    "set-password": "backend.commands.identity:set_password",
    "setup-link": "backend.commands.identity:setup_link",
    "settings": "backend.commands.operate:show_settings",
    "sources": "backend.commands.imports:sources_command",
    "stripe": "backend.commands.stripe:stripe",
    "upgrade": "backend.commands.migrate:upgrade",
    "vouching": "backend.commands.vouching:vouching",
    "webhooks": "backend.commands.webhooks:webhooks",
    "work": "backend.commands.work:work",
    "write-keys": "backend.commands.write_keys:write_keys",
}

UNUSABLE_SETTINGS = 2


class Root(click.Group):
    """Finds commands in COMMANDS and turns expected failures into one line on stderr, without a traceback."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All commands, in alphabetical order."""
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the command's module; None for an unknown name."""
        if cmd_name not in COMMANDS:
            return None
        module, _, attribute = COMMANDS[cmd_name].partition(":")
        gc.disable()  # what an import makes stays: to look for garbage in it is a fifth of a start
        try:
            command = getattr(import_module(module), attribute)
        finally:
            gc.enable()
        assert isinstance(command, click.Command), f"{COMMANDS[cmd_name]} is not a click command."  # noqa: S101
        return command

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command. Exit codes: 0 done, 1 refused or failed as foreseen, 2 unusable settings or arguments."""
        try:
            return super().invoke(ctx)
        except SettingsError as error:
            _fail(str(error), UNUSABLE_SETTINGS)
        except (DomainError, OperationError) as error:
            _fail(str(error), 1)


def _fail(message: str, code: int) -> NoReturn:
    click.secho(message, err=True, fg="red")
    raise click.exceptions.Exit(code)


@click.group(cls=Root, context_settings={"help_option_names": ["-h", "--help"]})
@click.pass_context
def main(ctx: click.Context) -> None:
    """Waymark, the customer success platform. docs/ says more than these lines."""
    if ctx.invoked_subcommand != "run":
        use(Installation.complete(settings()))


if __name__ == "__main__":
    main(prog_name="waymark")
