"""Tables for the terminal and for pipes."""

from __future__ import annotations

import io

import typer
from rich.console import Console
from rich.table import Table

_WIDE = 10_000


def print_whole(table: Table) -> None:
    """A line for each row, as wide as it is: what is broken over two lines can be neither copied nor searched, and a
    terminal that is narrower wraps it by itself."""
    out, terminal = io.StringIO(), Console()
    drawn = Console(
        file=out,
        width=_WIDE,
        force_terminal=terminal.is_terminal,
        color_system=terminal.color_system if terminal.is_terminal else None,  # type: ignore[arg-type]
        no_color=terminal.no_color,
        highlight=False,
    )
    drawn.print(table)
    for line in out.getvalue().splitlines():
        typer.echo(line.rstrip())
