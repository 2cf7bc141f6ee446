"""A CSV file as rows of cells: encoding, separator, and what spreadsheets and loggers write above the header."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from andon_edge.cassettes.errors import CsvError

_SEPARATORS = (";", "\t", "|", ",")
_MARKS = ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"), (b"\xef\xbb\xbf", "utf-8-sig"))


@dataclass(frozen=True, slots=True)
class Sheet:
    """``rows`` holds (line of the file, cells stripped of spaces); empty rows are left out."""

    separator: str
    header: list[str]
    header_line: int
    rows: list[tuple[int, list[str]]]


def read_sheet(path: Path, separator: str | None = None) -> Sheet:
    """Read the file.

    Raises:
        CsvError: it is no table with a header and two rows at least.
    """
    lines = _text(path).replace("\r\n", "\n").replace("\r", "\n").split("\n")
    first = 0
    if lines[0].lower().startswith("sep=") and len(lines[0]) == 5:  # a spreadsheet's note to itself
        separator, first = separator or lines[0][4], 1
    while first < len(lines) and (not lines[first].strip() or lines[first].lstrip().startswith("#")):
        first += 1
    body = lines[first:]
    if sum(bool(line.strip()) for line in body) < 3:
        last = max((line for line, text in enumerate(lines, 1) if text.strip()), default=1)
        raise CsvError(path, last, "a recording has a header and at least two rows")
    separator = separator or _separator(path, body, first + 1)
    rows: list[tuple[int, list[str]]] = []
    reader = csv.reader((line + "\n" for line in body), delimiter=separator)
    try:
        for row in reader:
            if any(cell.strip() for cell in row):
                rows.append((first + reader.line_num, [cell.strip() for cell in row]))
    except csv.Error as error:
        raise CsvError(path, first + reader.line_num, f"this is no CSV: {error}", "look at the quotes there") from error
    (line, header), *rest = rows
    for at, row in rest:
        if len(row) != len(header):
            text = f"{len(row)} values where the header has {len(header)}"
            raise CsvError(path, at, text, f"is {separator!r} the separator? say so with --separator")
    return Sheet(separator, header, line, rest)


def _text(path: Path) -> str:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise CsvError(path, 1, f"cannot be read: {error.strerror}") from error
    encoding = next((name for mark, name in _MARKS if data.startswith(mark)), "utf-8")
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        text = data.decode("latin-1")
    if "\0" in text:
        raise CsvError(path, 1, "this is no text file", "export the recording as CSV")
    return text


def _separator(path: Path, lines: Sequence[str], line: int) -> str:
    head = [text for text in lines[:20] if text.strip()]
    best, width = "", 1
    for candidate in _SEPARATORS:
        try:
            counts = {len(row) for row in csv.reader(head, delimiter=candidate)}
        except csv.Error:
            continue
        if len(counts) == 1 and (columns := counts.pop()) > width:
            best, width = candidate, columns
    if not best:  # rows of unequal length: the header decides, and the row with the mistake is named later
        best = max(_SEPARATORS, key=lines[0].count)
        if best not in lines[0]:
            raise CsvError(path, line, "no separator found (; , tab |)", "say it with --separator")
    return best
