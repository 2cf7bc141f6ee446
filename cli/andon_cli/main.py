"""The command `andon`. Each sub-command is a file of its own and is imported when it is called, not before:
`andon --help` answers at once, and a Raspberry Pi with `andon[edge]` never meets the data-science stack.
"""

from __future__ import annotations

import difflib
import importlib
import os
import sys
from typing import Any, NoReturn

import typer
from andon_contracts.command_line import as_typed
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command

#: Name, module below `andon_cli.commands`, and one line of help; in the order that `--help` shows.
_COMMANDS = (
    ("demo", "demo", "Start the whole stack on this computer and print a link to it."),
    ("link", "link", "Make a link that opens the console."),
    ("doctor", "doctor", "Say why no data arrives, hop by hop."),
    ("query", "query", "Draw a signal's values, or write them to a file."),
    ("product", "product", "List data products, and read one."),
    ("backfill", "backfill", "Give a plant a past: weeks of history in the store."),
    ("machine", "machine", "New, check and list machine files."),
    ("cassette", "cassette", "Turn a recording into a machine that plays it."),
    ("detect", "detect", "Score anomaly detectors on labelled recordings."),
    ("token", "token", "Make a bearer token for a program."),
    ("credential", "credential", "Give another MQTT program access to the broker."),
    ("influx", "influx", "How to open InfluxDB's own pages."),
    ("grafana", "grafana", "Make what Grafana needs to read InfluxDB (what its container does)."),
    ("setup", "setup", "Make the certificates and credentials that are missing."),
    ("reset", "reset", "Remove a demo's data, to start afresh."),
    ("run", "run", "Run one process of the stack (what containers do)."),
    ("asyncapi", "asyncapi", "Print the MQTT contract as AsyncAPI 3."),
)


class _Lazy(TyperGroup):
    """Finds a sub-command's module when it is asked for."""

    def list_commands(self, ctx: Any) -> list[str]:
        return [name for name, _, _ in _COMMANDS]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Name and help, which is all that a listing shows; :meth:`resolve_command` brings what is called."""
        text = next((text for name, _, text in _COMMANDS if name == cmd_name), None)
        return None if text is None else TyperCommand(cmd_name, help=text, callback=None)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The base class suggests from what is imported, and here nothing is yet."""
        given, names = args[0], self.list_commands(ctx)
        if given not in names and not given.startswith("-"):
            near = difflib.get_close_matches(given, names, 1)
            hint = f"Did you mean {near[0]!r}?" if near else f"`{as_typed('andon --help')}` lists them."
            ctx.fail(f"There is no command {given!r}. {hint}")
        if given not in names:
            return super().resolve_command(ctx, args)  # says that there is no such option
        module = next(module for name, module, _ in _COMMANDS if name == given)
        command = get_command(importlib.import_module(f"andon_cli.commands.{module}").app)
        command.name = given
        return given, command, args[1:]


_app = typer.Typer(cls=_Lazy, add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False)


@_app.callback()
def _andon() -> None:
    """Andon: an open reference stack of the industrial internet."""


#: What a shell says of a program that the closing of its pipe ended: 128 + SIGPIPE.
_PIPE_CLOSED = 141


def run() -> None:
    """The entry point. Who reads no further (`andon asyncapi | head -1`) ends it quietly, with a shell's usual code.

    The signal itself stays ignored, as Python has it: a process that serves must outlive a client that hangs up.
    """
    try:
        try:
            _app()
        finally:
            _write_what_is_buffered()
    except BrokenPipeError:
        _end(_PIPE_CLOSED)
    except SystemExit as end:
        # Typer and Rich make an exit with code 1 of it
        if isinstance(end.__context__, BrokenPipeError):
            _end(_PIPE_CLOSED)
        raise


def _write_what_is_buffered() -> None:
    """Now, where its failure can still be told; else Python meets it after its last line and prints a trace."""
    if sys.stdout is None:  # a shell closed it
        return
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        typer.echo(f"andon: what it prints cannot be written: {error.strerror}", err=True)
        _end(1)


def _end(code: int) -> NoReturn:
    """End; what is still buffered goes nowhere."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.exit(code)
