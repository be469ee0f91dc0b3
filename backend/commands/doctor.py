"""`waymark doctor`."""

from __future__ import annotations

import asyncio
from dataclasses import asdict

import click
import orjson

from backend.doctor import Finding, Level, examine
from backend.settings import settings

COLOURS = {Level.OK: "green", Level.WARN: "yellow", Level.FAIL: "red"}


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
@click.pass_context
def doctor(ctx: click.Context, *, as_json: bool) -> None:
    """Look the deployment over and say what to do; exit code 1 when something is wrong. Changes nothing."""
    found = asyncio.run(examine(settings()))
    if as_json:
        click.echo(orjson.dumps([asdict(finding) for finding in found], option=orjson.OPT_INDENT_2).decode())
    else:
        for finding in found:
            _show(finding)
    if any(finding.level is Level.FAIL for finding in found):
        ctx.exit(1)


def _show(finding: Finding) -> None:
    click.secho(f"{finding.level.value:5}", fg=COLOURS[finding.level], nl=False)
    click.echo(f"{finding.subject:15} {finding.what}")
    if finding.remedy:
        click.echo(f"{'':20} → {finding.remedy}")
