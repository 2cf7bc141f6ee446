"""What can be wrong with a recording::

CsvError    the file cannot be a recording; says the line (the file's first is 1) and what to do
"""

from __future__ import annotations

from pathlib import Path


class CsvError(ValueError):
    """The file cannot be a recording."""

    def __init__(self, path: Path, line: int, text: str, remedy: str = "") -> None:
        super().__init__(f"{path}:{line}: {text}" + (f" ({remedy})" if remedy else ""))
        self.path, self.line, self.text, self.remedy = path, line, text, remedy
