"""Who may do what on the broker: one description, which each broker's adapter writes in its own way."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from andon_contracts.identity import Identity
from andon_contracts.topics import DEVICE_READS, DEVICE_WRITES, PREFIX


@dataclass(frozen=True, slots=True)
class Grant:
    """A user of the broker: topic filters that it may publish to and read; everything else is denied."""

    name: str
    publish: tuple[str, ...] = ()
    subscribe: tuple[str, ...] = ()


def device(machine: Identity) -> Grant:
    """A device writes its own channels and reads its own commands and watermark; its name is its path."""
    base = f"{PREFIX}/{machine.path}"
    return Grant(
        machine.path,
        publish=tuple(f"{base}/{channel}" for channel in DEVICE_WRITES),
        subscribe=tuple(f"{base}/{channel}" for channel in DEVICE_READS),
    )


_ANY = f"{PREFIX}/+/+/+/+/+"

#: The services: each as little as its work needs.
SERVICES: dict[str, Grant] = {
    "edge": Grant(
        "edge",
        # the clock and layout of its plants, and to clear the birth of a machine whose file was removed
        publish=(f"{PREFIX}/+/clock", f"{PREFIX}/+/layout", f"{PREFIX}/+/reply", f"{_ANY}/birth"),
        subscribe=(f"{PREFIX}/+/command", f"{PREFIX}/+/clock"),
    ),
    "ingest": Grant(
        "ingest",
        publish=(f"{_ANY}/watermark",),
        subscribe=(
            f"{_ANY}/birth",
            f"{_ANY}/telemetry",
            f"{_ANY}/event",
            f"{_ANY}/watermark",
            f"{PREFIX}/+/clock",
        ),
    ),
    "api": Grant(
        "api",
        publish=(f"{_ANY}/command", f"{PREFIX}/+/command"),
        subscribe=(
            f"{_ANY}/birth",
            f"{_ANY}/telemetry",
            f"{_ANY}/event",
            f"{_ANY}/reply",
            f"{_ANY}/watermark",
            f"{PREFIX}/+/clock",
            f"{PREFIX}/+/layout",
            f"{PREFIX}/+/reply",
        ),
    ),
}


class BrokerAdmin(Protocol):
    """Changes users and permissions of a running broker."""

    async def grant(self, grant: Grant, password: str) -> None:
        """Make the user, or give it a new password and these permissions. Raises ``BrokerRefused``."""
        ...

    async def revoke(self, name: str) -> None:
        """Remove the user; its session ends at once."""
        ...

    async def names(self) -> set[str]:
        """The users there are."""
        ...


class MemoryBrokerAdmin:
    """The fake: remembers what it was told."""

    def __init__(self, grants: Iterable[Grant] = ()) -> None:
        self.grants = {g.name: g for g in grants}
        self.passwords: dict[str, str] = {}

    async def grant(self, grant: Grant, password: str) -> None:
        self.grants[grant.name] = grant
        self.passwords[grant.name] = password

    async def revoke(self, name: str) -> None:
        self.grants.pop(name, None)
        self.passwords.pop(name, None)

    async def names(self) -> set[str]:
        return set(self.grants)
