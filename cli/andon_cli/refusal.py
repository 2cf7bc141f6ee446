"""How a command says that it cannot do what was asked."""

from __future__ import annotations

from typing import NoReturn

import typer


def refuse(text: str, code: int = 2) -> NoReturn:
    """Say why, and end with ``code``. In plain lines: a box would break paths and commands, which are then no more to
    be copied."""
    typer.echo(text, err=True)
    raise typer.Exit(code)
