"""The catalogue of texts: every word that the console shows, in one JSON file a language.

A text may hold places, ``{name}``; a text that counts has two entries, ``key.one`` and ``key.other``, and the
place ``{n}``. The pages' scripts get the whole catalogue with the page, so both sides say the same.
"""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path

from andon_contracts.command_line import as_typed

from andon_console.errors import TextMissing

_FOLDER = Path(__file__).parent
#: Commands in texts; who reads them shall be able to type them where Andon was started.
_COMMAND = re.compile(r"\bandon (?=demo|doctor|link|machine|query|token)")


@cache
def catalogue(language: str = "en") -> dict[str, str]:
    """All texts of a language, with the commands that they name as they are typed here.

    Raises:
        TextMissing: there is no catalogue of this language.
    """
    file = _FOLDER / f"{language}.json"
    if not file.is_file():
        known = ", ".join(sorted(f.stem for f in _FOLDER.glob("*.json")))
        raise TextMissing(f"no texts in language {language!r}; there are: {known}")
    texts: dict[str, str] = json.loads(file.read_text(encoding="utf-8"))
    return {key: _COMMAND.sub(lambda _: as_typed("andon "), text) for key, text in texts.items()}


def text(key: str, language: str = "en", **places: object) -> str:
    """One text with its places filled.

    Raises:
        TextMissing: no such text.
    """
    try:
        found = catalogue(language)[key]
    except KeyError as error:
        raise TextMissing(f"text {key!r} is not in {language}.json") from error
    return found.format(**places) if places else found
