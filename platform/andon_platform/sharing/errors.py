"""The errors of this package; the tree stands in its docstring."""

from __future__ import annotations


class SharingError(Exception):
    """A product cannot be made, or not be read so."""


class NameTaken(SharingError):
    """The owner has a product of that name."""


class NothingThere(SharingError):
    """No machine or no signal fits the question."""


class TooManyValues(SharingError):
    """The range, or the choice of signals, is beyond a limit."""
