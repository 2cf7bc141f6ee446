"""What machines exist, from their births: where they are, how they are, and what they were before.

::

    RegistryError               the registry's database cannot be used
    └── SchemaTooNew            a newer Andon made the database
"""

from andon_platform.registry.errors import RegistryError, SchemaTooNew

__all__ = ["RegistryError", "SchemaTooNew"]
