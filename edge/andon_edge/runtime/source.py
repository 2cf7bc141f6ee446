"""Where worlds come from: a port, so that the runtime runs on any set of machines."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Protocol

from andon_edge.ports import World


@dataclass(frozen=True, slots=True)
class WorldSpec:
    """A world that shall run. ``version`` changes when its files do.

    ``update`` makes a running world what the files say now; without it the world is built anew and takes its
    state over from the journal.
    """

    version: Hashable
    build: Callable[[], World]
    update: Callable[[World], None] | None = None


@dataclass(slots=True)
class Loaded:
    """Worlds by name, and what is wrong with files, each with file, line and remedy; ``warnings`` keep nothing from
    running."""

    worlds: dict[str, WorldSpec] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


class WorldSource(Protocol):
    """Reads the folders of machines and plants."""

    def fingerprint(self) -> Hashable:
        """Changes whenever :meth:`load` might say something else. Cheap: it is asked every two seconds."""
        ...

    def load(self) -> Loaded:
        """Everything that shall run now."""
        ...
