"""The errors of the journal; the tree stands in the package's docstring."""

from __future__ import annotations


class JournalError(Exception):
    """The journal could not do what was asked."""


class JournalFull(JournalError):
    """The disk takes no more; nothing of the transaction is kept, try again later."""


class JournalBroken(JournalError):
    """The file is damaged; it was set aside, the next start begins new epochs."""
