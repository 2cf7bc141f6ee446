"""The registry's errors; the tree stands in the package's docstring."""

from __future__ import annotations

from sqlalchemy.exc import SQLAlchemyError


class RegistryError(Exception):
    """The registry's database cannot be used."""


class SchemaTooNew(RegistryError):
    """A newer Andon made the database."""


def database_away(error: SQLAlchemyError | OSError) -> str:
    """What people are told: the first line of the driver's words, without the statement and its values."""
    first = str(getattr(error, "orig", None) or error).strip().partition("\n")[0]
    return f"the registry's database does not answer: {first[:200] or type(error).__name__}"
