"""The errors of the stores.

::

    StoreError                  a store could not do what was asked
    ├── StoreUnavailable        it does not answer, or not now: the same call may succeed later
    │   └── StoreLocked         another process holds its file
    └── StoreRefused            it answers, and refuses this content: the same call never succeeds
"""

from __future__ import annotations


class StoreError(Exception):
    """A store could not do what was asked; says what, where, and what to do about it."""


class StoreUnavailable(StoreError):
    """The store does not answer, or not now; nothing is wrong with what was asked."""


class StoreLocked(StoreUnavailable):
    """Another process holds the store's file; ``pid`` is its process id, where known."""

    def __init__(self, text: str, pid: int | None = None) -> None:
        super().__init__(text)
        self.pid = pid


class StoreRefused(StoreError):
    """The store answers and refuses the content; asking again does not help."""
