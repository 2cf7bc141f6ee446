"""Data products: questions that are named, described and licensed, so that others can be given their answers.

``product`` says what one is, ``schema`` makes its columns from what the machines announced, ``book`` keeps products
and who was granted them, ``reading`` answers one as a table. Whoever is not granted a product does not learn that it
exists.

::

    SharingError                a product cannot be made, or not be read so
    ├── NameTaken               the owner has a product of that name
    ├── NothingThere            no machine or no signal fits the question
    └── TooManyValues           the range, or the choice of signals, is beyond a limit
"""

from andon_platform.sharing.errors import NameTaken, NothingThere, SharingError, TooManyValues

__all__ = ["NameTaken", "NothingThere", "SharingError", "TooManyValues"]
