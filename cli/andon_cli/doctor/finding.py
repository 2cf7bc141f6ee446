"""What the doctor finds, and where it looks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """One hop: whether it is well, what was seen, and what to do if not.

    ``follows``: this hop cannot be well where one before it is broken, so that the remedy is that one's.
    """

    hop: str
    well: bool
    seen: str
    remedy: str = ""
    follows: bool = False


@dataclass(frozen=True, slots=True)
class Place:
    """Where the stack runs. ``look(process)`` says where that process tells more; ``api`` and ``ingest`` are the names
    of the processes that hold them."""

    look: Callable[[str], str]
    api: str = "api"
    ingest: str = "ingest"
