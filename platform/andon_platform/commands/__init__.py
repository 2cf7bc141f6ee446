"""The only way back to a machine: authorised, published, answered by the machine's own reply, recorded.

::

    CommandError                a command that is not carried out; ``status`` is what HTTP answers
    ├── UnknownCommand          nobody takes such a command
    ├── Forbidden               the asker's scopes do not allow it
    └── Undeliverable           the broker cannot be reached now
"""

from andon_platform.commands.errors import CommandError, Forbidden, Undeliverable, UnknownCommand

__all__ = ["CommandError", "Forbidden", "Undeliverable", "UnknownCommand"]
