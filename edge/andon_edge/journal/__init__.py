"""The journal: what a machine said, on disk before it is published and until it is settled.

::

    JournalError        the journal could not do what was asked
    ├── JournalFull     the disk takes no more; nothing of the transaction is kept, try again later
    └── JournalBroken   the file is damaged; it was set aside, the next start begins new epochs
"""

from andon_edge.journal.contents import Entry
from andon_edge.journal.errors import JournalBroken, JournalError, JournalFull
from andon_edge.journal.journal import Journal
from andon_edge.journal.stream import Stream

__all__ = ["Entry", "Journal", "JournalBroken", "JournalError", "JournalFull", "Stream"]
