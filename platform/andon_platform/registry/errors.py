"""The registry's errors; the tree stands in the package's docstring."""

from __future__ import annotations


class RegistryError(Exception):
    """The registry's database cannot be used."""


class SchemaTooNew(RegistryError):
    """A newer Andon made the database."""
