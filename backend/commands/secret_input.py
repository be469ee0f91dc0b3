"""Secrets that commands are given: typed without being shown, or from standard input; never as an argument."""

from __future__ import annotations

import sys

import click


def read_secret(what: str, *, from_stdin: bool) -> str:
    """One line that holds a secret."""
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    return str(click.prompt(what, hide_input=True, confirmation_prompt=True))
