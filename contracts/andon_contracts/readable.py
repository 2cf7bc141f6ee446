"""Words that can be written anywhere."""

from __future__ import annotations

from pathlib import Path


def readable(text: str | Path) -> str:
    """The text as UTF-8 can hold it. A file's name may have bytes that are none, which Python keeps as halves of
    surrogate pairs: no terminal, file or message takes those. They become ``\\udcff`` and the like."""
    return str(text).encode("utf-8", "backslashreplace").decode()
