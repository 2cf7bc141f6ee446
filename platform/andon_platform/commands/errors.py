"""The errors of commands; the tree stands in the package's docstring."""

from __future__ import annotations


class CommandError(Exception):
    """A command that is not carried out."""


class UnknownCommand(CommandError):
    """Nobody takes such a command."""


class Forbidden(CommandError):
    """The asker's scopes do not allow it."""

    def __init__(self, scope: str, command: str) -> None:
        super().__init__(f"{command!r} needs the scope {scope!r}")
        self.scope = scope


class Undeliverable(CommandError):
    """The broker cannot be reached now."""
