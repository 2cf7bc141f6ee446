"""Which scope each command needs. A command that is not listed is for engineers: it may do anything."""

from __future__ import annotations

from typing import Final

from andon_security.tokens import Principal

from andon_platform.commands.errors import Forbidden

SCOPE_OF: Final[dict[str, str]] = {
    "inject-fault": "fault:inject",
    "clear-fault": "fault:inject",
    "stop": "machine:operate",
    "start": "machine:operate",
    "set-pace": "plant:pace",
}
OTHERWISE: Final = "fault:inject"


def scope_of(command: str) -> str:
    """The scope that a command needs."""
    return SCOPE_OF.get(command, OTHERWISE)


def authorise(principal: Principal, command: str) -> None:
    """Raises :class:`Forbidden` unless the principal may give this command."""
    scope = scope_of(command)
    if not principal.may(scope):
        raise Forbidden(scope, command)
