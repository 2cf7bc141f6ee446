"""Errors of the console.

::

    ConsoleError
    ├── PortTaken        another process listens on the address
    └── TextMissing      a text that the catalogue does not have
"""

from __future__ import annotations


class ConsoleError(Exception):
    """Anything the console cannot do."""


class PortTaken(ConsoleError):
    """Another process listens on the address."""


class TextMissing(ConsoleError, KeyError):
    """A text that the catalogue does not have."""
